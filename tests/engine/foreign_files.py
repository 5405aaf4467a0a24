"""Writes small files as other tools do, and takes them."""

from tests.engine.diagrams import definitions, element, flow, start
from workflows.engine import Problem
from workflows.engine.check_process import judged

VENDORS = (
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:tns="urn:somewhere"'
)


def foreign(xml: bytes) -> bytes:
    return xml.replace(b"<bpmn:definitions ", f"<bpmn:definitions {VENDORS} ".encode(), 1)


def taken(xml: bytes, *keys: str) -> tuple[dict[str, Problem], bytes]:
    """What a check says by its codes, and what runs."""
    found, mended = judged(foreign(xml), keys)
    return {str(one["code"]): Problem(**one) for one in found}, mended or foreign(xml)  # type: ignore[arg-type]


def errors(xml: bytes, *keys: str) -> set[tuple[str, str]]:
    return {(code, one.element_id) for code, one in taken(xml, *keys)[0].items() if one.severity == "error"}


def task(identifier: str, inside: str = "", **attributes: str) -> str:
    return element("userTask", identifier, inside, **attributes)


def choice(condition: str, *, default: bool = True) -> bytes:
    mark = {"default": "no"} if default else {}
    body = start() + task("a") + element("exclusiveGateway", "q", **mark) + task("x") + task("y")
    body += flow("s", "a", "q") + flow("q", "x", when=condition, name="yes") + flow("q", "y", name="no")
    return definitions(body)


def extension(inside: str) -> str:
    return f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>"

"""Names the code outside of a drawing that it asks for: delegates, connectors, workers, listeners, scripts."""

from lxml import etree

from workflows.engine.diagram.drawing import local, text_of
from workflows.engine.importing.notes import Notebook
from workflows.engine.importing.vendors import FAMILY, ZEEBE, attribute, extra, extras

TASKS = ("serviceTask", "sendTask", "businessRuleTask", "scriptTask", "receiveTask", "userTask", "task")
CODE = ("class", "delegateExpression", "expression", "topic")
MAPPERS = ("variableMappingClass", "variableMappingDelegateExpression")  # of a call, both ways
LISTENERS = ("executionListener", "taskListener")
EVENTS = ("messageEventDefinition", "signalEventDefinition", "escalationEventDefinition")


def name_code(element: etree._Element, book: Notebook) -> None:
    """Refuse whatever runs outside of the drawing, each by its name."""
    kind = local(element)
    if kind in TASKS and (name := _code_of(element)) is not None:
        book.say(element, "code_task", kind=kind, name=name)
    for name in filter(None, (attribute(element, mapper) for mapper in MAPPERS)):
        book.say(element, "code_task", kind=kind, name=name)
    if kind in ("intermediateThrowEvent", "endEvent"):
        for part in (element, *(one for one in element if local(one) in EVENTS)):
            if (name := _code_of(part)) is not None:
                book.say(element, "code_task", kind="event", name=name)
    for tag in LISTENERS:
        for listener in extras(element, tag, FAMILY):
            book.say(element, "listener", name=_listener(listener))
    for tag in LISTENERS:
        holder = extra(element, f"{tag}s", (ZEEBE,))
        for listener in holder if holder is not None else ():
            book.say(element, "listener", name=listener.get("type") or "zeebe")
    if (text := attribute(element, "skipExpression")) is not None:
        book.say(element, "skip_left", text=text)
    if kind == "scriptTask":
        resource = attribute(element, "resource")
        zeebe = extra(element, "script", (ZEEBE,))
        if resource is not None or zeebe is not None:
            book.say(
                element,
                "script_outside",
                name=resource or (zeebe.get("expression") if zeebe is not None else ""),
            )
    # What is mapped of a call by Zeebe is passed, handed back or refused with the call.
    mappings = ("inputOutput",) if kind == "callActivity" else ("inputOutput", "ioMapping")
    if any(extra(element, name) is not None for name in mappings):
        book.say(element, "mapping_left")


def _code_of(element: etree._Element) -> str | None:
    for name in CODE:
        if (text := attribute(element, name)) is not None:
            return text
    if attribute(element, "type") not in (None, "external"):
        return attribute(element, "type")
    connector = extra(element, "connector", FAMILY)
    if connector is not None:
        return next((text for one in connector if (text := text_of(one))), "connector")
    worker = extra(element, "taskDefinition", (ZEEBE,))
    if worker is not None and local(element) != "userTask":
        return worker.get("type") or "zeebe"
    if local(element) == "serviceTask" and (operation := element.get("operationRef")):
        return operation
    return None


def _listener(listener: etree._Element) -> str:
    for name in ("class", "delegateExpression", "expression"):
        if text := listener.get(name):
            return text
    return next((str(one.get("scriptFormat") or "script") for one in listener), "listener")

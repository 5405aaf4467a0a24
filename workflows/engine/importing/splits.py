"""What BPMN lets a drawing leave out: a gateway behind a step whose flows have conditions, a start inside a step."""

from lxml import etree

from workflows.engine.diagram.drawing import SCOPES, SILENT, child_of, local, text_of
from workflows.engine.importing.notes import Notebook
from workflows.engine.importing.vendors import make
from workflows.engine.language.vocabulary import BPMN


def take_splits(process: etree._Element, book: Notebook) -> None:
    """Put a gateway behind each element of a process whose flows have conditions, inside sub-processes too."""
    taken = {element.get("id") for element in process.getroottree().getroot().iter(etree.Element)}
    scopes = [process, *(scope for kind in sorted(SCOPES) for scope in process.iter(f"{{{BPMN}}}{kind}"))]
    for scope in scopes:
        leaving: dict[str, list[etree._Element]] = {}
        for flow in scope.iterchildren(f"{{{BPMN}}}sequenceFlow"):
            leaving.setdefault(flow.get("sourceRef", ""), []).append(flow)
        for element in list(scope):
            flows = leaving.pop(element.get("id", ""), [])
            if _decides_itself(element) and any(_conditional(flow) for flow in flows):
                book.made[_insert(scope, element, flows, taken)] = element
                book.did(element, "took_split")


def take_starts(process: etree._Element, book: Notebook) -> None:
    """Give a sub-process without a start event one before everything that nothing leads to (BPMN 13.3.4)."""
    taken = {element.get("id") for element in process.getroottree().getroot().iter(etree.Element)}
    for scope in list(process.iter(f"{{{BPMN}}}subProcess")):
        inside = [child for child in scope if local(child) and local(child) not in SILENT]
        nodes = [child for child in inside if local(child) != "sequenceFlow"]
        if scope.get("triggeredByEvent") in ("true", "1") or any(local(one) == "startEvent" for one in nodes):
            continue
        led_to = {flow.get("targetRef") for flow in inside if local(flow) == "sequenceFlow"}
        first = [
            node
            for node in nodes
            if node.get("id") not in led_to
            and local(node) != "boundaryEvent"
            and node.get("triggeredByEvent") not in ("true", "1")
        ]
        if first:
            start = make(scope, "startEvent", id=_free(f"{scope.get('id')}_start", taken))
            book.made[start.get("id", "")] = scope
            for node in first:
                ends = {"sourceRef": start.get("id", ""), "targetRef": node.get("id", "")}
                make(scope, "sequenceFlow", id=_free(f"{start.get('id')}_flow", taken), **ends)
            book.did(scope, "took_start")


def _decides_itself(element: etree._Element) -> bool:
    kind = local(element)
    return bool(kind) and kind not in SILENT and kind != "endEvent" and not kind.endswith("Gateway")


def _conditional(flow: etree._Element) -> bool:
    return text_of(child_of(flow, "conditionExpression")) is not None


def _insert(
    scope: etree._Element, element: etree._Element, flows: list[etree._Element], taken: set[str | None]
) -> str:
    """Let the gateway take every true condition, else the default; flows without condition are always taken."""
    identifier = element.get("id", "")
    default = element.get("default")
    if default is not None:
        del element.attrib["default"]
    gateway = make(scope, "inclusiveGateway", id=_free(f"{identifier}_split", taken))
    to_gateway = _free(f"{identifier}_to_split", taken)
    make(scope, "sequenceFlow", id=to_gateway, sourceRef=identifier, targetRef=gateway.get("id", ""))
    always = [flow for flow in flows if not _conditional(flow) and flow.get("id") != default]
    for flow in flows:
        if flow not in always:
            flow.set("sourceRef", gateway.get("id", ""))
    if default is not None:
        gateway.set("default", default)
    elif always:  # what is always taken goes on alone when no condition is true
        end = make(scope, "endEvent", id=_free(f"{identifier}_split_end", taken))
        flow = make(
            scope,
            "sequenceFlow",
            id=_free(f"{identifier}_split_none", taken),
            sourceRef=gateway.get("id", ""),
            targetRef=end.get("id", ""),
        )
        gateway.set("default", flow.get("id", ""))
    return gateway.get("id", "")


def _free(wanted: str, taken: set[str | None]) -> str:
    """Give an identifier nobody has."""
    made, number = wanted, 1
    while made in taken:
        number += 1
        made = f"{wanted}_{number}"
    taken.add(made)
    return made

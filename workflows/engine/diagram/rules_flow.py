"""Rules on elements, events and flows: what the engine runs, and what it must refuse by name."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from workflows.engine.diagram.details import decision_of
from workflows.engine.diagram.drawing import Area, Drawing, Node, child_of, local, referred, text_of
from workflows.engine.diagram.faults import fault
from workflows.engine.diagram.rules_circles import circle_problems
from workflows.engine.diagram.rules_paths import path_problems
from workflows.engine.language.vocabulary import BPMN
from workflows.engine.running.compiling import TIMES, alarm_code, notice_name, opens_on_event
from workflows.engine.specification import Problem

RUNS = {
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "userTask",
    "task",
    "manualTask",
    "scriptTask",
    "businessRuleTask",
    "sendTask",
    "receiveTask",
    "callActivity",
    "subProcess",
    "exclusiveGateway",
    "inclusiveGateway",
    "parallelGateway",
    "eventBasedGateway",
}
CONDITIONAL = {"exclusiveGateway", "inclusiveGateway"}
EVENTS = {
    "startEvent": {"none"},
    "endEvent": {"none", "terminate", "error", "escalation", "message", "signal"},
    "intermediateCatchEvent": {"timer", "message", "signal", "link"},
    "intermediateThrowEvent": {"none", "escalation", "message", "signal", "link"},
    "boundaryEvent": {"timer", "message", "signal", "error", "escalation"},
}
# What may open an event sub-process.
OPENING_EVENTS = {"timer", "message", "signal", "error", "escalation"}
IDENTIFIER = re.compile(r"[A-Za-z_][\w.\-]*", re.ASCII)

Found = Iterator[Problem]


def flow_problems(drawing: Drawing) -> Found:
    """Every fault of structure, in document order by rule."""
    yield from drawing.problems
    yield from _identifiers(drawing)
    yield from _lanes(drawing)
    for area in drawing.areas:
        yield from _area(area)
    yield from circle_problems(drawing)
    yield from path_problems(drawing)
    for node in drawing.nodes():
        for rule in (_kind, _on_event, _loops, _events, _references, _borders, _gateway, _outgoing):
            yield from rule(drawing, node)


def _identifiers(drawing: Drawing) -> Found:
    elements = [e for e in drawing.root.iter(f"{{{BPMN}}}*") if e.get("id") is not None]
    counts = Counter(element.get("id") for element in elements)
    for element in elements:
        if counts[element.get("id")] > 1:
            yield fault(element, "id_twice")
    owners = [drawing.process.element, *(node.element for node in drawing.nodes())]
    for element in owners:
        if element.get("id") and not IDENTIFIER.fullmatch(element.get("id", "")):
            yield fault(element, "id_bad")


def _lanes(drawing: Drawing) -> Found:
    holders: Counter[str] = Counter()
    for lane in drawing.process.element.iter(f"{{{BPMN}}}lane"):
        if child_of(lane, "childLaneSet") is None:
            holders.update({referred(ref.text) for ref in lane.findall(f"{{{BPMN}}}flowNodeRef")})
    for node in drawing.nodes():
        if holders[node.id] > 1:
            yield fault(node.element, "lane_twice")


def _area(area: Area) -> Found:
    starts = [node for node in area.nodes.values() if node.kind == "startEvent"]
    if len(starts) != 1:
        yield fault(area.element, "start_count", count=len(starts))
        return
    starts += [node for node in area.nodes.values() if node.on_event]
    forward = _closure(starts, lambda node: [*_next(area, node), *node.borders])
    for node in area.nodes.values():
        if node not in forward and _runs(node):
            yield fault(node.element, "unreachable")
    ends = [node for node in forward if not node.outgoing]
    backward = _closure(ends, lambda node: [area.nodes[flow.source] for flow in node.incoming])
    for node in forward:
        if node not in backward and _runs(node):
            yield fault(node.element, "endless")


def _runs(node: Node) -> bool:
    """Whether the engine knows this kind of element; of another one only that is worth saying."""
    return node.kind in RUNS


def _next(area: Area, node: Node) -> list[Node]:
    return [area.nodes[flow.target] for flow in node.outgoing]


def _closure(starts: list[Node], following: Callable[[Node], list[Node]]) -> dict[Node, None]:
    seen: dict[Node, None] = {}
    pending = list(starts)
    while pending:
        node = pending.pop()
        if node not in seen:
            seen[node] = None
            pending.extend(following(node))
    return seen


def _kind(drawing: Drawing, node: Node) -> Found:
    element = node.element
    if not _runs(node) or (node.kind == "businessRuleTask" and decision_of(node) is None):
        yield fault(element, "unsupported", kind=node.kind)
    elif node.kind in ("task", "manualTask"):
        yield fault(element, "passes_through")
    if element.get("isForCompensation") in ("true", "1"):
        yield fault(element, "compensation")
    if element.get("startQuantity", "1") != "1" or element.get("completionQuantity", "1") != "1":
        yield fault(element, "quantity")
    language = (element.get("scriptFormat") or "").lower()
    if node.kind == "scriptTask" and language and "python" not in language and "rasoat" not in language:
        yield fault(element, "script_language", kind=language)


def _on_event(drawing: Drawing, node: Node) -> Found:
    if not node.on_event:
        return
    if node.incoming or node.outgoing or node.borders or node.many is not None or node.loop is not None:
        yield fault(node.element, "event_subprocess_flow")
    for start in node.inside.nodes.values() if node.inside is not None else ():
        if start.kind == "startEvent" and start.event not in OPENING_EVENTS:
            yield fault(start.element, "event_subprocess_start")
        elif start.kind == "startEvent" and start.event == "error" and not start.interrupts:
            yield fault(start.element, "boundary_error_waits")


def _loops(drawing: Drawing, node: Node) -> Found:
    many, loop = node.many, node.loop
    if many is None and loop is None:
        return
    if node.kind not in ("userTask", "subProcess", "callActivity"):
        yield fault(node.element, "multi_place")
    if loop is not None:
        maximum = loop.get("loopMaximum")
        if maximum is not None and not (maximum.isdecimal() and int(maximum)):
            yield fault(node.element, "loop_maximum")
        if maximum is None and text_of(child_of(loop, "loopCondition")) is None:
            yield fault(node.element, "loop_endless")
    if many is not None and many.get("behavior", "All") != "All":
        yield fault(node.element, "multi_behavior")


def _events(drawing: Drawing, node: Node) -> Found:
    allowed = EVENTS.get(node.kind)
    if allowed is None:
        return
    if len(node.events) > 1 or node.element.find(f"{{{BPMN}}}eventDefinitionRef") is not None:
        yield fault(node.element, "event_many")
    elif node.event not in allowed and not (node.kind == "startEvent" and opens_on_event(node)):
        if node.kind == "startEvent":
            yield fault(node.element, "start_kind")
        elif node.event == "compensate":
            yield fault(node.element, "compensation")
        else:
            yield fault(node.element, "event_unsupported", kind=node.event)


def _references(drawing: Drawing, node: Node) -> Found:
    if node.kind in ("sendTask", "receiveTask"):
        if not notice_name(drawing, node.element.get("messageRef")):
            yield fault(node.element, "reference", kind="message")
        return
    if node.kind not in EVENTS or len(node.events) != 1:
        return
    definition, kind = node.events[0], node.event
    reference = definition.get(f"{kind}Ref")
    if kind in ("message", "signal") and not notice_name(drawing, reference):
        yield fault(node.element, "reference", kind=kind)
    if kind in ("error", "escalation"):
        catches_all = node.kind in ("boundaryEvent", "startEvent") and not reference
        target = drawing.references.get(referred(reference))
        if not catches_all and (
            target is None or local(target) != kind or not alarm_code(drawing, reference)
        ):
            yield fault(node.element, "reference", kind=kind)
    if kind == "timer" and sum(text_of(child_of(definition, name)) is not None for name in TIMES) != 1:
        yield fault(node.element, "timer_kind")


def _borders(drawing: Drawing, node: Node) -> Found:
    if node.kind != "boundaryEvent":
        return
    host = node.scope.nodes.get(referred(node.element.get("attachedToRef")))
    if node.event == "error" and not node.interrupts:
        yield fault(node.element, "boundary_error_waits")
    if node.event in ("error", "escalation") and host is not None and host.kind == "userTask":
        yield fault(node.element, "boundary_no_thrower")
    if not node.outgoing:
        yield fault(node.element, "boundary_no_flow")


def _gateway(drawing: Drawing, node: Node) -> Found:
    if node.kind == "eventBasedGateway":
        targets = _next(node.scope, node)
        if not targets or any(
            t.kind not in ("intermediateCatchEvent", "receiveTask") or len(t.incoming) != 1 for t in targets
        ):
            yield fault(node.element, "event_gateway")
    if node.default is not None and node.default not in {flow.id for flow in node.outgoing}:
        yield fault(node.element, "default_elsewhere")


def _outgoing(drawing: Drawing, node: Node) -> Found:
    if node.kind not in CONDITIONAL:
        yield from (fault(flow.element, "flow_condition") for flow in node.outgoing if flow.condition)
        return
    if len(node.outgoing) < 2 and not any(flow.condition for flow in node.outgoing):
        return
    default = next((flow for flow in node.outgoing if flow.id == node.default), None)
    open_flows = [flow for flow in node.outgoing if flow.condition is None and flow is not default]
    if default is not None and default.condition is not None:
        yield fault(default.element, "default_condition")
    if len(open_flows) > 1 or (open_flows and default is not None):
        yield fault(node.element, "flow_no_condition")
    elif open_flows:
        yield fault(open_flows[0].element, "flow_default_taken")
    elif default is None:
        yield fault(node.element, "no_default")

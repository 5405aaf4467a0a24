"""The diagram as a graph of plain nodes and flows, in document order, before any meaning is given to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from workflows.engine.diagram.faults import fault
from workflows.engine.language.vocabulary import BPMN
from workflows.engine.specification import Problem
from workflows.errors import DiagramRefused

NAMED = 8  # processes of a file that a message names
SCOPES = {"subProcess", "transaction", "adHocSubProcess"}
# Drawn for the reader, without effect on the run.
SILENT = {
    "documentation",
    "extensionElements",
    "laneSet",
    "dataObject",
    "dataObjectReference",
    "dataStoreReference",
    "textAnnotation",
    "association",
    "group",
    "property",
    "ioSpecification",
    "incoming",
    "outgoing",
    "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics",
    "completionCondition",
    "dataInputAssociation",
    "dataOutputAssociation",
    "auditing",
    "monitoring",
    "potentialOwner",
    "humanPerformer",
    "performer",
    "resourceRole",
    "supportedInterfaceRef",
    "correlationSubscription",
    "artifact",
}


@dataclass(slots=True, eq=False)
class Flow:
    """One sequence flow; `id` is made up when the file gives none."""

    id: str
    source: str
    target: str
    condition: str | None
    element: etree._Element


@dataclass(slots=True, eq=False)
class Node:
    """One element that tokens pass; `events` are its event definitions."""

    id: str
    kind: str
    name: str
    element: etree._Element
    scope: "Area"
    lane: str | None = None
    incoming: list[Flow] = field(default_factory=list)
    outgoing: list[Flow] = field(default_factory=list)
    borders: list["Node"] = field(default_factory=list)
    inside: "Area | None" = None

    @property
    def events(self) -> list[etree._Element]:
        """The event definitions of this event."""
        return [child for child in self.element if local(child).endswith("EventDefinition")]

    @property
    def event(self) -> str:
        """The kind of this event: "none", "timer", "message", ..."""
        return local(self.events[0]).removesuffix("EventDefinition") if self.events else "none"

    @property
    def interrupts(self) -> bool:
        """Whether a boundary event ends its activity, or the start event of an event sub-process what is around it."""
        name = "isInterrupting" if self.kind == "startEvent" else "cancelActivity"
        return self.element.get(name, "true").lower() not in ("false", "0")

    @property
    def on_event(self) -> bool:
        """Whether this is an event sub-process: nothing leads to it, its start event opens it."""
        return self.element.get("triggeredByEvent") in ("true", "1")

    @property
    def is_link(self) -> bool:
        """Whether tokens leap from or to here: one name for both ends."""
        return self.event == "link"

    @property
    def many(self) -> etree._Element | None:
        """The multi-instance marker."""
        return child_of(self.element, "multiInstanceLoopCharacteristics")

    @property
    def loop(self) -> etree._Element | None:
        """The marker of an activity that is done again while a condition holds."""
        return child_of(self.element, "standardLoopCharacteristics")

    @property
    def default(self) -> str | None:
        """The id of the default flow."""
        return self.element.get("default")


@dataclass(slots=True, eq=False)
class Area:
    """A process or embedded sub-process with the nodes directly in it."""

    id: str
    element: etree._Element
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Drawing:
    """One executable process with its areas (itself first) and what is wrong with its structure."""

    root: etree._Element
    process: Area
    areas: list[Area]
    problems: list[Problem]
    references: dict[str, etree._Element]

    def nodes(self) -> Iterator[Node]:
        """All nodes of all areas in document order."""
        for area in self.areas:
            yield from area.nodes.values()


def local(element: etree._Element) -> str:
    """The tag without its namespace, or "" for what is not BPMN."""
    tag = element.tag
    prefix = f"{{{BPMN}}}"
    return tag[len(prefix) :] if isinstance(tag, str) and tag.startswith(prefix) else ""


def drawn(root: etree._Element) -> Iterator[etree._Element]:
    """Everything a file draws that has a meaning for the run: nodes and flows of all its processes."""
    for kind in ("process", *sorted(SCOPES)):
        for holder in root.iter(f"{{{BPMN}}}{kind}"):
            yield from (child for child in holder if local(child) and local(child) not in SILENT)


def child_of(element: etree._Element, name: str) -> etree._Element | None:
    """The first BPMN child of that name."""
    return element.find(f"{{{BPMN}}}{name}")


def text_of(element: etree._Element | None) -> str | None:
    """The stripped text of an element, None when empty."""
    text = (element.text or "").strip() if element is not None else ""
    return text or None


def referred(reference: str | None) -> str:
    """An id without the namespace prefix some tools put before references."""
    return (reference or "").strip().rpartition(":")[2]


def processes_of(root: etree._Element) -> tuple[list[etree._Element], list[etree._Element]]:
    """Give all processes of a file, and those of them that are executable.

    Where several may be, those that say so count, else those with something in them: a pool may stand for outsiders.
    """
    processes = list(root.iter(f"{{{BPMN}}}process"))
    running = [p for p in processes if p.get("isExecutable", "true").strip() in ("true", "1")]
    if len(running) > 1:
        said = [p for p in running if p.get("isExecutable")]
        running = said or [p for p in running if _holds_nodes(p)] or running
    return processes, running


def _holds_nodes(process: etree._Element) -> bool:
    return any(local(child) and local(child) not in SILENT for child in process)


def not_one(processes: list[etree._Element], running: list[etree._Element]) -> Problem:
    """Say which processes a file has that should have one that is executable."""
    if not processes:
        return fault(None, "process_missing")
    code, meant = ("process_count", running) if running else ("none_executable", processes)
    names = ", ".join(process.get("id") or process.get("name") or "–" for process in meant[:NAMED])
    return fault(None, code, count=len(meant), names=names + (", …" if len(meant) > NAMED else ""))


def draw(root: etree._Element) -> Drawing:
    """Find the one executable process of a file; refuses files with none or several."""
    processes, running = processes_of(root)
    if len(running) != 1:
        if len(processes) == 1:
            raise DiagramRefused([fault(processes[0], "not_executable")])
        raise DiagramRefused([not_one(processes, running)])
    references = {
        e.get("id", ""): e for e in root if local(e) in ("message", "signal", "error", "escalation")
    }
    drawing = Drawing(root, Area(running[0].get("id", ""), running[0]), [], [], references)
    _fill(drawing, drawing.process)
    _set_lanes(drawing)
    return drawing


def _fill(drawing: Drawing, area: Area) -> None:
    drawing.areas.append(area)
    inner: list[Area] = []
    for element in area.element:
        kind = local(element)
        if kind == "sequenceFlow":
            condition = text_of(child_of(element, "conditionExpression"))
            identifier = element.get("id") or f"flow-{element.sourceline}-{len(area.flows)}"
            source, target = referred(element.get("sourceRef")), referred(element.get("targetRef"))
            area.flows.append(Flow(identifier, source, target, condition, element))
        elif kind and kind not in SILENT:
            node = Node(element.get("id", ""), kind, element.get("name", ""), element, area)
            if not node.id:
                drawing.problems.append(fault(element, "id_missing"))
            area.nodes.setdefault(node.id, node)
            if kind in SCOPES:
                node.inside = Area(node.id, element)
                inner.append(node.inside)
    _connect(drawing, area)
    _leap(drawing, area)
    for sub in inner:
        _fill(drawing, sub)


def _connect(drawing: Drawing, area: Area) -> None:
    for flow in area.flows:
        source, target = area.nodes.get(flow.source), area.nodes.get(flow.target)
        if source is None or target is None:
            drawing.problems.append(fault(flow.element, "flow_ends"))
            continue
        if source.kind == "endEvent" or target.kind in ("startEvent", "boundaryEvent"):
            drawing.problems.append(fault(flow.element, "flow_forbidden"))
            continue
        source.outgoing.append(flow)
        target.incoming.append(flow)
    for node in area.nodes.values():
        if node.kind == "boundaryEvent":
            host = area.nodes.get(referred(node.element.get("attachedToRef")))
            if host is None or host.kind not in ("userTask", "callActivity", "subProcess"):
                drawing.problems.append(fault(node.element, "boundary_attached"))
            else:
                host.borders.append(node)


def _leap(drawing: Drawing, area: Area) -> None:
    """Connect each throwing link with the catching one of its name, as if a flow were drawn."""
    links = [node for node in area.nodes.values() if node.is_link]
    for node in links:
        if node.incoming if node.kind == "intermediateCatchEvent" else node.outgoing:
            drawing.problems.append(fault(node.element, "link_flow"))
    targets = [node for node in links if node.kind == "intermediateCatchEvent"]
    for node in links:
        if node.kind != "intermediateThrowEvent":
            continue
        found = [target for target in targets if _link_name(target) == _link_name(node)]
        if len(found) != 1:
            drawing.problems.append(fault(node.element, "link_target", name=_link_name(node)))
            continue
        flow = Flow(f"{node.id}~link", node.id, found[0].id, None, node.element)
        node.outgoing.append(flow)
        found[0].incoming.append(flow)


def _link_name(node: Node) -> str:
    return node.events[0].get("name") or node.name


def _set_lanes(drawing: Drawing) -> None:
    lanes: dict[str, str] = {}
    for lane in drawing.process.element.iter(
        f"{{{BPMN}}}lane"
    ):  # outer before inner: the innermost name stays
        for reference in lane.findall(f"{{{BPMN}}}flowNodeRef"):
            lanes[referred(reference.text)] = lane.get("name", "")
    outer: dict[int, str | None] = {}
    for area in drawing.areas:
        for node in area.nodes.values():
            node.lane = lanes.get(node.id) or outer.get(id(area))
            if node.inside is not None:
                outer[id(node.inside)] = node.lane

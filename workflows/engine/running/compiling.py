"""Compiles a drawing into what runs: SpiffWorkflow specifications, one per area, and the static specification."""

from collections.abc import Mapping

from lxml import etree
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

from workflows.engine.decisions.deciding import SHAPES
from workflows.engine.decisions.faults import fault_of_task
from workflows.engine.decisions.reading import read_files
from workflows.engine.decisions.table import Book
from workflows.engine.diagram.details import (
    call_of,
    correlation_of,
    decision_of,
    declared,
    labels,
    lanes,
    names_within,
    rs,
    script_of,
    step_of,
    takes_of,
)
from workflows.engine.diagram.drawing import Area, Drawing, Node, child_of, draw, referred, text_of
from workflows.engine.diagram.faults import fault
from workflows.engine.diagram.reading import read
from workflows.engine.language.expressions import Expression, compiled, compiled_script
from workflows.engine.language.vocabulary import ALL, BPMN
from workflows.engine.running.activities import DetachedCall, Embedded, Loop, Looped, Many, Repeated, Split
from workflows.engine.running.decided import Deciding
from workflows.engine.running.events import (
    Alarm,
    Border,
    Catch,
    Door,
    End,
    Notice,
    Plain,
    Throw,
    Timer,
    Trigger,
)
from workflows.engine.running.parts import (
    Assignments,
    Choice,
    EndJoin,
    InclusiveJoin,
    ParallelJoin,
    Part,
    UserStep,
)
from workflows.engine.running.plan import Plan
from workflows.engine.specification import Specification
from workflows.errors import DiagramRefused

TIMES = ("timeDate", "timeDuration", "timeCycle")


class Process(WorkflowSpec):
    """SpiffWorkflow's specification of one area, with lean start and end."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.data_objects: dict[str, object] = {}
        self.correlation_keys: dict[str, object] = {}
        self.io_specification = None
        # "~" cannot be part of an XML id, so these never meet an element of the diagram.
        self.start = Part(self, "Start~")
        self.join = EndJoin(self, "Join~")
        self.end = Part(self, "End")
        self.join.connect(self.end)


def plan_of(xml: bytes, decisions: Mapping[str, str] | None = None) -> Plan:
    """Read, draw and compile published XML with its decision tables; refuses diagrams that cannot run."""
    return compile_drawing(draw(read(xml)), read_files(decisions or {}, judge=False).book)


def compile_drawing(drawing: Drawing, book: Book | None = None) -> Plan:
    """Compile a drawing; refuses kinds of elements the engine does not run."""
    book = book or Book()
    if drawing.problems:
        raise DiagramRefused(drawing.problems)
    areas = {area.id: _Compiler(drawing, area, book).compile() for area in drawing.areas}
    process = areas.pop(drawing.process.id)
    variables = declared(drawing)
    element = drawing.process.element
    nodes = list(drawing.nodes())
    specification = Specification(
        key=drawing.process.id,
        name=element.get("name", ""),
        name_en=rs(element, "nameEn") or "",
        subject=rs(element, "subject"),
        steps={node.id: step_of(node) for node in nodes if node.kind == "userTask"},
        calls={node.id: call_of(node) for node in nodes if node.kind == "callActivity" or runs_apart(node)},
        openings={
            "": opening_of(drawing.process),
            **{node.id: opening_of(node.inside) for node in nodes if runs_apart(node) and node.inside},
        },
        variables=variables,
        results={node.id: result for node in nodes if (result := rs(node.element, "result"))},
        lanes=lanes(drawing),
        names=labels(drawing, english=False),
        names_en=labels(drawing, english=True),
    )
    return Plan(specification, process, areas, variables, dict.fromkeys(variables))


def runs_apart(node: Node) -> bool:
    """Whether children of their own run this sub-process: one of a multi-instance may have any number."""
    return node.kind == "subProcess" and node.many is not None


def opening_of(area: Area) -> str | None:
    """The user task every run reaches first without anything that needs data, time or a choice."""
    starts = [node for node in area.nodes.values() if node.kind == "startEvent" or node.on_event]
    node = starts[0] if len(starts) == 1 else None
    while node is not None and len(node.outgoing) == 1:
        node = area.nodes[node.outgoing[0].target]
        if node.kind == "userTask":
            plain = not node.borders and node.many is None and node.loop is None
            return node.id if plain else None
        if node.kind not in ("task", "manualTask") and (node.kind, node.event) != (
            "intermediateThrowEvent",
            "none",
        ):
            return None
    return None


class _Compiler:
    """Builds the specification of one area, in document order."""

    def __init__(self, drawing: Drawing, area: Area, book: Book) -> None:
        self.drawing = drawing
        self.area = area
        self.book = book
        self.process = Process(area.id)
        self.parts: dict[str, Part] = {}
        self.entries: dict[str, Part] = {}

    def compile(self) -> Process:
        """Build every element, then connect them."""
        for node in self.area.nodes.values():
            self.parts[node.id] = self.entries[node.id] = self._activity(node)
        for node in self.area.nodes.values():
            if node.on_event:
                self._hang_door(node)
        for node in self.area.nodes.values():
            self._attach(node)
        for node in self.area.nodes.values():
            self._connect(node)
        for part in self.parts.values():
            if isinstance(part, InclusiveJoin):
                part.upstream = upstream_of(self.process, part)
        return self.process

    def _hang_door(self, node: Node) -> None:
        """Let the event of an event sub-process be waited for from the start of what is around it."""
        assert node.inside is not None  # the drawing gives every sub-process an inside
        start = next(inner for inner in node.inside.nodes.values() if inner.kind == "startEvent")
        door = Door(self.process, f"{node.id}~door", start.id, trigger_of(self.drawing, start))
        door.interrupts = start.interrupts
        self.process.start.connect(door)
        door.connect(self.parts[node.id])

    def _activity(self, node: Node) -> Part:
        name = inner_name(node.id)
        repeated = node.many is not None and node.kind == "userTask"
        if not repeated and node.loop is None:
            return self._part(node, name)
        instance = self._part(node, f"{node.id} [child]")
        if node.loop is not None:
            return Looped(self.process, name, node.id, loop_of(node.loop), instance)
        return Repeated(self.process, name, node.id, many_of(node), instance)

    def _part(self, node: Node, name: str) -> Part:
        process, identifier = self.process, node.id
        match node.kind:
            case "startEvent" if node.event == "none" or opens_on_event(node):
                return Part(process, name, identifier)
            case "task" | "manualTask" | "eventBasedGateway":
                return Part(process, name, identifier)
            case "intermediateThrowEvent" | "intermediateCatchEvent" if node.is_link:
                return Part(process, name, identifier)
            case "userTask":
                return UserStep(process, name, identifier)
            case "scriptTask":
                script = Assignments(process, name, identifier)
                script.lines = compiled_script(script_of(node))
                return script
            case "businessRuleTask":
                return self._decision(node, name)
            case "exclusiveGateway":
                return Choice(process, name, identifier)
            case "inclusiveGateway":
                return InclusiveJoin(process, name, identifier)
            case "parallelGateway":
                return ParallelJoin(process, name, identifier)
            case "subProcess" if runs_apart(node):
                return self._call(node, name)
            case "subProcess" if node.inside is not None:
                return Embedded(process, name, identifier, node.inside.id)
            case "callActivity":
                return self._call(node, name)
            case _:
                return self._event(node, name)

    def _decision(self, node: Node, name: str) -> Part:
        use = decision_of(node)
        if use is None:
            raise DiagramRefused([fault(node.element, "unsupported", kind=node.kind)])
        if use.key not in self.book.decisions:
            raise DiagramRefused([fault_of_task(node.element, "decision_missing", name=use.key)])
        part = Deciding(self.process, name, node.id, self.book, use.key)
        part.output = use.output
        part.shape = next((shape for shape in SHAPES if shape == use.shape), "")
        return part

    def _call(self, node: Node, name: str) -> Part:
        call = call_of(node)
        if runs_apart(node):
            variables = declared(self.drawing)
            passed = tuple(sorted({*names_within(node, variables), *(self._read_within(node) & variables)}))
            part = DetachedCall(self.process, name, node.id, "", passed, area=node.id)
        else:
            part = DetachedCall(self.process, name, node.id, call.called, call.passed)
        part.output = call.output
        part.returns = call.returns
        if part.area and not call.output:
            part.returns = ((ALL, ALL),)
        part.many = many_of(node) if node.many is not None else None
        return part

    def _read_within(self, node: Node) -> frozenset[str]:
        """The names that decisions made in a sub-process read; nothing in the drawing says them."""
        keys = {rs(task, "decision") or "" for task in node.element.iter(f"{{{BPMN}}}businessRuleTask")}
        return frozenset(name for key in keys for name in self.book.reads(key))

    def _event(self, node: Node, name: str) -> Part:
        trigger = trigger_of(self.drawing, node)
        match node.kind:
            case "endEvent":
                end = End(self.process, name, node.id, trigger)
                result = rs(node.element, "result")
                end.result = compiled(result) if result else None
                return end
            case "intermediateThrowEvent" | "sendTask":
                return Throw(self.process, name, node.id, trigger)
            case "intermediateCatchEvent" | "receiveTask":
                catch = Catch(self.process, name, node.id, trigger)
                sources = (self.area.nodes[flow.source].kind for flow in node.incoming)
                catch.chosen = "eventBasedGateway" in sources
                return catch
            case "boundaryEvent":
                return Border(self.process, name, node.id, trigger)
        raise DiagramRefused([fault(node.element, "unsupported", kind=node.kind)])

    def _attach(self, node: Node) -> None:
        if not node.borders:
            return
        part = self.parts[node.id]
        part.hosts = True
        split = self.entries[node.id] = Split(self.process, f"{node.id}~split")
        split.connect(part)
        for border_node in node.borders:
            border = self.parts[border_node.id]
            assert isinstance(border, Border)  # boundary events compile to nothing else
            border.interrupts, border.host = border_node.interrupts, part.name
            split.connect(border)

    def _connect(self, node: Node) -> None:
        part = self.parts[node.id]
        if node.kind == "startEvent":
            self.process.start.connect(self.entries[node.id])
        for flow in node.outgoing:
            target = self.entries[flow.target]
            part.connect(target)
            if isinstance(part, Choice):
                self._choose(node, part, flow.id, flow.condition, target.name)
        if not node.outgoing:
            part.connect(self.process.join)
            if isinstance(part, Choice):
                part.default = self.process.join.name

    def _choose(self, node: Node, part: Choice, flow: str, condition: str | None, target: str) -> None:
        if condition is None or flow == node.default:
            part.default = target
        else:
            part.choices.append((compiled(condition), target))


def opens_on_event(node: Node) -> bool:
    """Whether this is the start event of an event sub-process: its door has caught the event."""
    return node.scope.element.get("triggeredByEvent") in ("true", "1")


def inner_name(identifier: str) -> str:
    """The name of an element inside SpiffWorkflow, which keeps "End" for itself."""
    return f"{identifier}~" if identifier == "End" else identifier


def many_of(node: Node) -> Many:
    """The compiled multi-instance marker of an activity."""
    call = call_of(node)

    def compile_or_none(text: str | None) -> Expression | None:
        return compiled(text) if text else None

    return Many(
        call.sequential,
        compile_or_none(call.collection),
        compile_or_none(call.cardinality),
        call.item,
        call.output,
        call.output_item,
        compile_or_none(call.condition),
    )


def loop_of(marker: etree._Element) -> Loop:
    """The compiled loop marker of an activity."""
    condition, maximum = text_of(child_of(marker, "loopCondition")), marker.get("loopMaximum")
    return Loop(
        tests_before=marker.get("testBefore", "false") in ("true", "1"),
        condition=compiled(condition) if condition is not None else None,
        maximum=int(maximum) if maximum is not None else None,
    )


def trigger_of(drawing: Drawing, node: Node) -> Trigger:
    """What an event waits for or does; refuses definitions the engine does not run."""
    if node.kind in ("sendTask", "receiveTask"):
        name = notice_name(drawing, node.element.get("messageRef"))
        return Notice("message", name or node.name or node.id, correlation_of(node), takes_of(node))
    kind = node.event
    definition = node.events[0] if node.events else None
    if kind == "none" or (kind == "terminate" and node.kind == "endEvent"):
        return Plain(kind)
    assert definition is not None  # only "none" has no definition
    if kind == "timer" and node.kind in ("intermediateCatchEvent", "boundaryEvent", "startEvent"):
        texts = [text for name in TIMES if (text := text_of(child_of(definition, name)))]
        if len(texts) == 1:
            return Timer(texts[0])
    elif kind in ("error", "escalation"):
        return Alarm(kind, alarm_code(drawing, definition.get(f"{kind}Ref")))
    elif name := notice_name(drawing, definition.get(f"{kind}Ref")):
        if kind == "message":
            return Notice("message", name, correlation_of(node), takes_of(node))
        if kind == "signal":
            return Notice("signal", name, takes=takes_of(node))
    raise DiagramRefused([fault(node.element, "event_unsupported", kind=kind)])


def notice_name(drawing: Drawing, reference: str | None) -> str | None:
    """The name of a message or signal."""
    element = drawing.references.get(referred(reference))
    return element.get("name") if element is not None else None


def alarm_code(drawing: Drawing, reference: str | None) -> str | None:
    """The code of an error or escalation; its name when it has no code."""
    element = drawing.references.get(referred(reference))
    if element is None:
        return None
    return (
        element.get("errorCode") or element.get("escalationCode") or element.get("name") or element.get("id")
    )


def upstream_of(process: Process, join: Part) -> dict[str, frozenset[str]]:
    """For each element, the incoming flows of the join it can reach without passing the join."""
    reach: dict[str, set[str]] = {}
    for source in set(join._inputs):
        pending, seen = [source], {join.name}
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            reach.setdefault(name, set()).add(source)
            pending.extend(process.task_specs[name]._inputs)
    return {name: frozenset(sources) for name, sources in reach.items()}

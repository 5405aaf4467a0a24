"""Rules on what runs beside a multi-instance sub-process: its children know what was decided before they began."""

from collections.abc import Iterable, Iterator, Mapping

from workflows.engine.diagram.details import (
    call_of,
    correlation_of,
    decision_of,
    names_in,
    rs,
    script_of,
    step_of,
    takes_of,
)
from workflows.engine.diagram.drawing import Area, Drawing, Node, child_of, text_of
from workflows.engine.diagram.faults import described
from workflows.engine.diagram.rules_ways_back import NODES_AT_MOST, Steps, reached, steps_of, ways_at_once
from workflows.engine.language.expressions import Expression, compiled, compiled_script
from workflows.engine.language.reasons import N_
from workflows.engine.language.vocabulary import ALL
from workflows.engine.running.compiling import TIMES, runs_apart
from workflows.engine.specification import Problem
from workflows.errors import ExpressionRefused

SET_BESIDE = (
    N_(
        "“%(step)s” can set %(name)s while this sub-process runs, where it is read: its runs know only the value that "
        "was there when the sub-process began."
    ),
    N_("Let the step be done before the sub-process begins, or decide on the value behind it."),
)
COUNTS_APART = (
    N_(
        "Each run of this sub-process counts %(name)s for itself, from the value that was there when the sub-process "
        "began; behind it stands what the last of them has counted, not the sum."
    ),
    N_(
        "Collect what each run says with an output (loopDataOutputRef, outputDataItem), and count in that list."
    ),
)

Line = list[tuple[Area, Node]]


def beside_problems(drawing: Drawing) -> Iterator[Problem]:
    """Every variable that is read in a multi-instance sub-process and may be set beside it, with the first who does."""
    nodes = list(drawing.nodes())
    if len(nodes) > NODES_AT_MOST:
        return
    lines, sets = _lines(drawing, nodes), {node: _sets(node) for node in nodes}
    steps = {id(area): steps_of(area) for area in drawing.areas}
    for apart in filter(runs_apart, nodes):
        inside = [node for node in nodes if any(one is apart for _, one in lines[node][1:])]
        own = frozenset[str]().union(*(sets[node] for node in inside), [call_of(apart).item or ""])
        wanted = frozenset[str]().union(*map(_reads, inside))
        if ALL in wanted:  # a call in it hands on whatever there is
            wanted = wanted.union(*sets.values())
        wanted -= {*own, ALL}
        others = [node for node in nodes if sets[node] & wanted and node is not apart]
        beside = [node for node in others if _beside(steps, lines[node], lines[apart])]
        for name in sorted(wanted):
            step = next((node for node in beside if name in sets[node]), None)
            if step is not None:
                named = {"step": step.name or step.id, "name": name}
                yield described(apart.element, "set_beside", SET_BESIDE, "warning", **named)
        outside = frozenset[str]().union(*(_reads(node) for node in nodes if node not in inside))
        for name in sorted(_counted(inside) & outside):
            yield described(apart.element, "counts_apart", COUNTS_APART, "warning", name=name)


def _counted(inside: Iterable[Node]) -> set[str]:
    """The variables of which a script in a sub-process makes the next value out of the one before."""
    lines = (line for node in inside if node.kind == "scriptTask" for line in _script(node))
    return {name for name, expression in lines if name in expression.variables}


def _lines(drawing: Drawing, nodes: Iterable[Node]) -> dict[Node, Line]:
    """For each node itself and the sub-processes around it, innermost first, each with where it lies."""
    holders = {id(node.inside): node for node in drawing.nodes() if node.inside is not None}
    lines: dict[Node, Line] = {}
    for node in nodes:
        line: Line = []
        around: Node | None = node
        while around is not None:
            line.append((around.scope, around))
            around = holders.get(id(around.scope))
        lines[node] = line
    return lines


def _beside(steps: Mapping[int, tuple[Steps, Steps]], one: Line, other: Line) -> bool:
    """Whether two nodes can be open at the same time: looked at where what holds them lies in one area."""
    for area, first in one:
        for same, second in other:
            if area is same:
                return first is not second and _parallel(*steps[id(area)], first, second)
    return False


def _parallel(after: Steps, before: Steps, first: Node, second: Node) -> bool:
    """Whether some node sends a token to each at once, neither of which has to wait for the other."""
    if _opened_beside(first) or _opened_beside(second):
        return True
    to_first = _leading(after, before, first, second)
    to_second = _leading(after, before, second, first)
    for ways in map(ways_at_once, after):
        firsts, seconds = to_first.intersection(ways), to_second.intersection(ways)
        if firsts and seconds and len(firsts | seconds) > 1:
            return True
    return False


def _opened_beside(node: Node) -> bool:
    """Whether an event opens this sub-process and lets the rest go on."""
    starts = node.inside.nodes.values() if node.on_event and node.inside is not None else ()
    return any(one.kind == "startEvent" and not one.interrupts for one in starts)


def _leading(after: Steps, before: Steps, wanted: Node, other: Node) -> set[Node]:
    """The nodes from which a token comes to the wanted one without having to wait for the other one."""
    joins = {node for node in reached(after[other], after, ()) if _joins(node)}
    return set(reached([wanted], before, joins))


def _joins(node: Node) -> bool:
    return node.kind in ("parallelGateway", "inclusiveGateway") and len(node.incoming) > 1


def _sets(node: Node) -> frozenset[str]:
    """The variables that a node may set."""
    names = {*takes_of(node)}
    if node.kind == "userTask":
        names.update(field.key for field in step_of(node).fields)
    elif node.kind == "scriptTask":
        names.update(name for name, _ in _script(node))
    elif (use := decision_of(node)) is not None and use.output:
        names.add(use.output)
    if node.many is not None or node.kind == "callActivity":
        call = call_of(node)
        names.update(here for _, here in call.returns)
        names.update([call.output] if call.output else [])
    return frozenset(names)


def _reads(node: Node) -> frozenset[str]:
    """The variables that a node and the ways out of it ask for."""
    call, names = call_of(node), {*correlation_of(node)}
    texts = [flow.condition for flow in node.outgoing]
    texts += [call.collection, call.cardinality, call.condition, rs(node.element, "result")]
    if node.loop is not None:
        texts.append(text_of(child_of(node.loop, "loopCondition")))
    if node.kind == "userTask":
        step = step_of(node)
        texts += [step.assignee, step.accountable, step.due]
    elif node.kind == "callActivity":
        names.update(names_in(rs(node.element, "pass")))
    elif node.kind == "scriptTask":
        names.update(*(expression.variables for _, expression in _script(node)))
    if node.event == "timer":
        texts += [text_of(child_of(node.events[0], name)) for name in TIMES]
    return frozenset(names).union(*(_variables(text) for text in texts if text))


def _script(node: Node) -> Iterable[tuple[str, Expression]]:
    try:
        return compiled_script(script_of(node))
    except ExpressionRefused:
        return ()  # the rules of content name it


def _variables(text: str) -> frozenset[str]:
    try:
        return compiled(text).variables
    except ExpressionRefused:
        return frozenset()  # the rules of content name it, or it is a literal of time

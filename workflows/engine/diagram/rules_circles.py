"""Rules on what would never end: a circle in which nobody is asked anything, a process that calls itself at once."""

from collections.abc import Iterator

from workflows.engine.diagram.drawing import Area, Drawing, Node
from workflows.engine.diagram.faults import described, fault
from workflows.engine.language.reasons import N_
from workflows.engine.specification import Problem

WAITS = {"userTask", "callActivity", "intermediateCatchEvent", "receiveTask", "eventBasedGateway"}
CHOOSES = {"exclusiveGateway", "inclusiveGateway"}
CALLS_ITSELF = (
    N_("The process calls itself here before anybody is asked anything, so each run begins a further one."),
    N_("Put a step or a timer before the call."),
)

Found = Iterator[Problem]
Steps = dict[Node, list[Node]]


def circle_problems(drawing: Drawing) -> Found:
    """One element of each area that can run in a circle without waiting, and every call of the process by itself."""
    for area in drawing.areas:
        circling = _circling(area)
        yield from (
            fault(node.element, "no_wait_loop")
            for node in [n for n in area.nodes.values() if n in circling][:1]
        )
    for node in _at_once(drawing.process):
        called = (node.element.get("calledElement") or "").strip()
        if node.kind == "callActivity" and called == drawing.process.id and node.many is None:
            yield described(node.element, "calls_itself", CALLS_ITSELF, "error")


def _waits(node: Node) -> bool:
    """Whether a token stays here; a sub-process lets it through where there is a way through without waiting."""
    if node.inside is not None:
        return not _lets_through(node.inside)
    return node.kind in WAITS and not node.is_link


def _next(node: Node) -> list[Node]:
    """Where a token goes on, also by what is thrown and caught without waiting."""
    caught = [border for border in node.borders if border.event in ("error", "escalation")]
    return [node.scope.nodes[flow.target] for flow in node.outgoing] + caught


def _free(area: Area) -> tuple[Steps, Steps]:
    """The nodes of an area that do not wait, with those after and before each."""
    free = {node: None for node in area.nodes.values() if not _waits(node)}
    after = {node: [target for target in _next(node) if target in free] for node in free}
    before: Steps = {node: [] for node in free}
    for node, targets in after.items():
        for target in targets:
            before[target].append(node)
    return after, before


def _lets_through(area: Area) -> bool:
    """Whether a token may come from the start to an end without waiting; of what runs side by side all must."""
    after, before = _free(area)
    missing = {node: 1 if node.kind in CHOOSES else len(node.outgoing) for node in after}
    pending = [node for node in after if not node.outgoing]
    through = set(pending)
    while pending:
        for node in before[pending.pop()]:
            missing[node] -= 1
            if missing[node] == 0 and node not in through:
                through.add(node)
                pending.append(node)
    return any(node.kind == "startEvent" for node in through)


def _circling(area: Area) -> set[Node]:
    after, before = _free(area)
    return _without_ends(_without_ends(set(after), before, after), after, before)


def _without_ends(nodes: set[Node], before: Steps, after: Steps) -> set[Node]:
    """What is left after taking away, again and again, the nodes that have nothing before them."""
    left = set(nodes)
    waiting = {node: sum(n in left for n in before[node]) for node in left}
    pending = [node for node in left if waiting[node] == 0]
    while pending:
        node = pending.pop()
        left.discard(node)
        for target in after[node]:
            if target in waiting:
                waiting[target] -= 1
                if waiting[target] == 0:
                    pending.append(target)
    return left


def _at_once(area: Area) -> list[Node]:
    """The nodes a token may come to before anybody is asked anything, in sub-processes too."""
    seen = dict.fromkeys(node for node in area.nodes.values() if node.kind == "startEvent")
    found = list(seen)
    for node in found:
        following = [] if _waits(node) else _next(node)
        if node.inside is not None and node.many is None:
            following += [one for one in node.inside.nodes.values() if one.kind == "startEvent"]
        fresh = [one for one in following if one not in seen]
        seen.update(dict.fromkeys(fresh))
        found += fresh
    return found

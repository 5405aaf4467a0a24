"""Rules on how paths meet: a join that can never have all it waits for, an error that nobody catches."""

from collections.abc import Iterator

from workflows.engine.diagram.drawing import Area, Drawing, Flow, Node
from workflows.engine.diagram.faults import described
from workflows.engine.diagram.rules_beside import beside_problems
from workflows.engine.diagram.rules_mutual import mutual_problems
from workflows.engine.diagram.rules_ways_back import ways_back
from workflows.engine.language.reasons import N_
from workflows.engine.running.compiling import alarm_code
from workflows.engine.specification import Problem

CHOOSES = {"exclusiveGateway", "eventBasedGateway"}
TEXTS = {
    "join_never": (
        N_(
            "The join waits for several ways of the gateway “%(name)s”, which takes only one: it waits for ever."
        ),
        N_("Make the join an exclusive gateway, or the gateway before it a parallel one."),
    ),
    "join_itself": (
        N_(
            "The gateway waits for every way into it, but the one from “%(name)s” can be taken only after it: it "
            "waits for ever."
        ),
        N_("Put an exclusive gateway before it, and lead the way back into that one."),
    ),
    "join_doubtful": (
        N_("The join waits for several ways of the gateway “%(name)s”, which takes only one each time."),
        N_("Make the join an exclusive gateway, unless the gateway is surely passed by each of these ways."),
    ),
    "error_uncaught": (
        N_(
            "Nothing in this drawing catches the error %(name)s. Where it is called and no caller catches it either, "
            "the run stops there with an incident."
        ),
        N_(
            "Put an error event on the border of the sub-process around it, or of the call that runs this drawing; "
            "otherwise use an ordinary end."
        ),
    ),
}

Found = Iterator[Problem]


def path_problems(drawing: Drawing) -> Found:
    """Every join that starves, value that comes too late and error that is lost, in document order by rule."""
    for area in drawing.areas:
        alive = _alive(area)
        sound: list[Node] = []
        for node in filter(_joins, area.nodes.values()):
            missing = [
                area.nodes[flow.source] for flow in node.incoming if area.nodes[flow.source] not in alive
            ]
            if 0 < len(missing) < len(node.incoming):
                source = missing[0].name or missing[0].id
                yield described(node.element, "join_itself", TEXTS["join_itself"], "error", name=source)
            elif starving := list(_starving(area, node)):
                yield from starving
            else:
                sound.append(node)
        yield from ways_back(area, sound)
        yield from mutual_problems(area)
    yield from beside_problems(drawing)
    for area in drawing.areas:
        for node in area.nodes.values():
            if node.kind == "endEvent" and node.event == "error" and not _caught(drawing, area, node):
                name = alarm_code(drawing, node.events[0].get("errorRef"))
                yield described(
                    node.element, "error_uncaught", TEXTS["error_uncaught"], "warning", name=name or ""
                )


def _joins(node: Node) -> bool:
    return node.kind == "parallelGateway" and len(node.incoming) > 1


def _alive(area: Area) -> set[Node]:
    """The nodes that some token may come to, when a parallel join needs one from each way into it."""
    alive: set[Node] = set()
    missing = {node: len(node.incoming) for node in area.nodes.values() if _joins(node)}
    pending = [node for node in area.nodes.values() if node.kind == "startEvent"]
    while pending:
        node = pending.pop()
        if node in alive:
            continue
        alive.add(node)
        pending += node.borders
        for target in (area.nodes[flow.target] for flow in node.outgoing):
            missing[target] = missing.get(target, 1) - 1
            if missing[target] <= 0:
                pending.append(target)
    return alive


def _starving(area: Area, join: Node) -> Found:
    """Two ways into a join that one choice excludes from each other; certain where the choice is made once."""
    taken: dict[Node, Flow] = {}
    for entering in join.incoming:
        for gateway, way in _choices(area, entering):
            other = taken.setdefault(gateway, way)
            if other is not way:
                code = "join_never" if _passed_once(area, gateway, join) else "join_doubtful"
                severity = "error" if code == "join_never" else "warning"
                name = gateway.name or gateway.id
                yield described(join.element, code, TEXTS[code], severity, name=name)  # type: ignore[arg-type]
                return


def _choices(area: Area, flow: Flow) -> Iterator[tuple[Node, Flow]]:
    """The choices that a token on this flow has surely come through, with the way each took."""
    seen: set[Node] = set()
    while (node := area.nodes[flow.source]) not in seen:
        seen.add(node)
        if node.kind in CHOOSES and len(node.outgoing) > 1:
            yield node, flow
        if len(node.incoming) != 1 or node.kind == "boundaryEvent":
            return
        flow = node.incoming[0]


def _passed_once(area: Area, gateway: Node, join: Node) -> bool:
    """Whether nothing before the gateway makes two tokens of one, so that only one is ever on its way to the join."""
    hosts = {border: host for host in area.nodes.values() for border in host.borders}
    seen: set[Node] = {join}
    pending = [gateway]
    while pending:
        node = pending.pop()
        if node in seen:
            continue
        seen.add(node)
        if len(node.outgoing) > 1 and node.kind not in CHOOSES:
            return False
        if node.kind == "boundaryEvent" and not node.interrupts:
            return False
        pending += [area.nodes[flow.source] for flow in node.incoming]
        if node in hosts:
            pending.append(hosts[node])
    return True


def _caught(drawing: Drawing, area: Area | None, end: Node) -> bool:
    """Whether an event sub-process or a border around the end takes its error."""
    code = alarm_code(drawing, end.events[0].get("errorRef"))
    holders = {id(node.inside): node for node in drawing.nodes() if node.inside is not None}
    openings = _openings(area)
    while area is not None:
        holder = holders.get(id(area))
        for catcher in [*openings, *(holder.borders if holder is not None else ())]:
            if catcher.event == "error":
                reference = catcher.events[0].get("errorRef")
                if not reference or alarm_code(drawing, reference) == code:
                    return True
        area = holder.scope if holder is not None else None
        # An event sub-process that interrupts has ended all that is around it, who waited for an error too.
        alone = holder is not None and holder.on_event and any(one.interrupts for one in _starts(holder))
        openings = [] if alone else _openings(area)
    return False


def _openings(area: Area | None) -> list[Node]:
    """The start events of the event sub-processes directly in an area."""
    nodes = area.nodes.values() if area is not None else ()
    return [start for node in nodes if node.on_event for start in _starts(node)]


def _starts(node: Node) -> list[Node]:
    inside = node.inside.nodes.values() if node.inside is not None else ()
    return [start for start in inside if start.kind == "startEvent"]

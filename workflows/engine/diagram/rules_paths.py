"""Rules on how paths meet: a join that can never have all it waits for, an error that nobody catches."""

from collections.abc import Iterator

from workflows.engine.diagram.drawing import Area, Drawing, Flow, Node
from workflows.engine.diagram.faults import described
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
    "join_doubtful": (
        N_("The join waits for several ways of the gateway “%(name)s”, which takes only one each time."),
        N_("Make the join an exclusive gateway, unless the gateway is surely passed by each of these ways."),
    ),
    "error_uncaught": (
        N_("Nothing in this drawing catches the error %(name)s."),
        N_(
            "Put an error event on the border of the sub-process around it, or of the call that runs this drawing; "
            "otherwise use an ordinary end."
        ),
    ),
}

Found = Iterator[Problem]


def path_problems(drawing: Drawing) -> Found:
    """Every join that starves and every error that is lost, in document order by rule."""
    for area in drawing.areas:
        for node in area.nodes.values():
            if node.kind == "parallelGateway" and len(node.incoming) > 1:
                yield from _starving(area, node)
    for area in drawing.areas:
        for node in area.nodes.values():
            if node.kind == "endEvent" and node.event == "error" and not _caught(drawing, area, node):
                name = alarm_code(drawing, node.events[0].get("errorRef"))
                yield described(
                    node.element, "error_uncaught", TEXTS["error_uncaught"], "warning", name=name or ""
                )


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
    while area is not None:
        holder = holders.get(id(area))
        openings = [
            start
            for node in area.nodes.values()
            if node.on_event and node.inside is not None
            for start in node.inside.nodes.values()
            if start.kind == "startEvent"
        ]
        for catcher in [*openings, *(holder.borders if holder is not None else ())]:
            if catcher.event == "error":
                reference = catcher.events[0].get("errorRef")
                if not reference or alarm_code(drawing, reference) == code:
                    return True
        area = holder.scope if holder is not None else None
    return False

"""Rules on ways back that leave a parallel join with some of its ways gone again and others not."""

from collections.abc import Collection, Iterable, Iterator

from workflows.engine.diagram.drawing import Area, Node
from workflows.engine.diagram.faults import described
from workflows.engine.language.reasons import N_
from workflows.engine.specification import Problem

ONE_WAY = {"exclusiveGateway", "eventBasedGateway"}
LEAVES_OUT = {*ONE_WAY, "inclusiveGateway"}
# Each join is held against each split: what nobody draws by hand is left to the run, which stops with an incident.
NODES_AT_MOST = 200
TEXTS = {
    "join_way_back": (
        N_(
            "From behind this join a way leads back to “%(name)s”, into one of the ways that it waits for. The others "
            "are not gone again, so it waits for ever."
        ),
        N_("Lead the way back to before the gateway that splits, or make the join an inclusive gateway."),
    ),
    "join_way_out": (
        N_(
            "At “%(name)s” a way leads out of one of the ways that this join waits for, back to before the gateway "
            "that splits. The others are gone twice, so the join gets more than it can bring together."
        ),
        N_("Lead the way back to a step of its own way, or decide on it behind the join."),
    ),
}

Steps = dict[Node, list[Node]]


def ways_back(area: Area, joins: Iterable[Node]) -> Iterator[Problem]:
    """Every join behind which a way leads back into a part, or before which one leads out of a part."""
    if len(area.nodes) > NODES_AT_MOST:
        return
    after, before = steps_of(area)
    for join in joins:
        splits = _splits(before, join)
        code, place = "join_way_back", _way_into(after, before, join, splits)
        if place is None:
            code, place = "join_way_out", _way_out(after, before, join, splits)
        if place is not None:
            yield described(join.element, code, TEXTS[code], "warning", name=place.name or place.id)


def steps_of(area: Area) -> tuple[Steps, Steps]:
    """Give what comes after each node of an area, boundary events included, and what comes before it."""
    after = {
        node: [*(area.nodes[flow.target] for flow in node.outgoing), *node.borders]
        for node in area.nodes.values()
    }
    before: Steps = {node: [] for node in after}
    for node, targets in after.items():
        for target in targets:
            before[target].append(node)
    return after, before


def ways_at_once(node: Node) -> list[Node]:
    """Where the tokens begin that are on their way at once from here: behind a split, or at a step and its border."""
    beside = [border for border in node.borders if not border.interrupts]
    split = node.kind not in ONE_WAY and len(node.outgoing) > 1
    following = [node.scope.nodes[flow.target] for flow in node.outgoing]
    return [*beside, *([node] if beside else []), *(following if split else [])]


def reached(starts: Iterable[Node], steps: Steps, without: Collection[Node]) -> dict[Node, None]:
    """What the steps lead to from the starts, nearest first, without entering some."""
    seen = {node: None for node in starts if node not in without}
    pending = list(seen)
    for node in pending:
        for target in steps[node]:
            if target not in seen and target not in without:
                seen[target] = None
                pending.append(target)
    return seen


def _splits(before: Steps, join: Node) -> list[Node]:
    """The nodes that make several tokens of one and can serve every way into the join."""
    served = [set(reached([source], before, {join})) for source in before[join]]
    return [node for node in before if _multiplies(node) and all(node in each for each in served)]


def _multiplies(node: Node) -> bool:
    beside = [border for border in node.borders if not border.interrupts]
    return node.kind not in ONE_WAY and len(node.outgoing) + len(beside) > 1


def _way_into(after: Steps, before: Steps, join: Node, splits: list[Node]) -> Node | None:
    """Where a way from behind the join comes into a part without passing a node that splits."""
    passed = {join, *splits}
    behind = reached(after[join], after, passed)
    leading = reached(before[join], before, passed)
    inside = reached([node for split in splits for node in after[split]], after, {join})
    return next((node for node in behind if node in leading and node in inside), None)


def _way_out(after: Steps, before: Steps, join: Node, splits: list[Node]) -> Node | None:
    """Where a token leaves its part for a way that leads to the split again, while the other parts go on."""
    for split in splits:
        if split.kind == "inclusiveGateway" or len(split.outgoing) < 2:
            continue
        again = reached([split], before, {join})
        leading = reached(before[join], before, {join, split})
        for node in reached(after[split], after, {join, split}):
            leaves = [way for way in after[node] if way in again and way not in leading and _turns(node, way)]
            if leaves and node in leading and _apart(after, split, join):
                return node
    return None


def _turns(node: Node, way: Node) -> bool:
    """Whether a token that goes this way goes no other."""
    return way.interrupts if way.kind == "boundaryEvent" else node.kind in LEAVES_OUT


def _apart(after: Steps, split: Node, join: Node) -> bool:
    """Whether the parts stay apart up to the join: no node between lies on every way from the split to it."""
    path = _path(after, split, join)
    places = {node: place for place, node in enumerate(path)}
    seen: set[Node] = set()
    furthest = 0
    for place, start in enumerate(path[:-1]):
        if 0 < place >= furthest:
            return False
        pending = [start]
        while pending:
            for target in after[pending.pop()]:
                furthest = max(furthest, places.get(target, 0))
                if target not in places and target not in seen:
                    seen.add(target)
                    pending.append(target)
    return True


def _path(after: Steps, first: Node, last: Node) -> list[Node]:
    """A shortest way from one node to another that it leads to."""
    came: dict[Node, Node] = {}
    pending = [first]
    for node in pending:
        for target in after[node]:
            if target not in came:
                came[target] = node
                pending.append(target)
    path = [last]
    while path[-1] is not first:
        path.append(came[path[-1]])
    return path[::-1]

"""A rule on two inclusive joins, each of which waits for what can still come from the other."""

from collections.abc import Iterator, Mapping
from itertools import combinations

from workflows.engine.diagram.drawing import Area, Node
from workflows.engine.diagram.faults import described
from workflows.engine.diagram.rules_ways_back import NODES_AT_MOST, Steps, reached, steps_of, ways_at_once
from workflows.engine.language.reasons import N_
from workflows.engine.specification import Problem

JOINS_MUTUAL = (
    N_(
        "The join waits for what can still come from “%(name)s”, and that one for what can still come from here: where "
        "both are waited at, neither goes on."
    ),
    N_("Lead the ways back to before the gateway that splits, or into an exclusive gateway."),
)


def mutual_problems(area: Area) -> Iterator[Problem]:
    """Every pair of inclusive joins to which tokens of one split can come, and of which each leads to the other."""
    joins = [
        node for node in area.nodes.values() if node.kind == "inclusiveGateway" and len(node.incoming) > 1
    ]
    if len(joins) < 2 or len(area.nodes) > NODES_AT_MOST:
        return
    after, before = steps_of(area)
    entering = {join: {node: set(reached([node], before, {join})) for node in before[join]} for join in joins}
    for first, second in combinations(joins, 2):
        to_first = _leading(before, entering[first], first, second)
        to_second = _leading(before, entering[second], second, first)
        for ways in map(ways_at_once, after):
            firsts, seconds = to_first.intersection(ways), to_second.intersection(ways)
            if firsts and seconds and len(firsts | seconds) > 1:
                name = second.name or second.id
                yield described(first.element, "joins_mutual", JOINS_MUTUAL, "warning", name=name)
                break


def _leading(before: Steps, entering: Mapping[Node, set[Node]], join: Node, other: Node) -> set[Node]:
    """The nodes that lead, past the other join, to ways into this one by which nothing comes from the other."""
    alone = [node for node, leading in entering.items() if other not in leading]
    return set(reached(alone, before, {join, other})) if len(alone) < len(entering) else set()

"""Ways back beside a parallel join: those that jam it are named at publishing, those that run right are let be."""

import pytest

from tests.engine.diagrams import Run, border, definitions, end, flow, start, timer, user
from tests.engine.test_check import found
from tests.engine.test_paths import gate
from workflows.errors import InstanceStuck

CODES = ("join_way_back", "join_way_out", "joins_mutual")


def doubts(xml: bytes) -> list[tuple[str, str, str, object]]:
    problems = [one for one in found(xml) if one.code in CODES]
    assert all(one.reason % one.params and one.remedy % one.params for one in problems)
    return [(one.code, one.element_id, one.severity, one.params["name"]) for one in problems]


def parts(more: str, join: str = "parallel") -> bytes:
    """Two parts side by side, each with a gateway around its step, and a gateway behind the join and one before."""
    body = (
        start() + gate("exclusive", "in") + gate("parallel", "sp") + user("a") + user("b") + user("z") + end()
    )
    body += gate("exclusive", "x", "Vào") + gate("exclusive", "y", "Ra") + gate(join, "jn")
    body += gate("exclusive", "g") + flow("s", "in", "sp", "x", "a", "y") + flow("sp", "b", "jn", "z", "g")
    body += flow("y", "jn", when="outcome == 'ok'") + flow("g", "e", when="outcome == 'ok'")
    return definitions(body + more)


def test_way_back_into_one_part_jams_and_is_doubtful() -> None:
    xml = parts(flow("g", "x", when="outcome == 'back'"))
    run = Run(xml)

    run.complete("b")
    run.complete("a", outcome="ok")
    run.complete("z", outcome="back")

    with pytest.raises(InstanceStuck):
        run.complete("a", outcome="ok")
    assert doubts(xml) == [("join_way_back", "jn", "warning", "Vào")]


def test_way_out_of_one_part_to_before_the_split_leaves_a_token_and_is_doubtful() -> None:
    xml = parts(flow("y", "in", when="outcome == 'back'"))
    run = Run(xml)

    run.complete("a", outcome="back")

    assert sorted(run.steps) == ["a", "b", "b"]
    assert doubts(xml) == [("join_way_out", "jn", "warning", "Ra")]


def led(*ways: tuple[str, str]) -> str:
    return "".join(flow(*way, when=f"outcome == '{number}'") for number, way in enumerate(ways))


@pytest.mark.parametrize(
    ("ways", "code"),
    [
        ([("g", "in"), ("g", "x")], "join_way_back"),
        ([("g", "in"), ("y", "x"), ("y", "in")], "join_way_out"),
    ],
)
def test_way_that_jams_is_found_beside_those_that_run(ways: list[tuple[str, str]], code: str) -> None:
    assert [one[:2] for one in doubts(parts(led(*ways)))] == [(code, "jn")]


@pytest.mark.parametrize("ways", [[("y", "x")], [("g", "in")], [("y", "x"), ("g", "in")]])
def test_way_back_within_one_part_or_around_both_is_let_be(ways: list[tuple[str, str]]) -> None:
    assert doubts(parts(led(*ways))) == []


@pytest.mark.parametrize("way", [("g", "x"), ("y", "in")])
def test_inclusive_join_is_let_be(way: tuple[str, str]) -> None:
    assert doubts(parts(led(way), "inclusive")) == []


def test_way_back_around_two_joins_in_a_row_is_let_be() -> None:
    again = gate("parallel", "sp2") + user("c") + user("d") + gate("parallel", "jn2") + end("e2")
    again += gate("exclusive", "g2") + flow("g", "sp2", "c", "jn2", "g2", "in") + flow("sp2", "d", "jn2")

    assert doubts(parts(led(("g", "in")) + again + flow("g2", "e2", when="outcome == 'ok'"))) == []


def test_way_back_behind_an_inclusive_join_before_another_split_is_let_be() -> None:
    again = gate("parallel", "sp2") + user("c") + user("d") + gate("parallel", "jn2") + end("e2")
    again += flow("g", "sp2", "c", "jn2", "e2") + flow("sp2", "d", "jn2")

    assert doubts(parts(led(("g", "in"), ("g", "x")) + again, "inclusive")) == []


def two_joins(first_back: str, second_back: str) -> bytes:
    """Two parts of one split, each with an inclusive gateway and behind it a step that leads on or back."""
    body = start() + gate("exclusive", "in") + gate("parallel", "sp") + gate("inclusive", "j1")
    body += (
        gate("inclusive", "j2", "Nhập hai")
        + flow("s", "in", "sp", "a", "j1", "y")
        + flow("sp", "b", "j2", "z")
    )
    for name, back in (("y", first_back), ("z", second_back)):
        body += (
            user(name) + gate("exclusive", f"g{name}") + end(f"e{name}") + flow(name, f"g{name}", f"e{name}")
        )
        body += flow(f"g{name}", back, when="outcome == 'on'")
    return definitions(body + user("a") + user("b"))


def test_two_inclusive_joins_that_wait_for_each_other_are_doubtful() -> None:
    xml = two_joins("j2", "j1")
    run = Run(xml)
    run.complete("a")

    with pytest.raises(InstanceStuck):
        run.complete("b")
    assert doubts(xml) == [("joins_mutual", "j1", "warning", "Nhập hai")]


@pytest.mark.parametrize("backs", [("j1", "j2"), ("j2", "j2"), ("j2", "in"), ("a", "b"), ("in", "in")])
def test_inclusive_joins_of_which_one_waits_for_the_other_are_let_be(backs: tuple[str, str]) -> None:
    assert doubts(two_joins(*backs)) == []


def test_an_inclusive_join_within_a_part_of_another_is_let_be() -> None:
    within = gate("inclusive", "sp2") + user("c") + user("d") + gate("inclusive", "j2") + flow("x", "sp2")
    within += flow("sp2", "c", "j2", when="outcome == 'c'") + flow("sp2", "d", "j2", when="outcome == 'd'")

    assert doubts(parts(within + flow("j2", "a") + led(("g", "in")), "inclusive")) == []


@pytest.mark.parametrize(("interrupts", "count"), [(True, 1), (False, 0)])
def test_alarm_that_leads_to_before_the_split_jams_only_where_it_ends_the_step(
    interrupts: bool, count: int
) -> None:
    late = border("late", "a", timer("timeDuration", "P1D"), interrupts=interrupts) + flow("late", "in")

    assert [one[:2] for one in doubts(parts(late))] == [("join_way_out", "jn")] * count

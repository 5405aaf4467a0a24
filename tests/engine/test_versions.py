"""An instance goes on in another version of its diagram, or is refused before anything is touched."""

from datetime import timedelta

import pytest

from tests.engine.diagrams import (
    MESSAGE,
    NOW,
    Run,
    border,
    definitions,
    element,
    end,
    event,
    flow,
    line,
    many,
    start,
    timer,
    user,
)
from workflows.engine import CarriedOver, ProcessEngine, Snapshot
from workflows.errors import VersionUnfit


def carried(run: Run, other: bytes, mapping: dict[str, str] | None = None) -> Snapshot:
    return carried_over(run, other, mapping).snapshot


def carried_over(run: Run, other: bytes, mapping: dict[str, str] | None = None) -> CarriedOver:
    engine = ProcessEngine({1: run.xml, 2: other}.__getitem__)
    over = engine.carry_over(1, 2, run.snapshot.state, run.around, mapping)
    run.xml, run.snapshot = other, over.snapshot
    return over


def test_later_steps_may_change_and_tokens_stay() -> None:
    run = Run(line(("a", user("a"))), case=1)
    token = run.token("a")

    carried(run, line(("a", user("a", name="Renamed")), ("b", user("b"))))

    assert run.token("a") == token
    assert run.complete("a").steps == ["b"]
    assert run.data("b")["case"] == 1


def test_open_multi_instance_keeps_its_items_and_merges() -> None:
    votes = user("v", many("people", output="votes", output_item="vote"))
    run = Run(line(("v", votes)), people=[1, 2]).complete("v", vote="x")

    carried(run, line(("v", votes), ("z", user("z"))))

    assert run.complete("v", vote="y").steps == ["z"]
    assert run.data("z")["votes"] == ["x", "y"]


def test_deadline_does_not_start_again() -> None:
    def drawn(text: str) -> bytes:
        body = start() + user("a") + border("b", "a", timer("timeDuration", text)) + user("late") + end()
        return definitions(body + flow("s", "a", "e") + flow("b", "late"))

    run = Run(drawn("P3D"))

    assert [t.due_at for t in carried(run, drawn("P9D")).timers] == [NOW + timedelta(days=3)]
    assert run.fire("b").steps == ["late"]


def test_step_inserted_after_a_running_subprocess_is_not_skipped() -> None:
    sub = element("subProcess", "sub", start("ss") + user("x") + flow("ss", "x"))
    more = element("subProcess", "sub", start("ss") + user("x") + user("y") + flow("ss", "x", "y"))
    run = Run(line(("sub", sub)))

    carried(run, line(("sub", more), ("z", user("z"))))

    assert run.complete("x").steps == ["y"]
    assert run.complete("y").steps == ["z"]


@pytest.mark.parametrize(
    "other",
    [
        line(("b", user("b"))),
        line(("a", element("callActivity", "a", calledElement="p"))),
        line(("a", user("a", many("[1]")))),
    ],
)
def test_open_step_that_is_gone_or_of_another_kind_is_refused(other: bytes) -> None:
    run = Run(line(("a", user("a"))))

    with pytest.raises(VersionUnfit, match='"a"'):
        carried(run, other)


def hosted(*borders: str, after: str = "late", host: str = "a") -> bytes:
    """A step with boundary events that lead to one more step."""
    names = [one.split('id="')[1].split('"')[0] for one in borders]
    paths = user(after) + "".join(flow(name, after) for name in names) if borders else ""
    return definitions(start() + user(host) + "".join(borders) + paths + end() + flow("s", host, "e"))


IN_A_WEEK, IN_THREE_DAYS = timer("timeDuration", "P7D"), timer("timeDuration", "P3D")


def test_boundary_event_added_to_an_open_step_begins_to_wait() -> None:
    run = Run(hosted())
    token = run.token("a")

    over = carried_over(run, hosted(border("b", "a", IN_A_WEEK)))

    assert (over.appeared, over.dropped) == (("b",), ())
    assert [t.due_at for t in over.snapshot.timers] == [NOW + timedelta(days=7)]
    assert run.token("a") == token
    assert run.fire("b").steps == ["late"]


def test_second_boundary_event_appears_beside_the_first_which_keeps_its_instant() -> None:
    run = Run(hosted(border("b", "a", IN_A_WEEK, interrupts=False)))
    both = hosted(border("b", "a", IN_THREE_DAYS, interrupts=False), border("c", "a", IN_THREE_DAYS))

    over = carried_over(run, both)

    assert over.appeared == ("c",)
    waiting = {t.element_id: t.due_at - NOW for t in over.snapshot.timers}
    assert waiting == {"b": timedelta(days=7), "c": timedelta(days=3)}
    assert run.fire("b").steps == ["a", "late"]
    assert run.complete("a").timers == []


def test_boundary_event_that_fired_does_not_wait_once_more() -> None:
    drawn = hosted(border("b", "a", IN_A_WEEK, interrupts=False))
    run = Run(drawn).fire("b")

    over = carried_over(run, drawn)

    assert (over.appeared, over.snapshot.timers) == ((), ())


def test_boundary_event_that_is_gone_is_dropped_and_named() -> None:
    run = Run(hosted(border("b", "a", IN_A_WEEK)))

    over = carried_over(run, hosted())

    assert (over.dropped, over.snapshot.timers) == (("b",), ())
    run.complete("a")
    assert run.snapshot.finished


def test_step_that_was_replaced_goes_on_in_the_one_the_mapping_names() -> None:
    run = Run(hosted(border("b", "a", IN_A_WEEK)), case=7)
    token = run.token("a")

    over = carried_over(run, hosted(border("b", "x", IN_A_WEEK), host="x"), {"a": "x"})

    assert (run.steps, run.token("x"), over.appeared) == (["x"], token, ())
    assert run.data("x")["case"] == 7
    assert run.fire("b").steps == ["late"]


def test_step_inside_a_subprocess_finds_its_place_when_both_were_renamed() -> None:
    inside = element("subProcess", "sub", start("ss") + user("x") + flow("ss", "x"))
    other = element("subProcess", "part", start("ss") + user("y") + user("z") + flow("ss", "y", "z"))
    run = Run(line(("sub", inside)))

    carried(run, line(("part", other)), {"sub": "part", "x": "y"})

    assert run.steps == ["y"]
    assert run.complete("y").steps == ["z"]


def test_all_that_is_gone_is_named_at_once() -> None:
    def drawn(fork: str, first: str, second: str) -> bytes:
        steps = (
            element("parallelGateway", fork) + user(first) + user(second) + element("parallelGateway", "j")
        )
        flows = flow("s", fork, first, "j", "e") + flow(fork, second, "j")
        return definitions(start() + steps + end() + flows)

    run = Run(drawn("f", "a", "b"))

    with pytest.raises(VersionUnfit) as refused:
        carried(run, drawn("f", "x", "y"))

    assert set(refused.value.elements) == {"a", "b"}


def test_message_that_became_a_timer_is_refused() -> None:
    def drawn(definition: str) -> bytes:
        return line(("c", element("intermediateCatchEvent", "c", definition)), extra=MESSAGE)

    run = Run(drawn(event("message", "msg")))

    with pytest.raises(VersionUnfit, match='"c"'):
        carried(run, drawn(IN_A_WEEK))

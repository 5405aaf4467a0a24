"""An instance goes on in another version of its diagram, or is refused before anything is touched."""

from datetime import timedelta

import pytest

from tests.engine.diagrams import (
    NOW,
    Run,
    border,
    definitions,
    element,
    end,
    flow,
    line,
    many,
    start,
    timer,
    user,
)
from workflows.engine import ProcessEngine, Snapshot
from workflows.errors import VersionUnfit


def carried(run: Run, other: bytes) -> Snapshot:
    engine = ProcessEngine({1: run.xml, 2: other}.__getitem__)
    snapshot = engine.carry_over(1, 2, run.snapshot.state, run.around)
    run.xml, run.snapshot = other, snapshot
    return snapshot


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

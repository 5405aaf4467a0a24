"""What operators do inside an instance: values are corrected as a step would set them, tokens move elsewhere."""

import pytest

from tests.engine.diagrams import (
    MESSAGE,
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
from workflows.errors import StepNotOpen
from workflows.errors.operating import ElementNotOpenable, TokenNotMovable

THREE = line(("a", user("a")), ("b", user("b")), ("c", user("c")))
IN_A_WEEK = timer("timeDuration", "P7D")


def move(run: Run, element_id: str, to: str) -> Run:
    token = run.token(element_id)
    run.snapshot = run.engine.move_token(1, run.snapshot.state, token, to, run.around)
    return run


def correct(run: Run, token: str | None = None, **values: object) -> Run:
    run.snapshot = run.engine.correct(1, run.snapshot.state, values, run.around, token)
    return run


@pytest.mark.parametrize(("to", "then"), [("a", ["b"]), ("c", [])])
def test_token_moves_back_and_ahead_with_what_it_knows(to: str, then: list[str]) -> None:
    run = Run(THREE, case=1).complete("a", outcome="x")

    move(run, "b", to)

    assert run.steps == [to]
    assert (run.data(to)["case"], run.data(to)["outcome"]) == (1, "x")
    assert run.complete(to).steps == then


def test_boundary_events_go_with_their_step_and_come_with_the_other() -> None:
    body = start() + user("a") + border("ba", "a", IN_A_WEEK) + user("b") + border("bb", "b", IN_A_WEEK)
    body += user("late") + end() + flow("s", "a", "b", "e") + flow("ba", "late") + flow("bb", "late")
    run = Run(definitions(body))

    move(run, "a", "b")

    assert (run.steps, run.timers) == (["b"], ["bb"])
    assert run.fire("bb").steps == ["late"]


def test_reminder_path_moves_without_its_activity() -> None:
    body = (
        start() + user("a") + border("ba", "a", IN_A_WEEK, interrupts=False) + user("r") + user("q") + end()
    )
    run = Run(definitions(body + flow("s", "a", "e") + flow("ba", "r", "q"))).fire("ba")

    move(run, "r", "q")

    assert run.steps == ["a", "q"]


def test_call_that_is_taken_back_cancels_its_group() -> None:
    run = Run(
        line(("c", element("callActivity", "c", many("[1, 2]", None), calledElement="k")), ("z", user("z")))
    )
    (token,) = run.snapshot.calls

    run.snapshot = run.engine.move_token(1, run.snapshot.state, token, "z", run.around)

    assert (run.snapshot.cancelled_groups, run.steps, run.snapshot.calls) == ((token,), ["z"], ())


def test_join_that_waited_for_the_moved_token_goes_on_once_it_arrives() -> None:
    body = start() + element("parallelGateway", "f") + user("a") + user("b") + user("b2")
    body += element("parallelGateway", "j") + user("z") + end()
    flows = flow("s", "f", "a", "j", "z", "e") + flow("f", "b", "b2", "j")
    run = Run(definitions(body + flows)).complete("a")

    move(run, "b", "b2")

    assert run.complete("b2").steps == ["z"]


@pytest.mark.parametrize("to", ["f", "j", "s", "inside", "ba", "nowhere"])
def test_elements_that_cannot_be_opened_by_themselves_are_refused(to: str) -> None:
    sub = element("subProcess", "sub", start("ss") + user("inside") + flow("ss", "inside"))
    body = start() + element("parallelGateway", "f") + user("a") + border("ba", "a", IN_A_WEEK) + user("b")
    body += element("parallelGateway", "j") + sub + user("late") + end() + flow("ba", "late")
    run = Run(definitions(body + flow("s", "f", "a", "j", "sub", "e") + flow("f", "b", "j")))

    with pytest.raises(ElementNotOpenable):
        move(run, "b", to)

    assert "sub" in run.engine.openable_beside(1, "b")
    assert to not in run.engine.openable_beside(1, "b")


def test_one_of_several_and_what_belongs_to_an_activity_are_not_moved() -> None:
    several = Run(line(("v", user("v", many("people"))), ("z", user("z"))), people=[1, 2])
    hosted = start() + user("a") + border("ba", "a", IN_A_WEEK) + user("l") + end()
    alarmed = Run(definitions(hosted + flow("s", "a", "e") + flow("ba", "l")))

    with pytest.raises(TokenNotMovable):
        move(several, "v", "z")
    with pytest.raises(TokenNotMovable):
        move(alarmed, "ba", "l")
    with pytest.raises(StepNotOpen):
        alarmed.engine.move_token(1, alarmed.snapshot.state, "none", "l", alarmed.around)


def test_corrected_value_reaches_every_branch_of_the_run() -> None:
    body = start() + element("parallelGateway", "f") + user("a") + user("b") + end()
    run = Run(definitions(body + flow("s", "f", "a", "e") + flow("f", "b", "e")), case=1)

    correct(run, case=2)

    assert (run.data("a")["case"], run.data("b")["case"]) == (2, 2)


def test_correction_at_one_of_several_stays_there() -> None:
    run = Run(line(("v", user("v", many("people")))), people=[1, 2], case=1)
    first = run.snapshot.steps[0]

    correct(run, first.token, case=5)

    assert [step.values["case"] for step in run.snapshot.steps] == [5, 1]


def test_message_is_awaited_by_the_corrected_value() -> None:
    catch = element("intermediateCatchEvent", "c", event("message", "msg"), rs__correlation="student")
    run = Run(line(("c", catch), extra=MESSAGE), student=3)

    correct(run, student=4)

    assert [one.correlation for one in run.snapshot.awaited] == ['{"student":4}']


def test_open_tokens_tell_where_they_stand_and_what_may_move() -> None:
    body = start() + user("a") + border("ba", "a", IN_A_WEEK) + user("l") + end()
    run = Run(definitions(body + flow("s", "a", "e") + flow("ba", "l")), case=1)

    seen = run.engine.open_tokens(1, run.snapshot.state, run.around.now)

    found = {(one.element_id, one.kind, one.movable, one.values["case"]) for one in seen}
    assert found == {("a", "step", True, 1), ("ba", "timer", False, 1)}

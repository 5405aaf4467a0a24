"""Event sub-processes: opened by their start event, beside what is around them or in its place, at any depth."""

import pytest

from tests.engine.diagrams import (
    ERROR,
    ESCALATION,
    MESSAGE,
    SIGNAL,
    Run,
    border,
    definitions,
    element,
    end,
    event,
    flow,
    many,
    script,
    start,
    timer,
    user,
)


def on_event(identifier: str, definition: str, *, interrupts: bool = True, inside: str | None = None) -> str:
    """An event sub-process with one step, `<identifier>_step`."""
    begin, step = f"{identifier}_start", f"{identifier}_step"
    flags = {"isInterrupting": str(interrupts).lower(), "rs__takes": "why"}
    starting = element("startEvent", begin, definition, **flags)
    body = (
        starting + (inside or user(step)) + end(f"{identifier}_end") + flow(begin, step, f"{identifier}_end")
    )
    return element("subProcess", identifier, body, triggeredByEvent="true")


def beside_two_steps(opened: str, extra: str = MESSAGE) -> bytes:
    fork, join = element("parallelGateway", "fork"), element("parallelGateway", "join")
    body = start() + fork + user("a") + user("b") + join + end() + opened
    flows = flow("s", "fork", "a", "join", "e") + flow("fork", "b", "join")
    return definitions(body + flows, extra)


def test_interrupting_message_ends_everything_and_goes_on_in_the_subprocess() -> None:
    run = Run(beside_two_steps(on_event("cancel", event("message", "msg"))))
    assert (run.steps, run.awaited) == (["a", "b"], ["answer"])

    assert run.deliver("answer", why="withdrawn", who="somebody")
    assert (run.steps, run.data("cancel_step")["why"]) == (["cancel_step"], "withdrawn")
    assert (run.snapshot.ignored, "who" in run.data("cancel_step")) == (("who",), False)
    assert not run.deliver("answer")

    run.complete("cancel_step")
    assert run.snapshot.finished


def test_the_process_ends_without_its_event_subprocess_when_nothing_opened_it() -> None:
    run = Run(beside_two_steps(on_event("cancel", event("message", "msg"))))

    run.complete("a").complete("b")

    assert run.snapshot.finished


def test_not_interrupting_one_is_opened_as_often_as_its_event_comes() -> None:
    run = Run(beside_two_steps(on_event("ask", event("message", "msg"), interrupts=False)))

    assert run.deliver("answer", n=1)
    assert run.deliver("answer", n=2)
    assert run.steps == ["a", "ask_step", "ask_step", "b"]

    run.complete("a").complete("b")
    assert not run.snapshot.finished, "the process waits for what was opened beside it"
    run.complete("ask_step").complete("ask_step")
    assert run.snapshot.finished


def test_timer_opens_it_once_and_its_cycle_again() -> None:
    run = Run(beside_two_steps(on_event("late", timer("timeCycle", "R2/P1D"), interrupts=False)))
    assert run.timers == ["late_start"]

    run.fire("late_start").fire("late_start")

    assert (run.steps, run.timers) == (["a", "b", "late_step", "late_step"], [])


def test_waiting_timer_does_not_keep_the_process_alive() -> None:
    run = Run(beside_two_steps(on_event("late", timer("timeDuration", "P30D"))))

    run.complete("a").complete("b")

    assert (run.snapshot.finished, run.timers) == (True, [])


def test_signal_thrown_by_the_process_itself_opens_it() -> None:
    throwing = element("intermediateThrowEvent", "t", event("signal", "sig"))
    body = start() + user("a") + throwing + user("z") + end() + on_event("stop", event("signal", "sig"))
    run = Run(definitions(body + flow("s", "a", "t", "z", "e"), SIGNAL))

    run.complete("a")

    assert run.steps == ["stop_step"]


@pytest.mark.parametrize("kind", ["message", "signal"])
def test_inside_a_subprocess_it_ends_that_subprocess_only(kind: str) -> None:
    reference, extra = ("msg", MESSAGE) if kind == "message" else ("sig", SIGNAL)
    inner = start("is") + user("inner") + end("ie") + flow("is", "inner", "ie")
    sub = element("subProcess", "sub", inner + on_event("stop", event(kind, reference)))
    fork = element("parallelGateway", "fork")
    body = start() + fork + sub + user("other") + user("after") + end()
    run = Run(definitions(body + flow("s", "fork", "sub", "after", "e") + flow("fork", "other", "e"), extra))
    assert run.steps == ["inner", "other"]

    assert run.deliver("answer" if kind == "message" else "stop")
    assert run.steps == ["other", "stop_step"]

    run.complete("stop_step")
    assert run.steps == ["after", "other"]
    run.complete("after").complete("other")
    assert run.snapshot.finished


def test_error_inside_is_caught_by_the_nearest_one_before_any_boundary_event() -> None:
    inner = start("is") + user("inner") + end("ie", event("error", "er")) + flow("is", "inner", "ie")
    sub = element("subProcess", "sub", inner + on_event("mend", event("error", "er")))
    body = start() + sub + border("b", "sub", event("error", "er")) + user("z") + user("caught") + end()
    run = Run(definitions(body + flow("s", "sub", "z", "e") + flow("b", "caught"), ERROR))

    run.complete("inner")
    assert run.steps == ["mend_step"]

    run.complete("mend_step")
    assert run.steps == ["z"]


def test_error_thrown_inside_the_event_subprocess_goes_outwards() -> None:
    failing = user("mend_step") + end("again", event("error", "er")) + flow("mend_step", "again")
    begin = element("startEvent", "mend_start", event("error", "er"))
    opened = element(
        "subProcess", "mend", begin + failing + flow("mend_start", "mend_step"), triggeredByEvent="true"
    )
    inner = start("is") + user("inner") + end("ie", event("error", "er")) + flow("is", "inner", "ie")
    body = start() + element("subProcess", "sub", inner + opened) + border("b", "sub", event("error", "er"))
    body += user("caught") + end()
    run = Run(definitions(body + flow("s", "sub", "e") + flow("b", "caught"), ERROR))

    run.complete("inner").complete("mend_step")

    assert run.steps == ["caught"]


def test_escalation_opens_it_beside_what_escalated() -> None:
    throwing = element("intermediateThrowEvent", "t", event("escalation", "es"))
    body = (
        start() + throwing + user("a") + end() + on_event("tell", event("escalation", "es"), interrupts=False)
    )
    run = Run(definitions(body + flow("s", "t", "a", "e"), ESCALATION))

    assert run.steps == ["a", "tell_step"]
    assert run.snapshot.escaped == ()


def test_escalation_thrown_inside_the_event_subprocess_goes_outwards() -> None:
    throwing = element("intermediateThrowEvent", "t", event("escalation", "es"))
    again = element("intermediateThrowEvent", "tell_step", event("escalation", "es"))
    inner = start("is") + throwing + user("a") + flow("is", "t", "a")
    inner += on_event("tell", event("escalation", "es"), interrupts=False, inside=again)
    body = start() + element("subProcess", "sub", inner) + user("caught") + end()
    body += border("b", "sub", event("escalation", "es"), interrupts=False)
    run = Run(definitions(body + flow("s", "sub", "e") + flow("b", "caught"), ESCALATION))

    assert run.steps == ["a", "caught"]


def test_it_knows_what_was_decided_since_and_tells_what_it_decides() -> None:
    opened = on_event(
        "note",
        event("message", "msg"),
        interrupts=False,
        inside=script("note_step", "limit = limit + 1"),
    )
    body = (
        start() + script("x", "limit = 1") + user("a") + script("y", "limit = limit * 10") + user("b") + end()
    )
    run = Run(definitions(body + opened + flow("s", "x", "a", "y", "b", "e"), MESSAGE))
    run.complete("a")

    assert run.deliver("answer")

    assert run.data("b")["limit"] == 11


def test_each_instance_of_a_multi_instance_subprocess_has_its_own() -> None:
    inner = start("is") + user("inner") + end("ie") + flow("is", "inner", "ie")
    sub = element(
        "subProcess", "sub", many("people") + inner + on_event("late", timer("timeDuration", "P1D"))
    )
    run = Run(definitions(start() + sub + end() + flow("s", "sub", "e")), people=["x", "y"])
    child = run.child(1)
    assert (child.steps, child.timers) == (["inner"], ["late_start"])

    child.fire("late_start")

    assert (child.steps, child.timers) == (["late_step"], [])


def test_a_call_activity_that_runs_is_cancelled_with_its_children() -> None:
    call = element("callActivity", "c", many("people"), calledElement="other")
    body = start() + call + end() + on_event("cancel", event("message", "msg"))
    run = Run(definitions(body + flow("s", "c", "e"), MESSAGE), people=["x", "y"])
    token = run.snapshot.groups[0].token

    assert run.deliver("answer")

    assert run.snapshot.cancelled_groups == (token,)


def test_state_stays_small_over_many_openings() -> None:
    run = Run(beside_two_steps(on_event("ask", event("message", "msg"), interrupts=False)))
    sizes = []
    for _ in range(300):
        assert run.deliver("answer", n=1)
        run.complete("ask_step")
        sizes.append(len(run.snapshot.state))

    assert max(sizes[10:]) - min(sizes[10:]) < 20

"""Timers, messages, signals, errors and escalations: fired from outside, caught by the right activity."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.engine.diagrams import (
    ERROR,
    ESCALATION,
    MESSAGE,
    NOW,
    SIGNAL,
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
from workflows.engine import Surroundings, check
from workflows.errors import InstanceStuck, StepNotOpen


def with_border(definition: str, *, interrupts: bool = True, host: str = "", extra: str = "") -> bytes:
    body = start() + (host or user("a")) + border("b", "a", definition, interrupts) + user("late") + user("z")
    return definitions(body + end() + flow("s", "a", "z", "e") + flow("b", "late"), extra)


def catch(identifier: str, definition: str, **attributes: str) -> str:
    return element("intermediateCatchEvent", identifier, definition, **attributes)


@pytest.mark.parametrize(
    ("kind", "text", "due"),
    [
        ("timeDuration", "PT5M", NOW + timedelta(minutes=5)),
        ("timeDuration", "'P1DT2H'", NOW + timedelta(days=1, hours=2)),
        ("timeDuration", "P1M", datetime(2023, 7, 5, 1, tzinfo=UTC)),
        ("timeDuration", "days(2) + hours(1)", NOW + timedelta(days=2, hours=1)),
        ("timeDuration", "workdays(3)", datetime(2023, 6, 8, 10, tzinfo=UTC)),
        ("timeDate", "2023-06-08T17:00:00+07:00", datetime(2023, 6, 8, 10, tzinfo=UTC)),
        ("timeDate", "limit", datetime(2023, 6, 9, tzinfo=UTC)),
        ("timeCycle", "R3/PT1H", NOW + timedelta(hours=1)),
    ],
)
def test_timer_literals_and_expressions(kind: str, text: str, due: datetime) -> None:
    hanoi = timezone(timedelta(hours=7))
    names = {"workdays": lambda n: datetime(2023, 6, 5 + n, 17, tzinfo=hanoi)}

    run = Run(with_border(timer(kind, text), interrupts=False), names, limit=datetime(2023, 6, 9, tzinfo=UTC))

    assert [(t.element_id, t.due_at, t.expression) for t in run.snapshot.timers] == [("b", due, text)]


@pytest.mark.parametrize("text", ["limit", "'tomorrow'", "3"])
def test_timer_without_time_is_refused_by_name(text: str) -> None:
    with pytest.raises(InstanceStuck, match='"b"'):
        Run(with_border(timer("timeDate", text)), limit=datetime(2023, 6, 9))


def test_interrupting_timer_ends_the_step_and_fires_once() -> None:
    run = Run(with_border(timer("timeDuration", "PT5M")))
    token = run.token("b")

    run.fire("b")

    assert (run.steps, run.timers) == (["late"], [])
    with pytest.raises(StepNotOpen):
        run.engine.fire(1, run.snapshot.state, token, run.around)


def test_timer_goes_when_the_step_is_done() -> None:
    run = Run(with_border(timer("timeDuration", "PT5M"))).complete("a")

    assert (run.steps, run.timers) == (["z"], [])


def test_reminder_of_a_cycle_fires_three_times_and_outlives_the_step() -> None:
    run = Run(with_border(timer("timeCycle", "R3/PT1H"), interrupts=False))
    dues = []

    for _ in range(3):
        dues.append(run.snapshot.timers[0].due_at)
        run.fire("b")

    assert dues == [NOW + timedelta(hours=hours) for hours in (1, 2, 3)]
    assert (run.steps, run.timers) == (["a", "late", "late", "late"], [])
    run.complete("a").complete("late").complete("late").complete("late")
    assert run.steps == ["z"]
    assert run.complete("z").snapshot.finished


def test_reminders_stay_small_over_many_cycles() -> None:
    run = Run(with_border(timer("timeCycle", "R500/PT1H"), interrupts=False))
    sizes = [len(run.fire("b").complete("late").snapshot.state) for _ in range(100)]

    assert max(sizes) < 600


def test_timer_can_be_moved() -> None:
    run = Run(with_border(timer("timeDuration", "PT5M")))
    later = NOW + timedelta(days=9)

    snapshot = run.engine.reschedule(1, run.snapshot.state, run.token("b"), later, run.around)

    assert [t.due_at for t in snapshot.timers] == [later]
    assert [t.token for t in snapshot.timers] == [run.token("b")]


def later(days: int) -> Surroundings:
    """Give surroundings in which the deadline lies so many days ahead."""
    return Surroundings(NOW, {"deadline": lambda: NOW + timedelta(days=days)})


def test_a_deadline_that_was_moved_ahead_takes_its_step_back_and_waits_again() -> None:
    run = Run(with_border(timer("timeDate", "deadline()"), interrupts=False), {"deadline": lambda: NOW})
    run.fire("b")
    assert (run.steps, run.timers) == (["a", "late"], [])
    assert run.engine.alarm_of(1, "late") == "deadline()"

    snapshot = run.engine.rearm(1, run.snapshot.state, run.token("late"), later(9))

    assert snapshot is not None
    run.snapshot = snapshot
    assert (run.steps, run.timers) == (["a"], ["b"])
    assert [one.due_at for one in snapshot.timers] == [NOW + timedelta(days=9)]
    run.fire("b")
    assert (run.steps, run.timers) == (["a", "late"], [])
    run.complete("a").complete("late")
    assert run.steps == ["z"]


def test_a_step_is_not_taken_back_when_its_activity_is_done_or_the_deadline_has_come_again() -> None:
    run = Run(with_border(timer("timeDate", "deadline()"), interrupts=False), {"deadline": lambda: NOW})
    run.fire("b")
    token = run.token("late")

    assert run.engine.rearm(1, run.snapshot.state, token, later(0)) is None
    run.complete("a")
    assert run.engine.rearm(1, run.snapshot.state, token, later(9)) is None


def test_only_a_step_that_a_timer_alone_opens_beside_an_activity_has_an_alarm() -> None:
    run = Run(with_border(timer("timeDuration", "PT5M")))
    assert run.engine.alarm_of(1, "late") is None  # it interrupts
    assert run.engine.alarm_of(1, "a") is None
    run.fire("b")
    assert run.engine.rearm(1, run.snapshot.state, run.token("late"), run.around) is None


@pytest.mark.parametrize("first", ["t1", "t2"])
def test_event_gateway_with_two_timers_keeps_both_and_takes_the_one_fired(first: str) -> None:
    body = start() + element("eventBasedGateway", "g") + user("one") + user("two")
    body += catch("t1", timer("timeDuration", "PT1H")) + catch("t2", timer("timeDuration", "PT1M"))
    run = Run(definitions(body + flow("s", "g", "t1", "one") + flow("g", "t2", "two")))
    assert [t.due_at - NOW for t in run.snapshot.timers] == [timedelta(hours=1), timedelta(minutes=1)]

    run.fire(first)

    assert run.timers == []
    assert run.steps == [{"t1": "one", "t2": "two"}[first]]


def test_event_gateway_message_against_timer() -> None:
    body = start() + element("eventBasedGateway", "g") + user("one") + user("two")
    body += catch("t", timer("timeDuration", "PT1H")) + catch("m", event("message", "msg"), rs__takes="text")
    run = Run(definitions(body + flow("s", "g", "t", "one") + flow("g", "m", "two"), MESSAGE))

    assert run.awaited == ["answer"]
    assert run.deliver("answer", text="yes")
    assert (run.steps, run.timers, run.awaited) == (["two"], [], [])
    assert run.data("two")["text"] == "yes"
    assert not run.deliver("answer")


def test_message_border_may_come_again() -> None:
    xml = with_border(event("message", "msg"), interrupts=False, extra=MESSAGE)
    run = Run(xml.replace(b'id="b"', b'id="b" rs:takes="n"'))

    assert run.deliver("answer", n=1)
    assert run.deliver("answer", n=2)
    assert run.steps == ["a", "late", "late"]
    assert sorted(step.values["n"] for step in run.snapshot.steps if step.element_id == "late") == [1, 2]


def test_each_event_takes_of_a_signal_what_it_names() -> None:
    signal = event("signal", "sig")
    body = start() + element("parallelGateway", "g") + user("x") + user("y")
    body += catch("one", signal, rs__takes="a, b") + catch("two", signal, rs__takes="b c")
    run = Run(definitions(body + flow("s", "g", "one", "x") + flow("g", "two", "y"), SIGNAL), initiator=7)

    assert run.deliver("stop", a=1, b=2, c=3, d=4, initiator=9)

    assert run.snapshot.ignored == ("d", "initiator")
    assert {name: run.data("y").get(name) for name in ("a", "d", "initiator")} == {
        "a": 1,
        "d": None,
        "initiator": 7,
    }


@pytest.mark.parametrize("name", ["initiator", "outcome", "unit", "a;b", "phê_duyệt"])
def test_event_takes_no_name_that_the_product_keeps_for_itself(name: str) -> None:
    xml = line(("m", catch("m", event("message", "msg"), rs__takes=name)), extra=MESSAGE)

    assert [(one.code, one.element_id) for one in check(xml)] == [("name_reserved", "m")]


def test_interrupting_signal_border_cancels_a_subprocess_with_everything_in_it() -> None:
    inner = element("subProcess", "i", many("people") + start("is") + user("x") + flow("is", "x"))
    host = element("subProcess", "a", start("as") + inner + flow("as", "i"))
    run = Run(with_border(event("signal", "sig"), host=host, extra=SIGNAL), people=[1, 2, 3])
    token = run.snapshot.groups[0].token

    assert run.deliver("stop")

    assert (run.steps, run.snapshot.cancelled_groups) == (["late"], (token,))
    assert b'"i"' not in run.snapshot.state


def test_interrupting_border_on_embedded_multi_instance_subprocess_cancels_every_instance() -> None:
    host = element("subProcess", "a", many("people") + start("as") + user("x") + flow("as", "x"))
    run = Run(with_border(timer("timeDuration", "PT5M"), host=host), people=[1, 2, 3])

    assert run.fire("b").steps == ["late"]
    assert run.complete("late").snapshot.finished


def test_signal_end_and_throw_reach_waiting_tokens_and_the_outside() -> None:
    body = (
        start()
        + element("parallelGateway", "g")
        + catch("c", event("signal", "sig"))
        + user("one")
        + user("a")
    )
    body += end("stop", event("signal", "sig"))
    run = Run(definitions(body + flow("s", "g", "c", "one") + flow("g", "a", "stop"), SIGNAL))

    run.complete("a", outcome="x")

    assert run.steps == ["one"]
    assert [(t.name, t.kind, t.values["outcome"]) for t in run.snapshot.thrown] == [("stop", "signal", "x")]


def test_message_throw_is_told_outside() -> None:
    throw = element("intermediateThrowEvent", "t", event("message", "msg"))
    run = Run(line(("t", throw), ("z", user("z")), extra=MESSAGE))

    assert [(t.name, t.kind) for t in run.snapshot.thrown] == [("answer", "message")]


def refusing_sub(identifier: str, step: str) -> str:
    inside = start(f"{identifier}s") + user(step) + end(f"{identifier}e", event("error", "er"))
    return element("subProcess", identifier, inside + flow(f"{identifier}s", step, f"{identifier}e"))


def test_error_reaches_only_the_border_of_its_own_subprocess() -> None:
    body = start() + element("parallelGateway", "g") + refusing_sub("one", "x") + refusing_sub("two", "y")
    body += border("b1", "one", event("error", "er")) + border("b2", "two", event("error", "er"))
    body += user("fix1") + user("fix2") + end()
    flows = flow("s", "g", "one", "e") + flow("g", "two", "e") + flow("b1", "fix1") + flow("b2", "fix2")
    run = Run(definitions(body + flows, ERROR))

    run.complete("x", why="wrong")

    assert run.steps == ["fix1", "y"]


def test_error_inside_one_of_a_multi_instance_subprocess_ends_all_of_it() -> None:
    inside = many() + start("as") + user("x") + end("ae", event("error", "er")) + flow("as", "x", "ae")
    host = element("subProcess", "a", inside)
    run = Run(with_border(event("error"), host=host, extra=ERROR), people=[1, 2, 3])

    child, token = run.child(1).complete("x"), run.snapshot.groups[0].token
    assert (child.snapshot.finished, child.snapshot.escaped[0].code) == (True, "E1")
    caught = run.engine.catch(1, run.snapshot.state, token, child.snapshot.escaped[0], run.around)

    assert caught is not None
    assert [step.element_id for step in caught.steps] == ["late"]
    assert caught.cancelled_groups == (token,)


def test_error_nobody_catches_ends_the_instance_and_escapes() -> None:
    body = (
        start() + element("parallelGateway", "g") + user("a") + user("b") + end("bad", event("error", "er"))
    )
    run = Run(definitions(body + flow("s", "g", "a", "bad") + flow("g", "b"), ERROR))

    run.complete("a", v=1)

    assert run.snapshot.finished
    assert [(e.code, e.kind) for e in run.snapshot.escaped] == [("E1", "error")]


def test_escalation_starts_a_path_beside_the_subprocess_each_time() -> None:
    inside = start("as") + element("intermediateThrowEvent", "t", event("escalation", "es")) + user("x")
    host = element("subProcess", "a", inside + flow("as", "t", "x"))
    run = Run(with_border(event("escalation", "es"), interrupts=False, host=host, extra=ESCALATION))

    assert run.steps == ["late", "x"]
    assert run.complete("x").complete("late").steps == ["z"]


def test_escalation_nobody_catches_escapes_and_the_instance_goes_on() -> None:
    throw = element("intermediateThrowEvent", "t", event("escalation", "es"))
    run = Run(line(("t", throw), ("z", user("z")), extra=ESCALATION))

    assert [(e.code, e.kind) for e in run.snapshot.escaped] == [("L1", "escalation")]
    assert run.steps == ["z"]

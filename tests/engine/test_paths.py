"""Joins that wait for ways of one choice, and errors that nothing catches."""

import pytest

from tests.engine.diagrams import (
    ERROR,
    Run,
    border,
    definitions,
    element,
    end,
    event,
    flow,
    start,
    timer,
    user,
)
from tests.engine.test_check import found


def gate(kind: str, identifier: str, name: str = "") -> str:
    return element(f"{kind}Gateway", identifier, **({"name": name} if name else {"default": ""}))


def told(xml: bytes) -> list[tuple[str, str, str]]:
    codes = ("join_never", "join_itself", "join_doubtful", "error_uncaught")
    return [(one.code, one.element_id, one.severity) for one in found(xml) if one.code in codes]


def split(kind: str, join: str, more: str = "", way: str = "") -> bytes:
    body = start() + user("a") + gate(kind, "q", "Chọn") + user("x") + user("y") + gate(join, "j") + end()
    body += flow("s", "a", "q") + flow("q", "x", "j", when="outcome == 'a'") + flow("q", "y")
    return definitions(body + (way or flow("y", "j")) + flow("j", "e") + more)


def test_parallel_join_of_an_exclusive_split_never_ends() -> None:
    (problem,) = [one for one in found(split("exclusive", "parallel")) if one.code == "join_never"]

    assert (problem.element_id, problem.severity) == ("j", "error")
    assert "Chọn" in problem.reason % problem.params


def test_branches_straight_from_the_split_to_the_join() -> None:
    body = start() + user("a") + gate("exclusive", "q") + gate("parallel", "j") + end()
    body += flow("s", "a", "q", "j", "e") + flow("q", "j", when="outcome == 'a'")

    assert told(definitions(body)) == [("join_never", "j", "error")]


def test_join_of_an_event_gateway() -> None:
    body = start() + gate("eventBased", "q") + gate("parallel", "j") + end()
    for name, days in (("x", "P1D"), ("y", "P2D")):
        body += element("intermediateCatchEvent", name, timer("timeDuration", days)) + flow("q", name, "j")

    assert told(definitions(body + flow("s", "q") + flow("j", "e"))) == [("join_never", "j", "error")]


@pytest.mark.parametrize(
    ("kind", "join"), [("exclusive", "exclusive"), ("parallel", "parallel"), ("inclusive", "parallel")]
)
def test_joins_that_fit_or_may_fit_are_let_be(kind: str, join: str) -> None:
    assert told(split(kind, join)) == []


def test_choice_that_several_tokens_pass_is_only_doubtful() -> None:
    body = start() + gate("parallel", "f") + user("a") + user("b") + gate("exclusive", "q")
    body += gate("parallel", "j") + end() + flow("s", "f", "a", "q", "j", "e") + flow("f", "b", "q")
    body += flow("q", "j", when="outcome == 'a'")

    assert told(definitions(body)) == [("join_doubtful", "j", "warning")]


def test_reminder_beside_the_step_before_makes_it_doubtful() -> None:
    more = border("b", "a", timer("timeDuration", "P1D"), interrupts=False) + flow("b", "q")

    assert told(split("exclusive", "parallel", more)) == [("join_doubtful", "j", "warning")]


def test_ways_that_a_circle_brings_together_stay_certain() -> None:
    more = user("z") + flow("q", "z", "a", when="outcome == 'again'")

    assert told(split("exclusive", "parallel", more)) == [("join_never", "j", "error")]


def back_into(first: str, join: str, default: str = "f_out") -> bytes:
    """Two parts side by side; behind them a gateway leads back into the gateway before them."""
    body = start() + gate(first, "sp", "Chia") + user("a") + user("b") + gate(join, "jn") + user("z")
    body += element("exclusiveGateway", "g", name="Xét", default=default) + end()
    body += flow("s", "sp", "a", "jn", "z", "g") + flow("sp", "b", "jn")
    return definitions(body + flow("g", "sp", when="outcome == 'again'") + flow("g", "e", name=default))


def test_way_back_into_the_parallel_gateway_it_began_at_is_refused() -> None:
    (problem,) = [one for one in found(back_into("parallel", "inclusive")) if one.code == "join_itself"]

    assert (problem.element_id, problem.severity) == ("sp", "error")
    assert "Xét" in problem.reason % problem.params
    assert "exclusive gateway before it" in problem.remedy


def test_two_joins_that_wait_for_each_other_are_refused() -> None:
    body = start() + gate("parallel", "f") + user("a") + user("b") + gate("parallel", "j")
    body += gate("parallel", "k") + end() + flow("s", "f", "a", "j", "k", "e") + flow("f", "b", "k", "j")

    assert told(definitions(body)) == [("join_itself", "j", "error"), ("join_itself", "k", "error")]


def test_way_back_that_only_an_alarm_beside_leads_to_is_let_be() -> None:
    body = start() + user("a") + border("b", "a", timer("timeDuration", "P1D"), interrupts=False)
    body += user("x") + gate("parallel", "j") + end() + flow("s", "a", "j", "e") + flow("b", "x", "j")

    assert told(definitions(body)) == []


def test_way_back_into_an_inclusive_or_exclusive_gateway_is_let_be_and_runs() -> None:
    body = start() + gate("exclusive", "in") + gate("parallel", "sp") + user("a") + user("b")
    body += gate("inclusive", "jn") + user("z") + element("exclusiveGateway", "g", default="f_out") + end()
    body += flow("s", "in", "sp", "a", "jn", "z", "g") + flow("sp", "b", "jn")
    body += flow("g", "in", when="outcome == 'both'") + flow("g", "b", when="outcome == 'one'")
    xml = definitions(body + flow("g", "e", name="f_out"))
    run = Run(xml)

    for outcome, steps in (("both", ["a", "b"]), ("one", ["b"]), ("out", [])):
        for step in run.steps:
            run.complete(step)
        assert run.complete("z", outcome=outcome).steps == steps

    assert told(xml) == []


def thrown(around: str = "", inside: str = "", extra: str = ERROR) -> bytes:
    sub = start("ss") + user("x") + end("se", event("error", "er")) + flow("ss", "x", "se") + inside
    body = start() + element("subProcess", "sub", sub) + end() + flow("s", "sub", "e") + around
    return definitions(body, extra)


def test_error_that_nothing_catches_is_doubtful() -> None:
    other = '<bpmn:error id="er2" name="other" errorCode="E2"/>'

    assert told(thrown()) == [("error_uncaught", "se", "warning")]
    for reference, count in (("er", 0), ("", 0), ("er2", 1)):
        caught = thrown(border("b", "sub", event("error", reference)) + flow("b", "e"), extra=ERROR + other)
        assert len(told(caught)) == count


@pytest.mark.parametrize("place", ["around", "inside"])
def test_event_sub_process_catches_an_error(place: str) -> None:
    opened = element("startEvent", "os", event("error", "er")) + user("o") + end("oe") + flow("os", "o", "oe")
    handler = element("subProcess", "h", opened, triggeredByEvent="true")

    assert told(thrown(**{place: handler})) == []


def opened_by(identifier: str, definition: str, interrupts: bool, inside: str) -> str:
    """An event sub-process with one element in it."""
    opening = element("startEvent", f"{identifier}s", definition, isInterrupting=str(interrupts).lower())
    name = f"{identifier}_end"
    inside = opening + user(f"{identifier}_step") + end(name, inside)
    inside += flow(f"{identifier}s", f"{identifier}_step", name)
    return element("subProcess", identifier, inside, triggeredByEvent="true")


def test_error_thrown_again_by_who_caught_it_is_caught_further_out_only() -> None:
    again = opened_by("h", event("error", "er"), True, event("error", "er"))
    outer = border("b", "sub", event("error", "er")) + flow("b", "e")

    assert told(thrown(inside=again)) == [("error_uncaught", "h_end", "warning")]
    assert told(thrown(inside=again, around=outer)) == []


@pytest.mark.parametrize(("interrupts", "caught"), [(True, False), (False, True)])
def test_event_sub_process_beside_catches_while_it_still_waits(interrupts: bool, caught: bool) -> None:
    message = '<bpmn:message id="msg" name="answer"/>'
    failing = opened_by("m", event("message", "msg"), interrupts, event("error", "er"))
    catching = opened_by("h", event("error", "er"), True, "")
    body = start() + user("x") + end() + flow("s", "x", "e") + failing + catching
    xml = definitions(body, ERROR + message)
    run = Run(xml)

    run.deliver("answer")
    run.complete("m_step")

    assert told(xml) == ([] if caught else [("error_uncaught", "m_end", "warning")])
    assert run.steps == (["h_step"] if caught else [])
    assert len(run.snapshot.escaped) == (0 if caught else 1)

"""What would never end: circles without anybody to wait for, and processes that call themselves at once."""

import pytest

from tests.engine.diagrams import (
    ERROR,
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
from tests.engine.test_check import found

SCRIPT = start("ss") + script("x", "n = 1") + end("se") + flow("ss", "x", "se")
ASKING = start("ss") + user("x") + end("se") + flow("ss", "x", "se")
PASSED_BY = (
    start("ss") + element("exclusiveGateway", "sq", default="sd") + user("x") + end("se") + flow("ss", "sq")
) + (flow("sq", "x", "se", when="outcome == 'a'") + flow("sq", "se", name="sd"))
SIDE_BY_SIDE = (
    start("ss") + element("parallelGateway", "sq") + user("x") + script("y", "n = 1") + end("se")
) + (flow("ss", "sq", "x", "se") + flow("sq", "y", "se"))
DEEPER = (
    start("ss")
    + element("subProcess", "deep", SCRIPT.replace('"s', '"ds').replace('"x"', '"dx"'))
    + (end("se") + flow("ss", "deep", "se"))
)
ROUND = flow("s", "a", "m", "sub", "q") + flow("q", "m", when="outcome == 'b'") + flow("q", "e", name="d")


def told(xml: bytes) -> list[tuple[str, str]]:
    return [(one.code, one.element_id) for one in found(xml) if one.severity == "error"]


def circle(inside: str, marker: str = "") -> bytes:
    """A sub-process between two gateways, from the second of which a way leads back."""
    body = start() + user("a") + element("exclusiveGateway", "m") + end()
    body += element("subProcess", "sub", marker + inside) + element("exclusiveGateway", "q", default="d")
    return definitions(body + ROUND)


@pytest.mark.parametrize("inside", [SCRIPT, PASSED_BY, DEEPER], ids=["script", "passed by", "deeper"])
def test_sub_process_that_may_ask_nobody_does_not_break_a_circle(inside: str) -> None:
    assert told(circle(inside)) == [("no_wait_loop", "m")]


@pytest.mark.parametrize("inside", [ASKING, SIDE_BY_SIDE], ids=["asking", "side by side"])
def test_sub_process_that_asks_somebody_on_every_way_breaks_it(inside: str) -> None:
    assert told(circle(inside)) == []


def test_error_that_is_caught_closes_a_circle() -> None:
    inside = start("ss") + end("se", event("error", "er")) + flow("ss", "se")
    body = (
        start() + user("a") + element("exclusiveGateway", "m") + element("subProcess", "sub", inside) + end()
    )
    body += border("b", "sub", event("error", "er")) + flow("s", "a", "m", "sub", "e") + flow("b", "m")

    assert told(definitions(body, ERROR)) == [("no_wait_loop", "m")]


def calling(*before: tuple[str, str], marker: str = "") -> bytes:
    body = start() + "".join(xml for _, xml in before) + end()
    body += element("callActivity", "c", marker, calledElement="p")
    return definitions(body + flow("s", *(name for name, _ in before), "c", "e"))


@pytest.mark.parametrize(
    "before", [[], [("x", script("x", "n = 1"))], [("sub", element("subProcess", "sub", SCRIPT))]], ids=len
)
def test_process_that_calls_itself_at_once_is_refused(before: list[tuple[str, str]]) -> None:
    assert told(calling(*before)) == [("calls_itself", "c")]


def test_process_that_calls_itself_in_a_sub_process_is_refused() -> None:
    inside = start("ss") + element("callActivity", "c", calledElement="p") + end("se") + flow("ss", "c", "se")
    body = start() + element("subProcess", "sub", inside) + end() + flow("s", "sub", "e")

    assert told(definitions(body)) == [("calls_itself", "c")]


def test_process_may_call_itself_behind_a_step_or_a_timer_and_for_each_of_many() -> None:
    later = element("intermediateCatchEvent", "t", timer("timeDuration", "P1D"))

    assert told(calling(("x", user("x")))) == []
    assert told(calling(("t", later))) == []
    assert told(calling(marker=many("[one for one in returned]"))) == []

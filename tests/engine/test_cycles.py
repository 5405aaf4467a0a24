"""Repetitions need time between two times: without it all of them would come at one instant."""

import pytest

from tests.engine.diagrams import Run, border, definitions, end, flow, start, timer, user
from tests.engine.test_check import found
from workflows.errors import InstanceStuck


def repeating(text: str, **attributes: str) -> bytes:
    body = start() + user("a") + border("b", "a", timer("timeCycle", text), False) + user("late") + end()
    return definitions(body + flow("s", "a", "e") + flow("b", "late", "e"), **attributes)


@pytest.mark.parametrize("text", ["R5/PT0S", "R/PT0S", "R5/PT0.5S", "R5/P0D", "('R5/PT0S')"])
def test_repetition_without_time_between_is_refused(text: str) -> None:
    (problem,) = [one for one in found(repeating(text)) if one.severity == "error"]

    assert (problem.code, problem.element_id) == ("timer_text", "b")
    assert "at least one second" in problem.reason % problem.params
    assert "R3/P1D" in problem.remedy


@pytest.mark.parametrize("text", ["R5/PT1S", "R/P1D", "R1000/P0DT1M"])
def test_repetition_with_time_between_is_let_be(text: str) -> None:
    assert [one for one in found(repeating(text)) if one.severity == "error"] == []


def test_repetition_that_a_variable_gives_stops_the_run_instead() -> None:
    assert Run(repeating("pause", rs__takes="pause"), pause="R5/PT1H").steps == ["a"]
    with pytest.raises(InstanceStuck, match="at least one second"):
        Run(repeating("pause", rs__takes="pause"), pause="R5/PT0S")

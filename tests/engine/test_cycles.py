"""Periods: repetitions need time between two times, months are those of the local calendar."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.engine.diagrams import Run, border, definitions, element, end, flow, start, timer, user
from tests.engine.test_check import found
from workflows.engine import ProcessEngine, Surroundings
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


HANOI = timezone(timedelta(hours=7))
LOCAL = {"instant": lambda text: datetime.fromisoformat(text).replace(tzinfo=HANOI)}


@pytest.mark.parametrize(
    ("text", "began", "due"),
    [
        ("P1M", datetime(2023, 3, 1, 6, 30), datetime(2023, 4, 1, 6, 30)),
        ("P1M", datetime(2023, 3, 1, 8, 30), datetime(2023, 4, 1, 8, 30)),
        ("'P1Y1D'", datetime(2023, 3, 1, 6, 30), datetime(2024, 3, 2, 6, 30)),
        ("P0.5Y", datetime(2023, 3, 1, 6, 30), datetime(2023, 9, 1, 6, 30)),
        ("P1M", datetime(2023, 1, 31, 6, 30), datetime(2023, 2, 28, 6, 30)),
    ],
)
def test_months_are_those_of_the_local_calendar(text: str, began: datetime, due: datetime) -> None:
    body = start() + element("intermediateCatchEvent", "c", timer("timeDuration", text)) + end()
    xml = definitions(body + flow("s", "c", "e"))
    around = Surroundings(began.replace(tzinfo=HANOI).astimezone(UTC), LOCAL)

    (waiting,) = ProcessEngine(lambda version: xml).start(1, {}, around).timers

    assert waiting.due_at == due.replace(tzinfo=HANOI)


def test_each_month_of_a_repetition_is_one_of_the_local_calendar() -> None:
    engine = ProcessEngine(lambda version: repeating("R3/P1M"))
    around = Surroundings(datetime(2023, 3, 1, 6, 30, tzinfo=HANOI).astimezone(UTC), LOCAL)
    first = engine.start(1, {}, around)

    second = engine.fire(1, first.state, first.timers[0].token, around)

    due = [one.timers[0].due_at for one in (first, second)]
    assert due == [datetime(2023, month, 1, 6, 30, tzinfo=HANOI) for month in (4, 5)]


@pytest.mark.parametrize("text", ["P0.5M", "P0,1Y", "('P0.5M')", "P1Y1.5MT1H"])
def test_a_part_of_a_month_is_refused(text: str) -> None:
    body = start() + element("intermediateCatchEvent", "c", timer("timeDuration", text)) + end()
    xml = definitions(body + flow("s", "c", "e"))

    (problem,) = [one for one in found(xml) if one.severity == "error"]

    assert (problem.code, problem.element_id) == ("timer_text", "c")
    assert "part of a month" in problem.reason % problem.params
    with pytest.raises(InstanceStuck, match="part of a month"):
        Run(xml)

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


def test_start_that_repeats_is_told_that_no_event_starts_a_process() -> None:
    body = element("startEvent", "s", timer("timeCycle", "R/P1D")) + user("a") + end() + flow("s", "a", "e")

    assert [one.code for one in found(definitions(body)) if "cycle" in one.code] == ["cycle_bounded"]


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


def rung(text: str, began: datetime, most: int = 9) -> list[datetime]:
    """When each time of a repetition beside a step is planned, if every one comes in time."""
    engine, found = ProcessEngine(lambda version: repeating(text)), []
    snapshot = engine.start(1, {}, Surroundings(began.astimezone(UTC), LOCAL))
    while snapshot.timers and len(found) < most:
        found.append(snapshot.timers[0].due_at)
        around = Surroundings(found[-1], LOCAL)
        snapshot = engine.fire(1, snapshot.state, snapshot.timers[0].token, around)
    return found


def test_month_that_is_too_short_does_not_shorten_those_behind_it() -> None:
    assert rung("R4/P1M", datetime(2023, 1, 31, 9, tzinfo=HANOI)) == [
        datetime(2023, month, day, 9, tzinfo=HANOI) for month, day in ((2, 28), (3, 31), (4, 30), (5, 31))
    ]
    assert rung("R3/2023-01-31T09:00:00+07:00/P1M", datetime(2023, 1, 1, tzinfo=HANOI)) == [
        datetime(2023, month, day, 9, tzinfo=HANOI) for month, day in ((1, 31), (2, 28), (3, 31))
    ]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("R4/2023-06-03T09:00:00+07:00/P1D", [5, 6]),
        ("R4/2023-06-05T08:00:00+07:00/P1D", [5.0, 6.0, 7.0, 8.0]),
        ("R4/2023-06-01T07:00:00+07:00/P1D", []),
        ("R1000/2019-01-01T09:00:00+07:00/P1D", [5, 6, 7, 8, 9]),
        ("R1000/2019-06-07T09:00:00+07:00/P10Y", []),
    ],
)
def test_repetition_that_began_in_the_past_goes_on_with_what_lies_ahead(text: str, days: list[float]) -> None:
    found = rung(text, datetime(2023, 6, 5, 8, tzinfo=HANOI), most=5)

    hour = {int: 9, float: 8}
    june = [one for one in found if (one.year, one.month) == (2023, 6)]
    assert june == [datetime(2023, 6, int(day), hour[type(day)], tzinfo=HANOI) for day in days]


def test_times_that_are_missed_while_it_waits_are_made_up() -> None:
    engine = ProcessEngine(lambda version: repeating("R3/P1D"))
    first = engine.start(1, {}, Surroundings(datetime(2023, 6, 5, tzinfo=UTC), LOCAL))

    late = Surroundings(datetime(2023, 6, 30, tzinfo=UTC), LOCAL)
    second = engine.fire(1, first.state, first.timers[0].token, late)

    assert second.timers[0].due_at == datetime(2023, 6, 7, tzinfo=UTC)


def test_repetition_that_was_moved_counts_from_there() -> None:
    engine = ProcessEngine(lambda version: repeating("R3/P1D"))
    around = Surroundings(datetime(2023, 6, 5, tzinfo=UTC), LOCAL)
    first = engine.start(1, {}, around)
    token = first.timers[0].token

    moved = engine.reschedule(1, first.state, token, datetime(2023, 6, 20, tzinfo=UTC), around)

    assert engine.fire(1, moved.state, token, around).timers[0].due_at == datetime(2023, 6, 21, tzinfo=UTC)


def test_repetition_that_interrupts_and_is_over_comes_as_what_is_late() -> None:
    body = (
        start() + user("a") + border("b", "a", timer("timeCycle", "R2/2023-06-01T07:00:00+07:00/P1D")) + end()
    )
    xml = definitions(body + user("late") + flow("s", "a", "e") + flow("b", "late", "e"))

    (waiting,) = Run(xml).snapshot.timers

    assert waiting.due_at == datetime(2023, 6, 2, 7, tzinfo=HANOI)


@pytest.mark.parametrize("text", ["P0.5M", "P0,1Y", "('P0.5M')", "P1Y1.5MT1H"])
def test_a_part_of_a_month_is_refused(text: str) -> None:
    body = start() + element("intermediateCatchEvent", "c", timer("timeDuration", text)) + end()
    xml = definitions(body + flow("s", "c", "e"))

    (problem,) = [one for one in found(xml) if one.severity == "error"]

    assert (problem.code, problem.element_id) == ("timer_text", "c")
    assert "part of a month" in problem.reason % problem.params
    with pytest.raises(InstanceStuck, match="part of a month"):
        Run(xml)

"""Forecasts by pace: whole working days, a range around them, silence where there is no pace."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from workflows.policy.calendar import WorkingCalendar
from workflows.policy.forecast import (
    Forecast,
    forecast,
    misses_by_far,
    of_whole,
    pace_against,
    pace_bounds,
    stands_still,
)

CALENDAR = WorkingCalendar()
# Wednesday, 7 June 2023, 15:00 in Vietnam.
NOW = datetime(2023, 6, 7, 8, tzinfo=UTC)


def test_the_rest_is_done_at_the_pace_of_the_last_days() -> None:
    told = forecast(20, [10, 10, 10, 10, 10], NOW, CALENDAR)

    assert told is not None
    assert told.on == date(2023, 6, 9)
    assert told.earliest <= told.on <= told.latest


def test_weekends_are_no_working_days() -> None:
    told = forecast(30, [10, 10], NOW, CALENDAR)

    assert told is not None
    assert told.on == date(2023, 6, 12)


def test_an_uneven_pace_widens_the_range() -> None:
    even, uneven = (forecast(60, days, NOW, CALENDAR) for days in ([6] * 5, [0, 0, 30, 0, 0]))

    assert even is not None
    assert uneven is not None
    assert even.on == uneven.on
    assert uneven.latest > even.latest
    assert uneven.earliest < even.earliest


@pytest.mark.parametrize(
    ("remaining", "lately"), [(0, [5, 5]), (5, [0, 0, 0]), (5, []), (10_000_000, [1, 0, 0])]
)
def test_nothing_is_told_without_rest_or_pace(remaining: int, lately: list[int]) -> None:
    assert forecast(remaining, lately, NOW, CALENDAR) is None


def test_bounds_are_whole_working_days_since_the_opening() -> None:
    bounds = pace_bounds(NOW, datetime(2023, 6, 1, 1, tzinfo=UTC), CALENDAR)

    days = [bound.astimezone(UTC).day for bound in bounds]
    assert bounds == sorted(bounds)
    assert bounds[-1] == NOW
    assert days == [31, 1, 2, 5, 6, 7][-len(days) :]
    assert {bound.hour for bound in bounds} == {8}


def test_a_campaign_opened_this_minute_has_one_span() -> None:
    assert len(pace_bounds(NOW, NOW - timedelta(minutes=1), CALENDAR)) == 2


@pytest.mark.parametrize(
    ("remaining", "lately", "still"),
    [(5, [9, 9, 0, 0, 0], True), (5, [0, 0, 1], False), (0, [0, 0, 0], False), (5, [0, 0], False)],
)
def test_three_days_without_a_decision_stand_still(remaining: int, lately: list[int], still: bool) -> None:
    assert stands_still(remaining, lately) is still


def test_the_pace_is_held_against_the_one_the_deadline_asks_for() -> None:
    pace = pace_against(90, [1, 2, 0, 3, 4], NOW, NOW + timedelta(days=5), CALENDAR)

    assert pace is not None
    assert (pace.present, pace.needed) == (2.0, 30.0)
    assert pace_against(0, [1], NOW, NOW + timedelta(days=5), CALENDAR) is None


def test_after_the_deadline_no_pace_is_asked_for() -> None:
    pace = pace_against(90, [1], NOW, NOW - timedelta(days=1), CALENDAR)

    assert pace is not None
    assert pace.needed is None


def test_a_day_far_behind_the_deadline_is_of_no_use() -> None:
    near, far = forecast(30, [10], NOW, CALENDAR), forecast(300, [10], NOW, CALENDAR)

    assert not misses_by_far(near, NOW, CALENDAR)
    assert misses_by_far(far, NOW, CALENDAR)
    assert not misses_by_far(None, NOW, CALENDAR)


def test_a_whole_is_not_done_before_its_last_part() -> None:
    whole = Forecast(on=date(2023, 6, 9), earliest=date(2023, 6, 8), latest=date(2023, 6, 30))
    slow = Forecast(on=date(2023, 6, 20), earliest=date(2023, 6, 15), latest=date(2023, 6, 28))

    told = of_whole(whole, [slow, replace(slow, on=date(2023, 6, 7))])

    assert told == Forecast(on=date(2023, 6, 20), earliest=date(2023, 6, 15), latest=date(2023, 6, 30))
    assert of_whole(whole, []) == whole

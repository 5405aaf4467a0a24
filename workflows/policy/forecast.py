"""When the rest will be done, judged by the pace of the last working days; a pure function of counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil, sqrt
from statistics import stdev
from zoneinfo import ZoneInfo

from workflows.policy.calendar import LOCAL_ZONE, WorkingCalendar

# Enough to even out a slow Monday, short enough to notice that somebody has begun to work.
PACE_DAYS = 5
# Nothing decided for so many working days: the unit stands still.
STILL_DAYS = 3
# The slow end of the range is not slower than this share of the present pace, or it would lie at infinity.
SLOWEST = 0.4
# Farther away than a school year is no forecast.
FARTHEST_DAYS = 250
# So many working days behind the deadline a day on the calendar says nothing that "not in time" does not.
FAR_BEHIND_DAYS = 10


@dataclass(frozen=True, slots=True)
class Forecast:
    """The day on which the last one is done at the present pace, and the range it may well lie in."""

    on: date
    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class Pace:
    """How many were done a working day of late, and how many would have to be until the deadline.

    `needed` is None where the deadline has passed.
    """

    present: float
    needed: float | None

    @property
    def suffices(self) -> bool:
        """At this pace the deadline is kept."""
        return self.needed is not None and self.present >= self.needed


def pace_bounds(now: datetime, opened_at: datetime, calendar: WorkingCalendar) -> list[datetime]:
    """Give the ends of the last working days, each a whole one counted back from now, the oldest first.

    Days before the opening are left out, but there is always one.
    """
    bounds = [now]
    while len(bounds) <= PACE_DAYS and (len(bounds) == 1 or bounds[-1] > opened_at):
        bounds.append(calendar.shift(now, f"-{len(bounds)}d"))
    return bounds[::-1]


def forecast(
    remaining: int, done_per_day: Sequence[int], now: datetime, calendar: WorkingCalendar
) -> Forecast | None:
    """Carry the pace on until nothing remains; None when nothing remains or nothing was done of late."""
    total = sum(done_per_day)
    if remaining <= 0 or total == 0:
        return None
    days = len(done_per_day)
    pace = total / days
    # Counts vary by chance alone, even when the last days happened to be alike.
    spread = max(stdev(done_per_day) if days > 1 else pace, sqrt(pace)) / sqrt(days)
    slow, fast = max(pace - spread, pace * SLOWEST), pace + spread
    if remaining / pace > FARTHEST_DAYS:
        return None
    zone = ZoneInfo(LOCAL_ZONE)

    def day_at(rate: float) -> date:
        return calendar.add_workdays(now, ceil(remaining / rate)).astimezone(zone).date()

    return Forecast(on=day_at(pace), earliest=day_at(fast), latest=day_at(slow))


def of_whole(own: Forecast, parts: Iterable[Forecast]) -> Forecast:
    """Give when a whole is done: at its own pace, but never before the last of its parts.

    The pace of a whole supposes that whoever is ready helps the others; a school does not review another's records.
    """
    judged = [own, *parts]
    return Forecast(
        on=max(one.on for one in judged),
        earliest=max(one.earliest for one in judged),
        latest=max(one.latest for one in judged),
    )


def pace_against(
    remaining: int, done_per_day: Sequence[int], now: datetime, due_at: datetime, calendar: WorkingCalendar
) -> Pace | None:
    """Hold the present pace against the one that the deadline asks for; None when nothing remains."""
    if remaining <= 0 or not done_per_day:
        return None
    days = max(1, calendar.workdays_between(now, due_at))
    return Pace(sum(done_per_day) / len(done_per_day), remaining / days if due_at > now else None)


def misses_by_far(told: Forecast | None, due_at: datetime, calendar: WorkingCalendar) -> bool:
    """Tell whether a forecast lies so far behind the deadline that its day is of no use."""
    return told is not None and calendar.workdays_between(due_at, told.on) > FAR_BEHIND_DAYS


def stands_still(remaining: int, done_per_day: Sequence[int]) -> bool:
    """Tell whether work remains and nothing was decided in the last working days."""
    lately = done_per_day[-STILL_DAYS:]
    return remaining > 0 and len(lately) == STILL_DAYS and sum(lately) == 0

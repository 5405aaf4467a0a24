"""Working time: which days and hours people work, and where a term that is counted in them ends."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays

OFFICE_HOURS = ((time(7, 30), time(11, 30)), (time(13), time(17)))
LOCAL_ZONE = "Asia/Ho_Chi_Minh"
SATURDAY = 5
MADE_UP_DAY = "Ngày làm bù"

# Forty years of working days: a longer term is a slip of the pen in a diagram.
LONGEST_TERM = 10_000

OFFSET = re.compile(r"([+-]?[0-9]{1,5})([dh])")


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A day on which a province or a school differs from the national calendar."""

    works: bool
    name: str


class WorkingCalendar:
    """The national calendar of Vietnam (Tết, swapped days, days in lieu) with local days laid over it.

    Takes aware instants and gives them in UTC; days are those of the local zone. Keep an instance as long as
    its local days hold: it remembers the working days of every year it has seen.
    """

    def __init__(
        self,
        local_days: Mapping[date, LocalDay] | None = None,
        hours: Sequence[tuple[time, time]] = OFFICE_HOURS,
        zone: str = LOCAL_ZONE,
    ) -> None:
        """Lay local days over the national ones; refuses hours that are empty, overlap or run backwards."""
        edges = [edge for span in hours for edge in span]
        if not edges or any(later <= earlier for earlier, later in pairwise(edges)):
            raise ValueError(f"Working hours must follow one another: {hours!r}")
        self._local_days = dict(local_days or {})
        self._hours = tuple(hours)
        self._zone = ZoneInfo(zone)
        self._years: dict[int, tuple[int, ...]] = {}

    def is_working(self, day: date) -> bool:
        """Tell whether people work on this day."""
        local = self._local_days.get(day)
        return local.works if local else day.toordinal() in _national(day.year).workdays

    def day_name(self, day: date) -> str | None:
        """Name what makes a day special, in Vietnamese: a local day, a holiday, a day worked in lieu."""
        local = self._local_days.get(day)
        if local:
            return local.name
        national = _national(day.year)
        made_up = day.weekday() >= SATURDAY and day.toordinal() in national.workdays
        return national.names.get(day) or (MADE_UP_DAY if made_up else None)

    def add_workdays(self, instant: datetime, n: int, at: time | None = None) -> datetime:
        """Give the end of a term of `n` working days: closing time (17:00), or `at`, of the n-th working day.

        The day of `instant` does not count, working day or not (Civil Code 2015, article 147): three working
        days from any hour of a Monday end on Thursday at 17:00. Negative terms count back alike. With `n` = 0
        the term ends on the same day, or on the next working day if that end lies before `instant`.
        """
        local = self._local(instant)
        ends_at = at or self._hours[-1][1]
        if n == 0 and self.is_working(local.date()):
            same_day = self._instant(local.date(), ends_at)
            if same_day >= instant:
                return same_day
        return self._instant(self._nth_workday(local.date(), n or 1), ends_at)

    def add_workhours(self, instant: datetime, hours: float) -> datetime:
        """Give the instant by which so many working hours have passed; negative hours lie before `instant`.

        Between working times the earliest such instant is given (counting back: the latest).
        """
        instant = self._local(instant).astimezone(UTC)
        remaining = timedelta(hours=abs(_within_reason(hours)))
        if not remaining:
            return instant
        onwards = hours > 0
        for opens_at, closes_at in self._spans(instant, onwards):
            starts_at = max(opens_at, instant) if onwards else opens_at
            ends_at = closes_at if onwards else min(closes_at, instant)
            if remaining <= ends_at - starts_at:
                return starts_at + remaining if onwards else ends_at - remaining
            remaining -= max(ends_at - starts_at, timedelta())
        raise AssertionError("Working time goes on for ever")

    def shift(self, instant: datetime, offset: str) -> datetime:
        """Move an instant by signed working time: "-2d", "0", "1d", "4h".

        Days keep the local time of day: "-2d" from Thursday 17:00 is Tuesday 17:00, so that a reminder comes
        two full working days ahead. Refuses anything else with ValueError.
        """
        count, unit = parse_offset(offset)
        if count == 0:
            return self._local(instant).astimezone(UTC)
        if unit == "h":
            return self.add_workhours(instant, count)
        return self.add_workdays(instant, count, at=self._local(instant).time())

    def workdays_between(self, start: date | datetime, end: date | datetime) -> int:
        """Count the working days from `start` to `end` as `add_workdays` does.

        The day of `start` does not count, that of `end` does; the count is negative when `end` is earlier.
        """
        first, last = self._day(start), self._day(end)
        if first <= last:
            return self._count(first, last) - self.is_working(first)
        return self.is_working(first) - self._count(last, first)

    def _count(self, first: date, last: date) -> int:
        """Count the working days from `first` to `last`, both included."""
        through = sum(len(self._workdays(year)) for year in range(first.year, last.year))
        through += bisect_right(self._workdays(last.year), last.toordinal())
        return through - bisect_left(self._workdays(first.year), first.toordinal())

    def _nth_workday(self, day: date, n: int) -> date:
        _within_reason(n)
        year, days = day.year, self._workdays(day.year)
        ordinal = day.toordinal()
        place = bisect_right(days, ordinal) + n - 1 if n > 0 else bisect_left(days, ordinal) + n
        while place >= len(days):
            place -= len(days)
            year += 1
            days = self._workdays(year)
        while place < 0:
            year -= 1
            days = self._workdays(year)
            place += len(days)
        return date.fromordinal(days[place])

    def _workdays(self, year: int) -> tuple[int, ...]:
        days = self._years.get(year)
        if days is None:
            works = {
                day.toordinal(): local.works for day, local in self._local_days.items() if day.year == year
            }
            kept = {day for day in _national(year).workdays if works.get(day, True)}
            days = self._years[year] = tuple(sorted(kept | {day for day, open_ in works.items() if open_}))
        return days

    def _spans(self, instant: datetime, onwards: bool) -> Iterator[tuple[datetime, datetime]]:
        """Walk through the spans of working time from the day of an instant, onwards or back."""
        step = 1 if onwards else -1
        day = self._local(instant).date()
        if not self.is_working(day):
            day = self._nth_workday(day, step)
        while True:
            for opens, closes in self._hours[::step]:
                yield self._instant(day, opens), self._instant(day, closes)
            day = self._nth_workday(day, step)

    def _local(self, instant: datetime) -> datetime:
        if instant.utcoffset() is None:
            raise ValueError(f"An instant needs a time zone: {instant!r}")
        return instant.astimezone(self._zone)

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self._zone).astimezone(UTC)

    def _day(self, moment: date | datetime) -> date:
        return self._local(moment).date() if isinstance(moment, datetime) else moment


@dataclass(frozen=True, slots=True)
class NationalDay:
    """A day of the national calendar that is not as its weekday would have it, or that has a name."""

    day: date
    works: bool
    name: str


def national_days(year: int, language: str = "vi") -> list[NationalDay]:
    """List the named days off of a year, and the weekend days worked in lieu, in order."""
    national = _national(year)
    names = national.names
    if language != "vi":
        told = holidays.country_holidays("VN", years=year, language="en_US")
        names = {day: told.get(day, name) for day, name in names.items()}
    off = [NationalDay(day, day.toordinal() in national.workdays, name) for day, name in names.items()]
    first = date(year, 1, 1).toordinal()
    made_up = [
        NationalDay(day, works=True, name=MADE_UP_DAY)
        for day in (date.fromordinal(first + number) for number in range(366))
        if day.year == year and day.weekday() >= SATURDAY and day.toordinal() in national.workdays
    ]
    return sorted([*off, *made_up], key=lambda one: one.day)


@lru_cache(maxsize=256)
def laid_over(rows: tuple[tuple[date, bool, str], ...]) -> WorkingCalendar:
    """Give the calendar of a unit: its local days as (day, works, name), those of the top of its line first."""
    return WorkingCalendar({day: LocalDay(works, name) for day, works, name in rows})


@dataclass(frozen=True, slots=True)
class _NationalYear:
    workdays: frozenset[int]
    names: Mapping[date, str]


@lru_cache(maxsize=64)
def _national(year: int) -> _NationalYear:
    calendar = holidays.country_holidays("VN", years=year, language="vi")
    first, after_last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1
    workdays = (day for day in range(first, after_last) if calendar.is_working_day(date.fromordinal(day)))
    return _NationalYear(
        frozenset(workdays), {day: name for day, name in calendar.items() if day.year == year}
    )


def parse_offset(offset: str) -> tuple[int, str]:
    """Split "-2d", "0" or "4h" into its count and its unit, `d` or `h`; refuses the rest with ValueError."""
    if offset == "0":
        return 0, "d"
    match = OFFSET.fullmatch(offset)
    if match is None:
        raise ValueError(f"Not an offset in working time: {offset!r}")
    return int(match[1]), match[2]


def _within_reason(count: float) -> float:
    if not abs(count) <= LONGEST_TERM:
        raise ValueError(f"A term of more than {LONGEST_TERM} working days or hours: {count}")
    return count

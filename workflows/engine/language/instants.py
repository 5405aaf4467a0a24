"""ISO 8601 durations, instants and cycles, and what a timer expression may give."""

import ast
import re
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from workflows.engine.language.reasons import N_, Reason

_NUMBER = r"(\d{1,9}(?:[.,]\d{1,6})?)"
_PERIOD = re.compile(
    rf"P(?=.)(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(?:T(?=.)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?"
)
_CYCLE = re.compile(r"R(\d{0,6})/(?:([^/]+)/)?(P[^/]+)")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T.*)?")
MAX_CYCLES = 1_000  # an unbounded repetition would never let go of an instance
A_CYCLE = N_("a cycle has the form R3/PT1H with 1 to 1000 repetitions")
SHORTEST = timedelta(seconds=1)  # between two times of a repetition


@dataclass(frozen=True, slots=True)
class Cycle:
    """A repetition: how often, how far apart, and optionally the first instant."""

    times: int
    every: str
    first: datetime | None = None


def parse_time(text: str) -> str | datetime | Cycle | None:
    """Read a literal: a period stays text, an instant is aware, None is no ISO literal at all.

    Raises ValueError for what looks like ISO 8601 but is wrong or has no time zone.
    """
    text = text.strip().strip("'\"")
    if text.startswith("P"):
        if not _PERIOD.fullmatch(text):
            if not re.fullmatch(r"P[\dT].*", text):
                return None
            raise ValueError(Reason(N_("not an ISO 8601 duration")))
        return text
    if match := _CYCLE.fullmatch(text):
        times, first, every = match.groups()
        if not _PERIOD.fullmatch(every) or not times or not 0 < int(times) <= MAX_CYCLES:
            raise ValueError(Reason(A_CYCLE))
        return Cycle(int(times), every, _aware(first) if first else None)
    if re.match(r"R-?\d*/", text):
        raise ValueError(Reason(A_CYCLE))
    if re.match(r"-P[\dT]", text):
        raise ValueError(Reason(N_("a period has no minus here; only what lies ahead can be waited for")))
    return _aware(text) if _INSTANT.fullmatch(text) else None


def _aware(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(Reason(N_("not an ISO 8601 date and time"))) from error
    if instant.tzinfo is None:
        raise ValueError(Reason(N_("the instant has no time zone; write +07:00 or use instant(...)")))
    return instant.astimezone(UTC)


def impossible_instants(source: str) -> list[str]:
    """Give the texts of `instant('…')` in an expression that are no day and time of any calendar."""
    try:
        tree = ast.parse(source.strip())  # a line of a script is a statement
    except SyntaxError:
        return []  # the input of a decision table has a language of its own
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="instant"), args=[ast.Constant(value=str(text))]):
                try:
                    datetime.fromisoformat(text)
                except ValueError:
                    found.append(text)
    return found


@dataclass(frozen=True, slots=True)
class Due:
    """When a timer fires next: of a repetition the `number`-th time after it `begun`, so many `left` with this one."""

    at: datetime
    left: int = 1
    every: str = ""
    begun: datetime | None = None
    number: int = 0


def after(start: datetime, period: str, times: int = 1) -> datetime:
    """The instant so many periods after `start`; months and years follow the calendar of its zone, as ISO 8601 wants.

    Refuses with ValueError what is no whole number of months: they are not of one length.
    """
    match = _PERIOD.fullmatch(period)
    if match is None:
        raise ValueError(Reason(N_("not an ISO 8601 duration")))
    years, months, weeks, days, hours, minutes, seconds = (
        times * float(number.replace(",", ".")) if number else 0.0 for number in match.groups()
    )
    whole = years * 12 + months
    if times and not (whole / times).is_integer():
        raise ValueError(Reason(N_("a part of a month has no length of its own; write days or hours")))
    month = start.month - 1 + int(whole)
    year, month = start.year + month // 12, month % 12 + 1
    day = min(start.day, monthrange(year, month)[1])
    rest = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return start.replace(year=year, month=month, day=day) + rest


def refuse_rush(value: object, now: datetime) -> None:
    """Refuse with ValueError a repetition all of which would come at one instant, and parts of a month."""
    if isinstance(value, str):
        after(now, value)
    if isinstance(value, Cycle) and after(now, value.every) - now < SHORTEST:
        raise ValueError(Reason(N_("a repetition needs at least one second between two times")))


def zone_in(names: Mapping[str, object]) -> tzinfo:
    """Give the local zone, learned from the function `instant` that the product supplies; UTC where there is none."""
    instant = names.get("instant")
    found = instant("2000-01-01T00:00") if callable(instant) else None
    return (found.tzinfo if isinstance(found, datetime) else None) or UTC


def _next_of(cycle: Cycle, now: datetime) -> Due:
    """The first time of a repetition that does not lie in the past; `left` is 0 when all do, at the last of them.

    One that repeats as often as may be has no end of its own: what is over does not count.
    """
    if cycle.first is None:
        return Due(after(now, cycle.every), cycle.times, cycle.every, now, 1)
    begun = cycle.first.astimezone(now.tzinfo)

    def planned(times: int) -> datetime:
        try:
            return after(begun, cycle.every, times)
        except (ValueError, OverflowError):  # beyond the calendar
            return datetime.max.replace(tzinfo=UTC)

    endless, most = cycle.times == MAX_CYCLES, cycle.times
    while endless and planned(most) < now:
        most *= 2
    number = bisect_left(range(most), now, key=planned)
    left = cycle.times if endless else cycle.times - number
    number = min(number, most - 1)
    return Due(after(begun, cycle.every, number), left, cycle.every, begun, number)


def due_of(value: object, now: datetime, zone: tzinfo = UTC) -> Due:
    """When a timer fires first, how often in all, and how far apart; raises ValueError for anything else.

    Months and years are those of the calendar in `zone`.
    """
    now = now.astimezone(zone)
    if isinstance(value, str):
        value = parse_time(value)
        refuse_rush(value, now)
    if isinstance(value, timedelta):
        return Due((now + value).astimezone(UTC))
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(Reason(N_("the instant has no time zone")))
        return Due(value.astimezone(UTC))
    if isinstance(value, Cycle):
        return _next_of(value, now)
    if isinstance(value, str):
        return Due(after(now, value).astimezone(UTC))
    raise ValueError(Reason(N_("a timer needs a duration, an instant or a cycle")))

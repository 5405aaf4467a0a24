"""The values decision tables speak of: their types, how texts become dates, and when two values can be compared."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from workflows.engine.language.instants import after
from workflows.engine.language.reasons import N_, Reason

# What a column may ask for, by all names that DMN 1.1 to 1.5 and common tools give it.
TYPES = {
    "string": "string", "boolean": "boolean", "number": "number", "integer": "number", "long": "number",
    "double": "number", "date": "date", "datetime": "instant", "dateandtime": "instant", "time": "time",
    "duration": "duration", "daytimeduration": "duration", "daysandtimeduration": "duration", "any": "any", "": "any",
}  # fmt: skip
# What people call a type.
KINDS = {
    "string": N_("text"),
    "boolean": N_("yes or no"),
    "number": N_("number"),
    "date": N_("date"),
    "instant": N_("date and time"),
    "time": N_("time of day"),
    "duration": N_("duration"),
    "list": N_("list"),
    "record": N_("record"),
    "null": N_("nothing"),
    "other": N_("value of another kind"),
}
TEMPORAL = ("date", "instant", "time", "duration")
# What read_literal says of a text that is none.
_WRONG = {
    "date": N_("%(text)s is no date such as 2023-06-01"),
    "instant": N_("%(text)s is no date and time such as 2023-06-01T08:00:00"),
    "time": N_("%(text)s is no time of day such as 08:00:00"),
    "duration": N_("%(text)s is no duration such as P3D or PT4H"),
}
MAX_LITERAL = 200  # no date, time or duration is longer
_MONTHS = re.compile(r"P(\d+Y|(\d+Y)?\d+M)")
_SOME_DAY = datetime(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Clock:
    """The local time, learned from the function `instant` that the product supplies; UTC where there is none."""

    instant: Callable[[str], object] | None = None

    def instant_of(self, local: datetime) -> datetime:
        """Give the instant at which clocks here show this."""
        found = self.instant(local.isoformat()) if self.instant is not None else None
        return found if isinstance(found, datetime) else local.replace(tzinfo=UTC)

    def local_of(self, instant: datetime) -> datetime:
        """Give what clocks here show at an instant."""
        plain = instant.astimezone(UTC).replace(tzinfo=None)
        return plain + (plain.replace(tzinfo=UTC) - self.instant_of(plain).astimezone(UTC))


def clock_in(names: Mapping[str, object]) -> Clock:
    """Give the clock of the surroundings."""
    found = names.get("instant")
    return Clock(found if callable(found) else None)


def kind_of(value: object) -> str:
    """Give the kind of a value; yes and no are no numbers."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case datetime():
            return "instant"
        case date():
            return "date"
        case time():
            return "time"
        case timedelta():
            return "duration"
        case list() | tuple():
            return "list"
        case Mapping():
            return "record"
    return "other"


def identical(left: Any, right: Any) -> bool:
    """Whether two values say the same, inside of lists and records too: 1 and 1.0 do, 1 and yes do not."""
    kind = kind_of(left)
    if kind != kind_of(right):
        return False
    if kind == "list":
        return len(left) == len(right) and all(map(identical, left, right))
    if kind == "record":
        return left.keys() == right.keys() and all(identical(left[key], right[key]) for key in left)
    return bool(left == right)


def said(kind: str) -> Reason:
    """Put a kind into words."""
    return Reason(KINDS[kind])


def read_literal(kind: str, text: str) -> Any:
    """Read what stands between the quotes of date("…") and the like; raises ValueError with a Reason."""
    try:
        match kind:
            case "date":
                return date.fromisoformat(text)
            case "time":
                return time.fromisoformat(text)
            case "instant":
                found = datetime.fromisoformat(text)
                return found.astimezone(UTC) if found.tzinfo is not None else found
    except ValueError as error:
        raise ValueError(Reason(_WRONG[kind], text=text)) from error
    sign, period = (-1, text[1:]) if text.startswith("-") else (1, text)
    if _MONTHS.match(period):
        raise ValueError(Reason(N_("a duration here has days and hours, neither months nor years")))
    try:
        return sign * (after(_SOME_DAY, period) - _SOME_DAY)
    except (ValueError, OverflowError) as error:
        raise ValueError(Reason(_WRONG[kind], text=text)) from error


def as_type(value: Any, wanted: str, clock: Clock) -> Any:
    """Give a value as a column asks for it; raises ValueError with a Reason when it is of another type."""
    kind = kind_of(value)
    if wanted in ("any", kind) or value is None:
        return value
    found = _turned(value, kind, wanted, clock)
    if found is None:
        words = Reason(
            N_("a %(found)s where a %(wanted)s is needed"), found=KINDS[kind], wanted=KINDS[wanted]
        )
        raise ValueError(words)
    return found


def asked(value: Any, wanted: str, clock: Clock) -> Any:
    """Give the value of an input as its column asks for it; raises as `as_type` does.

    A `date` of Camunda 7 has a time of day, so a column of that type keeps the one it is given: each cell says
    whether it means the day or the instant.
    """
    found = as_type(value, wanted, clock)
    if wanted == "date" and isinstance(value, str):
        value = found if _read("date", value) is not None else _read("instant", value)
    return value if wanted == "date" else found


def aligned(left: Any, right: Any, clock: Clock) -> tuple[Any, Any] | None:
    """Give two values so that they can be compared, None when they are of different kinds.

    The first becomes what the second is where it can, so an instant is compared with a date by its day.
    """
    one, other = kind_of(left), kind_of(right)
    if one == other:
        if one == "instant":
            return _aware(left, clock), _aware(right, clock)
        return left, right
    if (one, other) == ("instant", "string") and (day := _read("date", right)) is not None:
        return aligned(left, day, clock)
    if other in TEMPORAL and (turned := _turned(left, one, other, clock)) is not None:
        return aligned(turned, right, clock)
    if one in TEMPORAL and (turned := _turned(right, other, one, clock)) is not None:
        return aligned(left, turned, clock)
    return None


def _turned(value: Any, kind: str, wanted: str, clock: Clock) -> Any:
    """Give a time as another kind of time, or out of a text as forms keep it; None where that says nothing."""
    match kind, wanted:
        case "string", "date" | "instant" | "time" | "duration":
            if (found := _read(wanted, value)) is not None or wanted != "date":
                return found
            instant = _read("instant", value)
            return None if instant is None else _day(instant, clock)
        case "instant", "date":
            return _day(value, clock)
        case "date", "instant":
            return datetime.combine(value, time())
    return None


def _read(kind: str, text: str) -> Any:
    if len(text) > MAX_LITERAL:
        return None
    try:
        return read_literal(kind, text)
    except ValueError:
        return None


def _day(instant: datetime, clock: Clock) -> date:
    """Give the day that it is here at an instant."""
    return (clock.local_of(instant) if instant.tzinfo is not None else instant).date()


def _aware(value: datetime, clock: Clock) -> datetime:
    return value if value.tzinfo is not None else clock.instant_of(value)


def stored(value: Any, clock: Clock) -> Any:
    """Give a value as variables keep it: dates and times of day as texts like forms do, instants with their zone."""
    match value:
        case datetime():
            return _aware(value, clock)
        case date() | time():
            return value.isoformat()
        case list() | tuple():
            return [stored(entry, clock) for entry in value]
    return value

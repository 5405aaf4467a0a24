"""The present: the only place that reads the system time. Everything else is handed an instant."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Whatever can say what time it is."""

    def now(self) -> datetime:
        """Give the present as an aware instant in UTC."""
        ...


class SystemClock:
    """The time of this host."""

    def now(self) -> datetime:
        """Give the present as an aware instant in UTC."""
        return datetime.now(UTC)


class OffsetClock:
    """A clock that runs as another one does, moved by an offset: how the demonstration jumps in time."""

    def __init__(self, base: Clock, offset: timedelta = timedelta()) -> None:
        self._base = base
        self.offset = offset

    def now(self) -> datetime:
        """Give the base's present plus the offset."""
        return self._base.now() + self.offset

    def advance(self, **length: float) -> datetime:
        """Move on by a length given as for `timedelta` (`days=1, hours=2`) and give the new present."""
        self.offset += timedelta(**length)
        return self.now()


class FixedClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, instant: datetime) -> None:
        self.set(instant)

    def now(self) -> datetime:
        """Give the instant it stands at."""
        return self._instant

    def set(self, instant: datetime) -> datetime:
        """Stand at another instant; refuses a naive one with ValueError."""
        if instant.utcoffset() is None:
            raise ValueError(f"An instant needs a time zone: {instant!r}")
        self._instant = instant.astimezone(UTC)
        return self._instant

    def advance(self, **length: float) -> datetime:
        """Move on by a length given as for `timedelta` (`days=1, hours=2`) and give the new present."""
        return self.set(self._instant + timedelta(**length))

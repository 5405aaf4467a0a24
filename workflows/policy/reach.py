"""How far from the present the dates may lie that people type: what lies beyond is a slip of the finger."""

from datetime import date, datetime, timedelta

# Nobody who works here was appointed before.
EARLIEST_DAY = date(1945, 1, 1)
YEARS_AHEAD = 10

# No review lasts longer than a school year, and it is ordered in the year before.
DEADLINE_AHEAD_FOR = timedelta(days=730)


def days_within_reach(today: date) -> tuple[date, date]:
    """Give the first and the last day that a field takes."""
    return EARLIEST_DAY, date(today.year + YEARS_AHEAD, 12, 31)


def last_deadline(now: datetime) -> datetime:
    """Give the last instant that a deadline can have."""
    return now + DEADLINE_AHEAD_FOR

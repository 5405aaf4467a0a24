"""Which deadlines of a campaign come after which, and how the later ones follow when an earlier one moves (C3).

What is moved, and by whom, is not known here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from workflows.policy.calendar import WorkingCalendar

# A school confirms what its people and classes have finished, and only then is its report accepted.
LATER = {"staff": ("school", "report"), "class": ("school", "report"), "school": ("report",)}


@dataclass(frozen=True, slots=True)
class Follower:
    """A later deadline that would lie before the moved one, and the instant to which it could follow."""

    key: str
    before: datetime
    after: datetime


def followers(
    key: str,
    due_at: datetime,
    dues: Callable[[str], Sequence[datetime]],
    calendar: WorkingCalendar,
) -> list[Follower]:
    """List the later deadlines that a moved one overtakes, in their order.

    `dues` gives the present instants of a deadline for those concerned. Each follows by as many working days as the
    moved one was moved, and never lies before it.
    """
    present = max(dues(key), default=due_at)
    days = max(calendar.workdays_between(present, due_at), 1)
    found, bound = [], due_at
    for later in LATER.get(key, ()):
        instants = dues(later)
        if not instants or min(instants) >= bound:
            continue
        last = max(instants)
        moved = calendar.shift(last, f"{days}d")
        if moved < bound:
            moved = calendar.add_workdays(bound, 0)
        found.append(Follower(later, last, moved))
        bound = moved
    return found

"""Which deadlines of a campaign come after which, and how the later ones follow when an earlier one moves (C3).

What is moved, and by whom, is not known here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from workflows.policy.calendar import WorkingCalendar


def N_(text: str) -> str:
    """Mark a text for the catalogue of translations."""
    return text


TITLES = {
    "staff": N_("Staff review"),
    "class": N_("Class review"),
    "school": N_("Confirmation of the school"),
    "report": N_("Report to the superior unit"),
}

# A school confirms what its people and classes have finished, and only then is its report accepted.
LATER = {"staff": ("school", "report"), "class": ("school", "report"), "school": ("report",)}

# Not bound by the procedure, but mostly a slip: the other way round than the directive has it.
USUALLY_LATER = {"staff": ("class",)}


def reversed_pairs(
    dues: Mapping[str, datetime], order: Mapping[str, Sequence[str]] = LATER
) -> list[tuple[str, str]]:
    """List which deadlines lie before which others that should end first: (later, earlier)."""
    return [
        (later, earlier)
        for earlier, following in order.items()
        for later in following
        if earlier in dues and later in dues and dues[later] < dues[earlier]
    ]


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

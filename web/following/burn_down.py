"""The burn-down against the deadline: numbers for the table, and the same as points of a drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from web.following.place import Place
from web.request_work import read_session, working_calendar
from workflows.queries.following.progress import done_until

# More columns than this cannot be told apart on a phone.
MOST_POINTS = 30
HEIGHT, LEFT, TOP = 150, 44, 12
# Of the axis on a phone and on a wide screen: the letters stay as large as they are.
WIDTHS = (360, 1060)


@dataclass(frozen=True, slots=True)
class Point:
    """What remained at an instant, and where that lies in the drawing."""

    at: datetime
    remaining: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class BurnDown:
    """A drawing, its axes and its points."""

    points: Sequence[Point]
    must: int
    due_at: datetime | None
    due_x: float | None
    width: int
    height: int = HEIGHT + TOP + 28
    left: int = LEFT
    top: int = TOP
    bottom: int = HEIGHT + TOP

    @property
    def line(self) -> str:
        """The points as SVG writes them."""
        return " ".join(f"{point.x:.1f},{point.y:.1f}" for point in self.points)

    @property
    def ideal(self) -> str:
        """An even pace from the start to the deadline."""
        if self.due_x is None:
            return ""
        return f"{self.left},{self.top} {self.due_x:.1f},{self.bottom}"


def burn_down(place: Place, unit_ids: Sequence[int], must: int, due_at: datetime | None) -> list[BurnDown]:
    """Draw what remained at the end of each working day since the opening, narrow and wide.

    Gives nothing where nothing is counted.
    """
    if not must:
        return []
    bounds = _bounds(place)
    done = done_until(read_session(), place.campaign.id, unit_ids, place.kinds, bounds)
    remaining = [must, *(must - number for number in done)]
    passed = list(zip(bounds, remaining, strict=True))
    return [_drawn(passed, must, due_at, width) for width in WIDTHS]


def _drawn(
    passed: Sequence[tuple[datetime, int]], must: int, due_at: datetime | None, width: int
) -> BurnDown:
    first, last = passed[0][0], max(passed[-1][0], due_at or passed[-1][0])
    length = max((last - first) / timedelta(seconds=1), 1)

    def x(at: datetime) -> float:
        return LEFT + width * min(max((at - first) / timedelta(seconds=1) / length, 0), 1)

    points = [Point(at, rest, x(at), TOP + HEIGHT * (1 - rest / must)) for at, rest in passed]
    return BurnDown(points, must, due_at, x(due_at) if due_at else None, width + LEFT + 12)


def _bounds(place: Place) -> list[datetime]:
    """Give the opening, the ends of the working days since, and the present."""
    calendar, opened, present = working_calendar(), place.campaign.opened_at, place.present
    days = max(calendar.workdays_between(opened, present), 0)
    step = max(1, -(-days // (MOST_POINTS - 2)))
    ends = [calendar.add_workdays(opened, number) for number in range(0, days + 1, step)]
    between = [end for end in ends if opened < end < present]
    return [opened, *between, max(present, opened + timedelta(seconds=1))]

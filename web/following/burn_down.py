"""The burn-down against the deadline: numbers for the table, and the same as points of a drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from web.following.place import Place
from web.request_work import read_session, working_calendar
from workflows.queries.following.progress import done_until

# More columns than this cannot be told apart on a phone.
MOST_POINTS = 30
WIDTH, HEIGHT, LEFT, TOP = 360, 150, 44, 12


@dataclass(frozen=True, slots=True)
class Point:
    """What remained at an instant, and where that lies in the drawing."""

    at: datetime
    remaining: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class BurnDown:
    """A drawing of `WIDTH` by `HEIGHT`, its axes and its points."""

    points: Sequence[Point]
    must: int
    due_at: datetime | None
    due_x: float | None
    width: int = WIDTH + LEFT + 12
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


def burn_down(place: Place, unit_ids: Sequence[int], must: int, due_at: datetime | None) -> BurnDown | None:
    """Draw what remained at the end of each working day since the opening; None where nothing is counted."""
    if not must:
        return None
    bounds = _bounds(place)
    done = done_until(read_session(), place.campaign.id, unit_ids, place.kinds, bounds)
    last = max(place.present, due_at or place.present)
    length = max((last - bounds[0]) / timedelta(seconds=1), 1)

    def x(at: datetime) -> float:
        return LEFT + WIDTH * min(max((at - bounds[0]) / timedelta(seconds=1) / length, 0), 1)

    remaining = [must, *(must - number for number in done)]
    points = [
        Point(at, rest, x(at), TOP + HEIGHT * (1 - rest / must))
        for at, rest in zip(bounds, remaining, strict=True)
    ]
    return BurnDown(points, must, due_at, x(due_at) if due_at else None)


def _bounds(place: Place) -> list[datetime]:
    """Give the opening, the ends of the working days since, and the present."""
    calendar, opened, present = working_calendar(), place.campaign.opened_at, place.present
    days = max(calendar.workdays_between(opened, present), 0)
    step = max(1, -(-days // (MOST_POINTS - 2)))
    ends = [calendar.add_workdays(opened, number) for number in range(0, days + 1, step)]
    between = [end for end in ends if opened < end < present]
    return [opened, *between, max(present, opened + timedelta(seconds=1))]

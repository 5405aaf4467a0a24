"""What the pages about progress share: which campaign, unit and subjects the address asks for, and their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask import url_for

from models.campaign import Campaign, CampaignState, SubjectKind
from models.organisation import OrganisationUnit, SchoolLevel, UnitKind
from web import typed
from web.composition import composition
from web.request_work import (
    count_by_calendar_of,
    current_actor,
    local_day,
    now,
    read_session,
    today,
    working_calendar,
)
from workflows.commands.steering.campaigns import may_open_campaign
from workflows.errors import UnitUnknown
from workflows.policy.forecast import (
    Forecast,
    Pace,
    forecast,
    misses_by_far,
    of_whole,
    pace_against,
    pace_bounds,
    stands_still,
)
from workflows.queries.following.campaigns import (
    DeadlineBook,
    deadlines_of,
    visible_campaign,
    visible_campaigns,
)
from workflows.queries.following.holdings import HeldTasks, held_tasks
from workflows.queries.following.progress import (
    REVIEWED,
    Branch,
    Counts,
    Urging,
    fill,
    mark_reports,
    tasks_elsewhere,
    territory_of,
    tops_of,
    urgings_of,
)
from workflows.queries.following.waiting import Waiting, waiting_units
from workflows.queries.organisation import sees_unit, superiors_of

# What may be counted, and the deadlines that then hold.
KINDS: dict[str, tuple[tuple[SubjectKind, ...], tuple[str, ...]]] = {
    "all": (REVIEWED, ("staff", "class")),
    "staff": ((SubjectKind.STAFF,), ("staff",)),
    "class": ((SubjectKind.CLASS,), ("class",)),
    "pupil": ((SubjectKind.PUPIL,), ("class",)),
}
# A territory up to this size shows all its units at once; of a larger one the offices open one by one.
SHOWN_AT_ONCE = 40
NONE_HELD = HeldTasks()
# A school year ends on 31 August at the latest: the next begins on 5 September.
YEAR_ENDS = (8, 31)


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody looks at: one campaign, one unit of their territory, some subjects, some levels."""

    campaign: Campaign
    campaigns: Sequence[Campaign]
    unit: OrganisationUnit
    # From the top of what the person follows down to the unit, without it.
    above: Sequence[OrganisationUnit]
    tops: Sequence[OrganisationUnit]
    kind: str
    level: SchoolLevel | None

    @property
    def kinds(self) -> tuple[SubjectKind, ...]:
        return KINDS[self.kind][0]

    @property
    def due_keys(self) -> tuple[str, ...]:
        return KINDS[self.kind][1]

    @property
    def is_school(self) -> bool:
        return self.unit.kind is UnitKind.SCHOOL

    @property
    def is_running(self) -> bool:
        return self.campaign.state is CampaignState.RUNNING

    @property
    def year_ends_on(self) -> date:
        """The last day of the school year: a forecast behind it says nothing."""
        last = self.campaign.school_year.rpartition("-")[2]
        year = int(last) if last.isascii() and last.isdecimal() and len(last) == 4 else self.present.year
        return date(year, *YEAR_ENDS)

    @property
    def present(self) -> datetime:
        """The instant up to which things are counted: now, or the end of a closed campaign."""
        return min(now(), self.campaign.closed_at or now())

    def url(self, endpoint: str = "progress.show", **changes: Any) -> str:
        """Give the address of a page about the same place, with changes."""
        query = {
            "campaign": self.campaign.id,
            "unit": self.unit.id,
            "kind": None if self.kind == "all" else self.kind,
            "level": self.level,
        }
        return url_for(endpoint, **{**query, **changes})


@dataclass(frozen=True, slots=True)
class Line:
    """A unit in the table with everything that is said about it."""

    branch: Branch
    depth: int
    counts: Counts
    forecast: Forecast | None
    due_at: datetime | None
    still: bool
    urging: Urging | None
    waiting: Waiting | None
    pace: Pace | None = None
    # The unit below that will be done last, later than the pace of the whole says; and what it is judged against.
    held_by: OrganisationUnit | None = None
    judged_at: datetime | None = None
    is_open: bool = True
    # Open tasks about the unit that the reader's own unit has to do.
    with_reader: int = 0
    # Open tasks of the unit that an administrator holds: nobody can do them.
    held: HeldTasks = NONE_HELD

    @property
    def unit(self) -> OrganisationUnit:
        return self.branch.unit

    @property
    def may_be_urged(self) -> bool:
        """Something is open that somebody can do, and not the reader's own unit."""
        held_there = self.held.tasks - self.held.with_reader
        return self.branch.own.tasks > self.with_reader + held_there

    @property
    def is_held_in_part(self) -> bool:
        """An administrator holds some of its open tasks, and not all of them."""
        return 0 < self.held.tasks < self.branch.own.tasks

    @property
    def is_held_whole(self) -> bool:
        """An administrator holds all of its open tasks."""
        return 0 < self.branch.own.tasks <= self.held.tasks

    @property
    def misses_deadline(self) -> bool:
        """The forecast lies behind the deadline."""
        if self.forecast is None or self.judged_at is None:
            return False
        return self.forecast.on > local_day(self.judged_at)

    @property
    def day_is_useless(self) -> bool:
        """There is a pace, and at this pace the rest takes so long that a day says nothing."""
        if self.pace is None or self.pace.present == 0 or self.judged_at is None:
            return False
        return self.forecast is None or misses_by_far(self.forecast, self.judged_at, working_calendar())


def chosen_place() -> Place | None:
    """Read from the address what somebody wants to see; None where no campaign touches their units.

    Refuses campaigns and units outside the person's territory with CampaignGone and UnitUnknown (C8).
    """
    reading, actor, on = read_session(), current_actor(), today()
    campaigns = visible_campaigns(reading, actor, on)
    asked = typed.asked_number("campaign")
    tops = tops_of(reading, actor, on)
    if not tops or (not campaigns and asked is None):
        return None
    found = next((one for one in campaigns if one.id == asked), None)
    campaign = found or (visible_campaign(reading, actor, asked, on) if asked else campaigns[0])
    unit_id = typed.asked_number("unit") or tops[0].id
    unit = reading.get(OrganisationUnit, unit_id)
    if unit is None or not sees_unit(reading, actor, unit_id, on):
        raise UnitUnknown
    count_by_calendar_of(unit_id)
    return Place(
        campaign,
        campaigns,
        unit,
        _above(unit, tops),
        tops,
        typed.choice("kind", KINDS, "all"),
        next((level for level in SchoolLevel if level == typed.asked("level")), None),
    )


def _above(unit: OrganisationUnit, tops: Sequence[OrganisationUnit]) -> list[OrganisationUnit]:
    highest = {top.id for top in tops}
    if unit.id in highest:
        return []
    above: list[OrganisationUnit] = []
    for superior in superiors_of(read_session(), unit.id, today()):
        above.insert(0, superior)
        if superior.id in highest:
            return above
    return []


def read_tree(place: Place) -> Branch:
    """Count the whole territory of a place."""
    top = territory_of(read_session(), place.unit, today(), place.level)
    bounds = pace_bounds(place.present, place.campaign.opened_at, working_calendar())
    fill(read_session(), top, place.campaign.id, place.kinds, place.present, bounds)
    return mark_reports(read_session(), top, place.campaign.id, is_report)


def is_report(version_id: int, element_id: str) -> bool:
    """Tell whether a step is about the report of a whole unit."""
    step = composition().engine.specification(version_id).steps.get(element_id)
    return step is not None and step.review == "unit"


def ids_of(branch: Branch) -> list[int]:
    """List the units of a tree."""
    return [branch.unit.id, *(unit_id for below in branch.below for unit_id in ids_of(below))]


def lines_of(place: Place, top: Branch, opened: set[int] | None) -> list[Line]:
    """Lay the units below the top out as rows, late and stuck first; `opened` None opens all."""
    book = deadlines_of(read_session(), place.campaign.id)
    shown = list(_walk(place, top, book, 0, opened))
    ids = [line.unit.id for line in shown]
    urgings = urgings_of(read_session(), place.campaign.id, ids)
    waits = waiting_units(read_session(), place.campaign.id, ids, today()) if place.is_running else {}
    mine, held = _with_reader(place, ids), _held(place, ids)
    return [
        replace(
            line,
            urging=urgings.get(line.unit.id),
            waiting=waits.get(line.unit.id),
            with_reader=mine.get(line.unit.id, 0),
            held=held.get(line.unit.id, NONE_HELD),
        )
        for line in shown
    ]


def _with_reader(place: Place, unit_ids: Sequence[int]) -> dict[int, int]:
    return tasks_elsewhere(read_session(), place.campaign.id, unit_ids, _own_units())


def _held(place: Place, unit_ids: Sequence[int]) -> dict[int, HeldTasks]:
    if not place.is_running:
        return {}
    return held_tasks(read_session(), place.campaign.id, unit_ids, _own_units())


def _own_units() -> set[int]:
    return {held.unit_id for held in current_actor().held}


def line_of(place: Place, branch: Branch, book: DeadlineBook, depth: int = 0, is_open: bool = True) -> Line:
    """Judge one unit with all below it: when it will be done, whether it stands still."""
    counts, calendar = branch.counts, working_calendar()
    running = place.is_running
    due_at = _due(place, branch, book)
    told, last = _forecast(branch, place.present) if running else (None, None)
    last_due = _due(place, last, book) if last else None
    return Line(
        branch=branch,
        depth=depth,
        counts=counts,
        forecast=told,
        due_at=due_at,
        still=running and stands_still(counts.remaining, counts.lately),
        urging=None,
        waiting=None,
        pace=pace_against(counts.remaining, counts.lately, place.present, due_at, calendar)
        if running and due_at
        else None,
        held_by=last.unit if last else None,
        judged_at=max((at for at in (due_at, last_due) if at is not None), default=None),
        is_open=is_open,
    )


def _due(place: Place, branch: Branch, book: DeadlineBook) -> datetime | None:
    alone = branch.unit.kind is UnitKind.SCHOOL
    schools = branch.schools() or [branch.unit]
    instants = (book.heading(key, schools, alone) for key in place.due_keys)
    return max((at for at in instants if at is not None), default=None)


def _forecast(branch: Branch, present: datetime) -> tuple[Forecast | None, Branch | None]:
    """Judge a whole with its parts; give the lowest part that will be done after the whole's own pace, too."""
    counts = branch.counts
    own = forecast(counts.remaining, counts.lately, present, working_calendar())
    if own is None:
        return None, None
    told, last = own, None
    for below in branch.below:
        part, lowest = _forecast(below, present)
        if part is not None:
            last = (lowest or below) if part.on > told.on else last
            told = of_whole(told, [part])
    return told, last


def _walk(
    place: Place, branch: Branch, book: DeadlineBook, depth: int, opened: set[int] | None
) -> list[Line]:
    lines: list[Line] = []
    below = [
        line_of(place, one, book, depth, is_open=opened is None or one.unit.id in opened)
        for one in branch.below
    ]
    for line in sorted(below, key=_late_first):
        lines.append(line)
        if line.is_open:
            lines.extend(_walk(place, line.branch, book, depth + 1, opened))
    return lines


def _late_first(line: Line) -> tuple[object, ...]:
    counts = line.counts
    stuck = counts.late or line.still or counts.reports_returned
    concern = 0 if stuck else 1 if counts.remaining or counts.tasks else 2
    return (
        concern,
        -counts.late,
        not line.still,
        -counts.reports_returned,
        counts.ratio or 0.0,
        line.unit.search_text,
        line.unit.id,
    )


def own_line(place: Place, top: Branch) -> Line:
    """Judge the place itself, for the head of the page."""
    book = deadlines_of(read_session(), place.campaign.id)
    line = line_of(place, top, book)
    ids = [place.unit.id]
    urging = urgings_of(read_session(), place.campaign.id, ids).get(place.unit.id)
    waits = waiting_units(read_session(), place.campaign.id, ids, today()) if place.is_running else {}
    return replace(
        line,
        urging=urging,
        waiting=waits.get(place.unit.id),
        with_reader=_with_reader(place, ids).get(place.unit.id, 0),
        held=_held(place, ids).get(place.unit.id, NONE_HELD),
    )


def units_to_open() -> list[OrganisationUnit]:
    """List the units for whose territory the visitor may open a campaign, the highest first."""
    actor, reading = current_actor(), read_session()
    held = [reading.get_one(OrganisationUnit, one) for one in sorted({held.unit_id for held in actor.held})]
    order = list(UnitKind)
    return sorted(
        (unit for unit in held if may_open_campaign(actor, unit)), key=lambda unit: order.index(unit.kind)
    )

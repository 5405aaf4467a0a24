"""Progress of a territory: done, open, late and returned of each unit, counted along the indexes (C8).

"Done" and its like count entries of the roster; "late" counts open tasks that are past their due time, because a
school can be late with a step that is about nobody in particular.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import accumulate, pairwise

from sqlalchemy import Case, Integer, Select, case, func, literal, select
from sqlalchemy.orm import Session

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.journal import JournalEntry, JournalKind
from models.organisation import OrganisationUnit, ReportingLine, SchoolLevel, UnitKind
from models.task import Task, TaskState
from workflows.actor import Actor
from workflows.queries.organisation import in_force, subtree, visible_units

# Each of these is brought to an outcome by a procedure of its own; pupils are decided within their class.
REVIEWED = (SubjectKind.STAFF, SubjectKind.CLASS)
FINISHED = (RosterState.DONE, RosterState.EXCUSED)
REMAINING = (RosterState.OPEN, RosterState.RETURNED)


@dataclass(frozen=True, slots=True)
class Counts:
    """Entries by what became of them, and open tasks. Who left counts nowhere (C6)."""

    done: int = 0
    # Among `done`: accepted exceptions (P1.3).
    excused: int = 0
    open: int = 0
    returned: int = 0
    tasks: int = 0
    late: int = 0
    # Done in each of the last working days, the oldest first.
    lately: tuple[int, ...] = ()
    # Reports that wait for the superior unit, and that it sent back: a unit is not finished with either.
    reports_waiting: int = 0
    reports_returned: int = 0

    @property
    def must(self) -> int:
        return self.done + self.open + self.returned

    @property
    def remaining(self) -> int:
        return self.open + self.returned

    @property
    def ratio(self) -> float | None:
        return self.done / self.must if self.must else None

    def __add__(self, other: "Counts") -> "Counts":
        longer, shorter = sorted((self.lately, other.lately), key=len, reverse=True)
        padded = (0,) * (len(longer) - len(shorter)) + shorter
        return Counts(
            done=self.done + other.done,
            excused=self.excused + other.excused,
            open=self.open + other.open,
            returned=self.returned + other.returned,
            tasks=self.tasks + other.tasks,
            late=self.late + other.late,
            lately=tuple(map(sum, zip(longer, padded, strict=True))),
            reports_waiting=self.reports_waiting + other.reports_waiting,
            reports_returned=self.reports_returned + other.reports_returned,
        )


@dataclass(frozen=True, slots=True)
class Urging:
    """How often a unit was urged, and when last."""

    times: int
    last_at: datetime


@dataclass(slots=True)
class Branch:
    """A unit of the territory with its own numbers, and what reports to it."""

    unit: OrganisationUnit
    own: Counts = field(default_factory=Counts)
    below: list["Branch"] = field(default_factory=list)

    @property
    def counts(self) -> Counts:
        """The numbers of the unit and of all below it."""
        return sum((branch.counts for branch in self.below), self.own)

    def schools(self) -> list[OrganisationUnit]:
        """List the schools of the branch."""
        own = [self.unit] if self.unit.kind is UnitKind.SCHOOL else []
        return own + [school for branch in self.below for school in branch.schools()]


def tops_of(session: Session, actor: Actor, on: date) -> list[OrganisationUnit]:
    """List the highest units somebody follows on a day: the department before an office before a school."""
    seen = visible_units(actor, on)
    visible = select(seen.c.unit_id)
    below_another = select(ReportingLine.unit_id).where(
        in_force(ReportingLine, on), ReportingLine.superior_id.in_(visible)
    )
    units = session.scalars(
        select(OrganisationUnit).where(
            OrganisationUnit.id.in_(visible), OrganisationUnit.id.not_in(below_another)
        )
    )
    order = list(UnitKind)
    return sorted(units, key=lambda unit: (order.index(unit.kind), unit.search_text, unit.id))


def territory_of(session: Session, unit: OrganisationUnit, on: date, level: SchoolLevel | None) -> Branch:
    """Build the tree of units below one on a day; with a level, only its schools and the units above them."""
    reached = subtree([unit.id], on)
    rows = session.execute(
        select(OrganisationUnit, ReportingLine.superior_id)
        .join(reached, reached.c.unit_id == OrganisationUnit.id)
        .join(ReportingLine, (ReportingLine.unit_id == OrganisationUnit.id) & in_force(ReportingLine, on))
        .where(OrganisationUnit.id != unit.id)
        .order_by(OrganisationUnit.search_text, OrganisationUnit.id)
    ).all()
    top = Branch(unit)
    branches = {unit.id: top} | {row[0].id: Branch(row[0]) for row in rows}
    for below, superior_id in rows:
        school_of_other_level = below.kind is UnitKind.SCHOOL and level is not None
        if school_of_other_level and level not in below.levels:
            continue
        if superior_id in branches:
            branches[superior_id].below.append(branches[below.id])
    return top


def fill(
    session: Session,
    top: Branch,
    campaign_id: int,
    kinds: Collection[SubjectKind],
    now: datetime,
    bounds: Sequence[datetime],
) -> Branch:
    """Put the numbers on a tree and drop the units that the campaign does not touch."""
    units = _ids(top)
    entries = entry_counts(session, campaign_id, units, kinds, bounds)
    for unit_id, (tasks, late) in task_counts(session, campaign_id, units, now).items():
        entries[unit_id] = replace(entries.get(unit_id, Counts()), tasks=tasks, late=late)
    return _pruned(top, entries)


def mark_reports(
    session: Session, top: Branch, campaign_id: int, is_report: Callable[[int, str], bool]
) -> Branch:
    """Note on a filled tree where the report lies of each unit whose entries are all finished.

    `is_report` tells of a version and an element whether the step is about the report of the whole unit. Only the
    open tasks of such units are read: there are few.
    """
    finished = {one.unit.id: one for one in _branches(top) if one.own.tasks and not one.own.remaining}
    if not finished:
        return top
    for unit_id, version_id, element_id, elsewhere, returned, number in session.execute(
        reports_query(campaign_id, finished)
    ):
        if is_report(version_id, element_id):
            own = finished[unit_id].own
            finished[unit_id].own = replace(
                own,
                reports_waiting=own.reports_waiting + (number if elsewhere else 0),
                reports_returned=own.reports_returned + (number if returned and not elsewhere else 0),
            )
    return top


def report_steps(
    session: Session, campaign_id: int, unit_ids: Collection[int], is_report: Callable[[int, str], bool]
) -> list[tuple[int, str]]:
    """List the open steps of units, by version and element, that are about the report of a whole unit."""
    rows = session.execute(reports_query(campaign_id, unit_ids))
    return sorted({(row[1], row[2]) for row in rows if is_report(row[1], row[2])})


def reports_query(campaign_id: int, unit_ids: Collection[int]) -> Select[int, int, str, bool, bool, int]:
    """Build the count of open tasks by step, by whether another unit has them and whether they came back."""
    elsewhere = func.coalesce(Task.role_unit_id, Task.unit_id) != Task.unit_id
    returned = Task.returned_reason != ""
    keys = (Task.unit_id, Task.version_id, Task.element_id, elsewhere, returned)
    return (
        select(*keys, func.count())
        .where(Task.campaign_id == campaign_id, Task.unit_id.in_(unit_ids), Task.state == TaskState.OPEN)
        .group_by(*keys)
    )


def tasks_elsewhere(
    session: Session, campaign_id: int, unit_ids: Collection[int], own_units: Collection[int]
) -> dict[int, int]:
    """Count for each unit the open tasks that do not lie in it but in one of somebody's own units."""
    rows = session.execute(
        select(Task.unit_id, func.count())
        .where(
            Task.campaign_id == campaign_id,
            Task.unit_id.in_(unit_ids),
            Task.state == TaskState.OPEN,
            Task.role_unit_id != Task.unit_id,
            Task.role_unit_id.in_(own_units),
        )
        .group_by(Task.unit_id)
    )
    return {unit_id: number for unit_id, number in rows}  # noqa: C416  (rows are no plain pairs)


def _branches(branch: Branch) -> Iterator[Branch]:
    yield branch
    for below in branch.below:
        yield from _branches(below)


def _ids(branch: Branch) -> list[int]:
    return [branch.unit.id, *(unit_id for below in branch.below for unit_id in _ids(below))]


def _pruned(branch: Branch, counts: Mapping[int, Counts]) -> Branch:
    branch.own = counts.get(branch.unit.id, Counts())
    kept = [_pruned(below, counts) for below in branch.below]
    branch.below = [below for below in kept if below.counts.must or below.counts.tasks]
    return branch


def entry_counts(
    session: Session,
    campaign_id: int,
    unit_ids: Collection[int],
    kinds: Collection[SubjectKind],
    bounds: Sequence[datetime],
) -> dict[int, Counts]:
    """Count the entries of units by state, and those done between each two of the bounds."""
    counted: dict[int, Counts] = {}
    for unit_id, state, window, number in session.execute(
        entries_query(campaign_id, unit_ids, kinds, bounds)
    ):
        lately = [0] * (len(bounds) - 1)
        if state in FINISHED and window:
            lately[window - 1] = number
        one = Counts(
            done=number if state in FINISHED else 0,
            excused=number if state is RosterState.EXCUSED else 0,
            open=number if state is RosterState.OPEN else 0,
            returned=number if state is RosterState.RETURNED else 0,
            lately=tuple(lately),
        )
        counted[unit_id] = counted.get(unit_id, Counts()) + one
    return counted


def entries_query(
    campaign_id: int, unit_ids: Collection[int], kinds: Collection[SubjectKind], bounds: Sequence[datetime]
) -> Select[int, RosterState, int, int]:
    """Build the count of entries by unit, state and day; answered from `ix_roster_entry_progress` alone."""
    window = window_of(bounds).label("window")
    return (
        select(RosterEntry.unit_id, RosterEntry.state, window, func.count())
        .where(
            RosterEntry.campaign_id == campaign_id,
            RosterEntry.unit_id.in_(unit_ids),
            RosterEntry.kind.in_(kinds),
            RosterEntry.state != RosterState.LEFT,
        )
        .group_by(RosterEntry.unit_id, RosterEntry.state, window)
    )


def window_of(bounds: Sequence[datetime]) -> Case[int]:
    """Number the span between two bounds in which an entry was decided, from 1; 0 for before and never."""
    spans = [
        ((RosterEntry.decided_at > after) & (RosterEntry.decided_at <= until), literal(number, Integer))
        for number, (after, until) in enumerate(pairwise(bounds), start=1)
    ]
    return case(*spans, else_=literal(0, Integer))


def task_counts(
    session: Session, campaign_id: int, unit_ids: Collection[int], now: datetime
) -> dict[int, tuple[int, int]]:
    """Count the open and the late tasks of units."""
    rows = session.execute(tasks_query(campaign_id, unit_ids, now))
    return {unit_id: (tasks, late) for unit_id, tasks, late in rows}


def tasks_query(campaign_id: int, unit_ids: Collection[int], now: datetime) -> Select[int, int, int]:
    """Build the count of open and late tasks by unit; answered from `ix_task_progress` alone."""
    late = func.count().filter(Task.due_at <= now)
    return (
        select(Task.unit_id, func.count(), late)
        .where(Task.campaign_id == campaign_id, Task.unit_id.in_(unit_ids), Task.state == TaskState.OPEN)
        .group_by(Task.unit_id)
    )


def urgings_of(session: Session, campaign_id: int, unit_ids: Collection[int]) -> dict[int, Urging]:
    """Give how often units were urged and when last (C4)."""
    rows = session.execute(
        select(JournalEntry.unit_id, func.count(), func.max(JournalEntry.at))
        .where(
            JournalEntry.kind == JournalKind.URGED,
            JournalEntry.campaign_id == campaign_id,
            JournalEntry.unit_id.in_(unit_ids),
        )
        .group_by(JournalEntry.unit_id)
    )
    return {unit_id: Urging(times, last_at) for unit_id, times, last_at in rows}


def done_until(
    session: Session,
    campaign_id: int,
    unit_ids: Collection[int],
    kinds: Collection[SubjectKind],
    bounds: Sequence[datetime],
) -> list[int]:
    """Give how many entries of a territory were done by each of the bounds after the first: for a burn-down.

    What came back counts as open all along, because its decision no longer holds.
    """
    window = window_of(bounds).label("window")
    rows = session.execute(
        select(window, func.count())
        .where(
            RosterEntry.campaign_id == campaign_id,
            RosterEntry.unit_id.in_(unit_ids),
            RosterEntry.kind.in_(kinds),
            RosterEntry.state.in_(FINISHED),
        )
        .group_by(window)
    )
    counts = {number: count for number, count in rows}  # noqa: C416  (rows are no plain pairs)
    return list(accumulate(counts.get(number, 0) for number in range(1, len(bounds))))

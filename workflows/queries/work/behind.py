"""The list behind each number of the progress pages: entries of the roster, or tasks, a page at a time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.journal import JournalEntry, JournalKind
from models.organisation import OrganisationUnit
from models.task import Task, TaskState
from workflows.queries.work.inbox_list import about_class

PAGE = 50
TOLD_LATE = timedelta(hours=1)
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list; pages count from 1."""

    rows: Sequence[Row]
    number: int
    total: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry with the unit it belongs to."""

    entry: RosterEntry
    unit: OrganisationUnit


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the escalation ladder that was climbed for a task."""

    at: datetime
    kind: JournalKind
    to: str
    people: tuple[int, ...] = ()
    # Which rung of the drawing it was: how far from the deadline, and to whom (the head's own step goes higher).
    after: str = ""
    drawn: str = ""
    # When it was due; `at` is later where no worker ran then.
    planned_at: datetime | None = None

    @property
    def due_at(self) -> datetime:
        return self.planned_at or self.at

    @property
    def late_by_far(self) -> bool:
        """People were told so much later that the instant has to be said as well."""
        return self.at - self.due_at > TOLD_LATE


def entries_behind(
    session: Session,
    campaign_id: int,
    unit_ids: Collection[int],
    kinds: Collection[SubjectKind],
    states: Collection[RosterState],
    number: int,
    class_id: int | None = None,
) -> Page[Entry]:
    """List entries by unit and name."""
    conditions = [
        RosterEntry.campaign_id == campaign_id,
        RosterEntry.unit_id.in_(unit_ids),
        RosterEntry.kind.in_(kinds),
        RosterEntry.state.in_(states),
    ]
    if class_id is not None:
        conditions.append(RosterEntry.class_id == class_id)
    total = session.scalar(select(func.count()).select_from(RosterEntry).where(*conditions)) or 0
    rows = session.execute(
        select(RosterEntry, OrganisationUnit)
        .join(OrganisationUnit, OrganisationUnit.id == RosterEntry.unit_id)
        .where(*conditions)
        .order_by(OrganisationUnit.search_text, RosterEntry.kind, RosterEntry.sort_key, RosterEntry.id)
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    )
    return Page([Entry(entry, unit) for entry, unit in rows], number, total)


@dataclass(frozen=True, slots=True)
class Reports:
    """The steps that are about the report of a whole unit, and whether another unit has it."""

    steps: Sequence[tuple[int, str]]
    elsewhere: bool


def tasks_behind(
    session: Session,
    campaign_id: int,
    unit_ids: Collection[int],
    *,
    now: datetime,
    late: bool = False,
    returned: bool = False,
    class_id: int | None = None,
    reports: Reports | None = None,
    number: int = 1,
) -> Page[Task]:
    """List open tasks, the longest due first; only late or returned ones, those about a class or reports, if asked."""
    conditions: list[ColumnElement[bool]] = [
        Task.campaign_id == campaign_id,
        Task.unit_id.in_(unit_ids),
        Task.state == TaskState.OPEN,
    ]
    if late:
        conditions.append(Task.due_at <= now)
    if returned:
        conditions.append(Task.returned_reason != "")
    if class_id is not None:
        conditions.append(about_class(class_id))
    if reports is not None:
        elsewhere = func.coalesce(Task.role_unit_id, Task.unit_id) != Task.unit_id
        conditions.append(elsewhere if reports.elsewhere else ~elsewhere)
        conditions.append(tuple_(Task.version_id, Task.element_id).in_(reports.steps))
    total = session.scalar(select(func.count()).select_from(Task).where(*conditions)) or 0
    rows = session.scalars(
        _tasks(conditions).order_by(Task.due_at, Task.id).limit(PAGE).offset((number - 1) * PAGE)
    ).all()
    return Page(rows, number, total)


def open_tasks_of(
    session: Session, campaign_id: int, unit_ids: Collection[int], person_id: int
) -> Sequence[Task]:
    """List the open tasks of a person within some units, the longest due first."""
    mine: list[ColumnElement[bool]] = [
        Task.assignee_id == person_id,
        Task.state == TaskState.OPEN,
        Task.campaign_id == campaign_id,
        Task.unit_id.in_(unit_ids),
    ]
    return session.scalars(_tasks(mine).order_by(Task.due_at, Task.id)).all()


def tasks_about(session: Session, campaign_id: int, staff_id: int, unit_id: int) -> Sequence[Task]:
    """List the open tasks about somebody's own record."""
    about: list[ColumnElement[bool]] = [
        Task.campaign_id == campaign_id,
        Task.unit_id == unit_id,
        Task.state == TaskState.OPEN,
        Task.subject_kind == SubjectKind.STAFF,
        Task.subject_id == staff_id,
    ]
    return session.scalars(_tasks(about).order_by(Task.due_at, Task.id)).all()


def done_tasks_of(
    session: Session, campaign_id: int, unit_ids: Collection[int], person_id: int
) -> Sequence[Task]:
    """List what a person completed within some units, the last one first."""
    return session.scalars(
        select(Task)
        .where(
            Task.completed_by_id == person_id,
            Task.campaign_id == campaign_id,
            Task.unit_id.in_(unit_ids),
            Task.state == TaskState.COMPLETED,
        )
        .order_by(Task.completed_at.desc(), Task.id.desc())
        .limit(PAGE)
    ).all()


def _tasks(conditions: Sequence[ColumnElement[bool]]) -> Any:
    return select(Task).where(*conditions).options(joinedload(Task.assignee), joinedload(Task.unit))


def rungs_of(session: Session, task_ids: Collection[int]) -> dict[int, list[Rung]]:
    """Give the reminders and escalations that tasks have seen, in order (C4)."""
    climbed: dict[int, list[Rung]] = {}
    rows = session.scalars(
        select(JournalEntry)
        .where(
            JournalEntry.task_id.in_(task_ids),
            or_(JournalEntry.kind == JournalKind.REMINDED, JournalEntry.kind == JournalKind.ESCALATED),
        )
        .order_by(JournalEntry.id)
    )
    for entry in rows:
        people = tuple(one for one in entry.details.get("people", ()) if isinstance(one, int))
        after = str(entry.details.get("after", ""))
        to = str(entry.details.get("to", ""))
        planned = entry.details.get("planned_at")
        rung = Rung(
            entry.at,
            entry.kind,
            to,
            people,
            after,
            str(entry.details.get("drawn", to)),
            datetime.fromisoformat(planned) if planned else None,
        )
        climbed.setdefault(entry.task_id or 0, []).append(rung)
    return climbed

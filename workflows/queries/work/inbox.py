"""The inbox of a person: what they can act on now and nothing else, in the order of due times.

Each source (own tasks; tasks of a role nobody has claimed) is one walk along an index that stops after a page, so
the first page costs the same with ten thousand and with ten million open tasks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select, tuple_
from sqlalchemy.orm import Session

from models.task import Task, TaskState
from workflows.actor import Actor
from workflows.policy.person_names import fold

PAGE = 50
# Written out, not bound: only then may a database that keeps a plan for all values use the indexes of open tasks.
IS_OPEN = Task.state == literal_column(f"'{TaskState.OPEN}'", Task.__table__.c.state.type)

_ROW = (
    Task.id,
    Task.version_id,
    Task.element_id,
    Task.campaign_id,
    Task.unit_id,
    Task.subject_kind,
    Task.subject_id,
    Task.subject_name,
    Task.assignee_id,
    Task.role,
    Task.role_unit_id,
    Task.accountable_id,
    Task.opened_at,
    Task.due_at,
    Task.rungs_climbed,
    Task.returned_reason,
    Task.instance_id,
)


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """What the address of the page asks for; empty values do not filter."""

    campaign_id: int | None = None
    element_id: str = ""
    unit_id: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One open task, with what a row shows."""

    id: int
    version_id: int
    element_id: str
    campaign_id: int | None
    unit_id: int
    subject_kind: str
    subject_id: int
    subject_name: str
    assignee_id: int | None
    role: str | None
    role_unit_id: int | None
    accountable_id: int | None
    opened_at: datetime
    due_at: datetime
    rungs_climbed: int
    returned_reason: str
    instance_id: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after this due time and task."""

    due_at: datetime
    task_id: int

    def __str__(self) -> str:
        return f"{self.due_at.isoformat()}~{self.task_id}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """Read a cursor from an address; None for anything else."""
        due, _, task_id = text.partition("~")
        try:
            cursor = cls(datetime.fromisoformat(due), int(task_id))
        except ValueError:
            return None
        return cursor if cursor.due_at.tzinfo and 0 < cursor.task_id < 2**63 else None


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """How many tasks by urgency; the sum is the number on the tab."""

    overdue: int
    today: int
    week: int
    later: int

    @property
    def total(self) -> int:
        return self.overdue + self.today + self.week + self.later


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page of rows in the order of due times, and the cursor of the next one."""

    rows: Sequence[InboxRow]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Bounds:
    """The instants between the groups: now, the end of today, the end of the week."""

    now: datetime
    today: datetime
    week: datetime

    @classmethod
    def of(cls, now: datetime, zone: Any) -> "Bounds":
        """Compute them for a time zone; the week ends on Sunday night."""
        local = now.astimezone(zone)
        midnight = datetime.combine(local.date() + timedelta(days=1), time.min, zone)
        return cls(now, midnight, midnight + timedelta(days=6 - local.weekday()))

    def group(self, due_at: datetime) -> str:
        """Name the group of a due time: overdue, today, week or later."""
        if due_at < self.now:
            return "overdue"
        if due_at < self.today:
            return "today"
        return "week" if due_at < self.week else "later"


def inbox_of(
    session: Session, actor: Actor, wanted: InboxFilter, after: Cursor | None = None, limit: int = PAGE
) -> InboxPage:
    """Give one page of what the person can act on, earliest due first."""
    found = [row for query in page_queries(actor, wanted, after, limit + 1) for row in session.execute(query)]
    rows = sorted((InboxRow(*row) for row in found), key=lambda row: (row.due_at, row.id))
    page = rows[:limit]
    more = Cursor(page[-1].due_at, page[-1].id) if len(rows) > limit else None
    return InboxPage(page, more)


def page_queries(
    actor: Actor, wanted: InboxFilter, after: Cursor | None, limit: int
) -> list[Select[*tuple[Any, ...]]]:
    """Build a query for each source, which walks its own index as far as a page.

    One statement that merges them took longer to build than all of these take together.
    """
    queries: list[Select[*tuple[Any, ...]]] = []
    for source in sources_of(actor):
        query = select(*_ROW).where(IS_OPEN, source, *conditions_of(wanted))
        if after is not None:
            query = query.where(tuple_(Task.due_at, Task.id) > (after.due_at, after.task_id))
        queries.append(query.order_by(Task.due_at, Task.id).limit(limit))
    return queries


def counts_of(session: Session, actor: Actor, wanted: InboxFilter, bounds: Bounds) -> InboxCounts:
    """Count what the person can act on by urgency."""
    counts = [0, 0, 0, 0]
    for source in sources_of(actor):
        query = select(
            func.count().filter(Task.due_at < bounds.now),
            func.count().filter(Task.due_at >= bounds.now, Task.due_at < bounds.today),
            func.count().filter(Task.due_at >= bounds.today, Task.due_at < bounds.week),
            func.count().filter(Task.due_at >= bounds.week),
        ).where(IS_OPEN, source, *conditions_of(wanted))
        counts = [sum(pair) for pair in zip(counts, session.execute(query).one(), strict=True)]
    return InboxCounts(*counts)


def choices_of(session: Session, actor: Actor) -> tuple[list[int], list[tuple[int, str]], list[int]]:
    """List the campaigns, steps (version, element) and units that occur in the inbox, for the filters."""
    seen: set[tuple[int | None, int, str, int]] = set()
    for source in sources_of(actor):
        query = (
            select(Task.campaign_id, func.max(Task.version_id), Task.element_id, Task.unit_id)
            .where(IS_OPEN, source)
            .group_by(Task.campaign_id, Task.element_id, Task.unit_id)
            .limit(200)
        )
        seen.update((row[0], row[1], row[2], row[3]) for row in session.execute(query))
    campaigns = sorted({campaign for campaign, _, _, _ in seen if campaign is not None})
    steps = {element: version for _, version, element, _ in seen}
    units = sorted({unit for _, _, _, unit in seen})
    return campaigns, [(version, element) for element, version in steps.items()], units


def sources_of(actor: Actor) -> list[ColumnElement[bool]]:
    """Give the condition of each source: own tasks, those of each role held that nobody has claimed."""
    mine: list[ColumnElement[bool]] = [Task.assignee_id == actor.person_id]
    roles = {(held.unit_id, str(held.position)) for held in actor.held}
    mine.extend(
        and_(Task.assignee_id.is_(None), Task.role_unit_id == unit_id, Task.role == role)
        for unit_id, role in sorted(roles)
    )
    return mine


def conditions_of(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    """Give what a filter asks of a task."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.campaign_id is not None:
        conditions.append(Task.campaign_id == wanted.campaign_id)
    if wanted.element_id:
        conditions.append(Task.element_id == wanted.element_id)
    if wanted.unit_id is not None:
        conditions.append(Task.unit_id == wanted.unit_id)
    for word in fold(wanted.words).split()[:5]:
        conditions.append(Task.search_text.contains(word, autoescape=True))
    return conditions

"""The inbox of a person: what they can act on now and nothing else, in one of three orders.

Each source (own tasks; tasks of a role nobody has claimed) is one walk along an index that stops after a page, so
the first page costs the same with ten thousand and with ten million open tasks. The orders by arrival and by name sort
what one source holds: an index for each would be written at every step of everybody (`docs/decisions/0010`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.campaign import SubjectKind
from models.school import TeachingAssignment
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
    Task.sort_key,
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


class Order(StrEnum):
    """In which order an inbox is listed."""

    DUE = "due"
    # What came last stands first.
    RECEIVED = "received"
    NAME = "name"

    @property
    def column(self) -> InstrumentedAttribute[Any]:
        """The column that the rows are sorted by."""
        columns: dict[Order, InstrumentedAttribute[Any]] = {
            Order.DUE: Task.due_at,
            Order.RECEIVED: Task.opened_at,
            Order.NAME: Task.sort_key,
        }
        return columns[self]

    @property
    def backwards(self) -> bool:
        """Whether the largest value stands first."""
        return self is Order.RECEIVED


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """What the address of the page asks for; empty values do not filter."""

    campaign_id: int | None = None
    element_id: str = ""
    class_id: int | None = None
    unit_id: int | None = None
    words: str = ""
    order: Order = Order.DUE

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.campaign_id or self.element_id or self.class_id or self.unit_id or self.words)


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
    sort_key: str
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
    """A place in a list: after this value of the column it is sorted by, and this task."""

    value: datetime | str
    task_id: int

    def __str__(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, datetime) else self.value
        return f"{value}~{self.task_id}"

    @classmethod
    def of(cls, task: "Task | InboxRow", order: Order) -> "Cursor":
        """Give the place of a task."""
        return cls(getattr(task, order.column.key), task.id)

    @classmethod
    def read(cls, text: str, order: Order = Order.DUE) -> "Cursor | None":
        """Read a cursor from an address; None for anything else."""
        given, _, task_id = text.partition("~")
        try:
            value = given if order is Order.NAME else datetime.fromisoformat(given)
            cursor = cls(value, int(task_id))
        except ValueError:
            return None
        aware = isinstance(value, str) or value.tzinfo is not None
        return cursor if aware and 0 < cursor.task_id < 2**63 else None


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
    """A page of rows in the order asked for, and the cursor of the next one."""

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
    """Give one page of what the person can act on, in the order that the filter names."""
    order = wanted.order
    found = [row for query in page_queries(actor, wanted, after, limit + 1) for row in session.execute(query)]
    rows = [InboxRow(*row) for row in found]
    rows.sort(key=lambda row: (getattr(row, order.column.key), row.id), reverse=order.backwards)
    page = rows[:limit]
    return InboxPage(page, Cursor.of(page[-1], order) if len(rows) > limit else None)


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
            query = query.where(beyond(wanted.order, after))
        queries.append(query.order_by(*in_order(wanted.order)).limit(limit))
    return queries


def beyond(order: Order, at: Cursor, *, back: bool = False) -> ColumnElement[bool]:
    """Give the condition of what stands after a place in the list, or before it."""
    place = tuple_(order.column, Task.id)
    value = (at.value, at.task_id)
    return place < value if order.backwards is not back else place > value


def in_order(order: Order, *, back: bool = False) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Give the columns to sort by, onwards or back."""
    if order.backwards is not back:
        return order.column.desc(), Task.id.desc()
    return order.column.asc(), Task.id.asc()


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
    if wanted.class_id is not None:
        conditions.append(about_class(wanted.class_id))
    if wanted.unit_id is not None:
        conditions.append(Task.unit_id == wanted.unit_id)
    for word in fold(wanted.words).split()[:5]:
        conditions.append(Task.search_text.contains(word, autoescape=True))
    return conditions


def about_class(class_id: int) -> ColumnElement[bool]:
    """Give the condition of tasks about a class: the class itself, and the subjects taught in it."""
    taught = select(TeachingAssignment.id).where(TeachingAssignment.class_id == class_id)
    return or_(
        and_(Task.subject_kind == SubjectKind.CLASS, Task.subject_id == class_id),
        and_(Task.subject_kind == SubjectKind.ASSIGNMENT, Task.subject_id.in_(taught)),
    )

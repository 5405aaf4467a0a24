"""The inbox of a person: what they can act on now and nothing else, in one of three orders.

Each source (own tasks; tasks of a role nobody has claimed) is one walk along an index that stops after a page, so
the first page costs the same with ten thousand and with ten million open tasks. The orders by arrival and by name sort
what one source holds: an index for each would be written at every step of everybody (`docs/decisions/0010`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, func, select
from sqlalchemy.orm import Session

from models.task import Task
from workflows.actor import Actor
from workflows.policy.calendar import WorkingCalendar
from workflows.queries.work.inbox_list import (
    DAY_BEGINS,
    DAY_ENDS,
    IS_RETURNED,
    Cursor,
    Day,
    Days,
    InboxFilter,
    Order,
    Query,
    Shape,
    Statement,
    beyond,
    in_order,
    over,
    shape_of,
    values_of,
    within,
)

PAGE = 50

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
    # The next working day, where the week's group reaches as far as that: on a Sunday nothing is more urgent.
    reaches: date | None = None

    @classmethod
    def of(cls, now: datetime, zone: Any, calendar: WorkingCalendar) -> "Bounds":
        """Compute them for a time zone; the week ends on Sunday night or with the next working day."""
        local = now.astimezone(zone)
        midnight = datetime.combine(local.date() + timedelta(days=1), time.min, zone)
        sunday = local.date() + timedelta(days=6 - local.weekday())
        working = calendar.add_workdays(now, 1).astimezone(zone).date()
        ends = datetime.combine(max(sunday, working) + timedelta(days=1), time.min, zone)
        return cls(now, midnight, ends, working if working > sunday else None)

    def group(self, due_at: datetime) -> str:
        """Name the group of a due time: overdue, today, week or later."""
        if due_at < self.now:
            return "overdue"
        if due_at < self.today:
            return "today"
        return "week" if due_at < self.week else "later"


def inbox_of(
    session: Session,
    actor: Actor,
    wanted: InboxFilter,
    days: Days,
    after: Cursor | None = None,
    limit: int = PAGE,
) -> InboxPage:
    """Give one page of what the person can act on, in the order that the filter names.

    By due time, returned work stands before the new work of its day.
    """
    order, shape = wanted.order, shape_of(actor, wanted)
    statement = page_statement(shape, after is not None)
    values = {**values_of(actor, wanted, after, days), "most": limit + 1}
    rows = [InboxRow(*row) for row in session.execute(statement, values)]
    rows.sort(key=lambda row: (getattr(row, order.column.key), row.id), reverse=order.backwards)
    if order is Order.DUE:
        if len(rows) > limit:
            # The page ends within this day: what was returned comes first, however late in it.
            rows += _returned_on(session, shape, values, days.around(rows[limit].due_at), after)
        rows = sorted({row.id: row for row in rows}.values(), key=days.place)
    page = rows[:limit]
    return InboxPage(page, Cursor.of(page[-1], order) if len(rows) > limit else None)


def _returned_on(
    session: Session, shape: Shape, values: Mapping[str, Any], day: Day, after: Cursor | None
) -> list[InboxRow]:
    """Give the returned work of a day, from a place on if that lies in it."""
    found = session.execute(_returned_statement(shape), {**values, **within(day)})
    rows = [InboxRow(*row) for row in found]
    if after is None or not day.begins <= after.instant < day.ends:
        return rows
    return [row for row in rows if after.returned and (row.due_at, row.id) > (after.value, after.task_id)]


@lru_cache(maxsize=256)
def _returned_statement(shape: Shape) -> Statement:
    return over(shape, _returned_of_source)


def _returned_of_source(listed: ColumnElement[bool]) -> Query:
    of_day = (listed, IS_RETURNED, Task.due_at >= DAY_BEGINS, Task.due_at < DAY_ENDS)
    return select(*_ROW).where(*of_day)


@lru_cache(maxsize=256)
def page_statement(shape: Shape, later: bool) -> Statement:
    """Build the query for a page, or a `later` one; its parameter `most` says after how many rows a source stops."""
    return over(shape, partial(_page_of_source, shape.order, later))


def _page_of_source(order: Order, later: bool, listed: ColumnElement[bool]) -> Query:
    query = select(*_ROW).where(listed)
    if later:
        query = query.where(beyond(order))
    return query.order_by(*in_order(order)).limit(bindparam("most", type_=Integer))


def counts_of(session: Session, actor: Actor, wanted: InboxFilter, bounds: Bounds) -> InboxCounts:
    """Count what the person can act on by urgency."""
    values = {
        **values_of(actor, wanted),
        "until_now": bounds.now,
        "until_today": bounds.today,
        "until_week": bounds.week,
    }
    counts = session.execute(_counts_statement(shape_of(actor, wanted)), values).all()
    return InboxCounts(*map(sum, zip(*counts, strict=True)))


@lru_cache(maxsize=256)
def _counts_statement(shape: Shape) -> Statement:
    now, today, week = (
        bindparam(f"until_{name}", type_=Task.due_at.type) for name in ("now", "today", "week")
    )
    urgencies = (
        func.count().filter(Task.due_at < now).label("overdue"),
        func.count().filter(Task.due_at >= now, Task.due_at < today).label("today"),
        func.count().filter(Task.due_at >= today, Task.due_at < week).label("week"),
        func.count().filter(Task.due_at >= week).label("later"),
    )
    return over(shape, lambda listed: select(*urgencies).where(listed))

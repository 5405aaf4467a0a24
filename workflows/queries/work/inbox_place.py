"""Where a task stands in somebody's inbox: its number, its neighbours, and what comes after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from models.task import Task
from workflows.actor import Actor
from workflows.queries.work.inbox_list import (
    DAY_BEGINS,
    DAY_ENDS,
    IS_NEW,
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


@dataclass(frozen=True, slots=True)
class Place:
    """The number of a task in a list, how many there are, and its neighbours."""

    number: int
    total: int
    previous: int | None
    following: int | None


def place_of(session: Session, actor: Actor, wanted: InboxFilter, days: Days, at: Cursor) -> Place | None:
    """Give the place of an open task in the list of a filter; None when the list does not hold it."""
    shape, values = shape_of(actor, wanted), values_of(actor, wanted, at, days)
    counts = session.execute(_counts_around(shape), values).all()
    total, before, holds = map(sum, zip(*counts, strict=True))
    if not holds:
        return None
    walk = _walk(session, actor, wanted, days)
    return Place(
        before + 1,
        total,
        walk.beside(at, back=True) if before else None,
        walk.beside(at, back=False) if before + 1 < total else None,
    )


def next_in(session: Session, actor: Actor, wanted: InboxFilter, days: Days, after: Cursor) -> int | None:
    """Give the task that follows a place in the list; after the last one, the first."""
    walk = _walk(session, actor, wanted, days)
    following = walk.beside(after, back=False)
    return following if following is not None else walk.first()


@dataclass(frozen=True, slots=True)
class _Walk:
    """Goes from a place of a list to its neighbours."""

    session: Session
    actor: Actor
    wanted: InboxFilter
    days: Days

    def beside(self, at: Cursor, *, back: bool) -> int | None:
        """Give the task right after a place, or right before it."""
        return self.ask(_nearest(self.shape, back, True), self.values(at), back)

    def first(self) -> int | None:
        """Give the first task of the list."""
        return self.ask(_nearest(self.shape, False, False), self.values(), False)

    @property
    def shape(self) -> Shape:
        return shape_of(self.actor, self.wanted)

    def values(self, at: Cursor | None = None) -> dict[str, Any]:
        return values_of(self.actor, self.wanted, at, self.days)

    def ask(self, statement: Statement, values: Mapping[str, Any], back: bool) -> int | None:
        """Give the task that comes nearest among those that each source names."""
        found = [(row[0], row[1]) for row in self.session.execute(statement, values)]
        if not found:
            return None
        return int((max(found) if self.wanted.order.backwards is not back else min(found))[1])


class _DayWalk(_Walk):
    """Goes through the list by due time, where each day has the returned work first and the new work after it."""

    __slots__ = ()

    def beside(self, at: Cursor, *, back: bool) -> int | None:
        day = self.days.around(at.instant)
        values = self.values(at)
        found = self.ask(_of_day(self.shape, at.returned, back, True), values, back)
        if found is None and at.returned is not back:
            found = self.ask(_of_day(self.shape, not at.returned, back, False), values, back)
        return found if found is not None else self.outermost(day, back)

    def first(self) -> int | None:
        return self.outermost(None, False)

    def outermost(self, beyond_day: Day | None, back: bool) -> int | None:
        """Give what comes first in the nearest day that holds something, after or before a day."""
        values = {**self.values(), **(within(beyond_day) if beyond_day else {})}
        edges = [
            row[0] for row in self.session.execute(_edge(self.shape, back, beyond_day is not None), values)
        ]
        if not edges:
            return None
        values |= within(self.days.around(max(edges) if back else min(edges)))
        found = self.ask(_of_day(self.shape, not back, back, False), values, back)
        return found if found is not None else self.ask(_of_day(self.shape, back, back, False), values, back)


def _walk(session: Session, actor: Actor, wanted: InboxFilter, days: Days) -> _Walk:
    kind = _DayWalk if wanted.order is Order.DUE else _Walk
    return kind(session, actor, wanted, days)


@lru_cache(maxsize=256)
def _counts_around(shape: Shape) -> Statement:
    """Count a list, what stands before a place in it, and whether it holds the task there."""
    columns = (
        func.count().label("count"),
        func.count().filter(beyond(shape.order, back=True)).label("before"),
        func.count().filter(Task.id == bindparam("at_task", type_=Integer)).label("same"),
    )
    return over(shape, lambda listed: select(*columns).where(listed))


@lru_cache(maxsize=256)
def _nearest(shape: Shape, back: bool, after: bool) -> Statement:
    """Ask each source for its first task; `after` a place, or before it when `back`."""

    def build(listed: ColumnElement[bool]) -> Query:
        query = select(shape.order.column, Task.id).where(listed)
        if after:
            query = query.where(beyond(shape.order, back=back))
        return query.order_by(*in_order(shape.order, back=back)).limit(1)

    return over(shape, build)


@lru_cache(maxsize=256)
def _of_day(shape: Shape, returned: bool, back: bool, after: bool) -> Statement:
    """Ask each source for its first returned or new task of a day; `after` a place, or before it when `back`."""

    def build(listed: ColumnElement[bool]) -> Query:
        of_day = (IS_RETURNED if returned else IS_NEW, Task.due_at >= DAY_BEGINS, Task.due_at < DAY_ENDS)
        query = select(Task.due_at, Task.id).where(listed, *of_day)
        if after:
            at = tuple_(bindparam("at_value", type_=Task.due_at.type), bindparam("at_task", type_=Integer))
            place = tuple_(Task.due_at, Task.id)
            query = query.where(place < at if back else place > at)
        return query.order_by(*in_order(shape.order, back=back)).limit(1)

    return over(shape, build)


@lru_cache(maxsize=256)
def _edge(shape: Shape, back: bool, bounded: bool) -> Statement:
    """Ask each source when its first task is due, after or before a day if one is given."""

    def build(listed: ColumnElement[bool]) -> Query:
        query = select(Task.due_at, Task.id).where(listed)
        if bounded:
            query = query.where(Task.due_at < DAY_BEGINS if back else Task.due_at >= DAY_ENDS)
        return query.order_by(*in_order(shape.order, back=back)).limit(1)

    return over(shape, build)

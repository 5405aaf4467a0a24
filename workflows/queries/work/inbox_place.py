"""Where a task stands in somebody's inbox: its number, its neighbours, and what comes after it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, func, literal_column, select, union_all
from sqlalchemy.orm import Session

from models.task import Task
from workflows.actor import Actor
from workflows.queries.work.inbox_list import (
    Cursor,
    InboxFilter,
    Query,
    Shape,
    Statement,
    beyond,
    in_order,
    over,
    queries_over,
    shape_of,
    values_of,
)


@dataclass(frozen=True, slots=True)
class Place:
    """The number of a task in a list, how many there are, and its neighbours."""

    number: int
    total: int
    previous: int | None
    following: int | None


def place_of(session: Session, actor: Actor, wanted: InboxFilter, at: Cursor) -> Place | None:
    """Give the place of an open task in the list of a filter; None when the list does not hold it."""
    shape, values = shape_of(actor, wanted), values_of(actor, wanted, at)
    counts = session.execute(_counts_around(shape), values).all()
    total, before, holds = map(sum, zip(*counts, strict=True))
    if not holds:
        return None
    beside = session.execute(_neighbours(shape), values).all() if total > 1 else []
    previous = [(row[1], row[2]) for row in beside if row[0]]
    following = [(row[1], row[2]) for row in beside if not row[0]]
    nearest, furthest = (max, min) if wanted.order.backwards else (min, max)
    return Place(
        before + 1,
        total,
        furthest(previous)[1] if previous else None,
        nearest(following)[1] if following else None,
    )


def next_in(session: Session, actor: Actor, wanted: InboxFilter, after: Cursor) -> int | None:
    """Give the task that follows a place in the list; after the last one, the first."""
    following = _first(session, actor, wanted, after)
    return following if following is not None else _first(session, actor, wanted, None)


def _first(session: Session, actor: Actor, wanted: InboxFilter, after: Cursor | None) -> int | None:
    """Give the task right after a place; without one, the first of the list."""
    statement = _firsts(shape_of(actor, wanted), after is not None)
    found = [(row[1], row[2]) for row in session.execute(statement, values_of(actor, wanted, after))]
    if not found:
        return None
    return int((max(found) if wanted.order.backwards else min(found))[1])


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
def _neighbours(shape: Shape) -> Statement:
    """Ask each source for what stands next to a place, before it and after it."""
    both = [
        *queries_over(shape, lambda listed: _nearest(shape, listed, back=True, after=True)),
        *queries_over(shape, lambda listed: _nearest(shape, listed, back=False, after=True)),
    ]
    return union_all(*(select(one.subquery()) for one in both))


@lru_cache(maxsize=256)
def _firsts(shape: Shape, after: bool) -> Statement:
    return over(shape, lambda listed: _nearest(shape, listed, back=False, after=after))


def _nearest(shape: Shape, listed: ColumnElement[bool], *, back: bool, after: bool) -> Query:
    """Build the query for the first task of a source; `after` a place, or before it when `back`."""
    side: ColumnElement[Any] = literal_column(str(int(back)), Integer)
    query = select(side.label("back"), shape.order.column, Task.id).where(listed)
    if after:
        query = query.where(beyond(shape.order, back=back))
    return query.order_by(*in_order(shape.order, back=back)).limit(1)

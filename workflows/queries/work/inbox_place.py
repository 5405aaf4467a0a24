"""Where a task stands in somebody's inbox: its number, its neighbours, and what comes after it."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.task import Task
from workflows.actor import Actor
from workflows.queries.work.inbox import (
    IS_OPEN,
    Cursor,
    InboxFilter,
    beyond,
    conditions_of,
    in_order,
    sources_of,
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
    before = total = 0
    holds = False
    for source in sources_of(actor):
        query = select(
            func.count(),
            func.count().filter(beyond(wanted.order, at, back=True)),
            func.count().filter(Task.id == at.task_id),
        ).where(IS_OPEN, source, *conditions_of(wanted))
        count, earlier, same = session.execute(query).one()
        total, before, holds = total + count, before + earlier, holds or bool(same)
    if not holds:
        return None
    return Place(
        before + 1,
        total,
        _nearest(session, actor, wanted, at, back=True) if before else None,
        _nearest(session, actor, wanted, at) if before + 1 < total else None,
    )


def next_in(session: Session, actor: Actor, wanted: InboxFilter, after: Cursor) -> int | None:
    """Give the task that follows a place in the list; after the last one, the first."""
    following = _nearest(session, actor, wanted, after)
    return following if following is not None else _nearest(session, actor, wanted, None)


def _nearest(
    session: Session, actor: Actor, wanted: InboxFilter, at: Cursor | None, *, back: bool = False
) -> int | None:
    """Give the task right after a place, or right before it; without a place, the first of the list."""
    order = wanted.order
    found = []
    for source in sources_of(actor):
        query = select(order.column, Task.id).where(IS_OPEN, source, *conditions_of(wanted))
        if at is not None:
            query = query.where(beyond(order, at, back=back))
        row = session.execute(query.order_by(*in_order(order, back=back)).limit(1)).first()
        if row is not None:
            found.append((row[0], row[1]))
    if not found:
        return None
    return int((max(found) if order.backwards is not back else min(found))[1])

"""Where a task stands in somebody's inbox: its number, its neighbours, and what comes after it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from models.task import Task
from workflows.actor import Actor
from workflows.queries.work.inbox import IS_OPEN, Cursor, InboxFilter, conditions_of, sources_of


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
            func.count().filter(_before(at)),
            func.count().filter(Task.id == at.task_id),
        ).where(IS_OPEN, source, *conditions_of(wanted))
        count, earlier, same = session.execute(query).one()
        total, before, holds = total + count, before + earlier, holds or bool(same)
    if not holds:
        return None
    return Place(
        before + 1,
        total,
        _nearest(session, actor, wanted, _before(at), backwards=True) if before else None,
        _nearest(session, actor, wanted, _after(at)) if before + 1 < total else None,
    )


def next_in(session: Session, actor: Actor, wanted: InboxFilter, after: Cursor) -> int | None:
    """Give the task that follows a place in the list; after the last one, the first."""
    following = _nearest(session, actor, wanted, _after(after))
    return following if following is not None else _nearest(session, actor, wanted, _before(after))


def _before(at: Cursor) -> ColumnElement[bool]:
    return tuple_(Task.due_at, Task.id) < (at.due_at, at.task_id)


def _after(at: Cursor) -> ColumnElement[bool]:
    return tuple_(Task.due_at, Task.id) > (at.due_at, at.task_id)


def _nearest(
    session: Session, actor: Actor, wanted: InboxFilter, side: ColumnElement[bool], *, backwards: bool = False
) -> int | None:
    found = []
    for source in sources_of(actor):
        query = select(Task.due_at, Task.id).where(IS_OPEN, source, side, *conditions_of(wanted))
        order = (Task.due_at.desc(), Task.id.desc()) if backwards else (Task.due_at, Task.id)
        row = session.execute(query.order_by(*order).limit(1)).first()
        if row is not None:
            found.append((row[0], row[1]))
    if not found:
        return None
    return int((max(found) if backwards else min(found))[1])

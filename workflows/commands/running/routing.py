"""Who waits for which message or signal, and what was sent and is still underway."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, insert, literal, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from models.event import AwaitedEvent, EventKind, EventState, SentEvent
from models.instance import InstanceState, ProcessInstance
from workflows.commands.running.names import surroundings_of
from workflows.commands.running.runs import Run, lock_run, read_run
from workflows.engine import Awaited, correlation_key
from workflows.errors import StateUnreadable
from workflows.unit_of_work import UnitOfWork

# A message nobody waits for is kept so long.
KEPT = timedelta(days=30)
# Who began to wait in a transaction that was open while the message was sent, and did not see it, is found then.
SECOND_LOOK = timedelta(minutes=1)
# Those who wait, or what was kept, read by one statement; most often the first one fits.
TOGETHER = 100


@dataclass(frozen=True, slots=True)
class Taker:
    """An instance, locked, and its token that waits for a message."""

    run: Run
    token: str


def taker_of(
    work: UnitOfWork, name: str, correlation: Mapping[str, Any], instance_id: int | None = None
) -> Taker | None:
    """Find who waits longest for a message and lock it.

    The correlation must be the one drawn at the event; where none is drawn, the variables at the token must have these
    values. Suspended instances are passed over, and those whose state cannot be read.
    """
    query = (
        select(AwaitedEvent.id, AwaitedEvent.instance_id, AwaitedEvent.token, AwaitedEvent.correlation)
        .join(ProcessInstance, ProcessInstance.id == AwaitedEvent.instance_id)
        .where(
            AwaitedEvent.name == name,
            AwaitedEvent.kind == EventKind.MESSAGE,
            AwaitedEvent.correlation.in_({"", correlation_key(correlation)}),
            ProcessInstance.suspended_at.is_(None),
        )
    )
    if instance_id is not None:
        query = query.where(AwaitedEvent.instance_id == instance_id)
    for _, waiting_id, token, drawn in _each(work, query, AwaitedEvent.id):
        # Whoever it is not for is looked at without being held.
        by_values = correlation and not drawn
        if by_values and not _takes(work, read_run(work.connection, waiting_id), token, correlation):
            continue
        run = lock_run(work.connection, waiting_id)
        if _takes(work, run, token, correlation):
            return Taker(run, token)
    return None


def why_not_taken(
    work: UnitOfWork, name: str, correlation: Mapping[str, Any], instance_id: int | None = None
) -> str:
    """Tell why `taker_of` found nobody, in a word for programs: "nobody_waits", "held" or "correlation"."""
    query = (
        select(AwaitedEvent.id)
        .join(ProcessInstance, ProcessInstance.id == AwaitedEvent.instance_id)
        .where(AwaitedEvent.name == name, AwaitedEvent.kind == EventKind.MESSAGE)
        .limit(1)
    )
    if instance_id is not None:
        query = query.where(AwaitedEvent.instance_id == instance_id)
    if work.session.scalar(query) is None:
        return "nobody_waits"
    meant = AwaitedEvent.correlation.in_({"", correlation_key(correlation)})
    held = query.where(meant, ProcessInstance.suspended_at.is_not(None))
    return "correlation" if work.session.scalar(held) is None else "held"


def _each(work: UnitOfWork, query: Any, by: InstrumentedAttribute[int]) -> Iterator[Any]:
    """Read rows in the order of their ids, the first of their columns, some at a time."""
    last = 0
    while rows := work.session.execute(query.where(by > last).order_by(by).limit(TOGETHER)).all():
        yield from rows
        last = rows[-1][0]


def _takes(work: UnitOfWork, run: Run, token: str, correlation: Mapping[str, Any]) -> bool:
    """Tell whether a token waits still (somebody else may have been faster) and the message fits it."""
    if run.state is not InstanceState.RUNNING or run.engine_state is None or run.suspended_at is not None:
        return False
    try:
        waiting = work.engine.read(run.version_id, run.engine_state, surroundings_of(work, run)).awaited
    except StateUnreadable:
        # The watchdog tells of it; the message may be for another one.
        return False
    awaited = next((one for one in waiting if one.token == token), None)
    return awaited is not None and _fits(awaited, correlation)


def _fits(awaited: Awaited, correlation: Mapping[str, Any]) -> bool:
    drawn = bool(awaited.correlation)
    return drawn or all(awaited.values.get(name) == value for name, value in correlation.items())


def keep(
    work: UnitOfWork,
    name: str,
    correlation: Mapping[str, Any],
    brings: Mapping[str, Any],
    *,
    due_at: datetime,
    taken_by: int | None = None,
    meant_for: int | None = None,
    thrown_by: int | None = None,
    request_key: str | None = None,
) -> int:
    """Add a message: taken already, else for whoever begins to wait (or the one it is meant for) and for the worker."""
    sent = SentEvent(
        kind=EventKind.MESSAGE,
        name=name,
        correlation=correlation_key(correlation),
        brings={"values": dict(brings), "correlation": dict(correlation)},
        state=EventState.UNDERWAY if taken_by is None else EventState.DELIVERED,
        sent_at=work.now,
        due_at=due_at,
        instance_id=meant_for if taken_by is None else taken_by,
        thrown_by_id=thrown_by,
        request_key=request_key,
    )
    work.session.add(sent)
    work.session.flush()
    return sent.id


def take_kept(work: UnitOfWork, run: Run, awaited: Awaited) -> Mapping[str, Any] | None:
    """Take the oldest kept message for a token that begins to wait, and give the values it brings."""
    query = select(SentEvent.id, SentEvent.brings).where(
        SentEvent.name == awaited.name,
        SentEvent.kind == EventKind.MESSAGE,
        SentEvent.state == EventState.UNDERWAY,
        or_(SentEvent.instance_id.is_(None), SentEvent.instance_id == run.id),
    )
    if awaited.correlation:
        query = query.where(SentEvent.correlation == awaited.correlation)
    for sent_id, brings in _each(work, query, SentEvent.id):
        if not _fits(awaited, brings["correlation"]):
            continue
        if not _may_take(work, run.id, awaited.token):
            return None
        if claim(work, sent_id, run.id):
            values: Mapping[str, Any] = brings["values"]
            return values
    return None


def _may_take(work: UnitOfWork, instance_id: int, token: str) -> bool:
    """Tell whether a token waits (what arrived just before may have ended its path) and no operator holds its run."""
    query = (
        select(AwaitedEvent.id)
        .join(ProcessInstance, ProcessInstance.id == AwaitedEvent.instance_id)
        .where(
            AwaitedEvent.instance_id == instance_id,
            AwaitedEvent.token == token,
            ProcessInstance.suspended_at.is_(None),
        )
    )
    return work.session.execute(query).first() is not None


def look_again(work: UnitOfWork, instances: Collection[int] | Select[int]) -> None:
    """Let the worker bring the kept messages that these instances may be waiting for.

    For whoever could not take them before: held by an operator, with another value, or one message at a time.
    """
    waiting = select(AwaitedEvent.id).where(
        AwaitedEvent.instance_id.in_(instances),
        AwaitedEvent.name == SentEvent.name,
        AwaitedEvent.kind == EventKind.MESSAGE,
        AwaitedEvent.correlation.in_(("", SentEvent.correlation)),
        or_(SentEvent.instance_id.is_(None), SentEvent.instance_id == AwaitedEvent.instance_id),
    )
    work.session.execute(
        update(SentEvent)
        .where(SentEvent.kind == EventKind.MESSAGE, SentEvent.state == EventState.UNDERWAY, waiting.exists())
        .values(due_at=work.now),
        execution_options={"synchronize_session": False},
    )


def claim(work: UnitOfWork, sent_id: int, instance_id: int) -> bool:
    """Note that an instance takes an event; false when another one has."""
    done = work.session.execute(
        update(SentEvent)
        .where(SentEvent.id == sent_id, SentEvent.state == EventState.UNDERWAY)
        .values(state=EventState.DELIVERED, instance_id=instance_id),
        execution_options={"synchronize_session": False},
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def spread(work: UnitOfWork, name: str, values: Mapping[str, Any], *, thrown_by: int | None = None) -> int:
    """Send a signal to every instance that waits for it now; the worker brings it to each. Give how many there are."""
    columns: Any = SentEvent.__table__.columns
    row = {
        "kind": EventKind.SIGNAL,
        "name": name,
        "correlation": "",
        "brings": {"values": dict(values)},
        "state": EventState.UNDERWAY,
        "sent_at": work.now,
        "due_at": work.now,
        "tries": 0,
        "thrown_by_id": thrown_by,
    }
    waiting = select(AwaitedEvent.instance_id).where(
        AwaitedEvent.name == name, AwaitedEvent.kind == EventKind.SIGNAL
    )
    if thrown_by is not None:
        # Within its own instance the signal has arrived already.
        waiting = waiting.where(AwaitedEvent.instance_id != thrown_by)
    each = waiting.distinct().subquery()
    rows = select(
        each.c.instance_id,
        *(literal(value, columns[column].type).label(column) for column, value in row.items()),
    )
    sent = work.session.execute(
        insert(SentEvent).from_select(["instance_id", *row], rows),
        execution_options={"preserve_rowcount": True},
    )
    return int(sent.rowcount)  # type: ignore[attr-defined]

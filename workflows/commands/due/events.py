"""Messages and signals that instances threw, one by one, each in its own transaction; failures become incidents."""

from sqlalchemy import select, update

from models.database import HELD
from models.event import AwaitedEvent, EventKind, EventState, SentEvent
from models.instance import InstanceState, ProcessInstance
from workflows.commands.due.timers import PAUSES, TRIES
from workflows.commands.operating.opening import open_incident
from workflows.commands.running import moves, routing
from workflows.commands.running.runs import lock_free_run, lock_run
from workflows.unit_of_work import UnitOfWork


def due_events(work: UnitOfWork, limit: int) -> list[int]:
    """List what is underway and due, oldest first; what goes to a suspended instance waits."""
    held = select(ProcessInstance.id).where(
        ProcessInstance.id == SentEvent.instance_id, ProcessInstance.suspended_at.is_not(None)
    )
    return list(
        work.session.scalars(
            select(SentEvent.id)
            .where(SentEvent.state == EventState.UNDERWAY, SentEvent.due_at <= work.now, ~held.exists())
            .order_by(SentEvent.due_at, SentEvent.id)
            .limit(limit)
        )
    )


def deliver_one(work: UnitOfWork, sent_id: int) -> bool:
    """Bring one event to who waits for it; a message nobody waits for is kept, and dropped in the end.

    The instance is locked first, as every act on it does; then a conditional update decides who delivers.
    """
    sent = work.session.get(SentEvent, sent_id)
    if sent is None or sent.state is not EventState.UNDERWAY or sent.due_at > work.now:
        return False
    return _signal(work, sent) if sent.kind is EventKind.SIGNAL else _message(work, sent)


def _message(work: UnitOfWork, sent: SentEvent) -> bool:
    taker = routing.taker_of(work, sent.name, sent.brings["correlation"], sent.instance_id)
    if taker is not None:
        if not routing.claim(work, sent.id, taker.run.id):
            return False
        moves.deliver(work, taker.run, taker.token, sent.brings["values"])
        return True
    looks = (sent.sent_at + routing.SECOND_LOOK, sent.sent_at + routing.KEPT)
    following = next((at for at in looks if at > work.now), None)
    if following is None:
        _set(work, sent, state=EventState.DROPPED)
    else:
        _set(work, sent, due_at=following)
    return True


def _signal(work: UnitOfWork, sent: SentEvent) -> bool:
    assert sent.instance_id is not None  # each signal underway goes to one instance
    run = lock_free_run(work.connection, sent.instance_id)
    if run is None or run.suspended_at is not None:
        return False
    token = work.session.scalar(
        select(AwaitedEvent.token)
        .where(
            AwaitedEvent.instance_id == run.id,
            AwaitedEvent.name == sent.name,
            AwaitedEvent.kind == EventKind.SIGNAL,
        )
        .order_by(AwaitedEvent.id)
        .limit(1)
    )
    if token is None or run.state is not InstanceState.RUNNING:
        _set(work, sent, state=EventState.DROPPED)
        return True
    if not routing.claim(work, sent.id, run.id):
        return False
    moves.deliver(work, run, token, sent.brings["values"])
    return True


def _set(work: UnitOfWork, sent: SentEvent, **values: object) -> None:
    """Change an event, unless somebody took it or asked for another look (`routing.look_again`) meanwhile."""
    work.session.execute(
        update(SentEvent)
        .where(
            SentEvent.id == sent.id,
            SentEvent.state == EventState.UNDERWAY,
            SentEvent.due_at == sent.due_at,
        )
        .values(values),
        execution_options={"synchronize_session": False},
    )


def postpone(work: UnitOfWork, sent_id: int, cause: str) -> None:
    """Try an event that failed again later, if it is still underway; after the last try open an incident.

    It is one of the instance that should have taken the event, or of the one that threw it.
    """
    sent = work.session.get_one(SentEvent, sent_id)
    # Before the event, as where it is delivered.
    concerned = _receiver(work, sent) or sent.thrown_by_id
    work.session.refresh(sent, with_for_update=HELD)
    if sent.state is not EventState.UNDERWAY:
        return
    sent.tries += 1
    if sent.tries < TRIES:
        sent.due_at = work.now + PAUSES[sent.tries - 1]
        return
    sent.state = EventState.FAILED
    if concerned is not None:
        instance = work.session.get_one(ProcessInstance, concerned)
        open_incident(work, instance, cause=cause, sent_id=sent_id)


def _receiver(work: UnitOfWork, sent: SentEvent) -> int | None:
    if sent.instance_id is not None:
        return lock_run(work.connection, sent.instance_id).id
    taker = routing.taker_of(work, sent.name, sent.brings["correlation"])
    return taker.run.id if taker is not None else None

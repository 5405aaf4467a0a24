"""Timers of the diagrams: due rows fire one by one, each in its own transaction; failures become incidents."""

from datetime import timedelta

from sqlalchemy import bindparam, select, update

from models.instance import InstanceState, ProcessInstance, Timer, TimerState
from models.journal import JournalKind
from models.prepared import Prepared
from workflows.commands.operating.opening import open_incident
from workflows.commands.running import moves, spawning
from workflows.commands.running.runs import Run, lock_free_run, lock_run
from workflows.engine import Reason
from workflows.errors import StepNotOpen
from workflows.records.journal import record
from workflows.unit_of_work import UnitOfWork

# A timer is tried so often, with these pauses between, before an operator must look.
TRIES = 3
PAUSES = (timedelta(seconds=30), timedelta(minutes=5))

# Thousands may be due at one minute.
_read = Prepared(
    select(Timer.instance_id, Timer.token, Timer.element_id, Timer.expression).where(
        Timer.id == bindparam("timer_id")
    )
)
_claim = Prepared(
    update(Timer)
    .where(
        Timer.id == bindparam("timer_id"),
        Timer.state == TimerState.WAITING,
        Timer.due_at <= bindparam("now"),
    )
    .values(state=TimerState.FIRED)
)


def due_timers(work: UnitOfWork, limit: int) -> list[int]:
    """List waiting timers that are due, longest due first; those of suspended instances wait."""
    return list(
        work.session.scalars(
            select(Timer.id)
            .join(ProcessInstance, ProcessInstance.id == Timer.instance_id)
            .where(
                Timer.state == TimerState.WAITING,
                Timer.due_at <= work.now,
                ProcessInstance.suspended_at.is_(None),
            )
            .order_by(Timer.due_at)
            .limit(limit)
        )
    )


def fire_one(work: UnitOfWork, timer_id: int) -> bool:
    """Fire one timer if it still waits and is due.

    The instance is locked first, as every act on it does, unless somebody holds it: then the next beat tries again. A
    conditional update decides who fires.
    """
    timer = _read.row(work.connection, timer_id=timer_id)
    if timer is None:
        return False
    instance_id, token, element_id, expression = timer
    run = lock_free_run(work.connection, instance_id)
    if run is None or run.suspended_at is not None:
        return False
    if not _claim.run(work.connection, timer_id=timer_id, now=work.now):
        return False
    if run.state is not InstanceState.RUNNING:
        return False
    if token == spawning.START:
        moves.start(work, run)
        return True
    if token == spawning.MORE:
        moves.start_children(work, spawning.spawn_more(work, run, int(expression)))
        return True
    try:
        moves.fire(work, run, token)
    except StepNotOpen:
        return False
    _record(work, run, element_id)
    return True


def _record(work: UnitOfWork, run: Run, element_id: str) -> None:
    record(
        work,
        JournalKind.TIMER_FIRED,
        unit_id=run.unit_id,
        campaign_id=run.campaign_id,
        instance_id=run.id,
        actor_id=None,
        details={"element": element_id},
    )


def postpone(work: UnitOfWork, timer_id: int, cause: str) -> None:
    """Try a timer that failed again later, if it still waits; after the last try open an incident."""
    timer = work.session.get_one(Timer, timer_id)
    run = lock_run(work.connection, timer.instance_id)
    work.session.refresh(timer)
    if timer.state is not TimerState.WAITING:
        return
    timer.tries += 1
    timer.drawn_at = timer.drawn_at or timer.due_at
    timer.failure = cause.as_plain() if isinstance(cause, Reason) else {"msgid": cause, "params": {}}
    if timer.tries < TRIES:
        timer.due_at = work.now + PAUSES[timer.tries - 1]
        return
    timer.state = TimerState.FAILED
    open_incident(work, run, cause=cause, element=timer.element_id, timer_id=timer.id)

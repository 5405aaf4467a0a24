"""Incidents: what failed is tried again at once, or an operator closes it with a reason."""

from sqlalchemy import select, update

from models.event import EventState, SentEvent
from models.instance import Incident, Timer, TimerState
from models.journal import JournalKind
from models.task import Task, TaskState
from workflows.actor import Actor
from workflows.commands.due import events, ladder, timers
from workflows.commands.operating.acts import record_on, require_reason
from workflows.commands.operating.repairs import mend
from workflows.commands.running.runs import Run, lock_run
from workflows.commands.running.terms import local_date
from workflows.errors import StepNotOpen
from workflows.errors.operating import (
    IncidentGone,
    IncidentResolved,
    InstanceSuspended,
    NothingToRetry,
    TriedByPerson,
)
from workflows.queries.operating.incidents import acts_behind
from workflows.queries.operating.rights import require_may_operate
from workflows.records.journal import refuse_repeated
from workflows.unit_of_work import UnitOfWork


def retry(work: UnitOfWork, *, actor: Actor, incident_id: int, request_key: str | None = None) -> None:
    """Try again at once what failed: the timer, the event, the start of a child, the rung; or mend what was found.

    The incident is resolved by it. What fails again is refused with its cause, and everything stays as it was.
    Refuses the act of a person, who has to try again themselves (TriedByPerson), other incidents behind which there is
    nothing to try (NothingToRetry), and held instances.
    """
    incident, run = _held(work, actor, incident_id, request_key)
    if run.suspended_at is not None:
        raise InstanceSuspended(since=run.suspended_at)
    if task_of(work, incident) is not None:
        raise TriedByPerson
    close(work, incident, run, actor.person_id, "", request_key, retried=True)
    work.session.flush()
    if incident.finding is not None:
        mend(work, run, incident.finding)
    elif incident.timer_id is not None:
        _fire(work, incident.timer_id)
    elif incident.sent_id is not None:
        _bring(work, incident.sent_id)
    else:
        _climb(work, incident)


def resolve(
    work: UnitOfWork, *, actor: Actor, incident_id: int, reason: str, request_key: str | None = None
) -> None:
    """Close an incident with what was done about it; nothing else changes."""
    incident, run = _held(work, actor, incident_id, request_key)
    close(work, incident, run, actor.person_id, require_reason(reason), request_key)


def close(
    work: UnitOfWork,
    incident: Incident,
    run: Run,
    actor_id: int | None,
    reason: str,
    request_key: str | None = None,
    *,
    retried: bool = False,
    by_step: bool = False,
) -> None:
    """Mark an incident as resolved and write it down; without an actor it was the watchdog.

    With `by_step` nobody meant to: the step that had failed was completed.
    """
    incident.resolved_at, incident.resolved_by_id = work.now, actor_id
    details = {"incident": incident.id, "element": incident.element_id, "reason": reason, "retried": retried}
    if by_step:
        details["by_step"] = True
    record_on(work, JournalKind.INCIDENT_RESOLVED, run, actor_id, details, request_key)


def close_of_timers(work: UnitOfWork, run: Run, actor_id: int, reason: str, token: str | None = None) -> None:
    """Close the incidents of timers, or of one, that are over because an operator took the instance elsewhere."""
    query = (
        select(Incident)
        .join(Timer, Timer.id == Incident.timer_id)
        .where(Incident.instance_id == run.id, Incident.resolved_at.is_(None))
    )
    if token is not None:
        query = query.where(Timer.token == token)
    for incident in work.session.scalars(query):
        close(work, incident, run, actor_id, reason)


def close_what_is_over(work: UnitOfWork, run: Run, actor_id: int, reason: str) -> None:
    """Close the incidents of acts and timers that nothing waits for any more since an operator moved the instance."""
    query = select(Incident).where(Incident.instance_id == run.id, Incident.resolved_at.is_(None))
    for incident in work.session.scalars(query).all():
        if is_over(work, incident):
            close(work, incident, run, actor_id, reason)


def is_over(work: UnitOfWork, incident: Incident) -> bool:
    """Tell whether the task or timer that an act, a timer or a ladder failed at is gone; of others nobody can tell."""
    if incident.timer_id is not None:
        waits = select(Timer.id).where(
            Timer.id == incident.timer_id, Timer.state.in_([TimerState.WAITING, TimerState.FAILED])
        )
    elif (task_id := task_of(work, incident)) is not None:
        waits = select(Task.id).where(Task.id == task_id, Task.state == TaskState.OPEN)
    elif incident.finding is None and incident.sent_id is None:
        return _steps_are_done(work, incident)
    else:
        return False
    return work.session.scalar(waits) is None


def _steps_are_done(work: UnitOfWork, incident: Incident) -> bool:
    """Tell of the incident of a ladder whether its step waits no more; what could not be printed is of no step."""
    states = work.session.scalars(
        select(Task.state)
        .where(Task.instance_id == incident.instance_id, Task.element_id == incident.element_id)
        .distinct()
    ).all()
    return bool(states) and TaskState.OPEN not in states


def task_of(work: UnitOfWork, incident: Incident) -> int | None:
    """Give the task on which somebody's act opened an incident; None: something else did."""
    behind = acts_behind(work.session, incident.instance_id or 0).get(incident.id)
    return behind.task_id if behind else None


def _held(work: UnitOfWork, actor: Actor, incident_id: int, request_key: str | None) -> tuple[Incident, Run]:
    known = work.session.get(Incident, incident_id)
    if known is None or known.instance_id is None:
        raise IncidentGone
    run = lock_run(work.connection, known.instance_id)
    require_may_operate(work.session, actor, run.unit_id, local_date(work.now))
    refuse_repeated(work, request_key)
    work.session.refresh(known)
    if known.resolved_at is not None:
        raise IncidentResolved
    return known, run


def _fire(work: UnitOfWork, timer_id: int) -> None:
    work.session.execute(
        update(Timer)
        .where(Timer.id == timer_id, Timer.state == TimerState.FAILED)
        .values(state=TimerState.WAITING, tries=0, due_at=work.now),
        execution_options={"synchronize_session": False},
    )
    work.session.expire_all()
    if not timers.fire_one(work, timer_id):
        # Nothing waits for it any more: the incident was about a path that is gone.
        raise StepNotOpen


def _bring(work: UnitOfWork, sent_id: int) -> None:
    work.session.execute(
        update(SentEvent)
        .where(SentEvent.id == sent_id, SentEvent.state == EventState.FAILED)
        .values(state=EventState.UNDERWAY, tries=0, due_at=work.now),
        execution_options={"synchronize_session": False},
    )
    work.session.expire_all()
    if not events.deliver_one(work, sent_id):
        raise StepNotOpen


def _climb(work: UnitOfWork, incident: Incident) -> None:
    waiting = work.session.scalar(
        select(Task.id)
        .where(
            Task.instance_id == incident.instance_id,
            Task.element_id == incident.element_id,
            Task.state == TaskState.OPEN,
            Task.next_rung_at.is_not(None),
        )
        .order_by(Task.next_rung_at)
        .limit(1)
    )
    if waiting is None:
        raise NothingToRetry
    work.session.execute(
        update(Task).where(Task.id == waiting).values(next_rung_at=work.now),
        execution_options={"synchronize_session": False},
    )
    work.session.expire_all()
    ladder.climb_one(work, waiting)

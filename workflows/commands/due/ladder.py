"""Climbing the escalation ladder: reminders and escalations of open tasks, each dated and visible (C4)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from models.database import HELD
from models.instance import Incident, ProcessInstance
from models.journal import JournalKind
from models.notification import Message
from models.task import Task, TaskState
from workflows.commands.due.told import distinct, people_of
from workflows.commands.operating.opening import open_incident
from workflows.commands.running.openings import holders
from workflows.commands.running.runs import lock_run
from workflows.commands.running.terms import calendar_of
from workflows.engine import Step
from workflows.notify.outbox import announce
from workflows.policy.escalation import RungInstant, climb, rung_instants
from workflows.queries.work.behind import rungs_of
from workflows.records.journal import record
from workflows.unit_of_work import UnitOfWork

# Until a rung that failed is tried again.
PAUSE = timedelta(hours=1)


def due_rungs(work: UnitOfWork, limit: int) -> list[int]:
    """List tasks whose next rung is due, longest due first; those of suspended instances stand still."""
    return list(
        work.session.scalars(
            select(Task.id)
            .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
            .where(
                Task.state == TaskState.OPEN,
                Task.next_rung_at <= work.now,
                ProcessInstance.suspended_at.is_(None),
            )
            .order_by(Task.next_rung_at)
            .limit(limit)
        )
    )


def climb_one(work: UnitOfWork, task_id: int) -> bool:
    """Climb the rungs of one task that are due by now; whoever changes the row owns them."""
    query = select(Task).where(Task.id == task_id).with_for_update(skip_locked=True, **HELD)
    task = work.session.scalar(query)
    if task is None or task.state is not TaskState.OPEN or task.next_rung_at is None:
        return False
    if task.next_rung_at > work.now or _is_held(work, task.instance_id):
        return False
    step = work.engine.specification(task.version_id).steps[task.element_id]
    calendar = calendar_of(work, task.unit_id)
    due, standing = climb(step.escalation, task.due_at, task.rungs_climbed, work.now, calendar)
    claimed = work.session.execute(
        update(Task)
        .where(Task.id == task_id, Task.rungs_climbed == task.rungs_climbed, Task.state == TaskState.OPEN)
        .values(rungs_climbed=standing.climbed, next_rung_at=standing.next_at),
        execution_options={"synchronize_session": False},
    )
    if due and claimed.rowcount == 1:  # type: ignore[attr-defined]
        numbers = {one.number for one in due}
        drawn = rung_instants(step.escalation, task.due_at, calendar)
        before = rungs_of(work.session, [task_id]).get(task_id, []) if task.rungs_climbed else []
        spoken = [(one, to) for one, to in distinct(work, task, drawn, before) if one.number in numbers]
        _speak(work, task, step, spoken)
    return True


def _is_held(work: UnitOfWork, instance_id: int) -> bool:
    held = select(ProcessInstance.suspended_at).where(ProcessInstance.id == instance_id)
    return work.session.scalar(held) is not None


def postpone(work: UnitOfWork, task_id: int, cause: str) -> None:
    """Try an open task whose rung could not be climbed again in an hour, and open an incident the first time."""
    task = work.session.get_one(Task, task_id)
    run = lock_run(work.connection, task.instance_id)
    work.session.refresh(task)
    if task.state is not TaskState.OPEN:
        return
    if task.next_rung_at is not None:
        task.next_rung_at = work.now + PAUSE
    known = select(Incident.id).where(
        Incident.instance_id == task.instance_id,
        Incident.element_id == task.element_id,
        Incident.resolved_at.is_(None),
    )
    if work.session.scalar(known.limit(1)) is None:
        open_incident(work, run, cause=cause, element=task.element_id, task_id=task_id)


def _speak(work: UnitOfWork, task: Task, step: Step, rungs: Sequence[tuple[RungInstant, str]]) -> None:
    """Record each rung with the instant it was meant for, and tell each person of the highest one for them."""
    late_ones = holders(work, task.assignee_id, task.role, task.role_unit_id)
    # A deadline may move; what somebody was told then stays true.
    then = {"due_at": task.due_at.isoformat()}
    notices: dict[int, tuple[Message, dict[str, Any]]] = {}
    for one, to in rungs:
        told = people_of(work, task, to)
        _record(work, task, step, one, to, told)
        if one.rung.kind == "escalate":
            notices |= dict.fromkeys(told, (Message.TASK_ESCALATED, {**then, "to": to}))
            said = {**then, "escalated_to": to, "told": told}
            notices |= dict.fromkeys(set(late_ones) - set(told), (Message.TASK_OVERDUE, said))
        else:
            message = Message.TASK_OVERDUE if task.due_at <= work.now else Message.TASK_DUE_SOON
            notices |= dict.fromkeys(told, (message, {**then, "to": to}))
    for person_id, (message, details) in notices.items():
        announce(
            work,
            message,
            person_ids=[person_id],
            task_id=task.id,
            campaign_id=task.campaign_id,
            details=details,
        )


def _record(work: UnitOfWork, task: Task, step: Step, one: RungInstant, to: str, told: Sequence[int]) -> None:
    record(
        work,
        JournalKind.ESCALATED if one.rung.kind == "escalate" else JournalKind.REMINDED,
        unit_id=task.unit_id,
        campaign_id=task.campaign_id,
        instance_id=task.instance_id,
        task_id=task.id,
        actor_id=None,
        details={
            "step": step.element_id,
            "to": to,
            "drawn": one.rung.to,
            "people": list(told),
            "after": one.rung.after,
            # A task that opens late is behind its ladder from the first.
            "planned_at": max(one.at, task.opened_at).isoformat(),
        },
    )

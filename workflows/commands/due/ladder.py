"""Climbing the escalation ladder: reminders and escalations of open tasks, each dated and visible (C4)."""

from datetime import timedelta

from sqlalchemy import select, update

from models.instance import Incident
from models.journal import JournalKind
from models.notification import Message
from models.task import Task, TaskState
from workflows.commands.due.told import people_of
from workflows.commands.running.openings import holders
from workflows.commands.running.terms import calendar_of
from workflows.engine import Rung, Step
from workflows.notify.outbox import announce
from workflows.policy.escalation import climb, next_rung
from workflows.records.journal import record
from workflows.unit_of_work import UnitOfWork

# Until a rung that failed is tried again.
PAUSE = timedelta(hours=1)


def due_rungs(work: UnitOfWork, limit: int) -> list[int]:
    """List tasks whose next rung is due, longest due first."""
    return list(
        work.session.scalars(
            select(Task.id)
            .where(Task.state == TaskState.OPEN, Task.next_rung_at <= work.now)
            .order_by(Task.next_rung_at)
            .limit(limit)
        )
    )


def climb_one(work: UnitOfWork, task_id: int) -> bool:
    """Climb one rung of one task, if it is still due; whoever changes the row owns the rung."""
    query = select(Task).where(Task.id == task_id).with_for_update(skip_locked=True)
    task = work.session.scalar(query)
    if task is None or task.state is not TaskState.OPEN or task.next_rung_at is None:
        return False
    if task.next_rung_at > work.now:
        return False
    step = work.engine.specification(task.version_id).steps[task.element_id]
    calendar = calendar_of(work, task.unit_id)
    reached = next_rung(step.escalation, task.due_at, task.rungs_climbed, calendar)
    standing = climb(step.escalation, task.due_at, task.rungs_climbed, calendar)
    claimed = work.session.execute(
        update(Task)
        .where(Task.id == task_id, Task.rungs_climbed == task.rungs_climbed, Task.state == TaskState.OPEN)
        .values(rungs_climbed=standing.climbed, next_rung_at=standing.next_at),
        execution_options={"synchronize_session": False},
    )
    if reached is not None and claimed.rowcount == 1:  # type: ignore[attr-defined]
        _speak(work, task, step, reached.rung)  # type: ignore[arg-type]
    return True


def postpone(work: UnitOfWork, task_id: int, cause: str) -> None:
    """Try a task whose rung could not be climbed again in an hour, and open an incident the first time."""
    task = work.session.get_one(Task, task_id)
    if task.next_rung_at is not None:
        task.next_rung_at = work.now + PAUSE
    known = select(Incident.id).where(
        Incident.instance_id == task.instance_id,
        Incident.element_id == task.element_id,
        Incident.resolved_at.is_(None),
    )
    if work.session.scalar(known.limit(1)) is None:
        work.session.add(
            Incident(
                instance_id=task.instance_id,
                element_id=task.element_id,
                cause=cause[:4000],
                opened_at=work.now,
            )
        )
        record(
            work,
            JournalKind.INCIDENT_OPENED,
            unit_id=task.unit_id,
            campaign_id=task.campaign_id,
            instance_id=task.instance_id,
            task_id=task_id,
            actor_id=None,
            details={"element": task.element_id, "cause": cause[:500]},
        )


def _speak(work: UnitOfWork, task: Task, step: Step, rung: Rung) -> None:
    """Tell whom the rung names, and let the late one know that they were told."""
    late = task.due_at <= work.now
    told = people_of(work, task, rung.to)
    late_ones = holders(work, task.assignee_id, task.role, task.role_unit_id)
    kind = JournalKind.ESCALATED if rung.kind == "escalate" else JournalKind.REMINDED
    details = {"step": step.element_id, "to": rung.to, "people": told, "after": rung.after}
    record(
        work,
        kind,
        unit_id=task.unit_id,
        campaign_id=task.campaign_id,
        instance_id=task.instance_id,
        task_id=task.id,
        actor_id=None,
        details=details,
    )
    if rung.kind == "escalate":
        message = Message.TASK_ESCALATED
    else:
        message = Message.TASK_OVERDUE if late else Message.TASK_DUE_SOON
    # A deadline may move; what somebody was told then stays true.
    then = {"due_at": task.due_at.isoformat()}
    announce(
        work,
        message,
        person_ids=told,
        task_id=task.id,
        campaign_id=task.campaign_id,
        details={**then, "to": rung.to},
    )
    if rung.kind == "escalate":
        announce(
            work,
            Message.TASK_OVERDUE,
            person_ids=[person for person in late_ones if person not in told],
            task_id=task.id,
            campaign_id=task.campaign_id,
            details={**then, "escalated_to": rung.to, "told": told},
        )

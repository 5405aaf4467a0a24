"""What follows when a deadline was moved ahead: due times, ladders, drawn timers, and steps it had opened (C3)."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from models.instance import ProcessInstance, Timer, TimerState
from models.journal import JournalEntry, JournalKind
from models.notification import Message
from models.task import Attachment, Comment, Draft, Task, TaskState
from workflows.commands.running import moves
from workflows.commands.running.names import surroundings_of
from workflows.commands.running.openings import due_of, holders
from workflows.commands.running.runs import lock_run
from workflows.commands.running.terms import calendar_of
from workflows.engine import Step
from workflows.errors import StepNotOpen
from workflows.notify.outbox import announce
from workflows.policy.escalation import step_on
from workflows.records.journal import record
from workflows.unit_of_work import UnitOfWork

# What tells that a rule hangs on a deadline, and on which.
_MARK = "deadline("
_NAMED = re.compile(r"""deadline\(\s*(?:'([^']*)'|"([^"]*)")\s*\)""")


@dataclass(frozen=True, slots=True)
class Extension:
    """A deadline that was moved: of which campaign, to when, why and by whom."""

    campaign_id: int
    key: str
    due_at: datetime
    reason: str
    actor_id: int


def follow_extension(work: UnitOfWork, extension: Extension, units: Collection[int]) -> int:
    """Let all follow that hangs on the deadline in these units; give the number of tasks with a new due time."""
    moved = _move_tasks(work, extension, units)
    _move_timers(work, extension, units)
    return moved


def hangs_on(rule: str | None, key: str) -> bool:
    """Tell whether a rule of a diagram asks for a deadline; one that computes the name may ask for any."""
    asked = (rule or "").count(_MARK)
    named = [single or double for single, double in _NAMED.findall(rule or "")]
    return asked > len(named) or key in named


def _move_tasks(work: UnitOfWork, extension: Extension, units: Collection[int]) -> int:
    query = select(Task).where(
        Task.campaign_id == extension.campaign_id, Task.unit_id.in_(units), Task.state == TaskState.OPEN
    )
    told: dict[int, list[tuple[datetime, int]]] = {}
    opened_late: list[Task] = []
    moved = 0
    for task in work.session.scalars(query.execution_options(yield_per=500)):
        step = work.engine.specification(task.version_id).steps[task.element_id]
        if hangs_on(work.engine.alarm_of(task.version_id, task.element_id), extension.key):
            opened_late.append(task)
        if hangs_on(step.due, extension.key) and _move(work, extension, task, step):
            moved += 1
            for person_id in holders(work, task.assignee_id, task.role, task.role_unit_id):
                told.setdefault(person_id, []).append((task.due_at, task.id))
    for person_id, tasks in told.items():
        _tell(work, extension, person_id, tasks)
    work.session.flush()
    for task in opened_late:
        _take_back(work, extension, task)
    return moved


def _move(work: UnitOfWork, extension: Extension, task: Task, step: Step) -> bool:
    """Compute the due time again, as it would be had the task opened under the new deadline.

    Seen from the day it opened, so that "two working days" does not start anew for who still has time. Whose
    time would be over all the same gets it anew from now: nobody stays late under a deadline that lies ahead.
    """
    run, now = lock_run(work.connection, task.instance_id), work.now
    work.now = task.opened_at
    due_at = due_of(work, run, step, {})
    work.now = now
    if due_at <= now:
        due_at = due_of(work, run, step, {})
    if due_at <= task.due_at:
        return False
    standing = step_on(step.escalation, due_at, now, calendar_of(work, task.unit_id), task.rungs_climbed)
    _record(work, extension, task, {"before": task.due_at.isoformat(), "due_at": due_at.isoformat()})
    task.due_at, task.rungs_climbed, task.next_rung_at = due_at, standing.climbed, standing.next_at
    return True


def _take_back(work: UnitOfWork, extension: Extension, task: Task) -> None:
    """Withdraw a step that the old deadline opened, unless somebody has begun it; it opens again at the new one."""
    token, holding = task.token, holders(work, task.assignee_id, task.role, task.role_unit_id)
    if _begun(work, task.id) or not moves.rearm(work, lock_run(work.connection, task.instance_id), token):
        return
    _record(work, extension, task, {"withdrawn": task.element_id, "due_at": extension.due_at.isoformat()})
    announce(
        work,
        Message.TASK_WITHDRAWN,
        person_ids=holding,
        task_id=task.id,
        campaign_id=task.campaign_id,
        details={"extended": True, "due_at": extension.due_at.isoformat()},
    )


def _begun(work: UnitOfWork, task_id: int) -> bool:
    """Tell whether a person, not the clock, has left something on a task."""
    queries: tuple[Select[int], ...] = (
        select(Draft.id).where(Draft.task_id == task_id),
        select(Comment.id).where(Comment.task_id == task_id),
        select(Attachment.id).where(Attachment.task_id == task_id),
        select(JournalEntry.id).where(
            JournalEntry.task_id == task_id,
            JournalEntry.actor_id.is_not(None),
            JournalEntry.kind != JournalKind.DEADLINE_EXTENDED,
        ),
    )
    return any(work.session.execute(query.limit(1)).first() is not None for query in queries)


def _record(work: UnitOfWork, extension: Extension, task: Task, details: dict[str, object]) -> None:
    """Note it in the history of the matter: who moved what to when, and why."""
    record(
        work,
        JournalKind.DEADLINE_EXTENDED,
        unit_id=task.unit_id,
        campaign_id=task.campaign_id,
        instance_id=task.instance_id,
        task_id=task.id,
        actor_id=extension.actor_id,
        details={"key": extension.key, "step": task.element_id, **details, "reason": extension.reason},
    )


def _tell(work: UnitOfWork, extension: Extension, person_id: int, tasks: list[tuple[datetime, int]]) -> None:
    """Tell one person once, however many tasks of theirs moved."""
    first, last = min(tasks)[0], max(tasks)[0]
    details: dict[str, object] = {"due_at": first.isoformat(), "reason": extension.reason}
    if len(tasks) > 1:
        details["count"] = len(tasks)
    if last != first:
        details["until_at"] = last.isoformat()
    announce(
        work,
        Message.DEADLINE_EXTENDED,
        person_ids=[person_id],
        task_id=tasks[0][1] if len(tasks) == 1 else None,
        campaign_id=extension.campaign_id,
        details=details,
    )


def _move_timers(work: UnitOfWork, extension: Extension, units: Collection[int]) -> None:
    query = (
        select(Timer)
        .join(ProcessInstance, ProcessInstance.id == Timer.instance_id)
        .where(
            ProcessInstance.campaign_id == extension.campaign_id,
            ProcessInstance.unit_id.in_(units),
            Timer.state == TimerState.WAITING,
            Timer.expression.contains(_MARK),
        )
    )
    for timer in work.session.scalars(query).all():
        if not hangs_on(timer.expression, extension.key):
            continue
        run = lock_run(work.connection, timer.instance_id)
        due_at = work.engine.evaluate(timer.expression, {}, surroundings_of(work, run))
        if isinstance(due_at, datetime) and due_at != timer.due_at:
            try:
                moves.reschedule(work, run, timer.token, due_at)
            except StepNotOpen:
                continue

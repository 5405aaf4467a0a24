"""A task in the hands of one transaction: read and locked with its instance, and who may act on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, select

from models.database import HELD
from models.instance import Incident, InstanceState, ProcessInstance
from models.journal import JournalKind
from models.person import Name, Person
from models.prepared import Prepared
from models.task import Task, TaskState
from workflows.actor import Actor
from workflows.commands.running.runs import Run
from workflows.engine import Step
from workflows.errors import NotPermitted, TaskFinished, TaskGone, TaskNotNeeded, TaskTaken
from workflows.errors.operating import TaskSuspended
from workflows.records.journal import record
from workflows.unit_of_work import UnitOfWork

_task = (
    select(
        Task.id,
        Task.version_id,
        Task.element_id,
        Task.token,
        Task.state,
        Task.assignee_id,
        Task.role,
        Task.role_unit_id,
        Task.accountable_id,
        Task.opened_at,
        Task.due_at,
        Task.completed_at,
        Task.completed_by_id,
        Task.returned_reason,
        exists().where(Incident.instance_id == ProcessInstance.id, Incident.resolved_at.is_(None)),
        ProcessInstance.id,
        ProcessInstance.version_id,
        ProcessInstance.area,
        ProcessInstance.campaign_id,
        ProcessInstance.unit_id,
        ProcessInstance.subject_kind,
        ProcessInstance.subject_id,
        ProcessInstance.subject_name,
        ProcessInstance.group_id,
        ProcessInstance.state,
        ProcessInstance.engine_state,
        ProcessInstance.start_values,
        ProcessInstance.revision,
        ProcessInstance.undo_task_id,
        ProcessInstance.suspended_at,
    )
    # In this order they are locked, as by all who lock an instance and then what belongs to it.
    .select_from(ProcessInstance)
    .join(Task, Task.instance_id == ProcessInstance.id)
    .where(Task.id == bindparam("task_id"))
)
_read = Prepared(_task.with_for_update(**HELD))
_look = Prepared(_task)
# How many of the columns above are the task's; the rest is the run.
_TASK_COLUMNS = 15


@dataclass(slots=True)
class HeldTask:
    """A task as read and locked together with its instance (`run`)."""

    id: int
    # What is done keeps it, wherever its run goes on.
    version_id: int
    element_id: str
    token: str
    state: TaskState
    assignee_id: int | None
    role: str | None
    role_unit_id: int | None
    accountable_id: int | None
    opened_at: datetime
    due_at: datetime
    completed_at: datetime | None
    completed_by_id: int | None
    returned_reason: str
    # Whether anything of the instance waits for an operator.
    has_incidents: bool
    run: Run

    def on_behalf_of(self, actor: Actor) -> int | None:
        """Give the accountable person when somebody else acts (C2)."""
        return self.accountable_id if self.accountable_id != actor.person_id else None


def hold_task(work: UnitOfWork, task_id: int) -> HeldTask:
    """Read a task with its instance and lock both; refuses with TaskGone."""
    return _as_held(_read.row(work.connection, task_id=task_id))


def look_at_task(work: UnitOfWork, task_id: int) -> HeldTask:
    """Read a task with its instance for a page, which locks nothing; refuses with TaskGone."""
    return _as_held(_look.row(work.connection, task_id=task_id))


def _as_held(row: tuple[Any, ...] | None) -> HeldTask:
    if row is None:
        raise TaskGone
    return HeldTask(*row[:_TASK_COLUMNS], Run(*row[_TASK_COLUMNS:]))  # type: ignore[call-arg]


def step_of(work: UnitOfWork, task: HeldTask) -> Step:
    """Give the task's step as published in its version."""
    return work.engine.specification(task.version_id).steps[task.element_id]


def may_act(actor: Actor, task: HeldTask) -> bool:
    """Tell whether the person has the task, or holds the role that has it while nobody claimed it."""
    if task.assignee_id is not None:
        return task.assignee_id == actor.person_id
    return task.role is not None and actor.holds(task.role, task.role_unit_id or 0)


def require_open(work: UnitOfWork, task: HeldTask) -> None:
    """Refuse a task that is finished (saying who and when), not needed any more, or held by an administrator."""
    if task.state is TaskState.COMPLETED:
        raise TaskFinished(who=_name(work, task.completed_by_id), when=task.completed_at)
    if task.state is TaskState.WITHDRAWN or task.run.state is not InstanceState.RUNNING:
        raise TaskNotNeeded
    if task.run.suspended_at is not None:
        raise TaskSuspended(since=task.run.suspended_at)


def require_may_act(work: UnitOfWork, actor: Actor, task: HeldTask) -> None:
    """Refuse who does not have the task; who holds its role learns who claimed it."""
    if may_act(actor, task):
        return
    if task.assignee_id is not None and task.role and actor.holds(task.role, task.role_unit_id or 0):
        raise TaskTaken(who=_name(work, task.assignee_id))
    raise NotPermitted


def record_act(
    work: UnitOfWork,
    task: HeldTask,
    kind: JournalKind,
    actor: Actor,
    details: Mapping[str, Any],
    request_key: str | None,
) -> None:
    """Add what somebody did with a task to the journal."""
    record(
        work,
        kind,
        unit_id=task.run.unit_id,
        campaign_id=task.run.campaign_id,
        instance_id=task.run.id,
        task_id=task.id,
        actor_id=actor.person_id,
        on_behalf_of_id=task.on_behalf_of(actor),
        details=details,
        request_key=request_key,
    )


def _name(work: UnitOfWork, person_id: int | None) -> Name | str:
    person = work.session.get(Person, person_id) if person_id is not None else None
    return person.named if person is not None else ""

"""What a person has completed: just now, still under way elsewhere, or all of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, joinedload

from models.instance import ChildGroup, GroupState, InstanceState, ProcessInstance
from models.task import Task, TaskState

PAGE = 50


@dataclass(frozen=True, slots=True)
class Completed:
    """One completed task with its instance."""

    task: Task
    instance: ProcessInstance

    @property
    def last_move(self) -> bool:
        """Whether it was the last move of its procedure, so that it may be taken back."""
        return self.instance.undo_task_id == self.task.id


@dataclass(frozen=True, slots=True)
class DoneCursor:
    """Where a page begins: before this completion."""

    completed_at: datetime
    task_id: int

    def __str__(self) -> str:
        return f"{self.completed_at.isoformat()}~{self.task_id}"

    @classmethod
    def read(cls, text: str) -> "DoneCursor | None":
        """Read a cursor from an address; None for anything else."""
        at, _, task_id = text.partition("~")
        try:
            cursor = cls(datetime.fromisoformat(at), int(task_id))
        except ValueError:
            return None
        return cursor if cursor.completed_at.tzinfo and 0 < cursor.task_id < 2**63 else None


@dataclass(frozen=True, slots=True)
class CompletedPage:
    """A page of completed tasks, the last one first."""

    rows: Sequence[Completed]
    next: DoneCursor | None


def just_completed(session: Session, person_id: int, task_ids: Collection[int]) -> list[Completed]:
    """Give those of the tasks that the person has completed, in the order of completion."""
    query = _completed_by(person_id).where(Task.id.in_(task_ids)).order_by(Task.completed_at, Task.id)
    return [Completed(task, instance) for task, instance in session.execute(query)]


def done_by(session: Session, person_id: int, before: DoneCursor | None = None) -> CompletedPage:
    """Give a page of everything a person completed."""
    return _page(session, _completed_by(person_id), before)


def submitted_by(session: Session, person_id: int, before: DoneCursor | None = None) -> CompletedPage:
    """Give a page of what a person completed and others still work on: the last act of each running instance."""
    later = Task.__table__.alias("later")
    superseded = (
        select(later.c.id)
        .where(
            later.c.instance_id == Task.instance_id,
            later.c.state == TaskState.COMPLETED,
            later.c.completed_by_id == person_id,
            later.c.completed_at > Task.completed_at,
        )
        .exists()
    )
    query = _completed_by(person_id).where(ProcessInstance.state == InstanceState.RUNNING, ~superseded)
    return _page(session, query, before)


def waiting_in(session: Session, instance_ids: Collection[int]) -> dict[int, list[Task]]:
    """Give the open tasks of instances, with who has them: where each stands now."""
    found: dict[int, list[Task]] = {}
    if not instance_ids:
        return found
    query = (
        select(Task)
        .options(joinedload(Task.assignee), joinedload(Task.unit))
        .where(Task.instance_id.in_(instance_ids), Task.state == TaskState.OPEN)
        .order_by(Task.due_at, Task.id)
    )
    for task in session.scalars(query):
        found.setdefault(task.instance_id, []).append(task)
    return found


@dataclass(frozen=True, slots=True)
class OpenPart:
    """What an instance waits for below it: so many runs of a called procedure."""

    element_id: str
    running: int


def parts_of(session: Session, instance_ids: Collection[int]) -> dict[int, list[OpenPart]]:
    """Count the children that instances wait for, by the call activity."""
    found: dict[int, list[OpenPart]] = {}
    if not instance_ids:
        return found
    query = _open_parts(instance_ids)
    for parent_id, element_id, running in session.execute(query):
        found.setdefault(parent_id, []).append(OpenPart(element_id, running))
    return found


def _open_parts(instance_ids: Collection[int]) -> Any:
    return (
        select(ChildGroup.parent_id, ChildGroup.element_id, func.count(ProcessInstance.id))
        .join(ProcessInstance, ProcessInstance.group_id == ChildGroup.id)
        .where(
            ChildGroup.parent_id.in_(instance_ids),
            ChildGroup.state == GroupState.OPEN,
            ProcessInstance.state.in_([InstanceState.RUNNING, InstanceState.PENDING]),
        )
        .group_by(ChildGroup.parent_id, ChildGroup.element_id)
    )


def _completed_by(person_id: int) -> Any:
    return (
        select(Task, ProcessInstance)
        .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
        .where(Task.completed_by_id == person_id, Task.state == TaskState.COMPLETED)
    )


def _page(session: Session, query: Any, before: DoneCursor | None) -> CompletedPage:
    if before is not None:
        query = query.where(tuple_(Task.completed_at, Task.id) < (before.completed_at, before.task_id))
    query = query.order_by(Task.completed_at.desc(), Task.id.desc()).limit(PAGE + 1)
    found = [Completed(task, instance) for task, instance in session.execute(query)]
    shown = found[:PAGE]
    last = shown[-1].task if len(found) > PAGE else None
    cursor = DoneCursor(last.completed_at, last.id) if last and last.completed_at else None
    return CompletedPage(shown, cursor)

"""What a person has completed: just now, still under way elsewhere, or all of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased, joinedload

from models.instance import ChildGroup, GroupState, InstanceState, ProcessInstance
from models.task import Task, TaskState

PAGE = 50


@dataclass(frozen=True, slots=True)
class Completed:
    """One completed task with its instance."""

    task: Task
    instance: ProcessInstance
    # Whether its procedure runs, or what it is a part of still waits for others.
    under_way: bool

    @property
    def last_move(self) -> bool:
        """Whether it was the last move of its procedure, so that it may be taken back."""
        return self.under_way and self.instance.undo_task_id == self.task.id

    @property
    def ended(self) -> bool:
        """Whether its procedure ran to its end."""
        return self.instance.state is InstanceState.FINISHED


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
    return [Completed(*row) for row in session.execute(query)]


def done_by(session: Session, person_id: int, before: DoneCursor | None = None) -> CompletedPage:
    """Give a page of everything a person completed."""
    return _page(session, _completed_by(person_id), before)


def submitted_by(session: Session, person_id: int, before: DoneCursor | None = None) -> CompletedPage:
    """Give a page of what a person completed and others still work on.

    That is the last act in each instance that runs, and the act that ended one of several which are waited for:
    until the last of them has ended, it can be taken back.
    """
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
    return _page(session, _completed_by(person_id).where(_under_way(), ~superseded), before)


def _under_way() -> ColumnElement[bool]:
    return or_(ProcessInstance.state == InstanceState.RUNNING, _ended_while_others_run())


def _ended_while_others_run() -> ColumnElement[bool]:
    waiting = select(ChildGroup.id).where(
        ChildGroup.id == ProcessInstance.group_id, ChildGroup.state == GroupState.OPEN
    )
    return and_(
        ProcessInstance.state == InstanceState.FINISHED,
        ProcessInstance.undo_task_id == Task.id,
        waiting.exists(),
    )


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
    """What an instance waits for below it: so many runs of a called procedure, named by its own version."""

    version_id: int
    element_id: str
    running: int


def parts_of(session: Session, instance_ids: Collection[int]) -> dict[int, list[OpenPart]]:
    """Count the children that instances wait for, by the call activity."""
    found: dict[int, list[OpenPart]] = {}
    if not instance_ids:
        return found
    for _, parent_id, *part in session.execute(_open_parts(ChildGroup.parent_id.in_(instance_ids))):
        found.setdefault(parent_id, []).append(OpenPart(*part))
    return found


def parts_besides(session: Session, group_ids: Collection[int]) -> dict[int, OpenPart]:
    """Count who still runs in groups, by the group: whom an instance that has ended is waiting for."""
    if not group_ids:
        return {}
    rows = session.execute(_open_parts(ChildGroup.id.in_(group_ids)))
    return {group_id: OpenPart(*part) for group_id, _, *part in rows}


def _open_parts(which: ColumnElement[bool]) -> Any:
    parent = aliased(ProcessInstance)
    return (
        select(
            ChildGroup.id,
            ChildGroup.parent_id,
            parent.version_id,
            ChildGroup.element_id,
            func.count(ProcessInstance.id),
        )
        .join(ProcessInstance, ProcessInstance.group_id == ChildGroup.id)
        .join(parent, parent.id == ChildGroup.parent_id)
        .where(
            which,
            ChildGroup.state == GroupState.OPEN,
            ProcessInstance.state.in_([InstanceState.RUNNING, InstanceState.PENDING]),
        )
        .group_by(ChildGroup.id, ChildGroup.parent_id, parent.version_id, ChildGroup.element_id)
    )


def _completed_by(person_id: int) -> Any:
    return (
        select(Task, ProcessInstance, _under_way())
        .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
        .options(joinedload(Task.accountable))
        .where(Task.completed_by_id == person_id, Task.state == TaskState.COMPLETED)
    )


def _page(session: Session, query: Any, before: DoneCursor | None) -> CompletedPage:
    if before is not None:
        query = query.where(tuple_(Task.completed_at, Task.id) < (before.completed_at, before.task_id))
    query = query.order_by(Task.completed_at.desc(), Task.id.desc()).limit(PAGE + 1)
    found = [Completed(*row) for row in session.execute(query)]
    shown = found[:PAGE]
    last = shown[-1].task if len(found) > PAGE else None
    cursor = DoneCursor(last.completed_at, last.id) if last and last.completed_at else None
    return CompletedPage(shown, cursor)

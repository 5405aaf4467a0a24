"""What is wrong with stored instances: rows that no act of the product leaves behind.

The first look at many instances is one statement on indexes each; only then the state of each is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, exists, or_, select
from sqlalchemy.orm import Session

from models.event import AwaitedEvent
from models.instance import (
    ChildGroup,
    Finding,
    GroupState,
    Incident,
    InstanceState,
    ProcessInstance,
    Timer,
    TimerState,
    WaitingChildren,
)
from models.task import Task, TaskState
from workflows.commands.running.spawning import MORE
from workflows.engine import ProcessEngine, Snapshot, Surroundings
from workflows.errors import Refusal
from workflows.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is wrong with an instance, and where."""

    instance_id: int
    finding: Finding
    element_id: str
    cause: str


_RUNNING = or_(ProcessInstance.state == InstanceState.RUNNING, ProcessInstance.state == InstanceState.PENDING)
_open_task = exists().where(Task.instance_id == ProcessInstance.id, Task.state == TaskState.OPEN)
_waiting_timer = exists().where(Timer.instance_id == ProcessInstance.id, Timer.state == TimerState.WAITING)
# What failed waits for an operator as long as its incident is open.
_looked_after = exists().where(
    Incident.timer_id == Timer.id,
    Incident.instance_id == Timer.instance_id,
    Incident.resolved_at.is_(None),
)
_failed_timer = exists().where(
    Timer.instance_id == ProcessInstance.id,
    Timer.state == TimerState.FAILED,
    _looked_after,
)
_awaited = exists().where(AwaitedEvent.instance_id == ProcessInstance.id)
_open_group = exists().where(ChildGroup.parent_id == ProcessInstance.id, ChildGroup.state == GroupState.OPEN)


def findings_of(
    session: Session, engine: ProcessEngine, now: datetime, instance_ids: Sequence[int]
) -> list[Found]:
    """Give the one thing that is wrong with each of some instances; an empty list is as it should be.

    Where several things are, the one that explains the others.
    """
    found = (
        *_states(session, engine, now, instance_ids),
        *_groups_left_open(session, instance_ids),
        *_tasks_left_open(session, instance_ids),
        *_stuck(session, instance_ids),
    )
    first: dict[int, Found] = {}
    for one in found:
        first.setdefault(one.instance_id, one)
    return list(first.values())


def findings_in(work: UnitOfWork, instance_id: int) -> list[Found]:
    """Give what is wrong with one instance that a transaction holds, if anything is."""
    work.flush()
    return findings_of(work.session, work.engine, work.now, [instance_id])


def _stuck(session: Session, ids: Sequence[int]) -> list[Found]:
    nothing = and_(*(~one for one in (_open_task, _waiting_timer, _failed_timer, _awaited, _open_group)))
    rows = session.scalars(
        select(ProcessInstance.id).where(
            ProcessInstance.id.in_(ids), ProcessInstance.state == InstanceState.RUNNING, nothing
        )
    )
    cause = "no open task, no timer, no message or signal awaited, no child"
    return [Found(one, Finding.STUCK, "", cause) for one in rows]


def _groups_left_open(session: Session, ids: Sequence[int]) -> list[Found]:
    child = ProcessInstance.__table__.alias("child")
    # Those of a sequential group whose turn has not come do not bring it on.
    runs: ColumnElement[bool] = exists().where(
        child.c.group_id == ChildGroup.id, child.c.state == InstanceState.RUNNING
    )
    # Of a large group some are still to come, as long as something asks the worker for them, or an operator looks.
    asked_for = exists().where(
        Timer.instance_id == ChildGroup.parent_id,
        Timer.token == MORE,
        Timer.expression == ChildGroup.id.cast(String),
        or_(Timer.state == TimerState.WAITING, and_(Timer.state == TimerState.FAILED, _looked_after)),
    )
    to_come: ColumnElement[bool] = and_(exists().where(WaitingChildren.group_id == ChildGroup.id), asked_for)
    rows = session.execute(
        select(ChildGroup.parent_id, ChildGroup.element_id)
        .join(ProcessInstance, ProcessInstance.id == ChildGroup.parent_id)
        .where(ChildGroup.parent_id.in_(ids), ChildGroup.state == GroupState.OPEN, _RUNNING, ~runs, ~to_come)
    )
    found = {
        parent_id: Found(
            parent_id, Finding.GROUP_LEFT_OPEN, element_id, "no child of the group runs any more"
        )
        for parent_id, element_id in rows
    }
    return list(found.values())


def _tasks_left_open(session: Session, ids: Sequence[int]) -> list[Found]:
    rows = session.execute(
        select(Task.instance_id, Task.element_id)
        .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
        .where(Task.instance_id.in_(ids), Task.state == TaskState.OPEN, ~_RUNNING)
    )
    found = {
        instance_id: Found(instance_id, Finding.TASK_LEFT_OPEN, element_id, "the instance has ended")
        for instance_id, element_id in rows
    }
    return list(found.values())


def _states(session: Session, engine: ProcessEngine, now: datetime, ids: Sequence[int]) -> list[Found]:
    """Read each state, and compare what waits in it with the rows that would bring it on."""
    rows = session.execute(
        select(ProcessInstance.id, ProcessInstance.version_id, ProcessInstance.engine_state).where(
            ProcessInstance.id.in_(ids),
            ProcessInstance.state == InstanceState.RUNNING,
            ProcessInstance.engine_state.is_not(None),
        )
    ).all()
    known = _known_tokens(session, [row.id for row in rows])
    found = []
    for instance_id, version_id, state in rows:
        try:
            snapshot = engine.read(version_id, state or b"", Surroundings(now))
        except Refusal as refusal:
            found.append(Found(instance_id, Finding.UNREADABLE, "", str(refusal)))
            continue
        unseen = _unseen(snapshot, known.get(instance_id, set()))
        if unseen:
            found.append(
                Found(instance_id, Finding.UNSEEN, unseen[0], f"waits unseen at {', '.join(unseen)}")
            )
    return found


def _unseen(snapshot: Snapshot, known: set[str]) -> list[str]:
    waiting: list[Any] = [*snapshot.steps, *snapshot.timers, *snapshot.awaited]
    missing = {one.element_id for one in waiting if one.token not in known}
    missing |= {"" for token in snapshot.calls if token not in known}
    return sorted(missing)


def _known_tokens(session: Session, ids: Sequence[int]) -> dict[int, set[str]]:
    known: dict[int, set[str]] = {}
    queries = (
        select(Task.instance_id, Task.token).where(Task.instance_id.in_(ids), Task.state == TaskState.OPEN),
        select(Timer.instance_id, Timer.token).where(
            Timer.instance_id.in_(ids),
            or_(
                Timer.state == TimerState.WAITING,
                and_(Timer.state == TimerState.FAILED, _looked_after),
            ),
        ),
        select(AwaitedEvent.instance_id, AwaitedEvent.token).where(AwaitedEvent.instance_id.in_(ids)),
        select(ChildGroup.parent_id, ChildGroup.token).where(
            ChildGroup.parent_id.in_(ids), ChildGroup.state == GroupState.OPEN
        ),
    )
    for query in queries:
        for instance_id, token in session.execute(query):
            known.setdefault(instance_id, set()).add(token)
    return known

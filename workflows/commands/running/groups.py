"""Groups of detached children: counted by index, their end resumes the parent exactly once (`spawning` adds them).

No counter is kept: it would be one row that every child of a group must wait for. A child that ends looks
whether others still run; only near the end of the group it takes the group's lock and looks again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, text, update

from models.database import HELD
from models.event import AwaitedEvent
from models.instance import (
    ChildGroup,
    GroupState,
    InstanceState,
    ProcessInstance,
    Timer,
    TimerState,
    WaitingChildren,
)
from models.prepared import Prepared
from models.process import ProcessDefinition, ProcessVersion
from models.task import Task, TaskState
from workflows.commands.running.names import surroundings_of
from workflows.commands.running.results import results_of
from workflows.commands.running.runs import Run, in_parts, lock_all, lock_run, read_run
from workflows.engine import Ended
from workflows.errors import ProcedureMissing
from workflows.unit_of_work import UnitOfWork

# More than transactions can be under way at once: with so many still running, this one is not the last.
MANY = 256


@dataclass(frozen=True, slots=True)
class Resumption:
    """A group has ended: its parent goes on at the token with the children's results."""

    parent_id: int
    token: str
    results: list[dict[str, Any]]


_UNFINISHED = (InstanceState.PENDING, InstanceState.RUNNING)
_unfinished_children = select(func.count()).select_from(
    select(ProcessInstance.id)
    .where(
        ProcessInstance.group_id == bindparam("group_id"),
        or_(*(ProcessInstance.state == state for state in _UNFINISHED)),
    )
    .limit(MANY)
    .subquery()
)
# Children that the worker has yet to add (`spawning`).
_not_spawned = select(func.coalesce(func.sum(WaitingChildren.number), 0)).where(
    WaitingChildren.group_id == bindparam("group_id")
)
_count_left = Prepared(select(_unfinished_children.scalar_subquery(), _not_spawned.scalar_subquery()))
_group = Prepared(
    select(
        ChildGroup.parent_id,
        ChildGroup.token,
        ChildGroup.state,
        ChildGroup.sequential,
        ChildGroup.condition,
        _unfinished_children.scalar_subquery(),
        _not_spawned.scalar_subquery(),
    ).where(ChildGroup.id == bindparam("group_id"))
)
_lock_group = Prepared(
    select(ChildGroup.state).where(ChildGroup.id == bindparam("group_id")).with_for_update(**HELD)
)


def latest_version(work: UnitOfWork, key: str) -> int:
    """Give the newest published version of a procedure; refuses with ProcedureMissing."""
    version_id = work.session.scalar(
        select(ProcessVersion.id)
        .join(ProcessDefinition)
        .where(ProcessDefinition.key == key)
        .order_by(ProcessVersion.number.desc())
        .limit(1)
    )
    if version_id is None:
        raise ProcedureMissing(key=key)
    return version_id


def child_ended(work: UnitOfWork, child: Run) -> Resumption | Run | None:
    """Go on with the group after one of its children has ended (finished, or left the roster).

    Gives the parent's resumption when that was the end of the group, or the next child of a sequential group.
    """
    assert child.group_id is not None
    row = _group.row(work.connection, group_id=child.group_id)
    assert row is not None
    parent_id, token, state, sequential, condition, unfinished, not_spawned = row
    if state != GroupState.OPEN:
        return None
    if not sequential and condition is None and not_spawned + unfinished >= MANY:
        return None
    # From here on one child of the group at a time: the last two must not both see the other one running.
    locked = _lock_group.row(work.connection, group_id=child.group_id)
    assert locked is not None
    if locked[0] != GroupState.OPEN:
        return None
    unfinished, not_spawned = _left(work, child.group_id)
    left = unfinished + not_spawned
    if left:
        counters = _counters(work, child.group_id, sequential, not_spawned) if condition else {}
        if condition is None or not _enough(work, child, parent_id, token, condition, counters):
            return _next_of(work, child.group_id) if sequential else None
        _cancel_children(work, child.group_id)
    _end_group(work, child.group_id, GroupState.FINISHED)
    return Resumption(parent_id, token, results_of(work.session, child.group_id))


def end_if_over(work: UnitOfWork, group_id: int) -> Resumption | Run | None:
    """Go on with an open group in which no child runs, although none ended just now; None where one runs."""
    row = _group.row(work.connection, group_id=group_id)
    locked = _lock_group.row(work.connection, group_id=group_id)
    if row is None or locked is None or locked[0] != GroupState.OPEN:
        return None
    if any(_left(work, group_id)):
        return _next_of(work, group_id)
    _end_group(work, group_id, GroupState.FINISHED)
    return Resumption(row[0], row[1], results_of(work.session, group_id))


def _left(work: UnitOfWork, group_id: int) -> tuple[int, int]:
    """Count under the group's lock who has not ended (`MANY` at most), and who has yet to be added."""
    row = _count_left.row(work.connection, group_id=group_id)
    assert row is not None
    return int(row[0]), int(row[1])


def _enough(
    work: UnitOfWork, child: Run, parent_id: int, token: str, condition: str, counters: Mapping[str, int]
) -> bool:
    """Evaluate a completion condition at the parent as it is now; it is not held before it goes on."""
    group_id = child.group_id
    assert group_id is not None
    parent = read_run(work.connection, parent_id)
    ended = Ended(
        child.version_id,
        child.start_values,
        child.result or {},
        counters,
        lambda: results_of(work.session, group_id),
    )
    return work.engine.enough(
        parent.version_id, parent.engine_state or b"", token, condition, ended, surroundings_of(work, parent)
    )


def _counters(work: UnitOfWork, group_id: int, sequential: bool, not_spawned: int) -> dict[str, int]:
    """Count the children of a group by state, those that the worker has yet to add included."""
    query = (
        select(ProcessInstance.state, func.count())
        .where(ProcessInstance.group_id == group_id)
        .group_by(ProcessInstance.state)
    )
    counts: dict[InstanceState, int] = dict(work.session.execute(query).all())
    active = not_spawned + sum(counts.get(state, 0) for state in _UNFINISHED)
    return {
        "nrOfInstances": not_spawned + sum(counts.values()),
        "nrOfCompletedInstances": counts.get(InstanceState.FINISHED, 0),
        # One after the other, at most one is under way.
        "nrOfActiveInstances": 1 if sequential else active,
    }


def _next_of(work: UnitOfWork, group_id: int) -> Run | None:
    """Let the next child of a sequential group begin, unless one is running."""
    following = work.session.execute(
        select(ProcessInstance.id, ProcessInstance.state)
        .where(ProcessInstance.group_id == group_id, ProcessInstance.state.in_(_UNFINISHED))
        .order_by(ProcessInstance.position)
        .limit(1)
    ).first()
    if following is None or following.state is InstanceState.RUNNING:
        return None
    child = lock_run(work.connection, following.id)
    child.state = InstanceState.RUNNING
    return child


def hold_group(work: UnitOfWork, group_id: int) -> tuple[GroupState, int, str]:
    """Hold a group as its end does (child, group, parent); give its state, and who waits or waited at which token."""
    query = select(ChildGroup.state, ChildGroup.parent_id, ChildGroup.token)
    state, parent_id, token = work.session.execute(
        query.where(ChildGroup.id == group_id).with_for_update(**HELD)
    ).one()
    return state, parent_id, token


def cancel_group(work: UnitOfWork, parent_id: int, token: str) -> None:
    """End an open group and everything below it."""
    group_id = work.session.scalar(
        select(ChildGroup.id).where(
            ChildGroup.parent_id == parent_id,
            ChildGroup.token == token,
            ChildGroup.state == GroupState.OPEN,
        )
    )
    if group_id is not None:
        _cancel_children(work, group_id)
        _end_group(work, group_id, GroupState.CANCELLED)


def cancel_run(work: UnitOfWork, instance_id: int) -> None:
    """Cancel a run that is held, with everything below it."""
    waiting = select(ChildGroup.id).where(
        ChildGroup.parent_id == instance_id, ChildGroup.state == GroupState.OPEN
    )
    for group_id in work.session.scalars(waiting).all():
        _cancel_children(work, group_id)
    cancel_instances(work, [instance_id])


def _end_group(work: UnitOfWork, group_id: int, state: GroupState) -> None:
    work.session.execute(
        delete(WaitingChildren).where(WaitingChildren.group_id == group_id),
        execution_options={"synchronize_session": False},
    )
    work.session.execute(
        update(ChildGroup).where(ChildGroup.id == group_id).values(state=state, ended_at=work.now),
        execution_options={"synchronize_session": False},
    )


_BELOW = text("""
WITH RECURSIVE below(id, state) AS (
    SELECT id, state FROM process_instance WHERE group_id = :group_id
    UNION ALL
    SELECT child.id, child.state FROM process_instance child
    JOIN child_group g ON child.group_id = g.id
    JOIN below ON g.parent_id = below.id
)
SELECT id FROM below WHERE state IN ('pending', 'running')
""")


def hold_below(work: UnitOfWork, group_id: int) -> list[int]:
    """Hold what still runs in a group, grandchildren included, without loading any of it, and give the ids."""
    return lock_all(
        work.connection, lambda: work.session.execute(_BELOW, {"group_id": group_id}).scalars().all()
    )


def _cancel_children(work: UnitOfWork, group_id: int) -> None:
    cancel_instances(work, hold_below(work, group_id))


def cancel_instances(work: UnitOfWork, instance_ids: Sequence[int]) -> None:
    """Cancel running instances with their tasks, timers, awaited events and groups."""
    for part in in_parts(instance_ids):
        _cancel_part(work, part)


def _cancel_part(work: UnitOfWork, instance_ids: Sequence[int]) -> None:
    off: dict[str, Any] = {"synchronize_session": False}
    work.session.execute(
        update(Task)
        .where(Task.instance_id.in_(instance_ids), Task.state == TaskState.OPEN)
        .values(state=TaskState.WITHDRAWN, next_rung_at=None, completed_at=work.now),
        execution_options=off,
    )
    work.session.execute(
        update(Timer)
        .where(Timer.instance_id.in_(instance_ids), Timer.state.in_([TimerState.WAITING, TimerState.FAILED]))
        .values(state=TimerState.WITHDRAWN),
        execution_options=off,
    )
    work.session.execute(
        delete(AwaitedEvent).where(AwaitedEvent.instance_id.in_(instance_ids)), execution_options=off
    )
    of_them = select(ChildGroup.id).where(ChildGroup.parent_id.in_(instance_ids))
    work.session.execute(
        delete(WaitingChildren).where(WaitingChildren.group_id.in_(of_them)), execution_options=off
    )
    work.session.execute(
        update(ChildGroup)
        .where(ChildGroup.parent_id.in_(instance_ids), ChildGroup.state == GroupState.OPEN)
        .values(state=GroupState.CANCELLED, ended_at=work.now),
        execution_options=off,
    )
    work.session.execute(
        update(ProcessInstance)
        .where(ProcessInstance.id.in_(instance_ids), ProcessInstance.state.in_(_UNFINISHED))
        .values(
            state=InstanceState.CANCELLED,
            engine_state=None,
            undo_state=None,
            undo_task_id=None,
            revision=ProcessInstance.revision + 1,
            ended_at=work.now,
        ),
        execution_options=off,
    )

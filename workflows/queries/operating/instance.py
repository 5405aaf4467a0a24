"""One instance as an operator sees it: where its tokens stand, what it knows, its children, timers and incidents.

What is known at a token are the variables of the procedure: names, choices and dates that steps asked for. The values
of a person's record never are among them, so that nobody reads a record here (C10).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from models.event import AwaitedEvent
from models.instance import (
    ChildGroup,
    GroupState,
    Incident,
    InstanceState,
    ProcessInstance,
    Timer,
    TimerState,
    WaitingChildren,
)
from models.journal import JournalEntry, JournalKind
from models.process import ProcessDefinition, ProcessVersion
from models.task import Task, TaskState
from workflows.actor import Actor
from workflows.errors import InstanceGone, Refusal
from workflows.queries.operating.instances import InstanceRow, rows_of
from workflows.queries.operating.rights import require_may_operate
from workflows.queries.work.history import SUMMED_UP

# Entries, children and groups of one look.
PAGE = 50
# Calls above one another; more means that the store is broken.
DEEPEST = 30

TokenKind = Literal["step", "timer", "message", "signal", "call", "other"]


class OpenToken(Protocol):
    """One token that waits, as the engine reads it from the state (`workflows.engine.OpenToken`)."""

    @property
    def token(self) -> str: ...
    @property
    def element_id(self) -> str: ...
    @property
    def kind(self) -> TokenKind: ...
    @property
    def values(self) -> Mapping[str, object]: ...
    # Whether an operator may take it back and open another element instead.
    @property
    def movable(self) -> bool: ...


class Look(Protocol):
    """Reads the open tokens from a state: `ProcessEngine.open_tokens`."""

    def __call__(self, version_id: int, state: bytes, now: datetime) -> Sequence[OpenToken]: ...


@dataclass(frozen=True, slots=True)
class GroupRow:
    """The children of one call: how many in which state."""

    id: int
    element_id: str
    token: str
    key: str
    name: str
    name_en: str
    state: GroupState
    sequential: bool
    opened_at: datetime
    counts: Mapping[InstanceState, int]
    # The sub-process of the same drawing that its children run; empty where they run a procedure of its own.
    area: str
    # Of a large group, those that the worker has yet to add.
    to_come: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values()) + self.to_come

    @property
    def unfinished(self) -> int:
        running = self.counts.get(InstanceState.RUNNING, 0) + self.counts.get(InstanceState.PENDING, 0)
        return running + self.to_come


@dataclass(frozen=True, slots=True)
class InstanceSight:
    """One instance with all that waits in it.

    `above` are the runs that called it, the nearest first. `tokens` is empty before the first touch and after the end;
    `unreadable` says why the state could not be read. `start_values` is what it began with.
    """

    row: InstanceRow
    department_id: int
    above: Sequence[InstanceRow]
    start_values: Mapping[str, object]
    tokens: Sequence[OpenToken]
    unreadable: Refusal | None
    tasks: Sequence[Task]
    timers: Sequence[Timer]
    awaited: Sequence[AwaitedEvent]
    groups: Sequence[GroupRow]
    incidents: Sequence[Incident]
    # Where an operator held it; itself or one above.
    held_from_id: int | None

    @property
    def open_elements(self) -> frozenset[str]:
        """The elements to mark on the drawing."""
        waiting = {task.element_id for task in self.tasks} | {token.element_id for token in self.tokens}
        return frozenset(waiting)


def instance_of(
    session: Session, actor: Actor, instance_id: int, *, today: date, now: datetime, look: Look
) -> InstanceSight:
    """Give one instance; refuses unknown ones (InstanceGone) and who does not administer its department."""
    run = session.get(ProcessInstance, instance_id)
    if run is None:
        raise InstanceGone
    department_id = require_may_operate(session, actor, run.unit_id, today)
    tokens: Sequence[OpenToken] = ()
    unreadable = None
    if run.engine_state is not None:
        try:
            tokens = look(run.version_id, run.engine_state, now)
        except Refusal as refusal:
            unreadable = refusal
    return InstanceSight(
        row=rows_of(session, [instance_id])[0],
        department_id=department_id,
        above=above(session, run),
        start_values=run.start_values,
        tokens=tokens,
        unreadable=unreadable,
        tasks=open_tasks_of(session, instance_id),
        timers=timers_of(session, instance_id),
        awaited=awaited_of(session, instance_id),
        groups=groups_of(session, instance_id),
        incidents=incidents_of(session, [instance_id]),
        held_from_id=run.held_from_id,
    )


def sight_of_row(session: Session, row: InstanceRow) -> InstanceSight:
    """Give of an instance what tells why it waits and nothing else, for rows of a list.

    Belongs behind `instances_of` or `instance_of` of the run above, which ask for the right.
    """
    tasks = open_tasks_of(session, row.id)
    held_from = select(ProcessInstance.held_from_id).where(ProcessInstance.id == row.id)
    return InstanceSight(
        row=row,
        department_id=0,
        above=(),
        start_values={},
        tokens=(),
        unreadable=None,
        tasks=tasks,
        # Runs and people come first in the sentence; what else waits beside them is not said.
        timers=() if tasks else timers_of(session, row.id),
        awaited=() if tasks else awaited_of(session, row.id),
        groups=groups_of(session, row.id),
        incidents=incidents_of(session, [row.id]) if row.incidents else (),
        held_from_id=session.scalar(held_from) if row.suspended_at else None,
    )


def above(session: Session, run: ProcessInstance) -> list[InstanceRow]:
    """Climb to the run that nobody called, the nearest first."""
    ids: list[int] = []
    group_id = run.group_id
    while group_id is not None and len(ids) < DEEPEST:
        parent = aliased(ProcessInstance)
        found = session.execute(
            select(parent.id, parent.group_id)
            .join(ChildGroup, ChildGroup.parent_id == parent.id)
            .where(ChildGroup.id == group_id)
        ).one()
        ids.append(found.id)
        group_id = found.group_id
    rows = {row.id: row for row in rows_of(session, ids)}
    return [rows[one] for one in ids]


def open_tasks_of(session: Session, instance_id: int) -> Sequence[Task]:
    """List the open tasks of an instance with the people who have them."""
    return session.scalars(
        select(Task)
        .where(Task.instance_id == instance_id, Task.state == TaskState.OPEN)
        .options(joinedload(Task.assignee), joinedload(Task.accountable))
        .order_by(Task.due_at, Task.id)
    ).all()


def timers_of(session: Session, instance_id: int) -> Sequence[Timer]:
    """List the timers of an instance that wait, or failed and wait for an operator."""
    return session.scalars(
        select(Timer)
        .where(
            Timer.instance_id == instance_id,
            Timer.state.in_([TimerState.WAITING, TimerState.FAILED]),
        )
        .order_by(Timer.due_at, Timer.id)
    ).all()


def awaited_of(session: Session, instance_id: int) -> Sequence[AwaitedEvent]:
    """List the messages and signals that an instance waits for."""
    return session.scalars(
        select(AwaitedEvent).where(AwaitedEvent.instance_id == instance_id).order_by(AwaitedEvent.id)
    ).all()


def incidents_of(session: Session, instance_ids: Collection[int]) -> Sequence[Incident]:
    """List the incidents of instances, open ones first, then the youngest."""
    return session.scalars(
        select(Incident)
        .where(Incident.instance_id.in_(instance_ids))
        .order_by(Incident.resolved_at.is_not(None), Incident.id.desc())
        .limit(PAGE)
    ).all()


def groups_of(session: Session, instance_id: int) -> list[GroupRow]:
    """List the groups of children of an instance, open ones first, then the youngest, each with its counts."""
    groups = session.execute(
        select(ChildGroup, ProcessDefinition)
        .join(ProcessVersion, ProcessVersion.id == ChildGroup.version_id)
        .join(ProcessVersion.definition)
        .where(ChildGroup.parent_id == instance_id)
        .order_by(ChildGroup.state != GroupState.OPEN, ChildGroup.id.desc())
        .limit(PAGE)
    ).all()
    if not groups:
        return []
    counts: dict[int, dict[InstanceState, int]] = {}
    for group_id, state, number in session.execute(
        select(ProcessInstance.group_id, ProcessInstance.state, func.count())
        .where(ProcessInstance.group_id.in_([group.id for group, _ in groups]))
        .group_by(ProcessInstance.group_id, ProcessInstance.state)
    ):
        counts.setdefault(group_id or 0, {})[state] = number
    left = session.execute(
        select(WaitingChildren.group_id, func.sum(WaitingChildren.number))
        .where(WaitingChildren.group_id.in_([group.id for group, _ in groups]))
        .group_by(WaitingChildren.group_id)
    )
    to_come = {group_id: int(number) for group_id, number in left}
    return [
        GroupRow(
            group.id,
            group.element_id,
            group.token,
            definition.key,
            definition.name,
            definition.name_en,
            group.state,
            group.sequential,
            group.opened_at,
            counts.get(group.id, {}),
            group.area,
            to_come.get(group.id, 0),
        )
        for group, definition in groups
    ]


def children_of(
    session: Session,
    group_id: int,
    *,
    state: InstanceState | None = None,
    after: int = -1,
    limit: int = PAGE,
) -> tuple[list[InstanceRow], int | None]:
    """Give a page of the children of a group in their order, and the position after which the next one begins.

    Belongs behind `instance_of` of the parent, which asks for the right.
    """
    query = select(ProcessInstance.id, ProcessInstance.position).where(
        ProcessInstance.group_id == group_id, ProcessInstance.position > after
    )
    if state is not None:
        query = query.where(ProcessInstance.state == state)
    found = session.execute(query.order_by(ProcessInstance.position).limit(limit + 1)).all()
    rows = {row.id: row for row in rows_of(session, [one.id for one in found[:limit]])}
    following = found[limit - 1].position if len(found) > limit else None
    return [rows[one.id] for one in found[:limit]], following


def entries_of(
    session: Session, instance_id: int, *, before: int | None = None, limit: int = PAGE
) -> tuple[Sequence[JournalEntry], int | None]:
    """Give a page of an instance's journal, the youngest first, and what the next page begins before.

    An act upon many has one entry for the whole of it.

    Belongs behind `instance_of`, which asks for the right.
    """
    query = select(JournalEntry).where(
        JournalEntry.instance_id == instance_id, JournalEntry.kind.not_in(SUMMED_UP)
    )
    if before is not None:
        query = query.where(JournalEntry.id < before)
    entries = session.scalars(
        query.options(joinedload(JournalEntry.actor), joinedload(JournalEntry.on_behalf_of))
        .order_by(JournalEntry.id.desc())
        .limit(limit + 1)
    ).all()
    return entries[:limit], entries[limit - 1].id if len(entries) > limit else None


def held_among(session: Session, instance_ids: Collection[int]) -> dict[int, datetime]:
    """Give since when those of some instances are held that are, for rows of an inbox."""
    if not instance_ids:
        return {}
    rows = session.execute(
        select(ProcessInstance.id, ProcessInstance.suspended_at).where(
            ProcessInstance.id.in_(instance_ids), ProcessInstance.suspended_at.is_not(None)
        )
    )
    return {instance_id: at for instance_id, at in rows if at is not None}


def holding_of(session: Session, instance_id: int) -> JournalEntry | None:
    """Give the act of an administrator that holds an instance, upon itself or one above it; None where it goes on."""
    held_from = select(ProcessInstance.held_from_id).where(ProcessInstance.id == instance_id)
    return session.scalar(
        select(JournalEntry)
        .options(joinedload(JournalEntry.actor))
        .where(
            JournalEntry.instance_id == held_from.scalar_subquery(),
            JournalEntry.kind == JournalKind.INSTANCE_SUSPENDED,
        )
        .order_by(JournalEntry.id.desc())
        .limit(1)
    )

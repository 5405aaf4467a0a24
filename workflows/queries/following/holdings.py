"""Work that cannot be done because its run is held or stuck: since when, who, and how much of it in each unit."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from models.instance import Incident, ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.person import Person
from models.task import Task, TaskState


@dataclass(frozen=True, slots=True)
class Holding:
    """Since when a run is held, and who did that to it or to a run above it."""

    since: datetime
    by: Person | None


@dataclass(frozen=True, slots=True)
class HeldTasks:
    """How many open tasks of a unit are held; `with_reader` of them are the reader's own unit's to do."""

    tasks: int = 0
    with_reader: int = 0
    # How many times an administrator had to press for that: by one act, one name and one instant say it all.
    acts: int = 1


def hindered_among(
    session: Session, instance_ids: Collection[int]
) -> tuple[dict[int, Holding], Collection[int]]:
    """Give of some runs those that are held, and those with an open incident; one statement where none is held."""
    stuck = exists().where(Incident.instance_id == ProcessInstance.id, Incident.resolved_at.is_(None))
    rows = session.execute(
        select(ProcessInstance.id, ProcessInstance.suspended_at, ProcessInstance.held_from_id, stuck).where(
            ProcessInstance.id.in_(instance_ids), or_(ProcessInstance.suspended_at.is_not(None), stuck)
        )
    ).all()
    by = _holders(session, {held_from_id for _, _, held_from_id, _ in rows if held_from_id is not None})
    held = {
        instance_id: Holding(since, by.get(held_from_id or 0))
        for instance_id, since, held_from_id, _ in rows
        if since is not None
    }
    return held, {instance_id for instance_id, _, _, is_stuck in rows if is_stuck}


def _holders(session: Session, held_from: Collection[int]) -> dict[int, Person]:
    if not held_from:
        return {}
    last = (
        select(func.max(JournalEntry.id))
        .where(JournalEntry.instance_id.in_(held_from), JournalEntry.kind == JournalKind.INSTANCE_SUSPENDED)
        .group_by(JournalEntry.instance_id)
    )
    rows = session.execute(
        select(JournalEntry.instance_id, Person)
        .join(Person, Person.id == JournalEntry.actor_id)
        .where(JournalEntry.id.in_(last))
    )
    return {instance_id or 0: person for instance_id, person in rows}


def held_tasks(
    session: Session, campaign_id: int, unit_ids: Collection[int], own_units: Collection[int]
) -> dict[int, HeldTasks]:
    """Count for each unit the open tasks that an administrator holds; units without any are left out."""
    rows = session.execute(held_tasks_query(campaign_id, unit_ids, own_units))
    return {unit_id: HeldTasks(tasks, with_reader, acts) for unit_id, tasks, with_reader, acts in rows}


def held_tasks_query(
    campaign_id: int, unit_ids: Collection[int], own_units: Collection[int]
) -> Select[int, int, int, int]:
    """Build the count of held tasks by unit: from the few runs that are held (`ix_process_instance_held`)."""
    held = select(ProcessInstance.id).where(ProcessInstance.held_from_id.is_not(None))
    of_task = select(ProcessInstance.held_from_id).where(ProcessInstance.id == Task.instance_id)
    acts = func.count(of_task.correlate(Task).scalar_subquery().distinct())
    with_reader = func.count().filter(Task.role_unit_id != Task.unit_id, Task.role_unit_id.in_(own_units))
    return (
        select(Task.unit_id, func.count(), with_reader, acts)
        .where(
            Task.instance_id.in_(held),
            Task.state == TaskState.OPEN,
            # From what is held to its tasks, not from all open tasks of a territory to their runs.
            (Task.campaign_id + 0) == campaign_id,
            (Task.unit_id + 0).in_(unit_ids),
        )
        .group_by(Task.unit_id)
    )

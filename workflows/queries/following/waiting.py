"""Why a unit waits: the open task that has been due longest, and who has it. Computed, never typed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, joinedload

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.organisation import OrganisationUnit
from models.person import Appointment, Person
from models.school import SchoolClass, StaffMember
from models.task import Task, TaskState
from workflows.queries.following.holdings import Holding, hindered_among
from workflows.queries.organisation import in_force


@dataclass(frozen=True, slots=True)
class Waiting:
    """One task somebody is waited for; `holders` are several where nobody has claimed a role's task."""

    task: Task
    holders: tuple[Person, ...]
    # Where the role's task lies; None when a person has it.
    role_unit: OrganisationUnit | None
    # The homeroom teacher of this class is the one waited for.
    homeroom_of: str = ""
    # The one waited for is off the roster of the school.
    has_left: bool = False
    # An administrator holds it: whoever has it cannot do it.
    held: Holding | None = None
    # Its run has an open incident.
    is_stuck: bool = False

    @property
    def since(self) -> datetime:
        return self.task.opened_at


def waiting_units(
    session: Session, campaign_id: int, unit_ids: Collection[int], on: date
) -> dict[int, Waiting]:
    """Give for each unit the open task that holds it up: the one due first. One index seek per unit."""
    earliest = (
        select(Task.id)
        .where(
            Task.campaign_id == campaign_id,
            Task.unit_id == OrganisationUnit.id,
            Task.state == TaskState.OPEN,
        )
        .order_by(Task.due_at, Task.id)
        .limit(1)
        .correlate(OrganisationUnit)
        .scalar_subquery()
    )
    firsts = select(earliest.label("task_id")).where(OrganisationUnit.id.in_(unit_ids)).subquery()
    held = aliased(Task)
    tasks = session.scalars(
        select(held).join(firsts, held.id == firsts.c.task_id).options(joinedload(held.assignee))
    ).all()
    return {waiting.task.unit_id: waiting for waiting in explained(session, tasks, on)}


def explained(session: Session, tasks: Sequence[Task], on: date) -> list[Waiting]:
    """Say for open tasks who has them, in the order given."""
    holders = _holders(session, tasks, on)
    units = _units(session, {task.role_unit_id for task in tasks if task.assignee_id is None})
    homerooms = _homerooms(session, tasks)
    gone = _gone(session, tasks)
    held, stuck = hindered_among(session, {task.instance_id for task in tasks}) if tasks else ({}, ())
    explained = []
    for task in tasks:
        holding, is_stuck = held.get(task.instance_id), task.instance_id in stuck
        if task.assignee is not None:
            of = homerooms.get((task.subject_id, task.assignee.id), "")
            by_class = of if task.subject_kind is SubjectKind.CLASS else ""
            left = (task.campaign_id, task.unit_id, task.assignee_id) in gone
            explained.append(Waiting(task, (task.assignee,), None, by_class, left, holding, is_stuck))
        else:
            found = holders.get((task.role_unit_id, task.role), ())
            unit = units.get(task.role_unit_id or 0)
            explained.append(Waiting(task, found, unit, held=holding, is_stuck=is_stuck))
    return explained


def _holders(
    session: Session, tasks: Sequence[Task], on: date
) -> Mapping[tuple[int | None, str | None], tuple[Person, ...]]:
    wanted = {(task.role_unit_id, task.role) for task in tasks if task.assignee_id is None}
    if not wanted:
        return {}
    appointed = session.scalars(
        select(Appointment)
        .join(Appointment.person)
        .options(joinedload(Appointment.person))
        .where(
            Appointment.unit_id.in_({unit_id for unit_id, _ in wanted}),
            Appointment.position.in_({role for _, role in wanted}),
            in_force(Appointment, on),
        )
        .order_by(Person.sort_key, Person.id)
    )
    found: dict[tuple[int | None, str | None], tuple[Person, ...]] = {}
    for one in appointed:
        key = (one.unit_id, str(one.position))
        found[key] = (*found.get(key, ()), one.person)
    return found


def _gone(session: Session, tasks: Sequence[Task]) -> set[tuple[int | None, int, int | None]]:
    """Give as (campaign, unit, person) who has a task although they are off the roster of its unit."""
    held: set[tuple[int | None, int, int | None]] = {
        (task.campaign_id, task.unit_id, task.assignee_id) for task in tasks if task.assignee_id
    }
    if not held:
        return set()
    rows = session.execute(
        select(RosterEntry.campaign_id, RosterEntry.unit_id, StaffMember.person_id)
        .join(StaffMember, StaffMember.id == RosterEntry.subject_id)
        .where(
            RosterEntry.campaign_id.in_({campaign_id for campaign_id, _, _ in held if campaign_id}),
            RosterEntry.unit_id.in_({unit_id for _, unit_id, _ in held}),
            RosterEntry.kind == SubjectKind.STAFF,
            RosterEntry.state == RosterState.LEFT,
        )
    )
    return held.intersection(map(tuple, rows))


def _units(session: Session, unit_ids: Collection[int | None]) -> dict[int, OrganisationUnit]:
    if not unit_ids:
        return {}
    units = session.scalars(select(OrganisationUnit).where(OrganisationUnit.id.in_(unit_ids)))
    return {unit.id: unit for unit in units}


def _homerooms(session: Session, tasks: Sequence[Task]) -> dict[tuple[int, int], str]:
    """Name the classes under review, by class and homeroom teacher."""
    classes = {task.subject_id for task in tasks if task.subject_kind is SubjectKind.CLASS}
    if not classes:
        return {}
    rows = session.execute(
        select(SchoolClass.id, SchoolClass.homeroom_teacher_id, SchoolClass.name).where(
            SchoolClass.id.in_(classes)
        )
    )
    return {(class_id, teacher_id): name for class_id, teacher_id, name in rows}

"""Progress within one school: by class and by person, with what each of them waits for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.person import Person
from models.school import SchoolClass, StaffMember, TeachingAssignment
from models.task import Task, TaskState
from workflows.queries.following.progress import FINISHED, Counts
from workflows.queries.following.waiting import Waiting, explained


@dataclass(slots=True)
class ClassRow:
    """A class under review: what the head will decide on, and how far its pupils are."""

    entry: RosterEntry
    homeroom: Person
    pupils: Counts = field(default_factory=Counts)
    tasks: int = 0
    late: int = 0
    waiting: Waiting | None = None


@dataclass(slots=True)
class PersonRow:
    """Somebody of the school: the review of their own record, and the tasks they hold or did."""

    person: Person
    entry: RosterEntry | None = None
    # The open review of their own record: who is waited for.
    waiting: Waiting | None = None
    open: int = 0
    late: int = 0
    returned: int = 0
    done: int = 0
    done_late: int = 0

    @property
    def is_concern(self) -> bool:
        """Something is late or came back, or the own record is not confirmed yet."""
        return bool(self.late or self.returned or (self.entry and self.entry.state not in FINISHED))


@dataclass(frozen=True, slots=True)
class SchoolProgress:
    classes: list[ClassRow]
    people: list[PersonRow]


def school_progress(
    session: Session, campaign_id: int, unit_id: int, now: datetime, on: date
) -> SchoolProgress:
    """Read the classes and the people of a school, late and stuck first."""
    entries = _entries(session, campaign_id, unit_id)
    tasks = session.scalars(
        select(Task)
        .where(Task.campaign_id == campaign_id, Task.unit_id == unit_id, Task.state == TaskState.OPEN)
        .options(joinedload(Task.assignee))
        .order_by(Task.due_at, Task.id)
    ).all()
    waits = explained(session, tasks, on)
    classes = _classes(session, [one for one in entries if one.kind is SubjectKind.CLASS])
    people = _people(session, [one for one in entries if one.kind is SubjectKind.STAFF])
    _add_pupils(session, classes, campaign_id, unit_id)
    _add_class_tasks(classes, waits, _classes_taught(session, tasks), now)
    _add_own_tasks(people, waits, now)
    _add_done(session, people, campaign_id, unit_id)
    return SchoolProgress(
        sorted(classes.values(), key=_class_order), sorted(people.values(), key=_person_order)
    )


def _entries(session: Session, campaign_id: int, unit_id: int) -> Sequence[RosterEntry]:
    return session.scalars(
        select(RosterEntry)
        .where(
            RosterEntry.campaign_id == campaign_id,
            RosterEntry.unit_id == unit_id,
            RosterEntry.kind.in_((SubjectKind.STAFF, SubjectKind.CLASS)),
            RosterEntry.state != RosterState.LEFT,
        )
        .order_by(RosterEntry.sort_key, RosterEntry.id)
    ).all()


def _classes(session: Session, entries: Sequence[RosterEntry]) -> dict[int, ClassRow]:
    by_id = {entry.subject_id: entry for entry in entries}
    found = session.scalars(
        select(SchoolClass).where(SchoolClass.id.in_(by_id)).options(joinedload(SchoolClass.homeroom_teacher))
    )
    return {one.id: ClassRow(by_id[one.id], one.homeroom_teacher) for one in found}


def _people(session: Session, entries: Sequence[RosterEntry]) -> dict[int, PersonRow]:
    by_id = {entry.subject_id: entry for entry in entries}
    found = session.execute(
        select(StaffMember.id, Person)
        .join(Person, Person.id == StaffMember.person_id)
        .where(StaffMember.id.in_(by_id))
    )
    return {person.id: PersonRow(person, by_id[staff_id]) for staff_id, person in found}


def _add_pupils(session: Session, classes: dict[int, ClassRow], campaign_id: int, unit_id: int) -> None:
    for class_id, state, number in session.execute(
        select(RosterEntry.class_id, RosterEntry.state, func.count())
        .where(
            RosterEntry.campaign_id == campaign_id,
            RosterEntry.unit_id == unit_id,
            RosterEntry.kind == SubjectKind.PUPIL,
        )
        .group_by(RosterEntry.class_id, RosterEntry.state)
    ):
        if class_id in classes:
            classes[class_id].pupils += Counts(
                done=number if state in FINISHED else 0,
                open=number if state is RosterState.OPEN else 0,
                returned=number if state is RosterState.RETURNED else 0,
            )


def _classes_taught(session: Session, tasks: Sequence[Task]) -> dict[int, int]:
    """Give the class of each subject whose grades are waited for."""
    taught = {task.subject_id for task in tasks if task.subject_kind is SubjectKind.ASSIGNMENT}
    if not taught:
        return {}
    rows = session.execute(
        select(TeachingAssignment.id, TeachingAssignment.class_id).where(TeachingAssignment.id.in_(taught))
    )
    return {assignment_id: class_id for assignment_id, class_id in rows}  # noqa: C416  (rows are no plain pairs)


def _add_class_tasks(
    classes: dict[int, ClassRow], waits: Sequence[Waiting], taught: dict[int, int], now: datetime
) -> None:
    """Count the tasks about each class, its grades included; the one due first is what it waits for."""
    for waiting in waits:
        task = waiting.task
        about = {SubjectKind.CLASS: task.subject_id, SubjectKind.ASSIGNMENT: taught.get(task.subject_id)}
        row = classes.get(about.get(task.subject_kind) or 0)
        if row is not None:
            row.tasks += 1
            row.late += task.due_at <= now
            row.waiting = row.waiting or waiting


def _add_own_tasks(people: dict[int, PersonRow], waits: Sequence[Waiting], now: datetime) -> None:
    """Count what each person holds; helpers from elsewhere get a row of their own."""
    by_staff = {row.entry.subject_id: row for row in people.values() if row.entry is not None}
    for waiting in waits:
        task = waiting.task
        if task.subject_kind is SubjectKind.STAFF and task.subject_id in by_staff:
            row = by_staff[task.subject_id]
            row.waiting = row.waiting or waiting
        # A role's task that nobody claimed is everybody's who holds the role.
        for person in waiting.holders:
            row = people.setdefault(person.id, PersonRow(person))
            row.open += 1
            row.late += task.due_at <= now
            row.returned += bool(task.returned_reason)


def _add_done(session: Session, people: dict[int, PersonRow], campaign_id: int, unit_id: int) -> None:
    for person_id, done, late in session.execute(
        select(Task.completed_by_id, func.count(), func.count().filter(Task.completed_at > Task.due_at))
        .where(Task.campaign_id == campaign_id, Task.unit_id == unit_id, Task.state == TaskState.COMPLETED)
        .group_by(Task.completed_by_id)
    ):
        if person_id in people:
            people[person_id].done, people[person_id].done_late = done, late


def _class_order(row: ClassRow) -> tuple[object, ...]:
    """Late first, then what was returned, then what is least done."""
    finished = row.entry.state in FINISHED
    return (finished, -row.late, row.entry.state is not RosterState.RETURNED, row.entry.sort_key)


def _person_order(row: PersonRow) -> tuple[object, ...]:
    idle = not row.open and (row.entry is None or row.entry.state in FINISHED)
    return (idle, -row.late, -row.returned, row.person.sort_key, row.person.id)

"""A class under review: each pupil's roster entry with the record, and the grades of one subject."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.journal import JournalEntry
from models.person import Person
from models.school import Grade, Pupil, SchoolClass, StaffMember, TeachingAssignment
from models.task import Task, TaskState
from workflows.policy.quality import Criterion
from workflows.queries.organisation import present
from workflows.queries.records.records import Corrections, Record, records_of
from workflows.queries.work.rounds import Said, said_about_pupils

TO_DECIDE = (RosterState.OPEN, RosterState.RETURNED)


@dataclass(frozen=True, slots=True)
class PupilEntry:
    """One pupil of the class: number on the list, state of the decision, the record with its findings."""

    number: int
    entry: RosterEntry
    record: Record
    decided_by: Person | None
    said: Said

    @property
    def unexplained(self) -> bool:
        """Whether approving needs a reason: what was found would stay, unless it only waits to be confirmed."""
        return any(finding.criterion is not Criterion.LIVE for finding in self.record.findings)

    @property
    def to_decide(self) -> bool:
        """Whether nobody has approved the pupil in this round."""
        return self.entry.state in TO_DECIDE

    @property
    def returned(self) -> bool:
        """Whether somebody sent the pupil back and it is still to be decided."""
        return self.entry.state is RosterState.RETURNED

    @property
    def odd(self) -> bool:
        """Whether the pupil must be looked at: something was found, or somebody sent the pupil back once."""
        return bool(self.record.findings) or self.returned or self.said.returned is not None

    def was_odd_at(self, task_id: int) -> bool:
        """Tell whether the pupil had to be looked at when it was approved last, at this task.

        Approving confirms the record, so that what was found may be gone.
        """
        approved = self.said.approved
        return approved is not None and approved.task_id == task_id and bool(approved.details.get("odd"))

    @property
    def changed(self) -> bool:
        """Whether the record was corrected in the period shown, since the return if there was one.

        Blanks that saving takes out are a correction where they were all that was wrong: nobody may have looked at
        the field otherwise.
        """
        since = self.said.returned.id if self.said.returned else 0
        corrections = [field.correction for field in self.record.fields if field.correction is not None]
        if any(one.entry_id > since for one in corrections):
            return True
        return not self.unexplained and any(one.tidied_id > since for one in corrections)

    @property
    def unanswered(self) -> bool:
        """Whether the pupil waits for a correction or an answer."""
        return self.returned and not self.changed

    @property
    def answer(self) -> JournalEntry | None:
        """What was answered to the last return."""
        said = self.said
        late = said.answered and said.returned and said.answered.id > said.returned.id
        return said.answered if late else None


def pupils_under_review(
    session: Session,
    campaign_id: int | None,
    class_id: int,
    *,
    today: date,
    corrections: Corrections | None = None,
) -> list[PupilEntry]:
    """List the pupils that the campaign must bring to an outcome in a class, in the order of the class list."""
    rows = session.execute(
        select(RosterEntry, Pupil, Person)
        .join(Pupil, Pupil.id == RosterEntry.subject_id)
        .outerjoin(Person, Person.id == RosterEntry.decided_by_id)
        .where(
            RosterEntry.campaign_id == campaign_id,
            RosterEntry.class_id == class_id,
            RosterEntry.kind == SubjectKind.PUPIL,
            RosterEntry.state != RosterState.LEFT,
        )
        .order_by(RosterEntry.sort_key, RosterEntry.id)
    ).all()
    records = records_of(
        session, SubjectKind.PUPIL, [pupil for _, pupil, _ in rows], today=today, corrections=corrections
    )
    said = said_about_pupils(session, campaign_id, class_id)
    return [
        PupilEntry(number, entry, record, person, said.get(entry.subject_id, Said()))
        for number, ((entry, _, person), record) in enumerate(zip(rows, records, strict=True), start=1)
    ]


def class_of(session: Session, class_id: int) -> SchoolClass | None:
    """Give a class with its homeroom teacher."""
    return session.get(SchoolClass, class_id, options=[joinedload(SchoolClass.homeroom_teacher)])


@dataclass(frozen=True, slots=True)
class GradeRow:
    """One pupil's marks in the subject; `grade` is None while nothing was entered."""

    number: int
    pupil: Pupil
    grade: Grade | None


def grades_of(session: Session, assignment_id: int, today: date) -> list[GradeRow]:
    """List the pupils of an assignment's class with their marks, in the order of the class list."""
    assignment = session.get_one(TeachingAssignment, assignment_id)
    rows = session.execute(
        select(Pupil, Grade)
        .outerjoin(Grade, (Grade.pupil_id == Pupil.id) & (Grade.assignment_id == assignment_id))
        .where(Pupil.class_id == assignment.class_id, present(Pupil, today))
        .order_by(Pupil.sort_key, Pupil.id)
    ).all()
    return [GradeRow(number, pupil, grade) for number, (pupil, grade) in enumerate(rows, start=1)]


@dataclass(frozen=True, slots=True)
class StaffEntry:
    """One member of staff on the roster: who, with which outcome, decided by whom, where to look."""

    entry: RosterEntry
    member: StaffMember | None
    decided_by: Person | None
    findings: int
    task_id: int | None


def staff_under_review(
    session: Session, campaign_id: int | None, unit_id: int, *, today: date
) -> list[StaffEntry]:
    """List the staff that the campaign must bring to an outcome in a unit; who is not done stands first."""
    rows = session.execute(
        select(RosterEntry, StaffMember, Person)
        .outerjoin(StaffMember, StaffMember.id == RosterEntry.subject_id)
        .outerjoin(Person, Person.id == RosterEntry.decided_by_id)
        .where(
            RosterEntry.campaign_id == campaign_id,
            RosterEntry.unit_id == unit_id,
            RosterEntry.kind == SubjectKind.STAFF,
        )
        .order_by(RosterEntry.sort_key, RosterEntry.id)
    ).all()
    members = [member for _, member, _ in rows if member is not None]
    records = records_of(session, SubjectKind.STAFF, members, today=today)
    findings = {record.subject_id: len(record.findings) for record in records}
    tasks = last_tasks(session, campaign_id, unit_id, SubjectKind.STAFF)
    found = [
        StaffEntry(entry, member, person, findings.get(entry.subject_id, 0), tasks.get(entry.subject_id))
        for entry, member, person in rows
    ]
    found.sort(key=lambda one: one.entry.state in (RosterState.DONE, RosterState.LEFT))
    return found


@dataclass(frozen=True, slots=True)
class ClassEntry:
    """One class on the roster with the counts of its pupils."""

    entry: RosterEntry
    teacher: Person | None
    pupils: int
    decided: int
    task_id: int | None

    @property
    def reopened(self) -> bool:
        """Whether somebody joined after the class was finished, and is not approved."""
        return self.entry.state is RosterState.DONE and self.decided < self.pupils


def last_tasks(session: Session, campaign_id: int | None, unit_id: int, kind: SubjectKind) -> dict[int, int]:
    """Give the newest task about each subject of a kind in a unit: the page where to look at it."""
    rows = session.execute(
        select(Task.subject_id, func.max(Task.id))
        .where(
            Task.campaign_id == campaign_id,
            Task.unit_id == unit_id,
            Task.subject_kind == kind,
            Task.state.in_([TaskState.OPEN, TaskState.COMPLETED]),
        )
        .group_by(Task.subject_id)
    )
    return dict(rows.all())


def classes_under_review(session: Session, campaign_id: int | None, unit_id: int) -> list[ClassEntry]:
    """List the classes that the campaign must bring to an outcome in a unit, with counts of pupils."""
    counts = {
        class_id: (count, decided)
        for class_id, count, decided in session.execute(
            select(
                RosterEntry.class_id,
                func.count(),
                func.count().filter(RosterEntry.state.not_in(TO_DECIDE)),
            )
            .where(
                RosterEntry.campaign_id == campaign_id,
                RosterEntry.unit_id == unit_id,
                RosterEntry.kind == SubjectKind.PUPIL,
                RosterEntry.state != RosterState.LEFT,
            )
            .group_by(RosterEntry.class_id)
        )
    }
    rows = session.execute(
        select(RosterEntry, Person)
        .outerjoin(SchoolClass, SchoolClass.id == RosterEntry.subject_id)
        .outerjoin(Person, Person.id == SchoolClass.homeroom_teacher_id)
        .where(
            RosterEntry.campaign_id == campaign_id,
            RosterEntry.unit_id == unit_id,
            RosterEntry.kind == SubjectKind.CLASS,
        )
        .order_by(RosterEntry.sort_key, RosterEntry.id)
    ).all()
    tasks = last_tasks(session, campaign_id, unit_id, SubjectKind.CLASS)
    return [
        ClassEntry(entry, teacher, *counts.get(entry.subject_id, (0, 0)), tasks.get(entry.subject_id))
        for entry, teacher in rows
    ]


def open_pupils(
    session: Session, campaign_id: int | None, class_ids: Collection[int]
) -> dict[int, list[str]]:
    """Name by class the pupils who are not approved."""
    found: dict[int, list[str]] = {}
    rows = session.scalars(
        select(RosterEntry)
        .where(
            RosterEntry.campaign_id == campaign_id,
            RosterEntry.class_id.in_(class_ids),
            RosterEntry.kind == SubjectKind.PUPIL,
            RosterEntry.state.in_(TO_DECIDE),
        )
        .order_by(RosterEntry.sort_key, RosterEntry.id)
    )
    for entry in rows:
        if entry.class_id is not None:
            found.setdefault(entry.class_id, []).append(entry.name)
    return found


SUBJECTS_OF = {"persons": SubjectKind.STAFF, "pupils": SubjectKind.PUPIL, "classes": SubjectKind.CLASS}


def subjects_of(
    session: Session, campaign_id: int | None, unit_id: int, of: str, class_id: int | None
) -> Sequence[RosterEntry]:
    """List whom an outcome may name: persons or classes of the unit, pupils of the class."""
    query = select(RosterEntry).where(
        RosterEntry.campaign_id == campaign_id,
        RosterEntry.unit_id == unit_id,
        RosterEntry.kind == SUBJECTS_OF[of],
        RosterEntry.state != RosterState.LEFT,
    )
    if of == "pupils":
        query = query.where(RosterEntry.class_id == class_id)
    return session.scalars(query.order_by(RosterEntry.sort_key, RosterEntry.id)).all()


def schools_under_review(session: Session, campaign_id: int | None) -> Sequence[RosterEntry]:
    """List the schools that a campaign must bring to an outcome, who is not done first."""
    entries = session.scalars(
        select(RosterEntry)
        .where(RosterEntry.campaign_id == campaign_id, RosterEntry.kind == SubjectKind.SCHOOL)
        .order_by(RosterEntry.sort_key, RosterEntry.id)
    ).all()
    return sorted(entries, key=lambda entry: entry.state not in TO_DECIDE)

"""What is under review beside the form, by the step's `rs:review`: a record, a class, grades, staff, a unit."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.campaign import RosterEntry, SubjectKind
from models.document import Document
from models.school import TeachingAssignment
from web import typed
from web.request_work import current_actor, read_session, request_work, today
from web.work import row_drafts
from web.work.record_view import (
    CriterionView,
    FieldView,
    Section,
    criteria_of,
    fields_of,
    finding_texts,
    sections_of,
)
from web.work.task_view import TaskView
from workflows.commands.work import records
from workflows.commands.work.records import CORRECTING
from workflows.queries.documents import last_document
from workflows.queries.records.corrections import Corrected, corrections_in
from workflows.queries.records.records import Record, record_of
from workflows.queries.work import classroom
from workflows.queries.work.classroom import ClassEntry, GradeRow, PupilEntry, StaffEntry
from workflows.queries.work.returned import ReportReturn, Subject, WholeReturn, answers_to, report_return

# The kind of look that the log keeps, by what the task is about.
LOOKED_AT = {SubjectKind.STAFF: "staff", SubjectKind.CLASS: "class", SubjectKind.ASSIGNMENT: "class"}


@dataclass(frozen=True, slots=True)
class RecordReview:
    """One record: its sections, the four criteria, and whether it may be corrected here."""

    kind: str
    subject_id: int
    revision: int
    sections: list[Section]
    criteria: list[CriterionView]
    editable: bool
    findings: int
    # What was typed against an older state of the record.
    outdated: bool

    def lists(self, of: str) -> bool:
        """Tell whether the subjects that an outcome names are listed on the page."""
        return False


@dataclass(frozen=True, slots=True)
class PupilView:
    """One pupil of a class on the page."""

    row: PupilEntry
    fields: list[FieldView]
    findings: list[str]
    criteria: list[CriterionView]
    # The whole record is asked for, not only what was found in it.
    opened: bool
    # Must be looked at: found, returned, or corrected in this round.
    odd: bool
    # Fields that nothing is wrong with, of somebody who was sent back.
    more: list[FieldView]
    # Of the record that the inputs show; older where a draft was typed before somebody else saved.
    revision: int
    # What was typed beside an older state of the record, with what the record has by now.
    conflict: str

    @property
    def id(self) -> int:
        """The pupil's id."""
        return self.row.entry.subject_id

    @property
    def prefix(self) -> str:
        """What the names of the pupil's inputs begin with."""
        return f"p{self.id}."

    @property
    def edited(self) -> bool:
        """Whether something was typed that is not saved."""
        return any(one.edited for one in self.fields)


@dataclass(frozen=True, slots=True)
class ClassReview:
    """A class: pupils to look at on top, the others below; `deciding` when each is approved here."""

    pupils: list[PupilView]
    deciding: bool
    # When the step began: what was decided before belongs to an earlier round.
    opened_at: datetime

    def lists(self, of: str) -> bool:
        """Tell whether the subjects that an outcome names are listed on the page."""
        return of == "pupils"

    @property
    def odd(self) -> list[PupilView]:
        """Who must be looked at: findings, sent back, or corrected."""
        return [one for one in self.pupils if one.odd]

    @property
    def clean(self) -> list[PupilView]:
        """Who has nothing to look at."""
        return [one for one in self.pupils if not one.odd]

    @property
    def seen(self) -> int:
        """How many of those to look at are decided."""
        return sum(not one.row.to_decide for one in self.odd)

    @property
    def clean_opened(self) -> bool:
        """Whether the whole record of somebody without findings is asked for."""
        return any(one.opened for one in self.clean)

    @property
    def to_approve_together(self) -> list[PupilView]:
        """Who can be approved in one act: nothing was found or typed, and nobody has decided yet."""
        return [one for one in self.clean if one.row.to_decide and not one.edited]

    @property
    def approved_together(self) -> list[PupilView]:
        """Who was approved at this step in one act for several, the last of them: they share its instant."""
        at = Counter(decided for one in self.pupils if (decided := one.row.entry.decided_at))
        acts = [decided for decided, count in at.items() if count > 1 and decided >= self.opened_at]
        return [one for one in self.pupils if acts and one.row.entry.decided_at == max(acts)]

    @property
    def open(self) -> int:
        """How many nobody has approved yet."""
        return sum(one.row.to_decide for one in self.pupils)

    @property
    def undecided(self) -> list[PupilView]:
        """Who is not approved yet."""
        return [one for one in self.pupils if one.row.to_decide]

    def tells(self, reasons: str) -> bool:
        """Tell whether the rows say already why each of these pupils was sent back (`returns.return_subjects`)."""
        returned = [one.row.said.returned for one in self.pupils]
        told = {f"{entry.details['name']}: {entry.details['reason']}" for entry in returned if entry}
        return all(line in told for line in reasons.splitlines())


@dataclass(frozen=True, slots=True)
class GradesReview:
    """The marks of one subject in one class."""

    rows: list[GradeRow]
    subject: str
    # Who would still have no final mark and no remark if what was sent were saved.
    unmarked: list[GradeRow]

    def lists(self, of: str) -> bool:
        """Tell whether the subjects that an outcome names are listed on the page."""
        return False

    @property
    def missing(self) -> int:
        """How many pupils have neither a final mark nor a remark."""
        return sum(
            row.grade is None or (row.grade.final is None and not row.grade.remark) for row in self.rows
        )


@dataclass(frozen=True, slots=True)
class UnitReview:
    """The roster of a unit: staff and classes, or the schools of a whole campaign."""

    staff: list[StaffEntry] = field(default_factory=list)
    classes: list[ClassEntry] = field(default_factory=list)
    schools: list[RosterEntry] = field(default_factory=list)
    # The report that was signed over all this, for who receives it.
    report: Document | None = None
    # By subject, why it came back last as a whole and what was answered.
    came_back: Mapping[Subject, WholeReturn] = field(default_factory=dict)

    # How many records the report says are still to look at, by class, as signed or as it is to be signed.
    odd: Mapping[str, int] | None = None
    # Who joined a class after it was finished and is not approved, by class.
    joiners: Mapping[int, Sequence[str]] = field(default_factory=dict)
    # Why the report came back last, until it is accepted.
    back: ReportReturn | None = None

    def lists(self, of: str) -> bool:
        """Tell whether the subjects that an outcome names are listed on the page."""
        return bool({"persons": self.staff, "classes": self.classes}.get(of))


def review_of(view: TaskView) -> Any:
    """Read what is under review at a step; None when the step shows a form only."""
    build = _BUILDERS.get(view.step.review or "")
    return build(view) if build else None


def note_look(view: TaskView) -> None:
    """Keep that the present person looked at the records a page shows (C10)."""
    kind = LOOKED_AT.get(view.task.subject_kind)
    if kind is None or view.step.review not in ("record", "pupils", "grades"):
        return
    subject_id = view.task.subject_id
    if view.task.subject_kind is SubjectKind.ASSIGNMENT:
        subject_id = read_session().get_one(TeachingAssignment, subject_id).class_id
    task_id, actor = view.task.id, current_actor()
    with request_work() as work:
        records.note_look(work, actor=actor, kind=kind, subject_id=subject_id, task_id=task_id)


def _corrections(view: TaskView) -> Corrected:
    task = view.task
    if task.campaign_id is None:
        return {}
    return corrections_in(
        read_session(),
        campaign_id=task.campaign_id,
        unit_id=task.unit_id,
        subject_kind=task.subject_kind,
        subject_id=task.subject_id,
        since=view.last_round_ended_at,
    )


def _record(view: TaskView) -> RecordReview | None:
    if view.task.subject_kind not in (SubjectKind.STAFF, SubjectKind.PUPIL):
        return None
    # The record of a member of staff is that member's row, which is read once.
    own = _own(view)
    record: Record = record_of(
        read_session(),
        view.task.subject_kind,
        view.task.subject_id,
        today=today(),
        corrections=_corrections(view),
    )
    typed_at = view.sent.number("revision")
    return RecordReview(
        kind=str(record.kind),
        subject_id=record.subject_id,
        revision=record.revision,
        sections=sections_of(record, view.sent, view.problems, own=own, judging=view.may_act),
        criteria=criteria_of(record),
        editable=view.may_act and view.step.review in CORRECTING,
        findings=len(record.findings),
        outdated=typed_at not in (None, record.revision) and bool(view.sent.below("r.")),
    )


def _own(view: TaskView) -> bool:
    """Tell whether the present person looks at the record about themself."""
    return view.member is not None and view.member.person_id == current_actor().person_id


def _pupils(view: TaskView) -> ClassReview | None:
    if view.task.subject_kind is not SubjectKind.CLASS:
        return None
    rows = classroom.pupils_under_review(
        read_session(),
        view.task.campaign_id,
        view.task.subject_id,
        today=today(),
        corrections=_corrections(view),
    )
    deciding = view.may_act and not any(one.of == "pupils" for one in view.outcomes)
    # Who decides sees what was corrected until the class goes on; who checks, what is new since the last time.
    marking = deciding or view.last_round_ended_at is not None
    return ClassReview([_pupil(view, row, marking, deciding) for row in rows], deciding, view.task.opened_at)


def _pupil(view: TaskView, row: PupilEntry, marking: bool, deciding: bool) -> PupilView:
    prefix = f"p{row.entry.subject_id}."
    opened = typed.asked_number("pupil") == row.entry.subject_id
    fields: list[FieldView] = []
    # Who was looked at stays in place until the step ends, also where approving has settled what was found.
    odd = row.odd or (marking and row.changed) or row.was_odd_at(view.task.id)
    # What is typed and not saved waits there too, or its conflict with what somebody else saved is overlooked.
    unsaved = row_drafts.unsaved_in(row.record, view.sent) if row.to_decide else {}
    odd = odd or (view.may_act and (bool(unsaved) or (row.to_decide and not deciding)))
    if opened or odd or row_drafts.typed_in(row.entry.subject_id, view.sent):
        judging = view.may_act or _returned_by_me(row)
        fields = fields_of(row.record, view.sent, view.problems, prefix, judging=judging)
    # What was typed and not saved is not hidden again.
    opened = opened or bool(unsaved)
    drafted = view.sent.number(f"{prefix}{row_drafts.DRAFTED}") or row.record.revision
    outdated = bool(unsaved) and drafted != row.record.revision
    shown = [one for one in fields if opened or one.open or one.changed_from is not None]
    return PupilView(
        row,
        shown,
        finding_texts(row.record),
        criteria_of(row.record),
        opened,
        odd,
        [one for one in fields if one not in shown] if row.returned else [],
        drafted,
        row_drafts.conflict(row.record, view.sent) if outdated else "",
    )


def _returned_by_me(row: PupilEntry) -> bool:
    returned = row.said.returned
    return returned is not None and returned.actor_id == current_actor().person_id


def _grades(view: TaskView) -> GradesReview | None:
    if view.task.subject_kind is not SubjectKind.ASSIGNMENT:
        return None
    assignment = read_session().get_one(TeachingAssignment, view.task.subject_id)
    rows = classroom.grades_of(read_session(), assignment.id, today())
    return GradesReview(rows, assignment.subject_name, [row for row in rows if not _marked(view, row)])


def _marked(view: TaskView, row: GradeRow) -> bool:
    """Tell whether a pupil has a final mark or a remark, as stored or as just typed."""
    final = row.grade is not None and row.grade.final is not None
    remark = row.grade is not None and bool(row.grade.remark)
    for name, stored in (("final", final), ("remark", remark)):
        key = f"{name}.{row.pupil.id}"
        if bool(view.sent.get(key)) if view.sent.has(key) else stored:
            return True
    return False


def _staff(view: TaskView) -> UnitReview:
    task = view.task
    return UnitReview(
        staff=classroom.staff_under_review(read_session(), task.campaign_id, task.unit_id, today=today()),
        came_back=answers_to(read_session(), task.campaign_id, task.unit_id),
    )


def _unit(view: TaskView) -> UnitReview:
    reading, task = read_session(), view.task
    if task.subject_kind is SubjectKind.UNIT:
        return UnitReview(schools=list(classroom.schools_under_review(reading, task.campaign_id)))
    report = None if view.step.minutes else last_document(reading, task.instance_id, "school_report")
    classes = classroom.classes_under_review(reading, task.campaign_id, task.unit_id)
    unfinished = [one.entry.subject_id for one in classes if one.reopened]
    return UnitReview(
        staff=classroom.staff_under_review(reading, task.campaign_id, task.unit_id, today=today()),
        classes=classes,
        joiners=classroom.open_pupils(reading, task.campaign_id, unfinished) if unfinished else {},
        came_back=answers_to(reading, task.campaign_id, task.unit_id),
        report=report,
        odd=_odd(report.content if report else view.to_sign.content if view.to_sign else {}),
        back=report_return(reading, task.campaign_id, task.unit_id) if view.is_open else None,
    )


def _odd(report: Mapping[str, Any]) -> Mapping[str, int] | None:
    return {row["name"]: row["odd"] for row in report["classes"]} if "classes" in report else None


_BUILDERS: Mapping[str, Callable[[TaskView], Any]] = {
    "record": _record,
    "pupils": _pupils,
    "grades": _grades,
    "staff": _staff,
    "unit": _unit,
}

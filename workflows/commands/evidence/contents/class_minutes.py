"""The minutes of a class: each pupil, who came and went, grades, parents informed, who helped (P2.1 to P2.5)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.instance import ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.person import Position
from models.school import Pupil, SchoolClass, TeachingAssignment
from models.task import Task, TaskState
from workflows.commands.evidence.contents.class_history import Judged, judged_of
from workflows.commands.evidence.contents.frame import frame
from workflows.commands.evidence.contents.ground import DoneStep, Ground, iso_day, local_day
from workflows.commands.evidence.contents.parties import class_of, head_of, name_of, party
from workflows.commands.evidence.contents.staff_handover import movements
from workflows.commands.evidence.contents.words import OUTCOMES, position_in
from workflows.commands.work.readiness import SUPPORTER
from workflows.records.minutes_content import ClassMinutes, GradeEntry, Helper, Informing, PupilRow

TEACHER, HEAD = "teacher", "head"
# Form fields of the step at which parents are informed (P2.4).
CHANNEL, INFORMED_ON, INFORMED_COUNT, INFORMED_NOTE = "channel", "informed_on", "informed_count", "note"
# Where a record holds the pupil's code at the school.
CODE_FIELDS = ("pupil_code", "code")
# The step at which a subject's grades are entered, and its outcome when they are (P2.2).
ENTER_GRADES, ENTERED = "enter_grades", "done"


def build(ground: Ground) -> ClassMinutes:
    """Build what the homeroom teacher hands over and the head confirms."""
    school_class = class_of(ground)
    assert school_class is not None
    roster = ground.roster(SubjectKind.PUPIL, school_class.id)
    judged = judged_of(ground, school_class, roster)
    blocks = ((TEACHER, "Giáo viên chủ nhiệm"), (HEAD, position_in(ground.unit, Position.HEAD)))
    receiver = f"{head_of(ground, ground.unit)['capacity']} (để báo cáo)"
    teacher = party(ground, school_class.homeroom_teacher_id)
    return {
        **frame(ground, "class_minutes", blocks, (receiver,)),
        "school_year": school_class.school_year,
        "class_name": school_class.name,
        "homeroom_teacher": teacher,
        "helper": _helper(ground, school_class),
        "pupils": _pupils(ground, roster, judged),
        "movements": movements(roster),
        "returns": judged.returns,
        "grades": _grades(ground, school_class),
        "informed": _informed(ground, roster),
        "objections": judged.objections,
    }


def block_of(ground: Ground) -> str:
    """Say where the signer signs: the homeroom teacher (or who helps them), else the head."""
    school_class = class_of(ground)
    assert school_class is not None
    as_teacher = ground.task.principal_id == school_class.homeroom_teacher_id and ground.task.role is None
    return TEACHER if as_teacher else HEAD


def _pupils(ground: Ground, roster: Sequence[RosterEntry], judged: Judged) -> list[PupilRow]:
    ids = [entry.subject_id for entry in roster]
    found = ground.session.execute(select(Pupil.id, Pupil.record).where(Pupil.id.in_(ids)))
    records: dict[int, dict[str, object]] = dict(found.all())
    returned = Counter(judged.returned_pupils)
    return [
        {
            "name": entry.name,
            "code": _code(entry.subject_id, records.get(entry.subject_id, {})),
            "confirmed": entry.state is RosterState.DONE,
            "outcome": OUTCOMES[entry.state],
            "returned": returned[entry.subject_id],
            "note": _note(entry, judged.kept),
        }
        for entry in roster
    ]


def _note(entry: RosterEntry, kept: Mapping[int, str]) -> str:
    """Say of who is approved with something found why it is right as it is, of anybody else why they are not."""
    if entry.state is not RosterState.DONE:
        return entry.reason
    return f"Giữ nguyên: {kept[entry.subject_id]}" if entry.subject_id in kept else ""


def _code(pupil_id: int, record: dict[str, object]) -> str:
    """Tell pupils of the same name apart: the school's own code, or the number of the pupil's record."""
    return next((str(record[key]) for key in CODE_FIELDS if record.get(key)), f"HS{pupil_id:06d}")


def _helper(ground: Ground, school_class: SchoolClass) -> Helper | None:
    """Find who acts for the homeroom teacher, now or in an earlier step (P2.3)."""
    teacher_id, task = school_class.homeroom_teacher_id, ground.task
    helpers = [done.by_id for done in ground.done_steps if done.helped_id == teacher_id]
    if task.on_behalf_of_id == teacher_id:
        helpers.append(task.signer_id)
    if not helpers:
        return None
    assigned = _assigned(ground, helpers[-1])
    return {
        **party(ground, helpers[-1]),
        "assigned_by": name_of(ground, assigned.by_id) if assigned else "",
        "assigned_on": assigned.on.isoformat() if assigned else "",
        "reason": assigned.reason if assigned else "",
    }


@dataclass(frozen=True, slots=True)
class _Assigned:
    """Who called the helper in, when, and why the teacher needs one."""

    by_id: int | None
    on: date
    reason: str


def _assigned(ground: Ground, helper_id: int) -> _Assigned | None:
    """Find the step that named the helper, else the handing over of a single task to them."""
    asked = ""
    found = None
    for done in ground.done_steps:
        if done.answer.get(SUPPORTER) == helper_id:
            found = _Assigned(done.by_id, done.on, str(done.answer.get("reason") or asked))
        asked = str(done.answer.get("reason") or asked)
    handed = None if found else _handed_over(ground, helper_id)
    if handed is None:
        return found
    return _Assigned(handed.actor_id, local_day(handed.at), str(handed.details.get("reason", "")))


def _handed_over(ground: Ground, helper_id: int) -> JournalEntry | None:
    handed = ground.session.scalars(
        select(JournalEntry)
        .join(ProcessInstance, ProcessInstance.id == JournalEntry.instance_id)
        .where(ground.same_matter, JournalEntry.kind == JournalKind.TASK_HANDED_OVER)
        .order_by(JournalEntry.id.desc())
    )
    return next((entry for entry in handed if entry.details.get("to") == helper_id), None)


def _grades(ground: Ground, school_class: SchoolClass) -> list[GradeEntry]:
    """Tell for each subject who entered the grades, and when (P2.2): who finished the step, else who saved last."""
    taught = ground.session.scalars(
        select(TeachingAssignment)
        .options(joinedload(TeachingAssignment.teacher))
        .where(TeachingAssignment.class_id == school_class.id)
        .order_by(TeachingAssignment.subject_name)
    ).all()
    ids = [one.id for one in taught]
    last = _last_entries(ground, ids) | _finished_entries(ground, ids)
    taught = [one for one in taught if one.ended_on is None or one.id in last]
    return [
        {
            "subject": one.subject_name,
            "teacher": one.teacher.full_name,
            "entered_by": _entered_by(ground, last[one.id]) if one.id in last else "",
            "entered_on": iso_day(last[one.id].at) if one.id in last else "",
        }
        for one in taught
    ]


@dataclass(frozen=True, slots=True)
class _Entered:
    """Who entered the grades of a subject, for whom, and when."""

    by_id: int | None
    on_behalf_of_id: int | None
    at: datetime | None


def _entered_by(ground: Ground, entered: _Entered) -> str:
    name = name_of(ground, entered.by_id)
    if entered.on_behalf_of_id in (None, entered.by_id):
        return name
    return f"{name}, thay mặt {name_of(ground, entered.on_behalf_of_id)}"


def _finished_entries(ground: Ground, assignment_ids: list[int]) -> dict[int, _Entered]:
    tasks = ground.session.scalars(
        select(Task)
        .where(
            Task.campaign_id == ground.task.campaign_id,
            Task.unit_id == ground.task.unit_id,
            Task.subject_kind == SubjectKind.ASSIGNMENT,
            Task.subject_id.in_(assignment_ids),
            Task.element_id == ENTER_GRADES,
            Task.state == TaskState.COMPLETED,
            Task.outcome == ENTERED,
        )
        .order_by(Task.completed_at, Task.id)
    )
    return {
        task.subject_id: _Entered(task.completed_by_id, task.accountable_id, task.completed_at)
        for task in tasks
        if task.completed_by_id is not None
    }


def _last_entries(ground: Ground, assignment_ids: list[int]) -> dict[int, _Entered]:
    entries = ground.session.scalars(
        select(JournalEntry)
        .join(ProcessInstance, ProcessInstance.id == JournalEntry.instance_id)
        .where(
            ProcessInstance.campaign_id == ground.task.campaign_id,
            ProcessInstance.unit_id == ground.task.unit_id,
            ProcessInstance.subject_kind == SubjectKind.ASSIGNMENT,
            ProcessInstance.subject_id.in_(assignment_ids),
            JournalEntry.kind == JournalKind.GRADES_ENTERED,
        )
        .order_by(JournalEntry.id)
    )
    return {
        entry.details["assignment"]: _Entered(entry.actor_id, entry.on_behalf_of_id, entry.at)
        for entry in entries
    }


def _informed(ground: Ground, roster: Sequence[RosterEntry]) -> list[Informing]:
    present = sum(entry.state is not RosterState.LEFT for entry in roster)
    return [
        {
            "channel": _channel(done),
            "on": str(done.answer.get(INFORMED_ON) or done.on.isoformat()),
            "pupils": int(done.answer.get(INFORMED_COUNT) or present),
            "note": str(done.answer.get(INFORMED_NOTE) or ""),
        }
        for done in ground.answered(CHANNEL, INFORMED_ON)
    ]


def _channel(done: DoneStep) -> str:
    """Write the channel as the form called it."""
    chosen = str(done.answer.get(CHANNEL) or "")
    options = [option for field in done.step.fields if field.key == CHANNEL for option in field.options]
    return next((option.label for option in options if option.key == chosen), chosen)

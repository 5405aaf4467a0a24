"""Grades of one subject in one class, entered by the subject teacher under their own account (P2.2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from models.journal import JournalKind
from models.school import Grade, Pupil, TeachingAssignment
from workflows.actor import Actor
from workflows.commands.work.held_tasks import hold_task, require_may_act, require_open, step_of
from workflows.errors import FormRefused, GradeOutOfRange, NotPermitted, Refusal, SubjectUnknown
from workflows.records.journal import record
from workflows.unit_of_work import UnitOfWork

LONGEST_REMARK = 200


@dataclass(frozen=True, slots=True)
class Marks:
    """What was typed for one pupil: marks as text ("8", "7,5" or empty), and a remark; None leaves what is there."""

    midterm: str | None = ""
    final: str | None = ""
    remark: str | None = ""


def enter(
    work: UnitOfWork,
    *,
    task_id: int,
    actor: Actor,
    marks: Mapping[int, Marks],
    request_key: str | None = None,
) -> int:
    """Store the marks of the pupils named, and give how many changed. Saving the same again changes nothing.

    Refuses who does not have the task, pupils of other classes, and marks that are not 0 to 10 in steps of a tenth
    (FormRefused by `midterm_<pupil>` and `final_<pupil>`; then nothing is stored).
    """
    task = hold_task(work, task_id)
    require_open(work, task)
    require_may_act(work, actor, task)
    if step_of(work, task).review != "grades":
        raise NotPermitted
    assignment = work.session.get_one(TeachingAssignment, task.run.subject_id)
    _require_pupils(work, assignment.class_id, marks)
    known = {
        grade.pupil_id: grade
        for grade in work.session.scalars(select(Grade).where(Grade.assignment_id == assignment.id))
    }
    checked = _checked(marks, known)
    changed: list[dict[str, object]] = []
    for pupil_id, (midterm, final, remark) in checked.items():
        grade = known.get(pupil_id)
        before = (grade.midterm, grade.final, grade.remark) if grade else (None, None, "")
        if before == (midterm, final, remark):
            continue
        if grade is None:
            grade = Grade(assignment_id=assignment.id, pupil_id=pupil_id)
            work.session.add(grade)
        grade.midterm, grade.final, grade.remark = midterm, final, remark
        changed.append({"pupil": pupil_id, "before": list(before), "after": [midterm, final, remark]})
    work.session.flush()
    if changed:
        record(
            work,
            JournalKind.GRADES_ENTERED,
            unit_id=task.run.unit_id,
            campaign_id=task.run.campaign_id,
            instance_id=task.run.id,
            task_id=task_id,
            actor_id=actor.person_id,
            on_behalf_of_id=task.on_behalf_of(actor),
            details={"assignment": assignment.id, "changed": changed},
            request_key=request_key,
        )
    return len(changed)


def _checked(
    marks: Mapping[int, Marks], known: Mapping[int, Grade]
) -> dict[int, tuple[float | None, float | None, str]]:
    problems: dict[str, Refusal] = {}
    checked = {}
    for pupil_id, typed in marks.items():
        values: list[float | None] = []
        stored = known.get(pupil_id)
        for name, text in (("midterm", typed.midterm), ("final", typed.final)):
            try:
                values.append(_mark(text) if text is not None else getattr(stored, name, None))
            except GradeOutOfRange as refusal:
                problems[f"{name}_{pupil_id}"] = refusal
                values.append(None)
        there = stored.remark if stored is not None else ""
        remark = typed.remark.strip()[:LONGEST_REMARK] if typed.remark is not None else there
        checked[pupil_id] = (values[0], values[1], remark)
    if problems:
        raise FormRefused(problems)
    return checked


def _mark(text: str) -> float | None:
    """Read a mark with a comma or a point; "" is no mark."""
    plain = text.strip().replace(",", ".")
    if not plain:
        return None
    try:
        mark = round(float(plain), 1)
    except ValueError:
        raise GradeOutOfRange from None
    if not 0 <= mark <= 10 or abs(mark - float(plain)) > 1e-9:
        raise GradeOutOfRange
    return mark


def _require_pupils(work: UnitOfWork, class_id: int, marks: Mapping[int, Marks]) -> None:
    found = work.session.scalars(select(Pupil.id).where(Pupil.class_id == class_id, Pupil.id.in_(marks)))
    if set(found) != set(marks):
        raise SubjectUnknown

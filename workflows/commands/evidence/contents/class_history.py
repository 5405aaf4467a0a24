"""What happened to a class in a campaign: who sent which pupil back, why, and how it ended (P2.4, P2.5)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import and_, or_, select

from models.campaign import RosterEntry, SubjectKind
from models.instance import ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.school import SchoolClass
from models.task import Task
from workflows.commands.evidence.contents.ground import Ground, iso_day
from workflows.commands.evidence.contents.parties import name_of
from workflows.commands.work.returns import returns_subject
from workflows.queries.work.returned import ANSWERS
from workflows.queries.work.rounds import not_taken_back
from workflows.records.minutes_content import Objection, Return

WHOLE_CLASS = "Cả lớp"
SETTLED, NOT_SETTLED = "Đã rà soát và xác nhận lại", "Đang xử lý"
_JUDGEMENTS = (
    JournalKind.SUBJECT_RETURNED,
    JournalKind.SUBJECT_APPROVED,
    JournalKind.TASK_COMPLETED,
)


@dataclass(slots=True)
class Judged:
    """Returns and objections of a class, oldest first; `returned_pupils` has a pupil once for each return.

    `kept` says by pupil why what was found is right as it is, when the last approval had to say so.
    """

    returns: list[Return] = field(default_factory=list)
    objections: list[Objection] = field(default_factory=list)
    returned_pupils: list[int] = field(default_factory=list)
    kept: dict[int, str] = field(default_factory=dict)


def judged_of(ground: Ground, school_class: SchoolClass, roster: Sequence[RosterEntry]) -> Judged:
    """Read from the journal what was returned, by whom, in which round, and when it was settled.

    A pupil that the homeroom teacher (or who helps them) reopens is one whose data was objected to; what somebody
    else sends back is a return.
    """
    names = {entry.subject_id: entry.name for entry in roster}
    rows = _entries(ground, school_class)
    entries = [entry for entry, _ in rows]
    judged, rounds = Judged(kept=_kept(entries)), dict.fromkeys([*names, None], 0)
    for place, (entry, version_id) in enumerate(rows):
        whole = version_id is not None and _returns_all(ground, version_id, entry)
        returned = (None, WHOLE_CLASS) if whole else _returned(school_class, entry, names)
        if returned is None:
            continue
        subject, name = returned
        settled_on = _settled_on(ground, entries[place + 1 :], subject)
        about = str(entry.details.get("reason", ""))
        if subject is not None and by_teacher(entry, school_class):
            judged.objections.append(
                {
                    "name": name,
                    "raised_on": iso_day(entry.at),
                    "about": about,
                    "result": SETTLED if settled_on else NOT_SETTLED,
                    "settled_on": settled_on,
                }
            )
            continue
        rounds[subject] += 1
        if subject is not None:
            judged.returned_pupils.append(subject)
        judged.returns.append(
            {
                "name": name,
                "round": rounds[subject],
                "reason": about,
                "returned_by": name_of(ground, entry.actor_id),
                "returned_on": iso_day(entry.at),
                "settled_on": settled_on,
                "answer": _answer(entries[place + 1 :], subject),
            }
        )
    return judged


def _kept(entries: Sequence[JournalEntry]) -> dict[int, str]:
    approved = (entry.details for entry in entries if entry.kind is JournalKind.SUBJECT_APPROVED)
    last = {one["subject"]: one.get("reason") for one in approved if one.get("kind") == SubjectKind.PUPIL}
    return {subject: str(reason) for subject, reason in last.items() if reason}


def _entries(ground: Ground, school_class: SchoolClass) -> list[tuple[JournalEntry, int | None]]:
    """Read the judgements on this class, and those of the school's own instances, which may return whole classes.

    Each with the version of the task it was made on.
    """
    task = ground.task
    about_school = ProcessInstance.subject_kind.in_([SubjectKind.SCHOOL, SubjectKind.UNIT])
    about_class = and_(
        ProcessInstance.subject_kind == SubjectKind.CLASS, ProcessInstance.subject_id == school_class.id
    )
    rows = ground.session.execute(
        select(JournalEntry, Task.version_id)
        .outerjoin(Task, Task.id == JournalEntry.task_id)
        .join(ProcessInstance, ProcessInstance.id == JournalEntry.instance_id)
        .where(
            ProcessInstance.campaign_id == task.campaign_id,
            ProcessInstance.unit_id == task.unit_id,
            or_(about_class, and_(about_school, JournalEntry.kind == JournalKind.SUBJECT_RETURNED)),
            JournalEntry.kind.in_(_JUDGEMENTS),
            not_taken_back(),
        )
        .order_by(JournalEntry.id)
    )
    return [(entry, version_id) for entry, version_id in rows]


def _returned(
    school_class: SchoolClass, entry: JournalEntry, names: dict[int, str]
) -> tuple[int | None, str] | None:
    """Tell whom an entry sent back by name: a pupil of the class, or (None) the whole class."""
    details = entry.details
    if entry.kind is JournalKind.SUBJECT_RETURNED:
        kind, subject = details.get("kind"), details.get("subject")
        if kind == SubjectKind.PUPIL and subject in names:
            return subject, names[subject]
        whole = kind == SubjectKind.CLASS and subject == school_class.id
        return (None, WHOLE_CLASS) if whole else None
    return None


def _returns_all(ground: Ground, version_id: int, entry: JournalEntry) -> bool:
    """Tell whether the outcome of a completed step sent back the class as a whole."""
    if entry.kind is not JournalKind.TASK_COMPLETED:
        return False
    details = entry.details
    step = ground.published(version_id).steps.get(str(details.get("step")))
    return step is not None and any(
        outcome.key == details.get("outcome") and returns_subject(step, outcome) for outcome in step.outcomes
    )


def _settled_on(ground: Ground, later: Sequence[JournalEntry], subject: int | None) -> str:
    """Find the day a pupil was approved again; of the whole class, the day the next pupil or step was done.

    A returned class that is signed again without another step is settled by that signature.
    """
    for entry in later:
        if subject is None:
            if entry.kind in (JournalKind.SUBJECT_APPROVED, JournalKind.TASK_COMPLETED):
                return iso_day(entry.at)
        elif entry.kind is JournalKind.SUBJECT_APPROVED and entry.details.get("subject") == subject:
            return iso_day(entry.at)
    return ground.on.isoformat() if subject is None else ""


def _answer(later: Sequence[JournalEntry], subject: int | None) -> str:
    """Find what was answered in words: to the return of the whole class, or of a pupil when it was approved again."""
    for entry in later:
        details = entry.details
        if subject is None and details.get(ANSWERS):
            return str(details.get("reason", ""))
        if subject is not None and details.get("subject") == subject:
            approved = entry.kind is JournalKind.SUBJECT_APPROVED
            return str(details.get("reason", "")) if approved else ""
    return ""


def by_teacher(entry: JournalEntry, school_class: SchoolClass) -> bool:
    """Tell whether the homeroom teacher, or who helps them, did what an entry says."""
    return school_class.homeroom_teacher_id in (entry.actor_id, entry.on_behalf_of_id)

"""What was said about the pupils of a class: why each was sent back last, and why one is right as it is."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from models.campaign import SubjectKind
from models.instance import ProcessInstance
from models.journal import JournalEntry, JournalKind


@dataclass(frozen=True, slots=True)
class Said:
    """The last return of a pupil, the last approval, and the same if it gave a reason."""

    returned: JournalEntry | None = None
    approved: JournalEntry | None = None
    answered: JournalEntry | None = None


def said_about_pupils(session: Session, campaign_id: int | None, class_id: int) -> dict[int, Said]:
    """Give by pupil what the reviews of a class said in a campaign."""
    entries = session.scalars(
        select(JournalEntry)
        .options(joinedload(JournalEntry.actor))
        .join(ProcessInstance, ProcessInstance.id == JournalEntry.instance_id)
        .where(
            ProcessInstance.campaign_id == campaign_id,
            ProcessInstance.subject_kind == SubjectKind.CLASS,
            ProcessInstance.subject_id == class_id,
            JournalEntry.kind.in_([JournalKind.SUBJECT_RETURNED, JournalKind.SUBJECT_APPROVED]),
            not_taken_back(),
        )
        .order_by(JournalEntry.id)
    )
    said: dict[int, Said] = {}
    for entry in entries:
        if entry.details.get("kind") != SubjectKind.PUPIL:
            continue
        subject = entry.details["subject"]
        before = said.get(subject, Said())
        if entry.kind is JournalKind.SUBJECT_RETURNED:
            said[subject] = replace(before, returned=entry)
        else:
            answered = entry if entry.details.get("reason") else None
            said[subject] = replace(before, approved=entry, answered=answered)
    return said


def answers_in(
    session: Session, campaigns: Collection[int | None], class_ids: Collection[int]
) -> Counter[tuple[int | None, int]]:
    """Count by campaign and class the pupils whose last return was answered with a reason, not a correction."""
    entries = session.execute(
        select(
            ProcessInstance.campaign_id, ProcessInstance.subject_id, JournalEntry.kind, JournalEntry.details
        )
        .join(ProcessInstance, ProcessInstance.id == JournalEntry.instance_id)
        .where(
            ProcessInstance.campaign_id.in_(campaigns),
            ProcessInstance.subject_kind == SubjectKind.CLASS,
            ProcessInstance.subject_id.in_(class_ids),
            JournalEntry.kind.in_([JournalKind.SUBJECT_RETURNED, JournalKind.SUBJECT_APPROVED]),
            not_taken_back(),
        )
        .order_by(JournalEntry.id)
    )
    answered: dict[tuple[int | None, int, int], bool] = {}
    for campaign_id, class_id, kind, details in entries:
        pupil = (campaign_id, class_id, details.get("subject"))
        if details.get("kind") != SubjectKind.PUPIL:
            continue
        if kind is JournalKind.SUBJECT_RETURNED:
            answered[pupil] = False
        elif pupil in answered:
            answered[pupil] = bool(details.get("reason"))
    return Counter((campaign_id, class_id) for (campaign_id, class_id, _), one in answered.items() if one)


def not_taken_back() -> ColumnElement[bool]:
    """The condition that the act an entry tells of was not taken back later; approvals of pupils outlive that."""
    later = aliased(JournalEntry)
    taken_back = select(later.id).where(
        later.task_id == JournalEntry.task_id,
        later.kind == JournalKind.TASK_WITHDRAWN,
        later.id > JournalEntry.id,
    )
    return or_(JournalEntry.kind == JournalKind.SUBJECT_APPROVED, ~taken_back.exists())

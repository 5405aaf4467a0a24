"""Reviews that an administrator cancelled and nobody has begun anew: what a roster counts as open has no task then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from models.campaign import SubjectKind
from models.instance import ChildGroup, InstanceState, ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.person import Person
from models.process import ProcessVersion

Subject = tuple[SubjectKind, int]
# The subjects that an outcome names when it sends back what a run was about; a school's reviews lie below it.
SENT_BACK_AS: Mapping[SubjectKind, tuple[str, ...]] = {
    SubjectKind.CLASS: ("classes",),
    SubjectKind.STAFF: ("persons",),
    SubjectKind.SCHOOL: ("persons", "classes"),
}


@dataclass(frozen=True, slots=True)
class Cancelled:
    """One cancelled review: of what, who cancelled it, when and why.

    `called_by` is the version of the run that called it, while that goes on: what is cancelled may be named there.
    """

    instance_id: int
    version_id: int
    kind: SubjectKind
    subject_id: int
    name: str
    at: datetime
    by: Person | None
    reason: str
    called_by: int | None


def cancelled_reviews(session: Session, campaign_id: int | None, *unit_ids: int) -> list[Cancelled]:
    """List what was cancelled in some units and was not begun anew since, the last one first."""
    if campaign_id is None or not unit_ids:
        return []
    parent, version = aliased(ProcessInstance), aliased(ProcessVersion)
    of_units = (ProcessInstance.campaign_id == campaign_id, ProcessInstance.unit_id.in_(unit_ids))
    rows = session.execute(
        select(ProcessInstance, version.definition_id, JournalEntry, Person, parent)
        .join(version, version.id == ProcessInstance.version_id)
        .join(JournalEntry, JournalEntry.instance_id == ProcessInstance.id)
        .outerjoin(Person, Person.id == JournalEntry.actor_id)
        .outerjoin(ChildGroup, ChildGroup.id == ProcessInstance.group_id)
        .outerjoin(parent, parent.id == ChildGroup.parent_id)
        .where(*of_units, ProcessInstance.state == InstanceState.CANCELLED)
        .where(JournalEntry.kind == JournalKind.INSTANCE_CANCELLED)
        .order_by(JournalEntry.id.desc())
    ).all()
    if not rows:
        return []
    begun = session.execute(
        select(
            version.definition_id,
            ProcessInstance.subject_kind,
            ProcessInstance.subject_id,
            func.max(ProcessInstance.id),
        )
        .join(version, version.id == ProcessInstance.version_id)
        .where(*of_units, ProcessInstance.subject_id.in_({run.subject_id for run, *_ in rows}))
        .group_by(version.definition_id, ProcessInstance.subject_kind, ProcessInstance.subject_id)
    )
    last = {(definition, kind, subject): id_ for definition, kind, subject, id_ in begun}
    return [
        Cancelled(
            run.id,
            run.version_id,
            run.subject_kind,
            run.subject_id,
            run.subject_name,
            entry.at,
            person,
            entry.details.get("reason", ""),
            above.version_id if above is not None and above.state is InstanceState.RUNNING else None,
        )
        for run, definition, entry, person, above in rows
        if last[definition, run.subject_kind, run.subject_id] == run.id
    ]


def cancelled_subjects(found: list[Cancelled]) -> dict[Subject, Cancelled]:
    """Give what was cancelled by what it was about, the last of each."""
    return {(one.kind, one.subject_id): one for one in reversed(found)}


def cancelling_of(session: Session, instance_id: int) -> JournalEntry | None:
    """Give the act of an administrator that ended a run, upon itself or one above it; None where it ended otherwise."""
    run = session.get_one(ProcessInstance, instance_id)
    if run.state is not InstanceState.CANCELLED or run.ended_at is None:
        return None
    ended_at, line = run.ended_at, [run.id]
    group_id = run.group_id
    while group_id is not None:
        above = session.execute(
            select(ProcessInstance.id, ProcessInstance.group_id)
            .join(ChildGroup, ChildGroup.parent_id == ProcessInstance.id)
            .where(ChildGroup.id == group_id)
        ).one()
        line.append(above.id)
        group_id = above.group_id
    return session.scalar(
        select(JournalEntry).where(
            JournalEntry.instance_id.in_(line),
            JournalEntry.kind == JournalKind.INSTANCE_CANCELLED,
            # What was ended before, by taking back what had led to it, was not ended by this.
            JournalEntry.at == ended_at,
        )
    )

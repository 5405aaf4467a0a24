"""Taking somebody off a roster who was entered by mistake: as long as nobody did anything about them (C6)."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.instance import ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.person import Appointment
from models.school import Pupil, StaffMember
from workflows.actor import Actor
from workflows.commands.running.terms import local_date
from workflows.commands.steering import roster
from workflows.errors.steering import NotAMistake
from workflows.records.journal import refuse_repeated
from workflows.unit_of_work import UnitOfWork

# What the clock did to a review is nobody's work on it.
_BY_ITSELF = (JournalKind.REMINDED, JournalKind.ESCALATED, JournalKind.DEADLINE_EXTENDED, JournalKind.URGED)
_SUBJECTS: dict[SubjectKind, type[StaffMember] | type[Pupil]] = {
    SubjectKind.STAFF: StaffMember,
    SubjectKind.PUPIL: Pupil,
}


def take_out(
    work: UnitOfWork,
    *,
    actor: Actor,
    campaign_id: int,
    kind: SubjectKind,
    subject_id: int,
    request_key: str | None = None,
) -> str:
    """Take out who was entered by mistake, as if they had never come, and give the name; the journal keeps both acts.

    Who was entered on this roster leaves the school's own list too; who was on that before stays on it. Refuses who
    does not lead the unit, with NotAMistake who stood on the roster at the start or was worked on, and with
    TakenOffAlready who is off the roster.
    """
    refuse_repeated(work, request_key)
    roster.running_campaign(work, campaign_id)
    entry = roster.known_entry(work, campaign_id, kind, subject_id)
    if entry is None or entry.state is RosterState.LEFT:
        raise roster.why_gone(work, actor, campaign_id, kind, subject_id)
    roster.require_may_change_roster(actor, entry.unit_id)
    if not untouched(work.session, campaign_id, entry.unit_id, kind, [subject_id]):
        raise NotAMistake
    roster.record_move(work, JournalKind.SUBJECT_LEFT, entry, actor, "", request_key, mistake=True)
    if _entered_here(work.session, entry):
        _strike(work, entry, local_date(work.now))
    name = entry.name
    work.session.delete(entry)
    work.session.flush()
    roster.end_reviews(work, entry)
    return name


def untouched(
    session: Session, campaign_id: int, unit_id: int, kind: SubjectKind, subject_ids: Collection[int]
) -> set[int]:
    """Give those who joined since the start and about whom nobody has done anything yet."""
    roster_of = _SUBJECTS.get(kind)
    if roster_of is None:
        return set()
    joined = session.scalars(
        select(RosterEntry.subject_id)
        .join(roster_of, roster_of.id == RosterEntry.subject_id)
        .where(
            RosterEntry.campaign_id == campaign_id,
            RosterEntry.unit_id == unit_id,
            RosterEntry.kind == kind,
            RosterEntry.subject_id.in_(subject_ids),
            RosterEntry.joined_at.is_not(None),
            RosterEntry.state == RosterState.OPEN,
            RosterEntry.round == 1,
            # Each correction makes it one more.
            roster_of.revision == 1,
        )
    )
    found = set(joined)
    if found and kind is SubjectKind.STAFF:
        found -= _worked_on(session, campaign_id, unit_id, found)
    return found


def _worked_on(session: Session, campaign_id: int, unit_id: int, subject_ids: Collection[int]) -> set[int]:
    acted = (
        select(ProcessInstance.subject_id)
        .join(JournalEntry, JournalEntry.instance_id == ProcessInstance.id)
        .where(
            ProcessInstance.campaign_id == campaign_id,
            ProcessInstance.unit_id == unit_id,
            ProcessInstance.subject_kind == SubjectKind.STAFF,
            ProcessInstance.subject_id.in_(subject_ids),
            JournalEntry.kind.not_in(_BY_ITSELF),
        )
    )
    return set(session.scalars(acted))


def _entered_here(session: Session, entry: RosterEntry) -> bool:
    entered = select(JournalEntry.details).where(
        JournalEntry.unit_id == entry.unit_id, JournalEntry.kind == JournalKind.SUBJECT_ENROLLED
    )
    same = {"kind": str(entry.kind), "subject": entry.subject_id}
    return any(same.items() <= details.items() for details in session.scalars(entered))


def _strike(work: UnitOfWork, entry: RosterEntry, today: date) -> None:
    """End on the school's own list what began by mistake."""
    subject = work.session.get(_SUBJECTS[entry.kind], entry.subject_id)
    if isinstance(subject, (StaffMember, Pupil)):
        subject.left_on = today
    if isinstance(subject, StaffMember):
        held = select(Appointment).where(
            Appointment.person_id == subject.person_id,
            Appointment.unit_id == entry.unit_id,
            Appointment.until_on.is_(None),
        )
        for appointment in work.session.scalars(held):
            appointment.until_on = max(appointment.from_on, today)

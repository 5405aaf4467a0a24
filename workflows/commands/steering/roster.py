"""Staff and pupils who join or leave while a campaign runs: totals stay exact and are explained (C6)."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.campaign import Campaign, CampaignState, RosterEntry, RosterState, SubjectKind
from models.database import HELD, SHARED
from models.instance import InstanceState, ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.person import Person, Position
from models.school import Pupil, SchoolClass, StaffMember
from workflows.actor import Actor
from workflows.commands.running import groups, moves
from workflows.commands.running.runs import lock_all, lock_run
from workflows.commands.running.terms import local_date
from workflows.commands.steering import joining
from workflows.errors import (
    CampaignClosed,
    ConcurrentChange,
    NotPermitted,
    ReasonMissing,
    Refusal,
    SubjectUnknown,
)
from workflows.errors.steering import TakenOffAlready
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork


def require_may_change_roster(actor: Actor, unit_id: int) -> None:
    """Refuse who does not lead the unit: the head answers for the roster."""
    if not (actor.holds(Position.HEAD, unit_id) or actor.holds(Position.DEPUTY_HEAD, unit_id)):
        raise NotPermitted


def join(
    work: UnitOfWork,
    *,
    actor: Actor,
    campaign_id: int,
    kind: SubjectKind,
    subject_id: int,
    request_key: str | None = None,
) -> RosterEntry:
    """Put a staff member or a pupil who came after the start on the roster.

    A staff member gets a review of their own; a pupil stands open on the page of the class. Refuses closed
    campaigns, a school whose report has gone up, subjects that do not exist, and who does not lead the unit.
    """
    refuse_repeated(work, request_key)
    campaign = running_campaign(work, campaign_id)
    fresh = _entry_for(work, campaign, kind, subject_id)
    require_may_change_roster(actor, fresh.unit_id)
    known = known_entry(work, campaign_id, kind, subject_id)
    if known is not None and known.state is not RosterState.LEFT:
        return known
    too_late = joining.why_nobody_joins(work.session, work.engine, campaign_id, fresh.unit_id)
    if too_late is not None:
        raise too_late
    entry = known or fresh
    entry.state, entry.left_at, entry.reason = RosterState.OPEN, None, ""
    entry.decided_at = entry.decided_by_id = entry.on_behalf_of_id = None
    if known is None:
        entry.joined_at = work.now
        work.session.add(entry)
    else:
        # Counted already, at the start or when they joined; the journal tells of the absence.
        _mark_back(work, kind, subject_id)
    try:
        work.session.flush()
    except IntegrityError as error:
        # Somebody else has put them on the roster just now.
        raise ConcurrentChange from error
    if kind is SubjectKind.STAFF:
        joining.add_review(work, entry)
    record_move(work, JournalKind.SUBJECT_JOINED, entry, actor, "", request_key)
    return entry


def leave(
    work: UnitOfWork,
    *,
    actor: Actor,
    campaign_id: int,
    kind: SubjectKind,
    subject_id: int,
    reason: str,
    request_key: str | None = None,
) -> None:
    """Take somebody who has left off the roster, with the reason; their open review ends (P1.3).

    Refuses a missing reason, subjects that are not on the roster (TakenOffAlready where they were), and who does not
    lead the unit.
    """
    refuse_repeated(work, request_key)
    running_campaign(work, campaign_id)
    entry = known_entry(work, campaign_id, kind, subject_id)
    if entry is None or entry.state is RosterState.LEFT:
        raise why_gone(work, actor, campaign_id, kind, subject_id)
    require_may_change_roster(actor, entry.unit_id)
    if not reason.strip():
        raise ReasonMissing
    entry.state, entry.left_at, entry.reason = RosterState.LEFT, work.now, reason.strip()[:1000]
    entry.decided_at, entry.decided_by_id = work.now, actor.person_id
    _mark_left(work, kind, subject_id, local_date(work.now))
    work.session.flush()
    record_move(work, JournalKind.SUBJECT_LEFT, entry, actor, entry.reason, request_key)
    end_reviews(work, entry)


def end_reviews(work: UnitOfWork, entry: RosterEntry) -> None:
    """End the reviews of somebody who is on the roster no more; what waited for them goes on."""
    for instance_id in _hold_reviews(work, entry):
        run = lock_run(work.connection, instance_id)
        groups.cancel_run(work, instance_id)
        if run.group_id is not None:
            moves.child_ended(work, run)


def running_campaign(work: UnitOfWork, campaign_id: int) -> Campaign:
    """Give a campaign that runs, and that nobody closes before this act is done; refuses others."""
    campaign = work.session.get(Campaign, campaign_id, with_for_update=SHARED)
    if campaign is None:
        raise SubjectUnknown
    if campaign.state is not CampaignState.RUNNING:
        raise CampaignClosed
    return campaign


def known_entry(work: UnitOfWork, campaign_id: int, kind: SubjectKind, subject_id: int) -> RosterEntry | None:
    """Give the entry of a subject, whatever its state, locked after their reviews: who ends one does the same."""
    query = select(RosterEntry).where(
        RosterEntry.campaign_id == campaign_id,
        RosterEntry.kind == kind,
        RosterEntry.subject_id == subject_id,
    )
    known = work.session.scalar(query)
    if known is not None:
        _hold_reviews(work, known)
    return work.session.scalar(query.with_for_update(**HELD).execution_options(populate_existing=True))


def why_gone(work: UnitOfWork, actor: Actor, campaign_id: int, kind: SubjectKind, subject_id: int) -> Refusal:
    """Give the refusal of an act about somebody not on the roster: who took them off, and when, if somebody did."""
    subject = _subject(work, kind, subject_id)
    if subject is None:
        return SubjectUnknown()
    require_may_change_roster(actor, subject.unit_id)
    left = work.session.scalars(
        select(JournalEntry)
        .where(
            JournalEntry.unit_id == subject.unit_id,
            JournalEntry.campaign_id == campaign_id,
            JournalEntry.kind == JournalKind.SUBJECT_LEFT,
        )
        .order_by(JournalEntry.id.desc())
    )
    same = {"kind": str(kind), "subject": subject_id}
    told = next((one for one in left if same.items() <= one.details.items()), None)
    if told is None:
        return SubjectUnknown()
    by = work.session.get_one(Person, told.actor_id)
    return TakenOffAlready(name=told.details["name"], who=by.named, when=told.at)


def _entry_for(work: UnitOfWork, campaign: Campaign, kind: SubjectKind, subject_id: int) -> RosterEntry:
    """Build the entry of somebody new from the school's roster."""
    if kind is SubjectKind.STAFF:
        member = work.session.get(StaffMember, subject_id)
        if member is None:
            raise SubjectUnknown
        person = work.session.get_one(Person, member.person_id)
        frozen = {
            "person": person.id,
            "employment": str(member.employment),
            "category": str(member.category),
            "duty": member.duty,
        }
        return _entry(campaign, kind, subject_id, member.unit_id, None, person, frozen)
    pupil = work.session.get(Pupil, subject_id) if kind is SubjectKind.PUPIL else None
    if pupil is None:
        raise SubjectUnknown
    school_class = work.session.get_one(SchoolClass, pupil.class_id)
    if school_class.school_year != campaign.school_year:
        raise SubjectUnknown
    return _entry(campaign, kind, subject_id, pupil.unit_id, pupil.class_id, pupil, {})


def _entry(
    campaign: Campaign,
    kind: SubjectKind,
    subject_id: int,
    unit_id: int,
    class_id: int | None,
    named: Person | Pupil,
    frozen: dict[str, object],
) -> RosterEntry:
    return RosterEntry(
        campaign_id=campaign.id,
        unit_id=unit_id,
        kind=kind,
        subject_id=subject_id,
        class_id=class_id,
        name=named.full_name,
        sort_key=named.sort_key,
        frozen=frozen,
        round=1,
    )


def _mark_back(work: UnitOfWork, kind: SubjectKind, subject_id: int) -> None:
    subject = _subject(work, kind, subject_id)
    if subject is not None:
        subject.left_on = None


def _subject(work: UnitOfWork, kind: SubjectKind, subject_id: int) -> StaffMember | Pupil | None:
    if kind is SubjectKind.STAFF:
        return work.session.get(StaffMember, subject_id)
    return work.session.get(Pupil, subject_id) if kind is SubjectKind.PUPIL else None


def _mark_left(work: UnitOfWork, kind: SubjectKind, subject_id: int, today: date) -> None:
    subject = _subject(work, kind, subject_id)
    if subject is not None and subject.left_on is None:
        subject.left_on = today


def _hold_reviews(work: UnitOfWork, entry: RosterEntry) -> list[int]:
    """Lock the open reviews of a subject."""
    if entry.kind is not SubjectKind.STAFF:
        return []
    query = select(ProcessInstance.id).where(
        ProcessInstance.campaign_id == entry.campaign_id,
        ProcessInstance.unit_id == entry.unit_id,
        ProcessInstance.subject_kind == entry.kind,
        ProcessInstance.subject_id == entry.subject_id,
        ProcessInstance.state.in_([InstanceState.PENDING, InstanceState.RUNNING]),
    )
    return lock_all(work.connection, lambda: work.session.scalars(query))


def record_move(
    work: UnitOfWork,
    kind: JournalKind,
    entry: RosterEntry,
    actor: Actor,
    reason: str,
    request_key: str | None,
    *,
    mistake: bool = False,
) -> None:
    """Add to the journal who came to the roster or left it."""
    record(
        work,
        kind,
        unit_id=entry.unit_id,
        campaign_id=entry.campaign_id,
        actor_id=actor.person_id,
        details={
            "kind": str(entry.kind),
            "subject": entry.subject_id,
            "name": entry.name,
            "reason": reason,
            **({"mistake": True} if mistake else {}),
        },
        request_key=request_key,
    )

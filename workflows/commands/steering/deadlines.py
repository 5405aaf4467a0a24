"""Extending a deadline: running tasks, their ladders and drawn timers follow (C3)."""

from datetime import datetime

from sqlalchemy import select

from models.campaign import Campaign, CampaignState, Deadline, DeadlineExtension
from models.database import HELD
from models.instance import ProcessInstance
from models.journal import JournalKind
from models.organisation import OrganisationUnit
from workflows.actor import Actor
from workflows.commands.running.terms import deadline_of
from workflows.commands.steering.campaigns import is_issuer, outside_of_reach
from workflows.commands.steering.extended import Extension, follow_extension
from workflows.errors import CampaignClosed, DeadlineInThePast, NotPermitted
from workflows.errors.steering import ExtensionReasonMissing
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork


def extend(
    work: UnitOfWork,
    *,
    actor: Actor,
    campaign_id: int,
    key: str,
    level: str,
    unit_id: int | None,
    due_at: datetime,
    reason: str,
    request_key: str | None = None,
) -> int:
    """Move a deadline for all, a level or one unit, and give the number of tasks that followed.

    Refuses who is not an officer or head of the issuing unit, closed campaigns, a missing reason, and instants
    that are past, far ahead or not after the present deadline.
    """
    campaign = work.session.get_one(Campaign, campaign_id, with_for_update=HELD)
    refuse_repeated(work, request_key)
    if not may_extend(actor, campaign):
        raise NotPermitted
    if campaign.state is not CampaignState.RUNNING:
        raise CampaignClosed
    if not reason.strip():
        raise ExtensionReasonMissing
    affected = _affected_units(work, campaign_id, level, unit_id)
    before = {one: deadline_of(work, campaign_id, key, one) for one in affected}
    present = max(before.values(), default=work.now)
    ruled = _ruled_before(work, campaign_id, key, level, unit_id) or present
    # A school of several levels may have a later instant by another level, which stands.
    fault = outside_of_reach(due_at, work.now)
    if fault is not None:
        raise fault
    if due_at <= (ruled if level else present):
        raise DeadlineInThePast
    _store(work, campaign_id, key, level, unit_id, due_at)
    work.session.add(
        DeadlineExtension(
            campaign_id=campaign_id,
            key=key,
            level=level,
            unit_id=unit_id,
            due_before_at=ruled,
            due_at=due_at,
            reason=reason.strip()[:500],
            extended_at=work.now,
            extended_by_id=actor.person_id,
        )
    )
    work.session.flush()
    work.cache.clear()
    moved_units = {one for one in affected if deadline_of(work, campaign_id, key, one) != before[one]}
    extension = Extension(campaign_id, key, due_at, reason.strip(), actor.person_id)
    moved = follow_extension(work, extension, moved_units)
    record(
        work,
        JournalKind.DEADLINE_EXTENDED,
        unit_id=unit_id or campaign.unit_id,
        campaign_id=campaign_id,
        actor_id=actor.person_id,
        details={
            "key": key,
            "level": level,
            "unit": unit_id,
            "before": ruled.isoformat(),
            "due_at": due_at.isoformat(),
            "reason": reason.strip(),
        },
        request_key=request_key,
    )
    return moved


def may_extend(actor: Actor, campaign: Campaign) -> bool:
    """Tell whether the person may move deadlines: officers and heads of the unit that issued them."""
    return is_issuer(actor, campaign.unit_id)


def _affected_units(work: UnitOfWork, campaign_id: int, level: str, unit_id: int | None) -> set[int]:
    query = (
        select(ProcessInstance.unit_id, OrganisationUnit.level_codes)
        .join(OrganisationUnit, OrganisationUnit.id == ProcessInstance.unit_id)
        .where(ProcessInstance.campaign_id == campaign_id)
        .distinct()
    )
    return {
        unit
        for unit, levels in work.session.execute(query)
        if (unit_id is None or unit == unit_id) and (not level or level in levels.split(","))
    }


def _ruled_before(
    work: UnitOfWork, campaign_id: int, key: str, level: str, unit_id: int | None
) -> datetime | None:
    """Give the instant that was issued for them: their own rule's, else the one of all levels.

    None for a single unit without a rule of its own, for which the present instant is the one that holds.
    """
    if unit_id is not None:
        return None
    rules = select(Deadline.level, Deadline.due_at).where(
        Deadline.campaign_id == campaign_id, Deadline.key == key, Deadline.unit_id.is_(None)
    )
    by_level = dict(work.session.execute(rules).all())
    return by_level.get(level) or by_level.get("")


def _store(
    work: UnitOfWork, campaign_id: int, key: str, level: str, unit_id: int | None, due_at: datetime
) -> None:
    """Write the rule; a wider extension also lifts the narrower rules that would end before it."""
    rules = work.session.scalars(
        select(Deadline).where(Deadline.campaign_id == campaign_id, Deadline.key == key)
    ).all()
    for rule in rules:
        narrower = unit_id is None and (not level or rule.level == level)
        if narrower and rule.due_at < due_at:
            rule.due_at = due_at
    if not any(rule.level == level and rule.unit_id == unit_id for rule in rules):
        work.session.add(
            Deadline(campaign_id=campaign_id, key=key, level=level, unit_id=unit_id, due_at=due_at)
        )
    for rule in rules:
        if rule.level == level and rule.unit_id == unit_id:
            rule.due_at = due_at

"""What comes next for whoever has nothing to do: the nearest deadline of what they follow, and what is open there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.campaign import Campaign, CampaignState, RosterEntry, RosterState, SubjectKind
from models.organisation import OrganisationUnit, UnitKind
from workflows.actor import Actor
from workflows.queries.following.campaigns import deadlines_of, visible_campaigns
from workflows.queries.following.progress import task_counts, tops_of
from workflows.queries.organisation import units_below, visible_units

UNDECIDED = (RosterState.OPEN, RosterState.RETURNED)


@dataclass(frozen=True, slots=True)
class Coming:
    """The nearest deadline that is still ahead, and how many people and classes have no outcome yet."""

    campaign: Campaign
    key: str
    due_at: datetime
    unit_id: int
    staff: int
    classes: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """How many open tasks of a campaign are late in a territory, as its page of progress counts them."""

    campaign: Campaign
    unit: OrganisationUnit
    number: int


def coming_of(session: Session, actor: Actor, now: datetime, on: date) -> Coming | None:
    """Find what comes next for somebody who follows a territory; None when nothing ahead holds for its schools."""
    ahead = [
        (due_at, rule_key, campaign, school.id)
        for campaign in _running(session, actor, on)
        for book in [deadlines_of(session, campaign.id)]
        for school in _schools_in(session, actor, campaign.id, on)
        for rule_key in {rule.key for rule in book.rules}
        if (due_at := book.due(rule_key, school)) is not None and due_at > now
    ]
    if not ahead:
        return None
    due_at, key, campaign, unit_id = min(ahead, key=lambda one: (one[0], one[1], one[3]))
    counts = _undecided(session, actor, campaign.id, on)
    staff, classes = counts.get(SubjectKind.STAFF, 0), counts.get(SubjectKind.CLASS, 0)
    return Coming(campaign, key, due_at, unit_id, staff, classes)


def overdue_of(session: Session, actor: Actor, now: datetime, on: date) -> list[Overdue]:
    """Count the late tasks in what somebody follows: one line for each top unit and running campaign with any."""
    found = []
    for unit in tops_of(session, actor, on):
        unit_ids = [one.id for one in units_below(session, unit.id, on)]
        for campaign in _running(session, actor, on):
            late = sum(late for _, late in task_counts(session, campaign.id, unit_ids, now).values())
            if late:
                found.append(Overdue(campaign, unit, late))
    return found


def _running(session: Session, actor: Actor, on: date) -> list[Campaign]:
    campaigns = visible_campaigns(session, actor, on)
    return [campaign for campaign in campaigns if campaign.state is CampaignState.RUNNING]


def _schools_in(session: Session, actor: Actor, campaign_id: int, on: date) -> Sequence[OrganisationUnit]:
    """List the schools of somebody's territory that a campaign reviews."""
    seen = visible_units(actor, on)
    touched = select(RosterEntry.unit_id).where(
        RosterEntry.campaign_id == campaign_id, RosterEntry.kind == SubjectKind.SCHOOL
    )
    return session.scalars(
        select(OrganisationUnit)
        .join(seen, seen.c.unit_id == OrganisationUnit.id)
        .where(OrganisationUnit.kind == UnitKind.SCHOOL, OrganisationUnit.id.in_(touched))
    ).all()


def _undecided(session: Session, actor: Actor, campaign_id: int, on: date) -> dict[SubjectKind, int]:
    seen = visible_units(actor, on)
    counts = session.execute(
        select(RosterEntry.kind, func.count())
        .where(
            RosterEntry.campaign_id == campaign_id,
            RosterEntry.unit_id.in_(select(seen.c.unit_id)),
            RosterEntry.kind.in_([SubjectKind.STAFF, SubjectKind.CLASS]),
            RosterEntry.state.in_(UNDECIDED),
        )
        .group_by(RosterEntry.kind)
    )
    return {row[0]: row[1] for row in counts}

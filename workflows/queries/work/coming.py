"""What comes next for whoever has nothing to do: the nearest deadline of what they follow, and what is open there."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.campaign import Campaign, CampaignState, RosterEntry, RosterState, SubjectKind
from models.organisation import OrganisationUnit, UnitKind
from workflows.actor import Actor
from workflows.queries.following.campaigns import DeadlineBook, deadlines_of, visible_campaigns
from workflows.queries.organisation import visible_units

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


def coming_of(
    session: Session, actor: Actor, unit: OrganisationUnit, now: datetime, on: date
) -> Coming | None:
    """Find what comes next for somebody who follows a territory; None when nothing runs there."""
    ahead = [
        (due_at, key, campaign)
        for campaign in visible_campaigns(session, actor, on)
        if campaign.state is CampaignState.RUNNING
        for key, due_at in _dues(deadlines_of(session, campaign.id), unit)
        if due_at > now
    ]
    if not ahead:
        return None
    due_at, key, campaign = min(ahead, key=lambda one: (one[0], one[1]))
    counts = _undecided(session, actor, campaign.id, on)
    staff, classes = counts.get(SubjectKind.STAFF, 0), counts.get(SubjectKind.CLASS, 0)
    return Coming(campaign, key, due_at, unit.id, staff, classes)


def _dues(book: DeadlineBook, unit: OrganisationUnit) -> list[tuple[str, datetime]]:
    """The instants that hold for a school; above the schools, the last of all rules."""
    dues = []
    for key in sorted({rule.key for rule in book.rules}):
        of_all = max(rule.due_at for rule in book.rules if rule.key == key)
        due_at = book.due(key, unit) if unit.kind is UnitKind.SCHOOL else of_all
        if due_at is not None:
            dues.append((key, due_at))
    return dues


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

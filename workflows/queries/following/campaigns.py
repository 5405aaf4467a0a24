"""Campaigns: which ones somebody sees, their deadlines and extensions, what runs, what a new one would freeze."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, case, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from models.campaign import Campaign, CampaignState, Deadline, DeadlineExtension, RosterEntry, SubjectKind
from models.instance import InstanceState, ProcessInstance
from models.organisation import OrganisationUnit
from models.process import ProcessDefinition, ProcessVersion
from models.school import Pupil, SchoolClass, StaffMember
from workflows.actor import Actor
from workflows.errors import CampaignGone
from workflows.queries.organisation import present, schools_below, visible_units

PAGE = 100


@dataclass(frozen=True, slots=True)
class DeadlineBook:
    """The deadlines of one campaign; the nearest rule holds: of the unit, of its level, of all."""

    rules: Sequence[Deadline]

    def due(self, key: str, unit: OrganisationUnit) -> datetime | None:
        """Give the instant that holds for a unit; of several levels the latest counts."""
        own = [rule.due_at for rule in self.rules if rule.key == key and rule.unit_id == unit.id]
        return max(own) if own else self.regular(key, unit)

    def regular(self, key: str, unit: OrganisationUnit) -> datetime | None:
        """Give the instant that holds for a unit by its level, whatever was granted to this unit alone."""
        of_key = [rule for rule in self.rules if rule.key == key and rule.unit_id is None]
        by_level = [rule.due_at for rule in of_key if rule.level in unit.levels]
        general = [rule.due_at for rule in of_key if not rule.level]
        return max(by_level or general, default=None)

    def heading(self, key: str, schools: Collection[OrganisationUnit], alone: bool) -> datetime | None:
        """Give the one deadline of some schools: the last by level, or what holds for a school that stands alone."""
        due = self.due if alone else self.regular
        instants = (due(key, school) for school in schools)
        return max((instant for instant in instants if instant is not None), default=None)


@dataclass(frozen=True, slots=True)
class Running:
    """How many instances of a procedure a campaign has, by state."""

    definition: ProcessDefinition
    running: int
    finished: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class Scope:
    """What a campaign freezes when it is opened."""

    schools: int
    staff: int
    classes: int
    pupils: int


def visible_campaigns(session: Session, actor: Actor, on: date) -> Sequence[Campaign]:
    """List the campaigns that touch the territory of somebody on a day: running ones first, then the latest."""
    running_first = case((Campaign.state == CampaignState.RUNNING, 0), else_=1)
    return session.scalars(
        _visible(actor, on)
        .order_by(running_first, Campaign.opened_at.desc(), Campaign.id.desc())
        .options(joinedload(Campaign.unit))
        .limit(PAGE)
    ).all()


def visible_campaign(session: Session, actor: Actor, campaign_id: int, on: date) -> Campaign:
    """Give a campaign of one's territory; refuses others with CampaignGone."""
    query = _visible(actor, on).where(Campaign.id == campaign_id)
    campaign = session.scalars(
        query.options(joinedload(Campaign.unit), joinedload(Campaign.opened_by))
    ).first()
    if campaign is None:
        raise CampaignGone
    return campaign


def _visible(actor: Actor, on: date) -> Select[Campaign]:
    seen = visible_units(actor, on)
    units = select(seen.c.unit_id)
    counted = exists().where(RosterEntry.campaign_id == Campaign.id, RosterEntry.unit_id.in_(units))
    return select(Campaign).where(or_(Campaign.unit_id.in_(units), counted))


def deadlines_of(session: Session, campaign_id: int) -> DeadlineBook:
    """Read the deadlines of a campaign."""
    rules = select(Deadline).where(Deadline.campaign_id == campaign_id)
    return DeadlineBook(session.scalars(rules.order_by(Deadline.due_at, Deadline.id)).all())


def extensions_of(session: Session, campaign_id: int) -> Sequence[DeadlineExtension]:
    """List who moved a deadline and why, the last one first (C3)."""
    return session.scalars(
        select(DeadlineExtension)
        .where(DeadlineExtension.campaign_id == campaign_id)
        .options(joinedload(DeadlineExtension.extended_by), joinedload(DeadlineExtension.unit))
        .order_by(DeadlineExtension.id.desc())
    ).all()


def instances_of(session: Session, campaign_id: int) -> list[Running]:
    """Count the instances of a campaign by procedure and state."""
    counts = session.execute(
        select(ProcessVersion.definition_id, ProcessInstance.state, func.count())
        .join(ProcessVersion, ProcessVersion.id == ProcessInstance.version_id)
        .where(ProcessInstance.campaign_id == campaign_id)
        .group_by(ProcessVersion.definition_id, ProcessInstance.state)
    ).all()
    definitions = session.scalars(
        select(ProcessDefinition)
        .where(ProcessDefinition.id.in_({row[0] for row in counts}))
        .order_by(ProcessDefinition.name)
    )

    def number(definition: ProcessDefinition, *states: InstanceState) -> int:
        return sum(count for id_, state, count in counts if id_ == definition.id and state in states)

    return [
        Running(
            one,
            running=number(one, InstanceState.RUNNING, InstanceState.PENDING),
            finished=number(one, InstanceState.FINISHED),
            cancelled=number(one, InstanceState.CANCELLED),
        )
        for one in definitions
    ]


def scope_of(session: Session, unit_id: int, school_year: str, on: date) -> Scope:
    """Count what a campaign of a unit would freeze on a day."""
    units = [school.id for school in schools_below(session, unit_id, on)]
    in_year = select(SchoolClass.id).where(
        SchoolClass.unit_id.in_(units), SchoolClass.school_year == school_year
    )

    def count(query: Select[int]) -> int:
        return session.scalar(select(func.count()).select_from(query.subquery())) or 0

    return Scope(
        schools=len(units),
        staff=count(select(StaffMember.id).where(StaffMember.unit_id.in_(units), present(StaffMember, on))),
        classes=count(in_year),
        pupils=count(select(Pupil.id).where(Pupil.class_id.in_(in_year), present(Pupil, on))),
    )


def running_below(session: Session, unit_id: int, on: date) -> Sequence[Campaign]:
    """List the campaigns that run in schools of a territory already, the latest first."""
    units = [school.id for school in schools_below(session, unit_id, on)]
    in_them = select(RosterEntry.id).where(
        RosterEntry.campaign_id == Campaign.id,
        RosterEntry.unit_id.in_(units),
        RosterEntry.kind == SubjectKind.SCHOOL,
    )
    return session.scalars(
        select(Campaign)
        .where(Campaign.state == CampaignState.RUNNING, in_them.exists())
        .options(joinedload(Campaign.unit))
        .order_by(Campaign.id.desc())
    ).all()


def school_years_below(session: Session, unit_id: int, on: date) -> Sequence[str]:
    """List the school years for which the schools of a territory have classes, the latest first."""
    units = [school.id for school in schools_below(session, unit_id, on)]
    years = select(SchoolClass.school_year).where(SchoolClass.unit_id.in_(units)).distinct()
    return session.scalars(years.order_by(SchoolClass.school_year.desc())).all()

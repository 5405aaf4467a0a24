"""Opening a campaign for a territory, and closing it: the roster is frozen, one instance tree begins (C6)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert, literal, or_, select
from sqlalchemy.orm import aliased

from models.campaign import Campaign, CampaignState, Deadline, RosterEntry, RosterState, SubjectKind
from models.database import HELD
from models.instance import InstanceState, ProcessInstance
from models.journal import JournalKind
from models.organisation import OrganisationUnit, SchoolLevel, UnitKind
from models.person import Person
from models.school import Pupil, SchoolClass, StaffMember
from workflows.actor import Actor
from workflows.commands.running import moves
from workflows.commands.running.groups import cancel_instances, latest_version
from workflows.commands.running.runs import insert_run, lock_all
from workflows.commands.running.terms import local_date
from workflows.errors import (
    DeadlineTooEarly,
    DeadlineTooFar,
    DeadlineTooLate,
    FormRefused,
    NotPermitted,
    Refusal,
    TerritoryEmpty,
    ValueMissing,
    ValueNotOffered,
)
from workflows.errors.steering import DeadlineNotAhead
from workflows.policy.deadline_order import TITLES, reversed_pairs
from workflows.policy.person_names import fold
from workflows.policy.reach import last_deadline
from workflows.queries.organisation import schools_below
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

# The procedure that a campaign runs at its top.
PROCEDURE = "district_review"
# The deadlines its steps hang on (P1.6); one rule without a level is needed for each.
DEADLINE_KEYS = ("staff", "class", "school", "report")
# Of the roster, in one statement.
ROWS_AT_ONCE = 5000
UNITS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """The instant of a deadline; `level` "" holds for every level without a rule of its own."""

    key: str
    level: str
    due_at: datetime


def may_open_campaign(actor: Actor, unit: OrganisationUnit) -> bool:
    """Tell whether the person may open campaigns for a unit's territory: its officers and heads.

    Not for a school: a review is ordered from above, which sets the deadlines and receives the report (P1, P4.1, C3).
    """
    return unit.kind is not UnitKind.SCHOOL and is_issuer(actor, unit.id)


def is_issuer(actor: Actor, unit_id: int) -> bool:
    """Tell whether the person acts for the unit that issued something: its officers and heads."""
    return any(actor.holds(position, unit_id) for position in ("head", "deputy_head", "officer"))


def open_campaign(
    work: UnitOfWork,
    *,
    actor: Actor,
    unit_id: int,
    title: str,
    title_en: str,
    school_year: str,
    deadlines: Sequence[DeadlineRule],
    only: Collection[int] | None = None,
    request_key: str | None = None,
) -> Campaign:
    """Freeze the roster of all schools below a unit, or of some of them for a trial, and start the procedure for them.

    Refuses who may not, a missing title or deadline (FormRefused), and territories without schools.
    """
    campaign = freeze(
        work,
        actor=actor,
        unit_id=unit_id,
        title=title,
        title_en=title_en,
        school_year=school_year,
        deadlines=deadlines,
        only=only,
        request_key=request_key,
    )
    unit = work.session.get_one(OrganisationUnit, unit_id)
    run = insert_run(
        work.connection,
        work.now,
        version_id=latest_version(work, PROCEDURE),
        campaign_id=campaign.id,
        unit_id=unit_id,
        subject_kind=SubjectKind.UNIT,
        subject_id=unit_id,
        subject_name=unit.short_name,
        start_values={"initiator": actor.person_id},
    )
    moves.start(work, run)
    return campaign


def freeze(
    work: UnitOfWork,
    *,
    actor: Actor,
    unit_id: int,
    title: str,
    title_en: str,
    school_year: str,
    deadlines: Sequence[DeadlineRule],
    only: Collection[int] | None = None,
    request_key: str | None = None,
) -> Campaign:
    """Make a campaign with its deadlines and its frozen roster, in which no procedure runs yet."""
    refuse_repeated(work, request_key)
    unit = work.session.get_one(OrganisationUnit, unit_id)
    if not may_open_campaign(actor, unit):
        raise NotPermitted
    require_complete(title, school_year, deadlines, work.now)
    below = schools_below(work.session, unit_id, local_date(work.now))
    schools = [school for school in below if only is None or school.id in only]
    if not schools:
        raise TerritoryEmpty
    campaign = Campaign(
        title=title.strip(),
        title_en=title_en.strip(),
        unit_id=unit_id,
        school_year=school_year.strip(),
        state=CampaignState.RUNNING,
        opened_at=work.now,
        opened_by_id=actor.person_id,
    )
    work.session.add(campaign)
    work.session.flush()
    work.session.add_all(
        Deadline(campaign_id=campaign.id, key=rule.key, level=rule.level, due_at=rule.due_at)
        for rule in deadlines
    )
    work.session.flush()
    _freeze(work.connection, campaign, schools, local_date(work.now))
    record(
        work,
        JournalKind.CAMPAIGN_OPENED,
        unit_id=unit_id,
        campaign_id=campaign.id,
        actor_id=actor.person_id,
        details={"title": campaign.title, "schools": len(schools)},
        request_key=request_key,
    )
    return campaign


def require_complete(title: str, school_year: str, deadlines: Sequence[DeadlineRule], now: datetime) -> None:
    """Refuse with FormRefused what cannot be opened as it stands: one problem for each field."""
    problems: dict[str, Refusal] = {}
    if not title.strip():
        problems["title"] = ValueMissing()
    if not school_year.strip():
        problems["school_year"] = ValueMissing()
    general = {rule.key for rule in deadlines if not rule.level}
    for key in DEADLINE_KEYS:
        if key not in general:
            problems[f"deadline_{key}"] = ValueMissing()
    problems.update(_out_of_order(deadlines))
    for rule in deadlines:
        name = _field_of(rule.key, rule.level)
        fault = outside_of_reach(rule.due_at, now)
        if fault is not None:
            problems[name] = fault
        if rule.key not in DEADLINE_KEYS or (rule.level and rule.level not in set(SchoolLevel)):
            problems[name] = ValueNotOffered()
    if problems:
        raise FormRefused(problems)


def outside_of_reach(due_at: datetime, now: datetime) -> Refusal | None:
    """Tell why an instant cannot be a deadline at all, whatever it is for; None if it can."""
    if due_at <= now:
        return DeadlineNotAhead()
    last = last_deadline(now)
    return DeadlineTooFar(last=local_date(last)) if due_at > last else None


def dues_by_level(deadlines: Sequence[DeadlineRule]) -> dict[str, dict[str, datetime]]:
    """Give what holds for each level that has a rule of its own, and for the others (""), by key."""
    general = {rule.key: rule.due_at for rule in deadlines if not rule.level}
    dues = {"": general}
    for rule in deadlines:
        dues.setdefault(rule.level, dict(general))[rule.key] = rule.due_at
    return dues


def _out_of_order(deadlines: Sequence[DeadlineRule]) -> dict[str, Refusal]:
    """Find the dates that contradict another one; of a level and a general one, that of the level is named."""
    ruled = {(rule.key, rule.level) for rule in deadlines}
    problems: dict[str, Refusal] = {}
    for level, dues in dues_by_level(deadlines).items():
        for later, earlier in reversed_pairs(dues):
            if (later, level) in ruled:
                other = {"msgid": TITLES[earlier], "params": {}}
                problems[_field_of(later, level)] = DeadlineTooEarly(other=other, due_at=dues[earlier])
            elif (earlier, level) in ruled:
                other = {"msgid": TITLES[later], "params": {}}
                problems[_field_of(earlier, level)] = DeadlineTooLate(other=other, due_at=dues[later])
    return problems


def _field_of(key: str, level: str) -> str:
    return f"deadline_{key}" + (f"_{level}" if level else "")


def close_campaign(
    work: UnitOfWork, *, actor: Actor, campaign_id: int, request_key: str | None = None
) -> None:
    """Close a campaign: what is still open is ended, and stays visible as not done.

    Refuses who did not issue it. A closed campaign stays as it is.
    """
    refuse_repeated(work, request_key)
    campaign = work.session.get_one(Campaign, campaign_id, with_for_update=HELD)
    if not is_issuer(actor, campaign.unit_id):
        raise NotPermitted
    if campaign.state is CampaignState.CLOSED:
        return
    campaign.state, campaign.closed_at = CampaignState.CLOSED, work.now
    running = select(ProcessInstance.id).where(
        ProcessInstance.campaign_id == campaign_id,
        ProcessInstance.state.in_([InstanceState.PENDING, InstanceState.RUNNING]),
    )
    still = lock_all(work.connection, lambda: work.session.scalars(running))
    cancel_instances(work, still)
    record(
        work,
        JournalKind.CAMPAIGN_CLOSED,
        unit_id=campaign.unit_id,
        campaign_id=campaign_id,
        actor_id=actor.person_id,
        details={"ended": len(still)},
        request_key=request_key,
    )


def _freeze(
    connection: Connection, campaign: Campaign, schools: Sequence[OrganisationUnit], today: date
) -> None:
    """Copy schools, staff, classes and pupils as they are today; who comes or goes later is marked so."""
    units = [school.id for school in schools]
    _copy(
        connection,
        campaign,
        SubjectKind.SCHOOL,
        ((s.id, s.id, s.short_name, fold(s.short_name), {"levels": s.level_codes}) for s in schools),
    )
    staff = select(StaffMember, Person).join(Person, Person.id == StaffMember.person_id)
    staff = staff.where(
        StaffMember.unit_id.in_(units),
        StaffMember.joined_on <= today,
        or_(StaffMember.left_on.is_(None), StaffMember.left_on > today),
    )
    columns = staff.with_only_columns(
        StaffMember.id,
        StaffMember.unit_id,
        Person.full_name,
        Person.sort_key,
        StaffMember.person_id,
        StaffMember.employment,
        StaffMember.category,
        StaffMember.duty,
    )
    _copy(
        connection,
        campaign,
        SubjectKind.STAFF,
        (
            (id_, unit, name, key, _frozen_staff(person, employment, category, duty))
            for id_, unit, name, key, person, employment, category, duty in connection.execute(columns)
        ),
    )
    classes = select(SchoolClass.id, SchoolClass.unit_id, SchoolClass.name, SchoolClass.grade)
    classes = classes.where(
        SchoolClass.unit_id.in_(units), SchoolClass.school_year == campaign.school_year
    ).order_by(SchoolClass.grade, SchoolClass.name)
    # Kindergarten groups have grades below 0: ten more, and the keys sort as the grades do.
    _copy(
        connection,
        campaign,
        SubjectKind.CLASS,
        (
            (id_, unit, name, f"{grade + 10:02} {fold(name)}", {})
            for id_, unit, name, grade in connection.execute(classes)
        ),
    )
    _copy_pupils(connection, campaign, units, today)


def _copy_pupils(connection: Connection, campaign: Campaign, units: Sequence[int], today: date) -> None:
    """Let the database copy the pupils of the classes that are frozen already: a city has two million."""
    room = aliased(RosterEntry)
    columns = {
        "campaign_id": literal(campaign.id),
        "unit_id": Pupil.unit_id,
        "kind": literal(SubjectKind.PUPIL, RosterEntry.kind.type),
        "subject_id": Pupil.id,
        "class_id": Pupil.class_id,
        "name": Pupil.full_name,
        "sort_key": Pupil.sort_key,
        "frozen": literal({}, RosterEntry.frozen.type),
        "state": literal(RosterState.OPEN, RosterEntry.state.type),
        "round": literal(1),
        "reason": literal(""),
    }
    pupils = (
        select(*columns.values())
        .join(room, room.subject_id == Pupil.class_id)
        .where(room.campaign_id == campaign.id, room.kind == SubjectKind.CLASS)
        .where(Pupil.joined_on <= today, or_(Pupil.left_on.is_(None), Pupil.left_on > today))
    )
    for first in range(0, len(units), UNITS_AT_ONCE):
        those = pupils.where(Pupil.unit_id.in_(units[first : first + UNITS_AT_ONCE]))
        connection.execute(insert(RosterEntry).from_select(list(columns), those))


def _frozen_staff(person_id: int, employment: str, category: str, duty: str) -> dict[str, Any]:
    return {"person": person_id, "employment": str(employment), "category": str(category), "duty": duty}


def _copy(
    connection: Connection,
    campaign: Campaign,
    kind: SubjectKind,
    subjects: Iterable[tuple[int, int, str, str, dict[str, Any]]],
) -> None:
    rows = (
        {
            "campaign_id": campaign.id,
            "unit_id": unit_id,
            "kind": kind,
            "subject_id": subject_id,
            "name": name,
            "sort_key": sort_key,
            "frozen": frozen,
            "state": RosterState.OPEN,
        }
        for subject_id, unit_id, name, sort_key, frozen in subjects
    )
    while some := list(islice(rows, ROWS_AT_ONCE)):
        connection.execute(insert(RosterEntry), some)

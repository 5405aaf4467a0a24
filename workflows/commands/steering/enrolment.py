"""Putting somebody new on a school's own list; whether a running campaign counts them is `roster.join`."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.database import HELD
from models.journal import JournalKind
from models.organisation import OrganisationUnit
from models.person import Appointment, Person, Position
from models.school import Employment, Pupil, SchoolClass, StaffCategory, StaffMember
from workflows.actor import Actor
from workflows.commands.running.terms import local_date
from workflows.commands.steering.roster import require_may_change_roster
from workflows.commands.work.records import NAME_FIELD
from workflows.errors import FormRefused, Refusal, ValueMissing, ValueNotOffered, ValueTooLong
from workflows.errors.steering import NameLeft, NameThere, NameThereAs
from workflows.policy.person_names import fold, sort_key
from workflows.queries.organisation import present
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

LONGEST_NAME = 120
HONORIFICS = ("Thầy", "Cô")
# What somebody new may do at once; heads are named from above (`organisation.appoint`).
POSITIONS = {StaffCategory.TEACHER: Position.TEACHER, StaffCategory.EMPLOYEE: Position.EMPLOYEE}


@dataclass(frozen=True, slots=True)
class NewStaff:
    """Who comes, as what, and how they are employed."""

    full_name: str
    honorific: str
    employment: str
    category: str
    duty: str


def enrol_staff(
    work: UnitOfWork,
    *,
    actor: Actor,
    campaign_id: int,
    unit_id: int,
    new: NewStaff,
    same_name: bool = False,
    request_key: str | None = None,
) -> StaffMember:
    """Add a person to the staff of a school from today on; teachers and employees get their position too.

    Their record begins with the name alone: the review finds what is missing. Refuses who does not lead the school,
    values that are missing, too long or not offered, and a name that is there already or has left the roster of the
    campaign unless `same_name` says that this is another person (FormRefused).
    """
    refuse_repeated(work, request_key)
    require_may_change_roster(actor, unit_id)
    _check_staff(new)
    today = local_date(work.now)
    if not same_name:
        _one_after_the_other(work, unit_id)
        _refuse_namesake(new.full_name, _staff_named(work, unit_id, new.full_name, today))
        _refuse_returner(work, campaign_id, unit_id, SubjectKind.STAFF, new.full_name)
    person = Person(
        full_name=new.full_name,
        honorific=new.honorific,
        sort_key=sort_key(new.full_name),
        search_text=fold(new.full_name),
    )
    work.session.add(person)
    work.session.flush()
    category = StaffCategory(new.category)
    member = StaffMember(
        unit_id=unit_id,
        person_id=person.id,
        employment=Employment(new.employment),
        category=category,
        duty=new.duty,
        joined_on=today,
        **_named(work, new.full_name),
    )
    work.session.add(member)
    if category in POSITIONS:
        work.session.add(
            Appointment(person_id=person.id, unit_id=unit_id, position=POSITIONS[category], from_on=today)
        )
    work.session.flush()
    _record(work, actor, unit_id, {"kind": "staff", "subject": member.id, "name": new.full_name}, request_key)
    return member


def enrol_pupil(
    work: UnitOfWork,
    *,
    actor: Actor,
    campaign_id: int,
    unit_id: int,
    class_id: int,
    full_name: str,
    same_name: bool = False,
    request_key: str | None = None,
) -> Pupil:
    """Add a pupil to a class of the school from today on; refuses as `enrol_staff` does."""
    refuse_repeated(work, request_key)
    require_may_change_roster(actor, unit_id)
    problems: dict[str, Refusal] = dict(_name_problems(full_name))
    school_class = work.session.get(SchoolClass, class_id)
    if school_class is None or school_class.unit_id != unit_id:
        problems["class_id"] = ValueNotOffered()
    if problems:
        raise FormRefused(problems)
    today = local_date(work.now)
    if not same_name:
        _one_after_the_other(work, unit_id)
        _refuse_namesake(full_name, _pupil_named(work, unit_id, full_name, today))
        _refuse_returner(work, campaign_id, unit_id, SubjectKind.PUPIL, full_name)
    pupil = Pupil(
        unit_id=unit_id,
        class_id=class_id,
        full_name=full_name,
        sort_key=sort_key(full_name),
        joined_on=today,
        **_named(work, full_name),
    )
    work.session.add(pupil)
    work.session.flush()
    _record(work, actor, unit_id, {"kind": "pupil", "subject": pupil.id, "name": full_name}, request_key)
    return pupil


def _named(work: UnitOfWork, full_name: str) -> dict[str, Any]:
    """Begin a record with what is known: the name as it was typed."""
    return {"record": {NAME_FIELD: full_name}, "record_times": {NAME_FIELD: work.now.isoformat()}}


def _one_after_the_other(work: UnitOfWork, unit_id: int) -> None:
    """Let nobody else enter somebody at the school until this is done: they may bring the same name."""
    work.session.get(OrganisationUnit, unit_id, with_for_update=HELD)


def _staff_named(work: UnitOfWork, unit_id: int, full_name: str, today: date) -> str | None:
    """Give what somebody of that name does at the school today; None where nobody has it."""
    named = select(StaffMember.duty).join(Person, Person.id == StaffMember.person_id)
    return work.session.scalar(
        named.where(
            StaffMember.unit_id == unit_id,
            Person.search_text == fold(full_name),
            present(StaffMember, today),
        ).limit(1)
    )


def _pupil_named(work: UnitOfWork, unit_id: int, full_name: str, today: date) -> str | None:
    """Give the class of a pupil of that name; None where nobody has it. Sort keys tell marks apart, not signs."""
    named = select(SchoolClass.name).join(Pupil, Pupil.class_id == SchoolClass.id)
    return work.session.scalar(
        named.where(
            Pupil.unit_id == unit_id, Pupil.sort_key == sort_key(full_name), present(Pupil, today)
        ).limit(1)
    )


def _refuse_namesake(full_name: str, known_as: str | None) -> None:
    if known_as is not None:
        there = NameThereAs(name=full_name, what=known_as) if known_as else NameThere(name=full_name)
        raise FormRefused({"same_name": there})


def _refuse_returner(
    work: UnitOfWork, campaign_id: int, unit_id: int, kind: SubjectKind, full_name: str
) -> None:
    """Refuse to enter a second time who left the roster of the campaign: they come back there."""
    left_at = work.session.scalar(
        select(func.max(RosterEntry.left_at)).where(
            RosterEntry.campaign_id == campaign_id,
            RosterEntry.unit_id == unit_id,
            RosterEntry.kind == kind,
            RosterEntry.state == RosterState.LEFT,
            RosterEntry.sort_key == sort_key(full_name),
        )
    )
    if left_at is not None:
        raise FormRefused({"same_name": NameLeft(name=full_name, on=local_date(left_at))})


def _check_staff(new: NewStaff) -> None:
    problems: dict[str, Refusal] = dict(_name_problems(new.full_name))
    offered = (
        ("honorific", new.honorific, HONORIFICS),
        ("employment", new.employment, tuple(Employment)),
        ("category", new.category, tuple(StaffCategory)),
    )
    for name, value, allowed in offered:
        if value not in allowed:
            problems[name] = ValueNotOffered()
    if len(new.duty) > LONGEST_NAME:
        problems["duty"] = ValueTooLong(most=LONGEST_NAME)
    if problems:
        raise FormRefused(problems)


def _name_problems(full_name: str) -> dict[str, Refusal]:
    if not full_name:
        return {"full_name": ValueMissing()}
    if len(full_name) > LONGEST_NAME:
        return {"full_name": ValueTooLong(most=LONGEST_NAME)}
    return {}


def _record(
    work: UnitOfWork, actor: Actor, unit_id: int, details: dict[str, Any], request_key: str | None
) -> None:
    record(
        work,
        JournalKind.SUBJECT_ENROLLED,
        unit_id=unit_id,
        actor_id=actor.person_id,
        details=details,
        request_key=request_key,
    )

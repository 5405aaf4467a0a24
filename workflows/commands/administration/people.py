"""People of a unit: adding somebody with a position, and putting names and addresses right."""

import re
from dataclasses import dataclass
from typing import Any

from models.database import HELD
from models.journal import JournalKind
from models.organisation import OrganisationUnit, UnitKind
from models.person import Appointment, Person, Position
from models.school import Employment, StaffCategory, StaffMember
from workflows.actor import Actor
from workflows.commands.running.terms import local_date
from workflows.commands.steering.enrolment import LONGEST_NAME
from workflows.errors import (
    FormRefused,
    NotPermitted,
    PersonUnknown,
    Refusal,
    UnitUnknown,
    ValueMissing,
    ValueNotOffered,
    ValueTooLong,
)
from workflows.errors.accounts import EmailBad
from workflows.policy.person_names import fold, sort_key
from workflows.queries.administration.territory import administers, belongs
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

# Enough to catch a slip; only a mail that arrives proves an address.
EMAIL = re.compile(r"[^\s@<>\"(),;:\\]+@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.[a-z]{2,}", re.IGNORECASE)
LONGEST_EMAIL = 200
# In schools, and in offices.
HONORIFICS = ("Thầy", "Cô", "Ông", "Bà")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What is said about a person, as it was typed."""

    full_name: str
    honorific: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """As what somebody comes to a unit, as it was typed; only schools ask for the last three."""

    position: str
    category: str = ""
    employment: str = ""
    duty: str = ""


def add_person(
    work: UnitOfWork,
    *,
    actor: Actor,
    unit_id: int,
    named: Named,
    place: Place,
    request_key: str | None = None,
) -> Person:
    """Add a person to a unit from today on, with a position; in a school they stand on the staff list too.

    Refuses who does not administer the unit, and values that are missing, too long or not offered (FormRefused).
    """
    refuse_repeated(work, request_key)
    unit = work.session.get(OrganisationUnit, unit_id)
    if unit is None:
        raise UnitUnknown
    today = local_date(work.now)
    if not administers(work.session, actor, unit_id, today):
        raise NotPermitted
    is_school = unit.kind is UnitKind.SCHOOL
    problems = {**_name_problems(named), **_place_problems(place, is_school)}
    if problems:
        raise FormRefused(problems)
    person = Person()
    _write(person, named)
    work.session.add(person)
    work.session.flush()
    work.session.add(
        Appointment(person_id=person.id, unit_id=unit_id, position=Position(place.position), from_on=today)
    )
    if is_school:
        work.session.add(
            StaffMember(
                unit_id=unit_id,
                person_id=person.id,
                employment=Employment(place.employment),
                category=StaffCategory(place.category),
                duty=place.duty,
                joined_on=today,
            )
        )
    work.session.flush()
    details = {"person": person.id, "name": person.full_name, "position": place.position}
    _record(work, JournalKind.PERSON_ADDED, actor, unit_id, details, request_key)
    return person


def change_person(
    work: UnitOfWork,
    *,
    actor: Actor,
    unit_id: int,
    person_id: int,
    named: Named,
    request_key: str | None = None,
) -> Person:
    """Put name, form of address and mail address of a unit's person right; what was signed keeps the old name.

    Refuses who does not administer the unit, people of other units, and values as `add_person` does.
    """
    refuse_repeated(work, request_key)
    if not administers(work.session, actor, unit_id, local_date(work.now)):
        raise NotPermitted
    person = work.session.get(Person, person_id, with_for_update=HELD)
    if person is None or not belongs(work.session, person_id, unit_id):
        raise PersonUnknown
    if problems := _name_problems(named):
        raise FormRefused(problems)
    before = {"name": person.full_name, "honorific": person.honorific, "email": person.email}
    _write(person, named)
    work.session.flush()
    after = {"name": person.full_name, "honorific": person.honorific, "email": person.email}
    details = {"person": person_id, "before": before, "after": after}
    _record(work, JournalKind.PERSON_CHANGED, actor, unit_id, details, request_key)
    return person


def _name_problems(named: Named) -> dict[str, Refusal]:
    problems: dict[str, Refusal] = {}
    if not sort_key(named.full_name):
        problems["full_name"] = ValueMissing()
    elif len(named.full_name) > LONGEST_NAME:
        problems["full_name"] = ValueTooLong(most=LONGEST_NAME)
    if named.honorific not in HONORIFICS:
        problems["honorific"] = ValueNotOffered()
    if len(named.email) > LONGEST_EMAIL:
        problems["email"] = ValueTooLong(most=LONGEST_EMAIL)
    elif named.email and not EMAIL.fullmatch(named.email):
        problems["email"] = EmailBad()
    return problems


def _place_problems(place: Place, is_school: bool) -> dict[str, Refusal]:
    offered: list[tuple[str, str, type[Position] | type[Employment] | type[StaffCategory]]]
    offered = [("position", place.position, Position)]
    if is_school:
        offered += [
            ("category", place.category, StaffCategory),
            ("employment", place.employment, Employment),
        ]
    problems: dict[str, Refusal] = {
        name: ValueNotOffered() for name, value, allowed in offered if value not in set(allowed)
    }
    if len(place.duty) > LONGEST_NAME:
        problems["duty"] = ValueTooLong(most=LONGEST_NAME)
    return problems


def _write(person: Person, named: Named) -> None:
    person.full_name = " ".join(named.full_name.split())
    person.honorific, person.email = named.honorific, named.email
    person.sort_key, person.search_text = sort_key(named.full_name), fold(named.full_name)


def _record(
    work: UnitOfWork,
    kind: JournalKind,
    actor: Actor,
    unit_id: int,
    details: dict[str, Any],
    request_key: str | None,
) -> None:
    record(work, kind, unit_id=unit_id, actor_id=actor.person_id, details=details, request_key=request_key)

"""The people of a unit with their accounts, and the search for somebody anywhere."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from models.organisation import OrganisationUnit, UnitKind
from models.person import Account, Appointment, Person, Position
from models.school import StaffMember
from workflows.policy.person_names import fold
from workflows.queries.frame import WEIGHT
from workflows.queries.organisation import in_force, present

PAGE = 50
# What a search for somebody shows: who finds more adds a word.
FOUND = 20
_ACCOUNT = (Account, Account.person_id == Person.id)


class Shown(StrEnum):
    """Which people of a unit are listed."""

    PRESENT = "present"
    WITHOUT_ACCOUNT = "without"
    CLOSED = "closed"
    LEFT = "left"


def is_anybody_there(reading: Session) -> bool:
    """Tell whether the store has a person in it: without one nobody can log in."""
    return reading.scalars(select(Person.id).limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody of a unit: as what, and how they log in."""

    person: Person
    account: Account | None
    staff: StaffMember | None
    appointments: Sequence[Appointment]


@dataclass(frozen=True, slots=True)
class PeoplePage:
    rows: Sequence[PersonRow]
    number: int
    total: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


def people_page(
    session: Session, unit_id: int, shown: Shown, on: date, *, words: str = "", number: int = 1
) -> PeoplePage:
    """List people of a unit by name, a page at a time; `words` search in names."""
    conditions = [_of_unit(unit_id, shown, on), *_named(words)]
    total = session.scalar(
        select(func.count(Person.id)).outerjoin(*_ACCOUNT).where(*conditions, *_state(shown))
    )
    found = session.execute(
        select(Person, Account)
        .outerjoin(*_ACCOUNT)
        .options(contains_eager(Account.person))
        .where(*conditions, *_state(shown))
        .order_by(Person.sort_key, Person.id)
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    ).all()
    return PeoplePage(_rows(session, [(one, its) for one, its in found], unit_id, on), number, total or 0)


def person_row(session: Session, unit_id: int, person_id: int, on: date) -> PersonRow | None:
    """Give one person as the list of a unit shows them."""
    found = session.execute(
        select(Person, Account)
        .outerjoin(*_ACCOUNT)
        .options(contains_eager(Account.person))
        .where(Person.id == person_id)
    ).first()
    return _rows(session, [(found[0], found[1])], unit_id, on)[0] if found else None


def without_account(session: Session, unit_id: int, on: date, *, most: int) -> list[Person]:
    """List people of a unit who have no account, by name."""
    query = (
        select(Person)
        .outerjoin(*_ACCOUNT)
        .where(_of_unit(unit_id, Shown.WITHOUT_ACCOUNT, on), *_state(Shown.WITHOUT_ACCOUNT))
        .order_by(Person.sort_key, Person.id)
        .limit(most)
    )
    return list(session.scalars(query))


def people_without_account(session: Session, person_ids: Collection[int]) -> set[int]:
    """Give those of some people who cannot log in: without an account, or with a closed one."""
    if not person_ids:
        return set()
    able = select(Account.person_id).where(Account.person_id.in_(person_ids), Account.is_active)
    return {*person_ids} - {*session.scalars(able)}


def appointable(session: Session, unit_id: int, words: str, on: date) -> list[tuple[Person, str]]:
    """List whom one could appoint, with their units: the unit's own people, or who is found by words anywhere."""
    if fold(words):
        people = list(session.scalars(search_query(words)))
        people.sort(key=lambda one: (one.sort_key, one.id))
    else:
        own = select(Person).where(_of_unit(unit_id, Shown.PRESENT, on))
        people = list(session.scalars(own.order_by(Person.sort_key, Person.id).limit(PAGE * 10)))
    units = _unit_names(session, [one.id for one in people], on)
    return [(one, ", ".join(units[one.id])) for one in people]


def search_query(words: str) -> Select[Person]:
    """Give the query that finds people by parts of their names, whichever unit they are of."""
    return select(Person).where(*_named(words)).order_by(Person.search_text, Person.id).limit(FOUND)


def appointments_in(session: Session, unit_id: int) -> Sequence[Appointment]:
    """List all appointments in a unit, past ones too, the newest first."""
    return session.scalars(
        select(Appointment)
        .options(joinedload(Appointment.person))
        .where(Appointment.unit_id == unit_id)
        .order_by(Appointment.from_on.desc(), Appointment.id.desc())
        .limit(PAGE * 10)
    ).all()


def has_head(session: Session, unit_id: int, on: date) -> bool:
    """Tell whether somebody heads a unit on a day."""
    heads = select(Appointment.id).where(
        Appointment.unit_id == unit_id, Appointment.position == Position.HEAD, in_force(Appointment, on)
    )
    return session.scalar(heads.limit(1)) is not None


def is_present(session: Session, person_id: int, unit_id: int, on: date) -> bool:
    """Tell whether somebody is of a unit on a day."""
    found = select(Person.id).where(Person.id == person_id, _of_unit(unit_id, Shown.PRESENT, on))
    return session.scalar(found) is not None


def home_unit_of(session: Session, person_id: int, on: date) -> int:
    """Give the unit in whose journal stands what somebody does with their own account."""
    held = select(Appointment).where(Appointment.person_id == person_id)
    appointments = session.scalars(held.order_by(Appointment.id)).all()
    present_ones = [one for one in appointments if one.from_on <= on <= (one.until_on or on)]
    if found := present_ones or appointments:
        return min(found, key=lambda one: (WEIGHT[one.position], one.unit_id)).unit_id
    listed = select(StaffMember.unit_id).where(StaffMember.person_id == person_id)
    if (unit_id := session.scalar(listed.order_by(StaffMember.id.desc()).limit(1))) is not None:
        return unit_id
    # Somebody who was never anywhere stands in the journal of the department.
    top = select(OrganisationUnit.id).where(OrganisationUnit.kind == UnitKind.DEPARTMENT)
    return session.scalars(top.order_by(OrganisationUnit.id).limit(1)).one()


def _of_unit(unit_id: int, shown: Shown, on: date) -> ColumnElement[bool]:
    """On the staff list, or appointed in the unit today or later; those who left were so once."""
    listed = select(StaffMember.person_id).where(StaffMember.unit_id == unit_id)
    appointed = select(Appointment.person_id).where(Appointment.unit_id == unit_id)
    still_listed = listed.where(present(StaffMember, on))
    still_appointed = appointed.where(or_(Appointment.until_on.is_(None), Appointment.until_on >= on))
    of_today = Person.id.in_(still_listed.union(still_appointed))
    if shown is Shown.LEFT:
        return Person.id.in_(listed.union(appointed)) & ~of_today
    return of_today


def _state(shown: Shown) -> list[ColumnElement[bool]]:
    if shown is Shown.WITHOUT_ACCOUNT:
        return [Account.id.is_(None)]
    return [Account.is_active.is_(False)] if shown is Shown.CLOSED else []


def _named(words: str) -> list[ColumnElement[bool]]:
    return [Person.search_text.contains(word, autoescape=True) for word in fold(words).split()[:6]]


def _rows(
    session: Session, found: Sequence[tuple[Person, Account | None]], unit_id: int, on: date
) -> list[PersonRow]:
    ids = [person.id for person, _ in found]
    staff = {
        member.person_id: member
        for member in session.scalars(
            select(StaffMember).where(StaffMember.unit_id == unit_id, StaffMember.person_id.in_(ids))
        )
    }
    held: Mapping[int, list[Appointment]] = defaultdict(list)
    appointments = session.scalars(
        select(Appointment)
        .options(joinedload(Appointment.unit))
        .where(
            Appointment.person_id.in_(ids), or_(Appointment.until_on.is_(None), Appointment.until_on >= on)
        )
        .order_by(Appointment.from_on, Appointment.id)
    )
    for appointment in appointments:
        held[appointment.person_id].append(appointment)
    return [PersonRow(person, account, staff.get(person.id), held[person.id]) for person, account in found]


def _unit_names(session: Session, ids: Collection[int], on: date) -> Mapping[int, list[str]]:
    still = or_(Appointment.until_on.is_(None), Appointment.until_on >= on)
    appointed = (
        select(Appointment.person_id, OrganisationUnit.short_name)
        .join(OrganisationUnit, OrganisationUnit.id == Appointment.unit_id)
        .where(Appointment.person_id.in_(ids), still)
    )
    listed = (
        select(StaffMember.person_id, OrganisationUnit.short_name)
        .join(OrganisationUnit, OrganisationUnit.id == StaffMember.unit_id)
        .where(StaffMember.person_id.in_(ids), present(StaffMember, on))
    )
    names: Mapping[int, list[str]] = defaultdict(list)
    for query in (appointed, listed):
        for person_id, name in session.execute(query):
            if name not in names[person_id]:
                names[person_id].append(name)
    return names

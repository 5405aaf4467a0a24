"""The first act on an empty store: a department and the administrator who makes everything else."""

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models.organisation import OrganisationUnit, UnitKind
from models.person import Account, Appointment, Person, Position
from workflows.errors import AlreadySetUp
from workflows.policy.calendar import LOCAL_ZONE
from workflows.policy.person_names import fold, sort_key
from workflows.unit_of_work import UnitOfWork


def set_up(work: UnitOfWork, *, unit: str, name: str, login: str, password_hash: str) -> int:
    """Make the department and its administrator, and give the administrator's person id.

    Refuses a store in which there is anybody.
    """
    session = work.session
    if session.scalars(select(Person.id).limit(1)).first() is not None:
        raise AlreadySetUp
    department = OrganisationUnit(
        kind=UnitKind.DEPARTMENT, code="so", name=unit, short_name=unit[:80], search_text=fold(unit)
    )
    person = Person(full_name=name, sort_key=sort_key(name), search_text=fold(name))
    session.add_all([department, person])
    session.flush()
    today: date = work.now.astimezone(ZoneInfo(LOCAL_ZONE)).date()
    session.add(Account(person_id=person.id, login=login.casefold(), password_hash=password_hash))
    session.add(
        Appointment(
            person_id=person.id, unit_id=department.id, position=Position.ADMINISTRATOR, from_on=today
        )
    )
    session.flush()
    return person.id

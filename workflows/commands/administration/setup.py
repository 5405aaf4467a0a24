"""The first act on an empty store: a department and the administrator who makes everything else."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from models.catalogue import FieldDefinition
from models.organisation import OrganisationUnit, UnitKind
from models.person import Account, Appointment, Person, Position
from workflows.commands.administration.accounts import problem_of
from workflows.commands.administration.logins import START_PASSWORD_LASTS
from workflows.commands.administration.units import LONGEST
from workflows.commands.steering.enrolment import LONGEST_NAME
from workflows.errors import AlreadySetUp, FormRefused, Refusal, ValueMissing, ValueTooLong
from workflows.errors.accounts import LoginBad
from workflows.policy.calendar import LOCAL_ZONE
from workflows.policy.login_names import LOGIN
from workflows.policy.person_names import fold, sort_key
from workflows.queries.administration.people import is_anybody_there
from workflows.unit_of_work import UnitOfWork


def check(*, unit: str, name: str, login: str, password: str | None) -> None:
    """Refuse names that are missing or too long, and what no other account may have (FormRefused).

    `password` is None when a start password is made up.
    """
    problems: dict[str, Refusal] = {}
    for key, text, most in (("unit", unit, LONGEST["name"]), ("name", name, LONGEST_NAME)):
        if not sort_key(text):
            problems[key] = ValueMissing()
        elif len(text) > most:
            problems[key] = ValueTooLong(most=most)
    if not LOGIN.fullmatch(login.casefold()):
        problems["login"] = LoginBad()
    weak = None if password is None else problem_of(password, login, name)
    if weak is not None:
        problems["password"] = weak
    if problems:
        raise FormRefused(problems)


def set_up(
    work: UnitOfWork,
    *,
    unit: str,
    name: str,
    login: str,
    password_hash: str,
    is_start_password: bool,
    fields: Iterable[Mapping[str, Any]],
) -> int:
    """Make the department, its administrator and the fields of its records, and give the administrator's person id.

    `fields` are the columns of `field_definition`. A start password is replaced at the first login. Refuses a
    store in which there is anybody.
    """
    session = work.session
    if is_anybody_there(session):
        raise AlreadySetUp
    department = OrganisationUnit(
        kind=UnitKind.DEPARTMENT,
        code="so",
        name=unit,
        short_name=unit[: LONGEST["short_name"]],
        search_text=fold(unit),
    )
    person = Person(full_name=name, sort_key=sort_key(name), search_text=fold(name))
    session.add_all([department, person])
    session.flush()
    today: date = work.now.astimezone(ZoneInfo(LOCAL_ZONE)).date()
    ends_at = work.now + START_PASSWORD_LASTS if is_start_password else None
    session.add(
        Account(
            person_id=person.id,
            login=login.casefold(),
            password_hash=password_hash,
            start_password_ends_at=ends_at,
        )
    )
    session.add(
        Appointment(
            person_id=person.id, unit_id=department.id, position=Position.ADMINISTRATOR, from_on=today
        )
    )
    session.add_all(FieldDefinition(**field) for field in fields)
    session.flush()
    return person.id

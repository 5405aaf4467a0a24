"""Accounts of other people: opening them, start passwords for new and forgotten ones, closing and reopening.

Start passwords are made and hashed by the page, outside of the transaction; no command ever sees one in clear.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.database import HELD
from models.journal import JournalKind
from models.organisation import OrganisationUnit
from models.person import Account, Person
from workflows.actor import Actor
from workflows.commands.running.terms import local_date
from workflows.errors import ConcurrentChange, FormRefused, NotPermitted, PersonUnknown, UnitUnknown
from workflows.errors.accounts import (
    AccountGone,
    AccountThere,
    DemonstrationAccount,
    LoginBad,
    LoginTaken,
    NobodyWithoutAccount,
    OwnAccount,
)
from workflows.policy.login_names import LOGIN, login_of
from workflows.queries.administration.territory import belongs, keeps_accounts, out_of_reach
from workflows.queries.demonstration import is_offered
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

# Long enough for the summer holidays' new staff to come back, short enough that a lost sheet opens nothing.
START_PASSWORD_LASTS = timedelta(days=30)
# Hashing takes a while for each; more people get a second sheet.
MOST_AT_ONCE = 50


def open_account(
    work: UnitOfWork,
    *,
    actor: Actor,
    unit_id: int,
    person_id: int,
    login: str,
    password_hash: str,
    request_key: str | None = None,
) -> Account:
    """Give somebody of a unit an account with a start password; without a login name it gets a free one.

    Refuses who does not keep the accounts of the unit or of this person, people who have one or are not of the
    unit, and login names that are taken or cannot be typed everywhere (FormRefused).
    """
    refuse_repeated(work, request_key)
    unit, person = _held(work, actor, unit_id, person_id)
    if _account_of(work, person_id) is not None:
        raise AccountThere(who=person.named)
    if login and not LOGIN.fullmatch(login):
        raise FormRefused({"login": LoginBad()})
    if login and _taken(work, [login]):
        raise FormRefused({"login": LoginTaken(login=login)})
    account = _opened(work, person, login or _free_login(work, person, unit), password_hash)
    _record(work, JournalKind.ACCOUNT_OPENED, actor, unit_id, account, request_key)
    return account


def open_accounts(
    work: UnitOfWork, *, actor: Actor, unit_id: int, hashes: Mapping[int, str], request_key: str | None = None
) -> list[Account]:
    """Give several people of a unit accounts, by their ids; who has got one meanwhile is left out.

    Refuses as `open_account` does, and when nobody is left.
    """
    refuse_repeated(work, request_key)
    unit = _unit(work, actor, unit_id)
    unreachable = out_of_reach(work.session, actor, unit_id, hashes, local_date(work.now))
    if unreachable:
        raise NotPermitted
    accounts: list[Account] = []
    for person_id, password_hash in hashes.items():
        person = _person(work, unit, person_id)
        if _account_of(work, person_id) is None:
            accounts.append(_opened(work, person, _free_login(work, person, unit), password_hash))
    if not accounts:
        raise NobodyWithoutAccount
    for number, account in enumerate(accounts):
        key = None if number else request_key
        _record(work, JournalKind.ACCOUNT_OPENED, actor, unit_id, account, key)
    return accounts


def reset_password(
    work: UnitOfWork,
    *,
    actor: Actor,
    unit_id: int,
    person_id: int,
    password_hash: str,
    request_key: str | None = None,
) -> Account:
    """Give somebody a start password for a forgotten one; their sessions end and a lock is lifted.

    Refuses as `open_account` does, one's own account, and accounts that a demonstration offers to all.
    """
    refuse_repeated(work, request_key)
    account = _account_to_change(work, actor, unit_id, person_id)
    account.password_hash = password_hash
    account.start_password_ends_at = work.now + START_PASSWORD_LASTS
    account.failed_logins, account.locked_until_at = 0, None
    work.session.flush()
    _record(work, JournalKind.PASSWORD_RESET, actor, unit_id, account, request_key)
    return account


def close_account(
    work: UnitOfWork, *, actor: Actor, unit_id: int, person_id: int, request_key: str | None = None
) -> None:
    """Let an account open nothing any more, at once; what its person did stays. Refuses as `reset_password` does."""
    _switch(work, actor, unit_id, person_id, JournalKind.ACCOUNT_CLOSED, request_key)


def reopen_account(
    work: UnitOfWork, *, actor: Actor, unit_id: int, person_id: int, request_key: str | None = None
) -> None:
    """Let a closed account open again, with its old password. Refuses as `reset_password` does."""
    _switch(work, actor, unit_id, person_id, JournalKind.ACCOUNT_REOPENED, request_key)


def _switch(
    work: UnitOfWork,
    actor: Actor,
    unit_id: int,
    person_id: int,
    kind: JournalKind,
    request_key: str | None,
) -> None:
    refuse_repeated(work, request_key)
    account = _account_to_change(work, actor, unit_id, person_id)
    active = kind is JournalKind.ACCOUNT_REOPENED
    if account.is_active is active:
        return
    account.is_active = active
    work.session.flush()
    _record(work, kind, actor, unit_id, account, request_key)


def _account_to_change(work: UnitOfWork, actor: Actor, unit_id: int, person_id: int) -> Account:
    _held(work, actor, unit_id, person_id)
    if person_id == actor.person_id:
        raise OwnAccount
    account = _account_of(work, person_id)
    if account is None:
        raise AccountGone
    if is_offered(work.session, account.login):
        raise DemonstrationAccount
    return account


def _held(work: UnitOfWork, actor: Actor, unit_id: int, person_id: int) -> tuple[OrganisationUnit, Person]:
    unit = _unit(work, actor, unit_id)
    person = _person(work, unit, person_id)
    if out_of_reach(work.session, actor, unit_id, [person_id], local_date(work.now)):
        raise NotPermitted
    return unit, person


def _unit(work: UnitOfWork, actor: Actor, unit_id: int) -> OrganisationUnit:
    unit = work.session.get(OrganisationUnit, unit_id)
    if unit is None:
        raise UnitUnknown
    if not keeps_accounts(work.session, actor, unit_id, local_date(work.now)):
        raise NotPermitted
    return unit


def _person(work: UnitOfWork, unit: OrganisationUnit, person_id: int) -> Person:
    # Held, so that two clicks at once do not both find the person without an account.
    person = work.session.get(Person, person_id, with_for_update=HELD)
    # Whose name is none of the actor's business does not get into a message.
    if person is None or not belongs(work.session, person_id, unit.id):
        raise PersonUnknown
    return person


def _account_of(work: UnitOfWork, person_id: int) -> Account | None:
    found = select(Account).where(Account.person_id == person_id).with_for_update(of=Account, **HELD)
    return work.session.scalars(found).first()


def _opened(work: UnitOfWork, person: Person, login: str, password_hash: str) -> Account:
    account = Account(
        person_id=person.id,
        login=login,
        password_hash=password_hash,
        start_password_ends_at=work.now + START_PASSWORD_LASTS,
    )
    account.person = person
    work.session.add(account)
    try:
        work.session.flush()
    except IntegrityError as error:
        # Somebody of another unit got the same login name at this moment.
        raise ConcurrentChange from error
    return account


def _free_login(work: UnitOfWork, person: Person, unit: OrganisationUnit) -> str:
    first = 1
    while True:
        # As many as have the same name at once in one school; each further round looks at as many more.
        wanted = [login_of(person.full_name, unit.code, number) for number in range(first, first + 20)]
        taken = _taken(work, wanted)
        free = next((login for login in wanted if login not in taken), None)
        if free is not None:
            return free
        first += 20


def _taken(work: UnitOfWork, logins: list[str]) -> set[str]:
    return set(work.session.scalars(select(Account.login).where(Account.login.in_(logins))))


def _record(
    work: UnitOfWork,
    kind: JournalKind,
    actor: Actor,
    unit_id: int,
    account: Account,
    request_key: str | None,
) -> None:
    details: dict[str, Any] = {"person": account.person_id, "login": account.login}
    record(work, kind, unit_id=unit_id, actor_id=actor.person_id, details=details, request_key=request_key)

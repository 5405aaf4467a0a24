"""Logging in and what people set for themselves: lock-out after failures, password, language, mails."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.database import HELD
from models.journal import JournalKind
from models.person import Account
from workflows.commands.running.terms import local_date
from workflows.errors import (
    AccountLocked,
    ConcurrentChange,
    FormRefused,
    LoginWrong,
    Refusal,
    ValueMissing,
    ValueTooLong,
)
from workflows.errors.accounts import (
    CurrentPasswordWrong,
    DemonstrationAccount,
    PasswordsDiffer,
    PasswordTooEasy,
    PasswordTooShort,
    PasswordUnchanged,
    StartPasswordEnded,
)
from workflows.passwords import LONGEST_PASSWORD, Passwords
from workflows.policy.login_names import LEAST_PASSWORD, is_easy
from workflows.queries.administration.people import home_unit_of
from workflows.queries.demonstration import is_offered
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork


class Language(StrEnum):
    """Languages an account may be set to."""

    VI = "vi"
    EN = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRule:
    """After how many failures in a row an account is locked, and for how long."""

    failures: int
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Attempt:
    """One typed login name and whether the password belonged to it."""

    account_id: int | None
    right: bool


def try_password(reading: Session, passwords: Passwords, login: str, password: str) -> Attempt:
    """Compare a password with the account's; slow, so it stays outside of any unit of work."""
    account = reading.scalars(select(Account).where(Account.login == login.casefold())).first()
    right = passwords.match(account.password_hash if account else None, password)
    return Attempt(account.id if account else None, right)


def log_in(
    work: UnitOfWork, attempt: Attempt, rule: LockRule
) -> Account | LoginWrong | AccountLocked | StartPasswordEnded:
    """Record an attempt and give the account, or the refusal.

    The refusal is given, not raised: the count of failures must be committed. A locked account stays locked even
    for the right password, and a wrong name answers like a wrong password.
    """
    account = _judged(work, attempt, rule)
    if not isinstance(account, Account):
        return account
    ends_at = account.start_password_ends_at
    if ends_at is not None and ends_at <= work.now:
        return StartPasswordEnded(until=ends_at)
    account.last_login_at = work.now
    return account


def confirm(
    work: UnitOfWork, attempt: Attempt, rule: LockRule
) -> CurrentPasswordWrong | AccountLocked | None:
    """Record an attempt of somebody who is logged in and types the present password once more; None: it was right.

    It counts like a login: who sits down at an open page must not try for ever.
    """
    judged = _judged(work, attempt, rule)
    return CurrentPasswordWrong() if isinstance(judged, LoginWrong) else _refusal(judged)


def _refusal(judged: Account | AccountLocked) -> AccountLocked | None:
    return None if isinstance(judged, Account) else judged


def _judged(work: UnitOfWork, attempt: Attempt, rule: LockRule) -> Account | LoginWrong | AccountLocked:
    if attempt.account_id is None:
        return LoginWrong()
    account = work.session.get_one(Account, attempt.account_id, with_for_update={**HELD, "of": Account})
    if account.locked_until_at is not None and account.locked_until_at > work.now:
        return AccountLocked(until=account.locked_until_at)
    if not attempt.right:
        return _count_failure(account, work.now, rule)
    if not account.is_active:
        return LoginWrong()
    account.failed_logins = 0
    account.locked_until_at = None
    return account


def _count_failure(account: Account, now: datetime, rule: LockRule) -> LoginWrong | AccountLocked:
    account.failed_logins += 1
    if account.failed_logins < rule.failures:
        return LoginWrong()
    account.failed_logins = 0
    account.locked_until_at = now + rule.lasts
    return AccountLocked(until=account.locked_until_at)


def require_good(password: str, again: str, account: Account) -> None:
    """Refuse a new password that is missing, short, long, easy to guess, or typed differently the second time."""
    problem = problem_of(password, account.login, account.person.full_name)
    if problem is not None:
        raise FormRefused({"password": problem})
    if password != again:
        raise FormRefused({"password_again": PasswordsDiffer()})


def problem_of(password: str, *names: str) -> Refusal | None:
    """Give what is wrong with the new password of somebody with these names."""
    if not password:
        return ValueMissing()
    if len(password) < LEAST_PASSWORD:
        return PasswordTooShort(least=LEAST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        return ValueTooLong(most=LONGEST_PASSWORD)
    return PasswordTooEasy() if is_easy(password, *names) else None


def require_new(passwords: Passwords, present_hash: str, password: str) -> None:
    """Refuse the password that the account has now; slow, so it stays outside of any unit of work."""
    if passwords.match(present_hash, password):
        raise FormRefused({"password": PasswordUnchanged()})


def change_password(
    work: UnitOfWork,
    *,
    account_id: int,
    present_hash: str,
    password_hash: str,
    request_key: str | None = None,
) -> Account:
    """Give an account a password that only its person knows; sessions elsewhere end with the old one.

    Refuses when the password is not the one any more against which the present one was checked, and accounts that a
    demonstration offers to all.
    """
    refuse_repeated(work, request_key)
    account = work.session.get_one(Account, account_id, with_for_update={**HELD, "of": Account})
    if account.password_hash != present_hash or not account.is_active:
        raise ConcurrentChange
    if is_offered(work.session, account.login):
        raise DemonstrationAccount
    account.password_hash = password_hash
    account.start_password_ends_at = None
    work.session.flush()
    unit_id = home_unit_of(work.session, account.person_id, local_date(work.now))
    record(
        work,
        JournalKind.PASSWORD_CHANGED,
        unit_id=unit_id,
        actor_id=account.person_id,
        details={"person": account.person_id},
        request_key=request_key,
    )
    return account


def choose_language(work: UnitOfWork, *, account_id: int, language: Language) -> None:
    """Set the language of pages and mails of one account."""
    work.session.execute(update(Account).where(Account.id == account_id).values(locale=language.value))


def choose_mails(work: UnitOfWork, *, account_id: int, at_once: bool) -> None:
    """Set whether notices are mailed one by one, or in one digest a morning."""
    work.session.execute(update(Account).where(Account.id == account_id).values(mail_at_once=at_once))

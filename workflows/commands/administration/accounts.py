"""Logging in and what people set for themselves: lock-out after failures, language, mails."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.person import Account
from workflows.errors import AccountLocked, LoginWrong
from workflows.passwords import Passwords
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


def log_in(work: UnitOfWork, attempt: Attempt, rule: LockRule) -> Account | LoginWrong | AccountLocked:
    """Record an attempt and give the account, or the refusal.

    The refusal is given, not raised: the count of failures must be committed. A locked account stays locked even
    for the right password, and a wrong name answers like a wrong password.
    """
    if attempt.account_id is None:
        return LoginWrong()
    account = work.session.get_one(Account, attempt.account_id, with_for_update={"of": Account})
    if account.locked_until_at is not None and account.locked_until_at > work.now:
        return AccountLocked(until=account.locked_until_at)
    if not attempt.right:
        return _count_failure(account, work.now, rule)
    if not account.is_active:
        return LoginWrong()
    account.failed_logins = 0
    account.locked_until_at = None
    account.last_login_at = work.now
    return account


def _count_failure(account: Account, now: datetime, rule: LockRule) -> LoginWrong | AccountLocked:
    account.failed_logins += 1
    if account.failed_logins < rule.failures:
        return LoginWrong()
    account.failed_logins = 0
    account.locked_until_at = now + rule.lasts
    return AccountLocked(until=account.locked_until_at)


def choose_language(work: UnitOfWork, *, account_id: int, language: Language) -> None:
    """Set the language of pages and mails of one account."""
    work.session.execute(update(Account).where(Account.id == account_id).values(locale=language.value))


def choose_mails(work: UnitOfWork, *, account_id: int, at_once: bool) -> None:
    """Set whether notices are mailed one by one, or in one digest a morning."""
    work.session.execute(update(Account).where(Account.id == account_id).values(mail_at_once=at_once))

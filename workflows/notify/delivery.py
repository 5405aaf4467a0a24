"""Delivery: a mail is claimed and committed, sent outside any transaction, and its end is written down.

A row in `sending` is in one worker's hands. If that worker dies nobody can know whether the mail left, so
it is never sent a second time: it ends as failed, and says so.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from models.notification import MailState, Message, Notification
from models.person import Account
from workflows.notify.channels.letter import Channel, Deliver, Letter, NotDelivered
from workflows.notify.digest import morning_facts
from workflows.notify.messages import FOR_TEXT, block, facts_of, known, page
from workflows.notify.outbox import AT_ONCE
from workflows.unit_of_work import UnitOfWork

Begin = Callable[[], AbstractContextManager[UnitOfWork]]

# After the first, second … failed try; then the mail has failed.
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=2),
)
# Longer than any server is waited for (`channels.email`); after that its sender is taken for dead.
SENDING_FOR = timedelta(minutes=10)
# Where mail was off or down for days, old notices must not pour out: people have seen them in the product.
TOO_OLD = timedelta(days=2)
MAILS_AT_ONCE = 50
NOTE_LENGTH = 300
SENDER_DIED = "The process that sent this mail ended; it may have arrived, so it is not repeated"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail in this worker's hands; without a letter there is nothing to send, and `note` may say why."""

    id: int
    tries: int
    letter: Letter | None
    state: MailState = MailState.SENT
    note: str = ""


def deliver_due(begin: Begin, channel: Channel, base_url: str, limit: int = MAILS_AT_ONCE) -> int:
    """Send the mails that are due, one after another and at most `limit`; give how many were dealt with.

    Stops at the first sign that the server cannot be reached: the next call tries again.
    """
    with begin() as work:
        give_up_lost(work)
    with channel.open() as deliver:
        for dealt_with in range(limit):
            with begin() as work:
                claimed = claim(work, base_url)
            if claimed is None:
                return dealt_with
            if not _deliver(begin, deliver, claimed):
                return dealt_with + 1
    return limit


def _deliver(begin: Begin, deliver: Deliver, claimed: Claimed) -> bool:
    """Send one mail and write down how it ended; False when the server cannot be reached."""
    failure = None
    try:
        if claimed.letter is not None:
            deliver(claimed.letter)
    except NotDelivered as refused:
        _log.info("Mail %s was not delivered: %s", claimed.id, refused.note)
        failure = refused
    except Exception as error:  # noqa: BLE001
        # Nobody can say how far it came, and nothing may be left in `sending` while we know that it ended.
        _log.exception("Mail %s failed", claimed.id)
        failure = NotDelivered(f"{type(error).__name__}: {error}", final=True)
    if failure is not None:
        with begin() as work:
            put_back(work, claimed, failure)
        return not failure.unreachable
    with begin() as work:
        _end(work, claimed.id, claimed.state, claimed.note)
    return True


def give_up_lost(work: UnitOfWork) -> int:
    """Let mails whose sender died end as failed, and give how many they were."""
    return _change(
        work,
        [Notification.mail_state == MailState.SENDING, Notification.mail_due_at <= work.now],
        mail_state=MailState.FAILED,
        mail_due_at=None,
        mail_note=SENDER_DIED,
    )


def claim(work: UnitOfWork, base_url: str) -> Claimed | None:
    """Take the mail that has waited longest; no other worker gets the same one."""
    notification_id = work.session.scalar(
        select(Notification.id)
        .where(Notification.mail_state == MailState.WAITING, Notification.mail_due_at <= work.now)
        .order_by(Notification.mail_due_at, Notification.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if notification_id is None:
        return None
    _change(
        work,
        [Notification.id == notification_id],
        mail_state=MailState.SENDING,
        mail_due_at=work.now + SENDING_FOR,
        mail_tries=Notification.mail_tries + 1,
    )
    row = work.session.scalars(
        select(Notification).where(Notification.id == notification_id).options(*FOR_TEXT)
    ).one()
    if row.created_at < work.now - TOO_OLD:
        return Claimed(row.id, row.mail_tries, None, MailState.FAILED, "Too old to be of use")
    try:
        letter = letter_of(work, row, base_url)
    except Exception as error:  # noqa: BLE001
        # Whatever is wrong with one notice (its step, its template), it must not hold up all the others.
        # others.
        _log.exception("The mail of notice %s cannot be written", row.id)
        return Claimed(row.id, row.mail_tries, None, MailState.FAILED, f"{type(error).__name__}: {error}")
    return Claimed(row.id, row.mail_tries, letter, MailState.SENT if letter else MailState.NONE)


def letter_of(work: UnitOfWork, notification: Notification, base_url: str) -> Letter | None:
    """Write the mail of a notice; None where there is no address (any more), or nothing left to tell."""
    person = notification.person
    account = work.session.scalar(select(Account).where(Account.person_id == person.id))
    if not person.email or (account is not None and not account.is_active):
        return None
    locale = known(account.locale if account else None)
    facts: dict[str, Any] = facts_of(notification, locale, work.engine, private=True)
    if notification.message is Message.MORNING_DIGEST:
        facts |= morning_facts(work.session, person.id, work.now)
        if not facts["tasks"] and not facts["unread"]:
            return None
    facts["link"] = f"{base_url}/tasks/{notification.task_id}" if notification.task_id else f"{base_url}/"
    facts["urgent"] = notification.message in AT_ONCE
    facts["at_once"] = notification.message is not Message.MORNING_DIGEST
    return Letter(
        # The instant tells apart two houses that send from one domain.
        key=f"rasoat-{notification.id}-{notification.created_at:%Y%m%d%H%M%S%f}",
        to=person.email,
        subject=block(notification.message, locale, "subject", facts),
        body=page(notification.message, locale, facts),
        locale=locale,
        written_at=work.now,
    )


def put_back(work: UnitOfWork, claimed: Claimed, failure: NotDelivered) -> None:
    """Let a mail that was not delivered wait for its next try, or end as failed after the last one."""
    if failure.final or claimed.tries > len(BACK_OFF):
        _end(work, claimed.id, MailState.FAILED, failure.note)
    else:
        due_at = work.now + BACK_OFF[claimed.tries - 1]
        _end(work, claimed.id, MailState.WAITING, failure.note, mail_due_at=due_at)


def _end(work: UnitOfWork, notification_id: int, state: MailState, note: str, **changes: object) -> None:
    values = {"mail_due_at": None, **changes, "mail_state": state, "mail_note": note[:NOTE_LENGTH]}
    _change(work, [Notification.id == notification_id], **values)


def _change(work: UnitOfWork, conditions: Iterable[Any], **values: object) -> int:
    changed = work.connection.execute(update(Notification).where(*conditions).values(**values))
    return int(changed.rowcount)

"""Delivery: a mail is claimed and committed, sent outside any transaction, and its end is written down.

A row in `sending` is in one worker's hands. If that worker dies nobody can know whether the mail left, so
it is never sent a second time: it ends as failed, and says so.

What one person is to hear about one occasion (27 tasks overdue at the same instant) is claimed together and is
one mail.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from models.database import HELD
from models.notification import MailState, Message, Notification
from models.person import Account, Person
from workflows.errors import ConcurrentChange
from workflows.notify.channels.letter import Channel, Deliver, Letter, NotDelivered
from workflows.notify.digest import first_tasks, morning_facts
from workflows.notify.messages import FOR_TEXT, block, facts_of, known, page, what_of, when
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
# Notices in one mail, and how many of them it spells out.
NOTICES_AT_ONCE = 5000
LINES = 10
# Where somebody chooses how mails come.
SETTINGS = "/notices#mails"
NOTE_LENGTH = 300
SENDER_DIED = "The process that sent this mail ended; it may have arrived, so it is not repeated"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail in this worker's hands, and the notices it tells of.

    Without a letter there is nothing to send, and `note` may say why.
    """

    ids: Sequence[int]
    letter: Letter | None
    state: MailState = MailState.SENT
    note: str = ""


def deliver_due(begin: Begin, channel: Channel, base_url: str, limit: int = MAILS_AT_ONCE) -> int:
    """Send the mails that are due, one after another and at most `limit`; give how many were dealt with.

    Stops at the first sign that the server cannot be reached: the next call tries again. What becomes due
    meanwhile is left to the next call, so that nobody gets two mails of one kind from this one.
    """
    with begin() as work:
        give_up_lost(work)
        due_by = work.now
    with channel.open() as deliver:
        for dealt_with in range(limit):
            with begin() as work:
                claimed = claim(work, base_url, due_by)
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
        _log.info("Mail %s was not delivered: %s", claimed.ids[0], refused.note)
        failure = refused
    except Exception as error:  # noqa: BLE001
        # Nobody can say how far it came, and nothing may be left in `sending` while we know that it ended.
        _log.exception("Mail %s failed", claimed.ids[0])
        failure = NotDelivered(f"{type(error).__name__}: {error}", final=True)
    if failure is not None:
        with begin() as work:
            put_back(work, claimed, failure)
        return not failure.unreachable
    with begin() as work:
        _end(work, claimed.ids, claimed.state, claimed.note)
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


def claim(work: UnitOfWork, base_url: str, due_by: datetime | None = None) -> Claimed | None:
    """Take the mail that has waited longest, with all that the person is to be told of the same kind.

    No other worker gets the same notices, nor at the same time others of this person.
    """
    rows = _take(work, due_by or work.now)
    if not rows:
        return None
    ids = [row.id for row in rows]
    if rows[0].created_at < work.now - TOO_OLD:
        return Claimed(ids, None, MailState.FAILED, "Too old to be of use")
    good, note = [], ""
    for row in rows:
        try:
            # Whatever is wrong with one notice (its step, its template), it must not hold up the others.
            facts_of(row, known(None), work.engine, private=True)
        except Exception as error:  # noqa: BLE001
            note = _cannot_write([row.id], error)
            _end(work, [row.id], MailState.FAILED, note)
        else:
            good.append(row)
    if not good:
        return Claimed(ids, None, MailState.FAILED, note)
    ids = [row.id for row in good]
    try:
        letter = letter_of(work, *good, base_url=base_url)
    except Exception as error:  # noqa: BLE001
        return Claimed(ids, None, MailState.FAILED, _cannot_write(ids, error))
    return Claimed(ids, letter, MailState.SENT if letter else MailState.NONE)


def _take(work: UnitOfWork, due_by: datetime) -> Sequence[Notification]:
    """Claim the notices of the next mail in one conditional update, and give them, oldest first."""
    due = (Notification.mail_state == MailState.WAITING, Notification.mail_due_at <= due_by)
    # The person is locked, not the notice: another worker would make a second mail of their other notices, and on
    # its way past a locked person it would lock some of these.
    first = work.session.execute(
        select(Notification.person_id, Notification.message, Notification.created_at)
        .join(Person, Person.id == Notification.person_id)
        .where(*due)
        .order_by(Notification.mail_due_at, Notification.id)
        .limit(1)
        .with_for_update(of=Person, skip_locked=True, **HELD)
    ).one_or_none()
    if first is None:
        return ()
    too_old = work.now - TOO_OLD
    ids = work.session.scalars(
        select(Notification.id)
        .where(
            *due,
            Notification.person_id == first.person_id,
            Notification.message == first.message,
            Notification.created_at < too_old
            if first.created_at < too_old
            else Notification.created_at >= too_old,
        )
        .order_by(Notification.id)
        .limit(NOTICES_AT_ONCE)
        .with_for_update(skip_locked=True, **HELD)
    ).all()
    if not ids:
        # Another worker had this person until just now; what is left waits for the next beat.
        return ()
    taken = _change(
        work,
        [Notification.id.in_(ids), *due],
        mail_state=MailState.SENDING,
        mail_due_at=work.now + SENDING_FOR,
        mail_tries=Notification.mail_tries + 1,
    )
    if taken != len(ids):
        raise ConcurrentChange
    query = select(Notification).where(Notification.id.in_(ids)).order_by(Notification.id)
    return work.session.scalars(query.options(*FOR_TEXT)).all()


def _cannot_write(ids: Sequence[int], error: Exception) -> str:
    _log.error("The mail of notice %s cannot be written", ids[0], exc_info=error)
    return f"{type(error).__name__}: {error}"


def letter_of(work: UnitOfWork, *notices: Notification, base_url: str) -> Letter | None:
    """Write the mail of one person's notices of one kind.

    Gives None where there is no address (any more), or nothing left to tell. Of several about one task the last counts.
    """
    # Another set of notices is another letter; the instant tells apart two houses that send from one domain.
    key = f"rasoat-{notices[0].id}-{notices[0].created_at:%Y%m%d%H%M%S%f}"
    if len(notices) > 1 and notices[0].message is not Message.MORNING_DIGEST:
        key = f"{key}-{notices[-1].id}-{len(notices)}"
    notices = tuple({one.task_id or -one.id: one for one in notices}.values())
    first = notices[0]
    person = first.person
    account = work.session.scalar(select(Account).where(Account.person_id == person.id))
    if not person.email or (account is not None and not account.is_active):
        return None
    locale = known(account.locale if account else None)
    facts: dict[str, Any] = facts_of(first, locale, work.engine, private=True)
    if first.message is Message.MORNING_DIGEST:
        facts |= morning_facts(work.session, person.id, work.now)
        if not facts["tasks"] and not facts["unread"]:
            return None
        facts["first"] = [
            {
                "what": what_of(task, locale, work.engine, private=True),
                "unit": task.unit.short_name,
                "due": when(task.due_at, locale),
            }
            for task in first_tasks(work.session, person.id, work.now)
        ]
    facts["urgent"] = first.message in AT_ONCE
    facts["digest"] = first.message is Message.MORNING_DIGEST
    facts["each"] = account is not None and account.mail_at_once
    facts["settings"] = f"{base_url}{SETTINGS}"
    # Digests that could not be sent on their days are one: it counts when it is sent.
    if len(notices) == 1 or first.message is Message.MORNING_DIGEST:
        facts["link"] = _address(first, base_url) or f"{base_url}/"
        subject = block(first.message, locale, "subject", facts)
        body = page(first.message, locale, facts)
    else:
        facts["link"] = f"{base_url}/"
        subject = _heading(notices, locale, facts)
        told = notices[:LINES]
        facts["heading"], facts["more"] = subject, len(notices) - len(told)
        facts["told"] = [
            (
                block(one.message, locale, "notice", facts_of(one, locale, work.engine, private=True)),
                _address(one, base_url),
            )
            for one in told
        ]
        body = page("together", locale, facts)
    return Letter(key=key, to=person.email, subject=subject, body=body, locale=locale, written_at=work.now)


def _address(notice: Notification, base_url: str) -> str:
    """Give where what a notice tells of is to be seen, if anywhere."""
    if notice.task_id:
        return f"{base_url}/tasks/{notice.task_id}"
    if notice.campaign_id and (unit_id := notice.details.get("at_unit")):
        return f"{base_url}/progress?campaign={notice.campaign_id}&unit={unit_id}"
    instance_id = notice.details.get("instance")
    return f"{base_url}/operations/{instance_id}" if instance_id else ""


def _heading(notices: Sequence[Notification], locale: str, facts: Mapping[str, object]) -> str:
    """Say what came together: "27 việc quá hạn", and the unit if it is one."""
    number = sum(one.details.get("count", 1) for one in notices)
    units = {one.task.unit.short_name if one.task else "" for one in notices}
    heading = block(notices[0].message, locale, "together", {**facts, "number": number})
    return f"{heading}, {units.pop()}" if len(units) == 1 and units != {""} else heading


def put_back(work: UnitOfWork, claimed: Claimed, failure: NotDelivered) -> None:
    """Let a mail that was not delivered wait for its next try, or end as failed after the last one.

    Notices that were tried together wait together; each has its own number of tries.
    """
    query = select(Notification.id, Notification.mail_tries).where(Notification.id.in_(claimed.ids))
    tries = {row.id: row.mail_tries for row in work.session.execute(query)}
    again = [id_ for id_, times in tries.items() if times <= len(BACK_OFF) and not failure.final]
    _end(work, [id_ for id_ in tries if id_ not in set(again)], MailState.FAILED, failure.note)
    if again:
        due_at = work.now + BACK_OFF[max(tries[id_] for id_ in again) - 1]
        _end(work, again, MailState.WAITING, failure.note, mail_due_at=due_at)


def _end(work: UnitOfWork, ids: Sequence[int], state: MailState, note: str, **changes: object) -> None:
    values = {"mail_due_at": None, **changes, "mail_state": state, "mail_note": note[:NOTE_LENGTH]}
    _change(work, [Notification.id.in_(ids)], **values)


def _change(work: UnitOfWork, conditions: Iterable[Any], **values: object) -> int:
    changed = work.connection.execute(update(Notification).where(*conditions).values(**values))
    return int(changed.rowcount)

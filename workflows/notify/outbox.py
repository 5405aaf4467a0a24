"""The outbox: notices are rows of the transaction that causes them; nothing leaves before its commit."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import bindparam, insert, select

from models.notification import MailState, Message, Notification
from models.person import Account, Person
from models.prepared import Prepared
from workflows.unit_of_work import UnitOfWork

# Mailed on their own; everything else waits for the morning unless the person asked for each at once.
AT_ONCE = frozenset(
    {
        Message.TASK_RETURNED,
        Message.TASK_HANDED_OVER,
        Message.TASK_OVERDUE,
        Message.TASK_ESCALATED,
        Message.URGED,
        Message.ACCESS_CHANGED,
    }
)

_NEW = (
    *("person_id", "message", "task_id", "campaign_id", "details", "created_at", "read_at"),
    *("mail_state", "mail_due_at", "mail_tries", "mail_note"),
)
_insert = Prepared(insert(Notification).values({name: bindparam(name) for name in _NEW}))
_address = Prepared(
    select(Person.email, Account.is_active, Account.mail_at_once)
    .outerjoin(Account, Account.person_id == Person.id)
    .where(Person.id == bindparam("person_id"))
)


def announce(
    work: UnitOfWork,
    message: Message,
    *,
    person_ids: Collection[int],
    task_id: int | None = None,
    campaign_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Tell each of these people once.

    `details` hold what the templates cannot read later: `reason`, `words`, `count`, `due_at` (ISO), `to`
    and `escalated_to` (whom a rung spoke to), `actor` (a person's id), `position` and `unit` (texts).
    """
    shared = {
        "message": message,
        "task_id": task_id,
        "campaign_id": campaign_id,
        "details": dict(details or {}),
        "created_at": work.now,
        # The digest only goes by mail: nobody has to read it here as well.
        "read_at": work.now if message is Message.MORNING_DIGEST else None,
        "mail_tries": 0,
        "mail_note": "",
    }
    rows = []
    for person_id in dict.fromkeys(person_ids):
        state = _mail_state(work, message, person_id)
        due_at = work.now if state is MailState.WAITING else None
        rows.append({**shared, "person_id": person_id, "mail_state": state, "mail_due_at": due_at})
    _insert.run_many(work.connection, rows)


def _mail_state(work: UnitOfWork, message: Message, person_id: int) -> MailState:
    key = ("address", person_id)
    if key not in work.cache:
        work.cache[key] = _address.row(work.connection, person_id=person_id)
    address: Any = work.cache[key]
    # Nobody can follow a link without an account that still opens.
    if address is None or not address[0] or address[1] is False:
        return MailState.NONE
    at_once = message in AT_ONCE or message is Message.MORNING_DIGEST or address[2]
    return MailState.WAITING if at_once else MailState.DIGEST

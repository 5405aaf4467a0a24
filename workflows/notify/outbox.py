"""The outbox: notices are rows of the transaction that causes them; nothing leaves before its commit."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Boolean, and_, bindparam, case, insert, literal, not_, or_, select

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

_SHARED = (
    *("message", "task_id", "campaign_id", "details", "created_at", "read_at"),
    *("mail_tries", "mail_note"),
)
# Nobody can follow a link without an account that still opens; not everybody has one from the first day.
_UNREACHABLE = or_(Person.email == "", Account.is_active.is_(False))
_AT_ONCE = or_(bindparam("at_once", type_=Boolean), Account.mail_at_once.is_(True))
_columns: Any = Notification.__table__.columns
_none, _waiting, _digest = (
    literal(state, _columns.mail_state.type)
    for state in (MailState.NONE, MailState.WAITING, MailState.DIGEST)
)
# One statement reads the person's choice and writes the notice: each step tells somebody.
_insert = Prepared(
    insert(Notification).from_select(
        ["person_id", "mail_state", "mail_due_at", *_SHARED],
        select(
            Person.id,
            case((_UNREACHABLE, _none), (_AT_ONCE, _waiting), else_=_digest),
            case(
                (and_(not_(_UNREACHABLE), _AT_ONCE), bindparam("created_at", type_=_columns.created_at.type))
            ),
            *(bindparam(name, type_=_columns[name].type) for name in _SHARED),
        )
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Person.id == bindparam("person_id")),
    )
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

    `details` hold what the templates cannot read later: `reason`, `words`, `count`, `due_at` and
    `until_at` (ISO; the first and last where several differ), `to` and `escalated_to` (whom a rung spoke to),
    `told` (their ids), `accepted` (the outcome by which what they sent was accepted), `extended` (that a moved
    deadline is the cause), `actor` (a person's id), `position` and `unit` (texts), and of an incident
    `instance`, `version` and `element`.
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
        "at_once": message in AT_ONCE or message is Message.MORNING_DIGEST,
    }
    for person_id in dict.fromkeys(person_ids):
        _insert.send(work.connection, **shared, person_id=person_id)

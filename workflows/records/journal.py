"""The journal: what happened, who did it, on whose behalf. Entries are added and never changed (C7).

`workflows.records.seals` chains them, so that a change made behind the product's back is found.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from models.journal import JournalEntry, JournalKind
from models.prepared import Prepared
from models.underway import Sent
from workflows.errors import AlreadyDone
from workflows.unit_of_work import UnitOfWork

_COLUMNS = [
    "at",
    "kind",
    "unit_id",
    "campaign_id",
    "instance_id",
    "task_id",
    "actor_id",
    "on_behalf_of_id",
    "details",
    "request_key",
]
_VALUES = insert(JournalEntry).values({name: bindparam(name) for name in _COLUMNS})
_insert = Prepared(_VALUES.returning(JournalEntry.id))
_insert_many = Prepared(_VALUES)


def record(
    work: UnitOfWork,
    kind: JournalKind,
    *,
    unit_id: int,
    campaign_id: int | None = None,
    instance_id: int | None = None,
    task_id: int | None = None,
    actor_id: int | None,
    on_behalf_of_id: int | None = None,
    details: Mapping[str, Any],
    request_key: str | None = None,
) -> Sent:
    """Add an entry, whose id is the `value` of what is given; `actor_id` is None where the clock acted.

    A request key that is there already breaks the transaction: `refuse_repeated` comes first, under the
    lock that keeps the other request waiting.
    """
    return _insert.send(
        work.connection,
        at=work.now,
        kind=kind,
        unit_id=unit_id,
        campaign_id=campaign_id,
        instance_id=instance_id,
        task_id=task_id,
        actor_id=actor_id,
        on_behalf_of_id=on_behalf_of_id,
        details=dict(details),
        request_key=request_key,
    )


def record_each(
    work: UnitOfWork,
    kind: JournalKind,
    details: Sequence[Mapping[str, Any]],
    *,
    unit_id: int,
    campaign_id: int | None = None,
    instance_id: int | None = None,
    task_id: int | None = None,
    actor_id: int | None,
    on_behalf_of_id: int | None = None,
) -> None:
    """Add one entry for each of the details: 45 pupils approved in one act are 45 decisions."""
    shared = {
        "at": work.now,
        "kind": kind,
        "unit_id": unit_id,
        "campaign_id": campaign_id,
        "instance_id": instance_id,
        "task_id": task_id,
        "actor_id": actor_id,
        "on_behalf_of_id": on_behalf_of_id,
        "request_key": None,
    }
    _insert_many.send_each(work.connection, ({**shared, "details": dict(each)} for each in details))


def find_request(session: Session, request_key: str | None) -> JournalEntry | None:
    """Give the entry that the same request left before, if it came already."""
    if not request_key:
        return None
    return session.scalar(select(JournalEntry).where(JournalEntry.request_key == request_key))


def refuse_repeated(work: UnitOfWork, request_key: str | None) -> None:
    """Refuse a request that came before with AlreadyDone, which names what it did."""
    entry = find_request(work.session, request_key)
    if entry is not None:
        raise AlreadyDone(entry.id, entry.task_id)

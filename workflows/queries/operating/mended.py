"""What operators did to a run since it could not go on: why an incident may be over although it is open."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.instance import Incident
from models.journal import JournalEntry, JournalKind

# After these what failed may go well.
MENDING = frozenset({JournalKind.INSTANCE_MIGRATED, JournalKind.DATA_CORRECTED, JournalKind.TOKEN_MOVED})


def mended_since(
    session: Session, instance_id: int, incidents: Collection[Incident]
) -> Mapping[int, JournalEntry]:
    """Give the last act of an operator upon a run since each of its open incidents, by incident; most have none."""
    waiting = [one for one in incidents if one.resolved_at is None]
    if not waiting:
        return {}
    entries = session.scalars(
        select(JournalEntry)
        .options(joinedload(JournalEntry.actor))
        .where(
            JournalEntry.instance_id == instance_id,
            JournalEntry.kind.in_([*MENDING, JournalKind.INCIDENT_OPENED]),
        )
        .order_by(JournalEntry.id)
    ).all()
    found = {one.id: last_mending(entries, one) for one in waiting}
    return {incident_id: entry for incident_id, entry in found.items() if entry is not None}


def may_matter(entry: JournalEntry, task_id: int | None) -> bool:
    """Tell whether what failed at a task may go well after an act; what its own form sets no correction changes."""
    return entry.kind in MENDING and task_id not in entry.details.get("asked", ())


def last_mending(entries: Iterable[JournalEntry], incident: Incident) -> JournalEntry | None:
    """Give the last act among a run's entries, oldest first, since an incident was opened or met again."""
    last: JournalEntry | None = None
    task_id: int | None = None
    for entry in entries:
        if entry.kind is JournalKind.INCIDENT_OPENED and entry.details.get("incident") == incident.id:
            last, task_id = None, entry.task_id
        elif entry.at >= incident.opened_at and may_matter(entry, task_id):
            last = entry
    return last

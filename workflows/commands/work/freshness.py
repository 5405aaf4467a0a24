"""The confirmation that records are still true: it makes them live again (P6.4)."""

from collections.abc import Collection

from sqlalchemy import bindparam, select, update

from models.catalogue import FieldDefinition
from models.prepared import Prepared
from workflows.queries.records.records import SUBJECTS
from workflows.unit_of_work import UnitOfWork

_fields = Prepared(select(FieldDefinition.key).where(FieldDefinition.kind == bindparam("kind")))
_confirm = {
    kind: Prepared(
        update(roster)
        .where(roster.id == bindparam("subject_id"))
        .values(record_times=bindparam("record_times"))
    )
    for kind, roster in SUBJECTS.items()
}


def confirm_fresh(work: UnitOfWork, *, kind: str, subject_ids: Collection[int]) -> None:
    """Mark every field of these records ("staff" or "pupil") as confirmed now; values and revisions stay.

    Called by the commands that record the confirmation, which also check the right to it.
    """
    confirmed_at = work.now.isoformat()
    times = {key: confirmed_at for (key,) in _fields.rows(work.connection, kind=kind)}
    # In order of ids: two confirmations at once wait for each other instead of locking crosswise.
    rows = [{"subject_id": subject_id, "record_times": times} for subject_id in sorted(set(subject_ids))]
    _confirm[kind].run_many(work.connection, rows)

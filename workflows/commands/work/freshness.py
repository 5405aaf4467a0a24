"""The confirmation that records are still true: it makes them live again (P6.4)."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Text, bindparam, func, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from models.catalogue import FieldDefinition
from models.prepared import Prepared
from workflows.queries.records.records import SUBJECTS
from workflows.unit_of_work import UnitOfWork


class _object_of(FunctionElement[str]):  # noqa: N801  as functions of the database are written
    """Collect keys and values into one JSON object, as text."""

    type = Text()
    inherit_cache = True


@compiles(_object_of, "sqlite")
def _on_sqlite(element: _object_of, compiler: Any, **options: Any) -> str:
    return f"json_group_object({compiler.process(element.clauses, **options)})"


@compiles(_object_of, "postgresql")
def _on_postgresql(element: _object_of, compiler: Any, **options: Any) -> str:
    return f"CAST(json_object_agg({compiler.process(element.clauses, **options)}) AS TEXT)"


# Worked out by the database: nobody waits for the names of the fields.
_times = (
    select(
        func.coalesce(
            _object_of(FieldDefinition.key, bindparam("confirmed_at", type_=Text)), "{}", type_=Text
        )
    )
    .where(FieldDefinition.kind == bindparam("kind"))
    .scalar_subquery()
)
_confirm = {
    kind: Prepared(update(roster).where(roster.id == bindparam("subject_id")).values(record_times=_times))
    for kind, roster in SUBJECTS.items()
}


def confirm_fresh(work: UnitOfWork, *, kind: str, subject_ids: Collection[int]) -> None:
    """Mark every field of these records ("staff" or "pupil") as confirmed now; values and revisions stay.

    Called by the commands that record the confirmation, which also check the right to it.
    """
    # In order of ids: two confirmations at once wait for each other instead of locking crosswise.
    for subject_id in sorted(set(subject_ids)):
        _confirm[kind].send(
            work.connection, subject_id=subject_id, kind=kind, confirmed_at=work.now.isoformat()
        )

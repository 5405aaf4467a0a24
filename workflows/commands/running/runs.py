"""An instance in the hands of one transaction: read and locked, moved, stored with the next revision."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from models.campaign import SubjectKind
from models.database import HELD
from models.instance import InstanceState, ProcessInstance
from models.prepared import Prepared
from workflows.errors import ConcurrentChange, InstanceGone

# Rows that one statement names.
AT_ONCE = 500

_COLUMNS = (
    ProcessInstance.id,
    ProcessInstance.version_id,
    ProcessInstance.area,
    ProcessInstance.campaign_id,
    ProcessInstance.unit_id,
    ProcessInstance.subject_kind,
    ProcessInstance.subject_id,
    ProcessInstance.subject_name,
    ProcessInstance.group_id,
    ProcessInstance.state,
    ProcessInstance.engine_state,
    ProcessInstance.start_values,
    ProcessInstance.revision,
    ProcessInstance.undo_task_id,
    ProcessInstance.suspended_at,
)

_this = select(*_COLUMNS).where(ProcessInstance.id == bindparam("instance_id"))
_read = Prepared(_this.with_for_update(**HELD))
# A worker that was stopped in the middle must not stop the others.
_read_free = Prepared(_this.with_for_update(skip_locked=True, **HELD))
_look = Prepared(select(*_COLUMNS).where(ProcessInstance.id == bindparam("instance_id")))
_as_read = update(ProcessInstance).where(
    ProcessInstance.id == bindparam("instance_id"), ProcessInstance.revision == bindparam("read_revision")
)
_MOVED: dict[str, Any] = {
    name: bindparam(name) for name in ("engine_state", "result", "revision", "undo_state", "undo_task_id")
}
_store = Prepared(_as_read.values(**_MOVED, state=bindparam("state"), ended_at=bindparam("ended_at")))
# SQLite writes the indexes of each column that is set, whether its value changes or not; most moves end nothing.
_store_going_on = Prepared(_as_read.values(**_MOVED))
_new = insert(ProcessInstance).values(
    version_id=bindparam("version_id"),
    area=bindparam("area"),
    campaign_id=bindparam("campaign_id"),
    unit_id=bindparam("unit_id"),
    subject_kind=bindparam("subject_kind"),
    subject_id=bindparam("subject_id"),
    subject_name=bindparam("subject_name"),
    group_id=bindparam("group_id"),
    position=bindparam("position"),
    state=bindparam("state"),
    start_values=bindparam("start_values"),
    revision=0,
    started_at=bindparam("started_at"),
)
_insert = Prepared(_new.returning(ProcessInstance.id))
# Of many, each with the id it was given before.
insert_many = Prepared(_new.values(id=bindparam("id")))


@dataclass(slots=True)
class Run:
    """One process instance as this transaction sees it.

    `engine_state` is None before the first touch and after the end. `undo_*` describe the last act only.
    """

    id: int
    version_id: int
    # The sub-process of the version that it runs; empty: the whole process.
    area: str
    campaign_id: int | None
    unit_id: int
    subject_kind: SubjectKind
    subject_id: int
    subject_name: str
    group_id: int | None
    state: InstanceState
    engine_state: bytes | None
    start_values: dict[str, Any]
    revision: int
    undo_task_id: int | None
    # Since when an operator holds it; nothing moves it then.
    suspended_at: datetime | None = None
    undo_state: bytes | None = None
    result: dict[str, Any] | None = None
    # As the row has it.
    stored_state: InstanceState = field(init=False)

    def __post_init__(self) -> None:
        self.stored_state = self.state

    def remember(self, task_id: int) -> None:
        """Keep the present state as the one that taking back this task goes back to."""
        self.undo_state = self.engine_state or b""
        self.undo_task_id = task_id

    def forget(self) -> None:
        """Leave nothing to take back: something else than a person's act moved the instance."""
        self.undo_state = self.undo_task_id = None


def lock_run(connection: Connection, instance_id: int) -> Run:
    """Read an instance and hold it until the transaction ends; refuses an unknown one with InstanceGone."""
    row = _read.row(connection, instance_id=instance_id)
    if row is None:
        raise InstanceGone
    return Run(*row)


def lock_free_run(connection: Connection, instance_id: int) -> Run | None:
    """Read and hold an instance unless somebody else holds it; None then: what is due stays due."""
    row = _read_free.row(connection, instance_id=instance_id)
    return Run(*row) if row is not None else None


def in_parts(ids: Sequence[int]) -> list[Sequence[int]]:
    """Cut a list of ids into pieces that one statement can name."""
    return [ids[first : first + AT_ONCE] for first in range(0, len(ids), AT_ONCE)]


def lock_all(connection: Connection, find: Callable[[], Iterable[int]]) -> list[int]:
    """Hold the instances that a query finds until the transaction ends, and give their ids.

    One that moves at this moment is waited for, and what it has added is held as well. The youngest first: who ends
    holds the child when it goes on with the parent.
    """
    held: set[int] = set()
    while new := sorted(set(find()) - held, reverse=True):
        for part in in_parts(new):
            query = select(ProcessInstance.id).where(ProcessInstance.id.in_(part))
            query = query.order_by(ProcessInstance.id.desc())
            connection.execute(query.with_for_update(**HELD))
        held.update(new)
    return sorted(held)


def read_run(connection: Connection, instance_id: int) -> Run:
    """Read an instance without holding it, for what only looks; refuses an unknown one with InstanceGone."""
    row = _look.row(connection, instance_id=instance_id)
    if row is None:
        raise InstanceGone
    return Run(*row)


def store_run(connection: Connection, run: Run, now: datetime) -> None:
    """Write the instance back; refuses with ConcurrentChange when its revision is not the one read."""
    moved = {
        "instance_id": run.id,
        "read_revision": run.revision,
        "engine_state": run.engine_state,
        "result": run.result,
        "revision": run.revision + 1,
        "undo_state": run.undo_state,
        "undo_task_id": run.undo_task_id,
    }
    if run.state is run.stored_state:
        _store_going_on.send(connection, ConcurrentChange, **moved)
    else:
        ended = run.state in (InstanceState.FINISHED, InstanceState.CANCELLED)
        _store.send(connection, ConcurrentChange, **moved, state=run.state, ended_at=now if ended else None)
    run.revision += 1
    run.stored_state = run.state


def insert_run(
    connection: Connection,
    now: datetime,
    *,
    version_id: int,
    area: str = "",
    campaign_id: int | None,
    unit_id: int,
    subject_kind: SubjectKind,
    subject_id: int,
    subject_name: str,
    group_id: int | None = None,
    position: int = 0,
    state: InstanceState = InstanceState.RUNNING,
    start_values: dict[str, Any],
) -> Run:
    """Add an instance that the engine has not touched yet."""
    columns: dict[str, Any] = {
        "version_id": version_id,
        "area": area,
        "campaign_id": campaign_id,
        "unit_id": unit_id,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "subject_name": subject_name,
        "group_id": group_id,
        "state": state,
        "start_values": start_values,
    }
    row = _insert.row(connection, position=position, started_at=now, **columns)
    assert row is not None
    return Run(id=row[0], engine_state=None, revision=0, undo_task_id=None, **columns)

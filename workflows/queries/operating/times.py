"""How long steps and calls take: the middle and the slow end of opened → ended for each element of a version."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Select,
    and_,
    cast,
    extract,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.instance import ChildGroup, GroupState, ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.migration import Migration
from models.process import ProcessVersion
from models.task import Task, TaskState

# The youngest tasks and calls of the store, of whatever version: what a look costs stays the same as the store grows.
WINDOW = 100_000


@dataclass(frozen=True, slots=True)
class ElementTime:
    """The ended tasks of one step or runs of one call: how many, and in how many seconds half and nine tenths ended."""

    element_id: str
    number: int
    median_seconds: float
    slow_seconds: float


def times_of(session: Session, version_id: int, window: int = WINDOW) -> dict[str, ElementTime]:
    """Give for each step and call of a version how long it took, over the youngest of the store."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    either = or_(Migration.from_version_id == version_id, Migration.to_version_id == version_id)
    moved = session.scalar(select(Migration.id).where(either).limit(1)) is not None
    rows = session.execute(times_statement(version_id, window, sqlite=sqlite, moved=moved))
    return {row.element_id: ElementTime(row.element_id, row.number, row.median, row.slow) for row in rows}


def times_statement(version_id: int, window: int, *, sqlite: bool, moved: bool = False) -> Select[Any]:
    """Build the query: nearest ranks, because SQLite knows no percentiles.

    `moved`: runs came from another version or went to one, so that the journal is asked where a call ended.
    """
    tasks = select(
        Task.element_id, _seconds(Task.opened_at, Task.completed_at, sqlite).label("seconds")
    ).where(
        Task.id > _youngest(Task.id, window), Task.version_id == version_id, Task.state == TaskState.COMPLETED
    )
    calls = (
        select(
            ChildGroup.element_id,
            _seconds(ChildGroup.opened_at, ChildGroup.ended_at, sqlite).label("seconds"),
        )
        .join(ProcessInstance, ProcessInstance.id == ChildGroup.parent_id)
        .where(
            ChildGroup.id > _youngest(ChildGroup.id, window),
            _ended_in(version_id, sqlite) if moved else ProcessInstance.version_id == version_id,
            ChildGroup.state == GroupState.FINISHED,
        )
    )
    ended = union_all(tasks, calls).subquery()
    taken = select(
        ended.c.element_id,
        ended.c.seconds,
        func.row_number().over(partition_by=ended.c.element_id, order_by=ended.c.seconds).label("rank"),
        func.count().over(partition_by=ended.c.element_id).label("number"),
    ).subquery()

    def at(tenths: int) -> ColumnElement[Any]:
        # The smallest rank that so many tenths of them do not exceed; whole numbers, as both databases divide.
        rank = (taken.c.number * tenths + 9) // 10
        return func.min(taken.c.seconds).filter(taken.c.rank >= rank)

    return select(
        taken.c.element_id,
        func.max(taken.c.number).label("number"),
        at(5).label("median"),
        at(9).label("slow"),
    ).group_by(taken.c.element_id)


def _ended_in(version_id: int, sqlite: bool) -> ColumnElement[bool]:
    """Whether a call ended in a version: the one its run was taken from next, else the one it is in."""
    definition = select(ProcessVersion.definition_id).where(ProcessVersion.id == version_id).scalar_subquery()
    family = select(ProcessVersion.id).where(ProcessVersion.definition_id == definition)
    left = (
        select(_from_version(sqlite))
        .where(JournalEntry.instance_id == ChildGroup.parent_id, JournalEntry.at >= ChildGroup.ended_at)
        .where(JournalEntry.kind == JournalKind.INSTANCE_MIGRATED)
        .order_by(JournalEntry.id)
        .limit(1)
        .scalar_subquery()
    )
    ended_in = func.coalesce(left, ProcessInstance.version_id)
    return and_(ProcessInstance.version_id.in_(family), ended_in == version_id)


def _from_version(sqlite: bool) -> ColumnElement[int]:
    if sqlite:
        return func.json_extract(JournalEntry.details, "$.from", type_=BigInteger)
    return cast(cast(JournalEntry.details, JSONB)["from"].astext, BigInteger)


def _youngest(number: InstrumentedAttribute[int], window: int) -> ColumnElement[int]:
    return select(func.coalesce(func.max(number), 0) - window).scalar_subquery()


def _seconds(
    opened: InstrumentedAttribute[Any], ended: InstrumentedAttribute[Any], sqlite: bool
) -> ColumnElement[float]:
    if sqlite:
        return func.round((func.julianday(ended) - func.julianday(opened)) * 86_400)
    return cast(extract("epoch", ended - opened), Float)

"""How long steps take: the middle and the slow end of opened → completed for each step of a version."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, cast, extract, func, select
from sqlalchemy.orm import Session

from models.task import Task, TaskState

# The youngest tasks of the store, of whatever version: what a look costs stays the same as the store grows.
WINDOW = 100_000


@dataclass(frozen=True, slots=True)
class StepTime:
    """The completed tasks of one step: how many, and in how many seconds half and nine tenths of them were done."""

    element_id: str
    number: int
    median_seconds: float
    slow_seconds: float


def times_of(session: Session, version_id: int, window: int = WINDOW) -> dict[str, StepTime]:
    """Give for each step of a version how long its tasks took, over the youngest tasks of the store."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    rows = session.execute(times_statement(version_id, window, sqlite=sqlite))
    return {row.element_id: StepTime(row.element_id, row.number, row.median, row.slow) for row in rows}


def times_statement(version_id: int, window: int, *, sqlite: bool) -> Select[Any]:
    """Build the query: nearest ranks, because SQLite knows no percentiles."""
    youngest = select(func.coalesce(func.max(Task.id), 0) - window).scalar_subquery()
    taken = (
        select(
            Task.element_id,
            _seconds(sqlite).label("seconds"),
            func.row_number().over(partition_by=Task.element_id, order_by=_seconds(sqlite)).label("rank"),
            func.count().over(partition_by=Task.element_id).label("number"),
        )
        .where(Task.id > youngest, Task.version_id == version_id, Task.state == TaskState.COMPLETED)
        .subquery()
    )

    def at(tenths: int) -> ColumnElement[Any]:
        # The smallest rank that so many tenths of the tasks do not exceed; whole numbers, as both databases divide.
        rank = (taken.c.number * tenths + 9) // 10
        return func.min(taken.c.seconds).filter(taken.c.rank >= rank)

    return select(
        taken.c.element_id,
        func.max(taken.c.number).label("number"),
        at(5).label("median"),
        at(9).label("slow"),
    ).group_by(taken.c.element_id)


def _seconds(sqlite: bool) -> ColumnElement[float]:
    if sqlite:
        days = func.julianday(Task.completed_at) - func.julianday(Task.opened_at)
        return func.round(days * 86_400)
    return cast(extract("epoch", Task.completed_at - Task.opened_at), Float)

"""Working calendars: of many units at once, by which pages say how far away due times are; and the page of one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, Select, bindparam, func, literal, select
from sqlalchemy.orm import Session

from models.calendar import LocalDay
from models.instance import ProcessInstance, Timer, TimerState
from models.organisation import OrganisationUnit, ReportingLine
from models.task import Task, TaskState
from workflows.policy.calendar import WorkingCalendar, laid_over
from workflows.queries.organisation import in_force, subtree, superiors_of

# Units above one another; more means that the line runs in a circle.
HIGHEST = 10


def calendars_of(session: Session, unit_ids: Collection[int], on: date) -> dict[int, WorkingCalendar]:
    """Lay the local days of units and of those above them over the national calendar; the nearest unit wins."""
    found: dict[int, list[tuple[date, bool, str]]] = {unit_id: [] for unit_id in unit_ids}
    for root_id, day, is_working, name in session.execute(_DAYS, {"unit_ids": list(unit_ids), "on": on}):
        found[root_id].append((day, is_working, name))
    return {unit_id: laid_over(tuple(rows)) for unit_id, rows in found.items()}


@dataclass(frozen=True, slots=True)
class Touched:
    """Open tasks and waiting timers whose time was computed before and lies on a day or behind it."""

    tasks: int
    timers: int


def local_days_of(
    session: Session, unit_id: int, first: date, last: date, on: date
) -> list[tuple[LocalDay, OrganisationUnit]]:
    """List the local days that hold for a unit, its own and those of the units above it, in order."""
    line = [unit_id, *(unit.id for unit in superiors_of(session, unit_id, on))]
    rows = session.execute(
        select(LocalDay, OrganisationUnit)
        .join(OrganisationUnit, OrganisationUnit.id == LocalDay.unit_id)
        .where(LocalDay.unit_id.in_(line), LocalDay.day.between(first, last))
        .order_by(LocalDay.day, LocalDay.id)
    )
    return [(day, unit) for day, unit in rows]


def touched_by(session: Session, unit_id: int, since: datetime, on: date) -> Touched:
    """Count what is due in a unit and below it from an instant on; its time was computed before and stays."""
    units = select(subtree([unit_id], on).c.unit_id)
    tasks = select(func.count(Task.id)).where(
        Task.unit_id.in_(units), Task.state == TaskState.OPEN, Task.due_at >= since
    )
    timers = (
        select(func.count(Timer.id))
        .join(ProcessInstance, ProcessInstance.id == Timer.instance_id)
        .where(ProcessInstance.unit_id.in_(units), Timer.state == TimerState.WAITING, Timer.due_at >= since)
    )
    return Touched(session.scalar(tasks) or 0, session.scalar(timers) or 0)


def _days() -> Select[int, date, bool, str]:
    line = (
        select(
            OrganisationUnit.id.label("root_id"),
            OrganisationUnit.id.label("unit_id"),
            literal(0).label("height"),
        )
        .where(OrganisationUnit.id.in_(bindparam("unit_ids", expanding=True)))
        .cte("line", recursive=True)
    )
    above = (
        select(line.c.root_id, ReportingLine.superior_id, line.c.height + 1)
        .join(line, ReportingLine.unit_id == line.c.unit_id)
        .where(in_force(ReportingLine, bindparam("on", type_=Date)), line.c.height < HIGHEST)
    )
    line = line.union_all(above)
    return (
        select(line.c.root_id, LocalDay.day, LocalDay.is_working, LocalDay.name)
        .join(line, LocalDay.unit_id == line.c.unit_id)
        .order_by(line.c.height.desc(), LocalDay.day)
    )


# Built once: most pages ask for it, and to build it costs more than to run it.
_DAYS = _days()

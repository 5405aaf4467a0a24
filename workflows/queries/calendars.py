"""The working calendars of many units at once, for pages that say how far away due times are."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Date, Select, bindparam, literal, select
from sqlalchemy.orm import Session

from models.calendar import LocalDay
from models.organisation import OrganisationUnit, ReportingLine
from workflows.policy.calendar import WorkingCalendar, laid_over
from workflows.queries.organisation import in_force

# Units above one another; more means that the line runs in a circle.
HIGHEST = 10


def calendars_of(session: Session, unit_ids: Collection[int], on: date) -> dict[int, WorkingCalendar]:
    """Lay the local days of units and of those above them over the national calendar; the nearest unit wins."""
    found: dict[int, list[tuple[date, bool, str]]] = {unit_id: [] for unit_id in unit_ids}
    for root_id, day, is_working, name in session.execute(_DAYS, {"unit_ids": list(unit_ids), "on": on}):
        found[root_id].append((day, is_working, name))
    return {unit_id: laid_over(tuple(rows)) for unit_id, rows in found.items()}


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

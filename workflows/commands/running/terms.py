"""How long: the working calendar of a unit, and the deadline that holds for it (C3, P1.6)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Executable, bindparam, literal, select

from models.calendar import LocalDay as LocalDayRow
from models.campaign import Deadline
from models.organisation import OrganisationUnit, ReportingLine
from models.prepared import Prepared
from models.types import Id
from models.underway import Sent
from workflows.errors import DeadlineUnknown
from workflows.policy.calendar import WorkingCalendar, laid_over
from workflows.unit_of_work import UnitOfWork

# Units above one another; more means that the line runs in a circle.
HIGHEST = 10
LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

_NATIONAL = WorkingCalendar()


def _days_along_the_line() -> Executable:
    """The local days of a unit and of those above it, the top of the line first."""
    line = select(bindparam("unit_id", type_=Id).label("unit_id"), literal(0).label("height")).cte(
        "line", recursive=True
    )
    above = (
        select(ReportingLine.superior_id, line.c.height + 1)
        .join(line, ReportingLine.unit_id == line.c.unit_id)
        .where(
            ReportingLine.from_on <= bindparam("today", type_=Date),
            ReportingLine.until_on.is_(None) | (ReportingLine.until_on >= bindparam("today", type_=Date)),
            line.c.height < HIGHEST,
        )
    )
    line = line.union_all(above)
    return (
        select(LocalDayRow.day, LocalDayRow.is_working, LocalDayRow.name)
        .join(line, LocalDayRow.unit_id == line.c.unit_id)
        .order_by(line.c.height.desc(), LocalDayRow.day)
    )


_local_days = Prepared(_days_along_the_line())
_deadlines = Prepared(
    select(
        Deadline.key, Deadline.level, Deadline.unit_id, Deadline.due_at, OrganisationUnit.level_codes
    ).where(Deadline.campaign_id == bindparam("campaign_id"), OrganisationUnit.id == bindparam("unit_id"))
)


def local_date(instant: datetime) -> date:
    """Give the local day of an instant."""
    return instant.astimezone(LOCAL_ZONE).date()


def calendar_of(work: UnitOfWork, unit_id: int) -> WorkingCalendar:
    """Lay the local days of a unit and of its superiors over the national calendar; the nearest unit wins."""
    rows = _local_days_of(work, unit_id).rows
    return laid_over(tuple(rows)) if rows else _NATIONAL


def deadline_of(work: UnitOfWork, campaign_id: int | None, key: str, unit_id: int) -> datetime:
    """Give the instant of a campaign's deadline for a unit: its own, else its level's, else the general one.

    A unit of several levels gets the latest of their deadlines. Refuses with DeadlineUnknown.
    """
    rows = _deadlines_for(work, campaign_id, unit_id).rows
    rules: dict[tuple[str, int | None], datetime] = {
        (level, unit): due for name, level, unit, due, _ in rows if name == key
    }
    own = rules.get(("", unit_id))
    if own is not None:
        return own
    levels = {level for row in rows for level in row[4].split(",") if level}
    by_level = [rules[level, None] for level in levels if (level, None) in rules]
    if by_level:
        return max(by_level)
    if ("", None) in rules:
        return rules["", None]
    raise DeadlineUnknown(key=key)


def send_for_terms(work: UnitOfWork, campaign_id: int | None, unit_id: int) -> None:
    """Ask for what the terms of nearly every step need, to have it in one turn with what is asked next."""
    _local_days_of(work, unit_id)
    _deadlines_for(work, campaign_id, unit_id)


def _local_days_of(work: UnitOfWork, unit_id: int) -> Sent:
    key = ("local days", unit_id)
    if key not in work.cache:
        work.cache[key] = _local_days.send(work.connection, unit_id=unit_id, today=local_date(work.now))
    return work.cache[key]  # type: ignore[return-value]


def _deadlines_for(work: UnitOfWork, campaign_id: int | None, unit_id: int) -> Sent:
    """Ask for all deadlines of a campaign, each with the levels of the unit that asks."""
    key = ("deadlines", campaign_id, unit_id)
    if key not in work.cache:
        work.cache[key] = _deadlines.send(work.connection, campaign_id=campaign_id, unit_id=unit_id)
    return work.cache[key]  # type: ignore[return-value]

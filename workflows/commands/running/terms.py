"""How long: the working calendar of a unit, and the deadline that holds for it (C3, P1.6)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models.calendar import LocalDay as LocalDayRow
from models.campaign import Deadline
from models.organisation import OrganisationUnit
from workflows.errors import DeadlineUnknown
from workflows.policy.calendar import LocalDay, WorkingCalendar
from workflows.queries.organisation import superiors_of
from workflows.unit_of_work import UnitOfWork

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

_NATIONAL = WorkingCalendar({})


def local_date(instant: datetime) -> date:
    """Give the local day of an instant."""
    return instant.astimezone(LOCAL_ZONE).date()


def calendar_of(work: UnitOfWork, unit_id: int) -> WorkingCalendar:
    """Lay the local days of a unit and of its superiors over the national calendar; the nearest unit wins."""
    key = ("calendar", unit_id)
    if key not in work.cache:
        days = _local_days(work)
        line = [unit_id, *(unit.id for unit in superiors_of(work.session, unit_id, local_date(work.now)))]
        work.cache[key] = _laid_over(days, line) if days else _NATIONAL
    return work.cache[key]  # type: ignore[return-value]


def _local_days(work: UnitOfWork) -> list[tuple[int, date, LocalDay]]:
    if "local days" not in work.cache:
        rows = work.session.scalars(select(LocalDayRow))
        work.cache["local days"] = [
            (row.unit_id, row.day, LocalDay(row.is_working, row.name)) for row in rows
        ]
    return work.cache["local days"]  # type: ignore[return-value]


def _laid_over(rows: list[tuple[int, date, LocalDay]], line: list[int]) -> WorkingCalendar:
    days: dict[date, LocalDay] = {}
    for unit_id in reversed(line):
        days.update({day: local for owner, day, local in rows if owner == unit_id})
    return WorkingCalendar(days) if days else _NATIONAL


def deadline_of(work: UnitOfWork, campaign_id: int | None, key: str, unit_id: int) -> datetime:
    """Give the instant of a campaign's deadline for a unit: its own, else its level's, else the general one.

    A unit of several levels gets the latest of their deadlines. Refuses with DeadlineUnknown.
    """
    rules = {(level, unit): due for name, level, unit, due in _deadlines(work, campaign_id) if name == key}
    own = rules.get(("", unit_id))
    if own is not None:
        return own
    by_level = [rules[level, None] for level in _levels_of(work, unit_id) if (level, None) in rules]
    if by_level:
        return max(by_level)
    if ("", None) in rules:
        return rules["", None]
    raise DeadlineUnknown(key=key)


def _deadlines(work: UnitOfWork, campaign_id: int | None) -> list[tuple[str, str, int | None, datetime]]:
    key = ("deadlines", campaign_id)
    if key not in work.cache:
        rules = work.session.execute(
            select(Deadline.key, Deadline.level, Deadline.unit_id, Deadline.due_at).where(
                Deadline.campaign_id == campaign_id
            )
        )
        work.cache[key] = [(name, level, unit, due) for name, level, unit, due in rules]
    return work.cache[key]  # type: ignore[return-value]


def _levels_of(work: UnitOfWork, unit_id: int) -> frozenset[str]:
    key = ("levels", unit_id)
    if key not in work.cache:
        codes = work.session.scalar(
            select(OrganisationUnit.level_codes).where(OrganisationUnit.id == unit_id)
        )
        work.cache[key] = frozenset((codes or "").split(",")) - {""}
    return work.cache[key]  # type: ignore[return-value]

"""How long: the working calendar of a unit, and the deadline that holds for it (C3, P1.6)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from models.calendar import LocalDay as LocalDayRow
from models.campaign import Deadline
from models.organisation import OrganisationUnit, ReportingLine
from workflows.errors import DeadlineUnknown
from workflows.policy.calendar import LocalDay, WorkingCalendar
from workflows.unit_of_work import UnitOfWork

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def local_date(instant: datetime) -> date:
    """Give the local day of an instant."""
    return instant.astimezone(LOCAL_ZONE).date()


def calendar_of(work: UnitOfWork, unit_id: int) -> WorkingCalendar:
    """Lay the local days of a unit and of its superiors over the national calendar; the nearest unit wins."""
    key = ("calendar", unit_id)
    if key not in work.cache:
        if "local_days" not in work.cache:
            work.cache["local_days"] = work.session.execute(
                select(LocalDayRow.unit_id, LocalDayRow.day, LocalDayRow.is_working, LocalDayRow.name)
            ).all()
        rows = work.cache["local_days"]
        work.cache[key] = _laid_over(rows, _line_of(work, unit_id)) if rows else _national()  # type: ignore[arg-type]
    return work.cache[key]  # type: ignore[return-value]


_NATIONAL = WorkingCalendar({})


def _national() -> WorkingCalendar:
    return _NATIONAL


def _laid_over(rows: list[tuple[int, date, bool, str]], line: list[int]) -> WorkingCalendar:
    days: dict[date, LocalDay] = {}
    for unit_id in reversed(line):
        days.update(
            {day: LocalDay(is_working, name) for owner, day, is_working, name in rows if owner == unit_id}
        )
    return WorkingCalendar(days) if days else _national()


def superior_of(connection: Connection, unit_id: int, today: date) -> int | None:
    """Give the unit that a unit reports to on a day, or None at the top."""
    return connection.scalar(
        select(ReportingLine.superior_id).where(
            ReportingLine.unit_id == unit_id,
            ReportingLine.from_on <= today,
            (ReportingLine.until_on.is_(None)) | (ReportingLine.until_on >= today),
        )
    )


def _line_of(work: UnitOfWork, unit_id: int) -> list[int]:
    """Give the unit and its superiors upwards."""
    line = [unit_id]
    while len(line) < 10:
        above = superior_of(work.connection, line[-1], local_date(work.now))
        if above is None:
            break
        line.append(above)
    return line


def deadline_of(work: UnitOfWork, campaign_id: int | None, key: str, unit_id: int) -> datetime:
    """Give the instant of a campaign's deadline for a unit: its own, else its level's, else the general one.

    A unit of several levels gets the latest of their deadlines. Refuses with DeadlineUnknown.
    """
    cached = work.cache.get(("deadlines", campaign_id))
    if cached is None:
        cached = work.session.execute(
            select(Deadline.key, Deadline.level, Deadline.unit_id, Deadline.due_at).where(
                Deadline.campaign_id == campaign_id
            )
        ).all()
        work.cache["deadlines", campaign_id] = cached
    rules = {(level, unit): due for name, level, unit, due in cached if name == key}  # type: ignore[attr-defined]
    own = rules.get(("", unit_id))
    if own is not None:
        return own
    by_level = [rules[level, None] for level in _levels_of(work, unit_id) if (level, None) in rules]
    if by_level:
        return max(by_level)
    if ("", None) in rules:
        return rules["", None]
    raise DeadlineUnknown(key=key)


def _levels_of(work: UnitOfWork, unit_id: int) -> frozenset[str]:
    key = ("levels", unit_id)
    if key not in work.cache:
        codes = work.session.scalar(
            select(OrganisationUnit.level_codes).where(OrganisationUnit.id == unit_id)
        )
        work.cache[key] = frozenset((codes or "").split(",")) - {""}
    return work.cache[key]  # type: ignore[return-value]

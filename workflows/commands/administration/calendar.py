"""The local days of a working calendar: days off and days worked that a unit and all below it have of their own.

Due times and reminders that stand already stay as they are: only what is computed afterwards knows the new days.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from models.calendar import LocalDay
from models.database import HELD
from models.journal import JournalKind
from models.organisation import OrganisationUnit
from workflows.actor import Actor
from workflows.commands.running.terms import LOCAL_ZONE, calendar_of, local_date
from workflows.errors import (
    DayOutOfReach,
    FormRefused,
    NotPermitted,
    Refusal,
    UnitUnknown,
    ValueMissing,
    ValueTooLong,
)
from workflows.errors.accounts import (
    DayEntered,
    DayOver,
    DaysBackwards,
    DaysOffAlready,
    DaysWorkedAlready,
    LocalDayGone,
    NoDayChosen,
    TooManyDays,
)
from workflows.queries.administration.territory import administers
from workflows.queries.calendars import Touched, touched_by
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

LONGEST_NAME = 120
# The longest break of a school, the summer's, fits.
MOST_DAYS = 100
# Terms reach no further, and the page shows these years.
YEARS_AHEAD = 2


def add_days(
    work: UnitOfWork,
    *,
    actor: Actor,
    unit_id: int,
    first: date,
    last: date,
    works: bool,
    name: str,
    request_key: str | None = None,
) -> Touched:
    """Enter days off, or days worked, from the first to the last; days that are so anyway are left out.

    Gives what is due from the first of them on and keeps its time. Refuses who does not keep the unit's calendar, and
    (FormRefused) a missing name, days that are over, far ahead, run backwards, are too many, entered or so already.
    """
    today = _require_may_keep(work, actor, unit_id, request_key)
    if problems := _problems(first, last, name, today):
        raise FormRefused(problems)
    calendar = calendar_of(work, unit_id)
    asked = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    days = [day for day in asked if calendar.is_working(day) != works]
    if not days:
        raise FormRefused({"first": DaysWorkedAlready() if works else DaysOffAlready()})
    entered = work.session.scalars(
        select(LocalDay).where(LocalDay.unit_id == unit_id, LocalDay.day.in_(days)).order_by(LocalDay.day)
    ).first()
    if entered is not None:
        raise FormRefused({"first": DayEntered(day=entered.day, name=entered.name)})
    work.session.add_all(LocalDay(unit_id=unit_id, day=day, is_working=works, name=name) for day in days)
    details = {"days": [day.isoformat() for day in days], "works": works, "name": name}
    _record(work, JournalKind.LOCAL_DAYS_ADDED, actor, unit_id, details, request_key)
    return _touched(work, unit_id, days[0], today)


def remove_days(
    work: UnitOfWork,
    *,
    actor: Actor,
    unit_id: int,
    day_ids: Collection[int],
    request_key: str | None = None,
) -> Touched:
    """Take days back that are not over; the journal keeps what they were.

    Gives what is due from the first of them on and keeps its time. Refuses who does not keep the unit's calendar, no
    day at all, days that are gone and days that are over.
    """
    today = _require_may_keep(work, actor, unit_id, request_key)
    if not day_ids:
        raise NoDayChosen
    found = work.session.scalars(
        select(LocalDay).where(LocalDay.unit_id == unit_id, LocalDay.id.in_(day_ids)).order_by(LocalDay.day)
    ).all()
    if len(found) < len(set(day_ids)):
        raise LocalDayGone
    if found[0].day < today:
        raise DayOver(day=found[0].day)
    first = found[0].day
    details = {
        "days": [{"day": one.day.isoformat(), "works": one.is_working, "name": one.name} for one in found]
    }
    for one in found:
        work.session.delete(one)
    _record(work, JournalKind.LOCAL_DAYS_REMOVED, actor, unit_id, details, request_key)
    return _touched(work, unit_id, first, today)


def _require_may_keep(work: UnitOfWork, actor: Actor, unit_id: int, request_key: str | None) -> date:
    # Two who enter the same day at the same moment, or one who presses twice, come one after the other.
    if work.session.get(OrganisationUnit, unit_id, with_for_update=HELD) is None:
        raise UnitUnknown
    refuse_repeated(work, request_key)
    today = local_date(work.now)
    if not administers(work.session, actor, unit_id, today):
        raise NotPermitted
    return today


def _problems(first: date, last: date, name: str, today: date) -> dict[str, Refusal]:
    problems: dict[str, Refusal] = {}
    farthest = date(today.year + YEARS_AHEAD, 12, 31)
    if not today <= first <= farthest:
        # What was computed with a day that is over stands.
        problems["first"] = DayOutOfReach(first=today, last=farthest)
    if last < first:
        problems["last"] = DaysBackwards()
    elif (last - first).days >= MOST_DAYS:
        problems["last"] = TooManyDays(most=MOST_DAYS)
    if not name:
        problems["name"] = ValueMissing()
    elif len(name) > LONGEST_NAME:
        problems["name"] = ValueTooLong(most=LONGEST_NAME)
    return problems


def _touched(work: UnitOfWork, unit_id: int, first: date, today: date) -> Touched:
    begins = datetime.combine(first, time(), LOCAL_ZONE)
    return touched_by(work.session, unit_id, max(begins, work.now), today)


def _record(
    work: UnitOfWork,
    kind: JournalKind,
    actor: Actor,
    unit_id: int,
    details: dict[str, Any],
    request_key: str | None,
) -> None:
    work.session.flush()
    record(work, kind, unit_id=unit_id, actor_id=actor.person_id, details=details, request_key=request_key)

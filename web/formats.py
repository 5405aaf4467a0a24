"""How dates, times, numbers and names are written: filters for templates, usable from Python."""

from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from flask import Flask
from flask_babel import gettext, ngettext

from models.person import Person
from web.i18n import page_language
from web.request_work import now, working_calendar
from workflows.policy.calendar import LOCAL_ZONE, WorkingCalendar

ZONE = ZoneInfo(LOCAL_ZONE)
# "Sắp đến hạn": from here on people should see it coming.
SOON_WORKDAYS = 2
SOON_WORKHOURS = 4


def day(value: date | datetime | None) -> str:
    """15/06/2023"""
    return "" if value is None else f"{_local(value):%d/%m/%Y}"


def hour(value: datetime | None) -> str:
    """17:00"""
    return "" if value is None else f"{_local(value):%H:%M}"


def instant(value: datetime | None) -> str:
    """17:00 15/06/2023"""
    return "" if value is None else f"{_local(value):%H:%M %d/%m/%Y}"


def when(value: datetime | None) -> str:
    """17:00 thứ Năm 15/06, with the year when it is not this one."""
    if value is None:
        return ""
    local = _local(value)
    form = "%d/%m" if local.year == _local(now()).year else "%d/%m/%Y"
    return f"{local:%H:%M} {weekday(local)} {local:{form}}"


def weekday(value: date) -> str:
    """thứ Năm"""
    return (
        gettext("Monday"),
        gettext("Tuesday"),
        gettext("Wednesday"),
        gettext("Thursday"),
        gettext("Friday"),
        gettext("Saturday"),
        gettext("Sunday"),
    )[value.weekday()]


def due(value: datetime, done_at: datetime | None = None, unit_id: int | None = None) -> str:
    """còn 2 ngày làm việc · 17:00 hôm nay · quá hạn 1 ngày, counted in the working time of the unit"""
    calendar = working_calendar(unit_id)
    if done_at is not None:
        return _done_text(value, done_at, calendar)
    present = now()
    if value <= present:
        return _late_text(value, present, calendar)
    days = calendar.workdays_between(present, value)
    same_day = _local(value).date() == _local(present).date()
    if same_day:
        return gettext("%(hour)s today", hour=hour(value))
    if days <= 0:
        return gettext("until %(when)s", when=when(value))
    return ngettext("%(num)d working day left", "%(num)d working days left", days)


def due_state(value: datetime, done_at: datetime | None = None, unit_id: int | None = None) -> str:
    """late, today, soon or later; done or done_late when `done_at` is given"""
    if done_at is not None:
        return "done_late" if done_at > value else "done"
    present = now()
    if value <= present:
        return "late"
    if _local(value).date() == _local(present).date():
        return "today"
    near = working_calendar(unit_id).workdays_between(present, value) <= SOON_WORKDAYS
    return "soon" if near else "later"


def _late_text(value: datetime, present: datetime, calendar: WorkingCalendar) -> str:
    days = calendar.workdays_between(value, present)
    if days > 0:
        return ngettext("%(num)d working day overdue", "%(num)d working days overdue", days)
    hours = int((present - value) / timedelta(hours=1))
    if hours >= 24:
        return gettext("overdue since %(when)s", when=f"{weekday(_local(value))} {_local(value):%d/%m}")
    if hours > 0:
        return ngettext("%(num)d hour overdue", "%(num)d hours overdue", hours)
    return gettext("just overdue")


def _done_text(value: datetime, done_at: datetime, calendar: WorkingCalendar) -> str:
    if done_at <= value:
        return gettext("done in time")
    days = max(calendar.workdays_between(value, done_at), 0)
    if days == 0:
        return gettext("done late")
    return ngettext("done %(num)d working day late", "done %(num)d working days late", days)


def number(value: float | int | None, decimals: int | None = None) -> str:
    """9.360 in Vietnamese, 9,360 in English"""
    if value is None:
        return ""
    form = "#,##0.##" if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=form, locale=page_language())


def percent(ratio: float | None) -> str:
    """78 %, never 100 % while something is open"""
    if ratio is None:
        return "–"
    shown = 99 if 0.995 <= ratio < 1 else round(ratio * 100)
    return f"{shown} %"


def filesize(size: int) -> str:
    """1,5 MB"""
    value = float(size)
    for unit in ("B", "KB", "MB"):
        if value < 1024:
            return f"{number(round(value, 1))} {unit}"
        value /= 1024
    return f"{number(round(value, 1))} GB"


class Named(Protocol):
    """A person, as far as their name is written."""

    @property
    def honorific(self) -> str: ...
    @property
    def full_name(self) -> str: ...


def person(value: Named | None) -> str:
    """Cô Lê Thị Mẫu (at the start of a sentence or alone)"""
    if value is None:
        return ""
    return f"{value.honorific} {value.full_name}".strip() if page_language() == "vi" else value.full_name


def addressed(value: Named | None) -> str:
    """cô Lê Thị Mẫu (inside a sentence)"""
    if value is None:
        return ""
    if page_language() != "vi":
        return value.full_name
    return f"{value.honorific.lower()} {value.full_name}".strip()


def you(value: Person | None) -> str:
    """thầy or cô: how a sentence speaks to the reader"""
    return (value.honorific.lower() if value and value.honorific else "") or gettext("you")


def _local(value: date | datetime) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(ZONE)
    return datetime(value.year, value.month, value.day, tzinfo=ZONE)


FILTERS = (
    day,
    weekday,
    hour,
    instant,
    when,
    due,
    due_state,
    number,
    percent,
    filesize,
    person,
    addressed,
    you,
)


def install(app: Flask) -> None:
    """Make the filters known to templates under their own names."""
    for written in FILTERS:
        app.jinja_env.filters[written.__name__] = written
    app.jinja_env.globals["now"] = now

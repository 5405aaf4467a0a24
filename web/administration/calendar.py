"""The page of a unit's working calendar: the national days of a year, and the local days laid over them."""

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from models.organisation import OrganisationUnit
from web import typed
from web.access import access, administrator
from web.administration.unit_page import given_fields, optional_day, required_day
from web.errors import status_of
from web.i18n import page_language
from web.repeated import leads_to
from web.request_work import current_actor, posted_key, read_session, request_work, today
from workflows.commands.administration import calendar as commands
from workflows.errors import FormRefused, Refusal, UnitUnknown, ValueNotOffered
from workflows.errors.accounts import DayOver, LocalDayGone, NoDayChosen
from workflows.policy.calendar import national_days
from workflows.queries.administration.territory import administers
from workflows.queries.administration.units import tops
from workflows.queries.calendars import Touched, local_days_of
from workflows.queries.organisation import superiors_of

bp = Blueprint("calendar", __name__, url_prefix="/organisation")

FIELDS = ("first", "last", "works", "name")
# As many as one form can have chosen.
MOST_CHOSEN = 400


@bp.get("/calendar")
@access(administrator)
def index() -> AnyResponse:
    """Lead to the calendar of the department, which holds for all below it."""
    reading, actor = read_session(), current_actor()
    own = [unit.id for unit in tops(reading) if administers(reading, actor, unit.id, today())]
    return redirect(url_for("calendar.show", unit_id=own[0]) if own else url_for("organisation.index"))


@bp.get("/<int:unit_id>/calendar")
@access(administrator)
def show(unit_id: int) -> str:
    """Show the working calendar of a unit in a year."""
    return _page(unit_id)


@bp.post("/<int:unit_id>/calendar")
@access(administrator)
@leads_to(lambda entry, unit_id: _address(unit_id, date.fromisoformat(entry.details["days"][0])))
def add(unit_id: int) -> AnyResponse | tuple[str, int]:
    """Enter days off or days worked."""
    _unit(unit_id)
    given = given_fields(*FIELDS)
    try:
        first = required_day("first")
        if given["works"] not in ("0", "1"):
            raise FormRefused({"works": ValueNotOffered()})
        with request_work() as work:
            touched = commands.add_days(
                work,
                actor=current_actor(work),
                unit_id=unit_id,
                first=first,
                last=optional_day("last") or first,
                works=given["works"] == "1",
                name=given["name"],
                request_key=posted_key(),
            )
    except FormRefused as refusal:
        return _page(unit_id, given, refusal.problems), status_of(type(refusal))
    flash(" ".join((gettext("The calendar is changed."), _what_stays(touched))), "success")
    return redirect(_address(unit_id, first), 303)


@bp.post("/<int:unit_id>/calendar/remove")
@access(administrator)
@leads_to(lambda entry, unit_id: _address(unit_id, date.fromisoformat(entry.details["days"][0]["day"])))
def remove(unit_id: int) -> AnyResponse | tuple[str, int]:
    """Take days back."""
    _unit(unit_id)
    chosen = [typed.read_id(one) for one in request.form.getlist("day")[:MOST_CHOSEN]]
    try:
        with request_work() as work:
            touched = commands.remove_days(
                work,
                actor=current_actor(work),
                unit_id=unit_id,
                day_ids=[one for one in chosen if one],
                request_key=posted_key(),
            )
    except (NoDayChosen, LocalDayGone, DayOver) as refusal:
        return _page(unit_id, refusal=refusal), status_of(type(refusal))
    flash(" ".join((gettext("The days are taken back."), _what_stays(touched))), "success")
    return redirect(url_for("calendar.show", unit_id=unit_id, year=request.args.get("year")), 303)


def _what_stays(touched: Touched) -> str:
    """Say how much is due from the first changed day on: its time was computed before and stays."""
    if not touched.tasks and not touched.timers:
        return gettext("Nothing that runs is due from then on.")
    tasks = ngettext("%(num)d open task", "%(num)d open tasks", touched.tasks)
    timers = ngettext("%(num)d timer", "%(num)d timers", touched.timers)
    return gettext("%(tasks)s and %(timers)s from then on keep their time.", tasks=tasks, timers=timers)


def _address(unit_id: int, day: date) -> str:
    year = day.year if day.year != today().year else None
    return url_for("calendar.show", unit_id=unit_id, year=year, _anchor="local")


def _unit(unit_id: int) -> OrganisationUnit:
    """Give a unit that the visitor administers; refuses others as if they were not there."""
    unit = read_session().get(OrganisationUnit, unit_id)
    if unit is None or not administers(read_session(), current_actor(), unit_id, today()):
        raise UnitUnknown
    return unit


def _page(
    unit_id: int,
    given: Mapping[str, str] | None = None,
    problems: Mapping[str, Refusal] | None = None,
    refusal: Refusal | None = None,
) -> str:
    unit, reading, on = _unit(unit_id), read_session(), today()
    years = [str(on.year + ahead) for ahead in range(-1, commands.YEARS_AHEAD + 1)]
    year = int(typed.choice("year", years, str(on.year)))
    return render_template(
        "organisation/calendar.html",
        unit=unit,
        above=superiors_of(reading, unit_id, on),
        year=year,
        years=[int(one) for one in years],
        national=national_days(year, page_language()),
        local=local_days_of(reading, unit_id, date(year, 1, 1), date(year, 12, 31), on),
        today=on,
        given=given or {},
        problems=problems or {},
        refusal=refusal,
    )

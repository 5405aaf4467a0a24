"""The administrator's pages of the organisation: the list of units, a new one, its facts, line and appointments."""

from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from models.organisation import OrganisationUnit, SchoolLevel, UnitKind
from models.person import Position
from web import formats, typed
from web.access import access, administrator
from web.administration import organisation_words
from web.administration.unit_page import (
    given_fields,
    kept_unit,
    optional_day,
    refused,
    required_day,
    unit_page,
)
from web.errors import status_of
from web.repeated import leads_to
from web.request_work import current_actor, posted_key, read_session, request_work, today
from workflows.commands.administration import organisation, units
from workflows.commands.administration.units import UnitFacts
from workflows.errors import FormRefused, Refusal, ValueMissing, ValueNotOffered
from workflows.queries.administration import units as queries
from workflows.queries.administration.people import has_head
from workflows.queries.administration.units import UnitFilter
from workflows.queries.organisation import superiors_of

bp = Blueprint("organisation", __name__, url_prefix="/organisation")

FACTS = ("name", "short_name", "place", "contact")
LAST_PAGE = 100_000


@bp.get("")
@access(administrator)
def index() -> str:
    """List units: what reports to one, or what a search finds anywhere."""
    reading = read_session()
    kind, level = typed.asked("kind"), typed.asked("level")
    wanted = UnitFilter(
        words=typed.asked("q", 100),
        kind=UnitKind(kind) if kind in set(UnitKind) else None,
        level=SchoolLevel(level) if level in set(SchoolLevel) else None,
    )
    tops = queries.tops(reading)
    place = None
    if wanted == UnitFilter():
        under = typed.asked_number("under")
        place = kept_unit(under) if under else next(iter(tops), None)
        wanted = UnitFilter(under=place.id if place else None)
    number = min(max(typed.asked_number("page") or 1, 1), LAST_PAGE)
    return render_template(
        "organisation/index.html",
        page=queries.unit_page(reading, wanted, today(), number),
        wanted=wanted,
        place=place,
        above=superiors_of(reading, place.id, today()) if place else [],
        named=organisation_words,
        kinds=tuple(UnitKind),
        levels=tuple(SchoolLevel),
        lowest=organisation.LOWEST,
    )


@bp.get("/new")
@access(administrator)
def new() -> str:
    """Show the form of a unit that is to be added below another one."""
    return _new(kept_unit(typed.asked_number("under") or 0))


@bp.post("/<int:unit_id>/units")
@access(administrator)
@leads_to(lambda entry, unit_id: url_for("organisation.show", unit_id=entry.unit_id))
def add(unit_id: int) -> AnyResponse | tuple[str, int]:
    """Add a unit below this one."""
    given = given_fields(*FACTS, "kind", "code")
    try:
        with request_work() as work:
            unit = units.add_unit(
                work,
                actor=current_actor(work),
                superior_id=unit_id,
                kind=given["kind"],
                code=given["code"],
                facts=_facts(),
                request_key=posted_key(),
            )
            name, added_id = unit.name, unit.id
    except FormRefused as refusal:
        return _new(kept_unit(unit_id), given, refusal), status_of(type(refusal))
    flash(gettext("%(name)s has been added.", name=name), "success")
    return redirect(url_for("organisation.show", unit_id=added_id), 303)


@bp.get("/<int:unit_id>")
@access(administrator)
def show(unit_id: int) -> str:
    """Show one unit: facts, reporting line, appointments."""
    return unit_page(unit_id)


@bp.post("/<int:unit_id>/facts")
@access(administrator)
def change(unit_id: int) -> AnyResponse | tuple[str, int]:
    """Change what is said about a unit."""
    try:
        with request_work() as work:
            units.change_unit(
                work, actor=current_actor(work), unit_id=unit_id, facts=_facts(), request_key=posted_key()
            )
    except Refusal as refusal:
        return refused(unit_id, "facts", refusal, FACTS)
    flash(gettext("The facts of the unit have been changed."), "success")
    return redirect(url_for("organisation.show", unit_id=unit_id), 303)


@bp.post("/<int:unit_id>/line")
@access(administrator)
def move(unit_id: int) -> AnyResponse | tuple[str, int]:
    """Let the unit report to another superior from a day on."""
    try:
        from_on = required_day("line_from_on")
        superior_id = typed.number("superior")
        if superior_id is None:
            raise FormRefused({"superior": ValueMissing()})
        with request_work() as work:
            organisation.move_reporting_line(
                work,
                actor=current_actor(work),
                unit_id=unit_id,
                superior_id=superior_id,
                from_on=from_on,
                request_key=posted_key(),
            )
    except Refusal as refusal:
        return refused(unit_id, "line", refusal, ("superior", "line_from_on"))
    flash(gettext("The reporting line has been moved."), "success")
    return redirect(url_for("organisation.show", unit_id=unit_id, _anchor="line"), 303)


@bp.post("/<int:unit_id>/appointments")
@access(administrator)
def appoint(unit_id: int) -> AnyResponse | tuple[str, int]:
    """Give somebody a position in the unit."""
    fields = ("person", "position", "from_on", "until_on")
    try:
        person_id, position = typed.number("person"), request.form.get("position", "")
        if person_id is None:
            raise FormRefused({"person": ValueMissing()})
        if position not in set(Position):
            raise FormRefused({"position": ValueNotOffered()})
        from_on, until_on = required_day("from_on"), optional_day("until_on")
        with request_work() as work:
            organisation.appoint(
                work,
                actor=current_actor(work),
                person_id=person_id,
                unit_id=unit_id,
                position=Position(position),
                from_on=from_on,
                until_on=until_on,
                request_key=posted_key(),
            )
    except Refusal as refusal:
        return refused(unit_id, "appoint", refusal, fields)
    flash(gettext("The appointment has been entered."), "success")
    return redirect(url_for("organisation.show", unit_id=unit_id, _anchor="appointments"), 303)


@bp.post("/<int:unit_id>/appointments/<int:appointment_id>/end")
@access(administrator)
def end(unit_id: int, appointment_id: int) -> AnyResponse | tuple[str, int]:
    """Let an appointment end with a day."""
    field = f"last_{appointment_id}"
    try:
        until_on = required_day(field)
        with request_work() as work:
            organisation.end_appointment(
                work,
                actor=current_actor(work),
                unit_id=unit_id,
                appointment_id=appointment_id,
                until_on=until_on,
                request_key=posted_key(),
            )
    except Refusal as refusal:
        return refused(unit_id, f"end-{appointment_id}", refusal, (field,))
    flash(gettext("The end of the appointment has been entered."), "success")
    _warn_of_no_head(unit_id, until_on)
    return redirect(url_for("organisation.show", unit_id=unit_id, _anchor="appointments"), 303)


def _warn_of_no_head(unit_id: int, last_day: date) -> None:
    """Say it when nobody heads the unit after a day: nobody there can assign, accept or sign."""
    unit, next_day = kept_unit(unit_id), last_day + timedelta(days=1)
    if not has_head(read_session(), unit_id, next_day):
        flash(
            gettext(
                "From %(day)s on, %(unit)s has no head: nobody there can assign, accept or sign. Appoint a new one.",
                day=formats.day(next_day),
                unit=unit.short_name,
            ),
            "warning",
        )


def _facts() -> UnitFacts:
    given = given_fields(*FACTS)
    return UnitFacts(**given, levels=tuple(request.form.getlist("levels")[: len(SchoolLevel)]))


def _new(
    superior: OrganisationUnit, given: dict[str, str] | None = None, refusal: FormRefused | None = None
) -> str:
    return render_template(
        "organisation/new.html",
        superior=superior,
        kinds=units.ADDED,
        levels=tuple(SchoolLevel),
        chosen_levels=request.form.getlist("levels"),
        named=organisation_words,
        given=given or {},
        problems=refusal.problems if refusal else {},
    )

"""The page of one unit as its administrator keeps it; drawn again with what was typed when an act is refused."""

from collections.abc import Mapping
from datetime import date

from flask import render_template, request

from models.organisation import OrganisationUnit, SchoolLevel, UnitKind
from models.person import Appointment, Position
from web import typed
from web.administration import organisation_words
from web.errors import status_of
from web.request_work import current_actor, read_session, today
from workflows.errors import (
    AlreadyDone,
    DayOutOfReach,
    FormRefused,
    NotPermitted,
    Refusal,
    UnitUnknown,
    ValueMissing,
    ValueNotADate,
)
from workflows.errors.accounts import AppointmentUnknown
from workflows.queries.administration import people, units
from workflows.queries.administration.territory import administers
from workflows.queries.organisation import superiors_of
from workflows.queries.units import lines_of

# Answered by a page of their own: there is nothing to type once more.
GENERAL = (AlreadyDone, NotPermitted, UnitUnknown, AppointmentUnknown)


def kept_unit(unit_id: int) -> OrganisationUnit:
    """Give a unit that the visitor administers; refuses others as if they were not there."""
    unit = read_session().get(OrganisationUnit, unit_id)
    if unit is None or not administers(read_session(), current_actor(), unit_id, today()):
        raise UnitUnknown
    return unit


def unit_page(
    unit_id: int,
    *,
    section: str = "",
    given: Mapping[str, str] | None = None,
    problems: Mapping[str, Refusal] | None = None,
    refusal: Refusal | None = None,
) -> str:
    """Draw the page; `section` names the form that was refused."""
    unit, reading, on = kept_unit(unit_id), read_session(), today()
    appointments = people.appointments_in(reading, unit_id)
    words = typed.asked("who", 100)
    return render_template(
        "organisation/show.html",
        unit=unit,
        part="unit",
        named=organisation_words,
        above=superiors_of(reading, unit_id, on),
        lines=lines_of(reading, unit_id),
        superiors=units.possible_superiors(reading, without=unit_id),
        below=units.count_below(reading, unit_id, on),
        present=_by_position([one for one in appointments if one.until_on is None or one.until_on >= on]),
        past=[one for one in appointments if one.until_on is not None and one.until_on < on],
        who=words,
        appointable=people.appointable(reading, unit_id, words, on),
        positions=tuple(Position),
        levels=tuple(SchoolLevel),
        is_school=unit.kind is UnitKind.SCHOOL,
        headless=not people.has_head(reading, unit_id, on),
        today=on,
        section=section or ("appoint" if words else ""),
        given=given or {},
        problems=problems or {},
        refusal=refusal,
    )


def _by_position(appointments: list[Appointment]) -> dict[Position, list[Appointment]]:
    held: dict[Position, list[Appointment]] = {}
    for position in Position:
        holders = [one for one in appointments if one.position is position]
        if holders:
            held[position] = sorted(holders, key=lambda one: (one.person.sort_key, one.id))
    return held


def refused(unit_id: int, section: str, refusal: Refusal, typed_fields: tuple[str, ...]) -> tuple[str, int]:
    """Draw the page again for a refused act, with what was typed."""
    if isinstance(refusal, GENERAL):
        raise refusal
    given = given_fields(*typed_fields)
    problems = refusal.problems if isinstance(refusal, FormRefused) else {}
    page = unit_page(
        unit_id, section=section, given=given, problems=problems, refusal=None if problems else refusal
    )
    return page, status_of(type(refusal))


def given_fields(*names: str) -> dict[str, str]:
    """Give posted fields as they were typed."""
    return {name: typed.tidy(request.form.get(name, "")) for name in names}


def required_day(name: str) -> date:
    """Give a posted day; refuses an empty field, or one that holds no day, at that field."""
    day = optional_day(name)
    if day is None:
        raise FormRefused({name: ValueMissing()})
    return day


def optional_day(name: str) -> date | None:
    """Give a posted day or None; refuses what is no day at that field."""
    try:
        return typed.day(name, today())
    except (ValueNotADate, DayOutOfReach) as refusal:
        raise FormRefused({name: refusal}) from refusal

"""The people of a unit and their accounts, for the administrator of the department and the head of the school."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from models.organisation import OrganisationUnit, UnitKind
from models.person import Account, Position
from models.school import Employment, StaffCategory
from web import typed
from web.access import access, administrator, keeper
from web.administration import organisation_words
from web.administration.organisation import LAST_PAGE
from web.administration.slips import make_passwords, sheet, shown_already, slips_of
from web.administration.unit_page import given_fields, kept_unit
from web.errors import status_of
from web.request_work import current_actor, posted_key, read_session, request_work, today
from workflows.commands.administration import logins, people
from workflows.commands.administration.people import HONORIFICS, Named, Place
from workflows.errors import AlreadyDone, FormRefused, NotPermitted, PersonUnknown, Refusal, UnitUnknown
from workflows.policy.login_names import login_of
from workflows.queries.administration import people as queries
from workflows.queries.administration.people import PersonRow, Shown
from workflows.queries.administration.territory import administers, belongs, keeps_accounts, out_of_reach
from workflows.queries.organisation import superiors_of
from workflows.records.journal import find_request
from workflows.unit_of_work import UnitOfWork

bp = Blueprint("people", __name__, url_prefix="/organisation/<int:unit_id>/people")

NAMED = ("full_name", "honorific", "email")
PLACE = ("position", "category", "employment", "duty")
# Answered by pages of their own.
GENERAL = (AlreadyDone, NotPermitted, UnitUnknown, PersonUnknown)


@bp.get("")
@access(keeper)
def index(unit_id: int) -> str:
    """List the people of the unit with the state of their accounts."""
    unit, reading, on = _unit(unit_id), read_session(), today()
    shown = Shown(typed.choice("show", tuple(Shown), Shown.PRESENT))
    words = typed.asked("q", 100)
    number = min(max(typed.asked_number("page") or 1, 1), LAST_PAGE)
    page = queries.people_page(reading, unit_id, shown, on, words=words, number=number)
    waiting = queries.without_account(reading, unit_id, on, most=logins.MOST_AT_ONCE)
    out = out_of_reach(reading, current_actor(), unit_id, [one.id for one in waiting], on)
    return render_template(
        "organisation/people.html",
        **_frame_of(unit),
        page=page,
        shown=shown,
        q=words,
        waiting=[one for one in waiting if one.id not in out],
        most=logins.MOST_AT_ONCE,
    )


@bp.get("/new")
@access(administrator)
def new(unit_id: int) -> str:
    """Show the form of a person who comes to the unit."""
    return _new(unit_id)


@bp.post("")
@access(administrator)
def add(unit_id: int) -> AnyResponse | str | tuple[str, int]:
    """Add a person, with an account if wanted: then the answer is the slip with the start password."""
    back = url_for("people.index", unit_id=unit_id)
    if find_request(read_session(), posted_key()) is not None:
        return shown_already(back)
    given, account = given_fields(*NAMED, *PLACE, "login"), None
    # The id is not known before the person is there.
    made = make_passwords([0])
    try:
        with request_work() as work:
            actor = current_actor(work)
            person = people.add_person(
                work,
                actor=actor,
                unit_id=unit_id,
                named=Named(**{name: given[name] for name in NAMED}),
                place=Place(**{name: given[name] for name in PLACE}),
                request_key=posted_key(),
            )
            if request.form.get("with_account"):
                account = logins.open_account(
                    work,
                    actor=actor,
                    unit_id=unit_id,
                    person_id=person.id,
                    login=given["login"].casefold(),
                    password_hash=made.hashes[0],
                )
    except FormRefused as refusal:
        return _new(unit_id, given, refusal.problems), status_of(type(refusal))
    except AlreadyDone:
        return shown_already(back)
    if account is None:
        flash(gettext("%(name)s has been added.", name=given["full_name"]), "success")
        return redirect(back, 303)
    made.clear[person.id] = made.clear.pop(0)
    return sheet(unit_id, slips_of([account], made), back)


@bp.post("/accounts")
@access(keeper)
def open_all(unit_id: int) -> AnyResponse | str:
    """Give accounts to those people of the unit who were named on the page; the answer is their sheet."""
    back = url_for("people.index", unit_id=unit_id)
    _unit(unit_id)
    if find_request(read_session(), posted_key()) is not None:
        return shown_already(back)
    asked = [typed.read_id(one) for one in request.form.getlist("person")]
    made = make_passwords(list(dict.fromkeys(one for one in asked if one))[: logins.MOST_AT_ONCE])
    try:
        with request_work() as work:
            accounts = logins.open_accounts(
                work,
                actor=current_actor(work),
                unit_id=unit_id,
                hashes=made.hashes,
                request_key=posted_key(),
            )
    except AlreadyDone:
        return shown_already(back)
    return sheet(unit_id, slips_of(accounts, made), back)


@bp.get("/<int:person_id>")
@access(keeper)
def show(unit_id: int, person_id: int) -> str:
    """Show one person: names, positions, account."""
    return _person(unit_id, person_id)


@bp.post("/<int:person_id>/facts")
@access(administrator)
def change(unit_id: int, person_id: int) -> AnyResponse | tuple[str, int]:
    """Put name and addresses of a person right."""
    given = given_fields(*NAMED)
    try:
        with request_work() as work:
            people.change_person(
                work,
                actor=current_actor(work),
                unit_id=unit_id,
                person_id=person_id,
                named=Named(**given),
                request_key=posted_key(),
            )
    except FormRefused as refusal:
        page = _person(unit_id, person_id, section="facts", given=given, problems=refusal.problems)
        return page, status_of(type(refusal))
    flash(gettext("Name and addresses have been changed."), "success")
    return redirect(url_for("people.show", unit_id=unit_id, person_id=person_id), 303)


@bp.post("/<int:person_id>/account")
@access(keeper)
def open_one(unit_id: int, person_id: int) -> AnyResponse | str | tuple[str, int]:
    """Give a person an account; the answer is the slip with the start password."""
    given = given_fields("login")
    login = given["login"].casefold()
    return _slip(
        unit_id,
        person_id,
        lambda work, hashed: logins.open_account(
            work,
            actor=current_actor(work),
            unit_id=unit_id,
            person_id=person_id,
            login=login,
            password_hash=hashed,
            request_key=posted_key(),
        ),
        given,
    )


@bp.post("/<int:person_id>/reset")
@access(keeper)
def reset(unit_id: int, person_id: int) -> AnyResponse | str | tuple[str, int]:
    """Give a start password for a forgotten one; the answer is the slip."""
    return _slip(
        unit_id,
        person_id,
        lambda work, hashed: logins.reset_password(
            work,
            actor=current_actor(work),
            unit_id=unit_id,
            person_id=person_id,
            password_hash=hashed,
            request_key=posted_key(),
        ),
        {},
    )


@bp.post("/<int:person_id>/close")
@access(keeper)
def close(unit_id: int, person_id: int) -> AnyResponse | tuple[str, int]:
    """Close the account."""
    return _switch(unit_id, person_id, logins.close_account, gettext("The account is closed."))


@bp.post("/<int:person_id>/reopen")
@access(keeper)
def reopen(unit_id: int, person_id: int) -> AnyResponse | tuple[str, int]:
    """Open a closed account again."""
    return _switch(unit_id, person_id, logins.reopen_account, gettext("The account is open again."))


def _slip(
    unit_id: int, person_id: int, act: Callable[[UnitOfWork, str], Account], given: Mapping[str, str]
) -> AnyResponse | str | tuple[str, int]:
    back = url_for("people.show", unit_id=unit_id, person_id=person_id)
    _unit(unit_id)
    if find_request(read_session(), posted_key()) is not None:
        return shown_already(back)
    made = make_passwords([person_id])
    try:
        with request_work() as work:
            account = act(work, made.hashes[person_id])
    except AlreadyDone:
        return shown_already(back)
    except Refusal as refusal:
        return _again(unit_id, person_id, refusal, given)
    return sheet(unit_id, slips_of([account], made), back)


def _switch(
    unit_id: int, person_id: int, act: Callable[..., None], done: str
) -> AnyResponse | tuple[str, int]:
    try:
        with request_work() as work:
            act(
                work,
                actor=current_actor(work),
                unit_id=unit_id,
                person_id=person_id,
                request_key=posted_key(),
            )
    except Refusal as refusal:
        return _again(unit_id, person_id, refusal, {})
    flash(done, "success")
    return redirect(url_for("people.show", unit_id=unit_id, person_id=person_id), 303)


def _again(unit_id: int, person_id: int, refusal: Refusal, given: Mapping[str, str]) -> tuple[str, int]:
    if isinstance(refusal, GENERAL):
        raise refusal
    problems = refusal.problems if isinstance(refusal, FormRefused) else {}
    page = _person(
        unit_id,
        person_id,
        section="account",
        given=given,
        problems=problems,
        refusal=None if problems else refusal,
    )
    return page, status_of(type(refusal))


def _unit(unit_id: int) -> OrganisationUnit:
    """Give a unit whose accounts the visitor keeps; refuses others as if they were not there."""
    unit = read_session().get(OrganisationUnit, unit_id)
    if unit is None or not keeps_accounts(read_session(), current_actor(), unit_id, today()):
        raise UnitUnknown
    return unit


def _frame_of(unit: OrganisationUnit) -> dict[str, Any]:
    on = today()
    return {
        "unit": unit,
        "named": organisation_words,
        "above": superiors_of(read_session(), unit.id, on),
        "is_administrator": administers(read_session(), current_actor(), unit.id, on),
        "is_school": unit.kind is UnitKind.SCHOOL,
        "today": on,
    }


def _new(
    unit_id: int, given: Mapping[str, str] | None = None, problems: Mapping[str, Refusal] | None = None
) -> str:
    unit = kept_unit(unit_id)
    return render_template(
        "organisation/new_person.html",
        **_frame_of(unit),
        honorifics=[(one, one) for one in HONORIFICS],
        positions=tuple(Position),
        categories=tuple(StaffCategory),
        employments=tuple(Employment),
        example=login_of("Lê Thị Mẫu", unit.code),
        with_account=given is None or bool(request.form.get("with_account")),
        given=given or {},
        problems=problems or {},
    )


def _person(
    unit_id: int,
    person_id: int,
    *,
    section: str = "",
    given: Mapping[str, str] | None = None,
    problems: Mapping[str, Refusal] | None = None,
    refusal: Refusal | None = None,
) -> str:
    unit, reading, actor, on = _unit(unit_id), read_session(), current_actor(), today()
    row = queries.person_row(reading, unit_id, person_id, on)
    if row is None or not belongs(reading, person_id, unit_id):
        raise PersonUnknown
    return render_template(
        "organisation/person.html",
        **_frame_of(unit),
        row=row,
        proposed=_proposed(row, unit),
        may_keep=not out_of_reach(reading, actor, unit_id, [person_id], on),
        is_own=person_id == actor.person_id,
        honorifics=[(one, one) for one in HONORIFICS],
        section=section,
        given=given or {},
        problems=problems or {},
        refusal=refusal,
    )


def _proposed(row: PersonRow, unit: OrganisationUnit) -> str:
    return login_of(row.person.full_name, unit.code)

"""The administrator's pages of a school's classes: homeroom teachers, and who teaches which subject."""

from collections.abc import Callable, Mapping

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from models.organisation import OrganisationUnit, UnitKind
from web import typed
from web.access import access, administrator
from web.administration import organisation_words
from web.administration.unit_page import given_fields, kept_unit
from web.errors import status_of
from web.repeated import leads_to
from web.request_work import current_actor, posted_key, read_session, request_work, today
from workflows.commands.administration import classes
from workflows.commands.administration.classes import NewClass
from workflows.errors import FormRefused, Refusal
from workflows.errors.accounts import AssignmentUnknown, ClassUnknown, SchoolOnly
from workflows.queries.administration import classes as queries
from workflows.queries.administration.people import appointable
from workflows.queries.organisation import superiors_of
from workflows.unit_of_work import UnitOfWork

bp = Blueprint("classes", __name__, url_prefix="/organisation/<int:unit_id>/classes")

NEW = ("name", "grade", "school_year", "teacher")


@bp.get("")
@access(administrator)
def index(unit_id: int) -> str:
    """List the classes of the school in a school year."""
    return _index(unit_id)


@bp.post("")
@access(administrator)
@leads_to(lambda entry, unit_id: url_for("classes.show", unit_id=unit_id, class_id=entry.details["class"]))
def add(unit_id: int) -> AnyResponse | tuple[str, int]:
    """Add a class."""
    given = given_fields(*NEW)
    try:
        with request_work() as work:
            added = classes.add_class(
                work,
                actor=current_actor(work),
                unit_id=unit_id,
                new=NewClass(
                    name=given["name"],
                    grade=given["grade"],
                    school_year=given["school_year"],
                    teacher_id=typed.number("teacher"),
                ),
                request_key=posted_key(),
            )
            class_id, name = added.id, added.name
    except FormRefused as refusal:
        return _index(unit_id, given, refusal.problems), status_of(type(refusal))
    flash(gettext("The class %(name)s has been added.", name=name), "success")
    return redirect(url_for("classes.show", unit_id=unit_id, class_id=class_id), 303)


@bp.get("/<int:class_id>")
@access(administrator)
def show(unit_id: int, class_id: int) -> str:
    """Show one class: homeroom teacher and subjects."""
    return _class(unit_id, class_id)


@bp.post("/<int:class_id>/homeroom")
@access(administrator)
def change_homeroom(unit_id: int, class_id: int) -> AnyResponse | tuple[str, int]:
    """Name another homeroom teacher."""
    return _do(
        unit_id,
        class_id,
        "homeroom",
        lambda work: classes.change_homeroom_teacher(
            work,
            actor=current_actor(work),
            unit_id=unit_id,
            class_id=class_id,
            teacher_id=typed.number("homeroom_teacher"),
            request_key=posted_key(),
        ),
        gettext("The homeroom teacher has been changed."),
    )


@bp.post("/<int:class_id>/assignments")
@access(administrator)
def assign(unit_id: int, class_id: int) -> AnyResponse | tuple[str, int]:
    """Let somebody teach a subject in the class."""
    subject = given_fields("subject")["subject"]
    return _do(
        unit_id,
        class_id,
        "assign",
        lambda work: classes.assign_teacher(
            work,
            actor=current_actor(work),
            unit_id=unit_id,
            class_id=class_id,
            subject=subject,
            teacher_id=typed.number("teacher"),
            request_key=posted_key(),
        ),
        gettext("The subject has been assigned."),
    )


@bp.post("/<int:class_id>/assignments/<int:assignment_id>/end")
@access(administrator)
def end(unit_id: int, class_id: int, assignment_id: int) -> AnyResponse | tuple[str, int]:
    """End the teaching of a subject."""
    return _do(
        unit_id,
        class_id,
        "end",
        lambda work: classes.end_assignment(
            work,
            actor=current_actor(work),
            unit_id=unit_id,
            class_id=class_id,
            assignment_id=assignment_id,
            request_key=posted_key(),
        ),
        gettext("The assignment has ended today."),
    )


def _do(
    unit_id: int, class_id: int, section: str, act: Callable[[UnitOfWork], object], done: str
) -> AnyResponse | tuple[str, int]:
    try:
        with request_work() as work:
            act(work)
    except (FormRefused, AssignmentUnknown) as refusal:
        page = _class(
            unit_id, class_id, section, given_fields("homeroom_teacher", "subject", "teacher"), refusal
        )
        return page, status_of(type(refusal))
    flash(done, "success")
    return redirect(url_for("classes.show", unit_id=unit_id, class_id=class_id), 303)


def _school(unit_id: int) -> OrganisationUnit:
    unit = kept_unit(unit_id)
    if unit.kind is not UnitKind.SCHOOL:
        raise SchoolOnly
    return unit


def _index(
    unit_id: int, given: Mapping[str, str] | None = None, problems: Mapping[str, Refusal] | None = None
) -> str:
    unit, reading, on = _school(unit_id), read_session(), today()
    years = queries.school_years(reading, unit_id, on)
    year = typed.choice("year", years, queries.school_year_of(on))
    return render_template(
        "organisation/classes.html",
        unit=unit,
        named=organisation_words,
        above=superiors_of(reading, unit_id, on),
        rows=queries.class_rows(reading, unit_id, year, on),
        year=year,
        years=years,
        grades=[(grade, grade_title(grade)) for grade in classes.grades_of(unit)],
        teachers=appointable(reading, unit_id, "", on),
        given=given or {},
        problems=problems or {},
    )


def _class(
    unit_id: int,
    class_id: int,
    section: str = "",
    given: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> str:
    unit, reading, on = _school(unit_id), read_session(), today()
    row = queries.class_of(reading, unit_id, class_id, on)
    if row is None:
        raise ClassUnknown
    problems = refusal.problems if isinstance(refusal, FormRefused) else {}
    return render_template(
        "organisation/class.html",
        unit=unit,
        named=organisation_words,
        above=superiors_of(reading, unit_id, on),
        row=row,
        grade=grade_title(row.school_class.grade),
        subjects=queries.subjects_of(reading, class_id),
        teachers=appointable(reading, unit_id, "", on),
        section=section,
        given=given or {},
        problems=problems,
        refusal=None if problems else refusal,
    )


def grade_title(grade: int) -> str:
    """Khối 6; groups of a kindergarten are named by the age of their children."""
    if grade < 0:
        return gettext("Kindergarten, %(years)s years old", years=6 + grade)
    return gettext("Grade %(grade)s", grade=grade)

"""The decision tables of a procedure: shown read-only, uploaded to the draft, removed, given back as files."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from models.process import ProcessDefinition
from web import typed
from web.access import access, administrator
from web.administration import drawings
from web.administration.procedure_words import problem_rows
from web.errors import status_of
from web.request_work import current_actor, read_session, request_work
from workflows.commands.administration import decision_tables
from workflows.engine import Problem
from workflows.engine.decisions.faults import TABLE_FAULTS, of_a_table
from workflows.engine.decisions.reading import read_file
from workflows.engine.diagram.reading import MAX_MEGABYTES, too_large
from workflows.errors import DiagramUnreadable, DraftChanged, Refusal
from workflows.errors.decisions import TablesGone
from workflows.queries import procedures as queries

bp = Blueprint("decision_tables", __name__, url_prefix="/procedures")

DMN_TYPE = "application/xml; charset=utf-8"
# What the sign in the corner of a table means.
POLICIES = {
    "UNIQUE": _l("One rule at most may hold."),
    "FIRST": _l("The first rule that holds counts."),
    "ANY": _l("Several rules may hold if they say the same."),
    "PRIORITY": _l("Of the rules that hold the one with the most important output counts."),
    "COLLECT": _l("The outputs of all rules that hold make a list."),
    "RULE ORDER": _l("The outputs of all rules that hold make a list, in the order of the rules."),
    "OUTPUT ORDER": _l("The outputs of all rules that hold make a list, the most important one first."),
    "SUM": _l("The outputs of all rules that hold are added up."),
    "MIN": _l("The smallest output of the rules that hold counts."),
    "MAX": _l("The largest output of the rules that hold counts."),
    "COUNT": _l("The number of rules that hold counts."),
}


@bp.errorhandler(RequestEntityTooLarge)
def turn_away(error: RequestEntityTooLarge) -> Response:
    """Answer what is so large that it was not even read."""
    back = url_for("decision_tables.show", key=(request.view_args or {})["key"])
    return drawings.say_too_large(error, of_a_table(too_large()), back)


@bp.get("/<key>/decisions")
@access(administrator)
def show(key: str) -> str:
    """Show the tables of the draft, else of the last version, or those of the version asked for."""
    return _page(queries.definition_of(read_session(), key))


@bp.post("/<key>/decisions")
@access(administrator)
def add(key: str) -> AnyResponse | tuple[str, int]:
    """Put an uploaded file to the draft and check it."""
    definition = queries.definition_of(read_session(), key)
    file = request.files.get("file")
    if file is None or not file.filename:
        return redirect(url_for("decision_tables.show", key=key), 303)
    try:
        text = decision_tables.read_tables(file.stream.read())
        with request_work() as work:
            decision_tables.add(
                work,
                actor=current_actor(work),
                definition_id=definition.id,
                text=text,
                revision=typed.number("revision"),
            )
    except Refusal as refusal:
        return _page(definition, refusal), status_of(type(refusal))
    return _checked(definition)


@bp.post("/<key>/decisions/remove")
@access(administrator)
def remove(key: str) -> AnyResponse | tuple[str, int]:
    """Take a file out of the draft."""
    definition = queries.definition_of(read_session(), key)
    try:
        with request_work() as work:
            decision_tables.remove(
                work,
                actor=current_actor(work),
                definition_id=definition.id,
                name=typed.text("name", 200),
                revision=typed.number("revision"),
            )
    except Refusal as refusal:
        return _page(definition, refusal), status_of(type(refusal))
    return _checked(definition)


@bp.get("/<key>/decisions/<name>.dmn")
@access(administrator)
def table_file(key: str, name: str) -> Response:
    """Give one file."""
    reading = read_session()
    definition = queries.definition_of(reading, key)
    text = queries.tables_of(reading, definition.id, typed.asked_number("version")).get(name)
    if text is None:
        raise TablesGone
    headers = {"Content-Type": DMN_TYPE, "Content-Disposition": f'attachment; filename="{key}-tables.dmn"'}
    return make_response(text, headers)


def _checked(definition: ProcessDefinition) -> AnyResponse:
    found = drawings.examine(definition.id)
    wrong = any(one.code in TABLE_FAULTS for one in found.doubts)
    told = (
        gettext("Saved with the draft. The check found something about the decision tables.")
        if wrong
        else gettext("Saved with the draft; it counts once the draft is published.")
    )
    flash(told, "warning" if wrong else "success")
    return redirect(url_for("decision_tables.show", key=definition.key), 303)


def _page(definition: ProcessDefinition, refusal: Refusal | None = None) -> str:
    reading = read_session()
    number = typed.asked_number("version")
    draft = queries.find_draft(reading, definition.id) if number is None else None
    kept = draft.problems if draft is not None else None
    problems = [one for one in (Problem(**found) for found in kept or ()) if one.code in TABLE_FAULTS]
    files = queries.tables_of(reading, definition.id, number)
    return render_template(
        "procedures/decisions.html",
        definition=definition,
        number=number,
        draft=draft,
        files={
            name: read_file(text.encode(), judge=False).decisions.values() for name, text in files.items()
        },
        policies=POLICIES,
        problems=problem_rows(problems),
        refusal=refusal,
        conflict=isinstance(refusal, DraftChanged),
        refused=problem_rows(refusal.problems) if isinstance(refusal, DiagramUnreadable) else (),
        largest=MAX_MEGABYTES,
    )

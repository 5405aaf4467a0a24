"""The studio: draws a procedure's draft, judges files before they are opened, saves and checks."""

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from models.process import ProcessDefinition
from web import typed
from web.access import access, administrator
from web.administration import drawings
from web.administration.procedure_words import problem_rows, stored_problem_rows
from web.errors import status_of
from web.i18n import pick
from web.request_work import current_actor, read_session, request_work
from web.security import allow_inline_styles
from web.wording import say
from workflows.commands.administration import procedures
from workflows.engine.diagram.reading import MAX_MEGABYTES
from workflows.errors import DiagramUnreadable, DraftChanged, DraftGone, ProcedureGone, Refusal
from workflows.queries import procedures as queries

bp = Blueprint("studio", __name__, url_prefix="/procedures")
bp.register_error_handler(RequestEntityTooLarge, drawings.turn_away)


@bp.get("/<key>/edit")
@access(administrator)
def edit(key: str) -> str:
    """Open the studio on the draft, or on the published version when there is no draft."""
    reading = read_session()
    definition = queries.definition_of(reading, key)
    draft = queries.find_draft(reading, definition.id)
    return _studio(definition, _kept(definition), draft.revision if draft else None)


@bp.post("/<key>/edit")
@access(administrator)
def save(key: str) -> AnyResponse | tuple[str, int]:
    """Save the draft, then stay, check or go on to publish; a refused drawing comes back as it was typed."""
    definition = queries.definition_of(read_session(), key)
    xml, file = drawings.typed_xml(), None
    then = typed.choice("then", ("stay", "check", "publish"), "stay")
    try:
        file = drawings.uploaded()
        drawings.save(definition.id, xml if file is None else file)
    except DiagramUnreadable as refusal:
        revision = typed.number("revision")
        return _studio(definition, xml or _kept(definition), revision, refusal), status_of(type(refusal))
    except DraftChanged as refusal:
        revision = queries.draft_of(read_session(), definition.id).revision
        return _studio(definition, xml if file is None else file, revision, refusal), status_of(type(refusal))
    if then == "publish":
        return redirect(url_for("procedures.publication", key=key), 303)
    if then == "check" or file is not None:
        found = drawings.examine(definition.id)
        flash(drawings.verdict(found), "warning" if found.doubts else "success")
    return redirect(url_for("studio.edit", key=key), 303)


@bp.post("/<key>/draft")
@access(administrator)
def autosave(key: str) -> AnyResponse:
    """Save the draft while somebody draws; answers with the new revision, the time and what a check finds."""
    definition = queries.definition_of(read_session(), key)
    try:
        revision = drawings.save(definition.id, drawings.typed_xml())
    except DiagramUnreadable as refusal:
        return _refused(refusal)
    problems = problem_rows(drawings.examine(definition.id).problems)
    return jsonify(revision=revision, problems=problems, **drawings.saved_words(definition.id))


@bp.post("/<key>/look")
@access(administrator)
def look(key: str) -> AnyResponse:
    """Judge a file before the studio opens it; nothing is kept of it."""
    reading = read_session()
    definition = queries.definition_of(reading, key)
    try:
        xml = drawings.uploaded() or ""
        procedures.read_heading(xml)
    except DiagramUnreadable as refusal:
        return _refused(refusal)
    tables = queries.tables_of(reading, definition.id)
    found = procedures.judge(reading, xml, definition.key, tables).problems
    return jsonify(xml=xml, problems=problem_rows(found))


@bp.get("/<key>/draft.bpmn")
@access(administrator)
def draft_file(key: str) -> Response:
    """Give the drawing of the draft."""
    reading = read_session()
    draft = queries.draft_of(reading, queries.definition_of(reading, key).id)
    return drawings.as_file(draft.xml, f"{key}-draft.bpmn")


@bp.post("/<key>/discard")
@access(administrator)
def discard(key: str) -> AnyResponse:
    """Throw the draft away; what is gone already, by a second press or by somebody else, stays so."""
    try:
        definition = queries.definition_of(read_session(), key)
        with request_work() as work:
            procedures.discard_draft(
                work,
                actor=current_actor(work),
                definition_id=definition.id,
                revision=typed.number("revision") or 0,
            )
        flash(gettext("The draft was thrown away."), "success")
    except (ProcedureGone, DraftGone):
        flash(gettext("There is no draft any more that could be thrown away."), "info")
    published = key in queries.published_keys(read_session())
    return redirect(url_for("procedures.show", key=key) if published else url_for("procedures.index"), 303)


def _kept(definition: ProcessDefinition) -> str:
    """Give what the studio opens: the draft, else the published version."""
    reading = read_session()
    draft = queries.find_draft(reading, definition.id)
    latest = queries.latest_version(reading, definition.id)
    return draft.xml if draft else latest.xml if latest else ""


def _refused(refusal: DiagramUnreadable) -> Response:
    answer = make_response(jsonify(message=say(refusal), problems=problem_rows(refusal.problems)))
    answer.status_code = status_of(type(refusal))
    return answer


def _studio(
    definition: ProcessDefinition, xml: str, revision: int | None, refusal: Refusal | None = None
) -> str:
    allow_inline_styles()
    reading = read_session()
    draft = queries.find_draft(reading, definition.id)
    published = [row.definition for row in queries.procedures(reading) if row.version]
    return render_template(
        "procedures/edit.html",
        definition=definition,
        xml=xml,
        revision=revision,
        draft=draft,
        # What was refused is not what is saved.
        words=drawings.saved_words(definition.id) if draft and refusal is None else None,
        problems=stored_problem_rows(draft) if draft else None,
        refusal=refusal,
        refused=problem_rows(refusal.problems) if isinstance(refusal, DiagramUnreadable) else (),
        largest=MAX_MEGABYTES,
        conflict=isinstance(refusal, DraftChanged),
        procedures={one.key: pick(one, "name") for one in published},
    )

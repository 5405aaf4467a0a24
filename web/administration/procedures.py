"""The administrator's pages: procedures, their versions and drafts, drawing, check and publication."""

from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from models.process import ProcessDefinition
from web import typed
from web.access import access, administrator
from web.administration.procedure_words import problem_rows, stored_problem_rows, words_of
from web.composition import composition
from web.errors import status_of
from web.request_work import current_actor, now, posted_key, read_session, request_work
from web.security import allow_inline_styles
from workflows.commands.administration import procedures
from workflows.commands.administration.procedures import Examination
from workflows.errors import (
    AlreadyDone,
    DiagramOfAnother,
    DiagramRefused,
    DiagramUnreadable,
    DraftChanged,
    DraftUnchanged,
    Refusal,
)
from workflows.queries import procedures as queries
from workflows.records.journal import find_request

bp = Blueprint("procedures", __name__, url_prefix="/procedures")

LARGEST_DRAWING = 2 * 1024 * 1024
BPMN_TYPE = "application/xml; charset=utf-8"


@bp.get("")
@access(administrator)
def index() -> str:
    """List the procedures."""
    return _index()


@bp.post("")
@access(administrator)
def begin() -> AnyResponse | tuple[str, int]:
    """Begin a new procedure, empty or from a file."""
    try:
        xml = _uploaded()
        with request_work() as work:
            actor = current_actor(work)
            if xml is not None:
                draft = procedures.upload(work, actor=actor, xml=xml)
            else:
                draft = procedures.begin(
                    work, actor=actor, key=typed.text("key", 80), name=typed.text("name", 200)
                )
            key = work.session.get_one(ProcessDefinition, draft.definition_id).key
    except Refusal as refusal:
        return _index(refusal), status_of(type(refusal))
    return redirect(url_for("procedures.edit", key=key), 303)


@bp.get("/<key>")
@access(administrator)
def show(key: str) -> str:
    """Show one procedure: drawing with live counts, versions, where it runs, draft."""
    reading = read_session()
    definition = queries.definition_of(reading, key)
    versions = queries.versions_of(reading, definition.id)
    number = typed.asked_number("version")
    shown = next((row for row in versions if row.version.number == number), versions[0] if versions else None)
    counts = queries.step_counts(reading, shown.version.id, now()) if shown else {}
    return render_template(
        "procedures/show.html",
        definition=definition,
        versions=versions,
        shown=shown,
        specification=composition().engine.specification(shown.version.id) if shown else None,
        counts=counts,
        marks={step: {"open": count.open - count.late, "late": count.late} for step, count in counts.items()},
        places=queries.places_of(reading, definition.id),
        draft=queries.find_draft(reading, definition.id),
    )


@bp.get("/<key>/versions/<int:number>.bpmn")
@access(administrator)
def version_file(key: str, number: int) -> Response:
    """Give the drawing of a version, as a file when `download` is asked."""
    reading = read_session()
    version = queries.version_of(reading, queries.definition_of(reading, key).id, number)
    return _file(version.xml, f"{key}-{number}.bpmn")


@bp.get("/<key>/draft.bpmn")
@access(administrator)
def draft_file(key: str) -> Response:
    """Give the drawing of the draft."""
    reading = read_session()
    draft = queries.draft_of(reading, queries.definition_of(reading, key).id)
    return _file(draft.xml, f"{key}-draft.bpmn")


@bp.get("/<key>/edit")
@access(administrator)
def edit(key: str) -> str:
    """Open the studio on the draft, or on the published version when there is no draft."""
    reading = read_session()
    definition = queries.definition_of(reading, key)
    draft = queries.find_draft(reading, definition.id)
    latest = queries.latest_version(reading, definition.id)
    xml = draft.xml if draft else latest.xml if latest else ""
    return _studio(definition, xml, draft.revision if draft else None)


@bp.post("/<key>/edit")
@access(administrator)
def save(key: str) -> AnyResponse | tuple[str, int]:
    """Save the draft, then stay, check or go on to publish; a refused drawing comes back as it was sent."""
    definition = queries.definition_of(read_session(), key)
    xml = request.form.get("xml", "")
    then = typed.choice("then", ("stay", "check", "publish"), "stay")
    try:
        xml = _uploaded() or xml
        _save(definition.id, xml)
    except Refusal as refusal:
        revision = (
            _current_revision(definition.id)
            if isinstance(refusal, DraftChanged)
            else typed.number("revision")
        )
        return _studio(definition, xml, revision, refusal), status_of(type(refusal))
    if then == "check":
        found = _examine(definition.id)
        flash(_verdict(found), "warning" if found.problems else "success")
    if then == "publish":
        return redirect(url_for("procedures.publication", key=key), 303)
    return redirect(url_for("procedures.edit", key=key), 303)


@bp.post("/<key>/draft")
@access(administrator)
def autosave(key: str) -> Response:
    """Save the draft while somebody draws; answers with the new revision and what a check finds."""
    definition = queries.definition_of(read_session(), key)
    revision = _save(definition.id, request.form.get("xml", ""))
    return jsonify(revision=revision, problems=problem_rows(_examine(definition.id).problems))


@bp.post("/<key>/discard")
@access(administrator)
def discard(key: str) -> AnyResponse:
    """Throw the draft away."""
    definition = queries.definition_of(read_session(), key)
    with request_work() as work:
        procedures.discard_draft(
            work,
            actor=current_actor(work),
            definition_id=definition.id,
            revision=typed.number("revision") or 0,
        )
    flash(gettext("The draft was thrown away."), "success")
    if queries.versions_of(read_session(), definition.id):
        return redirect(url_for("procedures.show", key=key), 303)
    return redirect(url_for("procedures.index"), 303)


@bp.get("/<key>/publish")
@access(administrator)
def publication(key: str) -> str:
    """Say in words what publishing the draft changes and for whom, or why it cannot be published."""
    return _publication(queries.definition_of(read_session(), key))


@bp.post("/<key>/publish")
@access(administrator)
def publish(key: str) -> AnyResponse | tuple[str, int]:
    """Publish the draft that was shown, after checking it once more."""
    # The first one's effect took the draft away, so this comes before anything looks for it.
    if (entry := find_request(read_session(), posted_key())) is not None:
        raise AlreadyDone(entry.id, entry.task_id)
    definition = queries.definition_of(read_session(), key)
    note = typed.text("note", procedures.LONGEST_NOTE)
    examination = _examine(definition.id)
    try:
        if examination.revision != typed.number("revision"):
            draft = queries.draft_of(read_session(), definition.id)
            raise DraftChanged(who=draft.saved_by.addressed, when=draft.saved_at)
        with request_work() as work:
            version = procedures.publish(
                work,
                actor=current_actor(work),
                definition_id=definition.id,
                note=note,
                examination=examination,
                request_key=posted_key(),
            )
    except (DraftChanged, DiagramRefused, DiagramOfAnother, DraftUnchanged) as refusal:
        return _publication(definition, refusal, note), status_of(type(refusal))
    flash(gettext("Version %(number)s is published.", number=version.number), "success")
    return redirect(url_for("procedures.show", key=key), 303)


def _index(refusal: Refusal | None = None) -> str:
    return render_template(
        "procedures/index.html",
        rows=queries.procedures(read_session()),
        problems_of=stored_problem_rows,
        refusal=refusal,
        typed=request.form,
    )


def _studio(
    definition: ProcessDefinition, xml: str, revision: int | None, refusal: Refusal | None = None
) -> str:
    allow_inline_styles()
    draft = queries.find_draft(read_session(), definition.id)
    return render_template(
        "procedures/edit.html",
        definition=definition,
        xml=xml,
        revision=revision,
        draft=draft,
        problems=stored_problem_rows(draft) if draft else None,
        refusal=refusal,
        conflict=isinstance(refusal, DraftChanged),
    )


def _publication(definition: ProcessDefinition, refusal: Refusal | None = None, note: str = "") -> str:
    reading = read_session()
    examination = _examine(definition.id)
    return render_template(
        "procedures/publish.html",
        definition=definition,
        examination=examination,
        problems=problem_rows(examination.problems),
        words=words_of(examination.changes or ()),
        versions=queries.versions_of(reading, definition.id),
        refusal=refusal,
        note=note,
    )


def _save(definition_id: int, xml: str) -> int:
    if len(xml.encode()) > LARGEST_DRAWING:
        raise DiagramUnreadable(reason=gettext("larger than 2 MB"))
    with request_work() as work:
        draft = queries.find_draft(work.session, definition_id)
        if draft is not None and draft.xml == xml:
            return draft.revision
        return procedures.save_draft(
            work,
            actor=current_actor(work),
            definition_id=definition_id,
            xml=xml,
            revision=typed.number("revision"),
        ).revision


def _examine(definition_id: int) -> Examination:
    parts = composition()
    examination = procedures.examine(read_session(), parts.engine, definition_id)
    with request_work() as work:
        procedures.note_problems(work, actor=current_actor(work), examination=examination)
    return examination


def _verdict(examination: Examination) -> str:
    if not examination.problems:
        return gettext("The check found nothing wrong. The draft can be published.")
    count = len(examination.problems)
    return gettext("The check found %(count)s points; they are listed under the drawing.", count=count)


def _current_revision(definition_id: int) -> int | None:
    draft = queries.find_draft(read_session(), definition_id)
    return draft.revision if draft else None


def _uploaded() -> str | None:
    """Give the text of an uploaded file, or None when there is none; refuses what is too large or no text."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return None
    content = file.stream.read(LARGEST_DRAWING + 1)
    if len(content) > LARGEST_DRAWING:
        raise DiagramUnreadable(reason=gettext("larger than 2 MB"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DiagramUnreadable(reason=gettext("not UTF-8 text")) from error


def _file(xml: str, name: str) -> Response:
    headers: dict[str, Any] = {"Content-Type": BPMN_TYPE}
    if "download" in request.args:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return make_response(xml, headers)

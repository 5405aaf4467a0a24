"""The administrator's pages of procedures: the list, one with its versions, and publication; drawing: `studio`."""

from functools import partial

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from models.process import ProcessDefinition
from web import typed
from web.access import access, administrator
from web.administration import drawings, operations_words
from web.administration.operations_words import heat_of, length
from web.administration.procedure_words import (
    kept_problem_rows,
    lane_of,
    problem_rows,
    stored_problem_rows,
    words_of,
)
from web.composition import composition
from web.errors import status_of
from web.repeated import refuse_done_before
from web.request_work import current_actor, now, posted_key, read_session, request_work
from web.work import journal_words
from workflows.commands.administration import procedures
from workflows.engine.diagram.reading import MAX_MEGABYTES
from workflows.errors import (
    DiagramOfAnother,
    DiagramRefused,
    DiagramUnreadable,
    DraftChanged,
    DraftThere,
    DraftUnchanged,
    Refusal,
)
from workflows.errors.steering import VersionGone
from workflows.queries import procedures as queries
from workflows.queries.operating.migrations import migrations_from
from workflows.queries.operating.times import times_of

bp = Blueprint("procedures", __name__, url_prefix="/procedures")
bp.register_error_handler(RequestEntityTooLarge, drawings.turn_away)


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
        xml = drawings.uploaded()
        with request_work() as work:
            actor = current_actor(work)
            if xml is not None:
                draft = procedures.upload(work, actor=actor, xml=xml)
            else:
                draft = procedures.begin(
                    work, actor=actor, key=typed.text("key", 80), name=typed.text("name", 200)
                )
            key = work.session.get_one(ProcessDefinition, draft.definition_id).key
            definition_id = draft.definition_id
    except DraftThere as refusal:
        return _index(refusal, rival=xml), status_of(type(refusal))
    except Refusal as refusal:
        return _index(refusal), status_of(type(refusal))
    if xml is not None:
        found = drawings.examine(definition_id)
        flash(drawings.verdict(found), "warning" if found.doubts else "success")
    return redirect(url_for("studio.edit", key=key), 303)


@bp.get("/<key>")
@access(administrator)
def show(key: str) -> str:
    """Show one procedure: drawing with live counts, versions, where it runs, draft."""
    reading = read_session()
    definition = queries.definition_of(reading, key)
    versions = queries.versions_of(reading, definition.id)
    number = typed.asked_number("version")
    shown = next((row for row in versions if row.version.number == number), None)
    if shown is None and (named := typed.asked("version", 20)):
        raise VersionGone(number=named)
    shown = shown or (versions[0] if versions else None)
    counts = queries.step_counts(reading, shown.version.id, now()) if shown else {}
    specification = composition().engine.specification(shown.version.id) if shown else None
    calls = specification.calls.values() if specification else ()
    timed = shown is not None and request.args.get("show") == "times"
    times = times_of(reading, shown.version.id) if shown is not None and timed else {}
    return render_template(
        "procedures/show.html",
        definition=definition,
        versions=versions,
        shown=shown,
        specification=specification,
        name_of=journal_words.Facts(specification, {}).step if specification else None,
        lane_of=partial(lane_of, specification) if specification else None,
        called=queries.called_by(reading, {call.called for call in calls}),
        counts=counts,
        marks={step: {"open": count.open, "late": count.late} for step, count in counts.items()},
        timed=timed,
        times=times,
        heat={
            step: {"level": heat_of(time.median_seconds), "text": length(time.median_seconds)}
            for step, time in times.items()
        },
        words=operations_words,
        migrations=migrations_from(reading, [row.version.id for row in versions]),
        places=queries.places_of(reading, definition.id),
        draft=queries.find_draft(reading, definition.id),
        notes=kept_problem_rows(shown.version.notes) if shown else None,
        mended=shown is not None and queries.is_mended(reading, shown.version.id),
    )


@bp.get("/<key>/versions/<int:number>.bpmn")
@access(administrator)
def version_file(key: str, number: int) -> Response:
    """Give the drawing of a version, as a file when `download` is asked; with `running` the copy that runs."""
    reading = read_session()
    version = queries.version_of(reading, queries.definition_of(reading, key).id, number)
    if "running" in request.args:
        return drawings.as_file(version.running_xml, f"{key}-{number}-running.bpmn")
    return drawings.as_file(version.xml, f"{key}-{number}.bpmn")


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
    refuse_done_before()
    definition = queries.definition_of(read_session(), key)
    note = typed.text("note", procedures.LONGEST_NOTE)
    examination = drawings.examine(definition.id)
    try:
        if examination.revision != typed.number("revision"):
            draft = queries.draft_of(read_session(), definition.id)
            raise DraftChanged(who=draft.saved_by.named, when=draft.saved_at)
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


def _index(refusal: Refusal | None = None, rival: str | None = None) -> str:
    """Show the list; `rival` is an uploaded drawing of a procedure that has a draft already."""
    reading = read_session()
    definition = queries.definition_of(reading, procedures.read_heading(rival).key) if rival else None
    return render_template(
        "procedures/index.html",
        rival=rival,
        rival_of=definition,
        rival_draft=queries.draft_of(reading, definition.id) if definition else None,
        rows=queries.procedures(read_session()),
        problems_of=stored_problem_rows,
        largest=MAX_MEGABYTES,
        refusal=refusal,
        refused=problem_rows(refusal.problems) if isinstance(refusal, DiagramUnreadable) else (),
        typed=request.form,
    )


def _publication(definition: ProcessDefinition, refusal: Refusal | None = None, note: str = "") -> str:
    reading = read_session()
    examination = drawings.examine(definition.id)
    return render_template(
        "procedures/publish.html",
        definition=definition,
        examination=examination,
        problems=problem_rows(examination.problems),
        words=words_of(examination.changes or ()),
        versions=queries.versions_of(reading, definition.id),
        places=queries.places_of(reading, definition.id),
        refusal=refusal,
        note=note,
    )

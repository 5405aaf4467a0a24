"""Takes drawings from requests, saves and checks them: what the list of procedures and the studio share."""

from flask import Response, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge

from web import formats, typed
from web.administration.procedure_words import problem_rows
from web.composition import composition
from web.errors import wants_json
from web.request_work import current_actor, now, read_session, request_work
from web.wording import say_problem
from workflows.commands.administration import procedures
from workflows.commands.administration.procedures import Examination
from workflows.engine import Problem
from workflows.engine.diagram.reading import too_large
from workflows.queries import procedures as queries

BPMN_TYPE = "application/xml; charset=utf-8"


def uploaded() -> str | None:
    """Give the text of an uploaded file, or None when there is none; refuses what is too large or no text."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return None
    # The whole of it, so that the refusal can say how large it is; MAX_CONTENT_LENGTH bounds it.
    return procedures.read_file(file.stream.read())


def turn_away(error: RequestEntityTooLarge) -> Response:
    """Answer what is so large that it was not even read, in the words of a file that was."""
    back = url_for("studio.edit", **request.view_args) if request.view_args else url_for("procedures.index")
    return say_too_large(error, too_large(), back)


def say_too_large(error: RequestEntityTooLarge, problem: Problem, back: str) -> Response:
    """Answer with a fault of the file, as a page that leads `back` or for a script."""
    reason, remedy = say_problem(problem)
    if wants_json():
        answer = make_response(jsonify(message=reason, problems=problem_rows([problem])))
    else:
        title = gettext("Too large")
        answer = make_response(
            render_template("errors/page.html", title=title, message=reason, remedy=remedy, back=back)
        )
    answer.status_code = error.code
    return answer


def typed_xml() -> str:
    """Give the posted drawing; browsers send each line end of a text field as two signs."""
    return request.form.get("xml", "").replace("\r\n", "\n")


def save(definition_id: int, xml: str) -> int:
    """Save a drawing as the draft and give its revision; the same drawing once more changes nothing."""
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


def examine(definition_id: int) -> Examination:
    """Check the draft and keep with it what was found."""
    parts = composition()
    examination = procedures.examine(read_session(), parts.engine, definition_id)
    with request_work() as work:
        procedures.note_problems(work, actor=current_actor(work), examination=examination)
    return examination


def verdict(examination: Examination) -> str:
    """Say in one sentence what a check found."""
    count = sum(problem.stands_for for problem in examination.doubts)
    if not count:
        return gettext("The check found nothing wrong. The draft can be published.")
    return gettext("The check found %(count)s points; they are listed under the drawing.", count=count)


def saved_words(definition_id: int) -> dict[str, str]:
    """Say when the draft was saved, and of which drawing a check of it speaks."""
    draft = queries.draft_of(read_session(), definition_id)
    same_day = formats.day(draft.saved_at) == formats.day(now())
    at = formats.hour(draft.saved_at) if same_day else formats.instant(draft.saved_at)
    return {
        "saved": gettext("Saved %(time)s", time=at),
        "about": gettext("What the check found in the draft saved at %(time)s", time=at),
    }


def as_file(xml: str, name: str) -> Response:
    """Give a drawing, as a file when `download` is asked."""
    headers = {"Content-Type": BPMN_TYPE}
    if "download" in request.args:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return make_response(xml, headers)

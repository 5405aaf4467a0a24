"""Files on a task: added with the rest of the form kept, given out as downloads only."""

from contextlib import suppress
from urllib.parse import quote

from flask import Blueprint, Response, flash, make_response, redirect, request
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from web import typed
from web.access import access, signed_in
from web.composition import composition
from web.request_work import close_read_session, current_actor, read_session, request_work, today
from web.wording import say
from web.work import inbox_address
from web.work.task_acts import act_key
from web.work.task_form import Typed
from web.work.tasks import NOT_HERE, OVERTAKEN, overtaken, refused
from workflows.commands.work import notes
from workflows.errors import AlreadyDone, NotPermitted, Refusal
from workflows.errors.answering import FileMissing
from workflows.files import FileStore
from workflows.queries.work import task_page

bp = Blueprint("attachments", __name__, url_prefix="/tasks/<int:task_id>/files")


@bp.post("")
@access(signed_in)
def add(task_id: int) -> AnyResponse:
    """Add a file to the task; what else was typed stays a draft."""
    sent = Typed.posted()
    try:
        _add(task_id, sent)
    except OVERTAKEN as refusal:
        return overtaken(task_id, sent, refusal)
    except AlreadyDone:
        pass  # The same form again: it is answered as the first was.
    except NOT_HERE:
        raise
    except Refusal as refusal:
        return refused(task_id, sent, refusal, {"file": say(refusal)})
    return redirect(inbox_address.to("tasks.show", task_id=task_id, _anchor="files"), 303)


@bp.get("/<int:attachment_id>")
@access(signed_in)
def download(task_id: int, attachment_id: int) -> Response:
    """Give a file as a download; it is never shown inside our own pages."""
    reading = read_session()
    task = task_page.task_of(reading, task_id)
    task_page.require_may_see(reading, current_actor(), task, today())
    found = task_page.attachment_of(reading, task, attachment_id)
    try:
        content = _files().get(found.digest)
    except FileNotFoundError as error:
        raise NotFound from error
    response = make_response(content)
    response.headers["Content-Type"] = found.media_type
    response.headers["Content-Disposition"] = (
        f"attachment; filename*=UTF-8''{quote(found.file_name, safe='')}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@bp.post("/<int:attachment_id>/remove")
@access(signed_in)
def remove(task_id: int, attachment_id: int) -> AnyResponse:
    """Take a file off the task again; what else was typed stays a draft."""
    sent = Typed.posted()
    try:
        with request_work() as work:
            actor = current_actor(work)
            digest = notes.remove_attachment(
                work,
                task_id=task_id,
                actor=actor,
                attachment_id=attachment_id,
                request_key=act_key("remove", attachment_id),
            )
            with suppress(NotPermitted):  # whoever handed the task over has no draft
                notes.save_draft(work, task_id=task_id, actor=actor, typed=sent.worth_keeping)
        _let_go(digest)
    except OVERTAKEN as refusal:
        return overtaken(task_id, sent, refusal)
    except AlreadyDone:
        pass  # The same form again: it is answered as the first was.
    flash(gettext("The file is removed."), "success")
    return redirect(inbox_address.to("tasks.show", task_id=task_id, open="files"), 303)


def _let_go(digest: str) -> None:
    """Remove bytes that no file has any more; whoever attaches the same meanwhile gets them back."""
    if _is_attached(digest):
        return
    content = _files().take_out(digest)
    if content and _is_attached(digest):
        _files().put(content)


def _is_attached(digest: str) -> bool:
    close_read_session()
    return task_page.is_attached(read_session(), digest)


def _add(task_id: int, sent: Typed) -> None:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise FileMissing
    # One byte more than allowed tells that it is too large, without reading the rest.
    largest = composition().config.upload_megabytes * 1024 * 1024
    content = file.stream.read(largest + 1)
    with request_work() as work:
        actor = current_actor(work)
        notes.attach(
            work,
            _files(),
            task_id=task_id,
            actor=actor,
            file_name=typed.tidy(file.filename.replace("\\", "/").rpartition("/")[2]),
            content=content,
            largest=largest,
            request_key=act_key("attach"),
        )
        notes.save_draft(work, task_id=task_id, actor=actor, typed=sent.worth_keeping)
    flash(gettext("The file is attached."), "success")


def _files() -> FileStore:
    return FileStore(composition().config.attachments_folder)

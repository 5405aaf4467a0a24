"""The page of one task and the acts on it: complete, keep a draft, take on, hand over, take back."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from models.journal import JournalEntry
from models.process import ProcessVersion
from models.task import Task, TaskState
from web import formats, typed
from web.access import access, signed_in
from web.composition import composition
from web.errors import status_of, wants_json
from web.request_work import close_read_session, current_actor, days, now, read_session, request_work, today
from web.wording import say
from web.work import inbox_address
from web.work.done_line import done_lines
from web.work.reviews import note_look, review_of
from web.work.stuck import attempt_of, reported
from web.work.task_acts import act_key, complete_task, save_record, take_back
from web.work.task_form import CARRIED, Typed, problem_names
from web.work.task_view import TaskView
from web.work.task_words import vacancy_of
from web.work.typed_lines import typed_lines
from workflows.commands.work import notes, tasks
from workflows.errors import (
    AlreadyDone,
    CorrectedBeforeSigning,
    FieldErrors,
    FormRefused,
    GradesMissing,
    InstanceStuck,
    NotPermitted,
    PasswordWrong,
    PupilsUndecided,
    Refusal,
    SignatureMissing,
    TaskFinished,
    TaskGone,
    TaskNotNeeded,
    TaskTaken,
    ValueTooLong,
)
from workflows.errors.operating import TaskSuspended
from workflows.queries.following.cancelled import cancelling_of
from workflows.queries.operating.instance import holding_of
from workflows.queries.work import task_page
from workflows.queries.work.inbox_list import Cursor
from workflows.queries.work.inbox_place import next_in

bp = Blueprint("tasks", __name__, url_prefix="/tasks")

# Somebody else was faster, the procedure went another way or is held: the page says so, the draft stays.
OVERTAKEN = (TaskFinished, TaskTaken, TaskNotNeeded, TaskSuspended)
# These are about the whole request and have a page of their own.
NOT_HERE = (NotPermitted, TaskGone)


@bp.get("/<int:task_id>")
@access(signed_in)
def show(task_id: int) -> str:
    """Show a task; looking at a record is logged."""
    view = view_of(task_id)
    page = _draw(view)
    note_look(view)
    return page


@bp.post("/<int:task_id>/complete")
@access(signed_in)
def complete(task_id: int) -> AnyResponse:
    """Complete the task with what was typed, and lead on to the next one of the same list."""
    sent = Typed.posted()
    try:
        complete_task(task_id, sent)
    except OVERTAKEN as refusal:
        return overtaken(task_id, sent, refusal)
    except AlreadyDone:
        pass  # The same form again: it is answered as the first was.
    except CorrectedBeforeSigning as refusal:
        # Saved already: the page is shown anew, with what is signed now.
        flash(say(refusal), "info")
        return redirect(inbox_address.to("tasks.show", task_id=task_id), 303)
    except NOT_HERE:
        raise
    except InstanceStuck as refusal:
        return overtaken(task_id, sent, reported(task_id, refusal))
    except Refusal as refusal:
        return refused(task_id, sent, refusal)
    return onwards(task_id)


def onwards(task_id: int) -> AnyResponse:
    """Lead to the next task of the list, with the line that tells what was done."""
    close_read_session()
    reading, actor = read_session(), current_actor()
    task = task_page.task_of(reading, task_id)
    asked = inbox_address.wanted()
    following = next_in(reading, actor, asked, days(), Cursor.of(task, asked.order))
    if following is None:
        return redirect(inbox_address.to("inbox.show", done=task_id), 303)
    return redirect(inbox_address.to("tasks.show", task_id=following, done=task_id), 303)


@bp.post("/<int:task_id>/draft")
@access(signed_in)
def draft(task_id: int) -> AnyResponse:
    """Keep what was typed so far; scripts call this while somebody types."""
    keep_draft(task_id, Typed.posted())
    if wants_json():
        return jsonify(saved_at=formats.hour(now()))
    flash(gettext("Saved %(time)s", time=formats.hour(now())), "success")
    return redirect(inbox_address.to("tasks.show", task_id=task_id), 303)


@bp.post("/<int:task_id>/enter")
@access(signed_in)
def enter(task_id: int) -> AnyResponse:
    """Do what Enter means: sign where the password was typed, for nothing else asks for it; else keep a draft."""
    return complete(task_id) if request.form.get("password") else draft(task_id)


@bp.post("/<int:task_id>/record")
@access(signed_in)
def record(task_id: int) -> AnyResponse:
    """Save the corrections of the record under review; the rest of the form stays a draft."""
    sent = Typed.posted()
    try:
        save_record(task_id, sent)
    except OVERTAKEN as refusal:
        return overtaken(task_id, sent, refusal)
    except NOT_HERE:
        raise
    except Refusal as refusal:
        return refused(task_id, sent, refusal)
    flash(gettext("The record is saved."), "success")
    return redirect(inbox_address.to("tasks.show", task_id=task_id), 303)


@bp.post("/<int:task_id>/claim")
@access(signed_in)
def claim(task_id: int) -> AnyResponse:
    """Take a task on that several could do, and open it."""
    with request_work() as work:
        tasks.claim(work, task_id=task_id, actor=current_actor(work), request_key=act_key("claim", task_id))
    flash(gettext("You have taken this task on; the others do not see it any more."), "success")
    return redirect(inbox_address.to("tasks.show", task_id=task_id), 303)


@bp.post("/<int:task_id>/release")
@access(signed_in)
def release(task_id: int) -> AnyResponse:
    """Give a task back to the others who could do it."""
    with request_work() as work:
        tasks.release(work, task_id=task_id, actor=current_actor(work), request_key=act_key("release"))
    flash(gettext("The task is back with everybody who can do it."), "success")
    return redirect(inbox_address.to("inbox.show"), 303)


@bp.post("/<int:task_id>/hand-over")
@access(signed_in)
def hand_over(task_id: int) -> AnyResponse:
    """Give the task to a colleague, with a reason; who had it stays accountable."""
    sent = Typed.posted()
    try:
        with request_work() as work:
            tasks.hand_over(
                work,
                task_id=task_id,
                actor=current_actor(work),
                to_person_id=sent.number("to_person") or 0,
                reason=typed.text("hand_over_reason"),
                request_key=act_key("hand-over"),
            )
    except AlreadyDone:
        pass  # The same form again: it is answered as the first was.
    except OVERTAKEN as refusal:
        return overtaken(task_id, sent, refusal)
    except NOT_HERE:
        raise
    except Refusal as refusal:
        of_reason = isinstance(refusal, ValueTooLong) or not sent.get("hand_over_reason")
        named = "hand_over_reason" if of_reason else "to_person"
        return refused(task_id, sent, refusal, {named: say(refusal)})
    flash(gettext("The task is handed over. You find it under “Submitted by me”."), "success")
    return redirect(inbox_address.to("inbox.show"), 303)


@bp.post("/<int:task_id>/comment")
@access(signed_in)
def comment(task_id: int) -> AnyResponse:
    """Add a comment; what else was typed stays a draft."""
    sent = Typed.posted()
    try:
        with request_work() as work:
            actor = current_actor(work)
            notes.add_comment(
                work,
                task_id=task_id,
                actor=actor,
                body=typed.text("comment", notes.LONGEST_COMMENT),
                request_key=act_key("comment"),
            )
            rest = {name: value for name, value in sent.worth_keeping.items() if name != "comment"}
            with suppress(NotPermitted):  # who may only comment has no draft
                notes.save_draft(work, task_id=task_id, actor=actor, typed=rest)
    except AlreadyDone:
        pass  # The same form again: it is answered as the first was.
    except NOT_HERE:
        raise
    except Refusal as refusal:
        return refused(task_id, sent, refusal, {"comment": say(refusal)})
    return redirect(inbox_address.to("tasks.show", task_id=task_id, _anchor="comments"), 303)


@bp.post("/<int:task_id>/withdraw")
@access(signed_in)
def withdraw(task_id: int) -> AnyResponse:
    """Take back what one submitted while nobody has acted on it, and open it again with what was typed.

    Of several acts done together the others stay at hand: the list comes back with them.
    """
    with request_work() as work:
        take_back(work, task_id)
    flash(gettext("Taken back: the task is with you again."), "success")
    if others := inbox_address.done_before():
        return redirect(inbox_address.to("inbox.show", done=others, _anchor=f"task-{task_id}"), 303)
    return redirect(inbox_address.to("tasks.show", task_id=task_id), 303)


@bp.get("/<int:task_id>/drawing.bpmn")
@access(signed_in)
def drawing(task_id: int) -> Response:
    """Give the drawing of the task's procedure to the viewer."""
    task = task_page.task_of(read_session(), task_id)
    task_page.require_may_see(read_session(), current_actor(), task, today())
    version = read_session().get_one(ProcessVersion, task.version_id)
    return make_response(version.xml, {"Content-Type": "application/xml; charset=utf-8"})


def keep_draft(task_id: int, sent: Typed) -> None:
    """Keep what was typed, in a unit of work of its own; the button is not typed."""
    typed = sent.without(("outcome",)).worth_keeping
    with request_work() as work:
        notes.save_draft(work, task_id=task_id, actor=current_actor(work), typed=typed)


def overtaken(
    task_id: int, sent: Typed, refusal: Refusal, keep: Callable[[int, Typed], None] = keep_draft
) -> AnyResponse:
    """Keep what was typed, and say who finished or took the task, and when."""
    _keep(task_id, sent, keep)
    # A row is one form of several on the page: the draft has what stands in the others.
    view = view_of(task_id, sent, is_part=keep is not keep_draft)
    view.message = say(refusal)
    return make_response(_draw(view), status_of(type(refusal)))


def refused(
    task_id: int,
    sent: Typed,
    refusal: Refusal,
    problems: Mapping[str, Any] | None = None,
    keep: Callable[[int, Typed], None] = keep_draft,
    about: str = "",
) -> AnyResponse:
    """Give the form back as it was sent, with what is wrong beside the fields; the draft has it for later."""
    _keep(task_id, sent, keep)
    view = view_of(task_id, sent, is_part=keep is not keep_draft)
    view.message = f"{about}: {say(refusal)}" if about else say(refusal)
    view.problems = problems or _problems(view, refusal)
    view.names_undecided = isinstance(refusal, (PupilsUndecided, GradesMissing))
    # Nothing was done under this key yet: sent again, it is the same request.
    view.request_key = typed.text("request_key", 64) or None
    return make_response(_draw(view), status_of(type(refusal)))


def _keep(task_id: int, sent: Typed, keep: Callable[[int, Typed], None]) -> None:
    # Whoever never had a part in the task has no draft; what was typed is on the page all the same.
    with suppress(NotPermitted, ValueTooLong):
        keep(task_id, sent)
    close_read_session()


def _problems(view: TaskView, refusal: Refusal) -> dict[str, Any]:
    match refusal:
        case FormRefused():
            texts = {key: say(one) for key, one in refusal.problems.items()}
            return problem_names(view.step, view.sent.get("outcome"), texts)
        case FieldErrors():
            return {f"r.{key}": finding for key, finding in refusal.errors.items()}
        case PasswordWrong() | SignatureMissing():
            return {"password": say(refusal)}
        case ValueTooLong() if len(view.sent.get("comment")) > notes.LONGEST_COMMENT:
            return {"comment": say(refusal)}
    return {}


def view_of(task_id: int, sent: Typed | None = None, *, is_part: bool = False) -> TaskView:
    """Read a task for its page, with the draft unless something was sent; refuses who may not see it.

    Where only a part of the page was sent, the draft stands beside it.
    """
    reading, actor = read_session(), current_actor()
    task = task_page.task_of(reading, task_id)
    task_page.require_may_see(reading, actor, task, today())
    kept = task_page.draft_of(reading, task_id, actor.person_id)
    if kept is None and sent is None:
        sent = Typed.of_draft(task_page.draft_of_last_round(reading, task, actor.person_id)).carried_on
    draft = Typed.of_draft(kept)
    if sent is not None and is_part:
        # Of the very row that was sent nothing older counts.
        rows = tuple(name.removesuffix("revision") for name in sent.values if name.endswith(".revision"))
        others = {name: given for name, given in draft.values.items() if not name.startswith(rows)}
        sent = replace(sent, values={**others, **sent.values})
    view = TaskView(task, sent or draft)
    view.draft_saved_at = kept.saved_at if kept else None
    return view


def _cancelling(task: Task) -> JournalEntry | None:
    """Give the act of an administrator that ended the run of a task, if that is why nobody has to do it."""
    withdrawn = task.state is TaskState.WITHDRAWN
    return cancelling_of(read_session(), task.instance_id) if withdrawn else None


def _draw(view: TaskView) -> str:
    # A page may be long in the making: the published diagram is there before it is drawn.
    composition().engine.specification(view.task.version_id)
    return render_template(
        "task/show.html",
        vacancy=vacancy_of(view.task, view.holders) if view.is_open else "",
        view=view,
        task=view.task,
        step=view.step,
        CARRIED=CARRIED,
        review=review_of(view),
        kept=[] if view.may_act else typed_lines(view),
        cancelling=_cancelling(view.task),
        holding=holding_of(read_session(), view.task.instance_id) if view.held_since else None,
        attempt=None if view.message else attempt_of(view),
        done=done_lines(inbox_address.done_before()) if request.method == "GET" else [],
    )

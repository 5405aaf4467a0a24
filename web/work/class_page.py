"""A class of pupils on one page: correct, approve one, approve the rest, take an approval back."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from models.school import Pupil
from web import formats
from web.access import access, signed_in
from web.errors import status_of
from web.request_work import close_read_session, current_actor, now, read_session, request_work, today
from web.wording import say
from web.work import inbox_address, row_drafts
from web.work.record_view import changes_in, fields_of
from web.work.reviews import ClassReview, review_of
from web.work.task_acts import act_key
from web.work.task_form import Typed
from web.work.tasks import NOT_HERE, OVERTAKEN, overtaken, refused, view_of
from workflows.actor import Actor
from workflows.commands.work import pupils, records
from workflows.errors import (
    AlreadyDone,
    ConcurrentChange,
    FieldErrors,
    FindingsUnexplained,
    NotPermitted,
    RecordChanged,
    Refusal,
    ValueTooLong,
)
from workflows.queries.records.records import record_of
from workflows.unit_of_work import UnitOfWork

bp = Blueprint("class_page", __name__, url_prefix="/tasks/<int:task_id>/pupils")

# The buttons of a row that approve: as it is now, or as it is with a reason.
APPROVING = ("approve", "answer")
# The first button of a row, which nobody sees: Enter in one of its inputs.
ENTER = "enter"


@bp.post("/approve")
@access(signed_in)
def approve(task_id: int) -> AnyResponse:
    """Approve all pupils that the button named; each is a decision of its own."""
    sent = Typed.posted()
    ids = sent.ids("pupil")
    try:
        with request_work() as work:
            count = pupils.approve(
                work,
                task_id=task_id,
                actor=current_actor(work),
                pupil_ids=ids,
                request_key=act_key("approve"),
            )
    except OVERTAKEN as refusal:
        return overtaken(task_id, sent, refusal, _keep_nothing)
    except AlreadyDone:
        return _back(task_id)
    except FindingsUnexplained as refusal:
        return refused(task_id, sent, refusal, _unexplained(refusal), _keep_nothing)
    flash(ngettext("%(num)d pupil is approved.", "%(num)d pupils are approved.", count), "success")
    return _back(task_id)


@bp.post("/reopen")
@access(signed_in)
def reopen(task_id: int) -> AnyResponse:
    """Take back the approval of all pupils that the button named."""
    sent = Typed.posted()
    ids = sent.ids("pupil")
    try:
        with request_work() as work:
            count = pupils.reopen(
                work,
                task_id=task_id,
                actor=current_actor(work),
                pupil_ids=ids,
                request_key=act_key("reopen"),
            )
    except OVERTAKEN as refusal:
        return overtaken(task_id, sent, refusal, _keep_nothing)
    except AlreadyDone:
        return _back(task_id)
    flash(
        ngettext(
            "The approval of %(num)d pupil is taken back.",
            "The approval of %(num)d pupils is taken back.",
            count,
        ),
        "info",
    )
    return _back(task_id)


@bp.post("/<int:pupil_id>")
@access(signed_in)
def decide(task_id: int, pupil_id: int) -> AnyResponse:
    """Save the corrections of one pupil, and approve or reopen the pupil if that was asked."""
    sent = Typed.posted()
    act = sent.get("act", "save")
    if act == ENTER:
        act = _entered(task_id, pupil_id, sent)
    keep = partial(_keep_row, pupil_id=pupil_id)
    try:
        _decide(task_id, pupil_id, act, sent)
    except OVERTAKEN as refusal:
        return overtaken(task_id, sent, refusal, keep)
    except AlreadyDone:
        pass  # The same form again: it is answered as the first was.
    except NOT_HERE:
        raise
    except Refusal as refusal:
        return refused(
            task_id, sent, refusal, _problems(pupil_id, refusal, sent), keep, about=_name(pupil_id)
        )
    if act in APPROVING:
        return _back(task_id, _next(task_id, pupil_id))
    if act == "save":
        _tell_saved(task_id, pupil_id)
    return _back(task_id, pupil_id)


@bp.post("/<int:pupil_id>/draft")
@access(signed_in)
def draft(task_id: int, pupil_id: int) -> Response:
    """Keep what somebody types in the row of one pupil; the record stays as it is until the field is left."""
    with request_work() as work:
        row_drafts.keep_typing(work, current_actor(work), task_id, pupil_id, Typed.posted())
    return jsonify(saved_at=formats.hour(now()))


@bp.post("/<int:pupil_id>/autosave")
@access(signed_in)
def autosave(task_id: int, pupil_id: int) -> AnyResponse:
    """Save the corrections of one pupil when a field is left; answers with what changes beside the inputs."""
    sent = Typed.posted()
    message, status, problems = "", 200, {}
    try:
        _decide(task_id, pupil_id, "save", sent, last=False)
    except AlreadyDone:
        pass  # The same form again: it is answered as the first was.
    except NOT_HERE:
        raise
    except Refusal as refusal:
        problems = _problems(pupil_id, refusal, sent)
        with suppress(NotPermitted, ValueTooLong):
            _keep_row(task_id, sent, pupil_id=pupil_id)
        message, status = str(problems.get(f"p{pupil_id}.") or say(refusal)), status_of(type(refusal))
    view = view_of(task_id, Typed() if status == 200 else sent)
    view.problems = problems
    review = review_of(view)
    assert isinstance(review, ClassReview)
    row = next((one for one in review.pupils if one.id == pupil_id), None)
    fields = fields_of(row.row.record, view.sent, problems, row.prefix) if row else []
    shown = [field for field in fields if sent.has(field.name)]
    page = render_template("task/_pupil_saved.html", one=row, shown=shown, message=message)
    return make_response(page, status)


def _decide(task_id: int, pupil_id: int, act: str, sent: Typed, *, last: bool = True) -> None:
    prefix, values = f"p{pupil_id}.", row_drafts.typed_in(pupil_id, sent)
    with request_work() as work:
        actor = current_actor(work)
        # What was saved while typing is not a change any more, whatever revision the form still names.
        if values and changes_in(record_of(work.session, "pupil", pupil_id, today=today()), values):
            _correct(work, actor, task_id, pupil_id, values, sent.number(f"{prefix}revision") or 0, last=last)
        if act in APPROVING:
            pupils.approve(
                work,
                task_id=task_id,
                actor=actor,
                pupil_ids=[pupil_id],
                reasons={pupil_id: sent.get(f"why.{pupil_id}")},
                request_key=act_key("approve", pupil_id),
            )
        elif act == "reopen":
            pupils.reopen(
                work,
                task_id=task_id,
                actor=actor,
                pupil_ids=[pupil_id],
                request_key=act_key("reopen", pupil_id),
            )
        row_drafts.keep(work, actor, task_id, pupil_id, Typed() if act == "reopen" else sent)


def _entered(task_id: int, pupil_id: int, sent: Typed) -> str:
    """Tell what Enter in a row means: the act beside the reason when the reason is what was typed last."""
    name = f"why.{pupil_id}"
    return "answer" if sent.get(name) not in ("", view_of(task_id).sent.get(name)) else "save"


def _keep_row(task_id: int, sent: Typed, *, pupil_id: int) -> None:
    with request_work() as work:
        row_drafts.keep(work, current_actor(work), task_id, pupil_id, sent)


def _keep_nothing(task_id: int, sent: Typed) -> None:
    """A button that names pupils sends nothing that somebody typed."""


def _correct(
    work: UnitOfWork,
    actor: Actor,
    task_id: int,
    pupil_id: int,
    values: Mapping[str, str],
    revision: int,
    *,
    last: bool,
) -> None:
    """Correct the record as the page knew it, or as this page's own saves have left it since.

    A button is the `last` word of its form, and may be pressed before the answer of a save has come. A save that
    comes late is not: it would bring an older value back, and is refused with AlreadyDone.
    """
    try:
        records.correct(
            work,
            kind="pupil",
            subject_id=pupil_id,
            values=values,
            revision=revision,
            actor=actor,
            task_id=task_id,
            request_key=act_key(f"correct {pupil_id}", revision),
        )
    except AlreadyDone:
        if not last:
            raise
        _correct(work, actor, task_id, pupil_id, values, revision + 1, last=last)


def _problems(pupil_id: int, refusal: Refusal, sent: Typed) -> dict[str, object]:
    if isinstance(refusal, FieldErrors):
        return {f"p{pupil_id}.{key}": finding for key, finding in refusal.errors.items()}
    if isinstance(refusal, FindingsUnexplained):
        return _unexplained(refusal)
    if isinstance(refusal, ValueTooLong):
        return {f"why.{pupil_id}": say(refusal)}
    if isinstance(refusal, (RecordChanged, ConcurrentChange)):
        close_read_session()
        record = record_of(read_session(), "pupil", pupil_id, today=today())
        return {f"p{pupil_id}.": row_drafts.conflict(record, sent, say(refusal))}
    return {f"p{pupil_id}.": say(refusal)}


def _unexplained(refusal: FindingsUnexplained) -> dict[str, object]:
    return {f"why.{pupil_id}": say(refusal) for pupil_id in refusal.pupil_ids}


def _name(pupil_id: int) -> str:
    """Give the name of the pupil that a warning is about."""
    found = read_session().get(Pupil, pupil_id)
    return found.full_name if found else ""


def _tell_saved(task_id: int, pupil_id: int) -> None:
    """Say what saving has come to: the pupil is not approved by it."""
    close_read_session()
    review = review_of(view_of(task_id))
    row = next((one.row for one in review.pupils if one.id == pupil_id), None)
    if row is None or not row.to_decide:
        return
    name = row.entry.name
    if row.record.findings:
        flash(gettext("Saved. Something is still found at %(name)s.", name=name), "info")
    else:
        flash(
            gettext("Saved. Nothing is found at %(name)s any more; it waits for approval.", name=name),
            "success",
        )


def _next(task_id: int, pupil_id: int) -> int | None:
    """Give the pupil to look at after this one; None when nobody waits any more."""
    review = review_of(view_of(task_id))
    if not isinstance(review, ClassReview):
        return None
    waiting = [one.id for one in review.odd if one.row.to_decide]
    numbers = {one.id: one.row.number for one in review.pupils}
    after = [one for one in waiting if numbers[one] > numbers.get(pupil_id, 0)]
    return next(iter(after or waiting), None)


def _back(task_id: int, pupil_id: int | None = None) -> AnyResponse:
    anchor = f"pupil-{pupil_id}" if pupil_id else "class-head"
    return redirect(inbox_address.to("tasks.show", task_id=task_id, _anchor=anchor), 303)

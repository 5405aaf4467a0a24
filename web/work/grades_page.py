"""Grades of one subject in one class: saved without completing the task, as often as the teacher likes."""

from flask import Blueprint, flash, redirect
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from web.access import access, signed_in
from web.request_work import current_actor, request_work
from web.work import inbox_address
from web.work.task_acts import act_key, marks_of
from web.work.task_form import Typed
from web.work.tasks import NOT_HERE, OVERTAKEN, overtaken, refused
from workflows.commands.work import grades, notes
from workflows.errors import AlreadyDone, Refusal

bp = Blueprint("grades_page", __name__, url_prefix="/tasks/<int:task_id>/grades")


@bp.post("")
@access(signed_in)
def save(task_id: int) -> AnyResponse:
    """Save the marks; wrong ones come back beside their cells and nothing is saved."""
    sent = Typed.posted()
    count = 0
    try:
        with request_work() as work:
            actor = current_actor(work)
            marks = marks_of(sent)
            count = grades.enter(
                work, task_id=task_id, actor=actor, marks=marks, request_key=act_key("grades")
            )
            rest = {
                name: value
                for name, value in sent.worth_keeping.items()
                if not name.startswith(("midterm.", "final.", "remark."))
            }
            notes.save_draft(work, task_id=task_id, actor=actor, typed=rest)
    except OVERTAKEN as refusal:
        return overtaken(task_id, sent, refusal)
    except AlreadyDone:
        pass  # The same form again: it is answered as the first was.
    except NOT_HERE:
        raise
    except Refusal as refusal:
        return refused(task_id, sent, refusal)
    flash(
        ngettext("Grades of %(num)d pupil are saved.", "Grades of %(num)d pupils are saved.", count),
        "success",
    )
    return redirect(inbox_address.to("tasks.show", task_id=task_id), 303)

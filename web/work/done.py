"""Everything I have completed, the last act first."""

from flask import Blueprint, render_template, url_for

from web import typed
from web.access import access, signed_in
from web.request_work import current_actor, read_session
from web.work.submitted import submitted_rows
from workflows.queries.work.submitted import DoneCursor, done_by

bp = Blueprint("done", __name__, url_prefix="/done")


@bp.get("")
@access(signed_in)
def show() -> str:
    """List what I completed."""
    reading = read_session()
    page = done_by(reading, current_actor().person_id, DoneCursor.read(typed.asked("before")))
    return render_template(
        "done/show.html",
        rows=submitted_rows(reading, page.rows),
        older=url_for("done.show", before=str(page.next)) if page.next else None,
    )

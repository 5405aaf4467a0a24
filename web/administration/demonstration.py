"""The clock control of a demonstration: visitors jump ahead and see reminders, escalations and late work."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse

from web import addresses, formats, typed
from web.access import access, signed_in
from web.composition import composition
from web.demo import clock
from web.jobs import clockwork_of
from web.request_work import ZONE, close_read_session, now, read_session, request_work, working_calendar
from workflows.queries.demonstration import next_due

bp = Blueprint("demonstration", __name__, url_prefix="/demonstration")

# So long a visitor waits to see what has become due; the worker does the rest.
WAITED_SECONDS = 3.0

STEPS = {
    "hour": _l("1 hour"),
    "day": _l("1 working day"),
    "week": _l("1 week"),
    "due": _l("just past the next due time"),
}

# Due until and including the instant itself.
JUST_PAST = timedelta(minutes=1)


@bp.app_context_processor
def steps() -> dict[str, object]:
    """Give the control its buttons."""
    return {"demo_steps": STEPS}


@bp.post("/clock")
@access(signed_in)
def move() -> AnyResponse:
    """Move the clock of everybody ahead, and do at once what has become due."""
    parts = composition()
    if not parts.is_demonstration:
        abort(404)
    step = typed.choice("step", tuple(STEPS), "")
    if not step:
        abort(400)
    length = _length(step)
    with request_work() as work:
        clock.move(work, length)
    close_read_session()
    clockwork_of(parts).run_once(WAITED_SECONDS)
    flash(gettext("It is now %(when)s for everybody here.", when=formats.when(parts.clock.now())), "success")
    return redirect(addresses.safe(request.form.get("next")) or addresses.back() or addresses.home(), 303)


def _length(step: str) -> timedelta:
    if step == "hour":
        return timedelta(hours=1)
    if step == "week":
        return timedelta(weeks=1)
    present = now()
    if step == "due":
        due_at = next_due(read_session(), present)
        return due_at - present + JUST_PAST if due_at else timedelta()
    at = present.astimezone(ZONE).time()
    return working_calendar().add_workdays(present, 1, at=at) - present

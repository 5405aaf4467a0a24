"""The list behind the bell, and whether notices also come by mail one by one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from models.notification import Message, Notification
from web import typed
from web.access import access, signed_in
from web.composition import composition
from web.i18n import page_language
from web.request_work import current_account, read_session, request_work
from workflows.commands.administration import accounts, notices
from workflows.notify.messages import FOR_TEXT, text_of
from workflows.queries.notices import notices_of

bp = Blueprint("notices", __name__, url_prefix="/notices")


@dataclass(frozen=True, slots=True)
class Said:
    """A notice with its sentence."""

    notice: Notification
    text: str


@dataclass(slots=True)
class Line:
    """A row of the list: the newest notice about something, and those before it."""

    newest: Said
    earlier: list[Said] = field(default_factory=list)
    is_new: bool = False


@bp.get("")
@access(signed_in)
def show() -> str:
    """List the notices, the last one first; `before` goes on with older ones."""
    page = notices_of(
        read_session(), current_account().person_id, before=typed.asked_number("before"), options=FOR_TEXT
    )
    return render_template("notices/list.html", page=page, lines=_lines(page.notices))


def _lines(notices: Sequence[Notification]) -> list[Line]:
    """Lay notices out: of one task the newest, with the earlier ones at hand; it stays new while any of them is."""
    engine, locale = composition().engine, page_language()
    lines: dict[int, Line] = {}
    for one in notices:
        # Somebody's own words are a row of their own.
        about = one.task_id if one.task_id and one.message is not Message.URGED else -one.id
        said = Said(one, text_of(one, locale, engine))
        line = lines.setdefault(about, Line(said))
        line.is_new |= one.read_at is None
        if line.newest is not said:
            line.earlier.append(said)
    return list(lines.values())


@bp.post("/read")
@access(signed_in)
def read() -> AnyResponse:
    """Mark everything up to the last notice that was on the page as read."""
    with request_work() as work:
        notices.mark_read(work, person_id=current_account().person_id, up_to_id=typed.number("up_to") or 0)
    return redirect(url_for("notices.show"), 303)


@bp.post("/mails")
@access(signed_in)
def mails() -> AnyResponse:
    """Choose between a digest a morning and a mail for each notice."""
    at_once = request.form.get("at_once") == "1"
    with request_work() as work:
        accounts.choose_mails(work, account_id=current_account().id, at_once=at_once)
    flash(gettext("Your choice is kept."), "success")
    return redirect(url_for("notices.show", _anchor="mails"), 303)

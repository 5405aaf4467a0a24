"""The list behind the bell, and whether notices also come by mail one by one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from models.notification import Notification
from web import typed
from web.access import access, signed_in
from web.composition import composition
from web.i18n import page_language
from web.request_work import current_account, read_session, request_work
from workflows.commands.administration import accounts, notices
from workflows.notify.messages import FOR_TEXT, text_of
from workflows.queries.notices import notices_of

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("")
@access(signed_in)
def show() -> str:
    """List the notices, the last one first; `before` goes on with older ones."""
    page = notices_of(
        read_session(), current_account().person_id, before=typed.asked_number("before"), options=FOR_TEXT
    )
    engine, locale = composition().engine, page_language()
    # Of one task only the newest is of use; it stays new while any of them is.
    newest: dict[int, Notification] = {}
    unread = {one.task_id or -one.id for one in page.notices if one.read_at is None}
    for one in page.notices:
        newest.setdefault(one.task_id or -one.id, one)
    lines = [(one, text_of(one, locale, engine), about in unread) for about, one in newest.items()]
    return render_template("notices/list.html", page=page, lines=lines)


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

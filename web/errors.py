"""Refusals as people see them: one table from class to HTTP status, and a page, fragment or JSON for each.

A surprise is logged with its traceback under a reference number that the page shows in small print.
"""

import errno
import secrets
import sqlite3
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_babel import gettext
from flask_wtf.csrf import CSRFError, generate_csrf
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge, TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from web import addresses, repeated
from web.identity import account_to_go_on, forget_visitor, signed_in_account
from web.request_work import close_read_session
from web.wording import say
from web.work import kept
from workflows import errors
from workflows.errors import (
    AlreadyDone,
    NotSignedIn,
    Refusal,
    accounts,
    decisions,
    events,
    operating,
    steering,
)
from workflows.unit_of_work import code_of, store_is_away

# Not listed: 422, what was sent cannot be done as it stands. The nearest listed base class counts.
STATUS: dict[type[Refusal], int] = {
    errors.NotSignedIn: 401,
    errors.LoginWrong: 401,
    errors.AccountLocked: 429,
    errors.NotPermitted: 403,
    errors.InstanceGone: 404,
    errors.TaskGone: 404,
    errors.AttachmentGone: 404,
    errors.ProcedureGone: 404,
    steering.VersionGone: 404,
    steering.TakenOffAlready: 409,
    errors.DraftGone: 404,
    decisions.TablesGone: 404,
    errors.CampaignGone: 404,
    errors.UnitUnknown: 404,
    errors.PersonUnknown: 404,
    accounts.ClassUnknown: 404,
    accounts.AppointmentUnknown: 404,
    accounts.PasswordMustChange: 403,
    accounts.StartPasswordEnded: 401,
    accounts.AccountThere: 409,
    errors.DocumentGone: 404,
    errors.AlreadyDone: 409,
    errors.DraftChanged: 409,
    errors.DraftThere: 409,
    errors.DraftUnchanged: 409,
    errors.KeyTaken: 409,
    errors.ConcurrentChange: 409,
    errors.ShownChanged: 409,
    errors.CorrectedBeforeSigning: 409,
    errors.DocumentAltered: 409,
    errors.DocumentVoid: 409,
    errors.StepNotOpen: 409,
    errors.TaskFinished: 409,
    errors.TaskNotNeeded: 409,
    errors.TaskTaken: 409,
    errors.NotTakenBack: 409,
    errors.CampaignClosed: 409,
    events.EventRefused: 400,
    events.RequestKeyTaken: 409,
    operating.VariableUnknown: 404,
    operating.IncidentGone: 404,
    operating.MigrationGone: 404,
    operating.TaskSuspended: 409,
    operating.StepStuck: 409,
    operating.InstanceSuspended: 409,
    operating.NotSuspended: 409,
    operating.HeldFromAbove: 409,
    operating.InstanceEnded: 409,
    operating.IncidentResolved: 409,
    operating.MigrationUnderWay: 409,
    operating.NamedNobody: 422,
    operating.ActStuck: 409,
    errors.InstanceStuck: 500,
    errors.StateUnreadable: 500,
}
REFUSED = 422
# The database answers but cannot write: PostgreSQL's disk full and input/output error, and what SQLite calls them.
NOT_WRITTEN = {"53100", "58030", sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}
# The folder of the attachments, or the one for what is being received, cannot be written.
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
# A database that restarts is back within seconds.
RETRY_SECONDS = "10"


def status_of(kind: type[Refusal]) -> int:
    """Give the HTTP status of a refusal."""
    return next((STATUS[base] for base in kind.__mro__ if base in STATUS), REFUSED)


def install(app: Flask) -> None:
    """Answer every refusal, HTTP error and surprise."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(NotSignedIn, _not_signed_in)
    app.register_error_handler(AlreadyDone, _already_done)
    app.register_error_handler(errors.ConcurrentChange, _met_another)
    app.register_error_handler(accounts.PasswordMustChange, _must_change)
    app.register_error_handler(CSRFError, _token_refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(OSError, _folder_refuses)
    app.register_error_handler(Exception, _surprise)


def answer(status: int, title: str, message: str, **more: Any) -> Response:
    """Make the answer in the form in which the request wants it: page, small fragment or JSON."""
    if _at_the_door():
        response = jsonify(error=message)
    elif wants_json():
        response = jsonify(
            message=message, **{name: more[name] for name in ("reference", "problems") if name in more}
        )
    elif "HX-Request" in request.headers:
        response = make_response(render_template("errors/fragment.html", message=message, **more))
    else:
        back = addresses.back()
        more.setdefault("remedy", _remedy(status))
        page = render_template("errors/page.html", title=title, message=message, back=back, **more)
        response = make_response(page)
    response.status_code = status
    return response


def _remedy(status: int) -> str:
    """Say what to do about what happened."""
    if status == 403:
        return gettext(
            "Your own tasks are under “To do”. If this should be yours to see or to do, ask the head of your unit "
            "or whoever keeps its accounts."
        )
    if status == 404:
        return gettext(
            "Check the address if you typed it. If a link led you here, look for it under “To do” or “Done”, or "
            "ask whoever sent it."
        )
    return ""


def _at_the_door() -> bool:
    """Tell whether another program asks, which is always answered in the door's own form (`web.events`)."""
    return request.blueprint == "events"


def wants_json() -> bool:
    """Tell whether a script asks and reads JSON."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _refused(refusal: Refusal) -> Response:
    status = status_of(type(refusal))
    current_app.logger.info("%s %s: %s", request.method, request.path, type(refusal).__name__)
    if status >= 500:
        return _surprise(refusal, say(refusal))
    return answer(status, gettext("This was not done"), say(refusal))


def _not_signed_in(refusal: NotSignedIn) -> AnyResponse:
    """Send a visitor to the login page; a script, or a form that was sent, gets a chance to go on in place."""
    if wants_json() or "Rasoat-Form" in request.headers or "HX-Request" in request.headers:
        challenge = jsonify(
            message=say(refusal),
            login_url=addresses.to("login.again"),
            csrf_token=generate_csrf(),
        )
        challenge.status_code = 401
        return challenge
    if request.method in ("GET", "HEAD"):
        return redirect(addresses.to("login.show", next=addresses.here()))
    if kept.may_keep():
        return kept.ask_for_password(account_to_go_on())
    return redirect(addresses.to("login.show"))


def _must_change(refusal: accounts.PasswordMustChange) -> AnyResponse:
    """Lead whoever logged in with a start password to the page on which they choose their own."""
    if request.method in ("GET", "HEAD") and not wants_json() and "HX-Request" not in request.headers:
        return redirect(addresses.to("password.show", next=addresses.here()))
    return _refused(refusal)


def _already_done(refusal: AlreadyDone) -> AnyResponse:
    # The first one's effect stands: lead on as the first one did.
    flash(say(refusal), "success")
    if wants_json():
        return jsonify(message=say(refusal), done=True)
    return redirect(repeated.address_after(refusal), 303)


def _met_another(refusal: errors.ConcurrentChange) -> AnyResponse:
    # Two presses at the same instant meet in the database: the one that had its effect answers for both.
    done = repeated.done_before() if request.method == "POST" else None
    return _refused(refusal) if done is None else _already_done(done)


def _token_refused(error: CSRFError) -> AnyResponse:
    if wants_json():
        if signed_in_account() is None:
            return _not_signed_in(NotSignedIn())
        response = jsonify(
            message=gettext("This page was out of date. Please try again."), csrf_token=generate_csrf()
        )
        response.status_code = 400
        return response
    if kept.may_keep():
        return kept.ask_to_send_again()
    return answer(
        400,
        gettext("This page was out of date"),
        gettext("Nothing was changed. Go back, load the page again and repeat what you did."),
    )


def _http_error(error: HTTPException) -> AnyResponse:
    if error.code is None or error.code < 400:
        # A redirect of the router itself (a missing slash).
        return error.get_response()
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        # Another answer to an error, or its page, failed in its turn.
        return _failed_again(error.original_exception)
    title, message = _texts(error)
    response = answer(error.code, title, message)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _failed_again(error: BaseException) -> Response:
    if isinstance(error, OperationalError):
        return _database_away(error)
    return _surprise(error)


def _texts(error: HTTPException) -> tuple[str, str]:
    if isinstance(error, RequestEntityTooLarge):
        most = current_app.config["MAX_CONTENT_LENGTH"] // (1024 * 1024)
        return gettext("Too large"), gettext(
            "What you sent is too large: at most %(most)s MB. Go back and choose a smaller file.", most=most
        )
    if isinstance(error, TooManyRequests):
        return gettext("Too many attempts"), gettext(
            "Too many attempts from here. Wait a minute and try again."
        )
    if error.code == 404:
        return gettext("Not found"), gettext("There is nothing at this address, or it has moved.")
    if error.code == 405:
        return gettext("Not here"), gettext(
            "This address cannot be used this way. Go back and use the buttons."
        )
    return gettext("Not understood"), gettext("The request could not be understood. Go back and try again.")


def _database_away(error: OperationalError) -> Response:
    if not store_is_away(error):
        # Something is wrong with the statement or the tables: coming back later will not help.
        return _surprise(error)
    reason = " ".join(str(error.orig).split())
    if code_of(error) in NOT_WRITTEN:
        return _not_written(reason)
    current_app.logger.error("The database does not answer %s %s: %s", request.method, request.path, reason)
    # Before any text: its language would be asked of the account.
    _do_without_the_database()
    return _later(
        gettext("One moment"),
        gettext("The database does not answer at the moment. Nothing was lost; try again in a few seconds."),
    )


def _folder_refuses(error: OSError) -> Response:
    if error.errno not in NO_ROOM:
        return _surprise(error)
    return _not_written(str(error))


def _not_written(reason: str) -> Response:
    current_app.logger.error("Nothing can be stored by %s %s: %s", request.method, request.path, reason)
    _do_without_the_database()
    return _later(
        gettext("This could not be stored"),
        gettext(
            "The server has no room left, or may not write. What you sent was not stored; what was stored before is "
            "safe. Please tell whoever looks after the server, and try again later."
        ),
    )


def _do_without_the_database() -> None:
    close_read_session()
    forget_visitor()


def _later(title: str, message: str) -> Response:
    by_script = (
        _at_the_door() or wants_json() or "HX-Request" in request.headers or "Rasoat-Form" in request.headers
    )
    # A script has kept the page; without one what was typed would be gone.
    keeps = kept.may_keep() and not by_script
    response = kept.ask_to_send_later(title, message) if keeps else answer(503, title, message)
    response.headers["Retry-After"] = RETRY_SECONDS
    return response


def _surprise(error: BaseException, message: str | None = None) -> Response:
    """Log what nobody expected, and say so without details."""
    if current_app.testing and current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    reference = secrets.token_hex(4).upper()
    current_app.logger.error("Reference %s: %s %s", reference, request.method, request.path, exc_info=error)
    _do_without_the_database()
    text = message or gettext("Something went wrong on our side. Nothing you did before is lost.")
    return answer(500, gettext("Something went wrong"), text, reference=reference)

"""Logging in and out, going on with an ended session in place, and the language."""

from datetime import timedelta

from flask import Blueprint, Response, jsonify, redirect, render_template, request, session, url_for
from flask_babel import gettext, refresh
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as AnyResponse

from models.person import Account
from web import addresses, typed
from web.access import access, public, signed_in
from web.composition import composition
from web.errors import status_of
from web.i18n import ASKED, CHOSEN, LANGUAGES
from web.identity import account_to_go_on, sign_in, sign_in_again, sign_out, signed_in_account
from web.request_work import current_account, read_session, request_work
from web.security import limiter, login_limit
from web.wording import say
from web.work import kept
from workflows.commands.administration import accounts
from workflows.commands.administration.accounts import Language, LockRule
from workflows.errors import LoginWrong, Refusal
from workflows.queries.administration.people import is_anybody_there
from workflows.queries.demonstration import demonstration_of

bp = Blueprint("login", __name__)


@bp.get("/login")
@access(public)
def show() -> AnyResponse | str:
    """Show the login page; whoever is logged in goes where they wanted to go."""
    if signed_in_account() is not None:
        return redirect(addresses.safe(request.args.get("next")) or addresses.home())
    return _page()


@bp.post("/login")
@limiter.limit(login_limit)
@access(public)
def enter() -> AnyResponse | tuple[str, int]:
    """Log in and go on to the page that was asked for."""
    account = _attempt(typed.tidy(request.form.get("login", ""))[:80])
    if isinstance(account, Refusal):
        return _page(message=say(account)), status_of(type(account))
    asked = session.get(ASKED)
    if asked in LANGUAGES and asked != account.locale:
        with request_work() as work:
            accounts.choose_language(work, account_id=account.id, language=Language(asked))
    sign_in(account)
    return redirect(addresses.safe(request.form.get("next")) or url_for("frame.home"), 303)


@bp.post("/login/again")
@limiter.limit(login_limit)
@access(public)
def again() -> AnyResponse:
    """Take the password of an ended session and let the open page go on."""
    refusal = _go_on()
    if refusal is not None:
        answer = jsonify(message=say(refusal), csrf_token=generate_csrf())
        # Not 401: the page would ask for the password once more, in a second dialog.
        answer.status_code = 422
        return answer
    return jsonify(csrf_token=generate_csrf())


@bp.post("/login/resume")
@limiter.limit(login_limit)
@access(public)
def resume() -> Response:
    """The same without scripts: the fields of the form travel along and are offered for sending."""
    action = addresses.safe(request.form.get("action")) or url_for("frame.home")
    refusal = _go_on()
    if refusal is not None:
        return kept.ask_once_more(action, _login_name(), say(refusal))
    return kept.show_carried(action)


@bp.post("/logout")
@access(public)
def leave() -> AnyResponse:
    """Log out; the language stays."""
    account = signed_in_account()
    sign_out()
    if account is not None:
        session[CHOSEN] = account.locale
    return redirect(url_for("login.show"), 303)


@bp.post("/language")
@access(signed_in)
def choose_language() -> AnyResponse:
    """Keep the chosen language with the account."""
    chosen = typed.choice("language", tuple(LANGUAGES), current_account().locale)
    with request_work() as work:
        accounts.choose_language(work, account_id=current_account().id, language=Language(chosen))
    refresh()  # type: ignore[no-untyped-call]
    return redirect(addresses.safe(request.form.get("next")) or addresses.back() or addresses.home(), 303)


def lock_rule() -> LockRule:
    """Give after how many wrong passwords an account is locked, and for how long, as the operator set it."""
    config = composition().config
    return LockRule(failures=config.failures_before_lock, lasts=timedelta(minutes=config.lock_minutes))


def _attempt(login: str) -> Account | Refusal:
    passwords = composition().passwords
    attempt = accounts.try_password(read_session(), passwords, login, request.form.get("password", ""))
    with request_work() as work:
        return accounts.log_in(work, attempt, lock_rule())


def _go_on() -> Refusal | None:
    """Log the same person in again; somebody else may not go on with this one's pages."""
    account = _attempt(_login_name())
    if isinstance(account, Refusal):
        return account
    if account_to_go_on() not in (None, account.id):
        return LoginWrong()
    sign_in_again(account)
    return None


def _login_name() -> str:
    return typed.tidy(request.form.get("login", ""))[:80]


def _page(message: str | None = None) -> str:
    reading = read_session()
    demonstration = demonstration_of(reading) if composition().is_demonstration else None
    next_address = addresses.safe(request.values.get("next"))
    return render_template(
        "login.html",
        message=message,
        login=request.form.get("login", ""),
        next=next_address,
        demonstration=demonstration,
        is_empty=demonstration is None and not is_anybody_there(reading),
        title=gettext("Log in"),
    )

"""Who is signed in: the cookie session, its two limits, and the account behind it.

The cookie is signed, not secret: it holds the account's number, two instants and a mark of the password hash, so
that a changed password ends every session. An idle session loses its person but keeps its CSRF token: the page
that is still open asks for the password in place and goes on.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import Flask, g, request, session
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user, login_user, logout_user

from models.person import Account
from web.composition import composition

# The cookie is written again only when this much time has passed.
SEEN_STEP = timedelta(seconds=60)
STARTED, SEEN, MARK, LAST_ACCOUNT = "started", "seen", "mark", "last"

login_manager = LoginManager()


class SignedIn(UserMixin):
    """What Flask-Login calls the user."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        return str(self.account.id)


def signed_in_account() -> Account | None:
    """Give the account of this request, or None for a visitor."""
    return current_user.account if current_user.is_authenticated else None


def sign_in(account: Account) -> None:
    """Start a session for the account; whatever the visitor's session held before is forgotten."""
    session.clear()
    _begin(account)


def sign_in_again(account: Account) -> None:
    """Go on with an ended session of the same account: forms on open pages keep their tokens."""
    _begin(account)


def sign_out() -> None:
    """End the session."""
    logout_user()
    session.clear()


def forget_visitor() -> None:
    """Treat the rest of this request as a visitor's: a page about an error must not need the database."""
    g._login_user = AnonymousUserMixin()


def account_to_go_on() -> int | None:
    """Give whose session ended on this browser, so that only they may go on with its pages."""
    last = session.get(LAST_ACCOUNT)
    return last if isinstance(last, int) else None


def _begin(account: Account) -> None:
    present = composition().system_clock.now()
    login_user(SignedIn(account))
    session[LAST_ACCOUNT] = account.id
    session[MARK] = _mark(account)
    session[STARTED] = session[SEEN] = int(present.timestamp())


def _mark(account: Account) -> str:
    return sha256(account.password_hash.encode()).hexdigest()[:16]


@login_manager.user_loader
def _load(user_id: str) -> SignedIn | None:
    if not user_id.isdecimal() or not _within_limits():
        return None
    with composition().read_sessions() as reading:
        account = reading.get(Account, int(user_id))
    if account is None or not account.is_active or session.get(MARK) != _mark(account):
        return None
    return SignedIn(account)


def _within_limits() -> bool:
    config = composition().config
    present = composition().system_clock.now()
    started, seen = _instant(STARTED), _instant(SEEN)
    if started is None or seen is None:
        return False
    return present - started < timedelta(hours=config.absolute_hours) and present - seen < timedelta(
        minutes=config.idle_minutes
    )


def _instant(name: str) -> datetime | None:
    seconds = session.get(name)
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None


def _note_presence() -> None:
    # Files of the product belong to nobody: the page about a database that is away keeps its looks.
    if request.endpoint == "static":
        return
    # A page that asks by itself (number on the bell) must not keep an abandoned session alive.
    if "Rasoat-Background" in request.headers or not current_user.is_authenticated:
        return
    present = composition().system_clock.now()
    seen = _instant(SEEN)
    if seen is None or present - seen >= SEEN_STEP:
        session[SEEN] = int(present.timestamp())


def install(app: Flask) -> None:
    """Wire Flask-Login; what happens to visitors without rights is decided by `web.access`."""
    login_manager.init_app(app)
    # Sessions are held together by the mark; an address that changes with the phone network must not end them.
    login_manager.session_protection = None
    app.before_request(_note_presence)

    @app.context_processor
    def who() -> dict[str, Any]:
        account = signed_in_account()
        return {"account": account, "me": account.person if account else None}

"""Keeps what somebody typed when a form cannot be taken: too late, with an old token, or while nothing can be stored.

The fields travel in the answer and back; they are offered only when the form was sent from one of our own pages,
so that no other site can put words into anybody's mouth.
"""

from urllib.parse import urlsplit

from flask import Response, make_response, render_template, request

from models.person import Account
from web import addresses
from web.request_work import read_session

PREFIX = "kept."
NOT_KEPT = frozenset({"csrf_token", "password", "password_again", "current_password"})


def may_keep() -> bool:
    """Tell whether this is a form from one of our own pages."""
    if request.method != "POST" or not request.form:
        return False
    origin = request.headers.get("Origin")
    if origin is None or origin == "null":
        return request.headers.get("Sec-Fetch-Site") == "same-origin"
    return urlsplit(origin).netloc == request.host


def ask_to_send_again() -> Response:
    """Show what was typed with a button that sends it with a fresh token."""
    return _page("errors/again.html", addresses.here(), _fields(""), 400)


def ask_to_send_later(title: str, message: str) -> Response:
    """Show what could not be stored with a button that sends the same form again."""
    return _page("errors/again.html", addresses.here(), _fields(""), 503, title=title, message=message)


def ask_for_password(account_id: int | None) -> Response:
    """Ask whose session ended for the password, and carry the fields along."""
    account = read_session().get(Account, account_id) if account_id else None
    return _page(
        "errors/ended.html", addresses.here(), _fields(PREFIX), 401, login=account.login if account else ""
    )


def show_carried(action: str) -> Response:
    """Show what was carried through the login with a button that sends it on."""
    return _page("errors/again.html", action, carried(), 200)


def ask_once_more(action: str, login: str, message: str) -> Response:
    """Ask for the password again; the fields stay."""
    fields = [(PREFIX + name, value) for name, value in carried()]
    return _page("errors/ended.html", action, fields, 401, login=login, message=message)


def carried() -> list[tuple[str, str]]:
    """Give the fields that a form carried through the login."""
    return [(name.removeprefix(PREFIX), value) for name, value in _posted() if name.startswith(PREFIX)]


def _fields(prefix: str) -> list[tuple[str, str]]:
    return [(prefix + name, value) for name, value in _posted() if name not in NOT_KEPT]


def _posted() -> list[tuple[str, str]]:
    return [(name, value) for name, values in request.form.lists() for value in values]


def _page(template: str, action: str, fields: list[tuple[str, str]], status: int, **more: str) -> Response:
    lost_files = any(file.filename for file in request.files.values())
    page = render_template(
        template, action=action, fields=fields, lost_files=lost_files, prefix=PREFIX, **more
    )
    response = make_response(page)
    response.status_code = status
    return response

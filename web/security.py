"""Headers that keep the browser on our side, limits on what a request may be, and the limiter of logins."""

from typing import Any

from flask import Flask, Response, abort, current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from web.composition import composition
from web.config import Config

LARGEST_ID = 2**63 - 1
# A drawing is typed into a text field.
FORM_MEMORY = 4 * 1024 * 1024
# Pages with a field for a file answer beside that field when it is too large, with all else that was typed; for that
# they must read it. What is larger still was turned away by the browser, or is refused without being read.
WITH_FILES = frozenset({"tasks", "attachments", "class_page", "grades_page", "procedures", "studio"})
ROOM_FOR_TOO_LARGE = 4
# A class of 45 pupils on one page.
FORM_PARTS = 5_000

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=False)


class Identifier(IntegerConverter):
    """`<int:…>` in a route: what no 64-bit id can be is an address that does not exist."""

    def __init__(self, map: Any, *args: Any, **options: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST_ID, **options})


def login_limit() -> str:
    """Give how often one address may try to log in."""
    return f"{composition().config.logins_per_minute} per minute"


def allow_inline_styles() -> None:
    """Let this page's scripts set styles: the drawing tool cannot do without."""
    g.inline_styles = True


def settings_of(config: Config) -> dict[str, Any]:
    """Give Flask's settings that have to do with safety."""
    return {
        "SECRET_KEY": config.secret_key,
        "SESSION_COOKIE_NAME": "rasoat",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.https,
        "MAX_CONTENT_LENGTH": config.upload_megabytes * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": FORM_MEMORY,
        "MAX_FORM_PARTS": FORM_PARTS,
        # The token lives as long as the session it belongs to.
        "WTF_CSRF_TIME_LIMIT": None,
    }


def install(app: Flask, config: Config) -> None:
    """Wire the headers, the limits and, when told how many, the proxies in front of us."""
    app.url_map.converters["int"] = Identifier
    limiter.init_app(app)
    app.before_request(_make_room)
    app.before_request(_refuse_nul)
    app.after_request(_add_headers)
    if config.trusted_proxies:
        count = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def _make_room() -> None:
    if request.blueprint in WITH_FILES:
        request.max_content_length = ROOM_FOR_TOO_LARGE * current_app.config["MAX_CONTENT_LENGTH"]


def _refuse_nul() -> None:
    # No database column takes it and nobody types it.
    texts = [request.path, *request.args.values()]
    if request.method == "POST":
        texts += request.form.values()
    if any("\0" in text for text in texts):
        abort(400)


def _add_headers(response: Response) -> Response:
    policy = dict(POLICY)
    if g.get("inline_styles"):
        policy["style-src"] += " 'unsafe-inline'"
    headers = response.headers
    headers.setdefault(
        "Content-Security-Policy", "; ".join(f"{name} {value}" for name, value in policy.items())
    )
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static" and current_user.is_authenticated:
        # Pages with personal data must not stay on a shared computer.
        headers.setdefault("Cache-Control", "no-store")
    return response

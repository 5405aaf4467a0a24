"""The frame round every page: tabs, bell, unit and contacts, languages; and the address `/`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, current_app, g, redirect, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse

from web.access import Rule, access, administrator, follower, has_start_password, may_visit, signed_in
from web.composition import composition
from web.identity import signed_in_account
from web.request_work import current_actor, read_session, today, waiting
from workflows.queries.frame import Surroundings, surroundings_of, unread_notices
from workflows.queries.operating.incidents import open_incidents
from workflows.queries.work.inbox_list import InboxFilter

bp = Blueprint("frame", __name__)
STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of the frame; `count` gives the number beside its label."""

    endpoint: str
    label: Any
    shown_to: Rule
    count: Callable[[], int] | None = None


def _open_tasks() -> int:
    return waiting(InboxFilter()).total


TABS = (
    Tab("inbox.show", _l("To do"), signed_in, count=_open_tasks),
    Tab("submitted.show", _l("Submitted by me"), signed_in),
    Tab("progress.show", _l("Following"), follower),
    Tab("done.show", _l("Done"), signed_in),
    Tab("procedures.index", _l("Administration"), administrator),
)


@bp.get("/")
@access(signed_in)
def home() -> AnyResponse:
    """Lead to the first tab."""
    tabs = _tabs()
    return redirect(url_for(tabs[0].endpoint if tabs else "notices.show"))


def _tabs() -> list[Tab]:
    if has_start_password():
        return []
    return [tab for tab in TABS if tab.endpoint in current_app.view_functions and may_visit(tab.shown_to)]


def _surroundings() -> Surroundings:
    if "surroundings" not in g:
        g.surroundings = surroundings_of(read_session(), current_actor(), today())
    facts: Surroundings = g.surroundings
    return facts


def _unread() -> int:
    account = signed_in_account()
    return unread_notices(read_session(), account.person_id) if account else 0


def _incidents_waiting() -> int:
    return open_incidents(read_session(), current_actor(), today())


@lru_cache(maxsize=64)
def _digest(path: Path, changed_at: float) -> str:
    return sha256(path.read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Give the address of a file in `web/static`, with its digest, so that browsers may keep it for ever."""
    path = STATIC / name
    mark = _digest(path, path.stat().st_mtime) if path.exists() else "missing"
    return url_for("static", filename=name, v=mark)


def install(app: Flask) -> None:
    """Give templates what the frame shows; read only when a page draws it."""
    app.register_blueprint(bp)
    app.jinja_env.globals.update(asset=asset, has_route=app.view_functions.__contains__)

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {
            "frame_tabs": _tabs,
            "frame_facts": _surroundings,
            "unread_notices": _unread,
            # Asked for by the administrator's pages only.
            "incidents_waiting": _incidents_waiting,
            "demo": composition().is_demonstration,
        }

"""For whoever watches the processes: whether this one answers, and the database behind it. Nothing else is told."""

from flask import Blueprint, Response
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from models.calendar import Setting
from web.access import access, public
from web.request_work import read_session

bp = Blueprint("health", __name__)


@bp.get("/health")
@access(public)
def show() -> Response:
    """Say "ok" when the database answers with our tables in it, else 503."""
    try:
        read_session().execute(select(Setting.key).limit(1))
    except DBAPIError:
        # Told by the answer: a log that says it every few seconds would hide what else is wrong.
        return _plain("no database\n", 503)
    return _plain("ok\n", 200)


def _plain(text: str, status: int) -> Response:
    return Response(text, status, {"Cache-Control": "no-store"}, mimetype="text/plain")

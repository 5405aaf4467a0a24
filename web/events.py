"""The door for other programs: messages and signals to running procedures, as JSON, with a token instead of a login."""

from functools import partial
from hmac import compare_digest
from typing import Any

from flask import Blueprint, abort, request
from flask_babel import gettext

from web.access import access, public
from web.composition import composition
from web.errors import status_of
from web.security import csrf, limiter
from web.wording import say
from workflows.commands.running import sending
from workflows.errors.events import EventRefused
from workflows.unit_of_work import UnitOfWork, do_work

bp = Blueprint("events", __name__)

AT_MOST = "600 per minute"
FIELDS = {"message": str, "signal": str, "values": dict, "correlation": dict, "instance": int}

Answer = tuple[dict[str, Any], int]


@bp.post("/events")
@csrf.exempt
@limiter.limit(AT_MOST)
@access(public)
def take() -> Answer:
    """Take `{"message" | "signal": name, "values": {…}, "correlation": {…}, "instance": id}`.

    Who sends shows the token of `RASOAT_EVENT_TOKEN`; without that setting there is no door. The same
    `Idempotency-Key` twice has one effect. Values that the event does not take are named in the answer to a message.
    """
    if not _shows_token():
        return {"error": gettext("Show the token: Authorization: Bearer …")}, 401
    given, key = _given(), request.headers.get("Idempotency-Key", "")
    problem = _problem(given)
    if problem:
        return {"error": problem}, 400
    try:
        receipt = _send(given, key or None)
    except EventRefused as refusal:
        return {"error": say(refusal)}, status_of(type(refusal))
    if "signal" in given:
        return {"reached": receipt.reached, "repeated": receipt.repeated}, 200
    return {
        "delivered_to": receipt.instance_id,
        "kept": receipt.instance_id is None,
        "repeated": receipt.repeated,
        "ignored": list(receipt.ignored),
        "why": receipt.why or None,
    }, 200


def _given() -> Any:
    try:
        return request.get_json(silent=True)
    except RecursionError:
        # Lists within lists without end.
        return None


def _send(given: dict[str, Any], key: str | None) -> sending.Receipt:
    parts = composition()
    do = partial(do_work, parts.sessions, parts.engine, parts.clock)
    if "signal" in given:
        return do(
            lambda work: sending.send_signal(work, given["signal"], given.get("values"), request_key=key)
        )

    def send(work: UnitOfWork, *, later: bool = False) -> sending.Receipt:
        return sending.send_message(
            work,
            given["message"],
            given.get("values"),
            correlation=given.get("correlation"),
            instance_id=given.get("instance"),
            request_key=key,
            later=later,
        )

    return sending.at_once_or_later(do, send)


def _shows_token() -> bool:
    token = composition().config.event_token
    if not token:
        abort(404)
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and compare_digest(shown.strip().encode(), token.encode())


def _problem(given: Any) -> str:
    if not isinstance(given, dict):
        return gettext("Send one JSON object.")
    if ("message" in given) == ("signal" in given):
        return gettext("Name either a message or a signal.")
    for name, value in given.items():
        kind = FIELDS.get(name)
        if kind is None or not isinstance(value, kind) or isinstance(value, bool):
            return gettext("The field %(name)s is unknown or not of its kind.", name=name[:40])
    if "signal" in given and ("correlation" in given or "instance" in given):
        return gettext("A signal goes to everybody: leave out correlation and instance.")
    return ""

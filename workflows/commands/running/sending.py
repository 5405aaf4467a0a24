"""Messages and signals from outside the procedures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from sqlalchemy import select

from models.event import EventKind, EventState, SentEvent
from models.instance import InstanceState, ProcessInstance
from workflows.commands.running import moves, routing
from workflows.engine import correlation_key
from workflows.errors import InstanceStuck
from workflows.errors.events import (
    CorrelationTooLong,
    EventRefused,
    NotStorable,
    ReceiverGone,
    RequestKeyTaken,
    RequestKeyTooLong,
)
from workflows.errors.operating import NamedNobody
from workflows.unit_of_work import UnitOfWork

NAME_LENGTH = 200
KEY_LENGTH = 64
LARGEST_ID = 2**63 - 1
# What an event may bring: names of variables with plain values.
PLAIN = (str, int, float, bool, type(None), list, dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message or signal; `instance_id` took the message, `reached` instances were told the signal.

    `ignored` names the values of a message that its event does not take. `why` says of a message that is kept why
    nobody took it: "nobody_waits", "held" by an operator, "correlation" (who waits, waits for another), "not_taken".
    """

    sent_id: int
    instance_id: int | None
    reached: int
    repeated: bool = False
    ignored: tuple[str, ...] = ()
    why: str = ""


def at_once_or_later(
    do: Callable[[Callable[[UnitOfWork], Receipt]], Receipt], send: Callable[..., Receipt]
) -> Receipt:
    """Send a message in a unit of work (`do`); where its run cannot take it, leave it to the worker in another one.

    Nothing of the first stands then. What the worker cannot bring either becomes an incident of the run.
    """
    try:
        return do(send)
    except (InstanceStuck, NamedNobody):
        return do(partial(send, later=True))


def send_message(
    work: UnitOfWork,
    name: str,
    values: Mapping[str, Any] | None = None,
    *,
    correlation: Mapping[str, Any] | None = None,
    instance_id: int | None = None,
    request_key: str | None = None,
    later: bool = False,
) -> Receipt:
    """Give a message to the one who waits for it longest and whom the correlation fits; else keep it for 30 days.

    With `instance_id` only that run takes it, with `later` the worker brings it. The same request key a second time has
    no effect and gives the first receipt. Refuses with EventRefused what cannot be meant or stored, runs that are not
    there or over (ReceiverGone), and a request key that came before with something else (RequestKeyTaken).
    """
    brings, by = _checked(name, values), _checked(name, correlation)
    try:
        correlation_key(by)
    except ValueError as error:
        raise CorrelationTooLong from error
    meant = {"values": brings, "correlation": by}
    if (first := _sent_before(work, request_key, EventKind.MESSAGE, name, meant)) is not None:
        return first
    if instance_id is not None:
        _require_underway(work, instance_id)
    taker = None if later else routing.taker_of(work, name, by, instance_id)
    taken_by = taker.run.id if taker is not None else None
    sent_id = routing.keep(
        work,
        name,
        by,
        brings,
        due_at=work.now if later else work.now + routing.SECOND_LOOK,
        taken_by=taken_by,
        meant_for=instance_id,
        request_key=request_key,
    )
    if taker is None:
        why = "not_taken" if later else routing.why_not_taken(work, name, by, instance_id)
        return Receipt(sent_id, None, 0, why=why)
    ignored = moves.deliver(work, taker.run, taker.token, brings)
    if ignored:
        sent = work.session.get_one(SentEvent, sent_id)
        sent.brings = {**sent.brings, "ignored": list(ignored)}
    return Receipt(sent_id, taken_by, 0, ignored=ignored)


def send_signal(
    work: UnitOfWork, name: str, values: Mapping[str, Any] | None = None, *, request_key: str | None = None
) -> Receipt:
    """Send a signal to everyone who waits for it now; the worker brings it to each in a transaction of its own.

    The same request key a second time has no effect. Refuses with EventRefused what cannot be meant or stored, and a
    request key that came before with something else (RequestKeyTaken).
    """
    brings = _checked(name, values)
    meant = {"values": brings}
    if (first := _sent_before(work, request_key, EventKind.SIGNAL, name, meant)) is not None:
        return first
    reached = routing.spread(work, name, brings)
    sent = SentEvent(
        kind=EventKind.SIGNAL,
        name=name,
        brings={"values": brings, "reached": reached},
        state=EventState.DELIVERED,
        sent_at=work.now,
        due_at=work.now,
        request_key=request_key,
    )
    work.session.add(sent)
    work.session.flush()
    return Receipt(sent.id, None, reached)


def _checked(name: str, values: Mapping[str, Any] | None) -> dict[str, Any]:
    if not name.strip() or len(name) > NAME_LENGTH:
        raise EventRefused
    found = dict(values or {})
    if not all(isinstance(key, str) and isinstance(value, PLAIN) for key, value in found.items()):
        raise EventRefused
    if not _comes_back([name, found]):
        raise NotStorable
    return found


def _comes_back(given: object) -> bool:
    """Tell whether a value is the same after it was stored: half a sign, too large a number or no number is not.

    Nor is NUL, which a database refuses as soon as the value is stored as a text of its own.
    """
    try:
        stored = orjson.dumps(given)
        return rb"\u0000" not in stored.replace(rb"\\", b"") and bool(orjson.loads(stored) == given)
    except (TypeError, ValueError):
        return False


def _require_underway(work: UnitOfWork, instance_id: int) -> None:
    state = None
    if 0 < instance_id <= LARGEST_ID:
        state = work.session.scalar(select(ProcessInstance.state).where(ProcessInstance.id == instance_id))
    if state in (None, InstanceState.FINISHED, InstanceState.CANCELLED):
        raise ReceiverGone(number=str(instance_id)[:20])


def _sent_before(
    work: UnitOfWork, request_key: str | None, kind: EventKind, name: str, meant: Mapping[str, Any]
) -> Receipt | None:
    if request_key is None:
        return None
    if len(request_key) > KEY_LENGTH:
        raise RequestKeyTooLong(most=KEY_LENGTH)
    first = work.session.scalar(select(SentEvent).where(SentEvent.request_key == request_key))
    if first is None:
        return None
    brings = first.brings
    if (first.kind, first.name) != (kind, name) or any(brings.get(key) != meant[key] for key in meant):
        raise RequestKeyTaken
    taken_by = first.instance_id if first.state is EventState.DELIVERED else None
    ignored = tuple(brings.get("ignored", ()))
    return Receipt(first.id, taken_by, brings.get("reached", 0), repeated=True, ignored=ignored)

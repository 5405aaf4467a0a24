"""Messages and signals from outside the procedures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from models.event import EventKind, EventState, SentEvent
from workflows.commands.running import moves, routing
from workflows.errors import EventRefused
from workflows.unit_of_work import UnitOfWork

NAME_LENGTH = 200
# What an event may bring: names of variables with plain values.
PLAIN = (str, int, float, bool, type(None), list, dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message or signal; `instance_id` took the message, `reached` instances were told the signal.

    `ignored` names the values of a message that its event does not take.
    """

    sent_id: int
    instance_id: int | None
    reached: int
    repeated: bool = False
    ignored: tuple[str, ...] = ()


def send_message(
    work: UnitOfWork,
    name: str,
    values: Mapping[str, Any] | None = None,
    *,
    correlation: Mapping[str, Any] | None = None,
    instance_id: int | None = None,
    request_key: str | None = None,
) -> Receipt:
    """Give a message to the one who waits for it longest and whom the correlation fits; else keep it for 30 days.

    The same request key a second time has no effect and gives the first receipt. Refuses with EventRefused names and
    values that cannot be meant.
    """
    brings, by = _checked(name, values), _checked(name, correlation)
    if (first := _sent_before(work, request_key)) is not None:
        return first
    taker = routing.taker_of(work, name, by, instance_id)
    taken_by = taker.run.id if taker is not None else None
    sent_id = routing.keep(work, name, by, brings, taken_by=taken_by, request_key=request_key)
    ignored: tuple[str, ...] = ()
    if taker is not None and (ignored := moves.deliver(work, taker.run, taker.token, brings)):
        sent = work.session.get_one(SentEvent, sent_id)
        sent.brings = {**sent.brings, "ignored": list(ignored)}
    return Receipt(sent_id, taken_by, 0, ignored=ignored)


def send_signal(
    work: UnitOfWork, name: str, values: Mapping[str, Any] | None = None, *, request_key: str | None = None
) -> Receipt:
    """Send a signal to everyone who waits for it now; the worker brings it to each in a transaction of its own.

    The same request key a second time has no effect. Refuses with EventRefused names and values that cannot be meant.
    """
    brings = _checked(name, values)
    if (first := _sent_before(work, request_key)) is not None:
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
    return found


def _sent_before(work: UnitOfWork, request_key: str | None) -> Receipt | None:
    if request_key is None:
        return None
    first = work.session.scalar(select(SentEvent).where(SentEvent.request_key == request_key))
    if first is None:
        return None
    brings = first.brings
    ignored = tuple(brings.get("ignored", ()))
    return Receipt(first.id, first.instance_id, brings.get("reached", 0), repeated=True, ignored=ignored)

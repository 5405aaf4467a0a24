"""Refusals of messages and signals from outside; one base with `workflows.errors`."""

from workflows.errors import Refusal


class EventRefused(Refusal):
    """A message or signal has a name of at most 200 signs and brings plain values by name."""


class NotStorable(EventRefused):
    """Something in it cannot be stored: half a sign or NUL, a number beyond 64 bits, or lists too deep within lists."""


class CorrelationTooLong(EventRefused):
    """The values of a correlation have at most 400 signs together."""


class ReceiverGone(EventRefused):
    """The run %(number)s does not exist or has ended: it cannot take a message."""


class RequestKeyTooLong(EventRefused):
    """A key (Idempotency-Key, --key) has at most %(most)d signs."""


class RequestKeyTaken(EventRefused):
    """This key came before with another message or signal. Nothing was done; send it with a key of its own."""

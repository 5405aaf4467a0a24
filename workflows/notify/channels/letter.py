"""What a channel carries, and what it answers; knows neither the outbox nor any way of sending."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One plain text to one person. `key` is the same whenever the same letter is tried again."""

    key: str
    to: str
    subject: str
    body: str
    locale: str
    written_at: datetime


class NotDelivered(Exception):
    """A letter was not delivered. Trying again may help unless `final`."""

    def __init__(self, note: str, *, final: bool = False, unreachable: bool = False) -> None:
        """Say why. `unreachable`: no letter would get through at present, so the others need not be tried."""
        super().__init__(note)
        self.note = note
        self.final = final
        self.unreachable = unreachable


Deliver = Callable[[Letter], None]


class Channel(Protocol):
    """A way for letters."""

    def open(self) -> AbstractContextManager[Deliver]:
        """Give a function that delivers a letter or raises NotDelivered; it may keep a connection meanwhile."""
        ...

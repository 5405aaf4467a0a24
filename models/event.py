"""Messages and signals: what running procedures wait for, and what was sent to them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import BigId, Instant, Ref, Variables, choice

_UNDERWAY = "state = 'underway'"


class EventKind(StrEnum):
    # For one who waits for it; kept until somebody does.
    MESSAGE = "message"
    # For all who wait for it now.
    SIGNAL = "signal"


class EventState(StrEnum):
    # A message nobody waits for yet, a signal on its way to one instance.
    UNDERWAY = "underway"
    DELIVERED = "delivered"
    # Could not be taken in three tries; an incident tells why.
    FAILED = "failed"
    # Nobody waited for it in time, or any more.
    DROPPED = "dropped"


class AwaitedEvent(Base):
    """One token of an instance that waits for a message or signal."""

    __tablename__ = "awaited_event"
    __table_args__ = (
        Index("uq_awaited_event_token", "instance_id", "token", unique=True),
        # Who waits for what, the longest waiting first.
        Index("ix_awaited_event_name", "name", "kind", "correlation", "id"),
    )

    id: Mapped[BigId]
    instance_id: Mapped[Ref] = mapped_column(ForeignKey("process_instance.id"))
    token: Mapped[str] = mapped_column(String(40))
    element_id: Mapped[str] = mapped_column(String(120))
    kind: Mapped[EventKind] = mapped_column(choice(EventKind))
    name: Mapped[str] = mapped_column(String(200))
    # What a message must bring along (`workflows.engine.snapshot.correlation_key`); empty: any.
    correlation: Mapped[str] = mapped_column(String(400), default="")


class SentEvent(Base):
    """A message, or a signal to one instance; the row stays as evidence and makes a repeated request known."""

    __tablename__ = "sent_event"
    __table_args__ = (
        Index("uq_sent_event_request_key", "request_key", unique=True),
        # Kept messages, for whoever begins to wait.
        Index(
            "ix_sent_event_name",
            "name",
            "correlation",
            "id",
            sqlite_where=text(_UNDERWAY),
            postgresql_where=text(_UNDERWAY),
        ),
        Index("ix_sent_event_due", "due_at", sqlite_where=text(_UNDERWAY), postgresql_where=text(_UNDERWAY)),
    )

    id: Mapped[BigId]
    kind: Mapped[EventKind] = mapped_column(choice(EventKind))
    name: Mapped[str] = mapped_column(String(200))
    correlation: Mapped[str] = mapped_column(String(400), default="")
    brings: Mapped[dict[str, Any]] = mapped_column(Variables, default=dict)
    state: Mapped[EventState] = mapped_column(choice(EventState))
    sent_at: Mapped[datetime] = mapped_column(Instant)
    # The worker looks at it then: at once what an instance threw; a kept message a minute later, when somebody may wait
    # for it anew, and when it has been kept long enough.
    due_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    # To whom it goes or went; None for a message that nobody has taken yet and that was meant for no one run.
    instance_id: Mapped[Ref | None]
    # The instance that threw it; None: it came from outside.
    thrown_by_id: Mapped[Ref | None]
    request_key: Mapped[str | None] = mapped_column(String(64))

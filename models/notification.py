"""The outbox: notices to people, shown in the product and mailed after the transaction that caused them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.campaign import Campaign
from models.person import Person
from models.task import Task
from models.types import BigId, Instant, Ref, choice


class Message(StrEnum):
    """What a notice says; one template each."""

    TASK_OPENED = "task_opened"
    TASK_RETURNED = "task_returned"
    TASK_COMPLETED = "task_completed"
    TASK_HANDED_OVER = "task_handed_over"
    TASK_WITHDRAWN = "task_withdrawn"
    # What had stopped somebody's act was mended: they can try again.
    TASK_MENDED = "task_mended"
    TASK_DUE_SOON = "task_due_soon"
    TASK_OVERDUE = "task_overdue"
    TASK_ESCALATED = "task_escalated"
    URGED = "urged"
    DEADLINE_EXTENDED = "deadline_extended"
    COMMENTED = "commented"
    ACCESS_CHANGED = "access_changed"
    # A run cannot go on; told to the administrators of its department.
    INCIDENT_OPENED = "incident_opened"
    # An administrator ended a review; told to the head of its unit and its officer.
    RUN_CANCELLED = "run_cancelled"
    # The one mail a morning; counts are made when it is sent.
    MORNING_DIGEST = "morning_digest"


class MailState(StrEnum):
    # Goes into the next morning's digest.
    DIGEST = "digest"
    # A digest told of it (a row of its own), or the person read it here first.
    GATHERED = "gathered"
    # To be sent on its own, now or at `mail_due_at`.
    WAITING = "waiting"
    # Handed to the mail server; if the process dies here nobody knows, so it is never sent again.
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    # Nothing to send: the person has no address, or a digest had nothing left to tell.
    NONE = "none"


class Notification(Base):
    __tablename__ = "notification"
    __table_args__ = (
        # The person's list and the number on the bell.
        Index("ix_notification_person", "person_id", "created_at", "id"),
        Index(
            "ix_notification_unread",
            "person_id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
        # Mails to send now, and those whose sender died.
        Index(
            "ix_notification_mail",
            "mail_state",
            "mail_due_at",
            sqlite_where=text("mail_state IN ('waiting', 'sending')"),
            postgresql_where=text("mail_state IN ('waiting', 'sending')"),
        ),
        # The next digest, person by person.
        Index(
            "ix_notification_digest",
            "person_id",
            sqlite_where=text("mail_state = 'digest'"),
            postgresql_where=text("mail_state = 'digest'"),
        ),
    )

    id: Mapped[BigId]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    message: Mapped[Message] = mapped_column(choice(Message))
    task_id: Mapped[Ref | None] = mapped_column(ForeignKey("task.id"))
    # No reference, as on tasks.
    campaign_id: Mapped[Ref | None]
    # What the template needs and the task cannot tell later: reason, who acted, due time.
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    mail_state: Mapped[MailState] = mapped_column(choice(MailState))
    # Waiting: not before then. Sending: after that, the sender is taken for dead.
    mail_due_at: Mapped[datetime | None] = mapped_column(Instant)
    mail_tries: Mapped[int] = mapped_column(default=0)
    # Why the last try failed, for the administrator.
    mail_note: Mapped[str] = mapped_column(String(300), default="")

    person: Mapped[Person] = relationship()
    task: Mapped[Task | None] = relationship()
    campaign: Mapped[Campaign | None] = relationship(
        primaryjoin="Campaign.id == foreign(Notification.campaign_id)"
    )

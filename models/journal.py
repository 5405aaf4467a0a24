"""What happened: append-only entries, the seals that chain them per unit, and looks at personal records."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.person import Person
from models.types import BigId, Instant, Ref, choice


class JournalKind(StrEnum):
    CAMPAIGN_OPENED = "campaign_opened"
    CAMPAIGN_CLOSED = "campaign_closed"
    INSTANCE_STARTED = "instance_started"
    INSTANCE_FINISHED = "instance_finished"
    INSTANCE_CANCELLED = "instance_cancelled"
    INSTANCE_SUSPENDED = "instance_suspended"
    INSTANCE_RESUMED = "instance_resumed"
    # It goes on in another version of its procedure.
    INSTANCE_MIGRATED = "instance_migrated"
    TOKEN_MOVED = "token_moved"  # noqa: S105
    DATA_CORRECTED = "data_corrected"
    EVENT_DELIVERED = "event_delivered"
    TASK_CLAIMED = "task_claimed"
    TASK_RELEASED = "task_released"
    TASK_COMPLETED = "task_completed"
    TASK_WITHDRAWN = "task_withdrawn"
    TASK_HANDED_OVER = "task_handed_over"
    PUPILS_DECIDED = "pupils_decided"
    SUBJECT_APPROVED = "subject_approved"
    SUBJECT_RETURNED = "subject_returned"
    # Came to the school's own list; whether a campaign counts them is `subject_joined`.
    SUBJECT_ENROLLED = "subject_enrolled"
    SUBJECT_JOINED = "subject_joined"
    SUBJECT_LEFT = "subject_left"
    RECORD_CORRECTED = "record_corrected"
    GRADES_ENTERED = "grades_entered"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    URGED = "urged"
    TIMER_FIRED = "timer_fired"
    DEADLINE_EXTENDED = "deadline_extended"
    COMMENTED = "commented"
    FILE_ATTACHED = "file_attached"
    FILE_REMOVED = "file_removed"
    SIGNED = "signed"
    # A PDF was made from a signed document; another one replaces it when a signature has come or gone.
    DOCUMENT_PRINTED = "document_printed"
    APPOINTED = "appointed"
    APPOINTMENT_ENDED = "appointment_ended"
    REPORTING_LINE_MOVED = "reporting_line_moved"
    UNIT_ADDED = "unit_added"
    UNIT_CHANGED = "unit_changed"
    PERSON_ADDED = "person_added"
    PERSON_CHANGED = "person_changed"
    ACCOUNT_OPENED = "account_opened"
    # Somebody who may has given a start password for a forgotten one.
    PASSWORD_RESET = "password_reset"  # noqa: S105
    # The person has chosen one of their own.
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_REOPENED = "account_reopened"
    CLASS_ADDED = "class_added"
    HOMEROOM_TEACHER_CHANGED = "homeroom_teacher_changed"
    TEACHING_ASSIGNED = "teaching_assigned"
    TEACHING_ENDED = "teaching_ended"
    # Days off or days worked that a unit and those below it have of their own.
    LOCAL_DAYS_ADDED = "local_days_added"
    LOCAL_DAYS_REMOVED = "local_days_removed"
    PROCEDURE_PUBLISHED = "procedure_published"
    INCIDENT_OPENED = "incident_opened"
    INCIDENT_RESOLVED = "incident_resolved"
    # In a superior's journal: heads of the chains of units below it.
    JOURNAL_SEALED = "journal_sealed"


class JournalEntry(Base):
    __tablename__ = "journal_entry"
    __table_args__ = (
        Index("ix_journal_entry_instance", "instance_id", "id"),
        # Verifying walks a unit's entries in order.
        Index("ix_journal_entry_unit", "unit_id", "id"),
        # The heads of other units' chains that a unit keeps.
        Index(
            "ix_journal_entry_heads",
            "unit_id",
            "id",
            sqlite_where=text("kind = 'journal_sealed'"),
            postgresql_where=text("kind = 'journal_sealed'"),
        ),
        Index("ix_journal_entry_task", "task_id"),
        # How often and when a unit was urged, on the progress page.
        Index(
            "ix_journal_entry_urged",
            "campaign_id",
            "unit_id",
            "at",
            sqlite_where=text("kind = 'urged'"),
            postgresql_where=text("kind = 'urged'"),
        ),
    )

    id: Mapped[BigId]
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[JournalKind] = mapped_column(choice(JournalKind))
    unit_id: Mapped[Ref]
    campaign_id: Mapped[Ref | None]
    instance_id: Mapped[Ref | None]
    task_id: Mapped[Ref | None]
    # None: the clock acted (reminder, timer). Like all ids of an entry no reference: what it names is never deleted.
    actor_id: Mapped[Ref | None]
    # The accountable person for whom the actor acted (C2).
    on_behalf_of_id: Mapped[Ref | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # The key a form carries: the same POST twice has one effect.
    request_key: Mapped[str | None] = mapped_column(String(64), unique=True)

    actor: Mapped[Person | None] = relationship(primaryjoin="Person.id == foreign(JournalEntry.actor_id)")
    on_behalf_of: Mapped[Person | None] = relationship(
        primaryjoin="Person.id == foreign(JournalEntry.on_behalf_of_id)"
    )


class JournalSeal(Base):
    """A link of a unit's hash chain over a run of its entries; see `workflows.records.journal`."""

    __tablename__ = "journal_seal"
    __table_args__ = (UniqueConstraint("unit_id", "number", name="uq_journal_seal_unit_id_number"),)

    id: Mapped[BigId]
    unit_id: Mapped[Ref]
    number: Mapped[int]
    first_entry_id: Mapped[Ref]
    last_entry_id: Mapped[Ref]
    entries: Mapped[int]
    # SHA-256, hexadecimal, over the previous seal's digest and the entries' canonical form.
    digest: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(Instant)


class RecordAccess(Base):
    """One look at a person's record (C10)."""

    __tablename__ = "record_access"
    __table_args__ = (Index("ix_record_access_subject", "kind", "subject_id", "id"),)

    id: Mapped[BigId]
    at: Mapped[datetime] = mapped_column(Instant)
    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    # "staff", "pupil" or, for a page of all pupils, "class".
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[Ref]
    task_id: Mapped[Ref | None]

"""Steps that wait for somebody, and what people leave on them: drafts, comments, attachments."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.campaign import SubjectKind
from models.instance import ProcessInstance
from models.organisation import OrganisationUnit
from models.person import Person
from models.types import BigId, Instant, Ref, choice

_OPEN = "state = 'open'"
_UNCLAIMED = f"{_OPEN} AND assignee_id IS NULL"
_SENT_BACK = "returned_reason != ''"
_RETURNED = f"{_OPEN} AND {_SENT_BACK}"
_DONE = "completed_by_id IS NOT NULL"


class TaskState(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"
    # Not needed any more: the procedure went another way, or the act that opened it was taken back.
    WITHDRAWN = "withdrawn"


TASK_MOVES = {
    TaskState.OPEN: {TaskState.COMPLETED, TaskState.WITHDRAWN},
    TaskState.COMPLETED: {TaskState.OPEN},
}


class Task(Base):
    __tablename__ = "task"
    __table_args__ = (
        # The inbox of a person, in the order of due times.
        Index(
            "ix_task_assignee",
            "assignee_id",
            "due_at",
            "id",
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        # Tasks of a role nobody has claimed yet.
        Index(
            "ix_task_role",
            "role_unit_id",
            "role",
            "due_at",
            "id",
            sqlite_where=text(_UNCLAIMED),
            postgresql_where=text(_UNCLAIMED),
        ),
        # What came back within a day of an inbox: it stands before the new work.
        Index(
            "ix_task_assignee_returned",
            "assignee_id",
            "due_at",
            "id",
            sqlite_where=text(_RETURNED),
            postgresql_where=text(_RETURNED),
        ),
        Index(
            "ix_task_role_returned",
            "role_unit_id",
            "role",
            "due_at",
            "id",
            sqlite_where=text(f"{_UNCLAIMED} AND {_SENT_BACK}"),
            postgresql_where=text(f"{_UNCLAIMED} AND {_SENT_BACK}"),
        ),
        # The next rung of the escalation ladder, for the worker.
        Index(
            "ix_task_next_rung",
            "next_rung_at",
            sqlite_where=text(f"{_OPEN} AND next_rung_at IS NOT NULL"),
            postgresql_where=text(f"{_OPEN} AND next_rung_at IS NOT NULL"),
        ),
        # Late and open work of a unit within a campaign.
        Index("ix_task_progress", "campaign_id", "unit_id", "state", "due_at"),
        Index("ix_task_instance", "instance_id"),
        # What waits at each step of a version, on the procedures page.
        Index(
            "ix_task_version",
            "version_id",
            "element_id",
            "due_at",
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        # "Đã xử lý": what a person did, last first.
        Index(
            "ix_task_done",
            "completed_by_id",
            "completed_at",
            sqlite_where=text(_DONE),
            postgresql_where=text(_DONE),
        ),
        Index(
            "uq_task_open_step",
            "instance_id",
            "token",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        CheckConstraint("assignee_id IS NOT NULL OR role IS NOT NULL", name="somebody_can_act"),
    )

    id: Mapped[BigId]
    instance_id: Mapped[Ref] = mapped_column(ForeignKey("process_instance.id"))
    # Copied from the instance, which refers to what they name: a second reference would make the clients of one
    # campaign lock the same rows once more for each task.
    version_id: Mapped[Ref]
    campaign_id: Mapped[Ref | None]
    unit_id: Mapped[Ref]
    subject_kind: Mapped[SubjectKind] = mapped_column(choice(SubjectKind))
    subject_id: Mapped[Ref]
    # The subject's name on the inbox row and in notices.
    subject_name: Mapped[str] = mapped_column(String(200), default="")
    search_text: Mapped[str] = mapped_column(String(300), default="")
    # How the subject sorts in a list: people by given name, classes by their number.
    sort_key: Mapped[str] = mapped_column(String(240), default="")
    element_id: Mapped[str] = mapped_column(String(120))
    # The engine's token; the element id while the run has not been touched.
    token: Mapped[str] = mapped_column(String(120))
    state: Mapped[TaskState] = mapped_column(choice(TaskState))
    # Who has it; None while a role has it and nobody claimed it.
    assignee_id: Mapped[Ref | None] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str | None] = mapped_column(String(40))
    role_unit_id: Mapped[Ref | None] = mapped_column(ForeignKey("organisation_unit.id"))
    # Who answers for it when that is not the assignee: the teacher a helper acts for (P2.3).
    accountable_id: Mapped[Ref | None] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    # Rungs of the ladder already climbed, and when the next one is.
    rungs_climbed: Mapped[int] = mapped_column(default=0)
    next_rung_at: Mapped[datetime | None] = mapped_column(Instant)
    # Why it came back, shown on the inbox row.
    returned_reason: Mapped[str] = mapped_column(String(1000), default="")
    # What whoever did the step before said to whoever does this one: why a person cannot be reviewed.
    note: Mapped[str] = mapped_column(String(1000), default="")
    completed_at: Mapped[datetime | None] = mapped_column(Instant)
    completed_by_id: Mapped[Ref | None] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str | None] = mapped_column(String(40))
    answer: Mapped[dict[str, Any] | None]

    instance: Mapped[ProcessInstance] = relationship()
    unit: Mapped[OrganisationUnit] = relationship(primaryjoin="OrganisationUnit.id == foreign(Task.unit_id)")
    assignee: Mapped[Person | None] = relationship(foreign_keys=assignee_id)
    accountable: Mapped[Person | None] = relationship(foreign_keys=accountable_id)
    completed_by: Mapped[Person | None] = relationship(foreign_keys=completed_by_id)


class Draft(Base):
    """What a person typed on a task and has not sent yet."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("task_id", "person_id", name="uq_draft_task_id_person_id"),)

    id: Mapped[BigId]
    task_id: Mapped[Ref] = mapped_column(ForeignKey("task.id"))
    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    typed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    saved_at: Mapped[datetime] = mapped_column(Instant)


class Comment(Base):
    __tablename__ = "comment"
    __table_args__ = (Index("ix_comment_instance", "instance_id", "id"),)

    id: Mapped[BigId]
    instance_id: Mapped[Ref] = mapped_column(ForeignKey("process_instance.id"))
    task_id: Mapped[Ref] = mapped_column(ForeignKey("task.id"))
    author_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    body: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Instant)

    author: Mapped[Person] = relationship()


class Attachment(Base):
    """A file somebody added; its bytes lie outside the web root under their SHA-256."""

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_instance", "instance_id", "id"),
        # Whether the bytes of a file that was removed are still needed.
        Index("ix_attachment_digest", "digest"),
    )

    id: Mapped[BigId]
    instance_id: Mapped[Ref] = mapped_column(ForeignKey("process_instance.id"))
    task_id: Mapped[Ref] = mapped_column(ForeignKey("task.id"))
    # As the uploader named it; for display and download only, never a path.
    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    added_by_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(Instant)

    added_by: Mapped[Person] = relationship()

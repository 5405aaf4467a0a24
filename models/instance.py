"""Running procedures: instances, the child groups they wait for, their timers and incidents."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.campaign import SubjectKind
from models.process import ProcessVersion
from models.types import BigId, Instant, Ref, Variables, choice


class InstanceState(StrEnum):
    # A child of a sequential group whose turn has not come.
    PENDING = "pending"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class GroupState(StrEnum):
    OPEN = "open"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class TimerState(StrEnum):
    WAITING = "waiting"
    FIRED = "fired"
    WITHDRAWN = "withdrawn"
    # Failed three times; an incident tells why.
    FAILED = "failed"


class Finding(StrEnum):
    """What the watchdog finds: rows that no act of the product leaves behind."""

    # Runs, but nothing is open, no timer or event is awaited and no child runs.
    STUCK = "stuck"
    # The state cannot be read in its version.
    UNREADABLE = "unreadable"
    # Something waits in the state, but the row that would bring it on is missing.
    UNSEEN = "unseen"
    # All children of an open group have ended.
    GROUP_LEFT_OPEN = "group_left_open"
    # A task is open although its instance has ended.
    TASK_LEFT_OPEN = "task_left_open"


class ProcessInstance(Base):
    __tablename__ = "process_instance"
    __table_args__ = (
        # Who of a child group is still running: decides whether the parent goes on.
        Index("ix_process_instance_group", "group_id", "state", "position"),
        Index("ix_process_instance_campaign", "campaign_id", "unit_id", "subject_kind", "subject_id"),
        # Runs that nobody called, by state, on the operations pages.
        Index(
            "ix_process_instance_top",
            "state",
            "id",
            sqlite_where=text("group_id IS NULL"),
            postgresql_where=text("group_id IS NULL"),
        ),
        # What a unit runs, and what is about somebody, on the operations pages.
        Index("ix_process_instance_unit", "unit_id", "subject_kind", "subject_id"),
        # Where an operator holds something, and what is held with it.
        Index(
            "ix_process_instance_held",
            "held_from_id",
            sqlite_where=text("held_from_id IS NOT NULL"),
            postgresql_where=text("held_from_id IS NOT NULL"),
        ),
        # Where a version runs, on the procedures page.
        Index("ix_process_instance_version", "version_id", "state", "campaign_id", "unit_id"),
        # Rows grow at their first touch; room in the page keeps that from writing all indexes.
        {"postgresql_with": {"fillfactor": 40}},
    )

    id: Mapped[BigId]
    version_id: Mapped[Ref] = mapped_column(ForeignKey("process_version.id"))
    campaign_id: Mapped[Ref | None] = mapped_column(ForeignKey("campaign.id"))
    unit_id: Mapped[Ref] = mapped_column(ForeignKey("organisation_unit.id"))
    subject_kind: Mapped[SubjectKind] = mapped_column(choice(SubjectKind))
    subject_id: Mapped[Ref]
    # Copied to its tasks, so that an inbox row needs no other table.
    subject_name: Mapped[str] = mapped_column(String(200), default="")
    group_id: Mapped[Ref | None] = mapped_column(ForeignKey("child_group.id", use_alter=True))
    # The sub-process of its version that it runs, as one of a multi-instance; empty: the whole process.
    area: Mapped[str] = mapped_column(String(120), default="")
    # Order within the group.
    position: Mapped[int] = mapped_column(default=0)
    state: Mapped[InstanceState] = mapped_column(choice(InstanceState))
    # The engine's state; None before the first touch and after the end.
    engine_state: Mapped[bytes | None] = mapped_column(LargeBinary)
    # What the parent passed; the run starts with it at its first touch.
    start_values: Mapped[dict[str, Any]] = mapped_column(Variables, default=dict)
    result: Mapped[dict[str, Any] | None] = mapped_column(Variables)
    # Counts each stored move; whoever moves the instance must have read the last one.
    revision: Mapped[int] = mapped_column(default=0)
    # State before the last act, and whose: what "withdraw" goes back to.
    undo_state: Mapped[bytes | None] = mapped_column(LargeBinary)
    undo_task_id: Mapped[Ref | None]
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    # Since when an operator holds it still: nobody acts on it and no timer of it fires.
    suspended_at: Mapped[datetime | None] = mapped_column(Instant)
    # The instance at which the operator did that: itself or one above it.
    held_from_id: Mapped[Ref | None]

    version: Mapped[ProcessVersion] = relationship()
    group: Mapped["ChildGroup | None"] = relationship(foreign_keys=group_id)


class ChildGroup(Base):
    """The runs that one call activity waits for; its end resumes the parent exactly once."""

    __tablename__ = "child_group"
    __table_args__ = (Index("ix_child_group_parent", "parent_id", "state"),)

    id: Mapped[BigId]
    parent_id: Mapped[Ref] = mapped_column(ForeignKey("process_instance.id"))
    token: Mapped[str] = mapped_column(String(40))
    element_id: Mapped[str] = mapped_column(String(120))
    version_id: Mapped[Ref] = mapped_column(ForeignKey("process_version.id"))
    # The sub-process that the children run; empty: the whole process of the version.
    area: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[GroupState] = mapped_column(choice(GroupState))
    sequential: Mapped[bool] = mapped_column(default=False)
    # Completion condition over the standard counters, if drawn.
    condition: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class WaitingChildren(Base):
    """Some items of a large group whose children the worker has yet to add."""

    __tablename__ = "waiting_children"
    __table_args__ = (Index("ix_waiting_children_group", "group_id", "position"),)

    id: Mapped[BigId]
    group_id: Mapped[Ref] = mapped_column(ForeignKey("child_group.id"))
    # Of the first of them within the group.
    position: Mapped[int]
    number: Mapped[int]
    # `items` with key and item of each; what all share: values, the `name` of the item, `reason` and `note`.
    items: Mapped[dict[str, Any]] = mapped_column(Variables)


class Timer(Base):
    """One waiting timer of the engine; fired by whoever changes its state (`workflows.commands.due.timers`)."""

    __tablename__ = "timer"
    __table_args__ = (
        Index(
            "ix_timer_due",
            "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_timer_instance", "instance_id", "state"),
    )

    id: Mapped[BigId]
    instance_id: Mapped[Ref] = mapped_column(ForeignKey("process_instance.id"))
    token: Mapped[str] = mapped_column(String(40))
    element_id: Mapped[str] = mapped_column(String(120))
    # As drawn, so that an extended deadline can be computed again.
    expression: Mapped[str] = mapped_column(String(500))
    # Waits until then; after a failure, the next try.
    due_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[TimerState] = mapped_column(choice(TimerState))
    tries: Mapped[int] = mapped_column(default=0)
    # When it was due by the drawing; None while `due_at` says that.
    drawn_at: Mapped[datetime | None] = mapped_column(Instant)
    # Why the last try failed, as people read it: `msgid` and `params`.
    failure: Mapped[dict[str, Any] | None]

    @property
    def is_failing(self) -> bool:
        """The last try failed, and the worker tries again."""
        return self.state is TimerState.WAITING and self.tries > 0 and self.failure is not None


class Incident(Base):
    """Something that could not go on by itself and waits for an operator."""

    __tablename__ = "incident"
    __table_args__ = (
        Index(
            "ix_incident_open",
            "id",
            sqlite_where=text("resolved_at IS NULL"),
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("ix_incident_instance", "instance_id"),
        # The watchdog opens one of a kind for an instance.
        Index(
            "uq_incident_finding",
            "instance_id",
            "finding",
            unique=True,
            sqlite_where=text("resolved_at IS NULL AND finding IS NOT NULL"),
            postgresql_where=text("resolved_at IS NULL AND finding IS NOT NULL"),
        ),
    )

    id: Mapped[BigId]
    instance_id: Mapped[Ref | None] = mapped_column(ForeignKey("process_instance.id"))
    timer_id: Mapped[Ref | None] = mapped_column(ForeignKey("timer.id"))
    # The message or signal that could not be brought.
    sent_id: Mapped[Ref | None]
    # What the watchdog found; None: something failed while it was done.
    finding: Mapped[Finding | None] = mapped_column(choice(Finding))
    element_id: Mapped[str] = mapped_column(String(120), default="")
    cause: Mapped[str] = mapped_column(Text)
    # The cause as people read it: `msgid` and `params`. None: told by the finding, or opened by an earlier release.
    words: Mapped[dict[str, Any] | None]
    opened_at: Mapped[datetime] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_by_id: Mapped[Ref | None] = mapped_column(ForeignKey("person.id"))

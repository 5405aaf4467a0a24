"""Moving running instances to another version of their procedure: one job, gone through batch by batch."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.person import Person
from models.process import ProcessVersion
from models.types import BigId, Instant, Ref, choice

_RUNNING = "state = 'running'"


class MigrationState(StrEnum):
    RUNNING = "running"
    FINISHED = "finished"
    # An operator ended it, or a batch failed again and again; what has moved stays moved.
    STOPPED = "stopped"


class Migration(Base):
    """One order to migrate; `last_id` is how far it has come, so that any worker goes on with it."""

    __tablename__ = "migration"
    __table_args__ = (
        # At most a handful run: the worker asks for them at each beat.
        Index("ix_migration_running", "id", sqlite_where=text(_RUNNING), postgresql_where=text(_RUNNING)),
        Index("ix_migration_from_version", "from_version_id", "id"),
    )

    id: Mapped[BigId]
    from_version_id: Mapped[Ref] = mapped_column(ForeignKey("process_version.id"))
    to_version_id: Mapped[Ref] = mapped_column(ForeignKey("process_version.id"))
    state: Mapped[MigrationState] = mapped_column(choice(MigrationState))
    # Ids of the chosen instances in order; None: all of the version.
    chosen: Mapped[list[Any] | None]
    # Elements of the old drawing that others of the new one replace.
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str] = mapped_column(String(1000))
    # The last instance that was looked at; they are gone through in the order of their ids.
    last_id: Mapped[Ref] = mapped_column(default=0)
    # How many there were at the beginning, for the share that is done; others may have ended since.
    planned: Mapped[int]
    moved: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    # Why it stopped.
    cause: Mapped[str] = mapped_column(String(1000), default="")
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    started_by_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))

    from_version: Mapped[ProcessVersion] = relationship(foreign_keys=from_version_id)
    to_version: Mapped[ProcessVersion] = relationship(foreign_keys=to_version_id)
    started_by: Mapped[Person] = relationship()


class MigrationRefusal(Base):
    """One instance that stayed on its version, and why."""

    __tablename__ = "migration_refusal"
    __table_args__ = (Index("ix_migration_refusal_migration", "migration_id", "id"),)

    id: Mapped[BigId]
    migration_id: Mapped[Ref] = mapped_column(ForeignKey("migration.id"))
    instance_id: Mapped[Ref]
    # Where the instance stands and cannot go on; empty where it is none of the elements.
    element_id: Mapped[str] = mapped_column(String(120), default="")
    # The refusal's message and its parameters, so that pages say it in the reader's language.
    msgid: Mapped[str] = mapped_column(String(300))
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)

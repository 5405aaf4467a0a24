"""A campaign: deadlines, their extensions, and the frozen roster with the outcome of each subject (C3, C6)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.organisation import OrganisationUnit
from models.person import Person
from models.types import BigId, Instant, Ref, choice


class CampaignState(StrEnum):
    RUNNING = "running"
    CLOSED = "closed"


class SubjectKind(StrEnum):
    """What a process instance or a roster entry is about."""

    SCHOOL = "school"
    STAFF = "staff"
    CLASS = "class"
    PUPIL = "pupil"
    ASSIGNMENT = "assignment"
    UNIT = "unit"


class RosterState(StrEnum):
    OPEN = "open"
    RETURNED = "returned"
    DONE = "done"
    # Cannot be reviewed, with a reason that the head accepted (P1.3).
    EXCUSED = "excused"
    LEFT = "left"


ROSTER_MOVES = {
    RosterState.OPEN: {RosterState.DONE, RosterState.EXCUSED, RosterState.LEFT, RosterState.RETURNED},
    RosterState.RETURNED: {RosterState.DONE, RosterState.EXCUSED, RosterState.LEFT},
    RosterState.DONE: {RosterState.RETURNED, RosterState.LEFT, RosterState.OPEN},
    RosterState.EXCUSED: {RosterState.RETURNED, RosterState.LEFT, RosterState.OPEN},
    RosterState.LEFT: {RosterState.OPEN},
}


class Campaign(Base):
    __tablename__ = "campaign"

    id: Mapped[BigId]
    title: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200), default="")
    # The unit that opened it: the top of the territory it covers.
    unit_id: Mapped[Ref] = mapped_column(ForeignKey("organisation_unit.id"))
    school_year: Mapped[str] = mapped_column(String(9))
    state: Mapped[CampaignState] = mapped_column(choice(CampaignState))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_by_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)

    unit: Mapped[OrganisationUnit] = relationship()
    opened_by: Mapped[Person] = relationship()


class Deadline(Base):
    """An instant that steps hang on: for one unit, for a school level, or for all (the nearest rule wins)."""

    __tablename__ = "deadline"
    __table_args__ = (
        Index(
            "uq_deadline_unit",
            "campaign_id",
            "key",
            "unit_id",
            unique=True,
            sqlite_where=text("unit_id IS NOT NULL"),
            postgresql_where=text("unit_id IS NOT NULL"),
        ),
        Index(
            "uq_deadline_level",
            "campaign_id",
            "key",
            "level",
            unique=True,
            sqlite_where=text("unit_id IS NULL"),
            postgresql_where=text("unit_id IS NULL"),
        ),
    )

    id: Mapped[BigId]
    campaign_id: Mapped[Ref] = mapped_column(ForeignKey("campaign.id"))
    # The name diagrams use: deadline("staff").
    key: Mapped[str] = mapped_column(String(40))
    # A school level, or "" for every level.
    level: Mapped[str] = mapped_column(String(5), default="")
    unit_id: Mapped[Ref | None] = mapped_column(ForeignKey("organisation_unit.id"))
    due_at: Mapped[datetime] = mapped_column(Instant)


class DeadlineExtension(Base):
    """Who moved a deadline, for whom, from when to when and why (C3)."""

    __tablename__ = "deadline_extension"
    __table_args__ = (Index("ix_deadline_extension_campaign", "campaign_id"),)

    id: Mapped[BigId]
    campaign_id: Mapped[Ref] = mapped_column(ForeignKey("campaign.id"))
    key: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(5), default="")
    unit_id: Mapped[Ref | None] = mapped_column(ForeignKey("organisation_unit.id"))
    # The instant that had been issued for them until then.
    due_before_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(500))
    extended_at: Mapped[datetime] = mapped_column(Instant)
    extended_by_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))

    extended_by: Mapped[Person] = relationship()
    unit: Mapped[OrganisationUnit | None] = relationship()


class RosterEntry(Base):
    """One subject that the campaign must bring to an outcome, as it stood when the roster was frozen."""

    __tablename__ = "roster_entry"
    __table_args__ = (
        UniqueConstraint(
            "campaign_id", "kind", "subject_id", name="uq_roster_entry_campaign_id_kind_subject_id"
        ),
        # Progress of a unit and of a territory: counts by kind and state, and the pace of the last days.
        Index("ix_roster_entry_progress", "campaign_id", "unit_id", "kind", "state", "decided_at"),
        # The pupils of one class on one page.
        Index(
            "ix_roster_entry_class",
            "campaign_id",
            "class_id",
            "sort_key",
            sqlite_where=text("class_id IS NOT NULL"),
            postgresql_where=text("class_id IS NOT NULL"),
        ),
    )

    id: Mapped[BigId]
    campaign_id: Mapped[Ref] = mapped_column(ForeignKey("campaign.id"))
    unit_id: Mapped[Ref] = mapped_column(ForeignKey("organisation_unit.id"))
    kind: Mapped[SubjectKind] = mapped_column(choice(SubjectKind))
    # staff_member.id, school_class.id, pupil.id or organisation_unit.id, by kind.
    subject_id: Mapped[Ref]
    # Pupils only: the class whose review decides on them.
    class_id: Mapped[Ref | None] = mapped_column(ForeignKey("school_class.id"))
    # As they were at the freezing: name, and what the minutes need (employment, duty …).
    name: Mapped[str] = mapped_column(String(200))
    sort_key: Mapped[str] = mapped_column(String(240))
    frozen: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[RosterState] = mapped_column(choice(RosterState))
    # 1 for the first review, one more for each return.
    round: Mapped[int] = mapped_column(default=1)
    # Why returned, excused or left; the last one.
    reason: Mapped[str] = mapped_column(String(1000), default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[Ref | None] = mapped_column(ForeignKey("person.id"))
    on_behalf_of_id: Mapped[Ref | None] = mapped_column(ForeignKey("person.id"))
    # After the start only: who joined since (C6).
    joined_at: Mapped[datetime | None] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)

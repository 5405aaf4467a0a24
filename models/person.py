"""People, the accounts they log in with, and the positions they hold in units."""

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.organisation import OrganisationUnit
from models.types import BigId, Instant, Ref, choice


class Position(StrEnum):
    """What somebody is in a unit; lanes of diagrams and roles of steps are named after these."""

    HEAD = "head"
    DEPUTY_HEAD = "deputy_head"
    OFFICER = "officer"
    TEACHER = "teacher"
    EMPLOYEE = "employee"
    ADMINISTRATOR = "administrator"


class Name(NamedTuple):
    """How a person is written: with the form of address, "Cô Lê Thị Mẫu", or without."""

    honorific: str
    full_name: str


class Person(Base):
    __tablename__ = "person"
    # Looking for somebody by part of a name reads the names from the index and not the rows.
    __table_args__ = (Index("ix_person_search", "search_text"),)

    id: Mapped[BigId]
    full_name: Mapped[str] = mapped_column(String(120))
    # "Thầy" or "Cô": how people are addressed on pages and in mails.
    honorific: Mapped[str] = mapped_column(String(10), default="")
    # Given name first, so that lists sort as class lists do.
    sort_key: Mapped[str] = mapped_column(String(240), default="")
    search_text: Mapped[str] = mapped_column(String(240), default="")
    email: Mapped[str] = mapped_column(String(200), default="")

    @property
    def named(self) -> "Name":
        """What a sentence about the person needs; it outlives the transaction that read it."""
        return Name(self.honorific, self.full_name)


class Account(Base):
    __tablename__ = "account"

    id: Mapped[BigId]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"), unique=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(5), default="vi")
    is_active: Mapped[bool] = mapped_column(default=True)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until_at: Mapped[datetime | None] = mapped_column(Instant)
    last_login_at: Mapped[datetime | None] = mapped_column(Instant)
    # Set while somebody else knows the password too: it opens only the page on which the person chooses their
    # own, and nothing at all after this instant.
    start_password_ends_at: Mapped[datetime | None] = mapped_column(Instant)
    # One mail a morning unless the person asked for each notice at once.
    mail_at_once: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship(lazy="joined")


class Appointment(Base):
    """A position in a unit, from a day until a day (the last day included)."""

    __tablename__ = "appointment"
    __table_args__ = (
        # Rights of the person who acts: read in every transaction.
        Index("ix_appointment_person", "person_id"),
        # Holders of a role: who is notified, whether a claim is needed.
        Index("ix_appointment_holder", "unit_id", "position"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="dates_in_order"),
    )

    id: Mapped[BigId]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[Ref] = mapped_column(ForeignKey("organisation_unit.id"))
    position: Mapped[Position] = mapped_column(choice(Position))
    from_on: Mapped[date]
    until_on: Mapped[date | None]

    person: Mapped[Person] = relationship()
    unit: Mapped[OrganisationUnit] = relationship()

"""Procedures as drawn: the definition (key), its published versions, and the draft being edited."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.person import Person
from models.types import BigId, Instant, Ref


class ProcessDefinition(Base):
    __tablename__ = "process_definition"

    id: Mapped[BigId]
    # The id of the <process> element; call activities name it.
    key: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")


class ProcessVersion(Base):
    """One published drawing. Never changed: running instances stay on theirs."""

    __tablename__ = "process_version"
    __table_args__ = (
        UniqueConstraint("definition_id", "number", name="uq_process_version_definition_id_number"),
    )

    id: Mapped[BigId]
    definition_id: Mapped[Ref] = mapped_column(ForeignKey("process_definition.id"))
    number: Mapped[int]
    xml: Mapped[str] = mapped_column(Text)
    # What runs, where the import pass of that day had to mend the drawing; None: the drawing itself.
    mended_xml: Mapped[str | None] = mapped_column(Text)
    # What the check at publishing said: doubts, and what the import pass did. None: nobody kept it yet.
    notes: Mapped[list[Any] | None]
    # The files of decision tables by their names; None: the version has none.
    decisions: Mapped[dict[str, Any] | None]
    # SHA-256 of the XML, or of it and the decision tables where there are any; hexadecimal.
    digest: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(500), default="")
    published_at: Mapped[datetime] = mapped_column(Instant)
    # None: shipped with the product.
    published_by_id: Mapped[Ref | None] = mapped_column(ForeignKey("person.id"))

    definition: Mapped[ProcessDefinition] = relationship()
    published_by: Mapped[Person | None] = relationship()

    @property
    def running_xml(self) -> str:
        """What the engine runs: the mended copy where there is one."""
        return self.mended_xml or self.xml


class ProcessDraft(Base):
    """The drawing somebody is working on; one per definition, may be anything a browser can draw."""

    __tablename__ = "process_draft"

    id: Mapped[BigId]
    definition_id: Mapped[Ref] = mapped_column(ForeignKey("process_definition.id"), unique=True)
    xml: Mapped[str] = mapped_column(Text)
    # As those of a version.
    decisions: Mapped[dict[str, Any] | None]
    saved_at: Mapped[datetime] = mapped_column(Instant)
    saved_by_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    revision: Mapped[int] = mapped_column(default=1)
    # What the last check found wrong with this very revision; None while nobody checked it.
    problems: Mapped[list[Any] | None]

    definition: Mapped[ProcessDefinition] = relationship()
    saved_by: Mapped[Person] = relationship()

    __mapper_args__ = {"version_id_col": revision}

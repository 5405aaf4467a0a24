"""Units of the education authority and the dated line along which they report (PROCEDURES P2.6, C11)."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.types import BigId, Ref, choice


class UnitKind(StrEnum):
    DEPARTMENT = "department"
    DIVISION = "division"
    DISTRICT_OFFICE = "district_office"
    COMMUNE = "commune"
    SCHOOL = "school"


class SchoolLevel(StrEnum):
    """Levels a school teaches; a school of several levels (liên cấp) has several."""

    MN = "MN"
    TH = "TH"
    THCS = "THCS"
    THPT = "THPT"
    GDTX = "GDTX"


class OrganisationUnit(Base):
    __tablename__ = "organisation_unit"
    __table_args__ = (Index("ix_organisation_unit_search", "search_text"),)

    id: Mapped[BigId]
    kind: Mapped[UnitKind] = mapped_column(choice(UnitKind))
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    # Stands in lists and in the frame, where the full name would not fit a phone.
    short_name: Mapped[str] = mapped_column(String(80))
    # Written before the date of official letters: "Quận Mẫu, ngày …".
    place: Mapped[str] = mapped_column(String(80), default="")
    level_codes: Mapped[str] = mapped_column("levels", String(40), default="")
    # Who answers questions of this unit (C12): text as people read it.
    contact: Mapped[str] = mapped_column(String(300), default="")
    search_text: Mapped[str] = mapped_column(String(300), default="")

    @property
    def levels(self) -> frozenset[SchoolLevel]:
        return frozenset(SchoolLevel(code) for code in self.level_codes.split(",") if code)

    @levels.setter
    def levels(self, levels: frozenset[SchoolLevel]) -> None:
        self.level_codes = ",".join(level for level in SchoolLevel if level in levels)


class ReportingLine(Base):
    """From when until when a unit reports to which superior; the open row is today's line."""

    __tablename__ = "reporting_line"
    __table_args__ = (
        Index(
            "uq_reporting_line_open",
            "unit_id",
            unique=True,
            sqlite_where=text("until_on IS NULL"),
            postgresql_where=text("until_on IS NULL"),
        ),
        # The way up: to whom a unit reports on a day (P2.6).
        Index("ix_reporting_line_unit", "unit_id", "from_on"),
        # The subtree of a unit: who sees what, progress of a territory (C8).
        Index("ix_reporting_line_superior", "superior_id", "unit_id"),
        CheckConstraint("unit_id <> superior_id", name="not_to_itself"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="dates_in_order"),
    )

    id: Mapped[BigId]
    unit_id: Mapped[Ref] = mapped_column(ForeignKey("organisation_unit.id"))
    superior_id: Mapped[Ref] = mapped_column(ForeignKey("organisation_unit.id"))
    from_on: Mapped[date]
    until_on: Mapped[date | None]

    superior: Mapped[OrganisationUnit] = relationship(foreign_keys=superior_id)

"""Days that differ from the national working calendar, and settings that belong to the stored data."""

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import BigId, Ref


class LocalDay(Base):
    """A day off or a working day of a unit and everything below it (school breaks, exam days)."""

    __tablename__ = "local_day"
    __table_args__ = (Index("uq_local_day_unit_day", "unit_id", "day", unique=True),)

    id: Mapped[BigId]
    unit_id: Mapped[Ref] = mapped_column(ForeignKey("organisation_unit.id"))
    day: Mapped[date]
    is_working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(120))


class Setting(Base):
    """One named value that all processes on this database share (the demonstration's clock, last digest day)."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(default=dict)

"""The field catalogue: which fields a record has and what makes each correct, complete, clean and live."""

from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import BigId


class FieldDefinition(Base):
    __tablename__ = "field_definition"
    __table_args__ = (UniqueConstraint("kind", "key", name="uq_field_definition_kind_key"),)

    id: Mapped[BigId]
    # "staff" or "pupil": what the record is about.
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(120))
    label_en: Mapped[str] = mapped_column(String(120))
    section: Mapped[str] = mapped_column(String(80), default="")
    section_en: Mapped[str] = mapped_column(String(80), default="")
    # text number date select phone email personal_id
    type: Mapped[str] = mapped_column(String(20), default="text")
    required: Mapped[bool] = mapped_column(default=False)
    pattern: Mapped[str] = mapped_column(String(200), default="")
    # What the pattern wants, in words for the person who types.
    hint: Mapped[str] = mapped_column(String(200), default="")
    hint_en: Mapped[str] = mapped_column(String(200), default="")
    # "" (not unique), "unit" or "all".
    unique_in: Mapped[str] = mapped_column(String(10), default="")
    # Days after which a value must be confirmed again; None: never stale.
    fresh_for_days: Mapped[int | None]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Shown shortened until opened, left out of minutes.
    sensitive: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)

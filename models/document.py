"""Signatures, the documents (minutes, reports) they stand under, and the numbers of documents (C7)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.person import Person
from models.types import BigId, Instant, Ref


class Document(Base):
    """Minutes or a report. `content` is what was signed; the PDF is made from it once and then kept as made."""

    __tablename__ = "document"
    __table_args__ = (
        Index("ix_document_instance", "instance_id"),
        Index("ix_document_unit", "unit_id", "id"),
        # What the worker still has to print.
        Index(
            "ix_document_unprinted",
            "id",
            sqlite_where=text("number <> '' AND pdf_digest IS NULL"),
            postgresql_where=text("number <> '' AND pdf_digest IS NULL"),
        ),
    )

    id: Mapped[BigId]
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    # As in "12/BB-THCSM", given when it is first signed; "" where what was signed is no minutes or report.
    number: Mapped[str] = mapped_column(String(40), default="")
    unit_id: Mapped[Ref] = mapped_column(ForeignKey("organisation_unit.id"))
    campaign_id: Mapped[Ref | None] = mapped_column(ForeignKey("campaign.id"))
    instance_id: Mapped[Ref] = mapped_column(ForeignKey("process_instance.id"))
    content: Mapped[dict[str, Any]]
    # SHA-256 of the canonical content, hexadecimal: what the signatures are over.
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Instant)
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    pdf_digest: Mapped[str | None] = mapped_column(String(64))
    # Over the signatures that the PDF shows: with others under the document it is printed anew.
    pdf_shows: Mapped[str | None] = mapped_column(String(64))


class Signature(Base):
    """Who signed what, when and as what; the password was asked again at that moment."""

    __tablename__ = "signature"
    __table_args__ = (
        Index("ix_signature_document", "document_id"),
        Index("ix_signature_task", "task_id"),
        # What a person has signed, newest first.
        Index("ix_signature_signer", "signer_id", "id"),
    )

    id: Mapped[BigId]
    task_id: Mapped[Ref] = mapped_column(ForeignKey("task.id"))
    document_id: Mapped[Ref | None] = mapped_column(ForeignKey("document.id"))
    # The place under the document in which it stands: "teacher", "head" …
    block: Mapped[str] = mapped_column(String(20), default="")
    signer_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    on_behalf_of_id: Mapped[Ref | None] = mapped_column(ForeignKey("person.id"))
    # In the words of that day: "Hiệu trưởng Trường THCS Mẫu".
    capacity: Mapped[str] = mapped_column(String(200))
    # SHA-256 over the content's digest, the answer given with it, and the facts of this row.
    digest: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime] = mapped_column(Instant)
    # The signer took the act back before anybody had acted on it.
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)

    signer: Mapped[Person] = relationship(foreign_keys=signer_id)
    on_behalf_of: Mapped[Person | None] = relationship(foreign_keys=on_behalf_of_id)


class DocumentRegister(Base):
    """How many documents a unit has numbered in a year: the next one takes the next number."""

    __tablename__ = "document_register"

    unit_id: Mapped[Ref] = mapped_column(ForeignKey("organisation_unit.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int]

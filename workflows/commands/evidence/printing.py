"""PDFs of signed documents: printed once, kept, and printed anew when a signature has come or gone (C7).

Printing takes a tenth of a second; callers print from a reading session and keep the result in a unit of work.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import cast

from sqlalchemy import String, exists, literal, select
from sqlalchemy.orm import Session, sessionmaker, undefer

from models.database import HELD
from models.document import Document, Signature
from models.instance import Incident, ProcessInstance
from models.journal import JournalKind
from workflows.commands.operating.opening import tell_operators
from workflows.engine import Reason
from workflows.errors import ConcurrentChange, DocumentAltered, DocumentGone, DocumentVoid
from workflows.records.journal import record
from workflows.records.minutes import MinutesSignature, canonical, render_minutes
from workflows.records.minutes_content import PARTS, MinutesKind
from workflows.records.signatures import signatures_of
from workflows.unit_of_work import UnitOfWork

Begin = Callable[[], AbstractContextManager[UnitOfWork]]

PRINTED_AT_ONCE = 5
# Incidents of documents that cannot be printed carry this element with the document's id.
ELEMENT = "document "


def N_(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF that is not kept yet; `shows` tells which signatures stand in it."""

    document_id: int
    pdf: bytes
    shows: str


def may_be_printed(document: Document) -> bool:
    """Tell whether a document is minutes or a report; other signed answers have no PDF."""
    return document.kind in PARTS


def kept_pdf(session: Session, document_id: int) -> bytes | None:
    """Give the PDF as it was kept, or None where it must be printed (first, or anew)."""
    document = _document(session, document_id)
    shown = document.pdf_shows == _shows(_valid(session, document_id))
    return document.pdf if shown else None


def print_document(session: Session, document_id: int) -> Printed:
    """Print a document with the signatures that stand under it now.

    Refuses documents that have no PDF (DocumentGone), those without a signature that still stands (DocumentVoid), and
    contents that were altered after they were signed (DocumentAltered).
    """
    document = _document(session, document_id)
    signatures = _valid(session, document_id)
    if not signatures:
        raise DocumentVoid
    try:
        pdf = render_minutes(
            cast(MinutesKind, document.kind),
            document.content,
            [_printed(document, signature) for signature in signatures],
            number=document.number,
        )
    except (ValueError, KeyError) as error:
        raise DocumentAltered from error
    return Printed(document_id, pdf, _shows(signatures))


def keep(work: UnitOfWork, printed: Printed, *, actor_id: int | None = None) -> bytes:
    """Keep a PDF and give the one to hand out: the first one kept, where two were printed at once.

    `actor_id` is None when the worker printed. Refuses with ConcurrentChange when the signatures changed meanwhile.
    """
    document = _document(work.session, printed.document_id, lock=True)
    if _shows(_valid(work.session, document.id)) != printed.shows:
        raise ConcurrentChange
    if document.pdf is not None and document.pdf_shows == printed.shows:
        return document.pdf
    document.pdf, document.pdf_shows = printed.pdf, printed.shows
    document.pdf_digest = hashlib.sha256(printed.pdf).hexdigest()
    work.session.flush()
    record(
        work,
        JournalKind.DOCUMENT_PRINTED,
        unit_id=document.unit_id,
        campaign_id=document.campaign_id,
        instance_id=document.instance_id,
        actor_id=actor_id,
        details={
            "document": document.id,
            "number": document.number,
            "pdf_digest": document.pdf_digest,
            "shows": printed.shows,
        },
    )
    return printed.pdf


def print_pending(reading: sessionmaker[Session], begin: Begin, limit: int = PRINTED_AT_ONCE) -> int:
    """Print documents that were never printed, oldest first, and give how many; for the worker.

    No unit of work is open while a page is set: on SQLite everybody else would wait for it. One that cannot be printed
    becomes an incident and is left aside until that is resolved.
    """
    with reading() as session:
        pending = _pending(session, limit)
    return sum(_print_one(reading, begin, document_id) for document_id in pending)


def _print_one(reading: sessionmaker[Session], begin: Begin, document_id: int) -> bool:
    try:
        with reading() as session:
            printed = print_document(session, document_id)
        with begin() as work:
            keep(work, printed)
    except (DocumentVoid, ConcurrentChange):
        # A signature came or went meanwhile; what is still to print is found at the next beat.
        return False
    except DocumentAltered as refusal:
        with begin() as work:
            _open_incident(work, document_id, refusal)
        return False
    return True


def _open_incident(work: UnitOfWork, document_id: int, refusal: DocumentAltered) -> None:
    document = _document(work.session, document_id, lock=True)
    if document_id not in _pending(work.session, limit=None):
        # Another worker was faster.
        return
    incident = Incident(
        instance_id=document.instance_id,
        element_id=f"{ELEMENT}{document_id}",
        cause=f"{document.number}: {refusal.__cause__!r}",
        words=Reason(N_("the minutes %(number)s cannot be printed"), number=document.number).as_plain(),
        opened_at=work.now,
    )
    work.session.add(incident)
    tell_operators(work, work.session.get_one(ProcessInstance, document.instance_id))


def _pending(session: Session, limit: int | None) -> Sequence[int]:
    signed = exists().where(Signature.document_id == Document.id, Signature.withdrawn_at.is_(None))
    failed = exists().where(
        Incident.instance_id == Document.instance_id,
        Incident.element_id == literal(ELEMENT) + Document.id.cast(String),
        Incident.resolved_at.is_(None),
    )
    return session.scalars(
        select(Document.id)
        .where(Document.number != "", Document.pdf_digest.is_(None), signed, ~failed)
        .order_by(Document.id)
        .limit(limit)
    ).all()


def _document(session: Session, document_id: int, *, lock: bool = False) -> Document:
    document = session.get(
        Document,
        document_id,
        options=[undefer(Document.pdf)],
        populate_existing=True,
        with_for_update=HELD if lock else None,
    )
    if document is None or not may_be_printed(document):
        raise DocumentGone
    return document


def _valid(session: Session, document_id: int) -> list[Signature]:
    return [one for one in signatures_of(session, document_id) if one.withdrawn_at is None]


def _shows(signatures: Sequence[Signature]) -> str:
    digests = [signature.digest for signature in signatures]
    return hashlib.sha256(canonical({"signatures": digests})).hexdigest()


def _printed(document: Document, signature: Signature) -> MinutesSignature:
    # The capacity says for whom somebody signed, too.
    return MinutesSignature(
        block=signature.block,
        name=signature.signer.full_name,
        capacity=signature.capacity,
        signed_at=signature.signed_at,
        digest=document.digest,
    )

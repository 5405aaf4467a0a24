"""Signatures: what their digest is over, and whether a document and what stands under it still say what was signed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.document import Document, Signature
from models.journal import JournalEntry, JournalKind
from workflows.records.minutes import canonical, content_digest
from workflows.records.seals import as_stored


def signature_digest(signature: Signature, digest: str, answer: Mapping[str, Any]) -> str:
    """Give the SHA-256 over a content's digest, the answer sent with it, and who signed it as what and when."""
    facts = {
        "content": digest,
        "answer": answer,
        "task": signature.task_id,
        "signer": signature.signer_id,
        "on_behalf_of": signature.on_behalf_of_id,
        "capacity": signature.capacity,
        "block": signature.block,
        "signed_at": as_stored(signature.signed_at),
    }
    return hashlib.sha256(canonical(facts)).hexdigest()


def signatures_of(session: Session, document_id: int) -> Sequence[Signature]:
    """List the signatures under a document in their order, those taken back included."""
    return session.scalars(
        select(Signature)
        .options(joinedload(Signature.signer), joinedload(Signature.on_behalf_of))
        .where(Signature.document_id == document_id)
        .order_by(Signature.id)
    ).all()


def entries_of(session: Session, document: Document) -> dict[int, JournalEntry]:
    """Give what the journal kept of each signature under a document: the step, and the answer sent with it."""
    signed = _entries(session, document, JournalKind.SIGNED)
    return {entry.details["signature"]: entry for entry in signed if "signature" in entry.details}


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """What was found by computing every digest again; `pdf_holds` is None while there is no PDF."""

    content_holds: bool
    signatures_hold: Mapping[int, bool]
    pdf_holds: bool | None

    @property
    def holds(self) -> bool:
        """Whether nothing was altered."""
        return self.content_holds and all(self.signatures_hold.values()) and self.pdf_holds is not False


def check_document(session: Session, document: Document, signatures: Sequence[Signature]) -> DocumentCheck:
    """Compute the digests of a document, of its signatures and of its PDF again, from what the journal kept."""
    signed = entries_of(session, document)
    printed = _entries(session, document, JournalKind.DOCUMENT_PRINTED)
    content_holds = content_digest(document.content) == document.digest and all(
        entry.details.get("digest") == document.digest and entry.details.get("number") == document.number
        for entry in signed.values()
    )
    return DocumentCheck(
        content_holds,
        {one.id: _holds(one, document, signed.get(one.id)) for one in signatures},
        _pdf_holds(document, printed),
    )


def _entries(session: Session, document: Document, kind: JournalKind) -> list[JournalEntry]:
    entries = session.scalars(
        select(JournalEntry)
        .where(JournalEntry.instance_id == document.instance_id, JournalEntry.kind == kind)
        .order_by(JournalEntry.id)
    )
    return [entry for entry in entries if entry.details.get("document") == document.id]


def _holds(signature: Signature, document: Document, entry: JournalEntry | None) -> bool:
    if entry is None or entry.actor_id != signature.signer_id:
        return False
    computed = signature_digest(signature, document.digest, entry.details.get("answer", {}))
    return signature.digest == computed == entry.details.get("signature_digest")


def _pdf_holds(document: Document, printed: Sequence[JournalEntry]) -> bool | None:
    if document.pdf is None:
        return None if document.pdf_digest is None else False
    digest = hashlib.sha256(document.pdf).hexdigest()
    return bool(printed) and digest == document.pdf_digest == printed[-1].details.get("pdf_digest")

"""Signed documents as somebody may see them: what they signed or did, and the territory they answer for (C7, C10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from models.campaign import Campaign
from models.document import Document, Signature
from models.organisation import OrganisationUnit
from models.person import Person
from models.task import Task
from workflows.actor import Actor
from workflows.errors import DocumentGone, NotPermitted
from workflows.policy.person_names import fold
from workflows.queries.organisation import subtree, visible_units

PAGE = 50


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """What to list; empty values list everything."""

    unit_id: int | None = None
    campaign_id: int | None = None
    instance_id: int | None = None
    kind: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One line of the list; `signers` are those whose signature still stands."""

    id: int
    kind: str
    title: str
    number: str
    unit_name: str
    made_at: datetime
    signers: tuple[str, ...]
    withdrawn: int


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Rows, newest first; `older` is the id to go on before, None at the end."""

    rows: tuple[DocumentRow, ...]
    older: int | None


def documents_of(
    session: Session, actor: Actor, *, on: date, asked: DocumentFilter, before: int | None = None
) -> DocumentPage:
    """List the documents an actor may see on a day, at most one page of them."""
    query = (
        select(
            Document.id,
            Document.kind,
            Document.title,
            Document.number,
            OrganisationUnit.short_name,
            Document.made_at,
        )
        .join(OrganisationUnit, OrganisationUnit.id == Document.unit_id)
        .where(_visible(actor, on), *_conditions(asked, on))
        .order_by(Document.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(Document.id < before)
    found = session.execute(query).all()
    shown = found[:PAGE]
    signers = _signers(session, [row.id for row in shown])
    rows = tuple(DocumentRow(*row, *signers.get(row.id, ((), 0))) for row in shown)
    return DocumentPage(rows, shown[-1].id if len(found) > PAGE else None)


def document_of(session: Session, actor: Actor, document_id: int, *, on: date) -> Document:
    """Give a document; refuses with DocumentGone, and with NotPermitted whoever may not see it."""
    document = session.get(Document, document_id)
    if document is None:
        raise DocumentGone
    seen = select(Document.id).where(Document.id == document_id, _visible(actor, on))
    if session.scalar(seen) is None:
        raise NotPermitted
    return document


def last_document(session: Session, instance_id: int, kind: str) -> Document | None:
    """Give the newest signed document of a kind that an instance made."""
    query = (
        select(Document)
        .join(Signature, Signature.document_id == Document.id)
        .where(Document.instance_id == instance_id, Document.kind == kind, Signature.withdrawn_at.is_(None))
        .order_by(Document.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def documents_signed_in(session: Session, actor: Actor, instance_id: int, *, on: date) -> Sequence[Document]:
    """Give the newest document of each kind that stands signed in a matter, as far as an actor may see it."""
    stands = exists().where(Signature.document_id == Document.id, Signature.withdrawn_at.is_(None))
    newest = (
        select(func.max(Document.id))
        .where(Document.instance_id == instance_id, stands)
        .group_by(Document.kind)
    )
    query = select(Document).where(Document.id.in_(newest), _visible(actor, on)).order_by(Document.id)
    return session.scalars(query).all()


def campaigns_with_documents(session: Session, actor: Actor, *, on: date) -> Sequence[Campaign]:
    """List the campaigns from which an actor may see documents, newest first."""
    kept = select(Document.campaign_id).where(_visible(actor, on))
    return session.scalars(select(Campaign).where(Campaign.id.in_(kept)).order_by(Campaign.id.desc())).all()


def units_with_documents(session: Session, actor: Actor, *, on: date) -> Sequence[OrganisationUnit]:
    """List the units whose documents an actor may see, by name."""
    kept = select(Document.unit_id).where(_visible(actor, on))
    return session.scalars(
        select(OrganisationUnit)
        .where(OrganisationUnit.id.in_(kept))
        .order_by(OrganisationUnit.search_text, OrganisationUnit.id)
    ).all()


def _visible(actor: Actor, on: date) -> ColumnElement[bool]:
    """Give the condition that an actor may see a document.

    They signed it or it was signed for them, they did a step of that matter (the officer of a review), or it belongs
    to a unit they lead or follow.
    """
    me = actor.person_id
    territory: Select[int] = select(visible_units(actor, on).c.unit_id)
    return or_(
        Document.unit_id.in_(territory),
        exists().where(
            Signature.document_id == Document.id,
            or_(Signature.signer_id == me, Signature.on_behalf_of_id == me),
        ),
        exists().where(Task.instance_id == Document.instance_id, Task.completed_by_id == me),
    )


def _conditions(asked: DocumentFilter, on: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if asked.unit_id is not None:
        conditions.append(Document.unit_id.in_(select(subtree([asked.unit_id], on).c.unit_id)))
    if asked.campaign_id is not None:
        conditions.append(Document.campaign_id == asked.campaign_id)
    if asked.instance_id is not None:
        conditions.append(Document.instance_id == asked.instance_id)
    if asked.kind:
        conditions.append(Document.kind == asked.kind)
    if asked.text:
        conditions.append(_says(asked.text))
    return conditions


def _says(text: str) -> ColumnElement[bool]:
    """Look in number and title as typed, and among the names of the signers without marks."""
    signer = exists().where(
        Signature.document_id == Document.id,
        Signature.signer_id == Person.id,
        Person.search_text.contains(fold(text), autoescape=True),
    )
    return or_(
        Document.number.istartswith(text, autoescape=True),
        func.lower(Document.title).contains(text.lower(), autoescape=True),
        signer,
    )


def _signers(session: Session, document_ids: Sequence[int]) -> dict[int, tuple[tuple[str, ...], int]]:
    rows = session.execute(
        select(Signature.document_id, Person.full_name, Signature.withdrawn_at)
        .join(Person, Person.id == Signature.signer_id)
        .where(Signature.document_id.in_(document_ids))
        .order_by(Signature.id)
    )
    found: dict[int, tuple[tuple[str, ...], int]] = {}
    for document_id, name, withdrawn_at in rows:
        assert document_id is not None
        names, withdrawn = found.get(document_id, ((), 0))
        if withdrawn_at is None:
            names = (*names, name) if name not in names else names
        found[document_id] = (names, withdrawn + (withdrawn_at is not None))
    return found

"""Which signed document took the place of which when a matter was signed anew; computed, never kept (C7)."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from models.document import Document, Signature
from models.instance import ProcessInstance


@dataclass(frozen=True, slots=True)
class Reference:
    """A document as another one names it."""

    id: int
    number: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Succession:
    """The newest document that stands instead of this one, if any, and those that this one stands instead of."""

    replaced_by: Reference | None = None
    replaces: tuple[Reference, ...] = ()


def successions_of(session: Session, document_ids: Collection[int]) -> dict[int, Succession]:
    """Give for each document what took its place and what it took the place of.

    The older one is of the same kind and about the same subject in the same campaign, or in the same run where there
    is none, and somebody signed the newer one in a place in which the older one is signed: the head who signs later
    than the teacher replaces nothing. What was taken back does not count.
    """
    older, newer = aliased(Document), aliased(Document)
    before, after = aliased(ProcessInstance), aliased(ProcessInstance)
    first, second = aliased(Signature), aliased(Signature)
    signed_anew = exists().where(
        first.document_id == older.id,
        second.document_id == newer.id,
        second.block == first.block,
        first.withdrawn_at.is_(None),
        second.withdrawn_at.is_(None),
    )
    same_matter = and_(
        after.unit_id == before.unit_id,
        after.subject_kind == before.subject_kind,
        after.subject_id == before.subject_id,
        or_(after.id == before.id, after.campaign_id == before.campaign_id),
    )
    pairs = (
        select(older.id, older.number, older.made_at, newer.id, newer.number, newer.made_at)
        .join(before, before.id == older.instance_id)
        .join(after, same_matter)
        .join(newer, and_(newer.instance_id == after.id, newer.kind == older.kind, newer.id > older.id))
        .where(older.number != "", newer.number != "", signed_anew)
    )
    # From either end on its own, so that each goes along the indexes.
    found = {
        (Reference(*row[:3]), Reference(*row[3:]))
        for end in (older, newer)
        for row in session.execute(pairs.where(end.id.in_(document_ids)))
    }
    newest: dict[int, Reference] = {}
    replaced: dict[int, tuple[Reference, ...]] = defaultdict(tuple)
    for old, new in sorted(found, key=lambda pair: (pair[0].id, pair[1].id)):
        newest[old.id] = new
        replaced[new.id] += (old,)
    return {one: Succession(newest.get(one), replaced.get(one, ())) for one in document_ids}

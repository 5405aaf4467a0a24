"""Corrections of records as the journal has them: what a round changed, who changed a record last."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Text, select, type_coerce
from sqlalchemy.orm import Session, joinedload

from models.campaign import SubjectKind
from models.instance import ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.person import Person


@dataclass(frozen=True, slots=True)
class Correction:
    """A field as it was before the period and as it was last corrected, by whom and when."""

    before: Any
    after: Any
    at: datetime
    by: Person | None
    # The journal's entry: what came before or after another act, also where the clock stands.
    entry_id: int


Corrected = dict[tuple[str, int], dict[str, Correction]]


def correction_details(
    kind: str, subject_id: int, before: dict[str, Any], after: dict[str, Any]
) -> dict[str, Any]:
    """Lay out what the journal keeps of a correction; `last_correction` relies on the order of the keys."""
    return {"kind": kind, "subject_id": subject_id, "before": before, "after": after}


def corrections_in(
    session: Session,
    *,
    campaign_id: int,
    unit_id: int,
    subject_kind: SubjectKind,
    subject_id: int,
    since: datetime | None = None,
) -> Corrected:
    """Give what the reviews of a staff member or of a class corrected, by (record kind, subject) and field.

    `since` is the instant at which the last round ended; without it, all corrections of the campaign.
    """
    entries = (
        select(JournalEntry)
        .options(joinedload(JournalEntry.actor))
        .join(ProcessInstance, ProcessInstance.id == JournalEntry.instance_id)
        .where(
            ProcessInstance.campaign_id == campaign_id,
            ProcessInstance.unit_id == unit_id,
            ProcessInstance.subject_kind == subject_kind,
            ProcessInstance.subject_id == subject_id,
            JournalEntry.kind == JournalKind.RECORD_CORRECTED,
        )
        .order_by(JournalEntry.id)
    )
    if since is not None:
        entries = entries.where(JournalEntry.at > since)
    return _joined(session.scalars(entries))


def last_correction(session: Session, unit_id: int, kind: str, subject_id: int) -> JournalEntry | None:
    """Find the entry of the last correction of one record of a unit."""
    # The details are text with their keys in order (`models.types.Json`); the comma ends the number.
    start = orjson.dumps({"kind": kind, "subject_id": subject_id}).decode()[:-1] + ","
    return session.scalars(
        select(JournalEntry)
        .options(joinedload(JournalEntry.actor))
        .where(
            JournalEntry.unit_id == unit_id,
            JournalEntry.kind == JournalKind.RECORD_CORRECTED,
            type_coerce(JournalEntry.details, Text).startswith(start, autoescape=True),
        )
        .order_by(JournalEntry.id.desc())
        .limit(1)
    ).first()


def _joined(entries: Iterable[JournalEntry]) -> Corrected:
    """Join the corrections of each field: the first value before, the last one after."""
    corrected: Corrected = {}
    for entry in entries:
        details = entry.details
        fields = corrected.setdefault((details["kind"], details["subject_id"]), {})
        for key, after in details["after"].items():
            now = Correction(details["before"].get(key), after, entry.at, entry.actor, entry.id)
            fields[key] = replace(now, before=fields[key].before) if key in fields else now
    return {
        subject: {key: one for key, one in fields.items() if one.before != one.after}
        for subject, fields in corrected.items()
    }

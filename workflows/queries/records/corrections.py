"""Corrections of records as the journal has them: what a round changed, who changed a record last."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Text, bindparam, select, type_coerce
from sqlalchemy.orm import Session, joinedload

from models.campaign import SubjectKind
from models.instance import ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.person import Person
from workflows.policy.field_values import normalise, untidy


@dataclass(frozen=True, slots=True)
class Correction:
    """A field as it was before the period and as it was last corrected, by whom and when."""

    before: Any
    after: Any
    at: datetime
    by: Person | None
    # The journal's last entry that changed more than blanks, 0 without one: what came before or after another act,
    # also where the clock stands.
    entry_id: int
    # The last entry that took out blanks, or joined letters with their marks, where they had been found; 0 without one.
    tidied_id: int = 0

    @property
    def only_blanks(self) -> bool:
        """Whether nothing changed that anybody could read."""
        return normalise(self.before) == normalise(self.after)

    @property
    def tidied(self) -> bool:
        """Whether saving took out what had been found wrong with the value before, and nothing else."""
        return self.only_blanks and self.after is not None and any(untidy("", str(self.before)))


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
    about = {"campaign": campaign_id, "unit": unit_id, "subject_kind": subject_kind, "subject": subject_id}
    if since is None:
        return _joined(session.scalars(_CORRECTIONS, about))
    return _joined(session.scalars(_CORRECTIONS_SINCE, {**about, "since": since}))


# Built once: to build them costs more than to run them.
_CORRECTIONS = (
    select(JournalEntry)
    .options(joinedload(JournalEntry.actor))
    .join(ProcessInstance, ProcessInstance.id == JournalEntry.instance_id)
    .where(
        ProcessInstance.campaign_id == bindparam("campaign"),
        ProcessInstance.unit_id == bindparam("unit"),
        ProcessInstance.subject_kind == bindparam("subject_kind"),
        ProcessInstance.subject_id == bindparam("subject"),
        JournalEntry.kind == JournalKind.RECORD_CORRECTED,
    )
    .order_by(JournalEntry.id)
)
_CORRECTIONS_SINCE = _CORRECTIONS.where(JournalEntry.at > bindparam("since"))


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
            earlier = fields.get(key)
            if now.only_blanks:
                tidied = entry.id if now.tidied else earlier.tidied_id if earlier else 0
                now = replace(now, entry_id=earlier.entry_id if earlier else 0, tidied_id=tidied)
            elif earlier:
                now = replace(now, tidied_id=earlier.tidied_id)
            fields[key] = replace(now, before=earlier.before) if earlier else now
    return {
        subject: {key: one for key, one in fields.items() if one.before != one.after}
        for subject, fields in corrected.items()
    }

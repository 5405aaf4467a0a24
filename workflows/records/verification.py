"""Verifying: does a unit's journal still say what it said when it was sealed, and is all of it there (C7)?"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import Row, Text, select, type_coerce
from sqlalchemy.orm import Session

from models.calendar import Setting
from models.journal import JournalEntry, JournalKind, JournalSeal
from models.organisation import ReportingLine
from workflows.records.sealing import STATE_KEY, SealState
from workflows.records.seals import NO_DIGEST, Seal, as_stored, digest_of, stored_entries

ALTERED = "What stands under seal %(number)s is not what was sealed."
COUNT_DIFFERS = "Seal %(number)s stands over %(sealed)s entries, but there are %(found)s."
SEAL_MISSING = "Seal %(number)s is missing."
SEALS_OVERLAP = "Seal %(number)s does not begin where the seal before it ends."
NOT_SEALED = "Entry %(entry)s stands among sealed entries but under no seal."
HEAD_DIFFERS = "Seal %(number)s is not the one that was kept by the superior unit."
HEADS_UNREADABLE = "Entry %(entry)s, which keeps seals of this unit at its superior, cannot be read."
ROWS_AT_ONCE = 1000

_Found = Iterator[tuple[str, dict[str, int]]]
_Seals = Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold; `reason` is an English message with parameters."""

    unit_id: int
    reason: str
    params: Mapping[str, int]

    @property
    def message(self) -> str:
        """The untranslated message with its parameters filled in."""
        return self.reason % self.params


def verify(session: Session, unit_id: int) -> list[Break]:
    """Find every break in a unit's chain, against its seals and against the heads kept one level up.

    What was written since the last sealing is not covered yet.
    """
    seals = session.execute(
        select(*JournalSeal.__table__.columns)
        .where(JournalSeal.unit_id == unit_id)
        .order_by(JournalSeal.number)
    ).all()
    setting = session.scalar(select(Setting.value).where(Setting.key == STATE_KEY))
    state = SealState() if setting is None else SealState.read(setting)
    found = [
        *_order(seals),
        *_entries(session, unit_id, seals, state),
        *_heads(session, unit_id, seals, state),
    ]
    return [Break(unit_id, reason, params) for reason, params in found]


def _order(seals: _Seals) -> _Found:
    """Look for seals that are missing before the last one, or that do not follow one another."""
    number, last = 0, 0
    for seal in seals:
        for missing in range(number + 1, seal.number):
            yield SEAL_MISSING, {"number": missing}
        if not last < seal.first_entry_id <= seal.last_entry_id:
            yield SEALS_OVERLAP, {"number": seal.number}
        number, last = seal.number, seal.last_entry_id


def _entries(session: Session, unit_id: int, seals: _Seals, state: SealState) -> _Found:
    """Compute every digest again, entry by entry; look for entries that slipped in behind the last seal."""
    ends = sorted(seal.last_entry_id for seal in seals)
    entries = session.execute(
        stored_entries().where(JournalEntry.unit_id == unit_id).order_by(JournalEntry.id),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    standing = 0
    for place, run in groupby(entries, key=lambda entry: bisect_left(ends, entry.id)):
        for empty in range(standing, min(place, len(seals))):
            yield from _under(seals, empty, [])
        standing = place + 1
        if place < len(seals):
            yield from _under(seals, place, list(run))
        else:
            yield from ((NOT_SEALED, {"entry": entry.id}) for entry in run if entry.id <= state.sealed_to)
    for empty in range(standing, len(seals)):
        yield from _under(seals, empty, [])


def _under(seals: _Seals, place: int, entries: list[Row[Any]]) -> _Found:
    stored = seals[place]
    previous = seals[place - 1].digest if place else NO_DIGEST
    if len(entries) != stored.entries:
        yield COUNT_DIFFERS, {"number": stored.number, "sealed": stored.entries, "found": len(entries)}
        return
    seal = Seal(
        stored.unit_id,
        stored.number,
        stored.first_entry_id,
        stored.last_entry_id,
        stored.entries,
        as_stored(stored.sealed_at),
    )
    if digest_of(previous, seal, entries) != stored.digest:
        yield ALTERED, {"number": stored.number}


def _heads(session: Session, unit_id: int, seals: _Seals, state: SealState) -> _Found:
    """Compare the seals with the heads kept one level up: finds an end cut off, and a chain made anew."""
    digests = {seal.number: seal.digest for seal in seals}
    kept: dict[int, str] = dict([state.tops[unit_id]]) if unit_id in state.tops else {}
    superiors = select(ReportingLine.superior_id).where(ReportingLine.unit_id == unit_id)
    keeping = session.execute(
        select(JournalEntry.id, type_coerce(JournalEntry.details, Text))
        .where(JournalEntry.unit_id.in_(superiors), JournalEntry.kind == JournalKind.JOURNAL_SEALED)
        .order_by(JournalEntry.id),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    for entry_id, details in keeping:
        try:
            heads = {below: (number, digest) for below, number, digest in orjson.loads(details)["heads"]}
        except (ValueError, KeyError, TypeError):
            yield HEADS_UNREADABLE, {"entry": entry_id}
            continue
        if unit_id in heads:
            number, digest = heads[unit_id]
            kept[number] = digest
    for number, digest in sorted(kept.items()):
        if number not in digests and number > max(digests, default=0):
            yield SEAL_MISSING, {"number": number}
        elif number in digests and digests[number] != digest:
            yield HEAD_DIFFERS, {"number": number}

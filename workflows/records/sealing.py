"""Sealing what the journal got since the last time, and keeping the head of each chain one level up (C7).

The superior unit's journal gets an entry with the new heads of the units below it, which is sealed in its
turn; the heads of units without a superior are kept with the state of sealing. Whoever rewrites an entry
must rewrite every chain up to the top, and the list there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, insert, or_, select, text

from models.journal import JournalEntry, JournalKind, JournalSeal
from models.organisation import ReportingLine
from workflows.policy.calendar import LOCAL_ZONE
from workflows.records.journal import record
from workflows.records.seals import NO_DIGEST, Seal, as_stored, digest_of, stored_entries
from workflows.settings import lock_setting, store_setting
from workflows.unit_of_work import UnitOfWork

STATE_KEY = "journal_seals"
# A mark younger than this is not trusted: an id is drawn a moment before its transaction gets a number.
SETTLING = timedelta(seconds=30)
ENTRIES_AT_ONCE = 5000

# Number and digest of a unit's last seal.
Head = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """The highest entry seen at an instant, and the number that the next transaction was to get then."""

    entry_id: int
    transaction: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SealState:
    """How far sealing has come, for all units together; one row of `setting`."""

    # Every entry up to here is under a seal.
    sealed_to: int = 0
    # No entry up to here can appear any more.
    settled_to: int = 0
    mark: Mark | None = None
    # Of units that have no superior.
    tops: Mapping[int, Head] = field(default_factory=dict)

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> "SealState":
        """Read the state from the value of its row."""
        mark = value["mark"]
        return cls(
            sealed_to=value["sealed_to"],
            settled_to=value["settled_to"],
            mark=mark and Mark(mark[0], mark[1], datetime.fromisoformat(mark[2])),
            tops={int(unit_id): (number, digest) for unit_id, (number, digest) in value["tops"].items()},
        )

    def value(self) -> dict[str, Any]:
        """Give the value for its row."""
        return {
            "sealed_to": self.sealed_to,
            "settled_to": self.settled_to,
            "mark": self.mark and [self.mark.entry_id, self.mark.transaction, self.mark.at.isoformat()],
            "tops": {str(unit_id): list(head) for unit_id, head in self.tops.items()},
        }


def seal_due(work: UnitOfWork, limit: int = ENTRIES_AT_ONCE) -> int:
    """Seal the settled entries of all units, at most `limit` of them, and give how many they were.

    Does nothing while another worker seals.
    """
    value = lock_setting(work.session, STATE_KEY, lambda: _first_state(work).value())
    if value is None:
        return 0
    state = _settle(work, SealState.read(value))
    entries = work.session.execute(
        stored_entries()
        .where(JournalEntry.id > state.sealed_to, JournalEntry.id <= state.settled_to)
        .order_by(JournalEntry.id)
        .limit(limit)
    ).all()
    if entries:
        tops = _keep_heads(work, seal_entries(work, entries))
        state = replace(state, sealed_to=entries[-1].id, tops={**state.tops, **tops})
    store_setting(work.session, STATE_KEY, state.value())
    return len(entries)


def _first_state(work: UnitOfWork) -> SealState:
    sealed = work.session.scalar(select(func.max(JournalSeal.last_entry_id))) or 0
    return SealState(sealed, sealed)


def seal_entries(work: UnitOfWork, entries: Sequence[Row[Any]]) -> dict[int, Head]:
    """Put one seal for each unit over its entries among these; give the new heads by unit."""
    ordered = sorted(entries, key=attrgetter("unit_id", "id"))
    runs = {unit_id: list(run) for unit_id, run in groupby(ordered, key=attrgetter("unit_id"))}
    heads = _heads(work.connection, runs)
    rows = []
    for unit_id, run in runs.items():
        number, previous = heads.get(unit_id, (0, NO_DIGEST))
        seal = Seal(unit_id, number + 1, run[0].id, run[-1].id, len(run), as_stored(work.now))
        heads[unit_id] = (seal.number, digest_of(previous, seal, run))
        rows.append(
            {
                "unit_id": unit_id,
                "number": seal.number,
                "first_entry_id": seal.first_entry_id,
                "last_entry_id": seal.last_entry_id,
                "entries": seal.entries,
                "digest": heads[unit_id][1],
                "sealed_at": work.now,
            }
        )
    work.connection.execute(insert(JournalSeal), rows)
    return heads


def _heads(connection: Connection, unit_ids: Iterable[int]) -> dict[int, Head]:
    last = (
        select(JournalSeal.unit_id, func.max(JournalSeal.number).label("number"))
        .where(JournalSeal.unit_id.in_(list(unit_ids)))
        .group_by(JournalSeal.unit_id)
        .subquery()
    )
    rows = connection.execute(
        select(JournalSeal.unit_id, JournalSeal.number, JournalSeal.digest).join(
            last, (JournalSeal.unit_id == last.c.unit_id) & (JournalSeal.number == last.c.number)
        )
    )
    return {unit_id: (number, digest) for unit_id, number, digest in rows}


def _keep_heads(work: UnitOfWork, heads: Mapping[int, Head]) -> dict[int, Head]:
    """Write the new heads into the journals of the superiors; give those of units that have none."""
    today = work.now.astimezone(ZoneInfo(LOCAL_ZONE)).date()
    lines = work.session.execute(
        select(ReportingLine.unit_id, ReportingLine.superior_id).where(
            ReportingLine.unit_id.in_(list(heads)),
            ReportingLine.from_on <= today,
            or_(ReportingLine.until_on.is_(None), ReportingLine.until_on >= today),
        )
    )
    superiors: dict[int, int] = dict(lines.all())
    kept: dict[int, list[tuple[int, int, str]]] = {}
    for unit_id, (number, digest) in sorted(heads.items()):
        if unit_id in superiors:
            kept.setdefault(superiors[unit_id], []).append((unit_id, number, digest))
    for superior_id, below in kept.items():
        record(work, JournalKind.JOURNAL_SEALED, unit_id=superior_id, actor_id=None, details={"heads": below})
    return {unit_id: head for unit_id, head in heads.items() if unit_id not in superiors}


def _settle(work: UnitOfWork, state: SealState) -> SealState:
    """Find out up to which id no entry can appear any more.

    On SQLite one transaction writes at a time: what is there is all. PostgreSQL hands out ids before the
    commit, so a lower id may become visible after a higher one. A mark notes the highest id seen, and which
    transactions had begun by then; once all of these have ended, everything up to the mark is settled.
    """
    highest = work.session.scalar(select(func.max(JournalEntry.id))) or 0
    if work.connection.dialect.name == "sqlite":
        return replace(state, settled_to=highest)
    oldest_running, next_to_come = work.connection.execute(
        text(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,"
            " pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        )
    ).one()
    mark = state.mark
    # `abs`: a demonstration's clock may be set back.
    if mark is not None and mark.transaction <= oldest_running and abs(work.now - mark.at) >= SETTLING:
        state, mark = replace(state, settled_to=mark.entry_id), None
    return replace(state, mark=mark or Mark(highest, next_to_come, work.now))

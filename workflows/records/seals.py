"""What a seal stands over, and how its digest comes about (C7).

The entries of each unit are a chain: a seal's digest is SHA-256 over the digest before it, the seal's own
figures and the entries exactly as they are stored. An inspector can compute it again without this product.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Row, Select, String, Text, select, type_coerce

from models.journal import JournalEntry

# What the first seal of a unit follows.
NO_DIGEST = ""

# In this order for ever: a column added to the table later is not part of it.
_SEALED: tuple[Any, ...] = (
    JournalEntry.id,
    type_coerce(JournalEntry.at, String).label("at"),
    type_coerce(JournalEntry.kind, String).label("kind"),
    JournalEntry.unit_id,
    JournalEntry.campaign_id,
    JournalEntry.instance_id,
    JournalEntry.task_id,
    JournalEntry.actor_id,
    JournalEntry.on_behalf_of_id,
    type_coerce(JournalEntry.details, Text).label("details"),
    JournalEntry.request_key,
)


@dataclass(frozen=True, slots=True)
class Seal:
    """The figures of a seal that its digest covers."""

    unit_id: int
    number: int
    first_entry_id: int
    last_entry_id: int
    entries: int
    sealed_at: str


def stored_entries() -> Select[Any]:
    """Select entries as they are stored: a value that was tampered with must not stop the reading."""
    return select(*_SEALED)


def digest_of(previous: str, seal: Seal, entries: Iterable[Row[Any]]) -> str:
    """Compute the digest of a seal over the digest before it, its figures and its entries.

    The first line is a JSON list of the digest before and the figures; each entry is one more line, the
    list of its values as `stored_entries` gives them.
    """
    figures = (seal.unit_id, seal.number, seal.first_entry_id, seal.last_entry_id, seal.entries)
    digest = sha256(_line((previous, *figures, seal.sealed_at)))
    for entry in entries:
        digest.update(_line(as_stored(value) for value in entry))
    return digest.hexdigest()


def _line(values: Iterable[Any]) -> bytes:
    # `default`: SQLite lets anything stand in any column; what is not ours gives another digest, not an
    # error.
    return orjson.dumps(list(values), default=repr, option=orjson.OPT_APPEND_NEWLINE)


def as_stored(value: Any) -> Any:
    """Write an instant as SQLite keeps it, so that a chain reads alike on both databases."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value

"""Minutes and reports as PDF/A, made from their content and the signatures under it.

The same content and signatures give the same bytes, whatever the host: own fonts, no clock, no network.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import orjson

from workflows.records.minutes_content import ADDED_LATER, PARTS, TITLES, MinutesKind
from workflows.records.typesetting import shown, typeset

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

# Enough to tell two contents apart at sight; the whole digest stands at the foot of every page.
SHORT_DIGEST = 16


@dataclass(frozen=True, slots=True)
class MinutesSignature:
    """A signature under minutes: in which block, by whom, when, over which digest."""

    block: str
    name: str
    capacity: str
    signed_at: datetime
    digest: str
    on_behalf_of: str = ""


def canonical(content: Mapping[str, object]) -> bytes:
    """Give the one form of a content that is hashed: JSON in UTF-8, keys in order, no blanks.

    Refuses with TypeError whatever is no plain JSON value.
    """
    strict = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
    return orjson.dumps(content, option=strict | orjson.OPT_PASSTHROUGH_SUBCLASS)


def content_digest(content: Mapping[str, object]) -> str:
    """Give the SHA-256 of a content, hexadecimal: what is signed."""
    return hashlib.sha256(canonical(content)).hexdigest()


def title_of(kind: MinutesKind, content: Mapping[str, object]) -> str:
    """Name the minutes in one line, as in "Biên bản bàn giao dữ liệu lớp 6A1, năm học 2025–2026"."""
    name, subject = TITLES[kind]
    return f"{name} {subject[0].lower()}{subject[1:]}" % content


def render_minutes(
    kind: MinutesKind,
    content: Mapping[str, object],
    signatures: Sequence[MinutesSignature] = (),
    *,
    number: str = "",
) -> bytes:
    """Print minutes as PDF/A-2b; blocks without a signature leave room for one by hand.

    `content` has the shape that `minutes_content` gives for the kind; `number` is printed where the content has
    none, for a document gets its number only when it is signed. Refuses with ValueError signatures over
    another content or in a block that the content does not have, and a content of another shape.
    """
    _require_shape(kind, content)
    digest = content_digest(content)
    _require_own_signatures(content, digest, signatures)
    name, subject = TITLES[kind]
    minutes = {
        "name": name,
        "subject": shown(subject % content),
        "content": shown(_numbered(content, number)),
        "digest": digest,
        "signatures": [shown(_printed(signature)) for signature in signatures],
    }
    return typeset(kind, minutes, _dated_on(content))


def _require_shape(kind: MinutesKind, content: Mapping[str, object]) -> None:
    """Refuse missing parts, and parts that would be signed unseen because no template shows them."""
    wrong = (content.keys() ^ PARTS[kind]) - ADDED_LATER.get(kind, frozenset())
    if wrong:
        raise ValueError(f"Content of {kind} with parts missing or unknown: {', '.join(sorted(wrong))}")


def _numbered(content: Mapping[str, object], number: str) -> Mapping[str, object]:
    heading = content["heading"]
    if not number or not isinstance(heading, Mapping) or heading["number"]:
        return content
    return {**content, "heading": {**heading, "number": number}}


def _require_own_signatures(
    content: Mapping[str, object], digest: str, signatures: Sequence[MinutesSignature]
) -> None:
    blocks = content["blocks"]
    keys = {block["key"] for block in blocks} if isinstance(blocks, Sequence) else set()
    for signature in signatures:
        if signature.digest != digest:
            raise ValueError(
                f"The signature of {signature.block} is over another content: {signature.digest}"
            )
        if signature.block not in keys:
            raise ValueError(f"The minutes have no place to sign for {signature.block}")


def _printed(signature: MinutesSignature) -> dict[str, str]:
    at = signature.signed_at.astimezone(LOCAL_ZONE)
    return {
        "block": signature.block,
        "name": signature.name,
        "capacity": signature.capacity,
        "on_behalf_of": signature.on_behalf_of,
        "signed_at": at.strftime("%H:%M:%S ngày %d/%m/%Y"),
        "short_digest": signature.digest[:SHORT_DIGEST],
    }


def _dated_on(content: Mapping[str, object]) -> datetime:
    heading = content["heading"]
    if not isinstance(heading, Mapping):
        raise ValueError("Minutes need a heading")
    return datetime.combine(date.fromisoformat(heading["dated_on"]), datetime.min.time(), LOCAL_ZONE)

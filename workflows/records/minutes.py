"""Minutes and reports as PDF/A, made from their content and the signatures under it.

The same content and signatures give the same bytes, whatever the host: own fonts, no clock, no network.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import typst

from workflows.records.minutes_content import PARTS, TITLES, MinutesKind

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(__file__).parent / "fonts"
LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

# Enough to tell two contents apart at sight; the whole digest stands at the foot of every page.
SHORT_DIGEST = 16
LONGEST_WORD = 24

# What all four styles of Liberation Serif can show and people can see. PDF/A admits no missing glyph, and a
# signed document no invisible character or reversed text.
SHOWN = (
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x34E),
    (0x350, 0x36F),
    (0x391, 0x3A1),
    (0x3A3, 0x3CE),
    (0x400, 0x513),
    (0x1E00, 0x1E9B),
    (0x1EA0, 0x1EF9),
    (0x2010, 0x2010),
    (0x2012, 0x2015),
    (0x2018, 0x2022),
    (0x2026, 0x2026),
    (0x2030, 0x2030),
    (0x2032, 0x2033),
    (0x20AB, 0x20AC),
    (0x2116, 0x2116),
    (0x2122, 0x2122),
    (0x2190, 0x2193),
    (0x2212, 0x2212),
    (0x2264, 0x2265),
    (0x25A0, 0x25A1),
)
BREAK_HERE = "\u200b"


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
        "subject": _shown(subject % content),
        "content": _shown(_numbered(content, number)),
        "digest": digest,
        "signatures": [_shown(_printed(signature)) for signature in signatures],
    }
    return _compiled(kind, orjson.dumps(minutes).decode(), _dated_on(content))


def _require_shape(kind: MinutesKind, content: Mapping[str, object]) -> None:
    """Refuse missing parts, and parts that would be signed unseen because no template shows them."""
    wrong = content.keys() ^ PARTS[kind]
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


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def _compiled(kind: MinutesKind, minutes: str, dated_on: datetime) -> bytes:
    compiler = typst.Compiler(
        TEMPLATES / f"{kind}.typ", root=TEMPLATES, font_paths=_fonts(), sys_inputs={"minutes": minutes}
    )
    try:
        pdf = compiler.compile(format="pdf", pdf_standards="a-2b", timestamp=int(dated_on.timestamp()))
    except typst.TypstError as error:
        raise ValueError(f"The content does not have the shape of {kind}: {error.message}") from error
    assert isinstance(pdf, bytes)
    return pdf


def _shown(value: object) -> object:
    """Make all text within a JSON value fit for print."""
    if isinstance(value, str):
        return "".join(_printable(value))
    if isinstance(value, Mapping):
        return {key: _shown(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [_shown(inner) for inner in value]
    return value


def _printable(text: str) -> Iterator[str]:
    """Spell out what the font cannot show as [U+1F600], and let overlong words break."""
    unbroken = 0
    for character in unicodedata.normalize("NFC", text):
        if character.isspace():
            unbroken = 0
            yield "\n" if character == "\n" else " "
            continue
        if unbroken and unbroken % LONGEST_WORD == 0 and not unicodedata.combining(character):
            yield BREAK_HERE
        unbroken += 1
        shown = any(first <= ord(character) <= last for first, last in SHOWN)
        yield character if shown else f"[U+{ord(character):04X}]"

"""Setting type: a template and plain values in, PDF/A out. The same values give the same bytes on any host.

Own fonts, no clock, no network; what the fonts cannot show is spelled out.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

import orjson
import typst

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(__file__).parent / "fonts"
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


def typeset(template: str, values: Mapping[str, object], dated: datetime) -> bytes:
    """Print values with a template as PDF/A-2b; refuses with ValueError values of another shape."""
    compiler = typst.Compiler(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=_fonts(),
        sys_inputs={"minutes": orjson.dumps(values).decode()},
    )
    try:
        pdf = compiler.compile(format="pdf", pdf_standards="a-2b", timestamp=int(dated.timestamp()))
    except typst.TypstError as error:
        raise ValueError(f"The content does not have the shape of {template}: {error.message}") from error
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def shown(value: object) -> object:
    """Make all text within a JSON value fit for print."""
    if isinstance(value, str):
        return "".join(_printable(value))
    if isinstance(value, Mapping):
        return {key: shown(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [shown(inner) for inner in value]
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
        known = any(first <= ord(character) <= last for first, last in SHOWN)
        yield character if known else f"[U+{ord(character):04X}]"

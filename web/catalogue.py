"""Keeps the catalogue of translations in step with the code: English msgids, Vietnamese texts.

`python -m web translations update` extracts, merges, compiles and lists what has no Vietnamese text yet.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HOUSE = Path(__file__).resolve().parent.parent
FOLDER = HOUSE / "web" / "translations"
KEYWORDS: dict[str, Any] = {
    "_": None,
    "N_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
# What refusals derive from that stand in another file.
REFUSALS = frozenset({"Refusal", "DiagramUnreadable", "InstanceStuck"})
# A date of today would make every run a change.
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Report:
    """What stands between the catalogue and the code."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    stale: bool

    @property
    def clean(self) -> bool:
        return not (self.missing or self.unknown or self.stale)


def source(
    fileobj: IO[bytes], keywords: Mapping[str, Any], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[tuple[int, Any, Any, Any]]:
    """Extract from Python: marked texts, and the docstrings of refusals, which are their messages."""
    content = fileobj.read()
    yield from extract_python(BytesIO(content), keywords, comment_tags, options)  # type: ignore[arg-type]
    kinds = set(REFUSALS)
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.ClassDef) and (
            node.name in REFUSALS
            or any(isinstance(base, ast.Name) and base.id in kinds for base in node.bases)
        ):
            kinds.add(node.name)
            text = ast.get_docstring(node, clean=False)
            if text:
                yield node.lineno, None, text.strip(), []


def update(locale: str = "vi") -> Report:
    """Bring the catalogue up to date and compile it."""
    catalogue = _merged(locale)
    place = _folder(locale)
    place.mkdir(parents=True, exist_ok=True)
    (place / "messages.po").write_bytes(_as_po(catalogue))
    (place / "messages.mo").write_bytes(_as_mo(catalogue))
    return Report(_missing(catalogue), (), stale=False)


def check(locale: str = "vi") -> Report:
    """Compare the catalogue with the code without touching it."""
    merged = _merged(locale)
    place = _folder(locale)
    kept = _read(locale)
    known = {message.id for message in merged if message.id}
    unknown = tuple(str(message.id) for message in kept if message.id and message.id not in known)
    unknown += tuple(str(key) for key in kept.obsolete)
    stale = (
        _as_po(merged) != (place / "messages.po").read_bytes()
        or _as_mo(kept) != (place / "messages.mo").read_bytes()
    )
    return Report(_missing(merged), unknown, stale)


def extracted() -> Catalog:
    """Give every text of the code and the templates."""
    with (FOLDER / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalogue = Catalog(project="Rasoat", creation_date=MADE_AT)
    found = extract_from_dir(HOUSE, methods, options, keywords=KEYWORDS, directory_filter=_is_ours)
    for name, line, message, comments, context in found:
        catalogue.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return catalogue


def _is_ours(folder: str) -> bool:
    path = Path(folder)
    return not path.name.startswith((".", "_")) and path.name not in {
        "node_modules",
        "static",
        "tests",
        "var",
    }


def _folder(locale: str) -> Path:
    return FOLDER / locale / "LC_MESSAGES"


def _read(locale: str) -> Catalog:
    place = _folder(locale) / "messages.po"
    if not place.exists():
        return Catalog(locale=locale, project="Rasoat")
    with place.open("rb") as file:
        return read_po(file, locale=locale)


def _merged(locale: str) -> Catalog:
    catalogue = _read(locale)
    catalogue.update(extracted(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.creation_date = catalogue.revision_date = MADE_AT
    catalogue.project, catalogue.version = "Rasoat", "0"
    catalogue.last_translator, catalogue.language_team, catalogue.header_comment = "", "vi", "#"
    catalogue.fuzzy = False
    return catalogue


def _missing(catalogue: Catalog) -> tuple[str, ...]:
    return tuple(str(message.id) for message in catalogue if message.id and not _is_translated(message))


def _is_translated(message: Message) -> bool:
    texts = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return bool(texts) and all(texts) and not message.fuzzy


def _as_po(catalogue: Catalog) -> bytes:
    buffer = BytesIO()
    # Line numbers would change with every edit; the file is enough to find a text.
    write_po(buffer, catalogue, width=110, sort_output=True, include_lineno=False, ignore_obsolete=True)
    return buffer.getvalue()


def _as_mo(catalogue: Catalog) -> bytes:
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()

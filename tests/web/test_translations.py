"""Every text of the product has a Vietnamese one, and no template holds a text that cannot be translated."""

import inspect
import re
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest

from web import catalogue
from workflows import errors
from workflows.errors import Refusal

TEMPLATES = catalogue.HOUSE / "web" / "templates"
SPOKEN = {"title", "alt", "placeholder", "aria-label", "aria-description", "content", "label"}
# What stands for itself in every language: keys of the keyboard, and texts for machines.
SAME_EVERYWHERE = {"j", "k", "x", "d", "t", "Enter"}
ATTRIBUTE = re.compile(r'([\w:-]+)="([^"]*)"')
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


class Texts(HTMLParser):
    """Collects what a reader sees or hears of a template's own HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag)
        if tag == "meta":
            return
        self.found += [value or "" for name, value in attributes if name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.inside):
            self.found.append(data)


def literal_texts(source: str) -> list[str]:
    """Give the texts with letters that stand in a template outside of expressions and `{% trans %}`."""
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"])
    kept: list[str] = []
    block: list[str] | None = None
    # Within a translated text, or within a block that is a part of a class attribute.
    hidden = False
    for _, kind, value in environment.lex(source):
        if kind == "block_begin":
            block = []
        elif kind == "block_end":
            words = block or []
            if words[:1] in (["trans"], ["endtrans"]):
                hidden = words[0] == "trans"
            elif words[:1] == ["block"]:
                hidden = words[1].endswith("_class")
            elif words[:1] == ["endblock"]:
                hidden = False
            block = None
        elif block is not None and kind not in ("whitespace",):
            block.append(value)
        elif kind == "data" and not hidden:
            kept.append(value)
        elif kind == "variable_begin":
            # An expression in the middle of an attribute must not end it.
            kept.append("0")
    parser = Texts()
    parser.feed("".join(kept))
    # Attributes that a template collects outside of a tag (`{% set attributes %}`).
    for text in list(parser.found):
        parser.found += [value for name, value in ATTRIBUTE.findall(text) if name in SPOKEN]
    words = (re.sub(r"&\w+;|0", "", ATTRIBUTE.sub("", text)).strip() for text in parser.found)
    return [text for text in words if re.search(r"[^\W\d_]", text) and text not in SAME_EVERYWHERE]


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES))
)
def test_template_holds_no_text_that_cannot_be_translated(path: Path) -> None:
    assert literal_texts(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ('<p title="Hello">{{ x }}</p>', ["Hello"]),
        ("<p>{{ _('Hello') }} · {{ x }}</p>", []),
        ("<p>{% trans %}Hello{% endtrans %}{# Hello #}</p>", []),
        ('<a class="{{ a }} btn" href="/x">{% if a %}Xin chào{% endif %}</a>', ["Xin chào"]),
        ("<script>let x = 1;</script>", []),
        ('{% set more %}name="a" aria-label="Hello"{% endset %}', ["Hello"]),
    ],
)
def test_the_search_for_texts_finds_them(source: str, found: list[str]) -> None:
    assert literal_texts(source) == found


def test_catalogue_is_complete_and_compiled() -> None:
    report = catalogue.check()

    assert report.missing == ()
    assert report.unknown == ()
    assert not report.stale, "run: python -m web translations update"


def test_every_refusal_is_in_the_catalogue() -> None:
    known = {message.id for message in catalogue.extracted()}
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Refusal)]

    assert [kind.__name__ for kind in kinds if (kind.__doc__ or "").strip() not in known] == []


def test_translations_keep_the_places_of_values() -> None:
    wrong = []
    for message in catalogue._read("vi"):
        english = message.id if isinstance(message.id, str) else message.id[-1]
        vietnamese = message.string[0] if isinstance(message.string, list | tuple) else message.string
        if (
            english
            and vietnamese
            and sorted(PLACEHOLDER.findall(english)) != sorted(PLACEHOLDER.findall(vietnamese))
        ):
            wrong.append(english)
    assert wrong == []


def test_no_translation_has_a_lone_percent_sign() -> None:
    """Templates put values into every text they translate, so a lone percent sign ends the page with an error."""
    lone = re.compile(r"%(?!\(\w+\)[sd]|%)")
    texts = [
        text
        for message in catalogue._read("vi")
        for text in (message.string if isinstance(message.string, list | tuple) else (message.string,))
    ]

    assert [text for text in texts if lone.search(text)] == []


def test_readers_are_addressed_as_teachers_everywhere() -> None:
    studio = (catalogue.HOUSE / "web" / "studio" / "src" / "language.js").read_text(encoding="utf-8")
    pages = [str(message.string) for message in catalogue._read("vi")]

    assert [
        text for text in [*studio.splitlines(), *pages] if re.search(r"\bbạn\b|anh/chị", text, re.I)
    ] == []

"""YAML as it stands in a file: texts with their lines, nothing guessed, nothing that could run or grow.

A day, an hour and "no" stay what was written; only where a value is asked for, numbers and yes or no are read.
"""

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path
from textwrap import shorten
from typing import Any

import yaml

from workflows.engine.language.reasons import N_, Reason
from workflows.rehearsal.errors import ScenarioWrong

MAX_CHARACTERS = 1_000_000
HALF_A_SIGN = re.compile("[\ud800-\udfff]")
NUMBER = re.compile(r"[-+]?\d{1,15}(\.\d{1,15})?")
WORDS: dict[str, object] = {
    "true": True,
    "yes": True,
    "false": False,
    "no": False,
    "null": None,
    "nothing": None,
}
HERE, UNITS, PEOPLE = (
    Reason(N_("known here")),
    Reason(N_("units written down")),
    Reason(N_("people written down")),
)
# A list of names fits into what a reason keeps of a parameter.
LISTED = 190
# What the reader of YAML says, whether it happened where it began, and what to do about it. The first that fits.
NO_YAML = (
    ("character '\\t'", False, Reason(N_("begin lines with blanks, not with the tab key"))),
    (
        "expected ',' or",
        True,
        Reason(N_("the bracket opened here is not closed, or a comma is missing in it")),
    ),
    ("end of stream", True, Reason(N_("the quote opened here is not closed"))),
    ("could not find expected ':'", True, Reason(N_("after the name a colon and a blank are missing"))),
    (
        "mapping values",
        False,
        Reason(
            N_(
                "a colon too many: put a text with a colon into quotes, or move the line to those it belongs to"
            )
        ),
    ),
    ("sequence entries", False, Reason(N_("begin each dash of a list on a line of its own"))),
    ("cannot start any token", False, Reason(N_("a text cannot begin with this sign: put it into quotes"))),
    (
        "expected <block end>",
        False,
        Reason(
            N_(
                "the line begins further left or right than those it belongs to, or has something after a quote"
            )
        ),
    ),
    (
        "another document",
        False,
        Reason(N_("take the line of three dashes away: a file holds one list of scenarios")),
    ),
    (
        "",
        False,
        Reason(
            N_(
                "write a name, a colon, a blank and what it is; put texts with signs like [ ] { } , : into quotes"
            )
        ),
    ),
)


class Entry:
    """One place of a file: a text, a list or named entries; every method that reads it refuses what is not that."""

    def __init__(self, file: Path, node: yaml.Node) -> None:
        self._file = file
        self._node = node

    @property
    def line(self) -> int:
        """The line in the file, the first is 1."""
        return int(self._node.start_mark.line) + 1

    def wrong(self, problem: Reason) -> ScenarioWrong:
        """Make the refusal that names file and line."""
        return ScenarioWrong(where=f"{self._file}:{self.line}", problem=problem)

    def text(self) -> str:
        """Read one line of text."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.wrong(Reason(N_("a text is expected here, not a list and not named entries")))
        if HALF_A_SIGN.search(self._node.value):
            raise self.wrong(Reason(N_("half a sign (\\uD800 to \\uDFFF) is no text: write the sign itself")))
        return str(self._node.value).strip()

    def value(self) -> Any:
        """Read a value: number, true or false, nothing, text, a list of these or named ones. Quoted, it is a text."""
        if isinstance(self._node, yaml.SequenceNode):
            return [one.value() for one in self.list()]
        if isinstance(self._node, yaml.MappingNode):
            return {name: entry.value() for name, entry in self.named().items()}
        text = self.text()
        if self._node.style is not None:
            return text
        if NUMBER.fullmatch(text):
            return float(text) if "." in text else int(text)
        return WORDS.get(text.lower(), text)

    def is_text(self) -> bool:
        """Tell whether this is a text."""
        return isinstance(self._node, yaml.ScalarNode)

    def list(self) -> list["Entry"]:
        """Read a list; a single text is a list of one, `nothing` an empty one."""
        if isinstance(self._node, yaml.SequenceNode):
            return [Entry(self._file, node) for node in self._node.value]
        if self.is_text():
            return [] if self.text().lower() in ("nothing", "nobody", "") else [self]
        raise self.wrong(Reason(N_("a list is expected here: lines that begin with a dash")))

    def named(self, allowed: Collection[str] | None = None) -> dict[str, "Entry"]:
        """Read named entries; refuses names that are not allowed, and one given twice."""
        if self.is_text() and not self.text():
            return {}
        if not isinstance(self._node, yaml.MappingNode):
            raise self.wrong(Reason(N_("named entries are expected here: a name, a colon and what it is")))
        found: dict[str, Entry] = {}
        for key, node in self._node.value:
            name = Entry(self._file, key).text()
            if name in found:
                raise Entry(self._file, key).wrong(Reason(N_('"%(name)s" stands here twice'), name=name))
            if allowed is not None and name not in allowed:
                raise Entry(self._file, key).wrong(unknown(name, allowed))
            found[name] = Entry(self._file, node)
        return found


def unknown(name: str, known: Collection[str], what: Reason = HERE) -> Reason:
    """Say that a name is unknown, with the nearest one or those there are."""
    near = get_close_matches(name, known, 1)
    if near:
        return Reason(N_('"%(name)s" is unknown; did you mean "%(near)s"?'), name=name, near=near[0])
    listed = shorten(", ".join(known), LISTED, placeholder=" …") or Reason(N_("none"))
    return Reason(N_('"%(name)s" is unknown; %(what)s: %(known)s'), name=name, what=what, known=listed)


def read_file(file: Path) -> Entry:
    """Read a file from the disk; refuses what is no text in UTF-8, and what `read_entries` refuses."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problem = Reason(N_("the file cannot be read: save it as text in UTF-8"))
        raise ScenarioWrong(str(file), problem) from error
    except OSError as error:
        problem = Reason(N_("the file cannot be read: see that it is there, and that it may be opened"))
        raise ScenarioWrong(str(file), problem) from error
    return read_entries(file, text)


def read_entries(file: Path, text: str) -> Entry:
    """Read a file; refuses what is no YAML, empty, or uses anchors."""
    if len(text) > MAX_CHARACTERS:
        problem = Reason(
            N_("the file is longer than %(count)s characters: make several of it"), count=MAX_CHARACTERS
        )
        raise ScenarioWrong(str(file), problem)
    try:
        for token in _tokens(text):
            if isinstance(token, (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken)):
                problem = Reason(N_("a text cannot begin with & or * or !: put it into quotes"))
                raise ScenarioWrong(f"{file}:{token.start_mark.line + 1}", problem)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _no_yaml(file, error) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = Reason(N_("a sign stands here that no text has: delete it and write it anew"))
        raise ScenarioWrong(f"{file}:{line}", problem) from error
    except RecursionError as error:
        problem = Reason(N_("too many brackets or lists within one another"))
        raise ScenarioWrong(str(file), problem) from error
    if node is None:
        raise ScenarioWrong(str(file), Reason(N_("the file is empty")))
    return Entry(file, node)


def _no_yaml(file: Path, error: yaml.MarkedYAMLError) -> ScenarioWrong:
    """Say what is wrong instead of what the reader of YAML says, which speaks to programmers."""
    said = error.problem or error.context or ""
    began, cause = next((began, cause) for part, began, cause in NO_YAML if part in said)
    mark = (began and error.context_mark) or error.problem_mark or error.context_mark
    where = f"{file}:{mark.line + 1}" if mark else str(file)
    return ScenarioWrong(where, Reason(N_("this is no YAML: %(cause)s"), cause=cause))


def _tokens(text: str) -> Iterator[yaml.Token]:
    yield from yaml.scan(text, Loader=yaml.SafeLoader)

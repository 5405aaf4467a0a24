"""YAML as it stands in a file: texts with their lines, nothing guessed, nothing that could run or grow.

A day, an hour and "no" stay what was written; only where a value is asked for, numbers and yes or no are read.
"""

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

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


class Entry:
    """One place of a file: a text, a list or named entries; every method that reads it refuses what is not that."""

    def __init__(self, file: Path, node: yaml.Node) -> None:
        self._file = file
        self._node = node

    @property
    def line(self) -> int:
        """The line in the file, the first is 1."""
        return int(self._node.start_mark.line) + 1

    def wrong(self, problem: str) -> ScenarioWrong:
        """Make the refusal that names file and line."""
        return ScenarioWrong(where=f"{self._file}:{self.line}", problem=problem)

    def text(self) -> str:
        """Read one line of text."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.wrong("a text is expected here, not a list and not named entries")
        if HALF_A_SIGN.search(self._node.value):
            raise self.wrong("half a sign (\\uD800 to \\uDFFF) is no text: write the sign itself")
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
        raise self.wrong("a list is expected here: lines that begin with a dash")

    def named(self, allowed: Collection[str] | None = None) -> dict[str, "Entry"]:
        """Read named entries; refuses names that are not allowed, and one given twice."""
        if self.is_text() and not self.text():
            return {}
        if not isinstance(self._node, yaml.MappingNode):
            raise self.wrong("named entries are expected here: a name, a colon and what it is")
        found: dict[str, Entry] = {}
        for key, node in self._node.value:
            name = Entry(self._file, key).text()
            if name in found:
                raise Entry(self._file, key).wrong(f'"{name}" stands here twice')
            if allowed is not None and name not in allowed:
                raise Entry(self._file, key).wrong(unknown(name, allowed))
            found[name] = Entry(self._file, node)
        return found


def unknown(name: str, known: Collection[str], what: str = "known here") -> str:
    """Say that a name is unknown, with the nearest one or all there are."""
    near = get_close_matches(name, known, 1)
    hint = f'did you mean "{near[0]}"?' if near else f"{what}: {', '.join(known)}"
    return f'"{name}" is unknown; {hint}'


def read_file(file: Path) -> Entry:
    """Read a file from the disk; refuses what is no text in UTF-8, and what `read_entries` refuses."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioWrong(where=str(file), problem=f"the file cannot be read: {error}") from error
    return read_entries(file, text)


def read_entries(file: Path, text: str) -> Entry:
    """Read a file; refuses what is no YAML, empty, or uses anchors."""
    if len(text) > MAX_CHARACTERS:
        raise ScenarioWrong(where=str(file), problem=f"longer than {MAX_CHARACTERS} characters")
    try:
        for token in _tokens(text):
            if isinstance(token, (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken)):
                where = f"{file}:{token.start_mark.line + 1}"
                raise ScenarioWrong(
                    where=where, problem="a text cannot begin with & or * or !: put it into quotes"
                )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}" if mark else str(file)
        raise ScenarioWrong(
            where=where, problem=f"this is no YAML: {error.problem or error.context}"
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ScenarioWrong(where=str(file), problem="this is no YAML that can be read") from error
    if node is None:
        raise ScenarioWrong(where=str(file), problem="the file is empty")
    return Entry(file, node)


def _tokens(text: str) -> Iterator[yaml.Token]:
    yield from yaml.scan(text, Loader=yaml.SafeLoader)

"""Checks drawings on the command line with the checks of publishing; needs no store and no server."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from locale import getlocale
from pathlib import Path

from flask import Flask
from flask_babel import force_locale

from web import i18n
from web.administration.procedure_words import SEVERITIES
from web.wording import say_problem
from workflows.engine import Problem, check
from workflows.engine.check import check_tables
from workflows.engine.decisions.reading import is_decision_file, keys_in
from workflows.engine.diagram.reading import MAX_BYTES
from workflows.engine.heading import heading_of, heading_problems
from workflows.engine.importing.decisions import decisions_named
from workflows.errors import DiagramRefused

FINE, ERRORS, UNREADABLE = 0, 1, 2
DRAWINGS = (".bpmn", ".bpmn2", ".bpmn20.xml", ".dmn")


def N_(text: str) -> str:
    """Mark a text for the catalogue; it is translated when it is said."""
    return text


def lint_files(
    files: Sequence[Path],
    calls: Sequence[str],
    language: str | None,
    *,
    as_json: bool,
    write: Callable[[str], object],
) -> int:
    """Say what is wrong with each file, also those in a folder, a line to a problem, and give the exit status.

    The language is the one asked for, else that of the terminal, else English as all of the command line.
    """
    contents = {path: _content(path) for path in _with_tables(_gathered(files))}
    known = {*calls, *(key for content in contents.values() for key in _keys(content))}
    status = FINE
    lines: list[str] = []
    plain: list[dict[str, object]] = []
    with speaking(language):
        for path, content in contents.items():
            if isinstance(content, Problem):
                found: Iterable[Problem] = [content]
            else:
                found = _problems(path, content, known, contents)
            for problem in sorted(found, key=_place):
                if problem.severity == "error":
                    status = max(status, UNREADABLE if problem is content else ERRORS)
                reason, remedy = say_problem(_for_files(problem))
                lines.append(_line(path, problem, reason, remedy))
                plain.append(_plain(path, problem, reason, remedy))
    if as_json:
        write(json.dumps(plain, ensure_ascii=False))
    else:
        for line in lines:
            write(line)
    return status


def _gathered(paths: Sequence[Path]) -> list[Path]:
    """The files, and in place of a folder the drawings and tables in it; one without any stays, to be told of."""
    found: list[Path] = []
    for path in paths:
        inside = path.rglob("*") if path.is_dir() else ()
        drawn = sorted(one for one in inside if one.name.lower().endswith(DRAWINGS) and one.is_file())
        found += drawn or [path]
    return found


def _with_tables(files: Sequence[Path]) -> list[Path]:
    """The files with the decision tables that lie beside drawings, each once."""
    beside = (table for file in files if file.suffix != ".dmn" for table in sorted(file.parent.glob("*.dmn")))
    return list(dict.fromkeys([*files, *beside]))


def _problems(
    path: Path, content: bytes, known: Collection[str], contents: Mapping[Path, bytes | Problem]
) -> Iterable[Problem]:
    """Check a drawing together with the decision tables it names, or a file of tables by itself."""
    if is_decision_file(content.decode(errors="replace")) or path.suffix == ".dmn":
        return _of_tables(path, content)
    files = {one: text for one, text in contents.items() if isinstance(text, bytes)}
    tables = {one: text for one, text in files.items() if is_decision_file(text.decode(errors="replace"))}
    named = _named(path, content, tables)
    # At their own files, which have the lines; what several say together stands at the drawing that names them.
    told = [problem for problem in check_tables(named) if problem.line] if named else []
    found = [problem for problem in check(content, known, named) if problem not in told]
    return [*found, *_unseen(content)]


def _of_tables(path: Path, content: bytes) -> Iterable[Problem]:
    try:
        keys_in(content)
    except DiagramRefused as refused:
        return refused.problems
    return check_tables({path.stem: content.decode()})


def _unseen(content: bytes) -> list[Problem]:
    """Say, as publishing does, that nobody can look at a drawing without positions."""
    try:
        return heading_problems(content, heading_of(content).key)
    except DiagramRefused:
        return []  # the check says why


def _named(path: Path, drawing: bytes, tables: Mapping[Path, bytes]) -> dict[str, str]:
    """The tables of the decisions that a drawing names: those that lie beside it, else others that were given."""
    try:
        named = set(decisions_named(drawing))
    except DiagramRefused:
        return {}  # the check says why
    found: dict[str, str] = {}
    for beside in (True, False):
        having = {
            table: keys
            for table, content in tables.items()
            if (table.parent == path.parent) is beside and named.intersection(keys := _decisions(content))
        }
        found |= {str(table): tables[table].decode() for table in having}
        named.difference_update(*having.values())
    return found


def _decisions(table: bytes) -> list[str]:
    try:
        return keys_in(table)
    except DiagramRefused:
        return []  # told of that file


def _content(path: Path) -> bytes | Problem:
    """Give the bytes of a file, or why there are none."""
    if path.is_dir():
        return _unreadable(
            N_("There is no drawing (*.bpmn) and no decision table (*.dmn) in this folder."),
            N_("Name the files, or the folder in which they lie."),
        )
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)  # what is longer is refused for it
    except FileNotFoundError:
        return _unreadable(
            N_("There is no such file."),
            N_("Look at the name and the folder; a name with blanks needs quotes."),
        )
    except OSError:
        return _unreadable(
            N_("The file cannot be opened."), N_("See that you may read it and that its disk can be reached.")
        )


def _unreadable(reason: str, remedy: str) -> Problem:
    return Problem("", "", 0, reason, remedy, code="unreadable")


def _keys(content: bytes | Problem) -> Iterator[str]:
    if isinstance(content, bytes):
        try:
            yield heading_of(content).key
        except DiagramRefused:
            return  # the check says why


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Speak the language asked for, else that of the terminal, else English, until the block ends."""
    app = Flask("web")
    i18n.install(app)
    spoken = (getlocale()[0] or "").split("_")[0]
    with app.app_context(), force_locale(language or (spoken if spoken in i18n.LANGUAGES else "en")):
        yield


def _for_files(problem: Problem) -> Problem:
    """Say of a call that leads nowhere what helps here, where nothing is published."""
    if problem.code != "called_unknown":
        return problem
    return replace(
        problem,
        reason=N_("The called process %(name)s is in none of the files."),
        remedy=N_(
            "Give its drawing too (lint FILE FILE…), name it with --calls if it is published already, "
            "or correct the key."
        ),
    )


def _place(problem: Problem) -> tuple[int, int]:
    return SEVERITIES.index(problem.severity), problem.line


def _line(path: Path, problem: Problem, reason: str, remedy: str) -> str:
    element = problem.element_id or "-"
    name = f' "{problem.element_name}"' if problem.element_name else ""
    # What is about the file as a whole stands on no line.
    place = f"{path}:{problem.line}" if problem.line else str(path)
    line = f"{place}: {problem.severity}: {element}{name}: {_sentence(reason)} {remedy}"
    return " ".join(line.split())


def _sentence(text: str) -> str:
    """Give a text with its full stop: what libraries say has none."""
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?", "…", ":", ".”", '."')) else f"{text}."


def _plain(path: Path, problem: Problem, reason: str, remedy: str) -> dict[str, object]:
    return {
        "file": str(path),
        "line": problem.line or None,
        "severity": problem.severity,
        "element_id": problem.element_id,
        "element_name": problem.element_name,
        "code": problem.code,
        "reason": reason,
        "remedy": remedy,
    }

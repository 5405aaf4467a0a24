"""The import pass: mends the tree of one file in place, the same way each time, and tells what it did.

What is stored of a version is the file as it came and, beside it, the outcome of this pass at publishing. So a pass
that learns more later changes nothing about what runs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from workflows.engine.decisions.table import Book
from workflows.engine.diagram.drawing import draw, local, processes_of
from workflows.engine.importing.assignments import STARTER, assign
from workflows.engine.importing.calls import take_call, take_loop
from workflows.engine.importing.code import name_code
from workflows.engine.importing.decisions import take_decision
from workflows.engine.importing.expressions import Translator, take_expressions
from workflows.engine.importing.forms import take_form, take_start_form
from workflows.engine.importing.mappings import take_correlation
from workflows.engine.importing.notes import Notebook
from workflows.engine.importing.priorities import take_priorities
from workflows.engine.importing.references import mend_references
from workflows.engine.importing.splits import take_splits, take_starts
from workflows.engine.importing.variables import declare_variables
from workflows.engine.importing.vendors import attribute, uses_our_words
from workflows.engine.language.vocabulary import BPMN, RS
from workflows.engine.specification import Problem
from workflows.errors import DiagramRefused

THINGS = ("resource", "dataStoreReference", "dataObject", "dataObjectReference", "property", "dataInput")


@dataclass(frozen=True, slots=True)
class Taken:
    """What the pass did; `xml` is the mended copy, None when the file needs nothing."""

    xml: bytes | None
    notes: tuple[Problem, ...]
    # Elements that are only in the copy, with the one in the file that they stand for.
    made: Mapping[str, etree._Element]

    def placed(self, problem: Problem) -> Problem:
        """Put a problem of an element that is only in the copy to the one in the file."""
        element = self.made.get(problem.element_id)
        if element is None:
            return problem
        line: Any = element.sourceline
        return replace(
            problem,
            element_id=element.get("id", ""),
            element_name=element.get("name", ""),
            line=line or 0,
        )


def take(root: etree._Element, decisions: Book | None = None) -> Taken:
    """Mend a parsed file in place; a file without exactly one process that can run stays as it is.

    `decisions` are those of the procedure: what their tables read is asked for by the drawing.
    """
    processes, running = processes_of(root)
    if len(running) != 1:
        return Taken(None, (), {})
    book, process = Notebook(), running[0]
    if len(processes) > 1:
        book.say(process, "took_process", count=len(processes), name=process.get("name") or process.get("id"))
    foreign = not uses_our_words(root)
    mend_references(root, book)
    starts = list(process.iterchildren(f"{{{BPMN}}}startEvent"))
    starters = {name: STARTER for start in starts if (name := attribute(start, "initiator"))}
    translator = Translator(book, starters, _things(root), _undrawn(root), everywhere=foreign)
    take_expressions(process, translator)
    take_correlation(root, process, translator)
    lanes = _lanes(root)
    keys = tuple(key for start in starts for key in take_start_form(start, book))
    for element in list(process.iter(f"{{{BPMN}}}*")):
        _take(element, lanes, translator)
        if local(element) == "businessRuleTask":
            take_decision(element, translator, decisions or Book())
    take_starts(process, book)
    take_splits(process, book)
    take_priorities(process, book)
    try:
        declare_variables(draw(root), keys, book, everywhere=foreign)
    except DiagramRefused:
        pass  # the rules name the same faults
    notes = tuple(_told(book.notes(process)))
    xml = etree.tostring(root, xml_declaration=True, encoding="UTF-8") if book.changed else None
    return Taken(xml, notes, book.made)


def _take(element: etree._Element, lanes: dict[str, str | None], translator: Translator) -> None:
    name_code(element, translator.book)
    kind = local(element)
    if kind == "userTask":
        take_form(element, translator.book)
        assign(element, lanes.get(element.get("id", "")), translator)
    elif kind == "callActivity":
        take_call(element, translator)
    elif kind == "multiInstanceLoopCharacteristics" and (activity := element.getparent()) is not None:
        take_loop(activity, element, translator)


def _things(root: etree._Element) -> dict[str, str]:
    """The names of what expressions and assignments refer to by identifier."""
    return {
        element.get("id", ""): element.get("name", "")
        for kind in THINGS
        for element in root.iter(f"{{{BPMN}}}{kind}")
    }


def _undrawn(root: etree._Element) -> frozenset[str]:
    """Give what a step sets only by its outcomes, where none is drawn: a file that asks for it means its own."""
    outcomes = list(root.iter(f"{{{RS}}}outcome"))
    names = {"outcome"} if not outcomes else set()
    return frozenset(names if any(one.get("of") for one in outcomes) else names | {"returned"})


def _lanes(root: etree._Element) -> dict[str, str | None]:
    """The lane of each node, before anything was mended."""
    try:
        return {node.id: node.lane for node in draw(root).nodes()}
    except DiagramRefused:
        return {}


def _told(notes: Iterable[Problem]) -> Iterable[Problem]:
    """Give each note once: an event and its flow may have the same to say."""
    seen: set[tuple[str, str, int, str]] = set()
    for note in notes:
        key = note.code, note.element_id, note.line, repr(note.params)
        if key not in seen:
            seen.add(key)
            yield note

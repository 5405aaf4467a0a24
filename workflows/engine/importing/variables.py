"""Variables that other tools set by themselves: a run is started with them here, and the drawing says so."""

from collections.abc import Iterator

from lxml import etree

from workflows.engine.diagram.details import call_of, declared, names_in, rs, script_of
from workflows.engine.diagram.drawing import Drawing
from workflows.engine.importing.calls import ALL
from workflows.engine.importing.notes import Notebook
from workflows.engine.importing.translation import NAME
from workflows.engine.importing.vendors import set_ours
from workflows.engine.language.expressions import compiled, compiled_script
from workflows.engine.language.vocabulary import COUNTERS, RESERVED, VALUES
from workflows.errors import ExpressionRefused


def declare_variables(
    drawing: Drawing, start_keys: tuple[str, ...], book: Notebook, *, everywhere: bool
) -> frozenset[str]:
    """Declare what the taken expressions ask for and nothing sets, and give every variable there is.

    `everywhere` takes the other expressions too: in a file without any word of ours all are of another tool.
    """
    process = drawing.process.element
    known = declared(drawing) - {ALL}
    missing: dict[str, etree._Element] = {}
    asked = [*book.taken, *(_expressions(drawing) if everywhere else ())]
    for element, text in asked:
        for name in _variables(text):
            if name not in known | VALUES | COUNTERS and NAME.fullmatch(name):
                missing.setdefault(name, element)
    for name, element in missing.items():
        if name not in start_keys:
            book.say(element, "variable_outside", name=name)
    wanted = [key for key in start_keys if NAME.fullmatch(key) and key not in RESERVED | known]
    new = dict.fromkeys([*wanted, *missing])
    if new:
        set_ours(process, "takes", ", ".join([*names_in(rs(process, "takes")), *new]))
        book.changed = True
    return known.union(new) - RESERVED


def _expressions(drawing: Drawing) -> Iterator[tuple[etree._Element, str]]:
    """Conditions, scripts and multi-instance markers of a whole drawing."""
    for node in drawing.nodes():
        yield from ((flow.element, flow.condition) for flow in node.outgoing if flow.condition)
        if node.many is not None:
            call = call_of(node)
            for text in (call.collection, call.cardinality, call.condition):
                if text is not None:
                    yield node.element, text
        if node.kind == "scriptTask":
            yield from ((node.element, text) for text in _lines(script_of(node)))


def _lines(script: str) -> list[str]:
    try:
        return [expression.source for _, expression in compiled_script(script)]
    except ExpressionRefused:
        return []  # the rules say what is wrong with it


def _variables(text: str) -> list[str]:
    try:
        return sorted(compiled(text).variables)
    except ExpressionRefused:
        return []

"""Variables that other tools set by themselves: a run is started with them here, and the drawing says so."""

from collections.abc import Iterator

from lxml import etree

from workflows.engine.diagram.details import (
    call_of,
    catches,
    correlation_of,
    declared,
    names_in,
    rs,
    script_of,
)
from workflows.engine.diagram.drawing import Drawing, child_of, text_of
from workflows.engine.importing.mappings import dropped
from workflows.engine.importing.notes import Notebook
from workflows.engine.importing.translation import NAME
from workflows.engine.importing.vendors import attribute, set_ours
from workflows.engine.language.expressions import compiled, compiled_script
from workflows.engine.language.vocabulary import ALL, BPMN, COUNTERS, RESERVED, VALUES
from workflows.errors import ExpressionRefused

CAUGHT = ("errorCodeVariable", "errorMessageVariable", "escalationCodeVariable")


def declare_variables(
    drawing: Drawing, start_keys: tuple[str, ...], book: Notebook, *, everywhere: bool
) -> None:
    """Declare what the taken expressions ask for and nothing sets.

    `everywhere` takes the other expressions too: in a file without any word of ours all are of another tool.
    """
    process = drawing.process.element
    known = declared(drawing)
    missing: dict[str, etree._Element] = {}
    asked = [(element, _variables(text)) for element, text in book.taken]
    drawn = list(_asked(drawing))
    lost = _lost([*asked, *drawn], process, known, book)
    for element, names in [*asked, *(drawn if everywhere else ())]:
        for name in sorted(names - known - VALUES - COUNTERS):
            if NAME.fullmatch(name):
                missing.setdefault(name, element)
    outside = {name: at for name, at in missing.items() if name not in start_keys and name not in lost}
    brought = _brought(drawing, tuple(outside), book)
    returned = any(
        ALL in dict(call_of(node).returns) for node in drawing.nodes() if node.kind == "callActivity"
    )
    for name, element in outside.items():
        code = "variable_by_event" if name in brought else "variable_outside"
        book.say(element, "variable_by_call" if returned else code, name=name)
    wanted = [key for key in start_keys if NAME.fullmatch(key) and key not in RESERVED | known]
    new = dict.fromkeys([*wanted, *missing])
    if new:
        set_ours(process, "takes", ", ".join([*names_in(rs(process, "takes")), *new]))
        book.changed = True


def _brought(drawing: Drawing, names: tuple[str, ...], book: Notebook) -> tuple[str, ...]:
    """Let messages and signals bring what nothing in the drawing sets, as elsewhere they bring anything.

    Not the keys by which they find their run, and nothing where the drawing says what an event brings.
    """
    keys = {name for node in drawing.nodes() for name in correlation_of(node)}
    free = tuple(name for name in names if name not in keys)
    events = [node for node in drawing.nodes() if catches(node) and rs(node.element, "takes") is None]
    for event in events if free else ():
        set_ours(event.element, "takes", ", ".join(free))
        beside = event.kind in ("boundaryEvent", "startEvent") and not event.interrupts
        book.did(event.element, "took_values_beside" if beside else "took_values", name=", ".join(free))
    return free if events else ()


def _lost(
    asked: list[tuple[etree._Element, frozenset[str]]],
    process: etree._Element,
    known: frozenset[str],
    book: Notebook,
) -> set[str]:
    """Refuse each mapping and each event that would set what an expression reads, and give the names."""
    read = frozenset[str]().union(*(names for _, names in asked))
    lost = [(element, name) for element, name in dropped(process, known) if name in read]
    for element, name in lost:
        book.say(element, "mapping_read", name=name)
    caught = list(_caught(process))
    for element, name in caught:
        book.say(element, "caught_read" if name in read else "caught_left", name=name)
    return {name for _, name in (*lost, *caught)}


def _caught(process: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Give each variable into which an event puts the code or text of what it catches, with the event."""
    for kind in ("errorEventDefinition", "escalationEventDefinition"):
        for definition in process.iter(f"{{{BPMN}}}{kind}"):
            for name in CAUGHT:
                if (variable := attribute(definition, name)) and (
                    event := definition.getparent()
                ) is not None:
                    yield event, variable


def _asked(drawing: Drawing) -> Iterator[tuple[etree._Element, frozenset[str]]]:
    """The names in conditions, scripts and multi-instance markers of a whole drawing."""
    for node in drawing.nodes():
        for flow in node.outgoing:
            yield flow.element, _variables(flow.condition or "")
        if node.many is not None:
            call = call_of(node)
            for text in (call.collection, call.cardinality, call.condition):
                yield node.element, _variables(text or "")
        if node.loop is not None:
            yield node.element, _variables(text_of(child_of(node.loop, "loopCondition")) or "")
        if node.kind == "scriptTask":
            yield node.element, _of_script(script_of(node))


def _variables(text: str) -> frozenset[str]:
    try:
        return compiled(text).variables
    except ExpressionRefused:
        return frozenset()  # the rules say what is wrong with it


def _of_script(script: str) -> frozenset[str]:
    try:
        return frozenset[str]().union(*(expression.variables for _, expression in compiled_script(script)))
    except ExpressionRefused:
        return frozenset()

"""Calls of other processes and multi-instance activities as other tools write them."""

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from workflows.engine.diagram.drawing import child_of, referred, text_of
from workflows.engine.importing.expressions import Translator
from workflows.engine.importing.translation import NAME, is_foreign
from workflows.engine.importing.vendors import FAMILY, ZEEBE, attribute, extra, extras, make, ours, set_ours
from workflows.engine.language.vocabulary import ALL, BPMN, RESERVED

PLAIN = re.compile(r"[$#]\{\s*([A-Za-z][A-Za-z0-9_]*)\s*\}|=\s*([A-Za-z][A-Za-z0-9_]*)")


def take_loop(activity: etree._Element, marker: etree._Element, translator: Translator) -> None:
    """Give a multi-instance marker the collection and the name of the item that its file means."""
    zeebe = extra(marker, "loopCharacteristics", (ZEEBE,))
    written, item = attribute(marker, "collection"), attribute(marker, "elementVariable")
    if written is None:
        nested = extra(marker, "collection")
        written = text_of(nested) or ((nested.get("string") or None) if nested is not None else None)
    if zeebe is not None:
        written, item = zeebe.get("inputCollection") or written, zeebe.get("inputElement") or item
        _output(activity, marker, zeebe, translator)
    if written is None:
        written = _of_the_standard(activity, marker, translator.things)
    if written and not ours(marker, "collection") and child_of(marker, "loopCardinality") is None:
        _collection(activity, marker, written.strip(), translator)
    if item and child_of(marker, "inputDataItem") is None:
        make(marker, "inputDataItem", name=item.strip())
        translator.book.changed = True


def _collection(
    activity: etree._Element, marker: etree._Element, written: str, translator: Translator
) -> None:
    said = translator.take(activity, written) if is_foreign(written) else written
    if said is not None:
        set_ours(marker, "collection", said)
        translator.book.taken.append((activity, said))
        translator.book.did(activity, "took_collection", text=written, ours=said)


def _output(
    activity: etree._Element, marker: etree._Element, zeebe: etree._Element, translator: Translator
) -> None:
    collected, each = zeebe.get("outputCollection"), (zeebe.get("outputElement") or "").strip()
    if not collected or child_of(marker, "loopDataOutputRef") is not None:
        return
    make(marker, "loopDataOutputRef", collected.strip())
    said = translator.take(activity, each) if is_foreign(each) else each
    if said and NAME.fullmatch(said):
        make(marker, "outputDataItem", name=said)
    elif said:
        translator.book.say(activity, "output_computed", text=each)
    translator.book.changed = True


def _of_the_standard(
    activity: etree._Element, marker: etree._Element, things: Mapping[str, str]
) -> str | None:
    """Follow `loopDataInputRef` through the inputs of the activity to a variable; None when it already names one."""
    reference = referred(text_of(child_of(marker, "loopDataInputRef")))
    if not reference:
        return None
    for association in activity.iterchildren(f"{{{BPMN}}}dataInputAssociation"):
        source = referred(text_of(child_of(association, "sourceRef")))
        if referred(text_of(child_of(association, "targetRef"))) == reference and source:
            return _variable(things, source)
    found = _variable(things, reference)
    return found if found != reference else None


def _variable(things: Mapping[str, str], reference: str) -> str:
    """Give the variable behind a data object, property or input: its name where it can be one, else its id."""
    name = things.get(reference, "")
    return name if NAME.fullmatch(name) else reference


def take_call(call: etree._Element, translator: Translator) -> None:
    """Give a call activity the key it calls, the variables it hands over and those it takes back."""
    book = translator.book
    zeebe = extra(call, "calledElement", (ZEEBE,))
    if zeebe is not None and not call.get("calledElement"):
        key = (zeebe.get("processId") or "").strip()
        constant = re.fullmatch(r'=\s*"([^"\\]*)"', key)
        call.set("calledElement", constant[1] if constant else key)
        book.did(call, "took_call", text=key)
    if ours(call, "pass") is None:
        passed = list(dict.fromkeys(_passed(call, zeebe, translator)))
        if passed:
            set_ours(call, "pass", ", ".join(passed))
        if passed and zeebe is None:
            book.did(call, "took_call", text=", ".join(passed))
    if ours(call, "returns") is None:
        _take_back(call, zeebe, translator)


def _passed(call: etree._Element, zeebe: etree._Element | None, translator: Translator) -> Iterator[str]:
    everything = attribute(call, "inheritVariables") == "true"
    if everything or (zeebe is not None and zeebe.get("propagateAllParentVariables") != "false"):
        yield ALL
    for one in extras(call, "in", FAMILY):
        source, expression = one.get("source"), one.get("sourceExpression")
        if one.get("variables") == "all":
            yield ALL
        elif name := _same(source or _plain(expression), one.get("target")):
            yield name
        elif source or expression:
            translator.book.say(call, "call_renamed", text=source or expression)
    for one in mapped(call, "input"):
        if name := _same(_plain(one.get("source")), one.get("target")):
            yield name
        else:
            translator.book.say(call, "call_renamed", text=one.get("source") or one.get("target") or "")


def _same(source: str | None, target: str | None) -> str | None:
    return source if source == (target or source) else None


def _plain(expression: str | None) -> str | None:
    """Give the variable that an expression is, None for anything else."""
    found = PLAIN.fullmatch((expression or "").strip())
    return found[1] or found[2] if found else None


def mapped(element: etree._Element, way: str) -> Iterator[etree._Element]:
    """Give the mappings of Zeebe at an element that lead one way: `input` or `output`."""
    holder = extra(element, "ioMapping", (ZEEBE,))
    if holder is not None:
        yield from holder.iterchildren(f"{{{ZEEBE}}}{way}")


def _take_back(call: etree._Element, zeebe: etree._Element | None, translator: Translator) -> None:
    returns: list[str] = []
    left: list[str] = []
    for name, target in _returned(call, zeebe):
        if target == ALL:
            returns.append(ALL)
        elif name and NAME.fullmatch(name) and NAME.fullmatch(target) and target not in RESERVED:
            returns.append(name if name == target else f"{name} as {target}")
        else:
            left.append(target)
    if returns:
        set_ours(call, "returns", ", ".join(dict.fromkeys(returns)))
        translator.book.did(call, "took_returns", name=", ".join(dict.fromkeys(returns)))
    if left:
        translator.book.say(call, "call_result_left", name=", ".join(left))


def _returned(call: etree._Element, zeebe: etree._Element | None) -> Iterator[tuple[str | None, str]]:
    """Each variable that the file takes back from the called process: its name there, None if computed, and here."""
    for one in extras(call, "out", FAMILY):
        source = one.get("source") or _plain(one.get("sourceExpression"))
        target = one.get("target") or source or ""
        if one.get("variables") == "all":
            yield ALL, ALL
        elif target.strip() and target.strip() != ours(call, "output"):
            yield (source or "").strip() or None, target.strip()
    outputs = list(mapped(call, "output"))
    for one in outputs:
        yield _plain(one.get("source")), (one.get("target") or "").strip()
    if zeebe is not None and not outputs and zeebe.get("propagateAllChildVariables") != "false":
        yield ALL, ALL

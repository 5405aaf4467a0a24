"""Mappings of variables, which are not carried out, and the keys by which messages of Zeebe find their run."""

from collections.abc import Iterator

from lxml import etree

from workflows.engine.diagram.details import CATCHES, returns_of
from workflows.engine.diagram.drawing import local, referred, text_of
from workflows.engine.importing.calls import PLAIN, mapped
from workflows.engine.importing.expressions import Translator
from workflows.engine.importing.vendors import FAMILY, ZEEBE, extra, extras, ours, set_ours
from workflows.engine.language.vocabulary import BPMN


def dropped(process: etree._Element, known: frozenset[str]) -> Iterator[tuple[etree._Element, str]]:
    """Give each name that a mapping would set and nothing else does, or sets otherwise, with its element.

    `known` are the names that something else sets. What an input sets is seen in its element only.
    """
    for element in process.iter(f"{{{BPMN}}}*"):
        for name, source, inward in _mapped(element):
            plain = PLAIN.fullmatch(source.strip())
            same = plain is not None and (plain[1] or plain[2]) == name
            if name and not same and not (inward and name in known):
                yield element, name


def _mapped(element: etree._Element) -> Iterator[tuple[str, str, bool]]:
    """Each mapping of an element: the name it sets, where from, and whether it leads inward."""
    holder = extra(element, "inputOutput", FAMILY)
    for one in holder if holder is not None else ():
        if isinstance(one.tag, str):
            yield (one.get("name") or "").strip(), text_of(one) or "", one.tag.endswith("}inputParameter")
    if local(element) == "callActivity":
        yield from _not_taken_back(element)
        return
    for way in ("input", "output"):
        for one in mapped(element, way):
            yield (one.get("target") or "").strip(), one.get("source") or "", way == "input"


def _not_taken_back(call: etree._Element) -> Iterator[tuple[str, str, bool]]:
    """What the called process would give back otherwise than by name; what the call gives it is passed or refused."""
    taken = {ours(call, "output"), *(here for _, here in returns_of(call))}
    for one in (*extras(call, "out", FAMILY), *mapped(call, "output")):
        if (name := (one.get("target") or "").strip()) not in taken:
            yield name, "", False


def take_correlation(root: etree._Element, process: etree._Element, translator: Translator) -> None:
    """Let a message find its run by the variable that its subscription names."""
    keys: dict[str, str] = {}
    for message in root.iterchildren(f"{{{BPMN}}}message"):
        subscription = extra(message, "subscription", (ZEEBE,))
        if subscription is not None and (written := (subscription.get("correlationKey") or "").strip()):
            keys[message.get("id", "")] = written
    for element in process.iter(f"{{{BPMN}}}*"):
        if local(element) not in CATCHES or ours(element, "correlation") is not None:
            continue
        holders = [element, *(one for one in element if local(one) == "messageEventDefinition")]
        named = [keys[ref] for one in holders if (ref := referred(one.get("messageRef"))) in keys]
        key = named[0] if named else None
        if key is None:
            continue
        if (plain := PLAIN.fullmatch(key)) is None:
            translator.book.say(element, "correlation_left", text=key)
            continue
        name = plain[1] or plain[2]
        set_ours(element, "correlation", name)
        translator.book.taken.append((element, name))
        translator.book.did(element, "took_correlation", text=key, ours=name)

"""Identifiers and what refers to them: missing ones are given, prefixes of namespaces are taken off."""

from collections.abc import Iterator

from lxml import etree

from workflows.engine.diagram.drawing import drawn, local
from workflows.engine.importing.notes import Notebook
from workflows.engine.importing.translation import is_foreign
from workflows.engine.language.reasons import N_, Reason
from workflows.engine.language.vocabulary import BPMN

REFERRING = (
    "sourceRef", "targetRef", "default", "attachedToRef", "messageRef", "signalRef", "errorRef", "escalationRef",
    "calledElement",
)  # fmt: skip
REFERRING_TEXTS = ("flowNodeRef", "loopDataInputRef", "loopDataOutputRef")


def mend_references(root: etree._Element, book: Notebook) -> None:
    """Give every node and flow an identifier, take prefixes off, and name messages without a name."""
    taken = {element.get("id") for element in root.iter(etree.Element)}
    numbers: dict[str, int] = {}
    for element in [element for element in drawn(root) if not element.get("id")]:
        element.set("id", _free(local(element), taken, numbers))
        book.did_silently(element, "took_ids")
    for element, name, text in list(_references(root)):
        prefix, _, bare = text.strip().rpartition(":")
        if prefix and text not in taken and bare:
            if name:
                element.set(name, bare)
            else:
                element.text = bare
            book.did_silently(element, "took_prefixes")
    for notice in (one for one in root if local(one) in ("message", "signal")):
        if is_foreign(computed := notice.get("name")):
            book.say(
                notice, "expression_foreign", text=computed, detail=Reason(N_("a name cannot be computed"))
            )
    for notice in root:
        nameless = local(notice) in ("message", "signal") and not (notice.get("name") or "").strip()
        if nameless and (identifier := notice.get("id")):
            notice.set("name", identifier)
            book.did(notice, "took_notice_name", name=identifier)


def _free(kind: str, taken: set[str | None], numbers: dict[str, int]) -> str:
    """Give an identifier that depends on nothing but the file."""
    while True:
        numbers[kind] = numbers.get(kind, 0) + 1
        made = f"{kind}_{numbers[kind]}"
        if made not in taken:
            taken.add(made)
            return made


def _references(root: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
    """Everything that refers to an identifier, with the attribute's name, "" for the text."""
    for element in root.iter(f"{{{BPMN}}}*"):
        for name in REFERRING:
            if ":" in (text := element.get(name, "")):
                yield element, name, text
        if local(element) in REFERRING_TEXTS and ":" in (text := element.text or ""):
            yield element, "", text

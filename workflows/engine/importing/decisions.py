"""Which decision a business rule task makes, as other tools write it."""

from lxml import etree

from workflows.engine.decisions.table import Book
from workflows.engine.diagram.reading import read
from workflows.engine.importing.expressions import Translator
from workflows.engine.importing.translation import is_foreign
from workflows.engine.importing.vendors import ZEEBE, attribute, extra, ours, set_ours
from workflows.engine.language.vocabulary import BPMN


def take_decision(task: etree._Element, translator: Translator, decisions: Book) -> None:
    """Give a business rule task the decision it names, the variable for the result and its shape."""
    if (ours(task, "decision") or "").strip():
        return  # its author knows our words, and the rules say what nothing declares
    _name(task, translator)
    key = ours(task, "decision") or ""
    for expression in decisions.reads(key).values():
        translator.asks_for_outcomes(task, expression.source, expression.source)
        translator.book.taken.append((task, expression.source))


def decisions_named(xml: bytes) -> frozenset[str]:
    """Give the decisions that the tasks of a drawing name, in our words or those of other tools."""
    named: set[str] = set()
    for task in read(xml).iter(f"{{{BPMN}}}businessRuleTask"):
        zeebe = extra(task, "calledDecision", (ZEEBE,))
        called = zeebe.get("decisionId") if zeebe is not None else None
        named.add(ours(task, "decision") or attribute(task, "decisionRef") or called or "")
    return frozenset(key.strip() for key in named if key.strip())


def _name(task: etree._Element, translator: Translator) -> None:
    zeebe = extra(task, "calledDecision", (ZEEBE,))
    if zeebe is not None:
        key, output, shape = zeebe.get("decisionId", ""), zeebe.get("resultVariable"), ""
    else:
        key, output = attribute(task, "decisionRef") or "", attribute(task, "resultVariable")
        shape = attribute(task, "mapDecisionResult") or "resultList"
    key = key.strip()
    if not key:
        return
    if is_foreign(key):
        translator.book.say(task, "decision_computed", text=key)
        return
    set_ours(task, "decision", key)
    if output and ours(task, "output") is None:
        set_ours(task, "output", output.strip())
    if shape and ours(task, "map") is None:
        set_ours(task, "map", shape)
    translator.book.did(task, "took_decision", text=key)

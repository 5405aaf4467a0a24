"""Rules on what an element says: expressions, timers, forms, outcomes, escalation, calls."""

import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from lxml import etree

from workflows.engine.decisions.deciding import SHAPES
from workflows.engine.decisions.faults import fault_of_task
from workflows.engine.decisions.table import Book
from workflows.engine.diagram.details import (
    call_of,
    correlation_of,
    decision_of,
    declared,
    names_in,
    rs,
    script_of,
    step_of,
    takes_of,
)
from workflows.engine.diagram.drawing import Area, Drawing, Node, child_of, text_of
from workflows.engine.diagram.faults import fault
from workflows.engine.language.days import day_of
from workflows.engine.language.expressions import Expression, compiled, compiled_script
from workflows.engine.language.instants import Cycle, due_of, impossible_instants, parse_time, refuse_rush
from workflows.engine.language.operations import BUILTINS
from workflows.engine.language.reasons import N_, Reason, reason_of
from workflows.engine.language.vocabulary import ALL, COUNTERS, FUNCTIONS, RESERVED, RS, VALUES
from workflows.engine.running.compiling import TIMES, runs_apart
from workflows.engine.specification import FIELD_TYPES, NAMED, REVIEWS, SUBJECTS, Call, Field, Problem, Step
from workflows.errors import ExpressionRefused

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
RUNG = re.compile(r"0|[+-]?\d{1,3}[dh]")
HREF = re.compile(r"https?://[^\s]+|/(?!/)[^\s]*")
ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # for what depends on nothing, least of all on the present
RUNG_TARGETS = {"assignee", "accountable", "head", "superior", "office"}
ATTRIBUTES = {
    "process": {"subject", "opens", "takes", "pass"},
    "userTask": {"assignee", "accountable", "due", "review", "minutes", "signature", "bulk"},
    "businessRuleTask": {"decision", "output", "map"},
    "callActivity": {"pass", "returns", "output"},
    "multiInstanceLoopCharacteristics": {"collection"},
    "endEvent": {"result", "correlation"},
    "startEvent": {"takes", "correlation"},
    "intermediateCatchEvent": {"takes", "correlation"},
    "intermediateThrowEvent": {"correlation"},
    "boundaryEvent": {"takes", "correlation"},
    "receiveTask": {"takes", "correlation"},
    "sendTask": {"correlation"},
}
ELEMENTS = {"form", "field", "option", "outcome", "escalation", "rung", "guidance"}

Found = Iterator[Problem]


def content_problems(drawing: Drawing, known_keys: Collection[str], book: Book | None = None) -> Found:
    """Every fault of content, element by element in document order; `book` has the decisions of the procedure."""
    variables = declared(drawing)
    process = drawing.process.element
    if (subject := rs(process, "subject")) and subject not in SUBJECTS:
        yield fault(process, "subject_unknown", name=subject)
    yield from _unknown_words(process, "process")
    for name in (*names_in(rs(process, "takes")), *names_in(rs(process, "pass"))):
        yield from _name(process, name)
    for node in drawing.nodes():
        judge = Judge(node, variables)
        yield from _unknown_words(node.element, node.kind)
        yield from _conditions(judge)
        if node.kind == "userTask":
            yield from _step(judge, step_of(node))
        elif node.kind == "scriptTask":
            yield from _script(judge)
        elif node.kind == "businessRuleTask":
            yield from _decision(judge, book or Book())
        if node.kind == "callActivity":
            yield from _called(node, {*known_keys, drawing.process.id})
        for name in takes_of(node):
            yield from _name(node.element, name)
        for name in correlation_of(node):
            if name not in judge.known:
                yield fault(node.element, "name_unknown", text=name, name=name)
        if node.many is not None or node.kind == "callActivity":
            yield from _many(judge, call_of(node))
        if node.loop is not None:
            yield from judge.expression(text_of(child_of(node.loop, "loopCondition")))
        if node.event == "timer":
            yield from _timer(judge)
        if result := rs(node.element, "result"):
            if node.kind != "endEvent" or node.scope not in _ending_runs(drawing):
                yield fault(node.element, "result_place")
            yield from judge.expression(result)


def _ending_runs(drawing: Drawing) -> list[Area]:
    """The process and the sub-processes that children run: their end is the end of a run."""
    return [drawing.process, *(node.inside for node in drawing.nodes() if runs_apart(node) and node.inside)]


class Judge:
    """Judges the expressions of one element; `element` is what its problems point at."""

    def __init__(self, node: Node, variables: frozenset[str], element: etree._Element | None = None) -> None:
        self.node = node
        self.variables = variables
        self.known = variables | VALUES
        self.element = node.element if element is None else element

    def at(self, element: etree._Element) -> "Judge":
        """Judge for the same node what another element says, such as a flow out of it."""
        return Judge(self.node, self.variables, element)

    def expression(
        self, text: str | None, extra: frozenset[str] = frozenset(), any_name: bool = False
    ) -> Found:
        """Faults of one expression; `any_name` when it is evaluated over the data of another process."""
        if text is None:
            return
        try:
            expression = compiled(text)
        except ExpressionRefused as refused:
            yield fault(self.element, "expression", text=text, detail=refused.params["reason"])
            return
        yield from self.names(expression, extra, any_name)

    def names(
        self, expression: Expression, extra: frozenset[str] = frozenset(), any_name: bool = False
    ) -> Found:
        """Faults of the names and functions an expression uses."""
        element = self.element
        if not any_name:
            for name in sorted(expression.variables - self.known - extra):
                yield fault(element, "name_unknown", text=expression.source, name=name)
        for name in sorted(expression.functions - FUNCTIONS - BUILTINS.keys()):
            yield fault(element, "function_unknown", text=expression.source, name=name)
        for text in impossible_instants(expression.source) if "instant" in expression.functions else ():
            yield fault(element, "timer_text", text=text, detail=Reason(N_("not an ISO 8601 date and time")))


def _name(element: etree._Element, name: str) -> Found:
    if name in RESERVED or not NAME.fullmatch(name):
        yield fault(element, "name_reserved", name=name)


def _unknown_words(element: etree._Element, kind: str) -> Found:
    prefix = f"{{{RS}}}"
    holders = [(element, kind)]
    marker = child_of(element, "multiInstanceLoopCharacteristics")
    if marker is not None:
        holders.append((marker, "multiInstanceLoopCharacteristics"))
    for holder, holder_kind in holders:
        for attribute in holder.attrib:
            name = str(attribute).removeprefix(prefix)
            if str(attribute).startswith(prefix) and name not in ATTRIBUTES.get(holder_kind, set()) | {
                "nameEn"
            }:
                yield fault(element, "attribute_unknown", name=name)
    extension = child_of(element, "extensionElements")
    if extension is not None:
        for found in extension.iter(f"{prefix}*"):
            name = str(found.tag).removeprefix(prefix)
            if name not in ELEMENTS or kind != "userTask":
                yield fault(element, "attribute_unknown", name=name)


def _conditions(judge: Judge) -> Found:
    if judge.node.kind not in ("exclusiveGateway", "inclusiveGateway"):
        return
    for flow in judge.node.outgoing:
        yield from judge.at(flow.element).expression(flow.condition)
        if flow.condition is not None:
            yield from _undecided(flow.element, flow.condition)


def _undecided(element: etree._Element, text: str) -> Found:
    """A condition that comes out the same in every run, or is no question at all."""
    try:
        expression = compiled(text)
        if expression.variables or not expression.functions <= BUILTINS.keys():
            if not expression.decides:
                yield fault(element, "condition_kind", text=text)
            return
        value = expression.value({}, {}, ANY_TIME)
    except ExpressionRefused:
        return  # reported with the expression
    yield fault(element, "condition_true" if value else "condition_false", text=text)


def _decision(judge: Judge, book: Book) -> Found:
    use, element = decision_of(judge.node), judge.node.element
    if use is None:
        return  # the rules of flow refuse it
    if use.key not in book.decisions:
        yield fault_of_task(element, "decision_missing", name=use.key)
    if use.shape and use.shape not in SHAPES:
        yield fault_of_task(element, "decision_map", name=use.shape)
    if use.output is None:
        yield fault_of_task(element, "decision_output")
    else:
        yield from _name(element, use.output)
    for expression in dict.fromkeys(book.reads(use.key).values()):
        supplied = frozenset(name for one in book.chain(use.key) for name in one.names)
        yield from judge.names(expression, supplied)


def _script(judge: Judge) -> Found:
    source = script_of(judge.node)
    try:
        lines = compiled_script(source)
    except ExpressionRefused as refused:
        yield fault(judge.node.element, "expression", text=source, detail=refused.params["reason"])
        return
    if not lines:
        yield fault(judge.node.element, "expression", text="", detail=Reason(N_("the script is empty")))
    for name, expression in lines:
        yield from _name(judge.node.element, name)
        yield from judge.names(expression)


def _timer(judge: Judge) -> Found:
    node = judge.node
    texts = [text for name in TIMES if (text := text_of(child_of(node.events[0], name)))]
    if len(texts) != 1:
        return
    try:
        value = parse_time(texts[0])
        refuse_rush(value, ANY_TIME)
    except (ValueError, OverflowError) as error:
        yield fault(node.element, "timer_text", text=texts[0], detail=reason_of(error))
        return
    if value is None:
        try:
            compiled(texts[0])
        except ExpressionRefused as refused:
            yield fault(node.element, "timer_text", text=texts[0], detail=refused.params["reason"])
            return
        yield from judge.expression(texts[0])
        yield from _constant_timer(node, texts[0])
    elif isinstance(value, Cycle):
        if node.kind not in ("boundaryEvent", "startEvent"):
            yield fault(node.element, "timer_cycle")
        elif node.interrupts and (node.kind == "boundaryEvent" or _in_event_subprocess(node)):
            yield fault(node.element, "boundary_cycle")


def _in_event_subprocess(node: Node) -> bool:
    around = node.element.getparent()
    return around is not None and around.get("triggeredByEvent") == "true"


def _constant_timer(node: Node, text: str) -> Found:
    """A timer that depends on nothing must already be a time."""
    try:
        expression = compiled(text)
        if not expression.variables and expression.functions <= BUILTINS.keys():
            due_of(expression.value({}, {}, ANY_TIME), ANY_TIME)
    except (ValueError, OverflowError) as error:
        yield fault(node.element, "timer_text", text=text, detail=reason_of(error))
    except ExpressionRefused:
        return  # reported with the expression


def _called(node: Node, known_keys: set[str]) -> Found:
    called = (node.element.get("calledElement") or "").strip()
    if not called:
        yield fault(node.element, "called_missing")
    elif called.startswith(("${", "#{", "=")):
        yield fault(node.element, "called_computed", name=called)
    elif called not in known_keys:
        yield fault(node.element, "called_unknown", name=called)


def _many(judge: Judge, call: Call) -> Found:
    element = judge.node.element
    passed = (name for name in call.passed if name != ALL)
    returned = (here for _, here in call.returns if here != ALL)
    for name in (*passed, *returned, call.item, call.output):
        if name is not None:
            yield from _name(element, name)
    for name in (there for there, _ in call.returns if there != ALL and not NAME.fullmatch(there)):
        yield from _name(element, name)
    if judge.node.many is None:
        return
    if (call.collection is None) == (call.cardinality is None):
        yield fault(element, "multi_source")
    yield from judge.expression(call.collection)
    yield from judge.expression(call.cardinality)
    yield from judge.expression(call.condition, COUNTERS, any_name=judge.node.kind == "callActivity")


def _step(judge: Judge, step: Step) -> Found:
    element = judge.node.element
    for expression in (step.assignee, step.accountable, step.due):
        yield from judge.expression(expression)
    if step.review is not None and step.review not in REVIEWS:
        yield fault(element, "review_unknown", name=step.review)
    if (signature := rs(element, "signature")) not in (None, "required"):
        yield fault(element, "signature_unknown", name=signature)
    yield from _fields(judge.node.element, step)
    yield from _outcomes(element, step)
    for rung in step.escalation:
        if (
            not RUNG.fullmatch(rung.after)
            or rung.to not in RUNG_TARGETS
            or rung.kind not in ("remind", "escalate")
        ):
            yield fault(element, "rung", name=f"{rung.after} {rung.to} {rung.kind}")
    for guidance in step.guidance:
        if guidance.href and not HREF.fullmatch(guidance.href):
            yield fault(element, "href", name=guidance.href)


def _fields(element: etree._Element, step: Step) -> Found:
    keys = [field.key for field in step.fields]
    for field in step.fields:
        if not NAME.fullmatch(field.key) or keys.count(field.key) > 1 or not field.label:
            yield fault(element, "field_key", name=field.key)
        elif field.key in RESERVED:
            yield fault(element, "name_reserved", name=field.key)
        if field.type not in FIELD_TYPES:
            yield fault(element, "field_type", name=field.type)
        if not _choices_fit(field):
            yield fault(element, "field_choices", name=field.key)
        if not _days_fit(field):
            yield fault(element, "field_days", name=field.key)


def _days_fit(field: Field) -> bool:
    if not (field.earliest or field.latest):
        return True
    try:
        first, last = (day_of(text or other, ANY_TIME.date()) for text, other in _both_days(field))
    except ValueError:
        return False
    return field.type == "date" and first <= last


def _both_days(field: Field) -> tuple[tuple[str, str], tuple[str, str]]:
    """Each bound with the other one, which stands in for it where it is not drawn."""
    return (field.earliest, field.latest), (field.latest, field.earliest)


def _choices_fit(field: Field) -> bool:
    chosen = bool(field.options)
    keys = [option.key for option in field.options]
    if any(not key for key in keys) or len(set(keys)) != len(keys):
        return False
    if field.type in ("select", "radio"):
        return chosen
    return not chosen


def _outcomes(element: etree._Element, step: Step) -> Found:
    keys = [outcome.key for outcome in step.outcomes]
    for outcome in step.outcomes:
        if not NAME.fullmatch(outcome.key) or keys.count(outcome.key) > 1 or not outcome.label:
            yield fault(element, "outcome_key", name=outcome.key)
        for value, allowed in (
            (outcome.reason, ("none", "optional", "required")),
            (outcome.of, (None, *NAMED)),
            (outcome.style, ("primary", "return", "neutral")),
        ):
            if value not in allowed:
                yield fault(element, "outcome_value", name=value)
    if step.bulk is None:
        return
    bulk = next((outcome for outcome in step.outcomes if outcome.key == step.bulk), None)
    if bulk is None:
        yield fault(element, "bulk_unknown", name=step.bulk)
    elif bulk.reason == "required" or bulk.of or any(field.required for field in step.fields):
        yield fault(element, "bulk_asks", name=step.bulk)

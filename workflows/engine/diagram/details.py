"""Reads the `rs:` attributes and elements of a drawing into plain steps and calls; judges nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from workflows.engine.diagram.drawing import Drawing, Node, child_of, text_of
from workflows.engine.language.expressions import compiled_script
from workflows.engine.language.vocabulary import ALL, ALWAYS_DECLARED, BPMN, RS
from workflows.engine.specification import Call, Field, Guidance, Option, Outcome, Rung, Step
from workflows.errors import ExpressionRefused

WORD = re.compile(r"[A-Za-z_]\w*")
CATCHES = ("intermediateCatchEvent", "boundaryEvent", "receiveTask", "startEvent")
DONE = Outcome("done", "Hoàn thành", "Done")


def rs(element: etree._Element, name: str) -> str | None:
    """The stripped `rs:` attribute, None when absent or empty."""
    return (element.get(f"{{{RS}}}{name}") or "").strip() or None


def names_in(text: str | None) -> tuple[str, ...]:
    """The names of a list, which commas or blanks separate."""
    return tuple((text or "").replace(",", " ").split())


def extensions(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The `rs:` elements of that name below extensionElements, also inside rs:form and rs:escalation."""
    holder = child_of(element, "extensionElements")
    if holder is not None:
        yield from holder.iter(f"{{{RS}}}{name}")


def step_of(node: Node) -> Step:
    """What a user task says about its step."""
    element = node.element
    return Step(
        element_id=node.id,
        name=node.name,
        name_en=rs(element, "nameEn") or "",
        lane=node.lane,
        documentation=text_of(child_of(element, "documentation")) or "",
        assignee=rs(element, "assignee"),
        accountable=rs(element, "accountable"),
        due=rs(element, "due"),
        review=rs(element, "review"),
        minutes=rs(element, "minutes"),
        signature=rs(element, "signature") == "required",
        bulk=rs(element, "bulk"),
        fields=tuple(_field(field) for field in extensions(element, "field")),
        outcomes=tuple(_outcome(outcome) for outcome in extensions(element, "outcome")) or (DONE,),
        escalation=tuple(
            Rung(r.get("after", "0"), r.get("to", ""), r.get("kind", "remind"))  # type: ignore[arg-type]
            for r in extensions(element, "rung")
        ),
        guidance=tuple(
            Guidance(g.get("text", ""), g.get("textEn", ""), g.get("href"))
            for g in extensions(element, "guidance")
        ),
    )


def _field(element: etree._Element) -> Field:
    return Field(
        key=element.get("key", ""),
        type=element.get("type", "text"),
        label=element.get("label", ""),
        label_en=element.get("labelEn", ""),
        required=element.get("required", "false") == "true",
        options=tuple(
            Option(o.get("key", ""), o.get("label", ""), o.get("labelEn", ""))
            for o in element.iter(f"{{{RS}}}option")
        ),
        help=element.get("help", ""),
        help_en=element.get("helpEn", ""),
        earliest=element.get("earliest", "").strip(),
        latest=element.get("latest", "").strip(),
    )


def _outcome(element: etree._Element) -> Outcome:
    return Outcome(
        key=element.get("key", ""),
        label=element.get("label", ""),
        label_en=element.get("labelEn", ""),
        reason=element.get("reason", "none"),  # type: ignore[arg-type]
        of=element.get("of"),
        style=element.get("style", "primary"),  # type: ignore[arg-type]
    )


def call_of(node: Node) -> Call:
    """What a call activity, or the multi-instance marker of any activity, says about its runs."""
    element, many = node.element, node.many
    passed, returns = names_in(rs(element, "pass")), returns_of(element)
    called = (element.get("calledElement") or "").strip()
    if many is None:
        return Call(node.id, node.name, called, passed, output=rs(element, "output"), returns=returns)
    reference = text_of(child_of(many, "loopDataInputRef"))
    return Call(
        element_id=node.id,
        name=node.name,
        called=called,
        passed=passed,
        sequential=many.get("isSequential", "false") in ("true", "1"),
        collection=rs(many, "collection") or reference,
        cardinality=text_of(child_of(many, "loopCardinality")),
        item=_item_name(child_of(many, "inputDataItem")),
        output=text_of(child_of(many, "loopDataOutputRef")) or rs(element, "output"),
        output_item=_item_name(child_of(many, "outputDataItem")),
        condition=text_of(child_of(many, "completionCondition")),
        returns=returns,
    )


def returns_of(call: etree._Element) -> tuple[tuple[str, str], ...]:
    """The variables that a called process hands back, each as (its name there, its name here): `a, b as c, *`."""
    parts = (one.split() for one in (rs(call, "returns") or "").split(","))
    return tuple(
        (part[0], part[2]) if len(part) == 3 and part[1] == "as" else (" ".join(part),) * 2
        for part in parts
        if part
    )


def _item_name(element: etree._Element | None) -> str | None:
    return (element.get("name") or element.get("id")) if element is not None else None


def correlation_of(node: Node) -> tuple[str, ...]:
    """The variables by whose values a message finds the instance it is for."""
    return names_in(rs(node.element, "correlation"))


def catches(node: Node) -> bool:
    """Whether a message or signal from elsewhere is awaited here."""
    return node.kind == "receiveTask" or (node.kind in CATCHES and node.event in ("message", "signal"))


def takes_of(node: Node) -> tuple[str, ...]:
    """The variables that the message or signal an event waits for brings; nothing else of it arrives."""
    return names_in(rs(node.element, "takes")) if node.kind in CATCHES else ()


@dataclass(frozen=True, slots=True)
class DecisionUse:
    """Which decision a business rule task makes, in which shape, and the variable that takes the result."""

    key: str
    output: str | None
    shape: str


def decision_of(node: Node) -> DecisionUse | None:
    """What a business rule task says; None when it names no decision."""
    element = node.element
    key = rs(element, "decision") if node.kind == "businessRuleTask" else None
    return DecisionUse(key, rs(element, "output"), rs(element, "map") or "") if key else None


def script_of(node: Node) -> str:
    """The text of a script task."""
    return text_of(child_of(node.element, "script")) or ""


def declared(drawing: Drawing) -> frozenset[str]:
    """Every variable the diagram declares: fields, script targets, items, outputs, and what the process takes."""
    names = set(ALWAYS_DECLARED)
    names.update(
        names_in(rs(drawing.process.element, "takes")), names_in(rs(drawing.process.element, "pass"))
    )
    for node in drawing.nodes():
        if node.kind == "userTask":
            names.update(field.key for field in step_of(node).fields)
        elif node.kind == "scriptTask":
            try:
                names.update(name for name, _ in compiled_script(script_of(node)))
            except ExpressionRefused:
                continue  # the rules report it with its place
        if (use := decision_of(node)) is not None and use.output:
            names.add(use.output)
        if node.many is not None or node.kind == "callActivity":
            call = call_of(node)
            names.update(name for name in call.passed if name != ALL)
            names.update(here for _, here in call.returns if here != ALL)
            names.update(name for name in (call.item, call.output, call.output_item) if name)
        names.update(takes_of(node))
    return frozenset(names)


def names_within(node: Node, variables: frozenset[str]) -> tuple[str, ...]:
    """The variables that anything inside a sub-process may read: every name in it, apart from its marker.

    `ALL` where a call in it hands everything on.
    """
    if any(ALL in names_in(rs(call, "pass")) for call in node.element.iter(f"{{{BPMN}}}callActivity")):
        return (ALL,)
    marker = set(node.many.iter()) if node.many is not None else set()
    found: set[str] = set()
    for element in node.element.iter():
        if element not in marker:
            for text in (element.text, *element.attrib.values()):
                found.update(WORD.findall(str(text or "")))
    return tuple(sorted(found & variables))


def labels(drawing: Drawing, english: bool) -> dict[str, str]:
    """The name of every named element, lanes among them."""
    named = {node.id: rs(node.element, "nameEn") if english else node.name for node in drawing.nodes()}
    for lane in drawing.process.element.iter(f"{{{BPMN}}}lane"):
        named[lane.get("id", "")] = rs(lane, "nameEn") if english else lane.get("name")
    return {element_id: name for element_id, name in named.items() if name}


def lanes(drawing: Drawing) -> tuple[str, ...]:
    """The names of the lanes in document order."""
    found = (lane.get("name", "") for lane in drawing.process.element.iter(f"{{{BPMN}}}lane"))
    return tuple(dict.fromkeys(name for name in found if name))

"""Who does a step and until when: what other tools and the standard write for it becomes `rs:assignee` and `rs:due`.

A step for which the file names nobody we know goes to whoever started the run (`initiator`); where the product
started it, the assignment gives nobody, and then the head of the unit has it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from workflows.engine.diagram.drawing import child_of, local, referred, text_of
from workflows.engine.importing.expressions import LOCAL_INSTANT, Translator, as_date
from workflows.engine.importing.tokens import feel_names
from workflows.engine.importing.translation import is_foreign
from workflows.engine.importing.vendors import ZEEBE, attribute, extra, ours, set_ours
from workflows.engine.language.vocabulary import BPMN, HOLDERS

STARTER = "initiator"
BY_NAME = {
    name.casefold(): expression
    for position, (expression, *names) in HOLDERS.items()
    for name in (position, *names)
}
PERFORMERS = ("humanPerformer", "performer", "potentialOwner")
MARKED = re.compile(r"(user|group)\(([^()]*)\)")
ZONE = re.compile(r"(Z|[+-]\d\d:\d\d)$")
PERIOD = re.compile(r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:\d{1,4}S)?)?")


@dataclass(slots=True)
class Named:
    """Whom a file names for one step, in the order in which it is believed."""

    users: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


def assign(task: etree._Element, lane: str | None, translator: Translator) -> None:
    """Give a user task its assignee and due time, unless our own attributes do."""
    if ours(task, "due") is None:
        _due(task, translator)
    if not (ours(task, "assignee") or "").strip():
        _assignee(task, lane, translator)


def _assignee(task: etree._Element, lane: str | None, translator: Translator) -> None:
    book, named = translator.book, _named(task, translator.things)
    left: list[str] = []
    chosen: tuple[str, str] | None = None
    for text, is_group in [*((one, False) for one in named.users), *((one, True) for one in named.groups)]:
        said = _holder(task, text, translator)
        if said is None and not is_foreign(text):
            book.say(task, "group_unknown" if is_group else "user_unknown", name=text)
        elif said is not None and chosen is None:
            chosen = said, text
        elif said is not None and chosen is not None and said != chosen[0]:
            left.append(text)
    if left:
        book.say(task, "others_left", name=", ".join(left))
    if chosen is None and lane is not None and (said := BY_NAME.get(_folded(lane))) is not None:
        chosen = said, lane
    if chosen is None:
        set_ours(task, "assignee", STARTER)
        book.did(task, "nobody_named")
    else:
        set_ours(task, "assignee", chosen[0])
        book.did(task, "took_assignee", ours=chosen[0], text=chosen[1])


def _holder(task: etree._Element, text: str, translator: Translator) -> str | None:
    """Give the expression for one name; numbers are accounts of the other system, not people of ours."""
    if is_foreign(text):
        return translator.take(task, text, refusal="assignee_foreign")
    if text.casefold() == "$initiator":  # as the web modeler of Flowable writes it
        return STARTER
    return BY_NAME.get(_folded(text))


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _named(task: etree._Element, things: Mapping[str, str]) -> Named:
    named = Named()
    zeebe = extra(task, "assignmentDefinition", (ZEEBE,))
    for name, found in (
        ("assignee", named.users),
        ("candidateUsers", named.users),
        ("candidateGroups", named.groups),
    ):
        written = zeebe.get(name) if zeebe is not None else None
        for text in (attribute(task, name), (written or "").strip() or None):
            found += [text] if name == "assignee" and text and text[0] != "=" else _listed(text)
    for kind in PERFORMERS:
        for performer in task.iterchildren(f"{{{BPMN}}}{kind}"):
            _of_the_standard(performer, named, things)
    for name, text in _data_inputs(task):  # jBPM writes the same as inputs of the form
        if name == "ActorId":
            named.users += _listed(text)
        elif name == "GroupId":
            named.groups += _listed(text)
    return named


def _listed(text: str | None) -> list[str]:
    """Split a list of names, also one that FEEL writes; any other expression stays whole."""
    if not text:
        return []
    if text.startswith("="):
        named = feel_names(text[1:])
        return [text] if named is None else named
    return [part for one in re.split(r",(?![^{]*\})", text) if (part := one.strip())]


def _of_the_standard(performer: etree._Element, named: Named, things: Mapping[str, str]) -> None:
    """Read a potential owner or performer: an expression, or a resource of the file."""
    assigned = child_of(performer, "resourceAssignmentExpression")
    text = text_of(child_of(assigned, "formalExpression")) if assigned is not None else None
    if text is None:
        reference = referred(text_of(child_of(performer, "resourceRef")))
        text = things.get(reference)
    owns = local(performer) == "potentialOwner"
    for one in _listed(text):
        marked = MARKED.fullmatch(one)
        if marked is not None:
            (named.users if marked[1] == "user" else named.groups).append(marked[2].strip())
        else:
            (named.groups if owns else named.users).append(one)


def _data_inputs(task: etree._Element) -> Iterator[tuple[str, str]]:
    """The constants that a file assigns to the inputs of a task, by the input's name."""
    names = {found.get("id"): found.get("name", "") for found in task.iter(f"{{{BPMN}}}dataInput")}
    for association in task.iterchildren(f"{{{BPMN}}}dataInputAssociation"):
        target = referred(text_of(child_of(association, "targetRef")))
        assignment = child_of(association, "assignment")
        text = text_of(child_of(assignment, "from")) if assignment is not None else None
        if target in names and text:
            yield names[target], text


def _due(task: etree._Element, translator: Translator) -> None:
    schedule = extra(task, "taskSchedule", (ZEEBE,))
    text = attribute(task, "dueDate") or (
        (schedule.get("dueDate") or "").strip() if schedule is not None else ""
    )
    if not text:
        return
    said = _due_expression(text, translator)
    if said is None:
        translator.book.say(task, "due_unknown", text=text)
        return
    set_ours(task, "due", said)
    translator.book.did(task, "took_due", text=text)
    if is_foreign(text):
        translator.book.taken.append((task, said))


def _due_expression(text: str, translator: Translator) -> str | None:
    """Give a due time in our language; what it cannot say costs no more than the due time."""
    if is_foreign(text):
        said = translator.without_note(text)
        return as_date(said) if said is not None else None
    plain = ZONE.sub("", text)
    if LOCAL_INSTANT.fullmatch(plain):
        return f"instant('{text.replace('Z', '+00:00') if 'T' in plain else plain}')"
    period = PERIOD.fullmatch(text)
    if period is None or not any(period.groups()):
        return None
    weeks, days, hours, minutes = (int(number or 0) for number in period.groups())
    parts = [("days", 7 * weeks + days), ("hours", hours), ("minutes", minutes)]
    return " + ".join(["now()", *(f"{name}({count})" for name, count in parts if count)])

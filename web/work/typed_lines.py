"""What somebody had typed on a task that is not theirs any more, as a list to read: in words, not in codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext

from models.campaign import SubjectKind
from models.catalogue import FieldDefinition
from models.person import Person
from models.school import Pupil
from web import formats
from web.i18n import pick
from web.request_work import read_session
from web.work.record_view import masked, written
from web.work.task_form import CARRIED
from web.work.task_view import TaskView
from workflows.engine import Field
from workflows.policy.field_values import as_date
from workflows.queries.records.records import catalogue_of

# Nobody typed these.
UNSAID = ("revision", "drafted", "outcome", "act", CARRIED)


@dataclass(frozen=True, slots=True)
class Line:
    """One input: its name and what was typed; `masked` when it is to be opened on purpose."""

    label: str
    text: str
    masked: str = ""


def typed_lines(view: TaskView) -> list[Line]:
    """List what was typed, in the order of the page."""
    given = view.sent.worth_keeping
    lines = []
    for name, value in given.items():
        texts = [one for one in (value if isinstance(value, list) else [value]) if one]
        if texts and name.rpartition(".")[2] not in UNSAID:
            lines.append(_line(view, name, texts))
    return lines


def _line(view: TaskView, name: str, texts: Sequence[str]) -> Line:
    kind, _, key = name.partition(".")
    if kind == "f":
        return _of_form(view, key, texts)
    if kind == "r":
        return _of_record(str(view.task.subject_kind), key, texts[0], view.label_of(name))
    if kind[:1] == "p" and kind[1:].isdecimal():
        line = _of_record(str(SubjectKind.PUPIL), key, texts[0], key)
        return Line(_about(line.label, kind[1:]), line.text, line.masked)
    if kind == "pick":
        of = next((one.of for one in view.outcomes if one.key == key), None)
        names = {str(one.subject_id): one.name for one in view.subjects(of)} if of else {}
        return Line(gettext("To be returned"), ", ".join(names.get(one, one) for one in texts))
    if kind in ("midterm", "final", "remark"):
        label = {"midterm": gettext("Midterm"), "final": gettext("Final"), "remark": gettext("Remark")}[kind]
        return Line(_about(label, key), texts[0])
    if name == "to_person":
        return Line(gettext("Hand over to a colleague"), _person(texts[0]))
    if kind == "why":
        # Of pupils, who are named; of persons and classes the text says it.
        of_pupils = any(one.of == "pupils" for one in view.outcomes) or view.step.review == "pupils"
        label = gettext("Reason")
        return Line(_about(label, key.rpartition(".")[2]) if of_pupils else label, texts[0])
    return Line(view.label_of(name), ", ".join(texts))


def _of_form(view: TaskView, key: str, texts: Sequence[str]) -> Line:
    drawn = next((one for one in view.step.fields if one.key == key), None)
    label = view.label_of(f"f.{key}")
    return Line(label, ", ".join(_chosen(drawn, one) for one in texts) if drawn else ", ".join(texts))


def _chosen(drawn: Field, text: str) -> str:
    match drawn.type:
        case "person":
            return _person(text)
        case "select" | "radio":
            return next((pick(one, "label") for one in drawn.options if one.key == text), text)
        case "checkbox":
            return gettext("yes")
        case "date":
            day: date | None = as_date(text)
            return formats.day(day) if day else text
    return text


def _of_record(kind: str, key: str, text: str, label: str) -> Line:
    found = next((one for one in catalogue_of(read_session(), kind) if one.key == key), None)
    if found is None:
        return Line(label, text)
    shown = written(found, text)
    return Line(pick(found, "label"), shown, _hidden(found, shown))


def _hidden(definition: FieldDefinition, text: str) -> str:
    return masked(text) if definition.sensitive else ""


def _person(text: str) -> str:
    person: Any = read_session().get(Person, int(text)) if text.isdecimal() and len(text) < 19 else None
    return formats.person(person) if person is not None else text


def _about(label: str, pupil_id: str) -> str:
    pupil = read_session().get(Pupil, int(pupil_id)) if pupil_id.isdecimal() and len(pupil_id) < 19 else None
    return f"{label}: {pupil.full_name}" if pupil is not None else label

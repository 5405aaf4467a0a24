"""The variables of a run as an administrator reads them: each once, under the name and with the choices of its form."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from models.campaign import SubjectKind
from models.person import Person
from models.task import Task
from web import formats
from web.administration.operations_words import SHORT, written
from web.i18n import page_language, pick
from workflows.commands.work.answers import outcomes_of
from workflows.engine import Field, Option, Specification
from workflows.queries.operating.instance import OpenToken
from workflows.queries.operating.people import INITIATOR

OUTCOME, RETURNED = "outcome", "returned"
# What belongs to the path of whoever answered (docs/decisions/0011); every other variable has one value for the run.
OF_A_PATH = (OUTCOME, RETURNED)
# As many subjects as a line can name.
NAMED = 10


@dataclass(frozen=True, slots=True)
class Value:
    """One variable as a page shows it; `whole` is the longer text behind the short one."""

    name: str
    label: str
    text: str
    whole: str = ""


def fields_of(specifications: Iterable[Specification]) -> dict[str, Field]:
    """Give what asks for the variables of a run, by name: its forms, and those of the runs above, which come first."""
    found = {
        INITIATOR: _named(INITIATOR, "person", gettext("who started it")),
        RETURNED: _named(RETURNED, "text", gettext("what was returned last")),
    }
    for one in specifications:
        found[OUTCOME] = _outcomes(one)
        found |= _items(one)
        found |= {field.key: field for step in one.steps.values() for field in step.fields}
    return found


def _named(key: str, kind: str, label: str) -> Field:
    return Field(key=key, type=kind, label=label, label_en=label)


def _items(specification: Specification) -> dict[str, Field]:
    """Give what calls hand to each of the runs that they begin."""
    found = {}
    for call in specification.calls.values():
        if call.item is not None:
            english = page_language() == "en" and specification.names_en.get(call.element_id)
            name = english or call.name or call.element_id
            found[call.item] = _named(
                call.item, "text", gettext("whom or what “%(name)s” is about", name=name)
            )
    return found


def _outcomes(specification: Specification) -> Field:
    """Give the outcomes of all steps as the choices of one field."""
    offered = {one.key: one for step in specification.steps.values() for one in outcomes_of(step)}
    label = gettext("how the last step ended")
    options = tuple(Option(one.key, one.label, one.label_en) for one in offered.values())
    return Field(key=OUTCOME, type="select", label=label, label_en=label, options=options)


def values_of(
    values: Mapping[str, object], fields: Mapping[str, Field], people: Mapping[int, Person]
) -> list[Value]:
    """Give variables by name; people by their names, choices by their labels."""

    def one(name: str, value: object) -> Value:
        field = fields.get(name)
        person = people.get(value) if isinstance(value, int) and names_person(field) else None
        text = formats.person(person) if person else written(value, field)
        label = pick(field, "label") if field else ""
        if subjects := _subjects(value):
            return Value(name, label, subjects, text)
        return (
            Value(name, label, text) if len(text) <= SHORT else Value(name, label, f"{text[:SHORT]}…", text)
        )

    return [one(name, values[name]) for name in sorted(values)]


def _subjects(value: object) -> str:
    """Name whom or what a run is about, or several, as the functions of diagrams give them; "" for other values."""
    several = value if isinstance(value, list | tuple) else [value]
    names = []
    for one in several[: NAMED + 1]:
        if not isinstance(one, Mapping) or not (one.get("kind") and one.get("id") and one.get("name")):
            return ""
        name = str(one["name"])
        in_class = one["kind"] in (SubjectKind.CLASS, SubjectKind.ASSIGNMENT)
        names.append(gettext("class %(name)s", name=name) if in_class else name)
    return ", ".join([*names[:NAMED], "…"] if len(names) > NAMED else names)


def names_person(field: Field | None) -> bool:
    """Tell whether a variable holds a person."""
    return field is not None and field.type == "person"


def is_shared(name: str, tokens: Sequence[OpenToken]) -> bool:
    """Tell whether a variable has one value wherever a run stands."""
    known = [token.values.get(name) for token in tokens]
    return name not in OF_A_PATH and all(value == known[0] for value in known)


def shared_of(tokens: Sequence[OpenToken]) -> dict[str, object]:
    """Give what the run as a whole knows; where it stands at one place only, that is all there is."""
    if len(tokens) == 1:
        return dict(tokens[0].values)
    return {
        name: value for one in tokens[:1] for name, value in one.values.items() if is_shared(name, tokens)
    }


def own_of(token: OpenToken, tokens: Sequence[OpenToken]) -> dict[str, object]:
    """Give what is known at one of several tokens alone; what waits beside an activity follows no path of its own."""
    if len(tokens) == 1:
        return {}
    own = {name: value for name, value in token.values.items() if not is_shared(name, tokens)}
    return own if token.movable else {name: own[name] for name in own if name not in OF_A_PATH}


def asked_by(specification: Specification, tasks: Iterable[Task], names: Collection[str]) -> list[Task]:
    """Give the open tasks whose forms ask for such variables: what they hold counts, whatever an operator corrects."""
    return [
        task
        for task in tasks
        if (step := specification.steps.get(task.element_id)) is not None
        and any(field.key in names for field in step.fields)
    ]

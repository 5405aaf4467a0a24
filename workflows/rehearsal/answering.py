"""What somebody answers in a rehearsal, as the form of a step would send it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from workflows.commands.work.answers import Answer, outcomes_of
from workflows.engine import Step
from workflows.rehearsal.authority import Authority
from workflows.rehearsal.runs import returned_id


def answer_of(
    authority: Authority, step: Step, given: Mapping[str, Any], form: Mapping[str, Any] | None = None
) -> Answer:
    """Turn `outcome`, `reason`, `returned` and the other values into an answer; people are given by short name.

    What is in `form` is the form's, whatever its key. Without it `reason` fills in a field of that key too.
    """
    values = dict(given)
    outcome = str(values.pop("outcome", None) or primary_of(step))
    reason = str(values.pop("reason", None) or "")
    named = values.pop("returned", None) or {}
    if form is not None:
        values.update(form)
    elif reason and any(drawn.key == "reason" for drawn in step.fields):
        values["reason"] = given["reason"]
        chosen = next((one for one in outcomes_of(step) if one.key == outcome), None)
        reason = reason if chosen is not None and chosen.reason != "none" else ""
    returned = {returned_id(authority, who): why for who, why in named.items()}
    if not step.fields:
        return Answer(outcome, {}, reason, returned, variables=plain(values))
    types = {drawn.key: drawn.type for drawn in step.fields}
    typed = {
        key: _person(authority, value) if types.get(key) == "person" else _typed(value)
        for key, value in values.items()
    }
    # What the form does not ask for is refused with the rest.
    beside = {key: value for key, value in typed.items() if key not in types}
    return Answer(outcome, typed, reason, returned, variables=beside)


def primary_of(step: Step) -> str:
    """Give the outcome that stands for getting on; the first one where none does."""
    offered = outcomes_of(step)
    return next((one.key for one in offered if one.style == "primary"), offered[0].key)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give variables as the store keeps them: instants and dates as text."""
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}


def _person(authority: Authority, value: Any) -> str | None:
    return None if value is None else str(authority.people.get(value, value))


def _typed(value: Any) -> Any:
    """Give a value as it is typed into a form."""
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool) else str(value)

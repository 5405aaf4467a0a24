"""What was done just before a step, as its page tells it: outcome, reason, and what was filled in."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from models.person import Person
from models.task import Task, TaskState
from web import formats
from web.i18n import pick
from web.request_work import read_session
from web.work.task_words import outcome_label, step_name, step_of
from workflows.commands.work.answers import outcomes_of
from workflows.engine import Field
from workflows.queries.work.inbox_facts import people_by_id


@dataclass(frozen=True, slots=True)
class PreviousAct:
    """The step before: who did it for whom, with which outcome and values."""

    step: str
    outcome: str
    by: Person | None
    accountable: Person | None
    at: datetime | None
    reason: str
    values: list[tuple[str, str]]

    @property
    def telling(self) -> bool:
        """Whether it holds more than the fact that it was done, which the history tells."""
        return bool(self.reason or self.values)


def previous_act(task: Task, taken: list[Task]) -> PreviousAct | None:
    """Find the last step completed before this task opened; None at the beginning of a procedure."""
    before = [
        one
        for one in taken
        if one.state is TaskState.COMPLETED
        and one.id != task.id
        and one.completed_at is not None
        and one.completed_at <= task.opened_at
    ]
    if not before:
        return None
    last = max(before, key=lambda one: (one.completed_at, one.id))
    drawn = step_of(last.version_id, last.element_id)
    answer = last.answer or {}
    outcome = next((one for one in outcomes_of(drawn) if one.key == last.outcome), None)
    helped = last.accountable if last.accountable_id != last.completed_by_id else None
    return PreviousAct(
        step_name(drawn),
        outcome_label(outcome) if outcome else "",
        last.completed_by,
        helped,
        last.completed_at,
        str(answer.get("reason") or ""),
        [
            (pick(field, "label") or field.key, written(field, answer[field.key]))
            for field in drawn.fields
            if _was_given(answer.get(field.key), returning=outcome is not None and outcome.style == "return")
        ],
    )


def _was_given(value: Any, *, returning: bool) -> bool:
    """Tell whether somebody answered a field; whoever returns the work leaves its boxes alone."""
    return value not in (None, "") and not (returning and value is False)


def written(field: Field, value: Any) -> str:
    """Write a value of a step's form as people read it."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if field.type == "person" and isinstance(value, int):
        found = people_by_id(read_session(), [value]).get(value)
        return formats.person(found)
    if field.type == "date":
        return formats.day(date.fromisoformat(str(value)))
    if isinstance(value, int | float):
        return formats.number(value)
    option = next((one for one in field.options if one.key == value), None)
    return pick(option, "label") if option else str(value)

"""What a person typed on a step's form, checked against the form as published."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select

from models.person import Appointment
from models.school import StaffMember
from models.task import Attachment
from workflows.commands.running.terms import local_date
from workflows.engine import Field, Outcome, Step, day_of
from workflows.errors import (
    DayOutOfReach,
    FormRefused,
    OutcomeUnknown,
    ReasonMissing,
    Refusal,
    SubjectsMissing,
    ValueMissing,
    ValueNotADate,
    ValueNotANumber,
    ValueNotOffered,
    ValueTooLong,
)
from workflows.errors.answering import MarkedForReturn
from workflows.policy.field_values import normalise
from workflows.policy.reach import days_within_reach
from workflows.unit_of_work import UnitOfWork

LONGEST_TEXT = 4000
# As wide as the columns that show a reason on the row of who gets the work back.
LONGEST_REASON = 1000

# A step that names no outcomes has this one.
DONE = Outcome(key="done", label="Hoàn thành", label_en="Done")


@dataclass(frozen=True, slots=True)
class Answer:
    """A form as it was sent.

    `returned` names single subjects with a reason each, whichever outcome was pressed. `shown_digest` stands for a
    signature: the page that was signed, after the password was checked; None when nothing was signed. `variables` come
    from a caller that is no page, for a step whose diagram draws no form.
    """

    outcome: str = "done"
    values: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    returned: Mapping[int, str] = field(default_factory=dict)
    shown_digest: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


def outcomes_of(step: Step) -> tuple[Outcome, ...]:
    """Give the outcomes a step offers."""
    return step.outcomes or (DONE,)


def outcome_of(step: Step, key: str) -> Outcome:
    """Find the outcome a person chose; refuses with OutcomeUnknown."""
    for outcome in outcomes_of(step):
        if outcome.key == key:
            return outcome
    raise OutcomeUnknown


def check_answer(
    work: UnitOfWork, step: Step, answer: Answer, *, unit_id: int, task_id: int
) -> tuple[Outcome, dict[str, Any]]:
    """Check an answer against the form and give the outcome with the typed values.

    Refuses with OutcomeUnknown, with MarkedForReturn when subjects are named beside an outcome that names none, or
    with FormRefused that names each field (`reason`, `returned` and `returned.<subject>` too). An outcome that sends
    the work back needs its reason only: what is wrong in the form counts as not typed.
    """
    outcome = outcome_of(step, answer.outcome)
    if outcome.of is None and answer.returned:
        raise MarkedForReturn(count=len(answer.returned))
    problems: dict[str, Refusal] = {}
    values: dict[str, Any] = {}
    for drawn in step.fields:
        try:
            value = _typed(work, drawn, answer.values.get(drawn.key), unit_id, task_id)
            if (value is None or value is False) and drawn.required and outcome.style == "primary":
                raise ValueMissing
            values[drawn.key] = value
        except Refusal as refusal:
            if outcome.style == "return":
                values[drawn.key] = None
            else:
                problems[drawn.key] = refusal
    problems.update(_reasons(outcome, answer))
    if step.fields:
        problems.update({name: ValueNotOffered() for name in answer.variables})
    else:
        values.update(answer.variables)
    if problems:
        raise FormRefused(problems)
    return outcome, values


def _reasons(outcome: Outcome, answer: Answer) -> dict[str, Refusal]:
    if len(answer.reason) > LONGEST_REASON:
        return {"reason": ValueTooLong(most=LONGEST_REASON)}
    if outcome.of is None:
        needed = outcome.reason == "required" and not answer.reason.strip()
        return {"reason": ReasonMissing()} if needed else {}
    if not answer.returned:
        return {"returned": SubjectsMissing()}
    problems: dict[str, Refusal] = {}
    for subject_id, reason in answer.returned.items():
        if not reason.strip():
            problems[f"returned.{subject_id}"] = ReasonMissing()
        elif len(reason) > LONGEST_REASON:
            problems[f"returned.{subject_id}"] = ValueTooLong(most=LONGEST_REASON)
    return problems


def _typed(work: UnitOfWork, drawn: Field, raw: Any, unit_id: int, task_id: int) -> Any:
    """Turn what was typed into the field's type; None when nothing was."""
    if drawn.type == "checkbox":
        return raw in (True, "1", "on", "true", "yes")
    if drawn.type == "file":
        return _attached(work, task_id) or None
    text = normalise(str(raw), multiline=drawn.type == "textarea") if raw is not None else None
    if not isinstance(text, str) or not text:
        return None
    if len(text) > LONGEST_TEXT:
        raise ValueTooLong(most=LONGEST_TEXT)
    if drawn.type == "person":
        return _colleague(work, text, unit_id)
    return read_plain(drawn, text, local_date(work.now))


def read_plain(drawn: Field, text: str, today: date) -> str | float | int:
    """Read a text that is not empty as a number, a date or a choice, as its field asks; other fields keep the text."""
    if drawn.type == "number":
        return _number(text)
    if drawn.type == "date":
        return _date(drawn, text, today).isoformat()
    if drawn.type in ("select", "radio") and text not in {option.key for option in drawn.options}:
        raise ValueNotOffered
    return text


def _number(text: str) -> float | int:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        raise ValueNotANumber from None
    if not -1e15 < number < 1e15:
        raise ValueNotANumber
    return int(number) if number.is_integer() else number


def _date(drawn: Field, text: str, today: date) -> date:
    first, last = days_within_reach(today)
    if drawn.earliest:
        first = max(first, day_of(drawn.earliest, today))
    if drawn.latest:
        last = min(last, day_of(drawn.latest, today))
    for pattern in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            day = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        if not first <= day <= last:
            raise DayOutOfReach(first=first, last=last)
        return day
    raise ValueNotADate


def _colleague(work: UnitOfWork, text: str, unit_id: int) -> int:
    """Accept a person who works in the unit today."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValueNotOffered
    person_id, today = int(text), local_date(work.now)
    appointed = select(Appointment.id).where(
        Appointment.person_id == person_id,
        Appointment.unit_id == unit_id,
        Appointment.from_on <= today,
        or_(Appointment.until_on.is_(None), Appointment.until_on >= today),
    )
    employed = select(StaffMember.id).where(
        StaffMember.person_id == person_id,
        StaffMember.unit_id == unit_id,
        or_(StaffMember.left_on.is_(None), StaffMember.left_on > today),
    )
    if work.session.scalar(appointed.limit(1)) is None and work.session.scalar(employed.limit(1)) is None:
        raise ValueNotOffered
    return person_id


def _attached(work: UnitOfWork, task_id: int) -> int:
    return work.session.scalar(select(func.count()).where(Attachment.task_id == task_id)) or 0

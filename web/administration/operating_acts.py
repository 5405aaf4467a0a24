"""The acts of an administrator on a running instance: the words of each, and the command behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from web.request_work import posted_key
from workflows.actor import Actor
from workflows.commands.operating import cancelling, holding, incidents, mending
from workflows.errors import (
    DayOutOfReach,
    Refusal,
    ValueNotADate,
    ValueNotANumber,
    ValueNotOffered,
    ValueTooLong,
)
from workflows.errors.operating import (
    ElementNotChosen,
    ElementNotOpenable,
    ElementWaits,
    NoSuchPerson,
    ValueOfAnotherKind,
    ValueUnchanged,
    VariableTooLong,
    WhyMissing,
)
from workflows.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Given:
    """What a form says besides the reason: where in the instance, and what instead."""

    reason: str
    token: str
    name: str
    value: str
    element: str
    incident_id: int


@dataclass(frozen=True, slots=True)
class Act:
    """One act: its words, and what it does."""

    title: Any
    follows: Any
    button: Any
    done: Any
    carry_out: Callable[[UnitOfWork, Actor, int, Given], object]
    style: str = "primary"
    asks_why: bool = True


def _suspend(work: UnitOfWork, actor: Actor, instance_id: int, given: Given) -> None:
    holding.suspend(work, actor=actor, instance_id=instance_id, reason=given.reason, request_key=posted_key())


def _resume(work: UnitOfWork, actor: Actor, instance_id: int, given: Given) -> None:
    holding.resume(work, actor=actor, instance_id=instance_id, reason=given.reason, request_key=posted_key())


def _cancel(work: UnitOfWork, actor: Actor, instance_id: int, given: Given) -> None:
    cancelling.cancel(
        work, actor=actor, instance_id=instance_id, reason=given.reason, request_key=posted_key()
    )


def _retry(work: UnitOfWork, actor: Actor, instance_id: int, given: Given) -> None:
    incidents.retry(work, actor=actor, incident_id=given.incident_id, request_key=posted_key())


def _resolve(work: UnitOfWork, actor: Actor, instance_id: int, given: Given) -> None:
    incidents.resolve(
        work, actor=actor, incident_id=given.incident_id, reason=given.reason, request_key=posted_key()
    )


def _correct(work: UnitOfWork, actor: Actor, instance_id: int, given: Given) -> None:
    mending.correct_data(
        work,
        actor=actor,
        instance_id=instance_id,
        token=given.token,
        values={given.name: given.value},
        reason=given.reason,
        request_key=posted_key(),
    )


def _move(work: UnitOfWork, actor: Actor, instance_id: int, given: Given) -> None:
    mending.move_token(
        work,
        actor=actor,
        instance_id=instance_id,
        token=given.token,
        element_id=given.element,
        reason=given.reason,
        request_key=posted_key(),
    )


ACTS: Mapping[str, Act] = {
    "suspend": Act(
        _l("Hold the run"),
        _l(
            "Until it is released nobody can complete its tasks, no timer fires and nobody is reminded; the same for "
            "all runs below it. Deadlines stay where they are."
        ),
        _l("Hold the run"),
        _l("The run is held."),
        _suspend,
    ),
    "resume": Act(
        _l("Release the run"),
        _l(
            "It goes on where it stood, with all that was held together with it. What became due meanwhile is due."
        ),
        _l("Release the run"),
        _l("The run goes on."),
        _resume,
    ),
    "cancel": Act(
        _l("Cancel the run"),
        _l(
            "It ends here with everything that runs below it; its open tasks are taken away, and whoever had them is "
            "told. This cannot be taken back."
        ),
        _l("Cancel the run"),
        _l("The run is cancelled."),
        _cancel,
        style="return",
    ),
    "retry": Act(
        _l("Try again"),
        _l("What failed is done once more, at once. If it fails again, everything stays as it is."),
        _l("Try again"),
        _l("It worked: the incident is out of the way."),
        _retry,
        asks_why=False,
    ),
    "resolve": Act(
        _l("Close the incident"),
        _l("Only the incident is closed; nothing else changes. Write down what was done about it."),
        _l("Close the incident"),
        _l("The incident is closed."),
        _resolve,
    ),
    "correct": Act(
        _l("Correct a variable"),
        _l("Tasks that are open keep their people and due times. The journal keeps the value before."),
        _l("Keep the new value"),
        _l("The variable is corrected."),
        _correct,
    ),
    "move": Act(
        _l("Move to another element"),
        _l(
            "What waits here is taken back and the other element is opened. Whoever had the step is told, and whoever "
            "gets the next. Runs that it called are cancelled."
        ),
        _l("Move"),
        _l("The run goes on at the other element."),
        _move,
        style="return",
    ),
}
FIELD_OF: Mapping[type[Refusal], str] = {
    WhyMissing: "reason",
    ValueTooLong: "reason",
    ValueOfAnotherKind: "value",
    ValueNotANumber: "value",
    ValueNotADate: "value",
    DayOutOfReach: "value",
    ValueNotOffered: "value",
    VariableTooLong: "value",
    ValueUnchanged: "value",
    NoSuchPerson: "value",
    ElementNotChosen: "element",
    ElementNotOpenable: "element",
    ElementWaits: "element",
}

"""What was typed on a task's page: from the form that was sent, or from the draft; and the answer made of it.

Names: `f.<key>` a field of the step, `r.<key>` a field of the record under review, `reason.<outcome>`,
`pick.<outcome>` the subjects an outcome names and `why.<outcome>.<id>` the reason for each. `was.<name>` is what the
page showed in an input: what nobody changed is not what somebody typed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from flask import request

from models.task import Draft
from web import formats, typed
from workflows.commands.work.answers import Answer
from workflows.commands.work.notes import ROWS
from workflows.engine import Outcome, Step

NOT_DRAFTED = frozenset({"csrf_token", "request_key", "password", "next", "shown", "file", "outcome"})
SHOWN = "was."
# Marks come from the last round of the step: the draft says so, and stays even when all of them are taken away.
CARRIED = "carried"
MARKS = ("pick.", "why.")
# Kept elsewhere and possibly changed there meanwhile: such an input says something only when it was changed.
STORED = ("r.", "midterm.", "final.", "remark.")


@dataclass(frozen=True, slots=True)
class Typed:
    """Values by name; several for a group of checkboxes."""

    values: Mapping[str, list[str]] = field(default_factory=dict)
    # What the page showed, by the name of the input.
    shown: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def posted(cls) -> "Typed":
        """Read the form that was sent, without what is kept elsewhere and was not changed on the page."""
        given = {name: [typed.tidy(one) for one in texts] for name, texts in request.form.lists()}
        shown = {
            name.removeprefix(SHOWN): texts[0] for name, texts in given.items() if name.startswith(SHOWN)
        }
        values = {
            name: texts
            for name, texts in given.items()
            if not name.startswith(SHOWN)
            and not (name.startswith(STORED) and name in shown and texts == [shown[name]])
        }
        return cls(values, shown)

    @classmethod
    def of_draft(cls, draft: Draft | None) -> "Typed":
        """Read what a draft kept."""
        if draft is None:
            return cls()
        typed = {name: value for name, value in draft.typed.items() if name != ROWS}
        for row in draft.typed.get(ROWS, {}).values():
            typed |= row
        return cls(
            {
                name: [str(one) for one in value] if isinstance(value, list) else [str(value)]
                for name, value in typed.items()
            }
        )

    def has(self, name: str) -> bool:
        """Tell whether the name was on the form."""
        return name in self.values

    def get(self, name: str, default: str = "") -> str:
        """Give the one value of a name."""
        given = self.values.get(name)
        return given[0] if given else default

    def ids(self, name: str) -> list[int]:
        """Give the ids that were picked."""
        given = self.values.get(name, ())
        return [int(one) for one in given if one.isascii() and one.isdecimal() and len(one) < 19]

    def below(self, prefix: str) -> dict[str, str]:
        """Give the values whose names begin with a prefix, without it."""
        return {name[len(prefix) :]: self.get(name) for name in self.values if name.startswith(prefix)}

    def number(self, name: str) -> int | None:
        """Give an id or a count."""
        found = self.ids(name)
        return found[0] if found else None

    def marks(self, outcome: str) -> bool:
        """Tell whether somebody is ticked for an outcome that names its subjects; a reason alone marks nobody."""
        return bool(self.ids(f"pick.{outcome}"))

    def of_other_outcomes(self, outcome: str) -> dict[str, Any]:
        """Give who is ticked or has a reason for outcomes other than this one."""
        own = (f"pick.{outcome}", f"why.{outcome}.")
        return {
            name: value
            for name, value in self.worth_keeping.items()
            if name.startswith(MARKS) and not name.startswith(own) and value
        }

    @property
    def carried_on(self) -> "Typed":
        """What goes on to the next round of the same step: who is marked for return and has not been returned."""
        marks = {name: given for name, given in self.values.items() if name.startswith(MARKS)}
        return Typed({**marks, CARRIED: ["1"]} if marks else {})

    def without(self, names: Collection[str]) -> "Typed":
        """Give what was typed apart from some names."""
        return replace(self, values={name: given for name, given in self.values.items() if name not in names})

    @property
    def worth_keeping(self) -> dict[str, Any]:
        """What a draft keeps: what differs from what the page showed, and never tokens or passwords."""
        kept = {
            name: given[0] if len(given) == 1 else list(given)
            for name, given in self.values.items()
            if name not in NOT_DRAFTED and given != [self.shown.get(name, "")]
        }
        if not any(name.startswith("r.") for name in kept):
            # Which state of a record was corrected matters only to corrections.
            kept.pop("revision", None)
        return kept


def answer_of(step: Step, outcome: Outcome, sent: Typed) -> Answer:
    """Make the answer to a step of what was typed.

    Beside an outcome that names nobody, whoever is ticked for any other one is named too: the act is refused then, for
    it would lose them. Who is not ticked any more keeps a reason in the form, where nobody sees it: it says nothing.
    """
    return Answer(
        outcome=outcome.key,
        values={drawn.key: sent.get(f"f.{drawn.key}") for drawn in step.fields},
        reason=sent.get(f"reason.{outcome.key}"),
        returned=_returned(outcome.key, sent) if outcome.of else _marked(step, sent),
        shown_digest=sent.get("shown") or None,
    )


def _returned(key: str, sent: Typed) -> dict[int, str]:
    """Give whom an outcome names: who is ticked, with the reason."""
    return {one: sent.get(f"why.{key}.{one}") for one in sent.ids(f"pick.{key}")}


def _marked(step: Step, sent: Typed) -> dict[int, str]:
    """Give whoever is ticked for an outcome that names its subjects."""
    marked: dict[int, str] = {}
    for key in (one.key for one in step.outcomes if one.of):
        marked |= _returned(key, sent)
    return marked


def typed_for(step: Step, answer: Answer) -> dict[str, Any]:
    """Give what has to be typed for an answer: the contrary of `answer_of`."""
    typed_again: dict[str, Any] = {}
    for drawn in step.fields:
        value = answer.values.get(drawn.key)
        if value in (None, False) or drawn.type == "file":
            continue
        written = formats.day(date.fromisoformat(str(value))) if drawn.type == "date" else str(value)
        typed_again[f"f.{drawn.key}"] = "1" if value is True else written
    if answer.reason:
        typed_again[f"reason.{answer.outcome}"] = answer.reason
    if answer.returned:
        typed_again[f"pick.{answer.outcome}"] = [str(one) for one in answer.returned]
        typed_again.update({f"why.{answer.outcome}.{one}": why for one, why in answer.returned.items()})
    return typed_again


def problem_names(step: Step, outcome_key: str, problems: Mapping[str, Any]) -> dict[str, Any]:
    """Give problems by the names of the page's form instead of the step's keys."""
    fields = {drawn.key for drawn in step.fields}
    named = {"reason": f"reason.{outcome_key}", "returned": f"pick.{outcome_key}"}
    return {
        f"f.{key}" if key in fields else named.get(key, _name(key, outcome_key)): problem
        for key, problem in problems.items()
    }


def _name(key: str, outcome_key: str) -> str:
    """Name the input of a problem: the reason of one subject, or a mark of one pupil."""
    kind, _, subject_id = key.partition(".")
    return f"why.{outcome_key}.{subject_id}" if kind == "returned" else key.replace("_", ".", 1)

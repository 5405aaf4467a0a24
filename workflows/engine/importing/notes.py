"""What the import pass says: what it did with which element, what it could not take, and what to write instead."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from lxml import etree

from workflows.engine.diagram.faults import described
from workflows.engine.language.reasons import N_
from workflows.engine.specification import Problem

DONE = N_("Nothing has to be done; the file stays as it was.")

Severity = Literal["error", "warning", "note"]

NOTES: dict[str, tuple[Severity, str, str]] = {
    "took_process": (
        "note",
        N_("Of the %(count)s processes of the file %(name)s is the one that runs."),
        DONE,
    ),
    "took_ids": ("note", N_("%(count)s elements had no identifier and were given one."), DONE),
    "took_prefixes": ("note", N_("%(count)s references lost the prefix before the identifier."), DONE),
    "took_notice_name": (
        "note",
        N_("The message or signal has no name and goes by its identifier %(name)s."),
        DONE,
    ),
    "took_expression": ("note", N_("The expression %(text)s was read as %(ours)s."), DONE),
    "took_split": (
        "note",
        N_("Flows with conditions leave the element; a gateway was put behind it that takes every true one."),
        DONE,
    ),
    "took_start": (
        "note",
        N_("The sub-process has no start event and begins with everything that nothing leads to."),
        DONE,
    ),
    "took_local_time": ("note", N_("The time %(text)s has no time zone and was read as local time."), DONE),
    "took_assignee": ("note", N_("The step goes to %(ours)s, as the file says with %(text)s."), DONE),
    "took_due": ("note", N_("The due time was read from %(text)s."), DONE),
    "took_priority": (
        "note",
        N_("The conditions behind the gateway are tried by the priorities of the file, the lowest first."),
        DONE,
    ),
    "took_fields": ("note", N_("%(count)s form fields were taken over."), DONE),
    "took_start_fields": (
        "warning",
        N_("The fields of the start form (%(name)s) are not asked for; a run has to be started with them."),
        N_("Put the fields on the first step, where somebody fills them in."),
    ),
    "took_collection": (
        "note",
        N_("One instance for each of %(ours)s, as the file says with %(text)s."),
        DONE,
    ),
    "took_call": ("note", N_("The call was read from %(text)s."), DONE),
    "took_decision": ("note", N_("The decision %(text)s was read from the file."), DONE),
    "decision_computed": (
        "error",
        N_("The name of the decision, %(text)s, is computed."),
        N_("Name one decision, or draw a gateway with a business rule task for each."),
    ),
    "took_language_less": (
        "note",
        N_("The condition %(text)s is not marked as an expression and was read as %(ours)s."),
        DONE,
    ),
    "nobody_named": (
        "warning",
        N_(
            "Nobody is assigned to the step: it goes to whoever started the run, else to the head of the unit."
        ),
        N_("Fill in who does the step, for example role('head')."),
    ),
    "user_unknown": (
        "warning",
        N_("The file names %(name)s for the step, an account of another system that is unknown here."),
        N_("Fill in who does the step, for example person() or role('officer')."),
    ),
    "assignee_foreign": (
        "error",
        N_("The expression %(text)s is of another tool and cannot be translated: %(detail)s"),
        N_("Fill in who does the step, for example person() or role('officer')."),
    ),
    "group_unknown": (
        "warning",
        N_("The file names the group %(name)s for the step, which is no position here."),
        N_("Fill in the position that does the step, for example role('officer')."),
    ),
    "others_left": (
        "warning",
        N_("The file also names %(name)s for the step; only one position or person can have it here."),
        N_("Give further ones a step of their own, or let them take over as substitutes."),
    ),
    "due_unknown": (
        "warning",
        N_("The due time %(text)s cannot be read: three working days are given."),
        N_("Write the deadline of the step, for example workdays(3)."),
    ),
    "form_elsewhere": (
        "warning",
        N_("The form %(name)s lies outside of the drawing and is not shown."),
        N_("Add the fields to the step."),
    ),
    "field_kind": (
        "warning",
        N_("The field %(name)s of the type %(kind)s became a text."),
        N_("Choose one of the types of the form if something else is meant."),
    ),
    "field_shown": (
        "note",
        N_(
            "The field %(name)s only shows a value there and was left out of the form; the value stays as it is."
        ),
        DONE,
    ),
    "field_default": (
        "warning",
        N_("The field %(name)s begins with %(text)s there; here it begins empty."),
        N_("Name the usual value in the help of the field, or make the field required."),
    ),
    "field_constraint": (
        "warning",
        N_("The value of the field %(name)s is bounded there (%(text)s), which is not checked here."),
        N_(
            "Say the bound in the help of the field, and draw a gateway behind the step that leads back to it"
            " where the value does not fit."
        ),
    ),
    "field_again": (
        "warning",
        N_(
            "The field %(name)s is asked for again; it begins empty, and left empty it wipes the earlier value."
        ),
        N_("Remove the field here to keep the earlier value, or say in its help that it is filled in again."),
    ),
    "mapping_left": (
        "warning",
        N_("Input and output mappings are not carried out; every value keeps its name."),
        N_("Use the names of the fields in conditions, or set a variable with a script task."),
    ),
    "mapping_read": (
        "error",
        N_("A mapping here sets %(name)s, which an expression reads; mappings are not carried out."),
        N_(
            "Give a form a field with the key %(name)s, or set %(name)s with a script task, and remove the mapping."
        ),
    ),
    "caught_read": (
        "error",
        N_(
            "The event puts the code or text of what it catches into %(name)s, which an expression reads; that is"
            " not done here."
        ),
        N_(
            "Draw an event for each code, and behind it a script task that sets %(name)s, or a way of its own."
        ),
    ),
    "caught_left": (
        "warning",
        N_("The event puts the code or text of what it catches into %(name)s; that is not done here."),
        N_("Draw an event for each code, and behind it a script task that sets %(name)s, if it is needed."),
    ),
    "output_computed": (
        "error",
        N_("What each instance hands out, %(text)s, is computed; only a variable can be collected."),
        N_("Put the value into a form field or, inside a sub-process, a script task, and hand out its name."),
    ),
    "took_correlation": (
        "note",
        N_("The message finds its run by %(ours)s, as the file says with %(text)s."),
        DONE,
    ),
    "correlation_left": (
        "warning",
        N_("The key %(text)s, by which the message finds its run, is computed and was left out."),
        N_("Set a variable with a script task and name it with rs:correlation."),
    ),
    "call_result_left": (
        "warning",
        N_("Computed values of the called process are not handed back (%(name)s)."),
        N_("Compute them in the called process with a script task, and hand back the variable."),
    ),
    "took_returns": (
        "note",
        N_("The called process hands back %(name)s, as the file says; * is all that it has set itself."),
        DONE,
    ),
    "variable_by_call": (
        "note",
        N_(
            "Nothing in the drawing sets %(name)s; a called process may hand it back, or the start of a run bring it."
        ),
        DONE,
    ),
    "call_renamed": (
        "error",
        N_("The call hands %(text)s over under another name, or as an expression."),
        N_("Set a variable of that name before the call, with a script task, and hand it over as it is."),
    ),
    "took_values": (
        "note",
        N_("The message or signal may bring %(name)s; nothing else that comes with it is taken."),
        DONE,
    ),
    "took_values_beside": (
        "note",
        N_(
            "The message or signal may bring %(name)s to the way that begins here, which goes on beside the rest;"
            " the rest does not see it, and nothing else that comes with it is taken."
        ),
        DONE,
    ),
    "variable_by_event": (
        "warning",
        N_(
            "Nothing in the drawing sets %(name)s; only a message, a signal or the start of a run can bring it."
        ),
        N_("Add a form field with the key %(name)s to the step where it is decided."),
    ),
    "variable_outside": (
        "warning",
        N_("Nothing in the drawing sets %(name)s; only the start of a run can bring it."),
        N_("Add a form field with the key %(name)s to the step where it is decided."),
    ),
    "cycle_bounded": (
        "warning",
        N_("The timer repeats without end; it was given %(most)s repetitions."),
        N_("Write how often it repeats, for example R3/P1D."),
    ),
    "expression_foreign": (
        "error",
        N_("The expression %(text)s is of another tool and cannot be translated: %(detail)s"),
        N_("Write it in the language of this product, for example outcome == 'accept' or amount > 1000."),
    ),
    "outcomes_undrawn": (
        "error",
        N_(
            "The expression %(text)s asks for %(name)s, which means something else here: how the last step was"
            " completed. No step of the file has outcomes of ours."
        ),
        N_(
            "Give the step before it the outcomes that are asked for, or a form field with another key, and ask"
            " for that key."
        ),
    ),
    "condition_outside": (
        "error",
        N_("The condition lies outside of the drawing: %(name)s."),
        N_("Write it in the language of this product, for example outcome == 'accept' or amount > 1000."),
    ),
    "condition_language": (
        "error",
        N_("The condition is written in %(kind)s."),
        N_("Write it in the language of this product, for example outcome == 'accept' or amount > 1000."),
    ),
    "timer_cron": (
        "error",
        N_("The time %(text)s is a cron rule, which is not known here."),
        N_("Write P3D, PT4H, R3/P1D, a date with time zone, or an expression such as workdays(3)."),
    ),
    "timer_end": (
        "error",
        N_("The timer repeats until %(text)s; a repetition has no such end here."),
        N_("Remove the end, and write how often it repeats instead, for example R3/P1D."),
    ),
    "code_task": (
        "error",
        N_("The %(kind)s runs code outside of the drawing: %(name)s."),
        N_("Replace it by a user task for whoever does this, or remove it."),
    ),
    "skip_left": (
        "error",
        N_("The element is skipped there while %(text)s holds, which is not done here."),
        N_(
            "Draw an exclusive gateway that leads past it under this condition, and remove the skip expression."
        ),
    ),
    "listener": (
        "error",
        N_("A listener runs code outside of the drawing: %(name)s."),
        N_("Remove the listener; reminders and notices are sent by the product itself."),
    ),
    "script_outside": (
        "error",
        N_("The script lies outside of the drawing: %(name)s."),
        N_("Write lines of the form name = expression."),
    ),
}


@dataclass(slots=True)
class Notebook:
    """Collects what the pass says; `changed` tells whether the copy differs from the file."""

    changed: bool = False
    written: list[Problem] = field(default_factory=list)
    grouped: dict[str, list[etree._Element]] = field(default_factory=dict)
    # Elements that are not in the file, with the element they stand for.
    made: dict[str, etree._Element] = field(default_factory=dict)
    # Expressions of other tools as they are now, with the element that has them.
    taken: list[tuple[etree._Element, str]] = field(default_factory=list)
    # The keys of the form fields so far.
    asked: set[str] = field(default_factory=set)

    def did(self, element: etree._Element, code: str, **params: object) -> None:
        """Note a change of the copy."""
        self.changed = True
        self.say(element, code, **params)

    def say(self, element: etree._Element, code: str, **params: object) -> None:
        """Note something without a change."""
        self.written.append(_note(element, code, **params))

    def did_silently(self, element: etree._Element, code: str) -> None:
        """Note a change that is told only as a number, because it happens at every second element."""
        self.changed = True
        self.grouped.setdefault(code, []).append(element)

    def notes(self, process: etree._Element | None) -> Iterable[Problem]:
        """Give everything noted; numbers stand at the process."""
        for code, elements in self.grouped.items():
            yield _note(process, code, count=len(elements))
        yield from self.written


def _note(element: etree._Element | None, code: str, **params: Any) -> Problem:
    severity, reason, remedy = NOTES[code]
    return described(element, code, (reason, remedy), severity, **params)

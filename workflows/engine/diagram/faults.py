"""Everything that can be wrong with a diagram: code, reason, remedy; msgids that the web translates."""

from typing import Any, Literal

from lxml import etree

from workflows.engine.diagram.kinds import KINDS
from workflows.engine.language.reasons import N_, Reason
from workflows.engine.specification import Problem

Severity = Literal["error", "warning", "note"]

FAULTS: dict[str, tuple[str, str]] = {
    "empty": (
        N_("The file is empty."),
        N_("Choose the file once more, or export the diagram again as BPMN 2.0 XML."),
    ),
    "encoding": (
        N_("The file is not UTF-8 text."),
        N_("Export the diagram as BPMN 2.0 XML in UTF-8; pictures and office documents cannot be read."),
    ),
    "xml": (
        N_("The file is no well-formed XML: line %(line)s, column %(column)s."),
        N_("Export the diagram again as BPMN 2.0 XML; do not edit it by hand in between."),
    ),
    "not_bpmn": (
        N_("The file is XML, but no BPMN 2.0 diagram: it begins with %(name)s."),
        N_("Choose a file that a BPMN tool saved, mostly with the ending .bpmn."),
    ),
    "doctype": (
        N_("The file contains a document type or entities."),
        N_("Export the diagram without DOCTYPE and entities."),
    ),
    "file_large": (
        N_("The file is larger than %(most)s MB."),
        N_("Split the procedure into several processes joined by call activities."),
    ),
    "too_big": (
        N_("The diagram is too large: %(detail)s"),
        N_("Split the procedure into several processes joined by call activities."),
    ),
    "check_failed": (
        N_("The check ran out of time or memory."),
        N_("Simplify the diagram or split it into several processes."),
    ),
    "key_other": (
        N_("This drawing has the identifier %(found)s, but the procedure is %(expected)s."),
        N_("Upload the file as a new procedure, or give its process the identifier %(expected)s."),
    ),
    "no_shapes": (
        N_("The file says what belongs together, but not where it is drawn, so nobody can look at it."),
        N_("Export it from a drawing tool with the diagram (BPMNDI)."),
    ),
    "more": (
        N_("%(count)s further points are not listed."),
        N_("Mend those that are listed and check again."),
    ),
    "more_doubts": (
        N_("%(count)s further points are not listed."),
        N_("Mend those that are listed and check again."),
    ),
    "process_count": (
        N_("The file must contain exactly one executable process; it has %(count)s: %(names)s."),
        N_("Keep one executable process per file and join processes by call activities."),
    ),
    "process_missing": (
        N_("The file contains no process."),
        N_("Export it from a drawing tool as a BPMN 2.0 process, not as a collaboration alone."),
    ),
    "none_executable": (
        N_("None of the %(count)s processes of the file is marked as executable: %(names)s."),
        N_("Tick “Can run” (isExecutable) at the one that is to run."),
    ),
    "not_executable": (
        N_("The process is marked as not executable."),
        N_("Choose the empty canvas or the pool in the studio and tick “Can run”."),
    ),
    "start_count": (
        N_("A process or sub-process needs exactly one start event; this one has %(count)s."),
        N_("Keep one start event and use a gateway after it."),
    ),
    "start_kind": (
        N_("A start event that is triggered (by a timer, message, error …) cannot start a process here."),
        N_("Use a plain start event, or put the event into an event sub-process; campaigns start processes."),
    ),
    "id_missing": (
        N_("The element has no identifier."),
        N_("Give the element a unique identifier."),
    ),
    "id_bad": (
        N_("The identifier is not a plain name."),
        N_("Use letters, digits, dot, hyphen and underscore, starting with a letter."),
    ),
    "id_twice": (
        N_("The identifier is used more than once."),
        N_("Give each element its own identifier."),
    ),
    "unsupported": (
        N_("An element of the kind %(kind)s cannot run here."),
        N_("Replace it by user tasks, gateways, sub-processes or call activities."),
    ),
    "event_unsupported": (
        N_("The event definition %(kind)s cannot run at this place."),
        N_("Use a timer, message, signal, error or escalation where it is allowed."),
    ),
    "event_many": (
        N_("An event has several definitions."),
        N_("Give each event one definition."),
    ),
    "event_subprocess_flow": (
        N_("Nothing leads to or from an event sub-process, and it has no marker and no boundary event."),
        N_("Remove the flows, markers and boundary events of the sub-process."),
    ),
    "event_subprocess_start": (
        N_("An event sub-process is opened by a timer, message, signal, error or escalation."),
        N_("Give its start event one of these definitions."),
    ),
    "link_target": (
        N_("The link %(name)s needs exactly one catching link event of the same name."),
        N_("Give the two link events of a pair the same name, in the same process or sub-process."),
    ),
    "link_flow": (
        N_("No flow leads out of a throwing link event or into a catching one."),
        N_("Remove the flow: the link stands for it."),
    ),
    "loop_endless": (
        N_("The loop marker says neither how long nor how often."),
        N_("Give it a loop condition or a maximum."),
    ),
    "loop_maximum": (
        N_("The maximum of the loop is no whole number from 1 on."),
        N_("Write a number such as 3."),
    ),
    "compensation": (
        N_("Compensation cannot run here."),
        N_("Draw the correcting steps as ordinary flow."),
    ),
    "quantity": (
        N_("Start and completion quantities other than 1 cannot run here."),
        N_("Remove startQuantity and completionQuantity."),
    ),
    "multi_behavior": (
        N_("The multi-instance attribute behavior cannot run here."),
        N_("Use a completion condition instead."),
    ),
    "multi_source": (
        N_("A multi-instance needs exactly one of collection and cardinality."),
        N_("Name a collection variable, an rs:collection expression or a loop cardinality."),
    ),
    "multi_place": (
        N_("Only user tasks, sub-processes and call activities can be multi-instance."),
        N_("Put the element into a sub-process."),
    ),
    "flow_ends": (
        N_("The flow does not join two elements of the same process or sub-process."),
        N_("Draw the flow again between two elements."),
    ),
    "flow_forbidden": (
        N_("A flow may not lead into a start or boundary event nor out of an end event."),
        N_("Draw the flow to another element."),
    ),
    "flow_condition": (
        N_("A condition on this flow is never looked at."),
        N_("Put conditions only on flows out of exclusive or inclusive gateways."),
    ),
    "condition_true": (
        N_("The condition %(text)s is true in every run."),
        N_("Ask for something that differs, such as outcome == 'accept', or remove the other ways."),
    ),
    "condition_false": (
        N_("The condition %(text)s is true in no run, so nothing goes this way."),
        N_("Ask for something that differs, such as outcome == 'accept', or remove the flow."),
    ),
    "condition_kind": (
        N_("The condition %(text)s gives a list, a text or a number instead of yes or no."),
        N_("Compare it with something, such as len(returned) > 0."),
    ),
    "flow_no_condition": (
        N_("Flows without a condition leave the gateway, and none is marked as default."),
        N_("Give each flow a condition, or mark one of them as the default."),
    ),
    "flow_default_taken": (
        N_("The only flow without a condition is taken as the default."),
        N_("Mark the flow as the default so that readers see it."),
    ),
    "default_condition": (
        N_("The default flow has a condition, which is never looked at."),
        N_("Remove the condition of the default flow."),
    ),
    "no_default": (
        N_("If no condition is true the process stops here."),
        N_("Mark one flow as the default."),
    ),
    "default_elsewhere": (
        N_("The default flow does not leave this element."),
        N_("Choose one of the flows that leave this element."),
    ),
    "boundary_attached": (
        N_("The boundary event is not attached to a user task, sub-process or call activity here."),
        N_("Attach it to an activity of the same process."),
    ),
    "boundary_error_waits": (
        N_("An error always interrupts the activity."),
        N_("Make the boundary event interrupting."),
    ),
    "boundary_no_thrower": (
        N_("Only sub-processes and call activities raise errors and escalations."),
        N_("Remove the boundary event or attach it to a sub-process or call activity."),
    ),
    "boundary_no_flow": (
        N_("Nothing follows the boundary event."),
        N_("Draw a flow from the boundary event to the next step."),
    ),
    "boundary_cycle": (
        N_("A repeating timer that interrupts fires only once."),
        N_("Make the timer non-interrupting or use a duration."),
    ),
    "event_gateway": (
        N_(
            "An event gateway must lead to timer, message or signal events that have no other flow into them."
        ),
        N_("Put a catch event behind each flow of the gateway."),
    ),
    "reference": (
        N_("The event does not name an existing %(kind)s."),
        N_("Choose or create the %(kind)s it refers to, with a name or code."),
    ),
    "timer_kind": (
        N_("A timer needs exactly one of date, duration and cycle."),
        N_("Keep one time definition."),
    ),
    "timer_text": (
        N_("The time %(text)s cannot be used: %(detail)s"),
        N_("Write P3D, PT4H, R3/P1D, a date with time zone, or an expression such as workdays(3)."),
    ),
    "timer_cycle": (
        N_("A repeating timer can only be used on the border of an activity."),
        N_("Use a duration, or put the timer on the border as non-interrupting."),
    ),
    "expression": (
        N_("The expression %(text)s cannot be used: %(detail)s"),
        N_("Correct the expression; the help page lists what is available."),
    ),
    "name_unknown": (
        N_("The expression %(text)s uses the name %(name)s, which nothing declares."),
        N_("Use a form field, a variable of a script, an item variable, or declare it with rs:takes."),
    ),
    "function_unknown": (
        N_("The expression %(text)s calls %(name)s, which does not exist."),
        N_("Use one of the documented functions."),
    ),
    "name_reserved": (
        N_("The name %(name)s is reserved."),
        N_("Choose another name."),
    ),
    "script_language": (
        N_("The script is written in %(kind)s."),
        N_("Write lines of the form name = expression."),
    ),
    "review_unknown": (
        N_("The review kind %(name)s does not exist."),
        N_("Choose record, pupils, grades, unit or staff."),
    ),
    "signature_unknown": (
        N_("The value %(name)s for signature does not exist."),
        N_("Write required or leave it out."),
    ),
    "bulk_unknown": (
        N_("The bulk outcome %(name)s is not an outcome of the step."),
        N_("Name one of the outcomes of the step."),
    ),
    "bulk_asks": (
        N_("A step that may be done in bulk must not ask for required fields or a reason."),
        N_("Remove the bulk outcome, or make the fields and the reason optional."),
    ),
    "outcome_key": (
        N_("Each outcome needs its own key and a label."),
        N_("Give each outcome a different key and a label."),
    ),
    "outcome_value": (
        N_("The value %(name)s of the outcome is not known."),
        N_("See the help page for the values of reason, of and style."),
    ),
    "field_key": (
        N_("Each field needs its own plain key and a label."),
        N_("Give each field a different key made of letters, digits and underscore, and a label."),
    ),
    "field_type": (
        N_("The field type %(name)s does not exist."),
        N_("Choose text, textarea, number, date, select, radio, checkbox, person or file."),
    ),
    "field_choices": (
        N_("A field to choose from needs options, each with a key of its own; other fields have none."),
        N_("Add options, or choose another type."),
    ),
    "field_days": (
        N_("The days between which the date “%(name)s” may lie cannot be read."),
        N_(
            "Write today, or today with days as in today-30d, the earliest before the latest, at a date only."
        ),
    ),
    "rung": (
        N_("The escalation %(name)s is not known."),
        N_(
            "Write after as -2d, 0, 4h; to as assignee, accountable, head, superior or office; "
            "kind as remind or escalate."
        ),
    ),
    "href": (
        N_("The guidance link %(name)s is not a web address."),
        N_("Use an address that starts with https:// or /."),
    ),
    "subject_unknown": (
        N_("The subject %(name)s does not exist."),
        N_("Choose school, staff, class, assignment or unit."),
    ),
    "attribute_unknown": (
        N_("The attribute or element rs:%(name)s is not known here."),
        N_("Check the spelling against the help page."),
    ),
    "called_missing": (
        N_("The call activity does not name a process."),
        N_("Name the key of the process it calls."),
    ),
    "called_computed": (
        N_("Which process is called, %(name)s, is computed; a call names one process here."),
        N_("Draw a gateway with a call for each process that may be meant."),
    ),
    "called_unknown": (
        N_("The called process %(name)s is not published."),
        N_("Publish that process first or correct the key."),
    ),
    "unreachable": (
        N_("No path from the start event leads here."),
        N_("Connect the element or remove it."),
    ),
    "endless": (
        N_("No path leads from here to an end."),
        N_("Draw a way out of the loop."),
    ),
    "no_wait_loop": (
        N_("The process can run in a circle here without anybody doing anything."),
        N_("Put a step or a timer into the circle."),
    ),
    "result_place": (
        N_("A result is only taken from end events of the process itself."),
        N_("Use a script task to set a variable inside the sub-process."),
    ),
    "lane_twice": (
        N_("The element is in several lanes."),
        N_("Draw the element inside one lane."),
    ),
    "passes_through": (
        N_("Nobody is asked here; the process passes through."),
        N_("Use a user task if somebody has to do something."),
    ),
}
WARNINGS = {
    "flow_default_taken",
    "no_default",
    "default_condition",
    "passes_through",
    "attribute_unknown",
    "no_shapes",
    "more_doubts",
    "condition_true",
    "condition_false",
    "condition_kind",
}


def fault(element: etree._Element | None, code: str, **params: object) -> Problem:
    """Describe one fault of an element with its id, name and line."""
    return described(element, code, FAULTS[code], "warning" if code in WARNINGS else "error", **params)


def described(
    element: etree._Element | None, code: str, texts: tuple[str, str], severity: Severity, **params: object
) -> Problem:
    """Put reason and remedy to an element."""
    text = {name: _plain(name, value) for name, value in params.items()}
    if element is None:
        return Problem("", "", 0, *texts, severity, code, text)
    line: Any = element.sourceline  # the stubs know types lxml never gives
    identifier, name = element.get("id", ""), element.get("name", "")
    return Problem(identifier, name, line or 0, *texts, severity, code, text)


def _plain(name: str, value: object) -> object:
    if name == "kind" and value in KINDS:
        return Reason(KINDS[str(value)]).as_plain()
    return value.as_plain() if isinstance(value, Reason) else str(value)[:200]

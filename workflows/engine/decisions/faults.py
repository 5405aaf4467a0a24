"""Everything that can be wrong with a decision table: code, reason, remedy; msgids that the web translates."""

from dataclasses import replace
from typing import Any, Literal

from lxml import etree

from workflows.engine.decisions.values import KINDS
from workflows.engine.diagram.faults import described
from workflows.engine.language.reasons import N_, Reason
from workflows.engine.specification import Problem

FILE_REMEDY = N_("Export the decision table again as DMN XML in UTF-8, of at most 2 MB and without DOCTYPE.")
TOO_BIG = N_("The file is too large: %(detail)s")
_CELL = N_(
    'Write -, a value such as 5, "text", true or date("2023-06-01"), a comparison such as < 5, a range such as [1..5], '
    "a list separated by commas, or not(…)."
)
_OUTPUT = N_(
    'Write a value such as 5, "text", true or date("2023-06-01"), or a calculation such as amount * 2.'
)
_INPUT = N_("Write the name of a variable such as amount, or a calculation such as price * number.")

TABLE_FAULTS: dict[str, tuple[str, str]] = {
    "decision_missing": (
        N_("The decision %(name)s is in none of the decision tables of the procedure."),
        N_("Upload the file with this decision under “Decision tables”, or correct the identifier."),
    ),
    "decision_map": (
        N_("The shape %(name)s of the result is not known."),
        N_("Choose singleEntry, singleResult, collectEntries or resultList, or leave it out."),
    ),
    "decision_output": (
        N_("Nothing takes the result of the decision."),
        N_("Name the variable that takes it with rs:output."),
    ),
    "decision_unused": (
        N_("No task of the drawing makes the decision %(name)s."),
        N_("Draw a business rule task that names it, or remove the file."),
    ),
    "not_dmn": (
        N_("The file is XML, but no decision table (DMN): it begins with %(name)s."),
        N_("Choose a file that a DMN tool saved, mostly with the ending .dmn."),
    ),
    "no_decision": (
        N_("The file contains no decision."),
        N_("Export a file with at least one decision table."),
    ),
    "too_many_decisions": (
        N_("The file has %(count)s decisions; at most %(most)s are allowed."),
        N_("Split the file."),
    ),
    "decision_id": (
        N_("The decision has no identifier that is a plain name."),
        N_("Use letters, digits, dot, hyphen and underscore, starting with a letter."),
    ),
    "decision_twice": (
        N_("The decision %(name)s is there more than once."),
        N_("Give each decision its own identifier, or remove one of the files."),
    ),
    "decision_logic": (
        N_("The decision is no table but of the kind %(name)s, which cannot be decided here."),
        N_("Write it as a decision table."),
    ),
    "decision_knowledge": (
        N_("The decision asks for a business knowledge model, which cannot be decided here."),
        N_("Write what it says into the table."),
    ),
    "required_missing": (
        N_("The decision requires %(name)s, which is not in the file or cannot be decided."),
        N_("Put both decisions into one file, or remove the requirement."),
    ),
    "required_circle": (
        N_("The decision requires itself by way of others."),
        N_("Remove one of the requirements."),
    ),
    "table_empty": (
        N_("The table has no rule or no output."),
        N_("Give it at least one output column and one rule."),
    ),
    "table_large": (
        N_("The table has %(count)s cells; at most %(most)s are allowed."),
        N_("Split the table into several decisions."),
    ),
    "policy": (
        N_("The hit policy %(name)s is not known."),
        N_("Choose UNIQUE, FIRST, ANY, PRIORITY, COLLECT, RULE ORDER or OUTPUT ORDER."),
    ),
    "aggregator": (
        N_("The aggregation %(name)s is not known, or the hit policy has none."),
        N_("Choose SUM, MIN, MAX or COUNT with the hit policy COLLECT."),
    ),
    "aggregator_columns": (
        N_("An aggregation needs exactly one output column; there are %(count)s."),
        N_("Keep one output column, or choose COLLECT without aggregation."),
    ),
    "values_missing": (
        N_("Column %(column)s: the hit policy goes by the order of the output values, and there are none."),
        N_("List the output values of one column at least, the most important one first."),
    ),
    "values": (
        N_("Column %(column)s: the output values %(text)s cannot be read: %(detail)s"),
        N_('Write values separated by commas, such as "high", "low".'),
    ),
    "value_unlisted": (
        N_("Rule %(rule)s, column %(column)s: %(text)s is none of the output values, so it has no rank."),
        N_("Add it to the output values of the column."),
    ),
    "output_name": (
        N_("Column %(column)s: several output columns need a name each, which is a plain word."),
        N_("Give the column a name of letters, digits and underscore that no other one has."),
    ),
    "type": (
        N_("Column %(column)s: the type %(name)s is not known."),
        N_("Choose string, number, boolean, date, dateTime, time or dayTimeDuration."),
    ),
    "input": (N_("Column %(column)s: the input %(text)s cannot be read: %(detail)s"), _INPUT),
    "width": (
        N_("Rule %(rule)s has %(count)s cells, the table %(expected)s columns."),
        N_("Open the table in a DMN tool and fill in every cell."),
    ),
    "cell": (N_("Rule %(rule)s, column %(column)s: the cell %(text)s cannot be read: %(detail)s"), _CELL),
    "cell_type": (
        N_(
            "Rule %(rule)s, column %(column)s: the cell %(text)s has a %(found)s where a %(wanted)s is needed."
        ),
        N_('Write texts as "text", dates as date("2023-06-01"), numbers and true or false as they are.'),
    ),
    "cell_nothing": (
        N_("Rule %(rule)s, column %(column)s: no value is within the range %(text)s."),
        N_("Write the smaller end first, such as [1..5]."),
    ),
    "output": (N_("Rule %(rule)s, column %(column)s: the cell %(text)s cannot be read: %(detail)s"), _OUTPUT),
    "otherwise": (N_("Column %(column)s: the default output %(text)s cannot be read: %(detail)s"), _OUTPUT),
    "overlap": (
        N_("Rules %(one)s and %(other)s hold at once for some values, where one rule only may hold."),
        N_("Narrow one of them, or choose another hit policy, such as FIRST."),
    ),
    "contradiction": (
        N_("Rules %(one)s and %(other)s hold at once for some values and say different things."),
        N_("Narrow one of them, or let both say the same."),
    ),
}
DOUBTS = {"overlap", "contradiction", "decision_output", "decision_unused"}
Severity = Literal["error", "warning"]


def fault(element: Any, code: str, of: tuple[str, str] = ("", ""), **params: object) -> Problem:
    """Describe one fault at an element or line of a file; `of` is the identifier and name of the decision."""
    reason, remedy = TABLE_FAULTS[code]
    severity: Severity = "warning" if code in DOUBTS else "error"
    line = element if isinstance(element, int) else getattr(element, "sourceline", None) or 0
    text = {one: _plain(one, value) for one, value in params.items()}
    key, name = of
    return Problem(key, name if name != key else "", line, reason, remedy, severity, code, text)


def fault_of_task(element: etree._Element | None, code: str, **params: object) -> Problem:
    """Describe one fault of a business rule task of a drawing."""
    return described(element, code, TABLE_FAULTS[code], "warning" if code in DOUBTS else "error", **params)


def of_a_table(problem: Problem) -> Problem:
    """Give a fault of reading a file in words that speak of decision tables."""
    reason = TOO_BIG if problem.code == "too_big" else problem.reason
    return replace(problem, reason=reason, remedy=FILE_REMEDY)


def _plain(name: str, value: object) -> object:
    if name in ("found", "wanted") and value in KINDS:
        return Reason(KINDS[str(value)]).as_plain()
    return value.as_plain() if isinstance(value, Reason) else str(value)[:200]

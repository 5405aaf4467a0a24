"""What can be wrong with a table that was read: types of cells, ranks of values, rules that meet."""

from collections.abc import Iterator
from itertools import combinations

from workflows.engine.decisions.cells import (
    Calculated,
    Compared,
    Constant,
    Negated,
    OneOf,
    Test,
    Value,
    Within,
)
from workflows.engine.decisions.faults import fault
from workflows.engine.decisions.spans import is_nothing, let_through, meet, spans_of
from workflows.engine.decisions.table import RANKED, Decision, Output, Rule
from workflows.engine.decisions.values import kind_of
from workflows.engine.specification import Problem

MAX_PAIRS = 20_000  # of rules that are looked at together; larger tables are told at run time
MAX_MEETINGS = 10

Found = Iterator[Problem]


def table_problems(decision: Decision) -> Found:
    """Every fault of a decision table whose cells could all be read."""
    table = decision.table
    of = decision.key, decision.name
    for rule in table.rules:
        yield from _cells(decision, rule)
    if table.policy in RANKED:
        if not any(column.values for column in table.outputs):
            yield fault(table.outputs[0].line, "values_missing", of, column=table.outputs[0].label)
        for rule in table.rules:
            yield from _ranks(decision, rule)
    if table.policy in ("UNIQUE", "ANY"):
        yield from _meetings(decision)


def _cells(decision: Decision, rule: Rule) -> Found:
    of, width = (decision.key, decision.name), len(decision.table.inputs)
    for place, (column, test) in enumerate(zip(decision.table.inputs, rule.tests, strict=True)):
        said = {"rule": rule.number, "column": column.label, "text": rule.texts[place]}
        for value in constants_in(test):
            if column.type != "any" and value is not None and kind_of(value) != column.type:
                if (kind_of(value), column.type) in (("date", "instant"), ("instant", "date")):
                    continue  # compared by what the cell has
                yield fault(
                    rule.lines[place], "cell_type", of, **said, found=kind_of(value), wanted=column.type
                )
        for within in ranges_in(test):
            spans = spans_of(within)
            if spans and _nothing(spans[0]):
                yield fault(rule.lines[place], "cell_nothing", of, **said)
    for place, (output, cell) in enumerate(zip(decision.table.outputs, rule.gives, strict=True), width):
        if isinstance(cell, Constant) and (wrong := _wrong(cell, output)):
            said = {"rule": rule.number, "column": output.label, "text": rule.texts[place]}
            yield fault(rule.lines[place], "cell_type", of, **said, found=wrong, wanted=output.type)


def _nothing(span: object) -> bool:
    try:
        return is_nothing(span)  # type: ignore[arg-type]
    except TypeError:  # one end with a zone and one without
        return False


def _wrong(cell: Constant, column: Output) -> str:
    """The kind of a value that the column does not take, "" when it does."""
    kind = kind_of(cell.value)
    return "" if column.type == "any" or kind in ("null", column.type) else kind


def constants_in(test: Test) -> list[Value]:
    """Give the values a cell names, one by one."""
    match test:
        case Compared(_, Constant(value)) if not isinstance(value, tuple):
            return [value]
        case Within(low, high):
            ends = (low, high)
            return [
                end.value for end in ends if isinstance(end, Constant) and not isinstance(end.value, tuple)
            ]
        case OneOf(tests):
            return [value for part in tests for value in constants_in(part)]
        case Negated(inside):
            return constants_in(inside)
    return []


def ranges_in(test: Test) -> list[Within]:
    """Give the ranges in a cell."""
    match test:
        case Within():
            return [test]
        case OneOf(tests):
            return [part for part in tests if isinstance(part, Within)]
        case Negated(inside):
            return ranges_in(inside)
    return []


def _ranks(decision: Decision, rule: Rule) -> Found:
    width = len(decision.table.inputs)
    for place, (column, cell) in enumerate(zip(decision.table.outputs, rule.gives, strict=True), width):
        if not column.values or isinstance(cell, Calculated):
            continue
        if not any(kind_of(one) == kind_of(cell.value) and one == cell.value for one in column.values):
            yield fault(
                rule.lines[place],
                "value_unlisted",
                (decision.key, decision.name),
                rule=rule.number,
                column=column.label,
                text=rule.texts[place],
            )


def _meetings(decision: Decision) -> Found:
    """Pairs of rules that surely hold at once for some values, the first few of them."""
    table, told = decision.table, 0
    spans = {rule.number: [let_through(test) for test in rule.tests] for rule in table.rules}
    for looked, (one, other) in enumerate(combinations(table.rules, 2)):
        if looked >= MAX_PAIRS or told >= MAX_MEETINGS:
            return
        if table.policy == "ANY" and not _differ(one, other):
            continue
        if all(map(meet, spans[one.number], spans[other.number])):
            told += 1
            code = "overlap" if table.policy == "UNIQUE" else "contradiction"
            of = decision.key, decision.name
            yield fault(other.lines[0], code, of, one=one.number, other=other.number)


def _differ(one: Rule, other: Rule) -> bool:
    """Whether two rules surely give different things."""
    pairs = zip(one.gives, other.gives, strict=True)
    return any(
        isinstance(a, Constant)
        and isinstance(b, Constant)
        and (kind_of(a.value) != kind_of(b.value) or a.value != b.value)
        for a, b in pairs
    )

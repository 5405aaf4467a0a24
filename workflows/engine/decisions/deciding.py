"""Makes a decision: which rules hold, and what the hit policy makes of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import isfinite
from typing import Any, Literal

from workflows.engine.decisions.matching import fits, same, value_of
from workflows.engine.decisions.table import LISTING, RANKED, Book, Decision, Output, Rule
from workflows.engine.decisions.values import Clock, as_type, asked, clock_in, identical, kind_of, stored
from workflows.engine.language.expressions import Scope
from workflows.engine.language.operations import RefusedError
from workflows.engine.language.reasons import N_, Reason, reason_of

# How a result is handed over: as the table gives it, or in one of the shapes that Camunda calls by these names.
Shape = Literal["", "singleEntry", "singleResult", "collectEntries", "resultList"]
SHAPES: tuple[Shape, ...] = ("singleEntry", "singleResult", "collectEntries", "resultList")
Row = Mapping[str, object]


class UndecidedError(Exception):
    """Why there is no decision; the first argument is a `Reason`."""

    @property
    def reason(self) -> Reason:
        """Give the reason to put into words."""
        reason: Reason = self.args[0]
        return reason


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision gave: the value as the table means it, and row by row."""

    value: object
    rows: tuple[Row, ...]

    def shaped(self, shape: Shape) -> object:
        """Give the result in a shape; refuses what does not fit into it."""
        if not shape:
            return self.value
        columns = max((len(row) for row in self.rows), default=1)
        if shape in ("singleEntry", "collectEntries") and columns > 1:
            raise UndecidedError(Reason(N_("the decision gives %(count)s columns, not one"), count=columns))
        if shape in ("singleEntry", "singleResult") and len(self.rows) > 1:
            raise UndecidedError(
                Reason(N_("the decision gives %(count)s rows, not one"), count=len(self.rows))
            )
        if shape == "resultList":
            return [dict(row) for row in self.rows]
        if shape == "singleResult":
            return dict(self.rows[0]) if self.rows else None
        entries = [next(iter(row.values())) for row in self.rows]
        return entries if shape == "collectEntries" else next(iter(entries), None)


def decide(book: Book, key: str, scope: Scope) -> Decided:
    """Make a decision and, before it, those it requires; refuses with UndecidedError what its table leaves open."""
    known = dict(scope.values)
    clock, found = clock_in(scope.names), Decided(None, ())
    for decision in book.chain(key):
        within = replace(scope, values=known, local={})
        try:
            found = _Deciding(decision, within, clock).decided()
        except (UndecidedError, RefusedError) as error:
            table = decision.name or decision.key
            undecided = Reason(N_("the table %(table)s: %(detail)s"), table=table, detail=reason_of(error))
            raise UndecidedError(undecided) from error
        finally:
            scope.work = within.work
        known |= _columns(decision, found) | {decision.variable: found.value, decision.key: found.value}
    return found


def _columns(decision: Decision, found: Decided) -> dict[str, object]:
    """The result column by column, as Camunda 7 hands it to tables that require it."""
    many = isinstance(found.value, list) and decision.table.policy in LISTING
    names = [column.name for column in decision.table.outputs if column.name]
    rows = [{name: row.get(name) for name in names} for row in found.rows]
    if many:
        return {name: [row[name] for row in rows] for name in names}
    return rows[0] if rows else dict.fromkeys(names)


class _Deciding:
    """One table with the variables it is decided by."""

    def __init__(self, decision: Decision, scope: Scope, clock: Clock) -> None:
        self.decision, self.table = decision, decision.table
        self.scope, self.clock = scope, clock

    def decided(self) -> Decided:
        """Find the rules that hold and apply the hit policy."""
        table = self.table
        holding = self._holding()
        if table.policy == "FIRST":
            first = next(holding, None)
            return self._given([self._row(first)] if first is not None else [])
        rules = list(holding)
        if table.policy == "UNIQUE" and len(rules) > 1:
            raise UndecidedError(Reason(N_("rules %(rules)s hold at once"), rules=_numbers(rules)))
        rows = [self._row(rule) for rule in rules]
        if table.policy == "ANY":
            self._require_same(rules, rows)
            rows = rows[:1]
        if table.policy in RANKED:
            rows.sort(key=self._rank)
            rows = rows[:1] if table.policy == "PRIORITY" else rows
        if table.aggregator and (rows or table.aggregator == "COUNT"):
            rows = [{self._name(table.outputs[0]): self._aggregated(rows)}]
        return self._given(rows)

    def _holding(self) -> Iterator[Rule]:
        values = [self._asked(number) for number in range(len(self.table.inputs))]
        for rule in self.table.rules:
            if all(fits(v, t, self.scope, self.clock) for v, t in zip(values, rule.tests, strict=True)):
                yield rule

    def _asked(self, number: int) -> Any:
        column = self.table.inputs[number]
        try:
            return asked(column.expression.within(self.scope), column.type, self.clock)
        except ValueError as error:
            wrong = Reason(N_("column %(column)s: %(detail)s"), column=column.label, detail=error.args[0])
            raise UndecidedError(wrong) from error

    def _row(self, rule: Rule) -> Row:
        row = {}
        for column, cell in zip(self.table.outputs, rule.gives, strict=True):
            value = value_of(cell, self.scope, self.clock)
            self.scope.spend(1)
            try:
                row[self._name(column)] = stored(as_type(value, column.type, self.clock), self.clock)
            except ValueError as error:
                wrong = Reason(
                    N_("rule %(rule)s, column %(column)s: %(detail)s"),
                    rule=rule.number,
                    column=column.label,
                    detail=error.args[0],
                )
                raise UndecidedError(wrong) from error
        return row

    def _name(self, column: Output) -> str:
        return column.name or self.decision.key

    def _require_same(self, rules: Sequence[Rule], rows: Sequence[Row]) -> None:
        for rule, row in zip(rules, rows, strict=True):
            if not identical(row, rows[0]):
                pair = _numbers([rules[0], rule])
                raise UndecidedError(
                    Reason(N_("rules %(rules)s hold at once and say different things"), rules=pair)
                )

    def _rank(self, row: Row) -> list[int]:
        ranks = []
        for column, value in zip(self.table.outputs, row.values(), strict=True):
            self.scope.spend(len(column.values))
            places = [n for n, one in enumerate(column.values) if same(value, one, self.clock)]
            if column.values and not places:
                wrong = Reason(
                    N_("%(text)s is none of the values of column %(column)s"), text=value, column=column.label
                )
                raise UndecidedError(wrong)
            ranks.append(places[0] if places else 0)
        return ranks

    def _aggregated(self, rows: Sequence[Row]) -> object:
        values: list[Any] = [value for row in rows for value in row.values()]
        aggregator = self.table.aggregator
        if aggregator == "COUNT":
            return len(values)
        kinds = {kind_of(value) for value in values}
        if (
            len(kinds) != 1
            or (aggregator == "SUM" and kinds != {"number"})
            or kinds & {"null", "list", "record"}
        ):
            raise UndecidedError(
                Reason(N_("the rules that hold give nothing that %(name)s can take"), name=aggregator)
            )
        if aggregator == "SUM":
            return _total(values)
        return min(values) if aggregator == "MIN" else max(values)

    def _given(self, rows: Sequence[Row]) -> Decided:
        table = self.table
        if not rows and any(column.otherwise is not None for column in table.outputs):
            rows = [self._otherwise()]
        values: list[object] = [self._value(row) for row in rows]
        if table.policy in LISTING and not table.aggregator:
            return Decided(values, tuple(rows))
        return Decided(values[0] if values else None, tuple(rows))

    def _otherwise(self) -> Row:
        row = {}
        for column in self.table.outputs:
            value = (
                value_of(column.otherwise, self.scope, self.clock) if column.otherwise is not None else None
            )
            row[self._name(column)] = value
        return row

    def _value(self, row: Row) -> object:
        return next(iter(row.values())) if len(self.table.outputs) == 1 else dict(row)


def _total(values: Sequence[int | float]) -> int | float:
    """Add as people do on paper: 0.1 and 0.2 are 0.3."""
    if all(isinstance(value, int) for value in values):
        return sum(int(value) for value in values)
    if not all(map(isfinite, values)) or not isfinite(
        total := float(sum((Decimal(str(value)) for value in values), Decimal(0)))
    ):
        raise UndecidedError(Reason(N_("no finite number")))
    return total


def _numbers(rules: Sequence[Rule]) -> str:
    return ", ".join(str(rule.number) for rule in rules[:10]) + (", …" if len(rules) > 10 else "")

"""A decision table as read: inputs, outputs, rules, and how many rules may hold at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

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
from workflows.engine.language.expressions import Expression

Policy = Literal["UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"]
POLICIES: dict[str, Policy] = {
    "UNIQUE": "UNIQUE",
    "FIRST": "FIRST",
    "PRIORITY": "PRIORITY",
    "ANY": "ANY",
    "COLLECT": "COLLECT",
    "RULE ORDER": "RULE ORDER",
    "OUTPUT ORDER": "OUTPUT ORDER",
}
LISTING = ("COLLECT", "RULE ORDER", "OUTPUT ORDER")
RANKED = ("PRIORITY", "OUTPUT ORDER")
AGGREGATORS = ("SUM", "MIN", "MAX", "COUNT")
LETTERS = {"UNIQUE": "U", "FIRST": "F", "PRIORITY": "P", "ANY": "A", "COLLECT": "C", "RULE ORDER": "R"}
LETTERS |= {"OUTPUT ORDER": "O"}
MARKS = {"SUM": "+", "MIN": "<", "MAX": ">", "COUNT": "#"}


@dataclass(frozen=True, slots=True)
class Input:
    """What one column asks about."""

    label: str
    text: str
    expression: Expression
    type: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Output:
    """What one column gives; `values` are what it may give, the most important one first."""

    label: str
    name: str
    type: str
    values: tuple[Value, ...] = ()
    otherwise: Constant | Calculated | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """One row, with its texts and lines as they stand in the file."""

    number: int
    tests: tuple[Test, ...]
    gives: tuple[Constant | Calculated, ...]
    texts: tuple[str, ...]
    lines: tuple[int, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The table of a decision."""

    policy: Policy
    aggregator: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    @property
    def sign(self) -> str:
        """The hit policy as it is written in the corner of a table."""
        return LETTERS[self.policy] + MARKS.get(self.aggregator, "")


@dataclass(frozen=True, slots=True)
class Decision:
    """A table with the decisions whose results it reads, each under the names that it can be read by."""

    key: str
    name: str
    variable: str
    requires: tuple[str, ...]
    table: Table
    line: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which a table that requires this one finds its result, or one column of it."""
        columns = (column.name for column in self.table.outputs if column.name)
        return tuple(dict.fromkeys((*columns, self.variable, self.key)))


@dataclass(frozen=True, slots=True)
class Book:
    """The decisions that belong to one version of a procedure."""

    decisions: Mapping[str, Decision] = field(default_factory=dict)

    def reads(self, key: str) -> dict[str, Expression]:
        """Give the variables that a decision and those it requires read, each with an expression that does."""
        found: dict[str, Expression] = {}
        for one in self.chain(key):
            supplied = {name for required in one.requires for name in self.decisions[required].names}
            for expression in expressions_of(one.table):
                found |= {name: expression for name in expression.variables - supplied if name not in found}
        return found

    def chain(self, key: str) -> list[Decision]:
        """Give the decisions to make for one, each after those it requires."""
        found: dict[str, Decision] = {}
        pending = [(key, False)]
        while pending:
            name, ready = pending.pop()
            if name in found or name not in self.decisions:
                continue
            if ready:
                found[name] = self.decisions[name]
            else:
                pending.append((name, True))
                pending += [(required, False) for required in self.decisions[name].requires]
        return list(found.values())


def expressions_of(table: Table) -> list[Expression]:
    """Give everything that is computed in a table."""
    found = [column.expression for column in table.inputs]
    for rule in table.rules:
        pending: list[object] = [*rule.tests, *rule.gives]
        while pending:
            match pending.pop():
                case Calculated(expression):
                    found.append(expression)
                case Compared(value=value):
                    pending.append(value)
                case Within(low, high):
                    pending += [low, high]
                case OneOf(tests):
                    pending += tests
                case Negated(test):
                    pending.append(test)
    found += [o.otherwise.expression for o in table.outputs if isinstance(o.otherwise, Calculated)]
    return found

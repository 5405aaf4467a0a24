"""Reads the `decisionTable` of a DMN file; every fault names rule and column."""

import re
from dataclasses import dataclass

from lxml import etree

from workflows.engine.decisions.cells import (
    OTHER_LANGUAGE,
    Calculated,
    CellError,
    Constant,
    Test,
    Value,
    Whatever,
    read_expression,
    read_output,
    read_test,
    read_values,
)
from workflows.engine.decisions.faults import fault
from workflows.engine.decisions.table import AGGREGATORS, POLICIES, Input, Output, Rule, Table
from workflows.engine.decisions.values import TYPES
from workflows.engine.language.reasons import Reason
from workflows.engine.specification import Problem

MAX_CELLS = 10_000
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Named:
    """Finds children by their names in the namespace of one file."""

    space: str
    root: etree._Element

    def child(self, element: etree._Element, name: str) -> etree._Element | None:
        """The first child of that name."""
        return element.find(f"{{{self.space}}}{name}")

    def children(self, element: etree._Element, name: str) -> list[etree._Element]:
        """All children of that name."""
        return element.findall(f"{{{self.space}}}{name}")

    def text(self, element: etree._Element | None) -> str:
        """The stripped text within a child called `text`, "" when there is none."""
        found = self.child(element, "text") if element is not None else None
        return (found.text or "").strip() if found is not None else ""

    def language(self, element: etree._Element) -> str:
        """The language in which an expression says that it is written, in small letters."""
        said = element.get("expressionLanguage") or self.root.get("expressionLanguage") or ""
        return "" if "dmn" in said.lower() else said.lower()  # the namespace of FEEL names the standard

    def basic(self, name: str) -> str | None:
        """The type behind a name, also one that the file defines; None when nobody knows it."""
        folded = _folded(name)
        if folded in TYPES:
            return TYPES[folded]
        for item in self.children(self.root, "itemDefinition"):
            if item.get("name") == name.rpartition(":")[2]:
                reference = self.child(item, "typeRef")
                return TYPES.get(_folded(reference.text or "")) if reference is not None else "any"
        return None


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.rpartition(":")[2]).lower()


def read_table(
    element: etree._Element, named: Named, of: tuple[str, str]
) -> tuple[Table | None, list[Problem]]:
    """Read a table; None when what it is cannot be told at all."""
    reader = _Reader(named, of)
    found = reader.table(element)
    return found, reader.problems


class _Reader:
    def __init__(self, named: Named, of: tuple[str, str]) -> None:
        self.named, self.of = named, of
        self.problems: list[Problem] = []

    def say(self, element: etree._Element, code: str, **params: object) -> None:
        self.problems.append(fault(element, code, self.of, **params))

    def table(self, element: etree._Element) -> Table | None:
        """Read everything; problems are noted and the rest is read on."""
        named = self.named
        rules, outputs = named.children(element, "rule"), named.children(element, "output")
        if not rules or not outputs:
            self.say(element, "table_empty")
            return None
        count = len(rules) * (len(outputs) + len(named.children(element, "input")))
        if count > MAX_CELLS:
            self.say(element, "table_large", count=count, most=MAX_CELLS)
            return None
        policy = POLICIES.get(" ".join((element.get("hitPolicy") or "UNIQUE").upper().split()))
        if policy is None:
            self.say(element, "policy", name=element.get("hitPolicy"))
            return None
        aggregator = (element.get("aggregation") or "").upper()
        if aggregator and (aggregator not in AGGREGATORS or policy != "COLLECT"):
            self.say(element, "aggregator", name=aggregator)
        elif aggregator and len(outputs) != 1:
            self.say(element, "aggregator_columns", count=len(outputs))
        columns = tuple(self._input(one, n) for n, one in enumerate(named.children(element, "input"), 1))
        gives = tuple(self._output(one, n, len(outputs)) for n, one in enumerate(outputs, 1))
        names = [column.name for column in gives]
        for column, one in zip(gives, outputs, strict=True):
            if len(names) > 1 and names.count(column.name) > 1:
                self.say(one, "output_name", column=column.label)
        read = [self._rule(one, n, columns, gives) for n, one in enumerate(rules, 1)]
        return Table(policy, aggregator, columns, gives, tuple(rule for rule in read if rule is not None))

    def _type(self, element: etree._Element, written: str, column: str) -> str:
        found = self.named.basic(written)
        if found is None:
            self.say(element, "type", column=column, name=written)
        return found or "any"

    def _input(self, element: etree._Element, number: int) -> Input:
        inner = self.named.child(element, "inputExpression")
        text = self.named.text(inner)
        label = element.get("label") or text or str(number)
        if inner is None:
            inner = element
        kind = self._type(inner, inner.get("typeRef") or "", label)
        try:
            expression = read_expression(text, self.named.language(inner))
        except CellError as error:
            self.say(inner, "input", column=label, text=text, detail=error.reason)
            expression = read_expression("null")
        return Input(label, text, expression, kind, getattr(element, "sourceline", None) or 0)

    def _output(self, element: etree._Element, number: int, count: int) -> Output:
        name = (element.get("name") or "").strip()
        label = element.get("label") or name or str(number)
        if count > 1 and not NAME.fullmatch(name):
            self.say(element, "output_name", column=label)
        kind = self._type(element, element.get("typeRef") or "", label)
        listed = self.named.text(self.named.child(element, "outputValues"))
        values: tuple[Value, ...] = ()
        if listed:
            try:
                values = read_values(listed)
            except CellError as error:
                self.say(element, "values", column=label, text=listed, detail=error.reason)
        entry = self.named.child(element, "defaultOutputEntry")
        otherwise: Constant | Calculated | None = None
        if entry is not None and (text := self.named.text(entry)):
            try:
                otherwise = read_output(text, self.named.language(entry))
            except CellError as error:
                self.say(entry, "otherwise", column=label, text=text, detail=error.reason)
        line = getattr(element, "sourceline", None) or 0
        return Output(label, name, kind, values, otherwise, line)

    def _rule(
        self, element: etree._Element, number: int, columns: tuple[Input, ...], gives: tuple[Output, ...]
    ) -> Rule | None:
        asked, given = self.named.children(element, "inputEntry"), self.named.children(element, "outputEntry")
        expected = len(columns) + len(gives)
        if len(asked) != len(columns) or len(given) != len(gives):
            self.say(element, "width", rule=number, count=len(asked) + len(given), expected=expected)
            return None
        tests = tuple(self._test(one, number, column) for one, column in zip(asked, columns, strict=True))
        cells = tuple(self._cell(one, number, column) for one, column in zip(given, gives, strict=True))
        both = [*asked, *given]
        remark = self.named.child(element, "description")
        said = (remark.text or "").strip() if remark is not None else ""
        notes = [said, *(self.named.text(one) for one in self.named.children(element, "annotationEntry"))]
        return Rule(
            number,
            tests,
            cells,
            tuple(self.named.text(one) for one in both),
            tuple(getattr(one, "sourceline", None) or 0 for one in both),
            "; ".join(filter(None, notes)),
        )

    def _test(self, entry: etree._Element, rule: int, column: Input) -> Test:
        text = self.named.text(entry)
        try:
            for language in filter(None, [entry.get("expressionLanguage", "").lower()]):
                if "feel" not in language and "unary" not in language:
                    raise CellError(Reason(OTHER_LANGUAGE, kind=language))
            return read_test(text)
        except CellError as error:
            self.say(entry, "cell", rule=rule, column=column.label, text=text, detail=error.reason)
            return Whatever()

    def _cell(self, entry: etree._Element, rule: int, column: Output) -> Constant | Calculated:
        text = self.named.text(entry)
        try:
            return read_output(text, self.named.language(entry))
        except CellError as error:
            self.say(entry, "output", rule=rule, column=column.label, text=text, detail=error.reason)
            return Constant(None)

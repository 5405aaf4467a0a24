"""What cells may say, as a closed tree, and the reader that makes it out of a text. Nothing here runs anything.

Unary tests of S-FEEL: `-`, values, comparisons, ranges, lists and `not(…)`. An end of a range is a value or the
name of a variable. What is calculated (inputs and outputs) is translated into our own expression language.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from workflows.engine.decisions.values import read_literal
from workflows.engine.importing.tokens import UntranslatableError, Word, words_of
from workflows.engine.importing.translation import feel, juel
from workflows.engine.language.expressions import Expression, compiled
from workflows.engine.language.reasons import N_, Reason
from workflows.errors import ExpressionRefused

Value = str | int | float | bool | date | datetime | time | timedelta | None
Sign = Literal["=", "!=", "<", "<=", ">", ">="]
SIGNS: dict[str, Sign] = {"=": "=", "==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
OTHER_LANGUAGE = N_("expressions in %(kind)s cannot be read")
CONSTANTS: dict[str, Value] = {"true": True, "false": False, "null": None}
CALLS = {("date",): "date", ("date", "and", "time"): "instant", ("time",): "time", ("duration",): "duration"}


@dataclass(frozen=True, slots=True)
class Constant:
    """A value as it stands."""

    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Calculated:
    """A value that has to be computed from variables."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Whatever:
    """`-`: everything fits."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison with one value; a plain value is `=`."""

    sign: Sign
    value: Constant | Calculated


@dataclass(frozen=True, slots=True)
class Within:
    """A range with its two ends."""

    low: Constant | Calculated
    high: Constant | Calculated
    low_open: bool
    high_open: bool


@dataclass(frozen=True, slots=True)
class OneOf:
    """A list of tests of which one must fit."""

    tests: "tuple[Compared | Within, ...]"


@dataclass(frozen=True, slots=True)
class Negated:
    """`not(…)`."""

    test: "OneOf"


Test = Whatever | Compared | Within | OneOf | Negated


class CellError(Exception):
    """Why a cell cannot be read; the first argument is a `Reason`."""

    @property
    def reason(self) -> Reason:
        """Give the reason to put into words."""
        reason: Reason = self.args[0]
        return reason


def read_test(text: str) -> Test:
    """Read an input cell; refuses with CellError what is no unary test."""
    if text.strip() in ("", "-"):
        return Whatever()
    return _Reader(text).whole_test()


def read_output(text: str, language: str = "") -> Constant | Calculated:
    """Read an output cell: a value, a list of values, or a calculation; an empty cell gives nothing."""
    if not text.strip():
        return Constant(None)
    if not language or "feel" in language:
        try:
            return _Reader(text).whole_value()
        except CellError:
            pass  # it may be a calculation, and then that reader says what is wrong
    return Calculated(read_expression(text, language))


def read_values(text: str) -> tuple[Value, ...]:
    """Read the list of values that an output may have, the most important one first."""
    return _Reader(text).whole_list()


def read_expression(text: str, language: str = "") -> Expression:
    """Say an expression in our own language and compile it; refuses with CellError what cannot be said."""
    language = language.lower()
    try:
        if "rasoat" in language:
            return compiled(text)
        if "juel" in language:
            return compiled(juel(text.strip().removeprefix("${").removesuffix("}")))
        if language and "feel" not in language:
            raise CellError(Reason(OTHER_LANGUAGE, kind=language))
        _refuse_codes(text)
        return compiled(feel(text.strip().removeprefix("=")))
    except UntranslatableError as error:
        raise CellError(error.reason) from error
    except ExpressionRefused as error:
        raise CellError(error.params["reason"]) from error


def _refuse_codes(text: str) -> None:
    if re.search(r"\\[uU]", text):
        raise CellError(Reason(N_("write the sign itself instead of its number after \\u")))


class _Reader:
    """Reads the words of one cell from left to right; nothing in a unary test nests, so neither does this."""

    def __init__(self, text: str) -> None:
        _refuse_codes(text)
        try:
            self.words = words_of(text)
        except UntranslatableError as error:
            raise CellError(error.reason) from error
        self.place = 0

    @property
    def word(self) -> Word:
        return self.words[self.place]

    def takes(self, *signs: str) -> str:
        """Step over one of these signs and give it; "" when none stands here."""
        word = self.word
        if word.kind != "sign" or word.text not in signs:
            return ""
        self.place += 1
        return word.text

    def must(self, *signs: str) -> str:
        if not (found := self.takes(*signs)):
            raise CellError(Reason(N_("%(text)s is missing"), text=signs[0]))
        return found

    def whole_test(self) -> Test:
        """Read an input cell to its end."""
        negated = self.word.kind == "name" and self.word.text == "not"
        if negated:
            self.place += 1
            self.must("(")
        tests = self._tests()
        if negated:
            self.must(")")
        self._end()
        if negated:
            return Negated(OneOf(tests))
        return tests[0] if len(tests) == 1 else OneOf(tests)

    def whole_value(self) -> Constant:
        """Read an output cell that is one value or a list of values."""
        if self.takes("["):
            found = Constant(() if self.word.text == "]" else self._constants())
            self.must("]")
        else:
            found = Constant(self._constant())
        self._end()
        return found

    def whole_list(self) -> tuple[Value, ...]:
        """Read values separated by commas."""
        found = self._constants()
        self._end()
        return found

    def _end(self) -> None:
        if self.word.kind != "end":
            raise CellError(Reason(N_("%(text)s stands where nothing was expected"), text=self.word.text))

    def _constants(self) -> tuple[Value, ...]:
        found = [self._constant()]
        while self.takes(","):
            found.append(self._constant())
        return tuple(found)

    def _tests(self) -> tuple[Compared | Within, ...]:
        found = [*self._test()]
        while self.takes(","):
            found += self._test()
        return tuple(found)

    def _test(self) -> list[Compared | Within]:
        if sign := self.takes(*SIGNS):
            return [Compared(SIGNS[sign], self._end_point())]
        opening = self.takes("[", "]", "(")
        if not opening:
            return [Compared("=", self._end_point())]
        low = self._end_point()
        if opening == "[" and (self.word.text in (",", "]")) and self.word.kind == "sign":
            return self._list(low)
        self.must("..")
        high = self._end_point()
        closing = self.must("]", "[", ")")
        return [Within(low, high, opening != "[", closing != "]")]

    def _list(self, first: Constant | Calculated) -> list[Compared | Within]:
        values = [first]
        while self.takes(","):
            values.append(self._end_point())
        self.must("]")
        return [Compared("=", value) for value in values]

    def _end_point(self) -> Constant | Calculated:
        word = self.word
        if word.kind != "name" or word.text in CONSTANTS or self._call() is not None:
            return Constant(self._constant())
        path = [word.text]
        self.place += 1
        while self.takes("."):
            if self.word.kind != "name":
                raise CellError(Reason(N_("%(text)s is missing"), text=".…"))
            path.append(self.word.text)
            self.place += 1
        if self.word.kind == "name":
            text = f"{'.'.join(path)} {self.word.text}"
            raise CellError(Reason(N_("the name %(name)s cannot be used here"), name=text))
        if self.word.text == "(" and self.word.kind == "sign":
            unknown = Reason(N_("the function %(name)s is called, which does not exist here"), name=path[-1])
            raise CellError(unknown)
        return Calculated(read_expression(".".join(path)))

    def _constant(self) -> Value:
        word, negative = self.word, bool(self.takes("-"))
        if negative:
            word = self.word
            if word.kind != "number":
                raise CellError(Reason(N_("- is followed by no number")))
        self.place += 1
        match word.kind:
            case "number":
                number = _number(word.text)
                return -number if negative else number
            case "text" if word.quote == '"':
                return word.text
            case "text":
                raise CellError(Reason(N_('a text stands in double quotes: "%(text)s"'), text=word.text))
            case "name" if word.text in CONSTANTS:
                return CONSTANTS[word.text]
            case "name":
                self.place -= 1
                return self._time()
            case "end":
                raise CellError(Reason(N_("something is missing at the end")))
        raise CellError(Reason(N_("%(text)s stands where nothing was expected"), text=word.text))

    def _call(self) -> tuple[str, ...] | None:
        """Give the name of the function of times that is called here."""
        after = [(word.kind, word.text) for word in self.words[self.place : self.place + 4]]
        for names in CALLS:
            called = [("name", name) for name in names] + [("sign", "(")]
            if after[: len(called)] == called:
                return names
        return None

    def _time(self) -> Value:
        names = self._call()
        if names is None:
            raise CellError(Reason(N_("%(text)s is no value"), text=self.word.text))
        self.place += len(names) + 1
        word = self.word
        self.place += 1
        if word.kind != "text" or word.quote != '"':
            raise CellError(Reason(N_('a text stands in double quotes: "%(text)s"'), text=word.text))
        self.must(")")
        try:
            found: Value = read_literal(CALLS[names], word.text)
        except ValueError as error:
            raise CellError(error.args[0]) from error
        return found


def _number(text: str) -> int | float:
    if "." not in text:
        return int(text)
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)

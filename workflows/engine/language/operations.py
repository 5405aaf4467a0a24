"""Operators and functions of the expression language, each with bounds on the size of what it makes."""

import ast
import operator
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from math import isfinite
from typing import Any

from workflows.engine.language.numbers import reckon
from workflows.engine.language.reasons import N_, Reason

MAX_LENGTH, MAX_BITS = 100_000, 256
MAX_SIZE = 1_000_000
# So many characters of a text are as much work as one value more: where they are compared at once, and where a
# function goes through them one by one.
COMPARED, READ = 100, 10
DEEP = {"sorted", "min", "max", "distinct", "alike"}  # functions that compare what is inside their arguments

COLLECTIONS = (list, tuple, dict, set, frozenset)
SCALARS = (str, int, float, bool, date, timedelta, type(None))
HALF_A_SIGN = re.compile("[\ud800-\udfff]")
NO_FIELD = N_("there is no field %(name)s here")
NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")


class RefusedError(Exception):
    """Why an expression was refused; wrapped in ExpressionRefused with its source."""

    def __init__(self, msgid: str, **params: object) -> None:
        super().__init__(Reason(msgid, **params))


def bounded(value: object) -> object:
    """The value, unless it is too large or a number that no store keeps."""
    if isinstance(value, float) and not isfinite(value):
        raise RefusedError(N_("no finite number"))
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise RefusedError(N_("number too large"))
    if isinstance(value, (str, *COLLECTIONS)) and len(value) > MAX_LENGTH:
        raise RefusedError(N_("value too large"))
    return value


def written(value: object) -> object:
    """A constant of an expression, unless it is one that no store keeps."""
    if isinstance(value, str) and HALF_A_SIGN.search(value):
        raise RefusedError(N_("half a sign is no text"))
    return bounded(value)


def _add(left: Any, right: Any) -> object:
    sequences = isinstance(left, (str, list, tuple)) and isinstance(right, (str, list, tuple))
    if sequences and len(left) + len(right) > MAX_LENGTH:
        raise RefusedError(N_("value too large"))
    return bounded(reckon(operator.add, left, right))


def _multiply(left: Any, right: Any) -> object:
    for sequence, times in ((left, right), (right, left)):
        repeats = isinstance(sequence, (str, list, tuple)) and isinstance(times, int)
        if repeats and len(sequence) * max(times, 0) > MAX_LENGTH:
            raise RefusedError(N_("value too large"))
    return bounded(reckon(operator.mul, left, right))


def _modulo(left: Any, right: Any) -> object:
    if isinstance(left, str):
        raise RefusedError(N_("the remainder of a text cannot be computed"))
    return _reckoned(operator.mod, left, right)


def _reckoned(apply: Callable[[Any, Any], Any], left: Any, right: Any) -> object:
    return bounded(reckon(apply, left, right))


def _contains(item: object, container: object) -> bool:
    if isinstance(container, str) and not isinstance(item, str):
        return False
    if not isinstance(container, (str, *COLLECTIONS)):
        raise RefusedError(N_("in needs a list, a text or a record"))
    return item in container


BINARY: dict[type, Callable[[Any, Any], object]] = {
    ast.Add: _add,
    ast.Sub: partial(_reckoned, operator.sub),
    ast.Mult: _multiply,
    ast.Div: partial(_reckoned, operator.truediv),
    ast.FloorDiv: partial(_reckoned, operator.floordiv),
    ast.Mod: _modulo,
}
COMPARE: dict[type, Callable[[Any, Any], object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: _contains,
    ast.NotIn: lambda item, container: not _contains(item, container),
}
UNARY: dict[type, Callable[[Any], object]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


def size_of(value: object) -> int:
    """The number of values in a value; refuses too many. What is shared counts each time it is met.

    A long text counts as several.
    """
    if isinstance(value, str):
        return 1 + len(value) // COMPARED
    if not isinstance(value, COLLECTIONS):
        return 1
    count, pending = 1, [value]
    while pending:
        inside = pending.pop()
        count += len(inside)
        for part in inside.values() if isinstance(inside, dict) else inside:
            if isinstance(part, str):
                count += len(part) // COMPARED
            elif isinstance(part, COLLECTIONS):
                pending.append(part)
        if count > MAX_SIZE:
            raise RefusedError(N_("value too large"))
    return count


def cost_of_comparing(left: object, right: object, sign: type[ast.cmpop]) -> int:
    """The work of comparing two values, or of looking for one in the other, at its worst."""
    if isinstance(left, str) and isinstance(right, str):
        both = len(left) * len(right) if sign in (ast.In, ast.NotIn) else min(len(left), len(right))
        return both // COMPARED
    return size_of(right) if isinstance(right, COLLECTIONS) else 0


def cost_of_giving(argument: object, function: str) -> int:
    """The work that a function makes of an argument."""
    if isinstance(argument, str):
        return len(argument) // READ
    if isinstance(argument, COLLECTIONS):
        return size_of(argument) if function in DEEP else len(argument)
    return 0


def items_of(value: object) -> Iterable[Any]:
    """The items of a list or record; refuses texts and single values."""
    if isinstance(value, (*COLLECTIONS, Iterator)):
        return value
    raise RefusedError(N_("a list is needed here"))


def text_of(value: object = "") -> str:
    """A single value as text."""
    if not isinstance(value, SCALARS):
        raise RefusedError(N_("only single values become text"))
    return str(value)


def _integer(value: Any = 0) -> int:
    if isinstance(value, str) and len(value) > 40:
        raise RefusedError(N_("text too long for a number"))
    return int(value)


def _round(value: float, digits: int = 0) -> object:
    if not isinstance(digits, int) or abs(digits) > 20:
        raise RefusedError(N_("too many digits"))
    return round(value, digits) if digits else round(value)


def _get(record: object, key: object, default: object = None) -> object:
    return record.get(key, default) if isinstance(record, dict) else default


def _field(owner: object, key: object) -> object:
    """What stands in a record or list under a key or number, nothing where there is none, as other tools read it."""
    if owner is None or key is None:
        return None
    if isinstance(owner, dict):
        return owner.get(key)
    if isinstance(owner, (list, tuple)) and isinstance(key, int):
        return owner[key] if 0 <= key < len(owner) else None
    raise RefusedError(NO_FIELD, name=key)


def _least(*values: Any) -> object:
    return min(items_of(values[0]) if len(values) == 1 else values)


def _most(*values: Any) -> object:
    return max(items_of(values[0]) if len(values) == 1 else values)


def _sum(values: object) -> object:
    total: object = 0
    for value in items_of(values):
        total = _add(total, value)
    return total


def _distinct(values: object) -> list[object]:
    return list(dict.fromkeys(items_of(values)))


def number_in(text: str) -> int | float | None:
    """The number that a text says, None when it says none."""
    found = NUMBER.fullmatch(text)
    return None if found is None else float(text) if found[1] else int(text)


def _number(value: Any, beside: object = 0) -> object:
    """A value as it is, but as a number where a number stands beside it: a text must say one then."""
    if isinstance(beside, bool) or not isinstance(beside, (int, float)):
        return value
    if not isinstance(value, str):
        return operator.pos(value)  # Python refuses what cannot be reckoned with
    said = number_in(value)
    if said is None:
        raise RefusedError(N_("the text “%(text)s” is no number"), text=value)
    return said


def _alike(left: object, right: object) -> bool:
    """Whether two values are equal, or one is a text that says the number or the yes or no that the other is."""
    if isinstance(right, str):
        left, right = right, left
    if isinstance(left, str) and isinstance(right, bool):
        return (left.lower() == "true") is right
    if isinstance(left, str) and isinstance(right, (int, float)):
        return number_in(left) == right
    return isinstance(left, bool) is isinstance(right, bool) and left == right


def _length(value: object) -> int:
    if not isinstance(value, (str, *COLLECTIONS)):
        raise RefusedError(N_("len needs a list, a text or a record"))
    return len(value)


BUILTINS: dict[str, Callable[..., object]] = {
    "len": _length,
    "min": _least,
    "max": _most,
    "sum": _sum,
    "any": lambda values: any(items_of(values)),
    "all": lambda values: all(items_of(values)),
    "abs": abs,
    "round": _round,
    "sorted": lambda values: sorted(items_of(values)),
    "distinct": _distinct,
    "str": text_of,
    "int": _integer,
    "float": lambda value=0: float(value),
    "bool": bool,
    "get": _get,
    "field": _field,
    "number": _number,
    "alike": _alike,
    "lower": lambda text: str.lower(text),
    "startswith": lambda text, start: str.startswith(text, start),
    "days": lambda count: timedelta(days=count),
    "hours": lambda count: timedelta(hours=count),
    "minutes": lambda count: timedelta(minutes=count),
}

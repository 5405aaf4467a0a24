"""Whether a value fits a cell: yes, no, or None where the two cannot be compared, as FEEL has it."""

import operator
from collections.abc import Callable
from typing import Any

from workflows.engine.decisions.cells import (
    Calculated,
    Compared,
    Constant,
    Negated,
    OneOf,
    Sign,
    Test,
    Whatever,
    Within,
)
from workflows.engine.decisions.values import Clock, aligned, stored
from workflows.engine.language.expressions import Scope
from workflows.engine.language.operations import COLLECTIONS, size_of

ORDERS: dict[Sign, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def fits(value: object, test: Test, scope: Scope, clock: Clock) -> bool | None:
    """Test a value; the work is counted in the scope."""
    scope.spend(1)
    match test:
        case Whatever():
            return True
        case Compared(sign, end):
            return _compared(value, sign, end, scope, clock)
        case Within():
            return _within(value, test, scope, clock)
        case OneOf(tests):
            return _one_of(value, tests, scope, clock)
        case Negated(inside):
            found = fits(value, inside, scope, clock)
            return None if found is None else not found


def value_of(end: Constant | Calculated, scope: Scope, clock: Clock) -> Any:
    """Give what a cell says as a variable would keep it."""
    if isinstance(end, Constant):
        return stored(end.value, clock)
    return end.expression.within(scope)


def same(left: object, right: object, clock: Clock) -> bool | None:
    """Compare two values; nothing is like nothing only, and what is of different kinds is not compared."""
    if left is None or right is None:
        return left is right
    pair = aligned(left, right, clock)
    return None if pair is None else bool(pair[0] == pair[1])


def _compared(
    value: object, sign: Sign, end: Constant | Calculated, scope: Scope, clock: Clock
) -> bool | None:
    other = end.value if isinstance(end, Constant) else end.expression.within(scope)
    _pay(scope, value, other)
    if sign not in ("=", "!="):
        return _ordered(value, sign, other, clock)
    if (
        isinstance(end, Calculated)
        and isinstance(other, (list, tuple))
        and not isinstance(value, (list, tuple))
    ):
        found: bool | None = any(same(value, one, clock) for one in other)
    else:
        found = same(value, other, clock)
    return found if found is None or sign == "=" else not found


def _within(value: object, test: Within, scope: Scope, clock: Clock) -> bool | None:
    above = _compared(value, ">" if test.low_open else ">=", test.low, scope, clock)
    below = _compared(value, "<" if test.high_open else "<=", test.high, scope, clock)
    if above is False or below is False:
        return False
    return None if above is None or below is None else True


def _one_of(value: object, tests: tuple[Compared | Within, ...], scope: Scope, clock: Clock) -> bool | None:
    unknown = False
    for test in tests:
        found = fits(value, test, scope, clock)
        if found:
            return True
        unknown = unknown or found is None
    return None if unknown else False


def _ordered(value: object, sign: Sign, other: object, clock: Clock) -> bool | None:
    if value is None or other is None:
        return None
    pair = aligned(value, other, clock)
    if pair is None or isinstance(pair[0], (bool, *COLLECTIONS)):
        return None
    try:
        return ORDERS[sign](*pair)
    except TypeError:  # a time of day with a zone and one without
        return None


def _pay(scope: Scope, *values: object) -> None:
    for value in values:
        if isinstance(value, (str, *COLLECTIONS)):
            scope.spend(size_of(value))

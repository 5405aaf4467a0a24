"""Reckons as people do on paper: 0.1 and 0.2 are 0.3, which binary fractions cannot say."""

import operator
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

PAPER = Context(prec=50)  # a product of two numbers as they are kept has 34 digits


def reckon(apply: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Apply an operator; where fractions take part, to the shortest decimals that say them."""
    fractions = isinstance(left, float) or isinstance(right, float)
    if not (fractions and isinstance(left, (int, float)) and isinstance(right, (int, float))):
        return apply(left, right)
    return float(ON_PAPER[apply](_decimal(left), _decimal(right)))


def _decimal(number: float) -> Decimal:
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def _rest(left: Decimal, right: Decimal) -> Decimal:
    """What is left over has the sign of the divisor, as for whole numbers."""
    rest = PAPER.remainder(left, right)
    return PAPER.add(rest, right) if rest and rest.is_signed() != right.is_signed() else rest


def _whole(left: Decimal, right: Decimal) -> Decimal:
    return PAPER.divide_int(PAPER.subtract(left, _rest(left, right)), right)


ON_PAPER: dict[Callable[[Any, Any], Any], Callable[[Decimal, Decimal], Decimal]] = {
    operator.add: PAPER.add,
    operator.sub: PAPER.subtract,
    operator.mul: PAPER.multiply,
    operator.truediv: PAPER.divide,
    operator.floordiv: _whole,
    operator.mod: _rest,
}

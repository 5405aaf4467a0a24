"""Which values a cell lets through, as spans on a line, to find rules that meet before any value does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workflows.engine.decisions.cells import Compared, Constant, Negated, OneOf, Test, Whatever, Within
from workflows.engine.decisions.values import kind_of

ORDERED = ("number", "string", "date", "instant", "time", "duration")


@dataclass(frozen=True, slots=True)
class Span:
    """Values of one kind between two ends; None as an end is no end."""

    kind: str
    low: Any
    high: Any
    low_open: bool = False
    high_open: bool = False


def meet(one: Sequence[Span] | None, other: Sequence[Span] | None) -> bool:
    """Whether some value surely lies in spans of both cells; None lets everything through."""
    if one is None or other is None:
        return True
    try:
        return any(_touch(a, b) for a in one for b in other)
    except TypeError:  # instants with a zone and without one
        return False


def let_through(test: Test) -> Sequence[Span] | None:
    """Give the spans of a cell, None for everything, and no span where it cannot be told."""
    return None if isinstance(test, Whatever) else (spans_of(test) or ())


def spans_of(test: Test) -> list[Span] | None:
    """Give the spans of a cell, None when it depends on variables or is not about values on a line."""
    match test:
        case Compared(sign, Constant(value)) if not isinstance(value, tuple):
            kind = kind_of(value)
            if sign == "=":
                return [Span(kind, value, value)]
            if sign == "!=":
                return _without([Span(kind, value, value)])
            if kind not in ORDERED:
                return []
            if sign in ("<", "<="):
                return [Span(kind, None, value, high_open=sign == "<")]
            return [Span(kind, value, None, low_open=sign == ">")]
        case Within(Constant(low), Constant(high), low_open, high_open) if kind_of(low) == kind_of(high):
            return [Span(kind_of(low), low, high, low_open, high_open)]
        case OneOf(tests):
            found: list[Span] = []
            for part in tests:
                if (spans := spans_of(part)) is None:
                    return None
                found += spans
            return found
        case Negated(inside):
            spans = spans_of(inside)
            return None if spans is None else _without(spans)
    return None


def is_nothing(span: Span) -> bool:
    """Whether no value lies in a span."""
    if span.low is None or span.high is None:
        return False
    closed = not (span.low_open or span.high_open)
    return bool(span.low > span.high or (span.low == span.high and not closed))


def _without(spans: list[Span]) -> list[Span] | None:
    """Give everything of the same kind outside of spans; None where spans of several kinds are left out."""
    kinds = {span.kind for span in spans}
    if kinds == {"boolean"}:
        return [
            Span("boolean", value, value) for value in (True, False) if not any(s.low is value for s in spans)
        ]
    if len(kinds) != 1 or not kinds <= set(ORDERED):
        return None
    (kind,) = kinds
    left = [Span(kind, None, None)]
    for span in spans:
        cut = []
        for one in left:
            if span.low is not None:
                cut.append(_both(one, Span(kind, None, span.low, high_open=not span.low_open)))
            if span.high is not None:
                cut.append(_both(one, Span(kind, span.high, None, low_open=not span.high_open)))
        left = [one for one in cut if not is_nothing(one)]
    return left


def _both(one: Span, other: Span) -> Span:
    low, low_open = _inner(one.low, one.low_open, other.low, other.low_open, last=True)
    high, high_open = _inner(one.high, one.high_open, other.high, other.high_open, last=False)
    return Span(one.kind, low, high, low_open, high_open)


def _inner(one: Any, one_open: bool, other: Any, other_open: bool, *, last: bool) -> tuple[Any, bool]:
    if one is None or other is None:
        return (other, other_open) if one is None else (one, one_open)
    if one == other:
        return one, one_open or other_open
    return (one, one_open) if (one > other) is last else (other, other_open)


def _touch(one: Span, other: Span) -> bool:
    if one.kind != other.kind:
        return False
    if one.kind == "null":
        return True
    return not is_nothing(_both(one, other))

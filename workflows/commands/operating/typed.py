"""Reads what an operator typed as the kind of value that a variable holds."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from workflows.commands.work.answers import read_plain
from workflows.engine import Field
from workflows.errors.operating import ValueOfAnotherKind, VariableTooLong

# What a field of a form gives where nothing is there yet.
OF_FIELDS = {"number": float, "person": int}
# Fields whose text the form itself reads.
BY_FORM = ("number", "date", "select", "radio")
LONGEST_TEXT = 1000
LARGEST = 10**15
# The variable in which an answer keeps the ids of whom or what it returned, also before there is such an answer.
RETURNED = "returned"
_AN_ID = [1]
TRUE, FALSE = {"true", "on", "1", "yes"}, {"false", "off", "0", "no", ""}


def typed(name: str, value: object, present: object, field: Field | None) -> Any:
    """Give the value as it is kept; refuses with ValueOfAnotherKind what is none of the present kind.

    A list or group keeps the kind of its items; the subjects that an answer returned (`returned`) are a list of ids.
    Refuses with VariableTooLong a text of more than LONGEST_TEXT signs, and with ValueOfAnotherKind half a sign, as
    an escape in a list can write it.

    Without a present value the field of a form decides, and without one the text stays text. An empty text where
    something else than text is meant takes the value away (None).
    """
    if name == RETURNED and field is None:
        present = _AN_ID
    found = _meant(name, value, present, field)
    if isinstance(found, list | dict) and isinstance(present, list | dict) and not _alike(found, present):
        raise ValueOfAnotherKind(name=name)
    if any(not -LARGEST < number < LARGEST for number in _numbers(found)):
        raise ValueOfAnotherKind(name=name)
    if any(_is_broken(text) for text in _texts(found)):
        raise ValueOfAnotherKind(name=name)
    if any(len(text) > LONGEST_TEXT for text in _texts(found)):
        raise VariableTooLong(most=LONGEST_TEXT)
    return found


def read_by_form(field: Field, value: object, present: object) -> bool:
    """Tell whether a text is read as the field's form reads it: a script may keep something else under its name."""
    return isinstance(value, str) and field.type in BY_FORM and isinstance(present, str | int | float | None)


def as_asked(field: Field, text: str, today: date) -> Any:
    """Give what the field's form makes of a text; refuses what the form refuses."""
    return read_plain(field, text.strip(), today) if text.strip() else None


def _meant(name: str, value: object, present: object, field: Field | None) -> Any:
    kind = type(present) if present is not None else OF_FIELDS.get(field.type, str) if field else None
    if kind is int and field is not None and field.type == "number":
        kind = float
    if not isinstance(value, str):
        if kind is None or value is None or _is_of(value, kind):
            return value
        raise ValueOfAnotherKind(name=name)
    if kind in (None, str):
        return value
    if not value.strip() and kind is not bool:
        return None
    try:
        return _read(value.strip(), kind)
    except (ValueError, KeyError, RecursionError) as error:
        raise ValueOfAnotherKind(name=name) from error


def _alike(found: object, present: object, *, within: bool = False) -> bool:
    """Tell whether a value is built as the present one; groups `within` a list are records with the same names."""
    match found, present:
        case (list(), list()):
            if not present:
                # What stood in it is unknown: plain values, or records of such.
                return not any(_nested(one) for one in found)
            return all(any(_alike(one, old, within=True) for old in present) for one in found)
        case (dict(), dict()):
            if within and found.keys() != present.keys():
                return False
            return not present or all(
                any(_alike(one, old, within=within) for old in _counterparts(key, present))
                for key, one in found.items()
            )
        case (_, None):
            return True
    return _is_of(found, type(present))


def _counterparts(key: object, present: Mapping[Any, object]) -> list[object]:
    return [present[key]] if key in present else list(present.values())


def _nested(value: object) -> bool:
    if isinstance(value, dict):
        return any(isinstance(one, list | dict) for one in value.values())
    return isinstance(value, list)


def _numbers(value: object) -> Iterator[int | float]:
    match value:
        case bool():
            return
        case int() | float():
            yield value
        case list():
            for one in value:
                yield from _numbers(one)
        case dict():
            for one in value.values():
                yield from _numbers(one)


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _texts(one)
        case dict():
            for key, one in value.items():
                yield from _texts(key)
                yield from _texts(one)


def _is_broken(text: str) -> bool:
    """Tell whether a text holds half of a surrogate pair, which cannot be stored."""
    return any("\ud800" <= sign <= "\udfff" for sign in text)


def _is_of(value: object, kind: type) -> bool:
    if isinstance(value, bool) or kind is bool:
        return type(value) is kind
    if kind in (int, float):
        return isinstance(value, int | float)
    return isinstance(value, kind)


def _read(text: str, kind: type) -> Any:
    if kind is bool:
        if text.lower() in TRUE | FALSE:
            return text.lower() in TRUE
        raise ValueError(text)
    if kind is int:
        whole = int(text)
        if not -LARGEST < whole < LARGEST:
            raise ValueError(text)
        return whole
    if kind is float:
        number = float(text.replace(",", "."))
        if not -LARGEST < number < LARGEST:
            raise ValueError(text)
        return int(number) if number.is_integer() else number
    if kind is datetime:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
        return moment
    if kind is date:
        return date.fromisoformat(text)
    found = json.loads(text, parse_constant=_refuse)
    if not isinstance(found, kind):
        raise ValueError(text)
    return found


def _refuse(constant: str) -> None:
    """JSON itself has no NaN and no Infinity."""
    raise ValueError(constant)

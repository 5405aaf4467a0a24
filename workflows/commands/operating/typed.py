"""Reads what an operator typed as the kind of value that a variable holds."""

import json
from datetime import date, datetime
from typing import Any

from workflows.engine import Field
from workflows.errors.operating import ValueOfAnotherKind

# What a field of a form gives where nothing is there yet.
OF_FIELDS = {"number": float, "person": int}
TRUE, FALSE = {"true", "on", "1", "yes"}, {"false", "off", "0", "no", ""}


def typed(name: str, value: object, present: object, field: Field | None) -> Any:
    """Give the value as it is kept; refuses with ValueOfAnotherKind what is none of the present kind.

    Without a present value the field of a form decides, and without one the text stays text. An empty text where
    something else than text is meant takes the value away (None).
    """
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
    except (ValueError, KeyError) as error:
        raise ValueOfAnotherKind(name=name) from error


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
        return int(text)
    if kind is float:
        number = float(text.replace(",", "."))
        if not -1e15 < number < 1e15:
            raise ValueError(text)
        return int(number) if number.is_integer() else number
    if kind is datetime:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
        return moment
    if kind is date:
        return date.fromisoformat(text)
    found = json.loads(text)
    if not isinstance(found, kind):
        raise ValueError(text)
    return found

"""Says in the reader's language what the domain says in English msgids: refusals, faults of diagrams."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from flask import Flask
from flask_babel import gettext

from models.person import Name, Person
from web import formats
from workflows.engine import Problem, Reason
from workflows.errors import Refusal

# What a sentence begins with.
_FIRST = re.compile(r"%\((\w+)\)s")


def say(refusal: Refusal) -> str:
    """Give a refusal's message in the reader's language, its parameters written as people here write them."""
    return translated((type(refusal).__doc__ or "").strip(), refusal.params)


def say_problem(problem: Problem) -> tuple[str, str]:
    """Give reason and remedy of a fault in a diagram."""
    return translated(problem.reason, problem.params), translated(problem.remedy, problem.params)


def translated(message: str, params: Mapping[str, object]) -> str:
    """Translate a msgid of the domain and fill in its parameters."""
    text = gettext(message)
    if not params:
        return text
    written = {name: _written(value) for name, value in params.items()}
    first = _FIRST.match(text)
    if first is not None and isinstance(someone := params.get(first[1]), Name | Person):
        written[first[1]] = formats.person(someone)
    return text % written


def _written(value: object) -> object:
    match value:
        case datetime():
            return formats.instant(value)
        case date():
            return formats.day(value)
        case bool():
            return value
        case int() | float():
            return formats.number(value)
        case Name() | Person():
            return formats.addressed(value)
        case tuple():
            return ", ".join(str(_written(one)) for one in value)
        case Refusal():
            return say(value)
        case Reason():
            return translated(value.msgid, value.params)
        case {"msgid": str(msgid), "params": dict(inner)}:
            return translated(msgid, inner)
        case _:
            return value


def install(app: Flask) -> None:
    """Let templates say refusals."""
    app.jinja_env.globals["say"] = say

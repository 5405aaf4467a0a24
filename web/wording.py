"""Says in the reader's language what the domain says in English msgids: refusals, faults of diagrams."""

from collections.abc import Mapping
from datetime import date, datetime

from flask import Flask
from flask_babel import gettext

from models.person import Person
from web import formats
from workflows.engine import Problem, Reason
from workflows.errors import Refusal


def say(refusal: Refusal) -> str:
    """Give a refusal's message in the reader's language, its parameters written as people here write them."""
    return translated((type(refusal).__doc__ or "").strip(), refusal.params)


def say_problem(problem: Problem) -> tuple[str, str]:
    """Give reason and remedy of a fault in a diagram."""
    return translated(problem.reason, problem.params), translated(problem.remedy, problem.params)


def translated(message: str, params: Mapping[str, object]) -> str:
    """Translate a msgid of the domain and fill in its parameters."""
    text = gettext(message)
    return text % {name: _written(value) for name, value in params.items()} if params else text


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
        case Person():
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

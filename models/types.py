"""Column types that mean the same on SQLite and on PostgreSQL: ids, instants, JSON and states."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Identity, Integer, String, Text
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

# 64 bits everywhere. SQLite numbers rows by itself only in a column declared INTEGER (64 bits there).
Id = BigInteger().with_variant(Integer(), "sqlite")

BigId = Annotated[int, mapped_column(Id, Identity(), primary_key=True)]
Ref = Annotated[int, mapped_column(Id)]

# Room for any state a clerk would name, so that a new member does not change the column.
CHOICE_LENGTH = 40


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC; naive values are refused.

    PostgreSQL keeps `timestamptz`; SQLite keeps `2023-06-08T10:00:00.000000Z`, which sorts in order of time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(27))
        return dialect.type_descriptor(DateTime(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _as_text if dialect.name == "sqlite" else _as_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        # `models.database` sets the time zone of PostgreSQL sessions to UTC: nothing is left to convert.
        return _from_text if dialect.name == "sqlite" else None

    def literal_processor(self, dialect: Dialect) -> Callable[[datetime], str]:
        return lambda value: f"'{_as_text(value)}'"


def _as_utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        raise ValueError(f"An instant needs a time zone: {value!r}")
    return value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    instant = _as_utc(value)
    return None if instant is None else instant.isoformat(timespec="microseconds")[:-6] + "Z"


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


class Json(TypeDecorator[Any]):
    """A JSON value as readable UTF-8 text, keys in the order given.

    Put a new value in the column to change it: a change inside the value is not noticed.
    """

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:
        return _as_json

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], Any]:
        return _from_json

    def literal_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        return lambda value: "'" + orjson.dumps(value).decode().replace("'", "''") + "'"


def _as_json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value, default=_in_words).decode()


def _in_words(value: object) -> str:
    if isinstance(value, timedelta):
        return str(value)
    raise TypeError(f"JSON cannot hold {type(value).__name__}")


def _from_json(value: str | None) -> Any:
    return None if value is None else orjson.loads(value)


class Variables(Json):
    """The variables of a run: JSON from which instants, days, lengths of time and large numbers come back as such.

    They are marked as in the engine's own state (`workflows.engine.running.state`), and what looks like a mark is
    escaped, so that no record that somebody sent can choose how it is read.
    """

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:
        return _as_variables

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], Any]:
        return _from_variables

    def literal_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        return lambda value: "'" + str(_as_variables(value)).replace("'", "''") + "'"


MARK = "$t"


def _as_variables(value: Any) -> str | None:
    if value is None:
        return None
    try:
        written = orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError:
        return orjson.dumps(_marked(value)).decode()
    # Most hold nothing of the kind, and a thousand children are written at once.
    return (orjson.dumps(_marked(value)) if b'"$t"' in written else written).decode()


def _marked(value: Any) -> Any:
    match value:
        case bool() | None | str() | float():
            return value
        case int():
            return value if -(2**63) <= value < 2**63 else {MARK: "i", "v": str(value)}
        case Mapping():
            plain = {str(key): _marked(entry) for key, entry in value.items()}
            return {MARK: "m", "v": plain} if MARK in plain else plain
        case list() | tuple() | set() | frozenset():
            return [_marked(entry) for entry in value]
        case datetime():
            return {MARK: "t", "v": value.isoformat()}
        case date():
            return {MARK: "d", "v": value.isoformat()}
        case timedelta():
            return {MARK: "s", "v": value.total_seconds()}
    raise TypeError(f"a variable cannot hold {type(value).__name__}")


def _from_variables(text: str | None) -> Any:
    found = _from_json(text)
    return _unmarked(found) if text is not None and '"$t"' in text else found


def _unmarked(value: Any) -> Any:
    match value:
        case list():
            return [_unmarked(entry) for entry in value]
        case {"$t": "m", "v": dict(content)}:
            return {key: _unmarked(entry) for key, entry in content.items()}
        case {"$t": "t", "v": str(content)}:
            return datetime.fromisoformat(content)
        case {"$t": "d", "v": str(content)}:
            return date.fromisoformat(content)
        case {"$t": "s", "v": content}:
            return timedelta(seconds=content)
        case {"$t": "i", "v": str(content)}:
            return int(content)
        case dict():
            return {key: _unmarked(entry) for key, entry in value.items()}
    return value


def choice(members: type[StrEnum], name: str | None = None) -> Enum:
    """Build the column type of a state: its value as VARCHAR, held to the members by a CHECK.

    The CHECK is named after the enum (`TaskState` gives `ck_<table>_task_state`); pass `name` for a second
    column of the same enum in one table.
    """
    return Enum(
        members,
        name=name or re.sub(r"(?<!^)(?=[A-Z])", "_", members.__name__).lower(),
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=CHOICE_LENGTH,
        values_callable=lambda enum: [member.value for member in enum],
    )

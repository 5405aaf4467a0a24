"""Statements of the path that every completed step takes: compiled once, then run as plain driver calls.

SQLAlchemy's own execution costs more than the statement itself where a step is ten small statements; the figures
are in `docs/benchmarks.md` (`bench step`). Everything else uses the ORM or plain Core.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.engine.interfaces import Compiled

from models.turn import Statement
from models.underway import Sent, execute, execute_each, send

_Processor = Callable[[Any], Any]
_NAMED = re.compile(r"%\((\w+)\)s")
_NUMBERED = re.compile(r"\$(\d+)")
_VALUES = re.compile(r"(?P<into>.* VALUES )(?P<row>\(.*\))(?P<returning> RETURNING .*)", re.DOTALL)
# Rows that one statement inserts where there are many: what a statement costs by itself no longer counts then.
TOGETHER = 100


class Prepared:
    """One Core statement with named bind parameters, compiled once for each dialect.

    Lists of changing length (`IN`) have no fixed text: write the alternatives out.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, **params: object) -> int:
        """Execute with a value for each bind parameter and give the number of rows it touched.

        A missing parameter is refused with KeyError; the database's refusals come as SQLAlchemy's exceptions.
        """
        compiled = self._for(connection.dialect)
        cursor = execute(connection, compiled.statement, compiled.bind(params))
        touched = int(cursor.rowcount)
        cursor.close()
        return touched

    def send(
        self, connection: Connection, refusal: type[Exception] | None = None, /, **params: object
    ) -> Sent:
        """Execute without waiting for the answer, which comes with the next one that is waited for.

        `refusal` is raised then if no row was touched; errors of the database come then, too.
        """
        compiled = self._for(connection.dialect)
        convert = compiled.convert if compiled.gives_rows else None
        sent = Sent(connection, convert, refusal)
        send(connection, compiled.statement, compiled.bind(params), sent)
        return sent

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Execute once for each row of values."""
        compiled = self._for(connection.dialect)
        if rows:
            for answer in execute_each(connection, compiled.statement, [compiled.bind(row) for row in rows]):
                answer.close()

    def insert_all(
        self, connection: Connection, rows: Sequence[Mapping[str, object]]
    ) -> list[tuple[Any, ...]]:
        """Insert many rows, as many in one statement as `TOGETHER` says, and give what each returns, in any order."""
        compiled = self._for(connection.dialect)
        full = len(rows) - len(rows) % TOGETHER
        found: list[tuple[Any, ...]] = []
        for answer in (
            *compiled.insert(connection, rows[:full], TOGETHER),
            *compiled.insert(connection, rows[full:], 1),
        ):
            found += map(compiled.convert, answer)
        return found

    def rows(self, connection: Connection, **params: object) -> list[tuple[Any, ...]]:
        """Execute and give all rows with their values converted as the columns say."""
        compiled = self._for(connection.dialect)
        cursor = execute(connection, compiled.statement, compiled.bind(params))
        found = [compiled.convert(row) for row in cursor.fetchall()]
        cursor.close()
        return found

    def row(self, connection: Connection, **params: object) -> tuple[Any, ...] | None:
        """Execute and give the first row, or None."""
        compiled = self._for(connection.dialect)
        cursor = execute(connection, compiled.statement, compiled.bind(params))
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else compiled.convert(row)

    def _for(self, dialect: Dialect) -> "_Compiled":
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        return compiled


class _Compiled:
    """The SQL text for one dialect, and how values go in and come out."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        text, names = str(compiled), compiled.positiontup
        if names is None:
            text, names = _numbered(text)
        self.statement = Statement(text)
        self._many = {1: self.statement}
        self._names: tuple[str, ...] = tuple(names)
        self._constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._converted = [
            (name, processor)
            for name in dict.fromkeys(self._names)
            if (processor := _bind_processor(compiled, name, dialect)) is not None
        ]
        results = _result_processors(compiled, dialect)
        self.gives_rows = bool(results)
        self._results = [
            (index, processor) for index, processor in enumerate(results) if processor is not None
        ]

    def bind(self, params: Mapping[str, object]) -> tuple[Any, ...]:
        values: dict[str, Any] = {**self._constants, **params}
        for name, processor in self._converted:
            values[name] = processor(values[name])
        return tuple([values[name] for name in self._names])

    def insert(
        self, connection: Connection, rows: Sequence[Mapping[str, object]], together: int
    ) -> Iterator[Sequence[Any]]:
        """Insert rows, always so many by one statement, and give the rows that each of the statements returns."""
        values = [
            tuple(chain.from_iterable(map(self.bind, rows[first : first + together])))
            for first in range(0, len(rows), together)
        ]
        if values:
            for answer in execute_each(connection, self._repeated(together), values):
                yield answer.fetchall()
                answer.close()

    def _repeated(self, times: int) -> Statement:
        """Give the statement that inserts so many rows at once."""
        if times not in self._many:
            parts = _VALUES.fullmatch(self.statement.text)
            assert parts is not None, "Only INSERT with RETURNING can be repeated"
            shift = len(self._names)
            rows = (
                _NUMBERED.sub(lambda sign: f"${int(sign[1]) + number * shift}", parts["row"])  # noqa: B023
                for number in range(times)
            )
            self._many[times] = Statement(f"{parts['into']}{', '.join(rows)}{parts['returning']}")
        return self._many[times]

    def convert(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for index, processor in self._results:
            values[index] = processor(values[index])
        return tuple(values)


def _numbered(text: str) -> tuple[str, list[str]]:
    """Turn psycopg's `%(name)s` into the server's `$1`, and give the names in the order of their numbers."""
    names = list(dict.fromkeys(_NAMED.findall(text)))
    numbers = {name: f"${number}" for number, name in enumerate(names, 1)}
    return _NAMED.sub(lambda match: numbers[match[1]], text).replace("%%", "%"), names


def _bind_processor(compiled: Compiled, name: str, dialect: Dialect) -> _Processor | None:
    bind_type = compiled.binds[name].type  # type: ignore[attr-defined]
    return bind_type.dialect_impl(dialect).bind_processor(dialect)  # type: ignore[no-any-return]


def _result_processors(compiled: Any, dialect: Dialect) -> tuple[_Processor | None, ...]:
    statement = compiled.statement
    columns = getattr(statement, "selected_columns", None)
    if columns is None:
        columns = getattr(statement, "exported_columns", None) or ()
    return tuple(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)

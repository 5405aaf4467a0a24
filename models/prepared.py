"""Statements of the path that every completed step takes: compiled once, then run as plain driver calls.

SQLAlchemy's own execution costs more than the statement itself where a step is ten small statements; the figures
are in `docs/benchmarks.md` (`bench step`). Everything else uses the ORM or plain Core.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import count, islice
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.engine.interfaces import Compiled

from models.turn import Statement
from models.underway import Sent, execute, send

_Processor = Callable[[Any], Any]
_NAMED = re.compile(r"%\((\w+)\)s")
_SIGN = re.compile(r"\?|\$\d+")
_VALUES = re.compile(r"(?P<into>.* VALUES )(?P<row>\(.*?(?P<sign>[?$]).*\))", re.DOTALL)
# Rows that one statement inserts: where there are many, what a statement costs by itself no longer counts. Few
# numbers, because a server keeps each prepared.
TOGETHER = (100, 10, 1)


# A server hands out numbers one by one; SQLite's next ones are free while the writing transaction lasts.
_DRAWS = {
    "postgresql": (
        "SELECT nextval((SELECT pg_get_serial_sequence('{table}', 'id')::regclass)) FROM generate_series(1, $1)"
        " ORDER BY 1"
    ),
    "sqlite": (
        "WITH RECURSIVE free(id) AS (SELECT coalesce(max(id), 0) + 1 FROM {table}"
        " UNION ALL SELECT id + 1 FROM free LIMIT ?) SELECT id FROM free"
    ),
}


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

    def send_each(self, connection: Connection, rows: Iterable[Mapping[str, object]]) -> None:
        """Execute once for each row of values, without waiting."""
        for row in rows:
            self.send(connection, **row)

    def insert_all(self, connection: Connection, rows: Iterable[Mapping[str, object]]) -> None:
        """Insert many rows, several by one statement (`TOGETHER`), without waiting: the next are made meanwhile.

        What is one and the same object in all of them travels once.
        """
        for statement, values in self._for(connection.dialect).inserts(rows):
            send(connection, statement, values, Sent(connection, None, None))

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


def send_for_ids(connection: Connection, table: str, number: int) -> Sent:
    """Draw ids for rows to be inserted into a table, without waiting; its rows are (id,), the smallest first.

    Rows that know their ids need no answer, and rows that refer to them can follow at once.
    """
    sent = Sent(connection, tuple, None)
    send(connection, _draw(connection.dialect.name, table), [number], sent)
    return sent


@cache
def _draw(dialect: str, table: str) -> Statement:
    return Statement(_DRAWS[dialect].format(table=table))


class _Compiled:
    """The SQL text for one dialect, and how values go in and come out."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        text, names = str(compiled), compiled.positiontup
        if names is None:
            text, names = _numbered(text)
        self.statement = Statement(text)
        self._many: dict[tuple[int, tuple[str, ...]], Statement] = {}
        self._names: tuple[str, ...] = tuple(names)
        self._constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._processors = {
            name: processor
            for name in self._names
            if (processor := _bind_processor(compiled, name, dialect)) is not None
        }
        results = _result_processors(compiled, dialect)
        self.gives_rows = bool(results)
        self._results = [
            (index, processor) for index, processor in enumerate(results) if processor is not None
        ]

    def bind(self, params: Mapping[str, object]) -> tuple[Any, ...]:
        values: dict[str, Any] = {**self._constants, **params}
        for name, processor in self._processors.items():
            values[name] = processor(values[name])
        return tuple([values[name] for name in self._names])

    def inserts(self, rows: Iterable[Mapping[str, object]]) -> Iterator[tuple[Statement, Sequence[Any]]]:
        """Give the statements that insert these rows, each with its values."""
        coming = iter(rows)
        while some := list(islice(coming, TOGETHER[0])):
            first = 0
            while first < len(some):
                number = next(number for number in TOGETHER if number <= len(some) - first)
                yield self._insert(some[first : first + number])
                first += number

    def _insert(self, rows: Sequence[Mapping[str, object]]) -> tuple[Statement, Sequence[Any]]:
        first = rows[0]
        own = tuple(name for name in self._names if any(row.get(name) is not first.get(name) for row in rows))
        bound = zip(self._names, self.bind(first), strict=True)
        values = [value for name, value in bound if name not in own]
        processors = [(name, self._processors.get(name)) for name in own]
        values += [
            convert(row[name]) if convert else row[name] for row in rows for name, convert in processors
        ]
        return self._repeated(len(rows), own), values

    def _repeated(self, times: int, own: tuple[str, ...]) -> Statement:
        """Give the statement that inserts so many rows, each with values of its `own` and others that all share."""
        if (times, own) not in self._many:
            parts = _VALUES.fullmatch(self.statement.text)
            assert parts is not None, "Only an INSERT that gives nothing can be repeated"
            shared = [name for name in self._names if name not in own]
            numbers = {name: number for number, name in enumerate(shared, 1)}
            following, rows = count(len(shared) + 1), []
            for _ in range(times):
                numbers.update((name, next(following)) for name in own)
                signs = iter([f"{parts['sign']}{numbers[name]}" for name in self._names])
                rows.append(_SIGN.sub(lambda _: next(signs), parts["row"]))  # noqa: B023  used at once
            self._many[times, own] = Statement(f"{parts['into']}{', '.join(rows)}")
        return self._many[times, own]

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

"""Statements of the path that every completed step takes: compiled once, then run as plain driver calls.

SQLAlchemy's own execution costs more than the statement itself where a step is ten small statements; the figures
are in `docs/benchmarks.md` (`bench step`). Everything else uses the ORM or plain Core.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.exc import DBAPIError

_Processor = Callable[[Any], Any]


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
        with _cursor(connection, compiled.sql) as cursor:
            cursor.execute(compiled.sql, compiled.bind(params))
            return int(cursor.rowcount)

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Execute once for each row of values."""
        compiled = self._for(connection.dialect)
        if len(rows) > 1:
            with _cursor(connection, compiled.sql) as cursor:
                cursor.executemany(compiled.sql, [compiled.bind(row) for row in rows])
        elif rows:
            self.run(connection, **rows[0])

    def rows(self, connection: Connection, **params: object) -> list[tuple[Any, ...]]:
        """Execute and give all rows with their values converted as the columns say."""
        compiled = self._for(connection.dialect)
        with _cursor(connection, compiled.sql) as cursor:
            cursor.execute(compiled.sql, compiled.bind(params))
            return [compiled.convert(row) for row in cursor.fetchall()]

    def row(self, connection: Connection, **params: object) -> tuple[Any, ...] | None:
        """Execute and give the first row, or None."""
        compiled = self._for(connection.dialect)
        with _cursor(connection, compiled.sql) as cursor:
            cursor.execute(compiled.sql, compiled.bind(params))
            row = cursor.fetchone()
            return None if row is None else compiled.convert(row)

    def _for(self, dialect: Dialect) -> "_Compiled":
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        return compiled


@contextmanager
def _cursor(connection: Connection, sql: str) -> Iterator[Any]:
    """Give a cursor of the driver within the connection's transaction; its errors become SQLAlchemy's."""
    driver: Any = connection.connection
    cursor = driver.cursor()
    try:
        yield cursor
    except Exception as error:
        dialect: Any = connection.dialect
        if isinstance(error, dialect.loaded_dbapi.Error):
            raise DBAPIError.instance(
                sql, None, error, dialect.loaded_dbapi.Error, dialect=dialect
            ) from error
        raise
    finally:
        cursor.close()


class _Compiled:
    """The SQL text for one dialect, and how values go in and come out."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self.sql: str = str(compiled)
        self._positional = bool(compiled.positional)
        self._binds = [
            (name, _bind_processor(compiled, name, dialect), bind.value, bool(bind.required))
            for name in (compiled.positiontup if self._positional else compiled.binds)
            for bind in (compiled.binds[name],)
        ]
        self._results = _result_processors(compiled, dialect)

    def bind(self, params: Mapping[str, object]) -> Any:
        if self._positional:
            return tuple(
                self._value(params[name] if required or name in params else constant, processor)
                for name, processor, constant, required in self._binds
            )
        return {
            name: self._value(params[name] if required or name in params else constant, processor)
            for name, processor, constant, required in self._binds
        }

    @staticmethod
    def _value(value: Any, processor: _Processor | None) -> Any:
        return value if processor is None else processor(value)

    def convert(self, row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(
            value if processor is None else processor(value)
            for value, processor in zip(row, self._results, strict=True)
        )


def _bind_processor(compiled: Compiled, name: str, dialect: Dialect) -> _Processor | None:
    bind_type = compiled.binds[name].type  # type: ignore[attr-defined]
    return bind_type.dialect_impl(dialect).bind_processor(dialect)  # type: ignore[no-any-return]


def _result_processors(compiled: Any, dialect: Dialect) -> tuple[_Processor | None, ...]:
    statement = compiled.statement
    columns = getattr(statement, "selected_columns", None)
    if columns is None:
        columns = getattr(statement, "exported_columns", None) or ()
    return tuple(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)

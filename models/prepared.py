"""Statements of the path that every completed step takes: compiled once, then run as plain driver calls.

SQLAlchemy's own execution costs more than the statement itself where a step is ten small statements; the figures
are in `docs/benchmarks.md` (`bench step`). Everything else uses the ORM or plain Core.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.engine import CursorResult
from sqlalchemy.engine.interfaces import Compiled

_Processor = Callable[[Any], Any]


class Prepared:
    """One Core statement with named bind parameters, compiled once for each dialect.

    Lists of changing length (`IN`) have no fixed text: write the alternatives out.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, **params: object) -> CursorResult[Any]:
        """Execute with a value for each bind parameter; a missing one is refused with KeyError."""
        compiled = self._for(connection.dialect)
        return connection.exec_driver_sql(compiled.sql, compiled.bind(params))

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Execute once for each row of values."""
        if rows:
            compiled = self._for(connection.dialect)
            connection.exec_driver_sql(compiled.sql, [compiled.bind(row) for row in rows])

    def rows(self, connection: Connection, **params: object) -> list[tuple[Any, ...]]:
        """Execute and give all rows with their values converted as the columns say."""
        compiled = self._for(connection.dialect)
        result = connection.exec_driver_sql(compiled.sql, compiled.bind(params))
        return [compiled.convert(row) for row in result.cursor.fetchall()]

    def row(self, connection: Connection, **params: object) -> tuple[Any, ...] | None:
        """Execute and give the first row, or None."""
        compiled = self._for(connection.dialect)
        result = connection.exec_driver_sql(compiled.sql, compiled.bind(params))
        row = result.cursor.fetchone()
        result.close()
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

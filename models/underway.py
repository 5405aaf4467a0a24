"""Statements whose answer nobody waits for yet; on PostgreSQL they travel with the next one that is waited for.

A step writes half a dozen rows and needs no answer to most of it, while each answer waited for costs a turn of two
processes, and of the network where the database has a host of its own. SQLite has no way to go: there
everything happens at once.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

_UNDERWAY = "statements underway"


class Sent:
    """A statement on its way, and its answer once there is one."""

    __slots__ = ("_connection", "_convert", "_refusal", "_row", "sql", "values")

    def __init__(
        self,
        connection: Connection,
        sql: str,
        values: Any,
        convert: Callable[[Any], tuple[Any, ...]] | None,
        refusal: type[Exception] | None,
    ) -> None:
        """`convert` is for statements that give rows; `refusal` is raised when no row was touched."""
        self.sql = sql
        self.values = values
        self._connection = connection
        self._convert = convert
        self._refusal = refusal
        self._row: tuple[Any, ...] | None = None

    @property
    def value(self) -> int:
        """The id of the new row; waits for it."""
        if self._row is None:
            deliver(self._connection)
        assert self._row is not None
        return int(self._row[0])

    def take(self, cursor: Any) -> None:
        """Take the answer; refuses as it was told to."""
        if self._convert is not None:
            self._row = self._convert(cursor.fetchone())
        elif self._refusal is not None and cursor.rowcount == 0:
            raise self._refusal
        cursor.close()


def send(connection: Connection, sent: Sent) -> None:
    """Let a statement go its way."""
    if connection.dialect.name == "postgresql":
        connection.info.setdefault(_UNDERWAY, []).append(sent)
    else:
        sent.take(execute(connection, sent.sql, sent.values))


def execute(connection: Connection, sql: str, values: Any, *, many: bool = False) -> Any:
    """Give the driver's cursor after the statement, within the transaction; what is under way arrives before it.

    Its errors become SQLAlchemy's, and so do those of what is under way.
    """
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        underway = connection.info.pop(_UNDERWAY, ())
        # The first statement of a transaction takes its BEGIN along.
        if underway or driver.info.transaction_status == TransactionStatus.IDLE:
            return _together(connection, driver, underway, (sql, values, many))
    with _errors_translated(connection, sql):
        return _run(driver, sql, values, many)


def deliver(connection: Connection) -> None:
    """Wait for the answers of everything that is under way."""
    if underway := connection.info.pop(_UNDERWAY, None):
        _together(connection, connection.connection.driver_connection, underway, None)


def _together(
    connection: Connection, driver: Any, underway: Sequence[Sent], last: tuple[str, Any, bool] | None
) -> Any:
    statements = [*((sent.sql, sent.values, False) for sent in underway), *([last] if last else [])]
    with _errors_translated(connection, "; ".join(sql for sql, _, _ in statements)), driver.pipeline():
        cursors = [_run(driver, *statement) for statement in statements]
    for sent, cursor in zip(underway, cursors, strict=False):
        sent.take(cursor)
    return cursors[-1]


def _run(driver: Any, sql: str, values: Any, many: bool) -> Any:
    cursor = driver.cursor()
    if many:
        cursor.executemany(sql, values)
    else:
        cursor.execute(sql, values)
    return cursor


@contextmanager
def _errors_translated(connection: Connection, sql: str) -> Iterator[None]:
    dialect: Any = connection.dialect
    errors: type[Exception] = dialect.loaded_dbapi.Error
    driver = connection.connection.driver_connection
    try:
        yield
    except errors as error:
        lost = dialect.is_disconnect(error, driver, None)
        if lost:
            # Those that rest in the pool lead nowhere either.
            connection.engine.dispose()
            connection.invalidate(error)
        raise DBAPIError.instance(
            sql, None, error, errors, dialect=dialect, connection_invalidated=lost
        ) from error


@event.listens_for(Engine, "before_cursor_execute")
def _before_others(connection: Connection, *_: object) -> None:
    """Keep the order: statements of SQLAlchemy's own wait for nothing, but they come after."""
    deliver(connection)


@event.listens_for(Engine, "commit")
def _before_commit(connection: Connection) -> None:
    deliver(connection)


@event.listens_for(Engine, "rollback")
def _at_rollback(connection: Connection) -> None:
    if not connection.invalidated:
        connection.info.pop(_UNDERWAY, None)

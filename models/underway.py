"""Statements whose answer nobody waits for yet; on PostgreSQL they travel with the next one that is waited for.

A step writes half a dozen rows and needs no answer to most of it, while each answer waited for costs a turn of two
processes, and of the network where the database has a host of its own. SQLite has no way to go: there
everything happens at once.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import adapt
from psycopg.abc import Transformer
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from models.turn import Answer, Statement, Turn

_UNDERWAY = "statements underway"
_KNOWN = "statements prepared"
_ADAPTING = "values adapted"
_ERRORS = (sqlite3.Error, psycopg.Error)


class Sent:
    """A statement on its way, and its answer once there is one."""

    __slots__ = ("_connection", "_convert", "_rows", "refusal")

    def __init__(
        self,
        connection: Connection,
        convert: Callable[[Any], tuple[Any, ...]] | None,
        refusal: type[Exception] | None,
    ) -> None:
        """`convert` is for statements that give rows; `refusal` is raised when no row was touched."""
        self.refusal = refusal
        self._connection = connection
        self._convert = convert
        self._rows: list[tuple[Any, ...]] | None = None

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """What it gives; waits for it."""
        if self._rows is None:
            deliver(self._connection)
        assert self._rows is not None
        return self._rows

    @property
    def value(self) -> int:
        """The id of the new row; waits for it."""
        return int(self.rows[0][0])

    def take(self, answer: Any) -> None:
        """Take the answer; refuses as it was told to."""
        if self._convert is not None:
            self._rows = [self._convert(row) for row in answer.fetchall()]
        elif self.refusal is not None and answer.rowcount == 0:
            raise self.refusal
        answer.close()


def send(connection: Connection, statement: Statement, values: Sequence[Any], sent: Sent) -> None:
    """Let a statement go its way, and its answer to `sent`."""
    if connection.dialect.name == "postgresql":
        _put(connection, statement, values, sent)
    else:
        sent.take(execute(connection, statement, values))


def execute(connection: Connection, statement: Statement, values: Sequence[Any]) -> Any:
    """Give the answer to a statement, within the transaction; what is under way arrives before it.

    Its errors become SQLAlchemy's, and so do those of what is under way.
    """
    if connection.dialect.name == "postgresql":
        _put(connection, statement, values, None)
        return _end(connection)[-1]
    try:
        return _driver(connection).execute(statement.text, values)
    except _ERRORS as error:
        raise _translated(connection, error, statement) from error


def deliver(connection: Connection) -> None:
    """Wait for the answers of everything that is under way."""
    if _UNDERWAY in connection.info:
        _end(connection)


@dataclass(frozen=True, slots=True)
class _Underway:
    """The next turn, and who waits for the answer to each of its statements."""

    turn: Turn
    waiting: list[Sent | None] = field(default_factory=list)


def _put(connection: Connection, statement: Statement, values: Sequence[Any], sent: Sent | None) -> None:
    """Put a statement into the next turn."""
    driver = _driver(connection)
    try:
        underway: _Underway | None = connection.info.get(_UNDERWAY)
        if underway is None:
            known = connection.info.setdefault(_KNOWN, set())
            underway = connection.info[_UNDERWAY] = _Underway(Turn(driver, _adapting(connection), known))
        underway.turn.add(statement, values)
    except _ERRORS as error:
        if driver.closed:
            connection.info.pop(_UNDERWAY, None)
        raise _translated(connection, error, statement) from error
    underway.waiting.append(sent)


def _end(connection: Connection, *, commit: bool = False) -> list[Answer]:
    """Wait for what is under way, hand out the answers, and give them all."""
    underway: _Underway = connection.info.pop(_UNDERWAY)
    try:
        answers = underway.turn.end(commit=commit)
    except _ERRORS as error:
        raise _translated(connection, error, *underway.turn.statements) from error
    for waiting, answer in zip(underway.waiting, answers, strict=True):
        if waiting is not None:
            waiting.take(answer)
    return answers


def _adapting(connection: Connection) -> Transformer:
    """Give the connection's own converter: it remembers how each type goes."""
    adapting: Transformer | None = connection.info.get(_ADAPTING)
    if adapting is None:
        adapting = connection.info[_ADAPTING] = adapt.Transformer.from_context(_driver(connection))
    return adapting


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _translated(connection: Connection, error: Exception, *statements: Statement) -> BaseException:
    """Give SQLAlchemy's error for a driver's."""
    dialect: Any = connection.dialect
    lost = dialect.is_disconnect(error, _driver(connection), None)
    if lost:
        # Those that rest in the pool lead nowhere either.
        connection.engine.dispose()
        connection.invalidate(error)
    return DBAPIError.instance(
        "; ".join(dict.fromkeys(statement.text for statement in statements)),
        None,
        error,
        dialect.loaded_dbapi.Error,
        dialect=dialect,
        connection_invalidated=lost,
    )


@event.listens_for(Engine, "before_cursor_execute")
def _before_others(connection: Connection, *_: object) -> None:
    """Keep the order: statements of SQLAlchemy's own wait for nothing, but they come after."""
    deliver(connection)


@event.listens_for(Engine, "commit")
def _before_commit(connection: Connection) -> None:
    """Let the commit travel with what is under way, unless an answer could still refuse it."""
    underway: _Underway | None = connection.info.get(_UNDERWAY)
    if underway is not None:
        _end(connection, commit=all(sent is None or sent.refusal is None for sent in underway.waiting))


@event.listens_for(Engine, "rollback")
def _at_rollback(connection: Connection) -> None:
    if not connection.invalidated and _UNDERWAY in connection.info:
        connection.info.pop(_UNDERWAY).turn.drop()

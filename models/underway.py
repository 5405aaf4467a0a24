"""Statements whose answer nobody waits for yet; on PostgreSQL they travel with the next one that is waited for.

A step writes half a dozen rows and needs no answer to most of it, while each answer waited for costs a turn of two
processes, and of the network where the database has a host of its own. SQLite has no way to go: there
everything happens at once.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import psycopg
from psycopg import adapt
from psycopg.abc import Transformer
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from models.turn import Answer, Order, Statement, order, take_turn

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
        going = _order(connection, statement, values)
        connection.info.setdefault(_UNDERWAY, []).append((going, sent))
    else:
        sent.take(execute(connection, statement, values))


def execute(connection: Connection, statement: Statement, values: Sequence[Any]) -> Any:
    """Give the answer to a statement, within the transaction; what is under way arrives before it.

    Its errors become SQLAlchemy's, and so do those of what is under way.
    """
    if connection.dialect.name == "postgresql":
        return _together(connection, [_order(connection, statement, values)])
    try:
        return _driver(connection).execute(statement.text, values)
    except _ERRORS as error:
        raise _translated(connection, error, statement) from error


def execute_each(
    connection: Connection, statements: Iterable[tuple[Statement, Sequence[Any]]]
) -> Iterator[Any]:
    """Run statements with their values in one turn, where there are turns, and give answer by answer.

    A server works on the first while the values of the next are made. Close each answer before the next one is
    asked for: SQLite prepares a statement anew while it is open.
    """
    if connection.dialect.name == "postgresql":
        adapting, before = _adapting(connection), len(connection.info.get(_UNDERWAY, ()))
        yield from _turn(connection, (order(adapting, *one) for one in statements))[before:]
    else:
        yield from (execute(connection, *one) for one in statements)


def deliver(connection: Connection) -> None:
    """Wait for the answers of everything that is under way."""
    if connection.info.get(_UNDERWAY):
        _together(connection, [])


def _order(connection: Connection, statement: Statement, values: Sequence[Any]) -> Order:
    try:
        return order(_adapting(connection), statement, values)
    except _ERRORS as error:
        raise _translated(connection, error, statement) from error


def _together(connection: Connection, last: Sequence[Order], *, commit: bool = False) -> Answer:
    """Take a turn with what is under way and these statements; give the answer to the last one."""
    return _turn(connection, last, commit=commit)[-1]


def _turn(connection: Connection, last: Iterable[Order], *, commit: bool = False) -> list[Answer]:
    underway: list[tuple[Order, Sent]] = connection.info.pop(_UNDERWAY, [])
    known = connection.info.setdefault(_KNOWN, set())
    sent: list[Statement] = []

    def orders() -> Iterator[Order]:
        for one in chain((going for going, _ in underway), last):
            sent.append(one.statement)
            yield one

    try:
        answers = take_turn(_driver(connection), _adapting(connection), known, orders(), commit=commit)
    except _ERRORS as error:
        raise _translated(connection, error, *sent) from error
    for (_, waiting), answer in zip(underway, answers, strict=False):
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
    underway: list[tuple[Order, Sent]] = connection.info.get(_UNDERWAY, [])
    if underway:
        _together(connection, [], commit=all(sent.refusal is None for _, sent in underway))


@event.listens_for(Engine, "rollback")
def _at_rollback(connection: Connection) -> None:
    if not connection.invalidated:
        connection.info.pop(_UNDERWAY, None)

"""One unit of work is one transaction: this file holds the only commit (at the end of `begin`)."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from workflows.clock import Clock
from workflows.engine import ProcessEngine
from workflows.errors import ConcurrentChange
from workflows.errors.operating import NamedNobody

# A transaction that met another one half-way is done again; three meetings in a row mean something else.
TRIES = 3
# PostgreSQL: serialization failure, deadlock detected.
_MET_ANOTHER = {"40001", "40P01"}
# PostgreSQL: connection lost, out of resources, shutting down, input and output.
_SERVER_CLASSES = {"08", "53", "57", "58"}
TOO_MANY_CONNECTIONS = "53300"
# SQLite: the last eight bits of its codes.
_FILE_CODES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
# A row names another one that is not there: PostgreSQL and SQLite.
_NO_SUCH_ROW = {"23503", sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY}

Result = TypeVar("Result")


@dataclass(slots=True)
class UnitOfWork:
    """What a command works with; `now` is the only present."""

    _open_session: Callable[[], Session]
    # The connection of this transaction, for prepared statements.
    connection: Connection
    engine: ProcessEngine
    now: datetime
    # Kept for the length of the transaction only.
    cache: dict[object, object] = field(default_factory=dict)
    _session: Session | None = None

    @property
    def session(self) -> Session:
        """The ORM's view of this transaction, made when it is first asked for: most steps do without."""
        if self._session is None:
            self._session = self._open_session()
        return self._session

    def flush(self) -> None:
        """Write what the session holds back."""
        if self._session is not None:
            self._session.flush()

    def close(self) -> None:
        """Let go of the session's objects."""
        if self._session is not None:
            self._session.close()


@contextmanager
def begin_work(sessions: sessionmaker[Session], engine: ProcessEngine, clock: Clock) -> Iterator[UnitOfWork]:
    """Commit when the block ends; roll back when it raises.

    Raises ConcurrentChange when somebody else changed the same row, or held it, in the meantime, and NamedNobody when
    a row would name one that is not there, as an assignee that a rule works out.
    """
    try:
        with sessions.kw["bind"].begin() as connection:

            def open_session() -> Session:
                # It joins the connection's transaction.
                return sessions(bind=connection)

            with closing(UnitOfWork(open_session, connection, engine, clock.now())) as work:
                yield work
                work.flush()
    except StaleDataError as error:
        raise ConcurrentChange from error
    except IntegrityError as error:
        # The same request at the same instant, or again after its act was taken back.
        if "request_key" in str(error.orig):
            raise ConcurrentChange from error
        if _names_nobody(error):
            raise NamedNobody from error
        raise
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) in _MET_ANOTHER:
            raise ConcurrentChange from error
        raise


def _names_nobody(error: IntegrityError) -> bool:
    codes = (getattr(error.orig, name, None) for name in ("sqlstate", "sqlite_errorcode"))
    return any(code in _NO_SUCH_ROW for code in codes)


def store_is_away(error: OperationalError) -> bool:
    """Tell whether the database as a whole cannot serve, whatever the statement was: it is away, full or locked."""
    code = code_of(error)
    return error.connection_invalidated or code in _FILE_CODES or str(code)[:2] in _SERVER_CLASSES


def server_is_away(error: OperationalError) -> bool:
    """Tell whether a database server cannot be reached, or takes nobody at the moment: it may be back any time."""
    code = str(code_of(error))
    return (
        error.connection_invalidated or code[:2] == "08" or code[:3] == "57P" or code == TOO_MANY_CONNECTIONS
    )


def code_of(error: OperationalError) -> str | int:
    """Give PostgreSQL's five signs, or SQLite's number without its finer part."""
    if isinstance(error.orig, sqlite3.Error):
        # An error of the driver itself has none.
        return getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    # Without a code no server was reached.
    return getattr(error.orig, "sqlstate", None) or "08000"


def do_work(
    sessions: sessionmaker[Session], engine: ProcessEngine, clock: Clock, act: Callable[[UnitOfWork], Result]
) -> Result:
    """Run an act in a unit of work of its own, again when it met another one half-way."""
    for tries_left in reversed(range(TRIES)):
        try:
            with begin_work(sessions, engine, clock) as work:
                return act(work)
        except ConcurrentChange:
            if not tries_left:
                raise
    raise AssertionError("unreachable")

"""A private database in memory: its tables are made once in a process and copied for each rehearsal."""

import sqlite3
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from sqlalchemy import Engine, StaticPool

from models.database import make_engine, make_sessions, upgrade

_making = Lock()
# Stores that were closed: an engine keeps the statements it has compiled, so the next rehearsal takes one of these.
_spare: list["_Opened"] = []


@dataclass(frozen=True, slots=True)
class _Opened:
    connection: sqlite3.Connection
    engine: Engine


class PrivateStore:
    """One connection to a database that nobody else sees and that ends with it.

    There is one transaction at a time; whoever writes must have ended before somebody reads.
    """

    def __init__(self, origin: "PrivateStore | None" = None) -> None:
        """Copy another store, or an empty one with all tables."""
        with _making:
            source = origin.connection if origin is not None else _template()
            self._opened: _Opened | None = _spare.pop() if _spare else _open()
            source.backup(self.connection)
        self.sessions = make_sessions(self._opened.engine)
        self.reading_sessions = make_sessions(self._opened.engine, read_only=True)

    @property
    def connection(self) -> sqlite3.Connection:
        """The only connection there is; none after closing."""
        if self._opened is None:
            raise ValueError("The rehearsal is over")
        return self._opened.connection

    def close(self) -> None:
        """Forget everything; closing twice does no harm."""
        opened, self._opened = self._opened, None
        if opened is not None:
            with _making:
                _spare.append(opened)


def _open() -> _Opened:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    return _Opened(connection, make_engine("sqlite://", poolclass=StaticPool, creator=lambda: connection))


@lru_cache(maxsize=1)
def _template() -> sqlite3.Connection:
    opened = _open()
    upgrade(opened.engine)
    return opened.connection

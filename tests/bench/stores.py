"""Stores to measure on: SQLite files and databases of a private PostgreSQL server, gone after the run.

Both are as durable as in production: `synchronous=FULL`, the server's defaults. They lie in the system's
temporary folder; `TMPDIR=/dev/shm` takes the disk out of the figures.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import URL

from models.database import make_engine, upgrade
from tests import postgres
from tests.conftest import DEPARTMENT, Store


class Stores:
    """Makes empty stores; the PostgreSQL server starts when the first one asks for it."""

    def __init__(self, folder: Path, things_to_end: ExitStack, **server: Any) -> None:
        self._folder = folder
        self._ends = things_to_end
        self._settings = server
        self._server: postgres.Server | None = None
        self._numbers = count(1)
        self._template = folder / "template.db"
        _migrate(URL.create("sqlite", database=str(self._template)), None)

    @contextmanager
    def empty(self, kind: str) -> Iterator[Store]:
        """Give a store with all tables and nothing in them; it is removed afterwards."""
        if kind == "sqlite":
            template = URL.create("sqlite", database=str(self._template))
        else:
            template = self.server.url("template_rasoat")
        with self._copy(kind, template) as store:
            yield store

    @contextmanager
    def copy_of(self, store: Store) -> Iterator[Store]:
        """Give a copy of a store that nobody has open; it is removed afterwards."""
        with self._copy(store.kind, store.url) as copy:
            yield copy

    @contextmanager
    def _copy(self, kind: str, original: URL) -> Iterator[Store]:
        name = f"store_{next(self._numbers)}"
        if kind == "sqlite":
            path = self._folder / name / "rasoat.db"
            path.parent.mkdir()
            shutil.copyfile(str(original.database), path)
            store = Store(kind, URL.create("sqlite", database=str(path)), None)
        else:
            self.server.execute(f"CREATE DATABASE {name} TEMPLATE {original.database}")
            store = Store(kind, self.server.url(name), DEPARTMENT)
        try:
            yield store
        finally:
            store.close()
            if kind == "sqlite":
                shutil.rmtree(path.parent)
            else:
                self.server.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @property
    def server(self) -> postgres.Server:
        """The private server, started at the first need."""
        if self._server is None:
            self._server = self._ends.enter_context(postgres.private_server(**self._settings))
            self._server.execute("CREATE DATABASE template_rasoat")
            _migrate(self._server.url("template_rasoat"), DEPARTMENT)
        return self._server


def kinds() -> list[str]:
    """Name the databases that this host can run."""
    return ["sqlite", "postgresql"] if postgres.binaries() else ["sqlite"]


@contextmanager
def open_stores(place: Path | None = None, **server: Any) -> Iterator[Stores]:
    """Give what makes stores, files in a folder that it leaves as it was; `server` goes to `private_server`."""
    with TemporaryDirectory(prefix="rasoat-bench-", dir=place) as folder, ExitStack() as things_to_end:
        yield Stores(Path(folder), things_to_end, **server)


def settle(store: Store) -> None:
    """Let the database take stock after many rows were added, as it does by itself in the course of a day."""
    with store.engine.connect() as connection:
        if store.kind == "postgresql":
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))
        else:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _migrate(url: URL, schema: str | None) -> None:
    engine = make_engine(url, schema)
    upgrade(engine)
    engine.dispose()

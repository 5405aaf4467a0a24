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

from sqlalchemy import text
from sqlalchemy.engine import URL

from models.database import make_engine, upgrade
from tests import postgres
from tests.conftest import DEPARTMENT, Store


class Stores:
    """Makes empty stores; the PostgreSQL server starts when the first one asks for it."""

    def __init__(self, folder: Path, things_to_end: ExitStack) -> None:
        self._folder = folder
        self._ends = things_to_end
        self._server: postgres.Server | None = None
        self._numbers = count(1)
        self._template = folder / "template.db"
        _migrate(URL.create("sqlite", database=str(self._template)), None)

    @contextmanager
    def empty(self, kind: str) -> Iterator[Store]:
        """Give a store with all tables and nothing in them; it is removed afterwards."""
        name = f"store_{next(self._numbers)}"
        if kind == "sqlite":
            path = self._folder / name / "rasoat.db"
            path.parent.mkdir()
            shutil.copyfile(self._template, path)
            store = Store(kind, URL.create("sqlite", database=str(path)), None)
        else:
            self.server.execute(f"CREATE DATABASE {name} TEMPLATE template_rasoat")
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
            self._server = self._ends.enter_context(postgres.private_server())
            self._server.execute("CREATE DATABASE template_rasoat")
            _migrate(self._server.url("template_rasoat"), DEPARTMENT)
        return self._server


def kinds() -> list[str]:
    """Name the databases that this host can run."""
    return ["sqlite", "postgresql"] if postgres.binaries() else ["sqlite"]


@contextmanager
def open_stores() -> Iterator[Stores]:
    """Give what makes stores; leaves nothing behind."""
    with TemporaryDirectory(prefix="rasoat-bench-") as folder, ExitStack() as things_to_end:
        yield Stores(Path(folder), things_to_end)


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

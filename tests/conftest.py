"""What any test may ask for (a migrated store, a clock that stands still, a browser) and what none may do."""

import os
import shutil
import smtplib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import settings
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from models.database import make_engine, make_sessions, upgrade
from tests import postgres
from workflows import clock as clocks
from workflows.clock import FixedClock

# Groups of tests that need something beyond Python: how to find it, and what to tell somebody who lacks it.
GROUPS: dict[str, tuple[Callable[[], object], str]] = {
    "postgresql": (postgres.binaries, postgres.HOW_TO_ENABLE),
    "browser": (lambda: chromium_path(), "install Chromium (Debian and Ubuntu: apt-get install chromium)"),
    "node": (lambda: shutil.which("npm"), "install Node.js 20 or later with npm"),
}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DEPARTMENT = "so_mau"
# Rows that are deleted still fill their tables; where that is much, plans of queries would differ.
LARGE_KB = 512
# Monday, 5 June 2023, 08:00 in Vietnam: the week of the deadlines of P1.6.
MONDAY = datetime(2023, 6, 5, 1, tzinfo=UTC)

# Where Python may not write beside its sources, each process that a test starts would compile all of them again.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    compiled = Path(__file__).parent.parent / ".pytest_cache" / "compiled"
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(compiled)
    sys.dont_write_bytecode = False

settings.register_profile("house", deadline=None)
settings.load_profile("house")


@dataclass
class Store:
    """A database of its own with all tables, and the ways into it."""

    kind: str
    url: URL
    schema: str | None
    connect_args: dict[str, Any] = field(default_factory=dict)
    engine: Engine = field(init=False)
    make_session: sessionmaker[Session] = field(init=False)
    make_reading_session: sessionmaker[Session] = field(init=False)

    def __post_init__(self) -> None:
        self._engines: list[Engine] = []
        self.engine = self.open()
        self.make_session = make_sessions(self.engine)
        self.make_reading_session = make_sessions(self.engine, read_only=True)

    def open(self) -> Engine:
        """Give another engine with connections of its own, as a second process has."""
        self._engines.append(make_engine(self.url, self.schema, connect_args=dict(self.connect_args)))
        return self._engines[-1]

    def close(self) -> None:
        """Close every connection."""
        self.close_others()
        self.engine.dispose()

    def close_others(self) -> None:
        """Close what was opened beside the store's own engine."""
        while len(self._engines) > 1:
            self._engines.pop().dispose()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgres.Server]:
    """Run one private server for the whole run; nothing in it has to survive a power cut."""
    with postgres.private_server(fsync="off", synchronous_commit="off", full_page_writes="off") as server:
        yield server


class SqliteStores:
    """Gives each test an empty file, where a test before had its own: statements that were compiled once stay so."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._free: list[Store] = []
        self._template = folder / "template.db"
        _migrate(URL.create("sqlite", database=str(self._template)), None)

    def make(self, original: Path | None = None) -> Store:
        """Give a store in a folder with nothing else in it: an empty one, or a copy."""
        if self._free:
            store = self._free.pop()
            place = Path(str(store.url.database))
        else:
            place = self._folder / f"store-{next(self._numbers)}" / "rasoat.db"
            place.parent.mkdir()
            store = Store("sqlite", URL.create("sqlite", database=str(place)), None)
        shutil.copyfile(original or self._template, place)
        return store

    def take_back(self, store: Store) -> None:
        """Empty the store's folder for the next test."""
        store.close()
        folder = Path(str(store.url.database)).parent
        shutil.rmtree(folder)
        folder.mkdir()
        self._free.append(store)

    def make_in(self, folder: Path) -> Store:
        """Make an empty store in a folder, for longer than a test."""
        copy = folder / "rasoat.db"
        shutil.copyfile(self._template, copy)
        return Store("sqlite", URL.create("sqlite", database=str(copy)), None)


@pytest.fixture(scope="session")
def sqlite_stores(tmp_path_factory: pytest.TempPathFactory) -> SqliteStores:
    """Make and take back stores in files."""
    return SqliteStores(tmp_path_factory.mktemp("stores"))


@pytest.fixture(scope="session")
def make_sqlite_store(sqlite_stores: SqliteStores) -> Callable[[Path], Store]:
    """Make stores that nobody takes back before the run ends."""
    return sqlite_stores.make_in


class PostgresqlStores:
    """Gives each test an empty database: a copy of a migrated one, or one that a test before has used, emptied."""

    def __init__(self, server: postgres.Server) -> None:
        self._server = server
        self._numbers = count(1)
        self._free: list[Store] = []
        server.execute("CREATE DATABASE template_rasoat")
        engine = make_engine(server.url("template_rasoat"), DEPARTMENT)
        upgrade(engine)
        self._tables = set(inspect(engine).get_table_names())
        engine.dispose()

    def make(self) -> Store:
        """Give an empty store."""
        if self._free:
            return self._free.pop()
        name = f"store_{next(self._numbers)}"
        self._server.execute(f"CREATE DATABASE {name} TEMPLATE template_rasoat")
        return Store("postgresql", self._server.url(name), DEPARTMENT)

    def take_back(self, store: Store) -> None:
        """Empty a store for the next test; one that is still held by somebody, or has other tables, is dropped."""
        store.close_others()
        try:
            with store.engine.begin() as connection:
                as_made = set(inspect(connection).get_table_names()) == self._tables
                if as_made:
                    _empty(connection, sorted(self._tables - {"alembic_version"}))
        except OperationalError:
            as_made = False
        if as_made:
            self._free.append(store)
        else:
            store.close()
            self._server.execute(f"DROP DATABASE {store.url.database} WITH (FORCE)")

    def close(self) -> None:
        """Close the connections that wait for a next test."""
        for store in self._free:
            store.close()


def _empty(connection: Connection, tables: list[str]) -> None:
    """Take all rows out and begin to count anew; refuses, by OperationalError, while somebody else is at work there."""
    connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
    connection.exec_driver_sql(f"LOCK TABLE {', '.join(tables)}")
    # TRUNCATE makes new files for each table and index, which takes longer than most tests do.
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    in_use = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables)
    filled = connection.exec_driver_sql(in_use).scalars().all()
    if any(_kilobytes(connection, name) > LARGE_KB for name in filled):
        connection.exec_driver_sql(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
        return
    for name in filled:
        connection.exec_driver_sql(f"DELETE FROM {name}")
    begun = "FROM pg_sequences WHERE last_value IS NOT NULL AND schemaname = current_schema()"
    connection.exec_driver_sql(f"SELECT setval(sequencename::text::regclass, start_value, false) {begun}")


def _kilobytes(connection: Connection, table: str) -> int:
    return int(connection.exec_driver_sql(f"SELECT pg_table_size('{table}') / 1024").scalar_one())


@pytest.fixture(scope="session")
def postgresql_stores(postgresql_server: postgres.Server) -> Iterator[PostgresqlStores]:
    """Make and take back stores on PostgreSQL."""
    stores = PostgresqlStores(postgresql_server)
    yield stores
    stores.close()


@pytest.fixture(scope="session")
def make_postgresql_store(postgresql_stores: PostgresqlStores) -> Callable[[], Store]:
    """Make stores that nobody takes back before the server ends."""
    return postgresql_stores.make


def _migrate(url: URL, schema: str | None) -> None:
    engine = make_engine(url, schema)
    upgrade(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Give an empty store; the test runs once on SQLite and once on PostgreSQL."""
    stores = request.getfixturevalue(f"{request.param}_stores")
    opened = stores.make()
    yield opened
    stores.take_back(opened)


@pytest.fixture
def sqlite_store(sqlite_stores: SqliteStores) -> Iterator[Store]:
    """Give an empty store on SQLite only, for tests that do not depend on the database."""
    opened = sqlite_stores.make()
    yield opened
    sqlite_stores.take_back(opened)


@pytest.fixture
def clock() -> FixedClock:
    """Give a clock that stands at 08:00 (Vietnam) on Monday, 5 June 2023."""
    return FixedClock(MONDAY)


@pytest.fixture(autouse=True)
def _no_system_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("system_clock") is None:
        monkeypatch.setattr(clocks.SystemClock, "now", _refuse("reads the system time", "system_clock"))


@pytest.fixture(autouse=True)
def _no_mail(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("smtp") is None:
        monkeypatch.setattr(smtplib.SMTP, "connect", _refuse("sends mail", "smtp"))


def _refuse(act: str, marker: str) -> Callable[..., NoReturn]:
    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail(f"This test {act}; if it must, mark it with @pytest.mark.{marker}")

    return refuse


def chromium_path() -> str | None:
    """Find the Chromium of this host."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Run Chromium for the whole run; mark the test with `browser`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path(), headless=True, args=CHROMIUM_FLAGS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Give a function that opens a page of its own visitor: `open_page(width=390, height=844)`."""
    contexts = []

    def open_one(width: int = 1280, height: int = 800, **options: Any) -> Any:
        options = {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh", **options}
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        return contexts[-1].new_page()

    yield open_one
    for context in contexts:
        context.close()


def pytest_configure() -> None:
    """Let the suite, which commits thousands of times, do so in memory where the host offers it.

    Not on import: what `bench` measures is written to a disk.
    """
    if os.access("/dev/shm", os.W_OK):
        os.environ.setdefault("TMPDIR", "/dev/shm")
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let CI say which groups may not be skipped."""
    parser.addoption(
        "--need", action="append", default=[], choices=sorted(GROUPS), help="fail if this group is missing"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the groups that this host cannot run."""
    missing = {group: remedy for group, (find, remedy) in GROUPS.items() if not find()}
    refused = [f"{group}: {missing[group]}" for group in config.getoption("--need") if group in missing]
    if refused:
        raise pytest.UsageError("; ".join(refused))
    for item in items:
        for group in missing.keys() & {marker.name for marker in item.iter_markers()}:
            item.add_marker(pytest.mark.skip(reason=f"{group} is missing"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the groups that were skipped, and how to run them."""
    # Read from the reports: where several processes share the tests, this one collected none itself.
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for group, (_, remedy) in sorted(GROUPS.items()):
        number = sum(f"{group} is missing" in reason for reason in reasons)
        if number:
            terminalreporter.write_line(
                f"Skipped {number} {group} tests. To run them: {remedy}.", yellow=True
            )

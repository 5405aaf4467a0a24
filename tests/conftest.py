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
from sqlalchemy import Engine, inspect
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
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
# Monday, 5 June 2023, 08:00 in Vietnam: the week of the deadlines of P1.6.
MONDAY = datetime(2023, 6, 5, 1, tzinfo=UTC)

# The suite commits thousands of times: in memory, where the host offers it, instead of waiting for a disk each time.
if os.access("/dev/shm", os.W_OK):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")

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
        for engine in self._engines:
            engine.dispose()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgres.Server]:
    """Run one private server for the whole run; nothing in it has to survive a power cut."""
    with postgres.private_server(fsync="off", synchronous_commit="off", full_page_writes="off") as server:
        yield server


@pytest.fixture(scope="session")
def make_sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Store]:
    """Migrate one file; each test gets a copy of it."""
    template = tmp_path_factory.mktemp("template") / "rasoat.db"
    _migrate(URL.create("sqlite", database=str(template)), None)

    def make(folder: Path) -> Store:
        copy = folder / "rasoat.db"
        shutil.copyfile(template, copy)
        return Store("sqlite", URL.create("sqlite", database=str(copy)), None)

    return make


class PostgresqlStores:
    """Gives each test an empty database: a copy of a migrated one, or one that a test before has used, emptied."""

    def __init__(self, server: postgres.Server) -> None:
        self._server = server
        self._numbers = count(1)
        self._free: list[str] = []
        server.execute("CREATE DATABASE template_rasoat")
        engine = make_engine(server.url("template_rasoat"), DEPARTMENT)
        upgrade(engine)
        self._tables = set(inspect(engine).get_table_names())
        engine.dispose()

    def make(self) -> Store:
        """Give an empty store."""
        if self._free:
            name = self._free.pop()
        else:
            name = f"store_{next(self._numbers)}"
            self._server.execute(f"CREATE DATABASE {name} TEMPLATE template_rasoat")
        return Store("postgresql", self._server.url(name), DEPARTMENT)

    def take_back(self, store: Store) -> None:
        """Empty a store for the next test; one that is still held by somebody, or has other tables, is dropped."""
        name = str(store.url.database)
        engine = make_engine(store.url, store.schema)
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
                emptied = ", ".join(sorted(self._tables - {"alembic_version"}))
                connection.exec_driver_sql(f"TRUNCATE {emptied} RESTART IDENTITY CASCADE")
                as_made = set(inspect(connection).get_table_names()) == self._tables
        except DBAPIError:
            as_made = False
        engine.dispose()
        if as_made:
            self._free.append(name)
        else:
            self._server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgresql_stores(postgresql_server: postgres.Server) -> PostgresqlStores:
    """Make and take back stores on PostgreSQL."""
    return PostgresqlStores(postgresql_server)


@pytest.fixture(scope="session")
def make_postgresql_store(postgresql_stores: PostgresqlStores) -> Callable[[], Store]:
    """Make stores that nobody takes back before the server ends."""
    return postgresql_stores.make


def _migrate(url: URL, schema: str | None) -> None:
    engine = make_engine(url, schema)
    upgrade(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Give an empty store; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        opened = request.getfixturevalue("make_sqlite_store")(tmp_path)
    else:
        opened = request.getfixturevalue("postgresql_stores").make()
    yield opened
    opened.close()
    if request.param == "postgresql":
        request.getfixturevalue("postgresql_stores").take_back(opened)


@pytest.fixture
def sqlite_store(make_sqlite_store: Callable[[Path], Store], tmp_path: Path) -> Iterator[Store]:
    """Give an empty store on SQLite only, for tests that do not depend on the database."""
    opened = make_sqlite_store(tmp_path)
    yield opened
    opened.close()


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

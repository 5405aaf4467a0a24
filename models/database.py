"""The door to the database: engines for SQLite and PostgreSQL, sessions, and the upgrade of the tables.

On SQLite a transaction begins with `BEGIN IMMEDIATE`, so that two writers queue instead of failing half-way;
one that only reads (`make_sessions(engine, read_only=True)`, or the execution option `read_only=True`) never
waits for them. On PostgreSQL a department is one schema: it is chosen when a connection is checked out, and
named nowhere else.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from psycopg import OperationalError
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

# A writer waits this long for another one; a unit of work takes milliseconds, an import some seconds.
BUSY_MS = 20_000
ASK_AGAIN_MS = 2
# Who has held it this long leaves a gap in which the others ask, or a worker with much to write would leave none.
LONG_WRITE_SECONDS = 0.02
PAGE_CACHE_KB = 32_768
# Pages of 4 KB in SQLite's log before they go into the file: a page that each step changes goes there once for all.
LOG_PAGES = 4_000
POOL_SIZE = 20
# A host that is away says nothing; the answer to the person must not wait for minutes.
CONNECT_SECONDS = 10
# After a rest this long the connection may be dead; asking each time would cost 0.2 ms.
IDLE_SECONDS = 30
# How a row is held until the transaction ends: others may add rows that refer to it (FOR NO KEY UPDATE). If they had to
# wait, two transactions that each hold a row and add one that refers to the other's would wait for each other.
HELD: dict[str, Any] = {"key_share": True}
# How a row is held by those who only need it to stay as it is (FOR SHARE): they hold it together; whoever changes it
# waits for all of them, and they for whoever does.
SHARED: dict[str, Any] = {"read": True}

MIGRATIONS = Path(__file__).parent / "migrations"


class UnfitStore(ValueError):
    """The address leads to no store that this code can work on; the text says why, for the operator."""


def make_engine(url: str | URL, schema: str | None = None, **options: Any) -> Engine:
    """Make the engine of one tenant; `options` go to SQLAlchemy's `create_engine`.

    `schema` is for PostgreSQL only; without it the server's own search path holds. Refuses other databases, and folders
    that do not exist, with UnfitStore.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        # What was given may hold a password.
        raise UnfitStore(
            "This is not the address of a database, such as postgresql://user@host/name"
        ) from error
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    kind = address.get_backend_name()
    if kind == "sqlite":
        if schema is not None:
            raise UnfitStore("A SQLite database has no schemas: one file holds one department")
        return _sqlite_engine(address, options)
    if kind == "postgresql":
        return _postgresql_engine(address, schema, options)
    raise UnfitStore(f"Neither SQLite nor PostgreSQL: {address.drivername}")


def make_sessions(engine: Engine, *, read_only: bool = False) -> sessionmaker[Session]:
    """Make the factory of sessions; the database refuses any write in a read-only one."""
    if read_only:
        engine = engine.execution_options(read_only=True, postgresql_readonly=True)
    return sessionmaker(engine, expire_on_commit=False, autoflush=not read_only)


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to a revision of `models/migrations`, making the schema when it is missing.

    Several processes may call it at once: the second waits and finds nothing left to do. Refuses tables that a newer
    release made with UnfitStore.
    """
    with _connection_for_upgrade(engine) as connection:
        try:
            command.upgrade(migration_settings(connection), revision)
        except CommandError as error:
            raise UnfitStore(
                f"The tables do not fit this release; a newer one made them? ({error})"
            ) from error


def migration_settings(connection: Connection | None = None) -> Config:
    """Give Alembic's settings, with the connection that its environment shall use."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


def _sqlite_engine(url: URL, options: dict[str, Any]) -> Engine:
    if url.database and url.database != ":memory:":
        folder = Path(url.database).parent
        if not folder.is_dir():
            # Not made: whoever mistypes a path would get a new, empty store somewhere on the disk.
            raise UnfitStore(f"The folder {folder} does not exist")
        options.setdefault("pool_size", POOL_SIZE)
    arguments = {"timeout": BUSY_MS / 1000, "cached_statements": 512, **options.pop("connect_args", {})}
    engine = create_engine(url, connect_args=arguments, **options)
    event.listen(engine, "connect", _open_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "checkin", _leave_a_gap)
    return engine


def _open_sqlite(connection: Any, record: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, and too late; `_begin_sqlite` does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    # Asked first, because setting it takes an exclusive lock even when nothing changes.
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        _execute_when_free(cursor, "PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    cursor.execute(f"PRAGMA cache_size = -{PAGE_CACHE_KB}")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = bool(connection.get_execution_options().get("read_only"))
    driver: Any = connection.connection.driver_connection
    if reading != connection.info.get("query_only", False):
        driver.execute(f"PRAGMA query_only = {int(reading)}")
        connection.info["query_only"] = reading
    if reading:
        driver.execute("BEGIN")
    else:
        _execute_when_free(driver, "BEGIN IMMEDIATE")
        connection.info["writing_since"] = monotonic()


def _leave_a_gap(connection: object, record: ConnectionPoolEntry) -> None:
    since = record.info.pop("writing_since", None)
    if since is not None and monotonic() - since > LONG_WRITE_SECONDS:
        sleep(2 * ASK_AGAIN_MS / 1000)


def _execute_when_free(driver: Any, statement: str) -> None:
    """Execute what needs the only right to write, and ask for that every few milliseconds.

    SQLite itself soon asks every 100 ms only, and would miss each gap that a worker leaves between two large writes;
    for the change to WAL it does not ask again at all.
    """
    until = monotonic() + BUSY_MS / 1000
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                driver.execute(statement)
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > until:
                    raise
                sleep(ASK_AGAIN_MS / 1000)
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_MS}")


def _postgresql_engine(url: URL, schema: str | None, options: dict[str, Any]) -> Engine:
    arguments = {
        # psycopg forgets what it prepared at each rollback, and would take with it what `models.turn` did.
        "prepare_threshold": None,
        "connect_timeout": CONNECT_SECONDS,
        **options.pop("connect_args", {}),
    }
    options.setdefault("pool_size", POOL_SIZE)
    # The threads bound the number; one that holds a connection and waits for a second could wait for itself.
    options.setdefault("max_overflow", -1)
    engine = create_engine(url, connect_args=arguments, **options)
    quoted = None if schema is None else '"' + schema.replace('"', '""') + '"'

    def check_out(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: object) -> None:
        if monotonic() - record.info.get("returned_at", monotonic()) > IDLE_SECONDS:
            _check_alive(connection)
        if record.info.get("search_path", "") != quoted:
            _set_session(connection, quoted)
            record.info["search_path"] = quoted

    def check_in(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["returned_at"] = monotonic()

    event.listen(engine, "checkout", check_out)
    event.listen(engine, "checkin", check_in)
    return engine


def _check_alive(connection: Any) -> None:
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except OperationalError as error:
        raise DisconnectionError from error


def _set_session(connection: Any, search_path: str | None) -> None:
    connection.autocommit = True
    connection.execute("SET TIME ZONE 'UTC'")
    if search_path is not None:
        connection.execute(f"SET search_path TO {search_path}")
    connection.autocommit = False


@contextmanager
def _connection_for_upgrade(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            yield from _without_foreign_keys(connection)
        else:
            with connection.begin():
                _prepare_schema(connection)
                yield connection


def _without_foreign_keys(connection: Connection) -> Iterator[Connection]:
    # A column changes by copying its table; dropping the old one would delete the rows that refer to it.
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        with connection.begin():
            yield connection
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise RuntimeError(f"The upgrade would leave broken references: {broken[:5]}")
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def _prepare_schema(connection: Connection) -> None:
    # Two processes that start at once would both create the same tables; the lock ends with the transaction.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('rasoat upgrade'))"))
    wanted = connection.scalar(text("SELECT current_setting('search_path')")) or ""
    if connection.scalar(text("SELECT current_schema()")) is None:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {wanted}"))

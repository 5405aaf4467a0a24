"""Holds back other processes while one prepares a store. The hold ends with the process, however that ends."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import sleep

from sqlalchemy import Engine, text

# The search path names the department's schema, also before it is made.
ASK = text(
    "SELECT pg_try_advisory_lock(hashtext('rasoat prepare'), hashtext(current_setting('search_path')))"
)
ASK_AGAIN_SECONDS = 0.5


@contextmanager
def only_one(engine: Engine, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Let one process at a time run the block on this store; `waiting` is called once where another is in it."""
    if engine.dialect.name == "sqlite":
        held = _hold_file(engine.url.database, waiting)
    else:
        held = _hold_schema(engine, waiting)
    with held:
        yield


@contextmanager
def _hold_file(database: str | None, waiting: Callable[[], None]) -> Iterator[None]:
    if database in (None, "", ":memory:"):
        # No other process has this store.
        yield
        return
    # An empty database beside the store: its lock works on every system, and nobody waits for it but us.
    connection = sqlite3.connect(f"{database}.preparing", timeout=0, isolation_level=None)

    def take() -> bool:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True

    try:
        _wait_for(take, waiting)
        yield
    finally:
        connection.close()


@contextmanager
def _hold_schema(engine: Engine, waiting: Callable[[], None]) -> Iterator[None]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _wait_for(lambda: bool(connection.scalar(ASK)), waiting)
        try:
            yield
        finally:
            # The lock ends with the connection, also with one that is broken.
            connection.invalidate()


def _wait_for(take: Callable[[], bool], waiting: Callable[[], None]) -> None:
    if take():
        return
    waiting()
    while not take():
        sleep(ASK_AGAIN_SECONDS)

"""Sessions, transactions and durability of both databases."""

import sqlite3
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from models import database
from models.database import make_engine, make_sessions
from tests.conftest import Store
from tests.postgres import Server

metadata = MetaData()
counter = Table("probe_counter", metadata, Column("id", Integer, primary_key=True), Column("n", Integer))
note = Table("probe_note", metadata, Column("id", Integer, primary_key=True), Column("text", String))


@pytest.fixture
def probed(store: Store) -> Store:
    metadata.create_all(store.engine)
    with store.engine.begin() as connection:
        connection.execute(insert(counter).values(id=1, n=0))
    return store


def test_reading_session_refuses_to_write(probed: Store) -> None:
    with probed.make_reading_session() as session:
        assert session.scalar(select(counter.c.n)) == 0
        with pytest.raises(DBAPIError, match=r"read-?only"):
            session.execute(update(counter).values(n=1))

    with probed.make_session() as session:
        session.execute(update(counter).values(n=1))
        session.commit()


def test_reader_neither_waits_for_a_writer_nor_sees_half_of_its_work(probed: Store) -> None:
    with probed.make_session() as writer, probed.make_reading_session() as reader:
        writer.execute(update(counter).values(n=7))

        assert reader.scalar(select(counter.c.n)) == 0
        writer.commit()


def test_writers_queue_and_none_is_lost(probed: Store) -> None:
    together = Barrier(4)

    def count_up() -> None:
        sessions = make_sessions(probed.open())
        together.wait()
        for _ in range(10):
            with sessions() as session:
                n = session.scalars(select(counter.c.n).with_for_update()).one()
                session.execute(update(counter).values(n=n + 1))
                session.commit()

    threads = [Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with probed.make_reading_session() as session:
        assert session.scalar(select(counter.c.n)) == 40


def test_new_file_is_opened_once_whoever_writes_there_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(database, "sleep", lambda seconds: other.rollback())
    engine = make_engine(f"sqlite:///{tmp_path}/new.db")

    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"

    engine.dispose()
    other.close()


def test_only_who_wrote_for_long_leaves_the_others_a_gap(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(database, "sleep", pauses.append)

    def write() -> None:
        with sqlite_store.engine.begin() as connection:
            connection.execute(text("SELECT 1"))

    monkeypatch.setattr(database, "LONG_WRITE_SECONDS", 60)
    write()
    monkeypatch.setattr(database, "LONG_WRITE_SECONDS", 0)
    with sqlite_store.make_reading_session() as session:
        session.execute(text("SELECT 1"))
    assert pauses == []

    write()

    # Longer than the others wait before they ask again.
    assert [pause > database.ASK_AGAIN_MS / 1000 for pause in pauses] == [True]


def test_rolled_back_work_leaves_nothing(probed: Store) -> None:
    with probed.make_session() as session:
        session.execute(insert(note).values(text="một nửa"))
        session.rollback()

    with probed.make_reading_session() as session:
        assert session.scalar(select(func.count()).select_from(note)) == 0


def test_savepoint_undoes_only_its_own_part(probed: Store) -> None:
    with probed.make_session() as session:
        session.execute(insert(note).values(id=1, text="giữ"))
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(insert(note).values(id=1, text="trùng"))
        session.commit()

    with probed.make_reading_session() as session:
        assert session.scalars(select(note.c.text)).all() == ["giữ"]


def test_sqlite_is_durable_and_keeps_references(sqlite_store: Store) -> None:
    with sqlite_store.engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.postgresql
def test_postgresql_connection_that_died_at_rest_is_replaced(
    postgresql_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.database.IDLE_SECONDS", -1)
    engine = make_engine(postgresql_server.url("postgres"))
    with engine.connect() as connection:
        first = connection.scalar(text("SELECT pg_backend_pid()"))
    postgresql_server.execute(f"SELECT pg_terminate_backend({first}, 5000)")

    with engine.connect() as connection:
        second = connection.scalar(text("SELECT pg_backend_pid()"))

    assert second != first
    engine.dispose()


def test_sqlite_with_a_schema_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no schemas"):
        make_engine(f"sqlite:///{tmp_path}/x.db", schema="so_a")


def test_other_databases_are_refused() -> None:
    with pytest.raises(ValueError, match="Neither"):
        make_engine("mysql://localhost/x")

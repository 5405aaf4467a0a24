"""The migrations lead to exactly the tables that the models describe."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Enum, insert, inspect, select, text

from models.base import Base
from models.calendar import Setting
from models.database import make_engine, migration_settings, upgrade
from tests.conftest import DEPARTMENT, Store
from tests.postgres import Server


def test_migrations_and_tables_agree(store: Store) -> None:
    with store.engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), Base.metadata)

    assert difference == [], "python -m models drafts the missing migration"


def test_migrations_are_one_numbered_line() -> None:
    scripts = ScriptDirectory.from_config(migration_settings())

    revisions = [script.revision for script in scripts.walk_revisions()]

    assert sorted(revisions, reverse=True) == revisions
    assert revisions[-1] == "0001"
    assert len(scripts.get_heads()) == 1


def test_every_constraint_has_a_name(store: Store) -> None:
    inspector = inspect(store.engine)

    nameless = [
        (table, constraint)
        for table in inspector.get_table_names()
        for constraint in [
            *inspector.get_foreign_keys(table),
            *inspector.get_check_constraints(table),
            *inspector.get_unique_constraints(table),
        ]
        if not constraint["name"]
    ]

    assert nameless == []


def test_states_and_kinds_may_be_stored(store: Store) -> None:
    """The comparison above does not look into CHECK constraints."""
    inspector = inspect(store.engine)
    refused = [
        (table.name, column.name, member)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Enum)
        for member in column.type.enums
        if not any(
            f"'{member}'" in check["sqltext"]
            for check in inspector.get_check_constraints(table.name)
            if str(check["name"]).endswith(str(column.type.name))
        )
    ]

    assert refused == []


def test_upgrading_again_changes_nothing(store: Store) -> None:
    before = inspect(store.engine).get_table_names()

    upgrade(store.engine)

    assert inspect(store.engine).get_table_names() == before


def test_processes_that_start_at_once_upgrade_once_on_sqlite(tmp_path: Path) -> None:
    _upgrade_by_four([make_engine(f"sqlite:///{tmp_path}/new.db") for _ in range(4)])


@pytest.mark.postgresql
def test_processes_that_start_at_once_upgrade_once_on_postgresql(postgresql_server: Server) -> None:
    postgresql_server.execute("CREATE DATABASE upgraded_at_once")
    url = postgresql_server.url("upgraded_at_once")

    _upgrade_by_four([make_engine(url, DEPARTMENT) for _ in range(4)])


@pytest.mark.postgresql
def test_departments_share_a_database_and_see_nothing_of_each_other(postgresql_server: Server) -> None:
    postgresql_server.execute("CREATE DATABASE two_departments")
    url = postgresql_server.url("two_departments")
    here, there = (make_engine(url, schema) for schema in ("so_a", 'Sở "B"'))
    for engine in (here, there):
        upgrade(engine)

    with here.begin() as connection:
        connection.execute(insert(Setting).values(key="only_here", value={"a": 1}))

    assert _settings(here) == ["only_here"]
    assert _settings(there) == []
    for engine in (here, there):
        engine.dispose()


def _settings(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(Setting.key)))


def _upgrade_by_four(engines: list[Engine]) -> None:
    with ThreadPoolExecutor(len(engines)) as pool:
        list(pool.map(upgrade, engines))

    for engine in engines:
        assert "task" in inspect(engine).get_table_names()
        engine.dispose()


@pytest.mark.postgresql
def test_postgresql_leaves_the_room_that_tables_ask_for(
    make_postgresql_store: Callable[[], Store],
) -> None:
    wanted = {
        table.name: [f"fillfactor={options['fillfactor']}"]
        for table in Base.metadata.tables.values()
        if (options := table.dialect_options["postgresql"]["with"])
    }
    query = text("SELECT relname, reloptions FROM pg_class WHERE relkind = 'r'")

    store = make_postgresql_store()
    with store.engine.connect() as connection:
        found = {row.relname: row.reloptions for row in connection.execute(query)}
    store.close()

    assert wanted
    assert {name: found.get(name) for name in wanted} == wanted

"""A campaign at work, built once for the whole run; each test goes on from a copy."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from models.school import Pupil
from tests.cast import World
from tests.conftest import MONDAY, SqliteStores, Store
from tests.web.work.office import Office, fill_store
from web.composition import composition
from workflows.clock import FixedClock


@pytest.fixture(scope="session")
def opened_world(
    make_sqlite_store: Callable[[Path], Store], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Build the world once; its store is only copied."""
    store = make_sqlite_store(tmp_path_factory.mktemp("opened"))
    world = fill_store(store, FixedClock(MONDAY))
    store.close()
    yield world
    store.close()


@pytest.fixture
def sqlite_store(opened_world: World, sqlite_stores: SqliteStores) -> Iterator[Store]:
    """Give a store in which the campaign is open."""
    store = sqlite_stores.make(Path(str(opened_world.store.url.database)))
    yield store
    sqlite_stores.take_back(store)


@pytest.fixture
def office(app: Flask, opened_world: World, sqlite_store: Store, clock: FixedClock) -> Office:
    """Give the application at work on the open campaign."""
    world = opened_world.on(sqlite_store, clock, composition(app).engine)
    return Office(app, world)


@pytest.fixture
def reviewing(office: Office) -> Office:
    """The officer reviews the staff."""
    office.assign_officer()
    return office


@pytest.fixture
def confirming(reviewing: Office) -> Office:
    """The homeroom teacher is asked to confirm the own record."""
    reviewing.world.complete("officer", "review_record", "ready", subject="Chủ Nhiệm")
    return reviewing


@pytest.fixture
def class_task(office: Office) -> int:
    """Give the homeroom teacher's review of 6A, in which the first pupil's birth date is impossible."""
    first = office.world.pupils("6A")[0].id

    def spoil(work: object) -> None:
        pupil = work.session.get(Pupil, first)  # type: ignore[attr-defined]
        pupil.record = {**pupil.record, "birth_date": "31/02/2011"}

    office.world.do(spoil)
    return office.task_id("review_pupils", "6A")


@pytest.fixture
def checking(office: Office) -> Office:
    """Both classes wait for the head."""
    office.bring_to_check("6A", "homeroom")
    office.bring_to_check("6B", "colleague")
    return office

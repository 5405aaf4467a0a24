"""Houses at certain points of the story: each is brought there once by people before pages, then copied."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import chain
from tests.acceptance.house import House, Model, found_house, keep
from tests.conftest import MONDAY, Store
from workflows.clock import FixedClock

Copy = Callable[[Model], House]


@pytest.fixture(scope="session")
def make_model(
    make_sqlite_store: Callable[[Path], Store], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Model]:
    """Give a function that founds a house, lets the story run to some point, and keeps it for copying."""

    def make(*acts: Callable[[House], Any], **options: Any) -> Model:
        folder = tmp_path_factory.mktemp("house")
        house = found_house(make_sqlite_store(folder), FixedClock(MONDAY), folder, **options)
        for act in acts:
            act(house)
        return keep(house)

    return make


@pytest.fixture(scope="session")
def opened(make_model: Callable[..., Model]) -> Model:
    """Keep a house in which the campaign was opened a minute ago."""
    return make_model(chain.open_campaign)


@pytest.fixture(scope="session")
def staff_reported(make_model: Callable[..., Model]) -> Model:
    """Keep a house whose officer has handed over: the head is to check the staff."""
    return make_model(chain.open_campaign, chain.staff_reported)


@pytest.fixture(scope="session")
def classes_reported(make_model: Callable[..., Model]) -> Model:
    """Keep a house with three classes that wait for the head."""
    names = ("6A", "6B", "6C")
    reports = [lambda house, name=name: chain.class_reported(house, name) for name in names]
    return make_model(chain.open_campaign, *reports, classes=names)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Give a function that copies a kept house and opens it for this test."""
    living: list[House] = []

    def open_one(model: Model, **options: Any) -> House:
        living.append(model.copy(tmp_path / f"house-{len(living)}", **options))
        return living[-1]

    yield open_one
    for house in living:
        house.close()

"""One house on each database, founded once, of which every test gets a copy."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.bench.stores import open_stores
from tests.faults.installation import Houses
from tests.small_disk import has_small_disks

# Room for the server, the founded house, its copies and their logs.
DISK_MEGABYTES = 250


@pytest.fixture(scope="session")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    """Give houses whose PostgreSQL server forgets nothing when it is killed, and may run out of disk."""
    folder = tmp_path_factory.mktemp("houses")
    disk = DISK_MEGABYTES if has_small_disks() else 0
    # Who waits for one another, as cancelling and completing do, is told so soon.
    settings = {"fsync": "off", "deadlock_timeout": "50ms"}
    with open_stores(folder, disk_megabytes=disk, **settings) as stores, ExitStack() as ends:
        yield Houses(stores, folder / "founded", ends)

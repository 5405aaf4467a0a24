"""One installation for one scene: a house in the middle of a campaign, its processes, and the people who work."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

from sqlalchemy.engine import URL

from tests.acceptance import chain
from tests.acceptance.house import House, found_house
from tests.conftest import MONDAY, Store
from tests.faults.load import Act, Worker, commenting, deciding
from tests.faults.processes import PATIENCE, Process, Processes
from tests.faults.proxy import Proxy
from tests.faults.verdict import Verdict, judge, number_due
from workflows.clock import FixedClock

# How often each scene is played; a long run plays it with other chances each time.
ROUNDS = int(os.environ.get("RASOAT_FAULT_ROUNDS", "1"))
KEY = "only for tests, but long enough for everybody"


@dataclass
class Installation:
    """A house and its processes."""

    house: House
    processes: Processes

    @property
    def kind(self) -> str:
        """Say which database it is."""
        return self.house.world.store.kind

    def at_work(self, *web: Process) -> "AtWork":
        """Give people who work, in a `with` block, behind these web processes."""
        return AtWork(self, [process.address for process in web])

    def wait_for_the_clock(self, now: datetime | None = None) -> None:
        """Wait until nothing is due any more."""
        wait_until(lambda: number_due(self.house, now or datetime.now(UTC)) == 0)


class AtWork:
    """Two teachers who decide on their pupils and the head who writes comments; judged after they have stopped."""

    def __init__(self, place: Installation, addresses: Sequence[str]) -> None:
        self._place = place
        self._addresses = list(addresses)
        self.people: list[Worker] = []

    def __enter__(self) -> "AtWork":
        world, there = self._place.house.world, self._addresses
        for name, login in (("6A", "homeroom"), ("6B", "colleague")):
            task = world.task("review_pupils", name)
            deeds = deciding(task.id, [pupil.id for pupil in world.pupils(name)])
            self.people.append(Worker(login, there, deeds).start(f"/tasks/{task.id}"))
        record = world.task("review_record", chain.full_name("visiting"))
        self.people.append(
            Worker("principal", there[::-1], commenting(record.id)).start(f"/tasks/{record.id}")
        )
        return self

    def __exit__(self, *_: object) -> None:
        for person in self.people:
            person.ask_to_stop()
        for person in self.people:
            person.stop()

    @property
    def acts(self) -> list[Act]:
        """What everybody did."""
        return [act for person in self.people for act in person.journal]

    def wait_for(self, more: int) -> None:
        """Wait until so many more acts were acknowledged."""
        wanted = self._acknowledged() + more
        wait_until(lambda: self._acknowledged() >= wanted or any(person.error for person in self.people))

    def verdict(self, now: datetime | None = None) -> Verdict:
        """Judge what they did."""
        return judge(self._place.house, self.acts, now)

    def _acknowledged(self) -> int:
        return sum(act.answer == 303 for act in self.acts)


@contextmanager
def open_installation(store: Store, folder: Path, reached_at: URL | None = None) -> Iterator[Installation]:
    """Found a house whose campaign was opened years ago: for the clock of this host everything is late.

    `reached_at` is where its processes find the database, when not where the test does.
    """
    folder.mkdir(exist_ok=True)
    house = found_house(store, FixedClock(MONDAY), folder, pupils=6)
    chain.open_campaign(house)
    chain.assign_officer(house)
    house.parts.database.dispose()
    settings = {
        "RASOAT_DATA": str(folder),
        "RASOAT_DATABASE": (reached_at or store.url).render_as_string(hide_password=False),
        "RASOAT_SCHEMA": store.schema or "",
        "RASOAT_SECRET_KEY": KEY,
        "RASOAT_LOGINS_PER_MINUTE": "10000",
    }
    processes = Processes(folder, settings)
    try:
        yield Installation(house, processes)
    finally:
        processes.close()
        house.parts.database.dispose()


def through(url: URL, proxy: Proxy) -> URL:
    """Give the address of a database behind a proxy."""
    query = {"host": "127.0.0.1", "port": str(proxy.port), "sslmode": "disable", "gssencmode": "disable"}
    return url.set(query=query)


def wait_until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait for something; a test that waits too long has failed."""
    deadline = monotonic() + seconds
    while not true():
        assert monotonic() < deadline
        sleep(0.1)

"""One installation for one scene: a house in the middle of a campaign, its processes, and the people who work."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

from sqlalchemy.engine import URL

from tests.acceptance import chain
from tests.acceptance.house import House, found_house
from tests.bench.stores import Stores
from tests.conftest import MONDAY
from tests.faults.load import Act, Worker, commenting, deciding
from tests.faults.processes import PATIENCE, Process, Processes
from tests.faults.proxy import Proxy
from tests.faults.verdict import Verdict, judge, number_due
from tests.postgres import Server
from workflows.clock import FixedClock

KEY = "only for tests, but long enough for everybody"


@dataclass
class Installation:
    """A house and its processes."""

    house: House
    processes: Processes
    # Of a house on PostgreSQL.
    server: Server | None = None
    # The line to that server, where it may break.
    line: Proxy | None = None

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

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        for person in self.people:
            person.ask_to_stop()
        if failure is not None:
            # Whoever waits for an answer may wait for ever: no process may be left that gives one.
            return
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


class Houses:
    """Founds a house on each database once, and gives every scene a copy of its own.

    Its campaign was opened years ago: for the clock of this host everything is late.
    """

    def __init__(self, stores: Stores, folder: Path, ends: ExitStack) -> None:
        folder.mkdir()
        self.stores = stores
        # Of the founded houses; templates are compiled there, too.
        self._folder = folder
        self._ends = ends
        self._founded: dict[str, House] = {}

    @contextmanager
    def open(self, kind: str, folder: Path, *, by_line: bool = False) -> Iterator[Installation]:
        """Give an installation whose processes lie in a folder; with `by_line` their line to the server may break."""
        original = self._original(kind)
        folder.mkdir(parents=True, exist_ok=True)
        with self.stores.copy_of(original.world.store) as store, ExitStack() as ends:
            house = House(original.world.on(store, FixedClock(original.world.clock.now())), folder)
            ends.callback(house.parts.database.dispose)
            place = Installation(house, Processes(folder, self._folder))
            ends.callback(place.processes.close)
            if kind == "postgresql":
                place.server = self.stores.server
                # Killed before the next one, PostgreSQL 15 would give numbers of a copied database twice.
                place.server.execute("CHECKPOINT")
            if by_line:
                place.line = Proxy(self.stores.server.folder)
                ends.callback(place.line.close)
            place.processes.settings |= {
                "RASOAT_DATA": str(folder),
                "RASOAT_DATABASE": _reached(store.url, place.line).render_as_string(hide_password=False),
                "RASOAT_SCHEMA": store.schema or "",
                "RASOAT_SECRET_KEY": KEY,
                "RASOAT_LOGINS_PER_MINUTE": "10000",
            }
            yield place

    def _original(self, kind: str) -> House:
        if kind not in self._founded:
            store = self._ends.enter_context(self.stores.empty(kind))
            house = found_house(store, FixedClock(MONDAY), self._folder, pupils=6)
            chain.open_campaign(house)
            chain.assign_officer(house)
            house.close()
            self._founded[kind] = house
        return self._founded[kind]


def _reached(url: URL, line: Proxy | None) -> URL:
    """Give the address of a database as the processes see it."""
    if line is None:
        return url
    query = {"host": "127.0.0.1", "port": str(line.port), "sslmode": "disable", "gssencmode": "disable"}
    return url.set(query=query)


def wait_until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait for something; a test that waits too long has failed."""
    deadline = monotonic() + seconds
    while not true():
        assert monotonic() < deadline
        sleep(0.1)

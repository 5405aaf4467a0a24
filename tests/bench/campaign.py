"""A whole campaign on PostgreSQL: a department's schools, staff and classes opened, worked through and closed.

A worker of the product opens what is opened bit by bit and goes on beside the clients: it prints minutes and seals
the journal. Two clients play everybody by the product's own commands (`people`), each takes the next school that is
left. In the end all is counted: what is open, what the journal tells, what the clients did.
"""

import logging
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from threading import Event, Thread
from time import perf_counter, sleep
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.engine import URL

from models.campaign import Campaign, CampaignState
from models.document import Document
from models.instance import Incident, InstanceState, ProcessInstance, Timer, TimerState
from models.journal import JournalEntry, JournalKind, JournalSeal
from models.task import Task, TaskState
from tests.bench.figures import Figure, Progress
from tests.bench.over_http import working
from tests.bench.people import Done, People
from tests.bench.stores import Stores, kinds, settle
from tests.bench.territory import DEPARTMENT, DEPARTMENT_OFFICER, SCHOOL_YEAR, Territory, build
from tests.conftest import Store
from workflows.commands.administration import shipping
from workflows.commands.running.spawning import MORE, START
from workflows.commands.steering.campaigns import DeadlineRule, close_campaign, open_campaign
from workflows.unit_of_work import UnitOfWork

PROCEDURES = Path(__file__).parent.parent.parent / "bpmn"
CLIENTS = 2
DUE_IN_DAYS = {"staff": 15, "class": 16, "school": 19, "report": 21}
LOOK_SECONDS = 0.2


def _size(
    schools: int, districts: int = 30, staff: int = 32, classes: int = 16, pupils: int = 45
) -> Territory:
    return Territory(schools, districts, staff, classes, pupils)


FULL, QUICK, TINY = _size(2_500), _size(3, districts=1), _size(2, 1, staff=4, classes=2, pupils=3)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process finds the store."""

    kind: str
    url: URL
    schema: str | None

    def open(self) -> Store:
        """Open it with connections of this process."""
        return Store(self.kind, self.url, self.schema)


@dataclass(slots=True)
class Measured:
    """What was measured on the way."""

    bytes_before: int
    opening_command: float = 0.0
    opening: float = 0.0
    longest_transaction: float = 0.0
    working: float = 0.0
    closing: float = 0.0
    opener_mb: float = 0.0
    worker_mb: float = 0.0


def run(stores: Stores, size: Territory, progress: Progress) -> Iterator[Figure]:
    """Measure on PostgreSQL; without it there is nothing to measure."""
    if "postgresql" in kinds():
        with stores.empty("postgresql") as store:
            yield from _measure(store, size, progress)


def _measure(store: Store, size: Territory, progress: Progress) -> Iterator[Figure]:
    def told(what: str) -> Callable[[int, int], None]:
        return lambda done, total: progress.show(f"campaign: {what}", done, total)

    begun = perf_counter()
    with store.engine.connect() as connection:
        build(connection, size, lambda table, done, total: told(table)(done, total))
    People(store).do(lambda work: shipping.ship(work, PROCEDURES))
    settle(store)
    built = perf_counter() - begun
    place = Place(store.kind, store.url, store.schema)
    measured = Measured(_bytes(store))
    context = multiprocessing.get_context("spawn")
    counter: Synchronized[int] = context.Value("q", 0)
    with (
        working(store) as worker,
        context.Pool(CLIENTS, _begin_client, (counter,)) as clients,
    ):
        # What a process reads when it begins is not part of what it does.
        clients.map(peak_mb, ["self"] * CLIENTS, chunksize=1)
        campaign_id = _open(store, place, clients, measured, told("opening"))
        begun = perf_counter()
        everything = (place, campaign_id, size.school_ids)
        working_on = clients.map_async(_work, [everything] * CLIENTS, chunksize=1)
        while not working_on.ready():
            told("schools begun")(counter.value, size.schools)
            working_on.wait(LOOK_SECONDS)
        done: Sequence[Done] = working_on.get()
        measured.working = perf_counter() - begun
        told("closing")(0, 1)
        last: Done
        last, measured.closing = clients.apply(_close, (place, campaign_id))
        measured.worker_mb = peak_mb(worker)
    yield Figure("campaign", "postgresql", "seconds_of_building", round(built, 1), "s")
    yield from _figures(store, size, [*done, last], measured)


def _open(
    store: Store, place: Place, clients: Any, measured: Measured, told: Callable[[int, int], None]
) -> int:
    """Open the campaign, and wait until the worker has begun every school."""
    with _Longest(store) as longest:
        begun = perf_counter()
        campaign_id, measured.opening_command, measured.opener_mb = clients.apply(_begin, (place,))
        waiting = select(func.count()).where(
            Timer.state == TimerState.WAITING, Timer.token.in_((MORE, START))
        )
        most = 0
        while left := _count(store, waiting):
            most = max(most, left)
            told(most - left, most)
            sleep(LOOK_SECONDS)
        measured.opening = perf_counter() - begun
    measured.longest_transaction = longest.seconds
    return int(campaign_id)


def _begin(place: Place) -> tuple[int, float, float]:
    """Open the campaign as the officer of the department does; give it with the seconds and the memory it took."""
    people = People(place.open())
    now = people.clock.now()
    rules = [DeadlineRule(key, "", now + timedelta(days=days)) for key, days in DUE_IN_DAYS.items()]

    def act(work: UnitOfWork) -> int:
        return open_campaign(
            work,
            actor=people.actor(work, DEPARTMENT_OFFICER),
            unit_id=DEPARTMENT,
            title="Rà soát toàn thành phố",
            title_en="Review of the whole city",
            school_year=SCHOOL_YEAR,
            deadlines=rules,
        ).id

    begun = perf_counter()
    campaign_id = people.do(act)
    seconds = perf_counter() - begun
    people.store.close()
    return campaign_id, seconds, peak_mb()


_counter: "Synchronized[int] | None" = None


def _begin_client(counter: "Synchronized[int]") -> None:
    global _counter
    _counter = counter
    logging.disable(logging.INFO)


def _next(schools: Sequence[int]) -> int | None:
    """Take the next school that no client has begun, so that both have work until the end."""
    assert _counter is not None
    with _counter.get_lock():
        if _counter.value == len(schools):
            return None
        _counter.value += 1
        return schools[_counter.value - 1]


def _work(everything: tuple[Place, int, Sequence[int]]) -> Done:
    """Play the people of the schools that the other client does not take."""
    place, campaign_id, schools = everything
    people = People(place.open(), campaign_id)
    while (school := _next(schools)) is not None:
        people.finish(school)
    people.store.close()
    people.done.memory_mb = peak_mb()
    return people.done


def _close(place: Place, campaign_id: int) -> tuple[Done, float]:
    """Sum up and close as the officer of the department does; give the seconds of closing."""
    people = People(place.open(), campaign_id)
    begun = perf_counter()
    people.finish(DEPARTMENT)
    people.do(
        lambda work: close_campaign(
            work, actor=people.actor(work, DEPARTMENT_OFFICER), campaign_id=campaign_id
        )
    )
    seconds = perf_counter() - begun
    people.store.close()
    people.done.memory_mb = peak_mb()
    return people.done, seconds


def _figures(store: Store, size: Territory, done: Sequence[Done], measured: Measured) -> Iterator[Figure]:
    def figure(name: str, value: float, unit: str = "1", aim: str = "") -> Figure:
        return Figure("campaign", "postgresql", name, round(value, 3), unit, aim)

    *clients, _ = done
    steps = sum((one.tasks for one in done), Counter[str]())
    completed = steps.total()
    yield figure("schools", size.schools)
    yield figure("pupils_in_a_class", size.pupils)
    yield figure("steps", completed)
    yield figure("pupils_decided", sum(one.decisions for one in done))
    yield figure("seconds_of_opening_command", measured.opening_command, "s")
    yield figure("seconds_of_opening", measured.opening, "s")
    yield figure("longest_transaction_of_opening", measured.longest_transaction, "s", "≤ 1")
    yield figure("seconds_of_working", measured.working, "s")
    yield figure("steps_per_second", sum(one.tasks.total() for one in clients) / measured.working, "1/s")
    for step in steps:
        seconds = sum(one.seconds.get(step, 0.0) for one in done)
        yield figure(f"ms_of_{step}", seconds / steps[step] * 1000, "ms")
    yield figure("slowest_step", max(one.slowest for one in done), "s")
    yield figure("seconds_of_closing", measured.closing, "s")
    for number, client in enumerate(clients, start=1):
        yield figure(f"client_{number}_mb", client.memory_mb, "MB")
    yield figure("opener_mb", measured.opener_mb, "MB")
    yield figure("worker_mb", measured.worker_mb, "MB", "< 300")
    after = _bytes(store)
    yield figure("database_mb", after / 1e6, "MB")
    yield figure("database_mb_before", measured.bytes_before / 1e6, "MB")
    yield figure("database_bytes_per_step", (after - measured.bytes_before) / completed, "B")
    yield from _checks(store, done, figure)


def _checks(store: Store, done: Sequence[Done], figure: Callable[..., Figure]) -> Iterator[Figure]:
    """Count what is left over, and hold the journal against what the clients did."""
    counted = {
        JournalKind.CAMPAIGN_OPENED: 1,
        JournalKind.CAMPAIGN_CLOSED: 1,
        JournalKind.TASK_COMPLETED: sum(one.tasks.total() for one in done),
        JournalKind.PUPILS_DECIDED: sum(one.approvals for one in done),
        JournalKind.SUBJECT_APPROVED: sum(one.decisions for one in done),
        JournalKind.SIGNED: sum(one.signatures for one in done),
    }
    with store.make_reading_session() as session:
        by_kind = select(JournalEntry.kind, func.count()).group_by(JournalEntry.kind)
        entries: dict[str, int] = dict(session.execute(by_kind).all())
    unfinished = select(func.count()).where(ProcessInstance.state != InstanceState.FINISHED)
    not_completed = select(func.count()).where(Task.state != TaskState.COMPLETED)
    still_open = select(func.count()).where(Campaign.state != CampaignState.CLOSED)
    yield figure("instances", _count(store, select(func.count(ProcessInstance.id))))
    yield figure("instances_not_finished", _count(store, unfinished), aim="0")
    yield figure("tasks_not_completed", _count(store, not_completed), aim="0")
    yield figure("campaigns_not_closed", _count(store, still_open), aim="0")
    yield figure("incidents", _count(store, select(func.count(Incident.id))), aim="0")
    differs = sum(abs(entries.get(kind, 0) - count) for kind, count in counted.items())
    yield figure("journal_differs", differs, aim="0")
    yield figure("journal_entries", sum(entries.values()))
    sealed = select(func.coalesce(func.sum(JournalSeal.entries), 0))
    yield figure("journal_sealed_meanwhile", _count(store, sealed))
    printed = select(func.count()).where(Document.pdf_digest.is_not(None))
    yield figure("documents", _count(store, select(func.count(Document.id))))
    yield figure("documents_printed_meanwhile", _count(store, printed))


def peak_mb(process_id: int | str = "self") -> float:
    """Give the most memory that a process has had so far; 0 where the system does not tell it."""
    told = Path(f"/proc/{process_id}/status")
    if not told.exists():
        return 0.0
    lines = dict(line.split(":", 1) for line in told.read_text().splitlines())
    # A process that has ended uses none any more; whoever started it says so.
    return round(int(lines.get("VmHWM", "0 kB").split()[0]) / 1024, 1)


def _bytes(store: Store) -> int:
    return _count(store, select(func.pg_database_size(func.current_database())))


def _count(store: Store, query: Any) -> int:
    with store.make_reading_session() as session:
        return int(session.scalar(query) or 0)


class _Longest:
    """How long the longest transaction of others took while the block ran."""

    _QUERY = text(
        "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stop = Event()
        self._thread = Thread(target=self._watch)
        self.seconds = 0.0

    def __enter__(self) -> "_Longest":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        with self._store.engine.connect() as connection:
            watching: Connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            while not self._stop.wait(LOOK_SECONDS / 4):
                self.seconds = max(self.seconds, float(watching.scalar(self._QUERY)))

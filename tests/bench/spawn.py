"""Opening a step for 100,000 children: rows a second until all are there, and how long others wait meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from time import perf_counter, sleep

from sqlalchemy import func, select, update

from models.campaign import SubjectKind
from models.instance import ProcessInstance
from models.person import Person
from models.task import Task
from tests.bench.figures import Figure, Progress
from tests.bench.school import add_campaign, add_staff, publish_drawings
from tests.bench.stores import Stores, kinds, settle
from tests.cast import World, build_world
from tests.conftest import MONDAY, Store
from web.collecting import keep_what_is_there
from workflows.clock import FixedClock
from workflows.commands.due import timers
from workflows.commands.running import moves
from workflows.commands.running.runs import insert_run
from workflows.commands.running.spawning import CHUNK
from workflows.commands.running.terms import calendar_of
from workflows.scheduler import row_by_row
from workflows.unit_of_work import UnitOfWork, begin_work


@dataclass(frozen=True, slots=True)
class Size:
    """How many children."""

    children: int


FULL, QUICK, TINY = Size(100_000), Size(5_000), Size(5)


def run(stores: Stores, size: Size, progress: Progress) -> Iterator[Figure]:
    """Measure on each database."""
    for kind in kinds():
        with stores.empty(kind) as store:
            world = build_world(store, FixedClock(MONDAY), pupils=0)
            _, parent_version = publish_drawings(world)
            with store.make_session() as session:
                campaign_id = add_campaign(session, world)
                for first in range(0, size.children, 10_000):
                    add_staff(session, world, campaign_id, min(10_000, size.children - first))
                    progress.show(f"spawn {kind}: staff", first, size.children)
                session.commit()
            # The holidays, which a process loads once, are not what a row costs.
            world.do(lambda work: calendar_of(work, world.units["school"]).add_workdays(work.now, 1))  # noqa: B023
            settle(store)
            # As each process of the product does when it has started.
            keep_what_is_there()
            other = _Other(store, world.people["principal"])
            with other:
                begun = perf_counter()
                world.do(partial(_begin, world, parent_version, campaign_id))
                opening = perf_counter() - begun
                _work(world, size.children, progress)
                seconds = perf_counter() - begun
            yield from _figures(store, size, seconds, opening, other.longest)


def _begin(world: World, version_id: int, campaign_id: int, work: UnitOfWork) -> None:
    run = insert_run(
        work.connection,
        work.now,
        version_id=version_id,
        campaign_id=campaign_id,
        unit_id=world.units["school"],
        subject_kind=SubjectKind.SCHOOL,
        subject_id=world.units["school"],
        subject_name="Trường Mẫu",
        start_values={"officer": world.people["officer"]},
    )
    moves.start(work, run)


def _work(world: World, children: int, progress: Progress) -> None:
    """Do what a worker does with the timers that ask for the next chunks."""
    begin = partial(begin_work, world.store.make_session, world.engine, world.clock)
    fire = row_by_row(begin, timers.due_timers, timers.fire_one, timers.postpone)
    done = 0
    while fire(1):
        done += 1
        progress.show(f"spawn {world.store.kind}: chunks", done, children // CHUNK)


def _figures(store: Store, size: Size, seconds: float, opening: float, longest: float) -> Iterator[Figure]:
    with store.make_reading_session() as session:
        rows = sum(session.scalar(select(func.count(model.id))) or 0 for model in (ProcessInstance, Task))
    aimed = size == FULL
    yield Figure("spawn", store.kind, "rows", rows, "1")
    rate = round(rows / seconds)
    yield Figure("spawn", store.kind, "rows_per_second", rate, "1/s", "≥ 20,000" if aimed else "")
    yield Figure("spawn", store.kind, "first_transaction_ms", round(opening * 1000), "ms")
    yield Figure("spawn", store.kind, "others_waited_at_most_ms", round(longest * 1000), "ms", "≤ 1,000")


class _Other:
    """Somebody else who writes all the time, and how long one of their writes took at most."""

    def __init__(self, store: Store, person_id: int) -> None:
        self._store = store
        self._person_id = person_id
        self._stop = Event()
        self._thread = Thread(target=self._write)
        self.longest = 0.0

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _write(self) -> None:
        while not self._stop.is_set():
            begun = perf_counter()
            with self._store.engine.begin() as connection:
                connection.execute(
                    update(Person).where(Person.id == self._person_id).values(honorific="Thầy")
                )
            self.longest = max(self.longest, perf_counter() - begun)
            sleep(0.05)

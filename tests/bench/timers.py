"""Timers that are due at the same minute: one worker fires each exactly once while people look at their inbox."""

import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import quantiles
from time import perf_counter, sleep
from typing import Any

from sqlalchemy import func, insert, literal, select

from models.instance import ProcessInstance, Timer, TimerState
from models.task import Task
from tests.bench.figures import Figure, Progress
from tests.bench.over_http import Visitor, open_account, serving, working
from tests.bench.stores import Stores, kinds, settle
from tests.cast import World, build_world
from tests.conftest import MONDAY, Store
from tests.engine.diagrams import border, definitions, end, flow, start, timer, user
from workflows.clock import FixedClock

PATIENCE = 600


@dataclass(frozen=True, slots=True)
class Size:
    """How many timers are due."""

    timers: int


FULL, QUICK, TINY = Size(10_000), Size(500), Size(5)


def run(stores: Stores, size: Size, progress: Progress) -> Iterator[Figure]:
    """Measure on each database."""
    for kind in kinds():
        with stores.empty(kind) as store:
            world = build_world(store, FixedClock(MONDAY), pupils=0)
            _fill(world, size.timers)
            open_account(store, world.people["principal"])
            settle(store)
            with serving(store) as address, multiprocessing.get_context("spawn").Pool(1) as people:
                stop = multiprocessing.Manager().Event()
                looks = people.apply_async(_look, (address, stop))
                begun = perf_counter()
                with working(store):
                    _wait(store, size.timers, progress)
                    seconds = perf_counter() - begun
                stop.set()
                times = looks.get(timeout=PATIENCE)
            yield from _figures(store, size, seconds, times)


def _drawing() -> str:
    late = border("late", "a", timer("timeDuration", "PT1H"), interrupts=False)
    body = start() + user("a", rs__assignee="head()") + late + user("told", rs__assignee="head()") + end()
    return definitions(body + flow("s", "a", "e") + flow("late", "told", "e"), key="timed").decode()


def _fill(world: World, count: int) -> None:
    """Start one instance whose timer is due in an hour of years ago, and copy it row by row."""
    world.publish("timed", _drawing())

    world.begin("timed")
    copied: tuple[Any, ...] = (ProcessInstance, Task, Timer)
    with world.store.engine.begin() as connection:
        last = {model: connection.scalar(select(func.max(model.id))) for model in copied}
        numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
        numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < count - 1))
        for model in copied:
            columns = {column.name: column for column in model.__table__.columns}
            columns["id"] = last[model] + numbers.c.n
            if "instance_id" in columns:
                columns["instance_id"] = last[ProcessInstance] + numbers.c.n
            source = model.__table__.join(numbers, literal(True))
            copies = select(*columns.values()).select_from(source).where(model.id == last[model])
            connection.execute(insert(model.__table__).from_select(list(columns), copies))
            if world.store.kind == "postgresql":
                sequence = func.pg_get_serial_sequence(literal(model.__tablename__), "id")
                connection.execute(select(func.setval(sequence, last[model] + count)))


def _wait(store: Store, count: int, progress: Progress) -> None:
    end = perf_counter() + PATIENCE
    query = select(func.count()).where(Timer.state == TimerState.WAITING)
    while perf_counter() < end:
        with store.make_reading_session() as session:
            left = session.scalar(query) or 0
        progress.show(f"timers {store.kind}", count - left, count)
        if not left:
            return
        sleep(0.2)
    raise RuntimeError("The worker did not fire all timers in time")


def _look(address: str, stop: Any) -> list[float]:
    """Look at the inbox about once a second, as a busy school does, until told to stop; give the seconds of each."""
    visitor, times = Visitor(address), []
    while not stop.is_set() or len(times) < 2:
        begun = perf_counter()
        visitor.inbox()
        times.append(perf_counter() - begun)
        sleep(0.5)
    return times


def _figures(store: Store, size: Size, seconds: float, times: list[float]) -> Iterator[Figure]:
    aimed = size == FULL
    yield Figure("timers", store.kind, "seconds", round(seconds, 2), "s", "≤ 60" if aimed else "")
    yield Figure("timers", store.kind, "per_second", round(size.timers / seconds, 1), "1/s")
    with store.make_reading_session() as session:
        opened = session.scalar(select(func.count()).where(Task.element_id == "told")) or 0
    yield Figure("timers", store.kind, "not_exactly_once", abs(opened - size.timers), "1", "0")
    slow = quantiles(times, n=20)[18]
    yield Figure("timers", store.kind, "inbox_p95_ms", round(slow * 1000, 1), "ms", "< 1,000")

"""The first page of an inbox with more and more open tasks in the store.

The person holds one role. One task in a hundred is theirs and one in a hundred waits for their role, so that the
inbox grows with the store and a page is found by walking an index, not because there is little to find.
"""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.campaign import SubjectKind
from models.instance import InstanceState, ProcessInstance
from models.task import Task, TaskState
from tests.bench.figures import Figure, Progress
from tests.bench.school import CHILD, STEPS, child_drawing
from tests.bench.stores import Stores, kinds, settle
from tests.cast import World, build_world
from tests.conftest import MONDAY, Store
from workflows.actor import Actor, actor_of
from workflows.clock import FixedClock
from workflows.commands.running.terms import local_date
from workflows.policy.calendar import LOCAL_ZONE
from workflows.policy.person_names import sort_key
from workflows.queries.work.inbox import PAGE, Bounds, counts_of, inbox_of, page_statement
from workflows.queries.work.inbox_list import Days, InboxFilter, shape_of, values_of

ROWS_AT_ONCE = 10_000
# Tasks of one instance in these stores; how they share instances does not matter to an inbox.
TASKS_OF_ONE = 1_000
SHARE = 100
GIVEN = ("An", "Bình", "Chi", "Dũng", "Hà", "Lan", "Minh", "Ngân", "Sơn", "Tú")
EVERYTHING = InboxFilter()
DAYS = Days(MONDAY, ZoneInfo(LOCAL_ZONE))


@dataclass(frozen=True, slots=True)
class Size:
    """How many open tasks, and how often each store is asked."""

    open_tasks: tuple[int, ...]
    rounds: int


FULL, QUICK, TINY = Size((10_000, 100_000, 1_000_000), 60), Size((2_000, 10_000), 20), Size((200, 400), 1)


@dataclass(slots=True)
class _Place:
    """One filled store and the person whose inbox is asked for."""

    store: Store
    actor: Actor


def run(stores: Stores, size: Size, progress: Progress) -> Iterator[Figure]:
    """Measure on each database."""
    for kind in kinds():
        with ExitStack() as opened:
            places = {}
            for count in size.open_tasks:
                store = opened.enter_context(stores.empty(kind))
                places[count] = _Place(store, fill(store, count, progress))
                settle(store)
            pages: dict[int, list[float]] = {count: [] for count in places}
            statements: dict[int, list[float]] = {count: [] for count in places}
            for number in range(size.rounds + 1):
                for count, place in places.items():
                    pages[count].append(_page(place))
                    statements[count].append(_statements(place))
                progress.show(f"inbox {kind}", number + 1, size.rounds + 1)
            # The first round warms up.
            yield from _figures(kind, _from_second(statements), _from_second(pages), places)


def fill(store: Store, count: int, progress: Progress, share: int = SHARE) -> Actor:
    """Put so many open tasks into an empty store; give the actor whose inbox is looked at.

    One in `share` is the actor's, and one in `share` waits for the role the actor holds.
    """
    world = build_world(store, FixedClock(MONDAY), pupils=0)
    version_id = world.publish(CHILD, child_drawing())
    chance = random.Random(count)
    with store.make_session() as session:
        for first in range(0, count, ROWS_AT_ONCE):
            numbers = range(first, min(first + ROWS_AT_ONCE, count))
            instances = _instances(session, world, version_id, len(numbers))
            session.execute(
                insert(Task),
                [
                    _task(
                        world, version_id, instances[(number - first) // TASKS_OF_ONE], number, share, chance
                    )
                    for number in numbers
                ],
            )
            progress.show(f"inbox {store.kind}: {count:,} tasks", numbers[-1] + 1, count)
        session.commit()
    with store.engine.connect() as connection:
        actor = actor_of(connection, world.people["officer"], local_date(MONDAY))
        # What they hold is read when it is first asked for; later this connection is closed.
        assert actor.held
        return actor


def _instances(session: Session, world: World, version_id: int, tasks: int) -> list[int]:
    row = {
        "version_id": version_id,
        "unit_id": world.units["school"],
        "subject_kind": SubjectKind.SCHOOL,
        "subject_id": world.units["school"],
        "state": InstanceState.RUNNING,
        "started_at": MONDAY,
    }
    wanted = -(-tasks // TASKS_OF_ONE)
    return list(session.scalars(insert(ProcessInstance).returning(ProcessInstance.id), [row] * wanted))


def _task(
    world: World, version_id: int, instance_id: int, number: int, share: int, chance: random.Random
) -> dict[str, Any]:
    """Give a task to the person, to the role the person holds, or to others."""
    holders: dict[str, Any] = {"assignee_id": None, "role": None, "role_unit_id": None}
    if number % share == 0:
        holders["assignee_id"] = world.people["officer"]
    elif number % share == 1:
        holders.update(role="employee", role_unit_id=world.units["school"])
    elif number % 2:
        others = sorted(set(world.people) - {"officer"})
        holders["assignee_id"] = world.people[others[number % len(others)]]
    else:
        holders.update(role="head", role_unit_id=world.units[("school", "other_school")[number % 4 // 2]])
    return {
        **holders,
        "instance_id": instance_id,
        "version_id": version_id,
        "unit_id": world.units["school"],
        "subject_kind": SubjectKind.STAFF,
        "subject_id": number,
        "subject_name": f"Giáo Viên Thử {number:07}",
        "search_text": f"giao vien thu {number:07} ra soat ho so",
        "sort_key": sort_key(f"{number:07} Thử {chance.choice(GIVEN)}"),
        "element_id": STEPS["review"][0],
        "token": str(number),
        "state": TaskState.OPEN,
        "opened_at": MONDAY - timedelta(minutes=chance.randrange(10_000)),
        "due_at": MONDAY + timedelta(minutes=chance.randrange(-10_000, 40_000)),
    }


def _page(place: _Place) -> float:
    """Give the seconds of asking for the first page."""
    with place.store.make_reading_session() as session:
        # The connection is there before the clock runs: the figure is the database's.
        session.connection()
        begun = perf_counter()
        page = inbox_of(session, place.actor, EVERYTHING, DAYS)
        seconds = perf_counter() - begun
    assert page.rows
    return seconds


def _statements(place: _Place) -> float:
    """Give the seconds that the database and its driver take for the first page, without SQLAlchemy."""
    statement = page_statement(shape_of(place.actor), False)
    filled = statement.params({**values_of(place.actor), "most": PAGE + 1})
    query = str(filled.compile(place.store.engine, compile_kwargs={"literal_binds": True}))
    with place.store.engine.connect() as connection:
        cursor = connection.connection.cursor()
        begun = perf_counter()
        cursor.execute(query)
        cursor.fetchall()
        seconds = perf_counter() - begun
        cursor.close()
    return seconds


def _from_second(times: dict[int, list[float]]) -> dict[int, list[float]]:
    return {count: some[1:] for count, some in times.items()}


def _figures(
    kind: str, statements: dict[int, list[float]], pages: dict[int, list[float]], places: dict[int, _Place]
) -> Iterator[Figure]:
    smallest, largest = min(statements), max(statements)
    pairs = zip(statements[largest], statements[smallest], strict=True)
    ratio = median(big / small for big, small in pairs)
    full = largest == max(FULL.open_tasks)
    yield Figure(
        "inbox", kind, f"time_at_{largest}_to_{smallest}", round(ratio, 3), "1", "≤ 2" if full else ""
    )
    for count, some in statements.items():
        yield Figure("inbox", kind, f"database_ms_at_{count}", round(median(some) * 1000, 3), "ms", "≤ 10 ms")
    for count, some in pages.items():
        yield Figure("inbox", kind, f"page_ms_at_{count}", round(median(some) * 1000, 3), "ms")
    for count, place in places.items():
        yield Figure("inbox", kind, f"counts_ms_at_{count}", round(_counts(place) * 1000, 3), "ms")


def _counts(place: _Place) -> float:
    """Give the seconds of counting the whole inbox, a fiftieth of the store."""
    bounds = Bounds(MONDAY, MONDAY + timedelta(hours=16), MONDAY + timedelta(days=6))
    with place.store.make_reading_session() as session:
        counts_of(session, place.actor, EVERYTHING, bounds)
        begun = perf_counter()
        counts_of(session, place.actor, EVERYTHING, bounds)
        return perf_counter() - begun

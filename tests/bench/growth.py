"""Whether a step gets slower with the number of open children beside it, and what a finished child leaves behind.

Stores of all sizes lie side by side and take turns: in each round every one of them completes as many children as
the others, and gets as many new ones afterwards, unmeasured, so that its size holds.
"""

import gc
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from sqlalchemy import LargeBinary, cast, func, select

from models.instance import InstanceState, ProcessInstance
from tests.bench.figures import Figure, Progress
from tests.bench.school import Review, School, build_school, enrol, reviews_of
from tests.bench.sides import Ours
from tests.bench.stores import Stores, kinds, settle


@dataclass(frozen=True, slots=True)
class Size:
    """How many open children, in how many rounds, and how many each store completes in one."""

    open_children: tuple[int, ...]
    rounds: int
    children: int


FULL = Size((100, 1_000, 10_000, 100_000), 15, 25)
QUICK = Size((100, 1_000), 5, 10)
TINY = Size((4, 8), 1, 2)


@dataclass(slots=True)
class _Place:
    """One store with its school, and the children whose turn is next."""

    school: School
    ours: Ours
    next: list[Review]


def run(stores: Stores, size: Size, progress: Progress) -> Iterator[Figure]:
    """Measure on each database."""
    for kind in kinds():
        with ExitStack() as opened:
            places = {}
            for number, count in enumerate(size.open_children, start=1):
                progress.show(f"growth {kind}: {count:,} children", number, len(size.open_children))
                store = opened.enter_context(stores.empty(kind))
                school = build_school(store, count + size.children)
                settle(store)
                first = reviews_of(school)[: size.children]
                places[count] = _Place(school, Ours(store, school.officer_id), first)
            times = []
            for number in range(size.rounds + 1):
                times.append({count: _round(places[count]) for count in _turned(list(places), number)})
                progress.show(f"growth {kind}", number + 1, size.rounds + 1)
            # The first round warms up.
            yield from _figures(kind, times[1:], size, places)


def _turned(counts: list[int], number: int) -> list[int]:
    return counts[number % len(counts) :] + counts[: number % len(counts)]


def _round(place: _Place) -> float:
    """Complete both steps of the children whose turn it is; give the seconds."""
    reviews, ours = place.next, place.ours
    gc.collect()
    begun = perf_counter()
    for review in reviews:
        ours.review(review)
    seconds = perf_counter() - begun
    ours.between(reviews)
    begun = perf_counter()
    for review in reviews:
        ours.confirm(review)
    seconds += perf_counter() - begun
    place.next = enrol(place.school, len(reviews))
    return seconds


def _figures(
    kind: str, times: list[dict[int, float]], size: Size, places: dict[int, _Place]
) -> Iterator[Figure]:
    smallest, largest = min(size.open_children), max(size.open_children)
    ratio = median(one[smallest] / one[largest] for one in times)
    aim = "≥ 0.8" if largest == max(FULL.open_children) else ""
    yield Figure("growth", kind, f"rate_at_{largest}_to_{smallest}", round(ratio, 3), "1", aim)
    for count in size.open_children:
        milliseconds = median(one[count] for one in times) / size.children / 2 * 1000
        yield Figure("growth", kind, f"ms_at_{count}", round(milliseconds, 3), "ms")
    yield Figure(
        "growth", kind, "state_per_finished_child", _state_of_finished(places[smallest]), "B", "≤ 1,500 B"
    )


def _state_of_finished(place: _Place) -> float:
    """Average what the engine keeps of a finished child."""
    kept = (
        ProcessInstance.engine_state,
        ProcessInstance.undo_state,
        ProcessInstance.result,
        ProcessInstance.start_values,
    )
    lengths = [func.coalesce(func.length(cast(column, LargeBinary)), 0) for column in kept]
    if place.school.world.store.kind == "postgresql":
        lengths = [func.coalesce(func.octet_length(column), 0) for column in kept]
    query = select(*(func.avg(length) for length in lengths)).where(
        ProcessInstance.group_id == place.school.group_id, ProcessInstance.state == InstanceState.FINISHED
    )
    row = place.school.world.read(lambda session: session.execute(query).one())
    return round(float(sum(row)), 1)

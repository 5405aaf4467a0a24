"""What completing a step costs, against the same rows by plain SQLAlchemy Core and against bare SpiffWorkflow.

Each client is a process of its own. In every round each side completes as many steps as the others, in rotating
order; a ratio is that of one round, and the figure is the median of the rounds.
"""

import gc
import logging
import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL

from tests.bench.figures import Figure, Progress
from tests.bench.school import STEPS, Review, build_school, reviews_of
from tests.bench.sides import Bare, Floor, Ours, Sample, Side, take_sample
from tests.bench.stores import Stores, kinds, settle
from tests.conftest import Store

SIDES = ("ours", "floor", "bare")
# `workflows.engine` tells SpiffWorkflow to keep no records of each change; bare runs as it comes.
LOGGERS = ("spiff", "spiff.task", "spiff.workflow", "spiff.data")
# Children that stay open all the time: the group is never near its end.
SPARE = 300
# The other sides prepare statements as psycopg does by itself.
DRIVER_DEFAULTS = {"postgresql": {"prepare_threshold": 5}}
# A client that hears nothing for so long gives up instead of hanging.
PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Size:
    """How many rounds, and how many children each side completes in one (two steps each)."""

    rounds: int
    children: int


FULL, QUICK, TINY = Size(15, 30), Size(5, 10), Size(1, 2)

# What one client has to do: by round and side, the children.
Work = list[dict[str, list[Review]]]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a client's process is told."""

    kind: str
    url: URL
    schema: str | None
    officer_id: int
    sample: Sample
    work: Work


def run(stores: Stores, size: Size, progress: Progress) -> Iterator[Figure]:
    """Measure on each database, with one client and with two."""
    for kind in kinds():
        for clients in (1, 2):
            name = kind if clients == 1 else f"{kind}_two_clients"
            with stores.empty(kind) as store:
                yield from _measure(store, name, clients, size, progress)


def _measure(store: Store, name: str, clients: int, size: Size, progress: Progress) -> Iterator[Figure]:
    rounds = size.rounds + 1
    each = clients * size.children
    school = build_school(store, 1 + rounds * each * 2 + SPARE + 2)
    sampled, *reviews = reviews_of(school)
    sample = take_sample(store, school, sampled)
    Bare(store.engine).prepare(reviews[: rounds * each])
    settle(store)
    assignments = [
        Assignment(
            store.kind,
            store.url,
            store.schema,
            school.officer_id,
            sample,
            _work_of(reviews, client, clients, rounds, size.children),
        )
        for client in range(clients)
    ]
    times = list(_in_processes(assignments, rounds, lambda done: progress.show(f"step {name}", done, rounds)))
    # The first round warms up statements, caches and pages.
    yield from _figures(name, times[1:], each * len(STEPS))
    if clients == 1 and store.kind == "sqlite":
        yield Figure(
            "step", name, "statements_per_completion", _statements(store, school.officer_id, reviews[-1]), "1"
        )


def _work_of(reviews: Sequence[Review], client: int, clients: int, rounds: int, children: int) -> Work:
    """Give one client its children; bare takes the same ones, in its own table."""
    work: Work = []
    for number in range(rounds):
        first = (number * clients + client) * children
        ours, floor = first, first + rounds * clients * children
        work.append(
            {
                "ours": list(reviews[ours : ours + children]),
                "floor": list(reviews[floor : floor + children]),
                "bare": list(reviews[ours : ours + children]),
            }
        )
    return work


def _in_processes(assignments: list[Assignment], rounds: int, shown: Any) -> Iterator[dict[str, float]]:
    """Start the clients together and give each round's seconds by side, as the first client saw them."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(len(assignments))
    receiver, sender = context.Pipe(duplex=False)
    processes = [
        context.Process(
            target=_client, args=(assignment, barrier, sender if number == 0 else None), daemon=True
        )
        for number, assignment in enumerate(assignments)
    ]
    for process in processes:
        process.start()
    sender.close()
    try:
        for done in range(rounds):
            if not receiver.poll(PATIENCE_SECONDS):
                raise TimeoutError("A client of the bench does not answer")
            yield receiver.recv()
            shown(done + 1)
        for process in processes:
            process.join(PATIENCE_SECONDS)
    finally:
        for process in processes:
            process.kill()


def _client(assignment: Assignment, barrier: Barrier, results: Pipe | None) -> None:
    """Work through the rounds, at each phase in step with the other clients."""
    store = Store(assignment.kind, assignment.url, assignment.schema)
    plain = Store(
        assignment.kind, assignment.url, assignment.schema, DRIVER_DEFAULTS.get(assignment.kind, {})
    )
    sides: dict[str, Side] = {
        "ours": Ours(store, assignment.officer_id),
        "floor": Floor(plain.engine, assignment.sample),
        "bare": Bare(plain.engine),
    }
    for number, work in enumerate(assignment.work):
        times = {}
        for turn in range(len(SIDES)):
            name = SIDES[(number + turn) % len(SIDES)]
            for logger in LOGGERS:
                logging.getLogger(logger).setLevel(logging.NOTSET if name == "bare" else logging.WARNING)
            times[name] = _slice(sides[name], work[name], barrier)
        if results is not None:
            results.send(times)
    store.close()
    plain.close()


def _slice(side: Side, reviews: list[Review], barrier: Barrier) -> float:
    """Complete both steps of these children and give the seconds until the last client is through."""
    seconds = 0.0
    for step in STEPS:
        complete = getattr(side, step)
        if step == "confirm":
            side.between(reviews)
        gc.collect()
        barrier.wait(PATIENCE_SECONDS)
        begun = perf_counter()
        for review in reviews:
            complete(review)
        barrier.wait(PATIENCE_SECONDS)
        seconds += perf_counter() - begun
    return seconds


def _figures(name: str, times: Sequence[dict[str, float]], completions: int) -> Iterator[Figure]:
    for other, aim in (("floor", "≥ 0.4"), ("bare", "≥ 1.0")):
        ratios = sorted(one[other] / one["ours"] for one in times)
        yield Figure("step", name, f"ratio_to_{other}", round(median(ratios), 3), "1", aim)
        # The spread: a quarter of the rounds lies below, a quarter above.
        for quarter in (1, 3):
            value = ratios[len(ratios) * quarter // 4]
            yield Figure("step", name, f"ratio_to_{other}_q{quarter}", round(value, 3), "1")
    for side in SIDES:
        milliseconds = median(one[side] for one in times) / completions * 1000
        yield Figure("step", name, f"{side}_ms", round(milliseconds, 3), "ms")


def _statements(store: Store, officer_id: int, review: Review) -> float:
    """Count what goes to the database for a step, begin and commit included."""
    counted: list[str] = []

    def watch(connection: Any, *_: object) -> None:
        connection.set_trace_callback(counted.append)

    ours = Ours(store, officer_id)
    event.listen(store.engine, "checkout", watch)
    ours.review(review)
    review_only = len(counted)
    ours.between([review])
    looked_up = len(counted)
    ours.confirm(review)
    event.remove(store.engine, "checkout", watch)
    return (review_only + len(counted) - looked_up) / len(STEPS)

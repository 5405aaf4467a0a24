"""Whether any damaged diagram breaks or holds up the check: thousands, ours and of other tools, damaged by chance.

One process checks them all, so that thousands take minutes; it tells after each how long it took, and the parent
ends it when one takes too long. A few go through the command of the product, child process and all.
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter

from tests.bench.figures import Figure, Progress
from tests.bench.stores import Stores
from tests.engine.damage import battered, damaged
from workflows.engine import check
from workflows.engine.check_process import judged

HOUSE = Path(__file__).resolve().parents[2]
SOURCES = sorted([*HOUSE.glob("bpmn/*/*.bpmn"), *HOUSE.glob("tests/engine/foreign/*.bpmn")])
LONGEST = 5.0  # seconds for one file
BATTERED = 5  # every fifth is damaged byte by byte and mostly no XML any more


@dataclass(frozen=True, slots=True)
class Size:
    """How many damaged files, and how many of them through the whole command."""

    files: int
    commands: int


FULL = Size(20_000, 200)
QUICK = Size(1_500, 10)
TINY = Size(30, 1)


@dataclass(slots=True)
class _Tally:
    """What became of the files; `crashes` and `hangs` name their seeds, so that one can be looked at."""

    accepted: int = 0
    slowest: float = 0.0
    spent: float = 0.0
    crashes: list[int] = field(default_factory=list)
    hangs: list[int] = field(default_factory=list)


def file_of(seed: int) -> bytes:
    """Give the damaged file of a seed, always the same."""
    chance = random.Random(seed)
    source = SOURCES[seed % len(SOURCES)].read_bytes()
    return (battered if seed // len(SOURCES) % BATTERED == 0 else damaged)(source, chance)


def run(stores: Stores, size: Size, progress: Progress) -> Iterator[Figure]:
    """Check all files; no store has a part in it."""
    tally = _Tally()
    seed = 0
    while seed < size.files:
        seed = _stretch(seed, size.files, tally, progress)
    for number in range(size.commands):
        progress.show("lint: whole commands", number, size.commands)
        began = perf_counter()
        problems = check(file_of(number * 7))
        tally.slowest = max(tally.slowest, perf_counter() - began)
        if any(problem.code == "check_failed" for problem in problems):
            tally.crashes.append(number * 7)
    for name, seeds in (("crash", tally.crashes), ("hang", tally.hangs)):
        if seeds:
            print(f"lint: {name} with the seeds {seeds[:20]}", file=sys.stderr)
    yield Figure("lint", "-", "files", size.files, "1", "20,000")
    yield Figure("lint", "-", "crashes", len(tally.crashes), "1", "0")
    yield Figure("lint", "-", "over_5_s", len(tally.hangs), "1", "0")
    yield Figure("lint", "-", "slowest", tally.slowest, "s", "under 5 s")
    yield Figure("lint", "-", "per_second", size.files / max(tally.spent, 1e-9), "1/s")
    yield Figure("lint", "-", "still_accepted", tally.accepted / size.files, "1")


def _stretch(first: int, last: int, tally: _Tally, progress: Progress) -> int:
    """Check from one seed on until the end or until the process breaks or hangs; give the seed to go on with."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(theirs, first, last), daemon=True)
    worker.start()
    theirs.close()
    ours.recv()  # it has started; what follows is timed
    seed = first
    try:
        for seed in range(first, last):
            if not ours.poll(LONGEST):
                tally.hangs.append(seed)
                return seed + 1
            crashed, accepted, took = ours.recv()
            if crashed:
                tally.crashes.append(seed)
            tally.accepted += accepted
            tally.slowest, tally.spent = max(tally.slowest, took), tally.spent + took
            if seed % 50 == 0:
                progress.show("lint: damaged diagrams", seed, last)
    except EOFError:  # not even Python was left
        tally.crashes.append(seed)
        return seed + 1
    finally:
        worker.kill()
        worker.join()
    return last


def _work(pipe: Connection, first: int, last: int) -> None:
    pipe.send("ready")
    for seed in range(first, last):
        xml = file_of(seed)
        began = perf_counter()
        try:
            problems, _ = judged(xml, ())
        except Exception:  # noqa: BLE001  (whatever it is, it is what the bench looks for)
            pipe.send((True, False, perf_counter() - began))
            continue
        accepted = not any(problem["severity"] == "error" for problem in problems)
        pipe.send((False, accepted, perf_counter() - began))

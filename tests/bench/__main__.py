"""Measure the product: `python3 run.py bench [NAME…] [--quick] [--json]`; `docs/benchmarks.md` explains the figures."""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests import postgres
from tests.bench import campaign, faults, growth, inbox, linting, loop, over_http, spawn, step, timers
from tests.bench.figures import Figure, Progress, table
from tests.bench.stores import Stores, kinds, open_stores


@dataclass(frozen=True, slots=True)
class Bench:
    """A bench with the sizes it runs in."""

    run: Callable[[Stores, Any, Progress], Iterator[Figure]]
    full: Any
    quick: Any
    # Small enough for the test suite; its figures say nothing.
    tiny: Any


BENCHES = {
    "step": Bench(step.run, step.FULL, step.QUICK, step.TINY),
    "growth": Bench(growth.run, growth.FULL, growth.QUICK, growth.TINY),
    "inbox": Bench(inbox.run, inbox.FULL, inbox.QUICK, inbox.TINY),
    "lint": Bench(linting.run, linting.FULL, linting.QUICK, linting.TINY),
    "loop": Bench(loop.run, loop.FULL, loop.QUICK, loop.TINY),
    "spawn": Bench(spawn.run, spawn.FULL, spawn.QUICK, spawn.TINY),
    "timers": Bench(timers.run, timers.FULL, timers.QUICK, timers.TINY),
    "campaign": Bench(campaign.run, campaign.FULL, campaign.QUICK, campaign.TINY),
    "faults": Bench(faults.run, faults.FULL, faults.QUICK, faults.TINY),
    "http": Bench(over_http.run, over_http.FULL, over_http.QUICK, over_http.TINY),
}


def main(arguments: list[str]) -> int:
    """Run the benches asked for and print their figures."""
    parser = argparse.ArgumentParser(prog="run.py bench", description="Measure the product.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; all without")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="end within a minute; rougher figures")
    size.add_argument("--tiny", action="store_true", help="only show that the benches work")
    parser.add_argument("--json", action="store_true", help="one JSON object per figure and line")
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.names if name not in BENCHES]:
        parser.error(f"no such bench: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    if kinds() == ["sqlite"]:
        print(f"PostgreSQL is skipped. To measure it: {postgres.HOW_TO_ENABLE}.", file=sys.stderr)
    progress, figures = Progress(), []
    with open_stores() as stores:
        for name in asked.names or BENCHES:
            bench = BENCHES[name]
            wanted = bench.tiny if asked.tiny else bench.quick if asked.quick else bench.full
            for figure in bench.run(stores, wanted, progress):
                progress.clear()
                figures.append(figure)
                if asked.json:
                    print(figure.as_json(), flush=True)
    if not asked.json:
        print(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

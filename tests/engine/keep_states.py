"""Keeps states of running instances, so that later releases can show that they still load and finish them.

Run once for a release, `python -m tests.engine.keep_states 2026-12`; what is kept is never changed afterwards.
"""

import json
import random
import sys
from pathlib import Path

from tests.engine import diagrams
from tests.engine.test_fuzz import AROUND, RICH, move
from workflows.engine import ProcessEngine, Snapshot

STATES = Path(__file__).parent / "states"
# Walks through the diagram, and how many of their states are kept.
WALKS, KEPT = 40, 30


def keep(release: str) -> Path:
    """Walk through the diagram that has every kind of element, and keep different states with what waits in each."""
    found: dict[tuple[object, ...], dict[str, object]] = {}
    for seed in range(WALKS):
        chance, groups = random.Random(seed), set[str]()
        engine = ProcessEngine(lambda version: RICH)
        snapshot = engine.start(1, {}, AROUND)
        while not snapshot.finished:
            groups = (groups | {group.token for group in snapshot.groups}) - set(snapshot.cancelled_groups)
            waits = waiting(snapshot)
            found.setdefault(tuple(map(tuple, waits.values())), {**waits, "state": snapshot.state.decode()})
            snapshot = move(engine, snapshot, groups, chance)
    path = STATES / f"{release}.json"
    path.parent.mkdir(exist_ok=True)
    kept = list(found.values())[:KEPT]
    path.write_text(json.dumps({"xml": RICH.decode(), "states": kept}, indent=1) + "\n", encoding="utf-8")
    return path


def waiting(snapshot: Snapshot) -> dict[str, list[str]]:
    """Name what waits, by elements."""
    return {
        "steps": sorted(step.element_id for step in snapshot.steps),
        "timers": sorted(timer.element_id for timer in snapshot.timers),
        "events": sorted(one.element_id for one in snapshot.awaited),
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(keep(sys.argv[1]).relative_to(Path(diagrams.__file__).parent))

"""States of every release load, wait for what they waited for, and finish (`tests/engine/keep_states.py`)."""

import json
import random
from pathlib import Path

import pytest

from tests.engine.keep_states import STATES, waiting
from tests.engine.test_fuzz import AROUND, move
from workflows.engine import ProcessEngine

RELEASES = sorted(STATES.glob("*.json"))
# Moves after which a walk has ended.
LONGEST = 120


def test_states_were_kept() -> None:
    assert RELEASES


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_state_of_a_release_loads_and_finishes(path: Path) -> None:
    kept = json.loads(path.read_text(encoding="utf-8"))
    xml = kept["xml"].encode()
    for number, one in enumerate(kept["states"]):
        engine = ProcessEngine(lambda version: xml)
        snapshot = engine.read(1, one["state"].encode(), AROUND)
        assert waiting(snapshot) == {key: one[key] for key in ("steps", "timers", "events")}

        chance, groups = random.Random(number), set(snapshot.calls)
        for _ in range(LONGEST):
            if snapshot.finished:
                break
            snapshot = move(engine, snapshot, groups, chance)
            groups = (groups | {group.token for group in snapshot.groups}) - set(snapshot.cancelled_groups)
        assert snapshot.finished, f"state {number} went on for ever"

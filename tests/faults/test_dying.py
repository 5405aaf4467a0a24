"""Processes die at each point of an act, stand still in the middle of one, or have a clock that is wrong."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.conftest import Store
from tests.faults.clocks import clock_forward_and_back
from tests.faults.dying import killed_at_each_point, one_worker_stands_still
from tests.faults.installation import ROUNDS, Installation, open_installation
from tests.faults.verdict import Verdict


@pytest.mark.slow
@pytest.mark.parametrize(
    "scene",
    [killed_at_each_point, one_worker_stands_still, clock_forward_and_back],
    ids=lambda one: one.__name__,
)
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_every_act_is_done_once(
    store: Store, tmp_path: Path, scene: Callable[[Installation, Random], Verdict], round_number: int
) -> None:
    with open_installation(store, tmp_path) as place:
        verdict = scene(place, Random(round_number))

    assert verdict.faults == []
    assert verdict.acknowledged + verdict.clockwork > 10

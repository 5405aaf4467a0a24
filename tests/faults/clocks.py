"""Scenes in which the clock of the host goes wrong: forward, back, and forward again."""

from datetime import UTC, datetime, timedelta
from random import Random
from time import sleep

from tests.conftest import MONDAY
from tests.faults.child import BEAT_SECONDS, Faults
from tests.faults.installation import Installation
from tests.faults.verdict import Verdict, judge

# After the last deadline of the campaign, and the last rung of its ladders.
END = MONDAY + timedelta(days=40)


def clock_forward_and_back(place: Installation, random: Random) -> Verdict:
    """Let two workers live through a campaign on a clock that jumps ahead and falls back again and again."""
    file = place.processes.folder / "clock"
    _set(place, MONDAY)
    workers = [place.processes.worker(Faults(clock=file)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.wait_until_ready()
    reached = MONDAY
    while reached < END:
        reached += timedelta(days=random.uniform(5, 15))
        _set(place, reached)
        place.wait_for_the_clock(reached)
        # Everything that was due is so no more; nothing may become due once more on the way back up.
        _set(place, reached - timedelta(days=random.uniform(1, 20)))
        sleep(2 * BEAT_SECONDS)
    _set(place, reached)
    place.wait_for_the_clock(reached)
    sleep(2 * BEAT_SECONDS)
    return judge(place.house, [], reached)


def _set(place: Installation, instant: datetime) -> None:
    """Put the clock of all processes to an instant, at once."""
    file = place.processes.folder / "clock"
    beside = file.with_suffix(".new")
    beside.write_text(str((instant - datetime.now(UTC)).total_seconds()))
    beside.replace(file)

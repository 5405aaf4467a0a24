"""What gets lost, doubled or stays unexplained while processes, server, lines, disk and clock fail at work.

The scenes are those of `tests/faults`, each with other chances in every round.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.bench.figures import Figure, Progress
from tests.bench.stores import Stores, kinds
from tests.faults.breaking import line_cut_in_commit, server_restarted_at_once
from tests.faults.clocks import clock_forward_and_back
from tests.faults.dying import killed_at_each_point, one_worker_stands_still
from tests.faults.filling import disk_full
from tests.faults.installation import Installation, open_installation, through
from tests.faults.proxy import Proxy
from tests.faults.together import approval_against_return, one_form_twenty_times
from tests.faults.verdict import Verdict

Scene = Callable[[Stores, str, Path, Random], Verdict]


@dataclass(frozen=True, slots=True)
class Size:
    """How often each scene is played, and how many of them."""

    rounds: int
    scenes: int


FULL, QUICK, TINY = Size(20, 99), Size(1, 99), Size(1, 1)


def run(stores: Stores, size: Size, progress: Progress) -> Iterator[Figure]:
    """Play the scenes on each database and add up what the judge says."""
    for kind in kinds():
        total, scenes = Verdict(), SCENES[kind][: size.scenes]
        for number in range(size.rounds * len(scenes)):
            progress.show(f"faults: {kind}", number, size.rounds * len(scenes))
            with TemporaryDirectory(prefix="rasoat-bench-") as folder:
                total += scenes[number % len(scenes)](stores, kind, Path(folder), Random(number))
        for wrong in total.faults[:20]:
            print(f"faults: {kind}: {wrong}", file=sys.stderr)
        yield Figure("faults", kind, "acknowledged", total.acknowledged, "1")
        yield Figure("faults", kind, "by_the_clock", total.clockwork, "1")
        yield Figure("faults", kind, "lost", len(total.lost), "1", "0")
        yield Figure("faults", kind, "doubled", len(total.doubled), "1", "0")
        yield Figure("faults", kind, "unexplained", len(total.unexplained), "1", "0")


def _plain(play: Callable[[Installation, Random], Verdict]) -> Scene:
    def scene(stores: Stores, kind: str, folder: Path, random: Random) -> Verdict:
        with stores.empty(kind) as store, open_installation(store, folder) as place:
            return play(place, random)

    return scene


def _restarted(stores: Stores, kind: str, folder: Path, random: Random) -> Verdict:
    with stores.empty(kind) as store, open_installation(store, folder) as place:
        return server_restarted_at_once(place, stores.server, random)


def _cut(stores: Stores, kind: str, folder: Path, random: Random) -> Verdict:
    proxy = Proxy(stores.server.folder)
    try:
        with (
            stores.empty(kind) as store,
            open_installation(store, folder, through(store.url, proxy)) as place,
        ):
            return line_cut_in_commit(place, proxy, random)
    finally:
        proxy.close()


_EVERYWHERE = [
    _plain(lambda place, random: one_form_twenty_times(place)),
    _plain(lambda place, random: approval_against_return(place)),
    _plain(killed_at_each_point),
    _plain(one_worker_stands_still),
    _plain(clock_forward_and_back),
]
SCENES: dict[str, list[Scene]] = {
    "sqlite": [*_EVERYWHERE, _plain(disk_full)],
    "postgresql": [*_EVERYWHERE, _restarted, _cut],
}

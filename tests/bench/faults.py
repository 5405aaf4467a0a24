"""What gets lost, doubled or stays unexplained while processes, server, lines, disk and clock fail at work.

The scenes are those of `tests/faults`, each with other chances in every round.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.bench.figures import Figure, Progress
from tests.bench.stores import Stores, kinds, open_stores
from tests.faults.installation import Houses
from tests.faults.scenes import SCENES
from tests.faults.verdict import Verdict
from tests.small_disk import has_small_disks

# Room for the server, the founded house, its copies and their logs.
DISK_MEGABYTES = 250


@dataclass(frozen=True, slots=True)
class Size:
    """How often each scene is played, and how many of them."""

    rounds: int
    scenes: int


FULL, QUICK, TINY = Size(10, 99), Size(1, 99), Size(1, 1)


def run(stores: Stores, size: Size, progress: Progress) -> Iterator[Figure]:
    """Play the scenes on each database and add up what the judge says."""
    with TemporaryDirectory(prefix="rasoat-bench-") as folder, ExitStack() as ends:
        houses = Houses(stores, Path(folder) / "houses", ends)
        small = ends.enter_context(open_stores(disk_megabytes=DISK_MEGABYTES))
        crowded = Houses(small, Path(folder) / "crowded", ends)
        for kind in kinds():
            total = _played(kind, houses, crowded, Path(folder), size, progress)
            for wrong in total.faults[:20]:
                print(f"faults: {kind}: {wrong}", file=sys.stderr)
            yield Figure("faults", kind, "acknowledged", total.acknowledged, "1")
            yield Figure("faults", kind, "by_the_clock", total.clockwork, "1")
            yield Figure("faults", kind, "lost", len(total.lost), "1", "0")
            yield Figure("faults", kind, "doubled", len(total.doubled), "1", "0")
            yield Figure("faults", kind, "unexplained", len(total.unexplained), "1", "0")


def _played(
    kind: str, houses: Houses, crowded: Houses, folder: Path, size: Size, progress: Progress
) -> Verdict:
    scenes = [
        scene for scene in SCENES if kind in scene.kinds and (has_small_disks() or not scene.small_disk)
    ][: size.scenes]
    total, all_rounds = Verdict(), size.rounds * len(scenes)
    for number in range(all_rounds):
        progress.show(f"faults: {kind}", number, all_rounds)
        scene = scenes[number % len(scenes)]
        place = crowded if scene.small_disk else houses
        total += scene.play(place, kind, folder / f"{kind}-{number}", Random(number))
    return total

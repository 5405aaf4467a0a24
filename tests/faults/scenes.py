"""All scenes, and how one is played: tests play each once, `bench faults` again and again with other chances."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.faults.breaking import line_cut_in_commit, server_restarted_at_once
from tests.faults.clocks import clock_forward_and_back
from tests.faults.dying import killed_at_each_point, killed_at_random, one_worker_stands_still
from tests.faults.filling import disk_full, disk_of_server_full
from tests.faults.installation import Houses, Installation
from tests.faults.racing import operator_against_completion
from tests.faults.together import approval_against_return, one_form_twenty_times
from tests.faults.verdict import Verdict

BOTH = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Scene:
    """What happens, and where."""

    act: Callable[[Installation, Random], Verdict]
    kinds: tuple[str, ...] = BOTH
    # Whether the line to the server may break.
    by_line: bool = False
    # Whether the server has to lie on a small disk of its own.
    small_disk: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        return self.act.__name__

    def play(self, houses: Houses, kind: str, folder: Path, random: Random) -> Verdict:
        """Play it in a house of its own and judge it; a process that met what nobody foresaw has logged where."""
        with houses.open(kind, folder, by_line=self.by_line) as place:
            try:
                verdict = self.act(place, random)
            except Exception as error:
                for trace in place.processes.traces:
                    error.add_note(trace)
                raise
            verdict.unexplained += place.processes.traces
        return verdict


SCENES = (
    Scene(one_form_twenty_times),
    Scene(approval_against_return),
    Scene(operator_against_completion),
    Scene(killed_at_each_point),
    Scene(killed_at_random),
    Scene(one_worker_stands_still),
    Scene(clock_forward_and_back),
    Scene(disk_full, kinds=("sqlite",)),
    Scene(disk_of_server_full, kinds=("postgresql",), small_disk=True),
    Scene(server_restarted_at_once, kinds=("postgresql",)),
    Scene(line_cut_in_commit, kinds=("postgresql",), by_line=True),
)

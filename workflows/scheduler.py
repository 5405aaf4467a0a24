"""The worker: does what is due, again and again. APScheduler is its metronome and keeps nothing.

What is due stands in the database, and whoever changes a row owns it: any number of workers may run, and what
one leaves behind another finds at its next beat. Which jobs there are, the composition in `web` says.
"""

import logging
import signal
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC
from math import inf
from threading import Event, Lock
from time import monotonic

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import OperationalError

from workflows.errors import ConcurrentChange
from workflows.failures import failure_of
from workflows.unit_of_work import UnitOfWork, store_is_away

# A job that goes on failing (the database is away) is tried ever more seldom; the longest pause in between.
LONGEST_PAUSE_SECONDS = 300
# Rounds of one beat for a job that finds ever more to do.
ROUNDS = 100

Begin = Callable[[], AbstractContextManager[UnitOfWork]]

_log = logging.getLogger(__name__)
# A beat that is left out because the one before goes on is no news.
logging.getLogger("apscheduler").setLevel(logging.ERROR)


def in_one_work(begin: Begin, act: Callable[[UnitOfWork, int], int]) -> Callable[[int], int]:
    """Make a job's `run` of an act that deals with all it finds, up to a limit, in one unit of work."""

    def run(limit: int) -> int:
        with begin() as work:
            return act(work, limit)

    return run


def row_by_row(
    begin: Begin,
    due: Callable[[UnitOfWork, int], Sequence[int]],
    act: Callable[[UnitOfWork, int], bool],
    postpone: Callable[[UnitOfWork, int, str], None],
) -> Callable[[int], int]:
    """Make a job's `run` that deals with due rows one after another, each in a unit of work of its own.

    `due` lists ids; `act` tells whether there was something to do; `postpone` records the cause for a row that
    failed and pushes it ahead, so that it does not stop the rest.
    """

    def run(limit: int) -> int:
        with begin() as work:
            row_ids = due(work, limit)
        return sum(one(row_id) for row_id in row_ids)

    def one(row_id: int) -> bool:
        try:
            with begin() as work:
                return act(work, row_id)
        except ConcurrentChange:
            # Somebody else was faster; what is left to do is still due at the next beat.
            return False
        except Exception as error:
            if isinstance(error, OperationalError) and store_is_away(error):
                # Not this row's fault: the job as a whole is tried again.
                raise
            # Whatever is wrong with one row must not stop the others.
            _log.exception("Row %s failed", row_id)
            with begin() as work:
                postpone(work, row_id, failure_of(error))
            return True

    return run


@dataclass(slots=True)
class Job:
    """Something to look at every so often; `run` takes a limit and gives how many it dealt with."""

    name: str
    every_seconds: float
    run: Callable[[int], int]
    limit: int = 50
    _failures: int = field(default=0, init=False)
    _skips: int = field(default=0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def beat(self, stopping: Callable[[], bool]) -> int:
        """Run until less than the limit was due; a failure is logged, and a later beat tries again."""
        with self._lock:
            if self._skips:
                self._skips -= 1
                return 0
            return self._rounds(stopping)

    def _rounds(self, stopping: Callable[[], bool]) -> int:
        dealt_with = 0
        try:
            for _ in range(ROUNDS):
                done = self.run(self.limit)
                dealt_with += done
                if done < self.limit or stopping():
                    break
        except ConcurrentChange:
            _log.info("Job %s met somebody else half-way", self.name)
        except Exception as error:  # noqa: BLE001
            # The worker outlives everything: what is wrong with one job must not stop the others.
            self._leave_out_beats()
            if isinstance(error, OperationalError) and store_is_away(error):
                reason = " ".join(str(error.orig).split())
                _log.error("Job %s: the database does not answer (%s)", self.name, reason)
            else:
                _log.exception("Job %s failed; it leaves out %s beats", self.name, self._skips)
            return dealt_with
        if self._failures:
            _log.info("Job %s works again", self.name)
        self._failures = 0
        return dealt_with

    def _leave_out_beats(self) -> None:
        self._failures = min(self._failures + 1, 10)
        most = max(int(LONGEST_PAUSE_SECONDS / self.every_seconds) - 1, 0)
        self._skips = min(2**self._failures - 1, most)


class Worker:
    """Runs each job as often as it says, in threads, and never one job twice at a time."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = tuple(jobs)
        self._stopping = Event()
        self._metronome: BackgroundScheduler | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped since."""
        return self._metronome is not None

    def run_once(self, seconds: float = inf) -> dict[str, int]:
        """Let every job beat once in this thread, in the order given; give how many each dealt with.

        After so many seconds no job begins another round.
        """
        end = monotonic() + seconds
        return {
            job.name: job.beat(lambda: self._stopping.is_set() or monotonic() > end) for job in self._jobs
        }

    def start(self) -> None:
        """Begin to beat in the background."""
        if self._metronome is not None:
            raise RuntimeError("The worker runs already")
        self._stopping.clear()
        metronome = BackgroundScheduler(
            timezone=UTC,
            # Each job in a thread of its own: what setting type keeps in memory, it keeps once for each thread.
            executors={job.name: ThreadPoolExecutor(max_workers=1) for job in self._jobs},
            # Late beats are one beat: what was due then is due now.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in self._jobs:
            metronome.add_job(
                job.beat,
                "interval",
                args=[self._stopping.is_set],
                seconds=job.every_seconds,
                id=job.name,
                executor=job.name,
            )
        metronome.start()
        self._metronome = metronome

    def stop(self) -> None:
        """Begin nothing more, and wait until the rounds under way have ended."""
        metronome, self._metronome = self._metronome, None
        self._stopping.set()
        if metronome is not None:
            metronome.shutdown(wait=True)

    def run_until_interrupted(self) -> None:
        """Work until SIGINT or SIGTERM arrives, then stop in order; for the main thread of a process."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        self.start()
        try:
            Event().wait()
        except KeyboardInterrupt:
            _log.info("The worker stops")
        finally:
            self.stop()

"""The worker: beats that outlive failing jobs and failing rows, several workers at once, and an orderly end."""

import logging
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from threading import Event, get_ident

import pytest
from sqlalchemy import select, update

from models.calendar import Setting
from models.database import make_sessions
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.engine import ProcessEngine
from workflows.errors import ConcurrentChange
from workflows.scheduler import LONGEST_PAUSE_SECONDS, ROUNDS, Job, Worker, in_one_work, row_by_row
from workflows.unit_of_work import UnitOfWork, begin_work

Begin = Callable[[], AbstractContextManager[UnitOfWork]]
PATIENCE = 10


def no_diagrams(version_id: int) -> bytes:
    raise LookupError(version_id)


def beginning(store: Store, clock: FixedClock) -> Begin:
    """Begin work as a process of its own does."""
    return partial(begin_work, make_sessions(store.open()), ProcessEngine(no_diagrams), clock)


def never() -> bool:
    return False


def fail(_: int) -> int:
    raise RuntimeError("out of order")


# Rows of `setting` stand for anything that is due: value {"id": 1, "state": "due", "tries": 0}.


def add_rows(begin: Begin, count: int) -> None:
    with begin() as work:
        work.session.add_all(
            Setting(key=f"row {number}", value={"id": number, "state": "due"}) for number in range(count)
        )


def due_rows(work: UnitOfWork, limit: int) -> list[int]:
    due = work.session.scalars(select(Setting.value).order_by(Setting.key)).all()
    return [row["id"] for row in due if row["state"] == "due"][:limit]


def end_row(state: str, work: UnitOfWork, row_id: int) -> bool:
    ended = work.connection.execute(
        update(Setting)
        .where(Setting.key == f"row {row_id}", Setting.value == {"id": row_id, "state": "due"})
        .values(value={"id": row_id, "state": state})
    )
    return ended.rowcount == 1


def states(begin: Begin) -> list[str]:
    with begin() as work:
        return [row["state"] for row in work.session.scalars(select(Setting.value).order_by(Setting.key))]


def test_a_beat_goes_on_until_less_than_the_limit_was_due() -> None:
    due = [5, 5, 2, 5]
    limits = []

    def run(limit: int) -> int:
        limits.append(limit)
        return due.pop(0)

    assert Job("mails", 1, run, limit=5).beat(never) == 12
    assert limits == [5, 5, 5]


def test_a_beat_ends_although_there_is_ever_more_to_do() -> None:
    assert Job("mails", 1, lambda limit: limit, limit=2).beat(never) == 2 * ROUNDS


def test_a_beat_ends_between_two_rounds_when_the_worker_stops() -> None:
    assert Job("mails", 1, lambda limit: limit, limit=2).beat(lambda: True) == 2


def test_no_round_begins_when_the_time_is_over() -> None:
    jobs = [Job(name, 1, lambda limit: limit, limit=2) for name in ("timers", "ladder")]

    assert Worker(jobs).run_once(seconds=0) == {"timers": 2, "ladder": 2}


def test_a_failing_job_is_tried_ever_more_seldom(caplog: pytest.LogCaptureFixture) -> None:
    tried = []
    working = Event()

    def run(limit: int) -> int:
        tried.append(len(tried))
        return 0 if working.is_set() else fail(limit)

    job = Job("mails", 1, run)
    for _ in range(1 + 1 + 1 + 3 + 1):
        job.beat(never)
    assert len(tried) == 3
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 3
    assert "out of order" in caplog.text

    for _ in range(20 * LONGEST_PAUSE_SECONDS):
        job.beat(never)
    before = len(tried)
    for _ in range(LONGEST_PAUSE_SECONDS):
        job.beat(never)
    assert len(tried) == before + 1

    working.set()
    for _ in range(LONGEST_PAUSE_SECONDS):
        job.beat(never)
    before = len(tried)
    for _ in range(3):
        job.beat(never)
    assert len(tried) == before + 3


def test_a_meeting_with_another_worker_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    tried = []

    def run(limit: int) -> int:
        tried.append(limit)
        raise ConcurrentChange

    job = Job("seal", 1, run)
    job.beat(never)
    job.beat(never)

    assert len(tried) == 2
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


def test_a_failing_job_does_not_stop_the_others() -> None:
    worker = Worker([Job("ladder", 1, fail), Job("mails", 1, lambda limit: 3)])

    assert worker.run_once() == {"ladder": 0, "mails": 3}


def test_an_act_in_one_work_is_committed(store: Store, clock: FixedClock) -> None:
    begin = beginning(store, clock)

    def act(work: UnitOfWork, limit: int) -> int:
        work.session.add(Setting(key="done", value={"state": str(limit)}))
        return 1

    assert in_one_work(begin, act)(7) == 1
    assert states(begin) == ["7"]


def test_one_row_that_fails_is_recorded_and_does_not_stop_the_rest(
    store: Store, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    begin = beginning(store, clock)
    add_rows(begin, 4)
    causes = []

    def act(work: UnitOfWork, row_id: int) -> bool:
        done = end_row("done", work, row_id)
        if row_id == 1:
            raise ValueError("not this one")
        if row_id == 2:
            raise ConcurrentChange
        return done

    def postpone(work: UnitOfWork, row_id: int, cause: str) -> None:
        causes.append((row_id, cause))
        end_row("failed", work, row_id)

    assert row_by_row(begin, due_rows, act, postpone)(10) == 3
    assert states(begin) == ["done", "failed", "due", "done"]
    assert causes == [(1, "ValueError: not this one")]
    assert "not this one" in caplog.text


def fail_whole_store(work: UnitOfWork) -> None:
    """End the server's side of the connection, or leave the file no room."""
    if work.connection.dialect.name == "postgresql":
        work.connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    work.connection.exec_driver_sql("PRAGMA max_page_count = 1")
    # More than the pages that upgrades of the tables left free within the file.
    work.connection.exec_driver_sql("CREATE TABLE more AS SELECT zeroblob(10000000) AS filling")


def test_no_row_is_blamed_when_the_database_is_away(
    store: Store, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    begin = beginning(store, clock)
    add_rows(begin, 2)
    blamed, away = [], [False, True]

    def act(work: UnitOfWork, row_id: int) -> bool:
        if away.pop():
            fail_whole_store(work)
        return end_row("done", work, row_id)

    job = Job("timers", 1, row_by_row(begin, due_rows, act, lambda *blame: blamed.append(blame)))
    assert job.beat(never) == 0

    assert blamed == []
    assert states(begin) == ["due", "due"]
    assert "the database does not answer" in caplog.text
    assert "Traceback" not in caplog.text
    away.extend([False] * 3)
    assert [job.beat(never) for _ in range(2)] == [0, 2]


def test_several_workers_deal_with_each_row_once(store: Store, clock: FixedClock) -> None:
    begin = beginning(store, clock)
    add_rows(begin, 40)

    def postpone(work: UnitOfWork, row_id: int, cause: str) -> None:
        raise AssertionError(cause)

    def work_through(own: Begin) -> int:
        run = row_by_row(own, due_rows, partial(end_row, "done"), postpone)
        job = Job("timers", 1, run, limit=5)
        return sum(job.beat(never) for _ in range(40))

    begins = [beginning(store, clock) for _ in range(3)]
    with ThreadPoolExecutor(len(begins)) as workers:
        dealt_with = sum(workers.map(work_through, begins))

    assert states(begin) == ["done"] * 40
    assert dealt_with == 40


def test_the_worker_beats_in_the_background_until_it_is_stopped() -> None:
    beaten, others = Event(), Event()

    def run(limit: int) -> int:
        beaten.set()
        return fail(limit)

    def other(limit: int) -> int:
        if beaten.is_set():
            others.set()
        return 0

    worker = Worker([Job("ladder", 0.01, run), Job("mails", 0.01, other)])
    worker.start()
    assert worker.running
    with pytest.raises(RuntimeError):
        worker.start()
    assert others.wait(PATIENCE)
    worker.stop()

    assert not worker.running
    others.clear()
    assert not others.wait(0.1)
    worker.stop()


def test_each_job_keeps_to_one_thread() -> None:
    """What a library keeps for each thread, as setting type does, is there once."""
    beats: dict[str, list[int]] = {name: [] for name in ("documents", "seals", "mails")}
    enough = Event()

    def run(name: str, limit: int) -> int:
        beats[name].append(get_ident())
        if all(len(threads) >= 10 for threads in beats.values()):
            enough.set()
        return 0

    worker = Worker([Job(name, 0.01, partial(run, name)) for name in beats])
    worker.start()
    assert enough.wait(PATIENCE)
    worker.stop()

    assert {name: len(set(threads)) for name, threads in beats.items()} == dict.fromkeys(beats, 1)


def test_the_worker_can_be_started_again() -> None:
    beaten = Event()

    def run(limit: int) -> int:
        beaten.set()
        return 0

    worker = Worker([Job("mails", 0.01, run)])
    for _ in range(2):
        beaten.clear()
        worker.start()
        assert beaten.wait(PATIENCE)
        worker.stop()


def test_stopping_waits_for_the_round_under_way() -> None:
    begun, ended = Event(), Event()

    def run(limit: int) -> int:
        begun.set()
        # Long enough for `stop` to be called meanwhile.
        Event().wait(0.2)
        ended.set()
        return limit

    worker = Worker([Job("mails", 0.01, run)])
    worker.start()
    assert begun.wait(PATIENCE)
    worker.stop()

    assert ended.is_set()


def test_no_job_runs_twice_at_a_time() -> None:
    together: list[int] = []
    most: list[int] = []

    def run(limit: int) -> int:
        together.append(1)
        most.append(len(together))
        Event().wait(0.02)
        together.pop()
        return 0

    worker = Worker([Job("mails", 0.01, run)])
    worker.start()
    for _ in range(5):
        worker.run_once()
    worker.stop()

    assert max(most) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_ends_in_order_on_a_signal(number: signal.Signals) -> None:
    program = """
        from workflows.scheduler import Job, Worker

        def run(limit):
            print("beat", flush=True)
            return 0

        Worker([Job("mails", 0.05, run)]).run_until_interrupted()
        print("ended", flush=True)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "PYTHONPATH": "."},
        # What a script starts in the background ignores SIGINT, and so would all that it starts.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == "beat\n"
        process.send_signal(number)
        said = process.stdout.read()

    assert said.splitlines()[-1] == "ended"
    assert process.returncode == 0

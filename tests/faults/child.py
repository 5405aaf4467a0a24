"""A process of the product in which something goes wrong where a test says so; the product knows nothing of it.

It is made from outside: signals to itself where the product passes a point of an act, another time of day, a disk
without room. The process begins as a copy of one that has loaded the product already.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from threading import Lock, local
from typing import Any

import gunicorn.app.wsgiapp
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultDialect

import web.jobs
from web.app import PAGES
from web.cli import rasoat
from workflows.clock import SystemClock
from workflows.commands.due import events, ladder, timers
from workflows.scheduler import Job
from workflows.unit_of_work import UnitOfWork

# An act passes these in turn. What is due is only listed by the first; what follows the last is the answer.
POINTS = ("listed", "flush", "commit", "committed", "answer")
# A worker looks this often for what is due, so that nobody waits for it.
BEAT_SECONDS = 0.2
# SQLite's own greatest number of pages.
ROOM = 4_294_967_294
GUNICORN = "gunicorn"
# What every process would load at its start.
for page in PAGES:
    import_module(f"web.{page}")


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong; without anything the process is as an operator starts it."""

    # Where the process gets the signal, and at which of its acts.
    point: str = ""
    act: int = 1
    number: int = signal.SIGKILL
    # A file that says how many seconds the clock is wrong; it may change at any time.
    clock: Path | None = None
    # While this file exists, SQLite finds no room for another page.
    full: Path | None = None


def run(arguments: list[str], settings: dict[str, str], log: Path, templates: Path, faults: Faults) -> None:
    """Be a process of the product: `arguments` as after `python -m web`, or those of gunicorn."""
    os.setsid()
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(written, 1)
    os.dup2(written, 2)
    for name in [name for name in os.environ if name.startswith("RASOAT_")]:
        del os.environ[name]
    os.environ.update(settings)
    web.jobs.SOON = BEAT_SECONDS
    # Templates that one process has compiled serve the others too.
    Flask.jinja_options = {"bytecode_cache": _Compiled(str(templates))}
    _obey(faults)
    if arguments[0] == GUNICORN:
        sys.argv = arguments
        gunicorn.app.wsgiapp.run()
    rasoat.main(arguments, prog_name="rasoat")


def _obey(faults: Faults) -> None:
    if faults.point:
        _Course(faults).install()
    if faults.clock is not None:
        _lie_about_the_time(faults.clock)
    if faults.full is not None:
        _fill_the_disk(faults.full)


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates on the disk, if there is room."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


class _Course:
    """The course of acts through this process; at one point of one of them it gets its signal."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        # Reading what is due and logging in are no acts: who acts says so.
        self._acting = local()
        self._lock = Lock()
        self._passed = 0

    def install(self) -> None:
        """Stand at every point."""
        Flask.__call__ = self._answering(Flask.__call__)  # type: ignore[method-assign]
        UnitOfWork.flush = self._flushing(UnitOfWork.flush)  # type: ignore[method-assign]
        DefaultDialect.do_commit = self._committing(DefaultDialect.do_commit)  # type: ignore[method-assign]
        Job.beat = self._beating(Job.beat)  # type: ignore[method-assign]
        for module, name in ((timers, "fire_one"), (ladder, "climb_one"), (events, "deliver_one")):
            setattr(module, name, self._doing(getattr(module, name)))
        # First of all: on PostgreSQL the commit travels with the last statements.
        event.listen(Engine, "commit", lambda connection: self._reach("commit"), insert=True)

    def _reach(self, point: str) -> None:
        if point != self._faults.point or not getattr(self._acting, "now", False):
            return
        with self._lock:
            self._passed += 1
            if self._passed == self._faults.act:
                os.kill(os.getpid(), self._faults.number)

    @contextmanager
    def _act(self, is_one: bool) -> Iterator[None]:
        self._acting.now = is_one
        try:
            yield
        finally:
            self._acting.now = False

    def _answering(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        def answering(app: Flask, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
            acts = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith("/tasks/")
            with self._act(acts):
                self._reach("listed")
                answered = answer(app, environ, start)
                self._reach("answer")
                return answered

        return answering

    def _flushing(self, flush: Callable[[UnitOfWork], None]) -> Callable[[UnitOfWork], None]:
        def flushing(work: UnitOfWork) -> None:
            self._reach("flush")
            flush(work)

        return flushing

    def _committing(self, commit: Callable[..., None]) -> Callable[..., None]:
        def committing(dialect: DefaultDialect, connection: Any) -> None:
            commit(dialect, connection)
            self._reach("committed")

        return committing

    def _doing(self, do: Callable[[UnitOfWork, int], bool]) -> Callable[[UnitOfWork, int], bool]:
        def doing(work: UnitOfWork, row_id: int) -> bool:
            self._acting.now = True
            self._reach("listed")
            # The rest of the unit of work belongs to the act, if there was anything to do.
            self._acting.now = do(work, row_id)
            return bool(self._acting.now)

        return doing

    def _beating(self, beat: Callable[..., int]) -> Callable[..., int]:
        def beating(job: Job, stopping: Callable[[], bool]) -> int:
            done = beat(job, stopping)
            with self._act(done > 0):
                self._reach("answer")
            return done

        return beating


def _lie_about_the_time(file: Path) -> None:
    def now(self: SystemClock) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(file.read_text()))

    SystemClock.now = now  # type: ignore[method-assign]


def _fill_the_disk(file: Path) -> None:
    @event.listens_for(Engine, "begin")
    def begin(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        # Fewer pages than there are mean: not one more.
        driver.execute(f"PRAGMA max_page_count = {1 if file.exists() else ROOM}")

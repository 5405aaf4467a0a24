"""Pages over real HTTP: the product's own server on this host, people at keep-alive connections in another process.

Everybody is the officer of the school, logged in by the login page. Each phase is one kind of request, sent by all
connections as fast as the answers come.
"""

import multiprocessing
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from urllib.parse import urlencode, urlsplit

from models.person import Account
from tests.bench.figures import Figure, Progress
from tests.bench.school import STEPS, build_school, reviews_of
from tests.bench.stores import Stores, kinds, settle
from tests.conftest import Store
from workflows.passwords import Passwords

HOUSE = Path(__file__).resolve().parent.parent.parent
LOGIN, PASSWORD = "can_bo", "only for the bench"
CONNECTIONS = 4
START_SECONDS = 120
ANSWER_SECONDS = 60
_, OUTCOME = STEPS["review"]
_CSRF = re.compile(r'name="csrf-token" content="([^"]+)"')
_KEY = re.compile(r'name="request_key" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Size:
    """How many requests of each kind all connections send together, and the staff under review."""

    requests: int
    staff: int


FULL, QUICK, TINY = Size(400, 600), Size(40, 80), Size(4, 10)

# By phase: how long each request took, and how long the phase.
Times = dict[str, tuple[list[float], float]]


def run(stores: Stores, size: Size, progress: Progress) -> Iterator[Figure]:
    """Measure on each database."""
    for number, kind in enumerate(kinds()):
        progress.show("http", number, len(kinds()))
        with stores.empty(kind) as store:
            school = build_school(store, size.staff)
            open_account(store, school.officer_id)
            settle(store)
            tasks = [review.task_id for review in reviews_of(school)][: size.requests]
            with serving(store) as address, multiprocessing.get_context("spawn").Pool(1) as people:
                times = people.apply(_visit, (address, tasks))
            for phase, (each, whole) in times.items():
                yield from _figures(kind, phase, each, whole)


def open_account(store: Store, person_id: int) -> None:
    """Let somebody log in as everybody of a bench does."""
    with store.make_session() as session:
        hashed = Passwords(time_cost=1, memory_kib=8).hash(PASSWORD)
        session.add(Account(person_id=person_id, login=LOGIN, password_hash=hashed))
        session.commit()


@contextmanager
def serving(store: Store) -> Iterator[str]:
    """Run the product's server on a free port of this host and give its address."""
    with _process(store, "serve", "--port", "0", "--no-worker") as (server, log):
        yield _address_of(server, log)


@contextmanager
def working(store: Store) -> Iterator[int]:
    """Run one of the product's workers and give the id of its process."""
    with _process(store, "worker") as (worker, _):
        yield worker.pid


@contextmanager
def _process(store: Store, *command: str) -> "Iterator[tuple[subprocess.Popen[str], Path]]":
    with TemporaryDirectory(prefix="rasoat-bench-") as folder, (Path(folder) / "log").open("w+b") as log:
        environment = {
            **os.environ,
            "RASOAT_DATA": folder,
            "RASOAT_DATABASE": store.url.render_as_string(hide_password=False),
            "RASOAT_SCHEMA": store.schema or "",
            "RASOAT_DEMO": "0",
            "PYTHONUTF8": "1",
            "PYTHONUNBUFFERED": "1",
        }
        started = subprocess.Popen(
            [sys.executable, "-m", "web", *command],
            cwd=HOUSE,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield started, Path(folder) / "log"
            if started.poll() is not None:
                said = (Path(folder) / "log").read_text(errors="replace")
                raise RuntimeError(f"{command[0]} ended by itself: {said[-2000:]}")
        finally:
            started.terminate()
            started.communicate(timeout=START_SECONDS)


def _address_of(server: "subprocess.Popen[str]", log: Path) -> str:
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.search(r"http://[\w.:]+/", line):
            return found.group()
    raise RuntimeError(f"The server did not start: {log.read_text(errors='replace')[-2000:]}")


def _visit(address: str, tasks: list[int]) -> Times:
    """Send all requests, phase by phase, and time them."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        people = list(pool.map(lambda _: Visitor(address), range(CONNECTIONS)))
        shares = [tasks[number::CONNECTIONS] for number in range(CONNECTIONS)]
        times: Times = {}
        acts: dict[str, Callable[[Visitor, int], None]] = {
            "inbox": lambda visitor, task: visitor.inbox(),
            "task": lambda visitor, task: visitor.task(task),
            "complete": lambda visitor, task: visitor.complete(task),
        }
        for phase, act in acts.items():
            for visitor in people:
                act(visitor, tasks[0]) if phase != "complete" else None
            begun = perf_counter()
            each = list(pool.map(lambda pair, act=act: _timed(act, *pair), zip(people, shares, strict=True)))
            times[phase] = ([time for some in each for time in some], perf_counter() - begun)
        return times


def _timed(act: "Callable[[Visitor, int], None]", visitor: "Visitor", tasks: list[int]) -> list[float]:
    times = []
    for task in tasks:
        begun = perf_counter()
        act(visitor, task)
        times.append(perf_counter() - begun)
    return times


class Visitor:
    """One keep-alive connection of somebody who is logged in."""

    def __init__(self, address: str) -> None:
        place = urlsplit(address)
        self._connection = HTTPConnection(place.hostname or "", place.port, timeout=ANSWER_SECONDS)
        self._cookies: dict[str, str] = {}
        self._forms: dict[int, dict[str, str]] = {}
        page = self._ask("GET", "/login")
        self._ask("POST", "/login", {**_keys(page), "login": LOGIN, "password": PASSWORD}, 303)

    def inbox(self) -> None:
        """Look at the first page of the inbox."""
        self._ask("GET", "/inbox")

    def task(self, task_id: int) -> None:
        """Look at a task, and keep what its form carries."""
        self._forms[task_id] = _keys(self._ask("GET", f"/tasks/{task_id}"))

    def complete(self, task_id: int) -> None:
        """Complete a task that was looked at."""
        self._ask("POST", f"/tasks/{task_id}/complete", {**self._forms[task_id], "outcome": OUTCOME}, 303)

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None, expected: int = 200) -> str:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, urlencode(form) if form is not None else None, headers)
        answer: HTTPResponse = self._connection.getresponse()
        body = answer.read().decode()
        for header in answer.headers.get_all("Set-Cookie") or []:
            self._cookies.update({name: morsel.value for name, morsel in SimpleCookie(header).items()})
        if answer.status != expected:
            raise RuntimeError(f"{method} {path}: {answer.status}\n{body[:500]}")
        return body


def _keys(page: str) -> dict[str, str]:
    """Read what every form of a page carries."""
    found = {"csrf_token": _CSRF.search(page), "request_key": _KEY.search(page)}
    return {name: match.group(1) for name, match in found.items() if match is not None}


def _figures(kind: str, phase: str, each: list[float], whole: float) -> Iterator[Figure]:
    cuts = quantiles(each, n=20)
    yield Figure("http", kind, f"{phase}_per_second", round(len(each) / whole, 1), "1/s")
    yield Figure("http", kind, f"{phase}_p50_ms", round(cuts[9] * 1000, 1), "ms")
    yield Figure("http", kind, f"{phase}_p95_ms", round(cuts[18] * 1000, 1), "ms")

"""The benches run and print what they promise; how fast things are is not tested."""

import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.campaign import RosterEntry
from models.instance import ProcessInstance
from models.journal import JournalEntry
from models.notification import Notification
from models.task import Task
from tests.bench.__main__ import BENCHES
from tests.bench.school import Review, build_school, confirmation_of, reviews_of
from tests.bench.sides import Bare, Floor, Ours, Side, take_sample
from tests.bench.stores import kinds
from tests.conftest import Store

HOUSE = Path(__file__).resolve().parent.parent
# A figure of each bench that every store has; "-" is for what needs none.
PROMISED = {
    "step": {"ratio_to_floor", "ratio_to_bare"},
    "growth": {"state_per_finished_child"},
    "inbox": set(),
    "lint": {"crashes", "over_5_s"},
    "loop": {"ms_of_a_round", "publish_chain_ms"},
    "spawn": {"rows_per_second", "others_waited_at_most_ms"},
    "timers": {"seconds", "not_exactly_once", "inbox_p95_ms"},
    "campaign": {"steps_per_second", "database_mb", "worker_mb", "incidents", "journal_differs"},
    "faults": {"acknowledged", "lost", "doubled", "unexplained"},
    "http": {"inbox_per_second", "task_p50_ms", "complete_p95_ms"},
}
# What only a server is measured for.
OF_SERVERS = {"campaign"}
# The scenes of `faults` are played by the tests of faults themselves.
SHOWN = [name for name in BENCHES if name != "faults" and (name not in OF_SERVERS or "postgresql" in kinds())]
# What differs from person to person: only whether it is there is compared.
PERSONAL = {"id", "position", "token", "request_key", "subject_name", "search_text", "name", "sort_key"}


@pytest.mark.slow
def test_each_bench_prints_one_figure_a_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", *SHOWN, "--tiny", "--json"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(list(one) == ["bench", "store", "figure", "value", "unit"] for one in figures)
    assert {one["bench"] for one in figures} == set(SHOWN)
    for name, kind in product(SHOWN, kinds()):
        if name in OF_SERVERS and kind == "sqlite":
            continue
        given = {one["figure"] for one in figures if one["bench"] == name and one["store"] in (kind, "-")}
        assert given > PROMISED[name]


def test_what_a_bench_measures_lies_where_the_system_keeps_temporary_files() -> None:
    """The suite commits in memory; a figure says what a commit to the disk costs."""
    plain = {key: value for key, value in os.environ.items() if key != "TMPDIR"}
    asked = "import tempfile; before = tempfile.gettempdir(); tempfile.tempdir = None;"
    told = "import tests.bench.stores; assert tempfile.gettempdir() == before, tempfile.gettempdir()"

    subprocess.run([sys.executable, "-c", asked + told], cwd=HOUSE, env=plain, check=True)


def test_an_unknown_bench_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "spet"], cwd=HOUSE, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "no such bench: spet" in done.stderr


def test_the_floor_writes_what_the_product_writes(store: Store) -> None:
    school = build_school(store, 5)
    sampled, ours, floor, *_ = reviews_of(school)
    sample = take_sample(store, school, sampled)

    _complete(Ours(store, school.officer_id), store, ours)
    _complete(Floor(store.engine, sample), store, floor)

    assert _rows(store, floor) == _rows(store, ours)


def test_bare_comes_to_the_end(sqlite_store: Store) -> None:
    school = build_school(sqlite_store, 3)
    bare, review = Bare(sqlite_store.engine), reviews_of(school)[0]
    bare.prepare([review])

    bare.review(review)
    bare.confirm(review)

    assert bare.is_completed(review)


def _complete(side: Side, store: Store, review: Review) -> None:
    side.review(review)
    side.between([review])
    with store.make_reading_session() as session:
        assert confirmation_of(session, review)
    side.confirm(review)


def _rows(store: Store, review: Review) -> list[tuple[str, dict[str, Any]]]:
    """Give all rows about a review, as far as they do not depend on whose it is."""
    tasks = select(Task.id).where(Task.instance_id == review.instance_id)
    places: tuple[tuple[Any, Any], ...] = (
        (Task, Task.instance_id == review.instance_id),
        (ProcessInstance, ProcessInstance.id == review.instance_id),
        (JournalEntry, JournalEntry.instance_id == review.instance_id),
        (Notification, Notification.task_id.in_(tasks)),
        (RosterEntry, RosterEntry.subject_id == review.staff_id),
    )
    with store.engine.connect() as connection:
        return [
            (model.__tablename__, {name: _alike(name, value) for name, value in row.items()})
            for model, own in places
            for row in connection.execute(select(model.__table__).where(own).order_by(model.id)).mappings()
        ]


def _alike(name: str, value: Any) -> Any:
    if name in PERSONAL or name.endswith("_id") or isinstance(value, bytes):
        return value is not None
    return sorted(value) if isinstance(value, dict) else value

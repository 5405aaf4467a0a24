"""Processes are killed while people work: every act that was answered is there once, and nothing else is.

`RASOAT_FAULT_ROUNDS=20 python3 run.py test tests/faults` kills more often.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic, sleep

import pytest
from sqlalchemy import func, select

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.instance import Incident
from models.journal import JournalEntry, JournalKind
from models.notification import Message, Notification
from models.task import Comment, Task, TaskState
from tests.acceptance import chain
from tests.acceptance.house import House, found_house
from tests.conftest import MONDAY, Store
from tests.faults.load import Act, Worker, commenting, deciding
from tests.faults.processes import PATIENCE, Process, Processes
from workflows.clock import FixedClock

ROUNDS = int(os.environ.get("RASOAT_FAULT_ROUNDS", "1"))
KEY = "only for tests, but long enough for everybody"
# Enough acts between two kills to be in the middle of one.
SHORTEST, LONGEST = 0.3, 1.2
WORKING = (JournalKind.COMMENTED, JournalKind.PUPILS_DECIDED)
SPOKEN = (JournalKind.REMINDED, JournalKind.ESCALATED)


@pytest.fixture
def house(store: Store, tmp_path: Path) -> Iterator[House]:
    """Give a house whose campaign was opened years ago: for the worker everything is late."""
    founded = found_house(store, FixedClock(MONDAY), tmp_path, pupils=6)
    chain.open_campaign(founded)
    chain.assign_officer(founded)
    founded.parts.database.dispose()
    yield founded
    founded.parts.database.dispose()


@pytest.fixture
def processes(house: House, tmp_path: Path) -> Iterator[Processes]:
    """Give the processes of the house's installation."""
    store = house.world.store
    started = Processes(
        tmp_path,
        {
            "RASOAT_DATA": str(tmp_path),
            "RASOAT_DATABASE": store.url.render_as_string(hide_password=False),
            "RASOAT_SCHEMA": store.schema or "",
            "RASOAT_SECRET_KEY": KEY,
            "RASOAT_LOGINS_PER_MINUTE": "10000",
        },
    )
    yield started
    started.close()


@pytest.mark.slow
def test_processes_die_at_work(house: House, processes: Processes) -> None:
    if house.world.store.kind == "sqlite":
        web, working = [processes.serve("--no-demo")], [processes.worker()]
    else:
        web, working = [processes.gunicorn(), processes.gunicorn()], [processes.worker(), processes.worker()]
    for process in (*web, *working):
        process.start()
    for process in (*web, *working):
        process.wait_until_ready()
    people = set_to_work(house, [process.address for process in web])

    kill_and_start_again(Random(ROUNDS), web, working)

    for person in people:
        person.stop()
    acts = [act for person in people for act in person.journal]
    assert len(acts) > 10 * ROUNDS
    check_acts(house, acts)
    check_ladder(house)
    assert count(house, Incident) == 0
    for process in processes.all:
        process.stop()
        assert "Traceback" not in process.written, process.written


def set_to_work(house: House, addresses: list[str]) -> list[Worker]:
    """Let two teachers decide on their pupils and two others write comments."""
    world, people = house.world, []
    for name, login in (("6A", "homeroom"), ("6B", "colleague")):
        task = world.task("review_pupils", name)
        deeds = deciding(task.id, [pupil.id for pupil in world.pupils(name)])
        people.append(Worker(login, addresses, deeds).start(f"/tasks/{task.id}"))
    record = world.task("review_record", chain.full_name("visiting"))
    people.append(Worker("officer", addresses[::-1], commenting(record.id)).start(f"/tasks/{record.id}"))
    return people


def kill_and_start_again(random: Random, web: list[Process], working: list[Process]) -> None:
    """Kill a web process and a worker at instants that nobody foresees, and start them again."""
    for number in range(ROUNDS):
        for kind in (web, working):
            process = kind[number % len(kind)]
            sleep(random.uniform(SHORTEST, LONGEST))
            process.kill()
            process.start()
        # The last to be killed is the last to come back.
        process.wait_until_ready()
        web[number % len(web)].wait_until_ready()


def check_acts(house: House, acts: list[Act]) -> None:
    """Compare what people remember with what the store knows."""
    assert {act.answer for act in acts} == {303}
    keys = select(JournalEntry.request_key).where(
        JournalEntry.kind.in_(WORKING), JournalEntry.request_key.is_not(None)
    )
    stored = house.world.read(lambda session: list(session.scalars(keys)))
    assert Counter(stored) == Counter(act.journal_key for act in acts)

    written = house.world.read(lambda session: list(session.scalars(select(Comment.body))))
    assert Counter(written) == Counter(act.fields["comment"] for act in acts if act.what == "comment")

    approvals = select(JournalEntry.details).where(JournalEntry.kind == JournalKind.SUBJECT_APPROVED)
    approved = house.world.read(lambda session: list(session.scalars(approvals)))
    assert Counter(one["subject"] for one in approved) == Counter(
        act.subject for act in acts if act.what == "approve"
    )
    last = {act.subject: act.what for act in acts if act.what != "comment"}
    entries = select(RosterEntry.subject_id, RosterEntry.state).where(
        RosterEntry.kind == SubjectKind.PUPIL, RosterEntry.subject_id.in_(last)
    )
    standing = house.world.read(
        lambda session: {row.subject_id: row.state for row in session.execute(entries)}
    )
    assert standing == {
        pupil: RosterState.DONE if what == "approve" else RosterState.OPEN for pupil, what in last.items()
    }


def check_ladder(house: House) -> None:
    """Every rung that is due has spoken, and none twice, however many workers there were."""
    due = select(func.count()).where(Task.state == TaskState.OPEN, Task.next_rung_at <= datetime.now(UTC))
    wait_until(lambda: house.world.read(lambda session: session.scalar(due)) == 0)
    spoken = select(JournalEntry.task_id, JournalEntry.details).where(JournalEntry.kind.in_(SPOKEN))
    rungs = house.world.read(lambda session: session.execute(spoken).all())
    assert rungs
    assert max(Counter((task, said["step"], said["after"], said["to"]) for task, said in rungs).values()) == 1
    notices = select(Notification.task_id, Notification.person_id, Notification.details).where(
        Notification.message.in_([Message.TASK_OVERDUE, Message.TASK_ESCALATED])
    )
    told = house.world.read(lambda session: session.execute(notices).all())
    # Who heard of several rungs that were due together heard once, of the highest.
    heard = Counter((task, person, about.get("to") or about["escalated_to"]) for task, person, about in told)
    assert max(heard.values()) == 1
    assert {(task, person) for task, said in rungs for person in said["people"]} <= {
        (task, person) for task, person, _ in heard
    }


def count(house: House, table: type) -> int:
    return house.world.read(lambda session: session.scalar(select(func.count()).select_from(table))) or 0


def wait_until(true: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not true():
        assert monotonic() < deadline
        sleep(0.2)

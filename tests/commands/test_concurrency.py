"""Several people at the same instant: one effect, one winner, and nobody's work is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
from sqlalchemy import func, select, text, update

from models.instance import InstanceState, ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.task import Task, TaskState
from tests.cast import World, build_world
from tests.commands.test_running import PEOPLE, begin, calling, choose
from tests.conftest import Store
from tests.engine.diagrams import border, flow, many, timer, user
from workflows.clock import FixedClock
from workflows.commands.due import timers
from workflows.commands.running.runs import lock_run
from workflows.commands.work import tasks
from workflows.commands.work.answers import Answer
from workflows.commands.work.held_tasks import hold_task
from workflows.errors import AlreadyDone, ConcurrentChange, Refusal, TaskFinished
from workflows.unit_of_work import UnitOfWork, begin_work

TOGETHER = 8
# SQLite has one writer at a time, who is waited for.
ON_POSTGRESQL = pytest.mark.parametrize(
    "store", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    world = build_world(store, clock)
    begin(world, calling(many(PEOPLE)))
    choose(world)
    return world


def at_once(world: World, acts: list[Callable[[UnitOfWork], object]]) -> list[object]:
    """Start all acts at the same instant and give what each came to: its result, or the refusal."""
    barrier = Barrier(len(acts))

    def one(act: Callable[[UnitOfWork], object]) -> object:
        barrier.wait()
        try:
            return world.do(act)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def completing(
    world: World, who: str, task_id: int, outcome: str = "done", key: str | None = None, reason: str = ""
) -> Callable[[UnitOfWork], object]:
    return lambda work: tasks.complete(
        work,
        task_id=task_id,
        actor=world.actor(work, who),
        answer=Answer(outcome, reason=reason),
        request_key=key,
    )


def completions(world: World, task_id: int) -> int:
    query = select(func.count()).where(
        JournalEntry.kind == JournalKind.TASK_COMPLETED, JournalEntry.task_id == task_id
    )
    return world.read(lambda session: session.scalar(query)) or 0


def test_parallel_copies_of_one_request_have_one_effect(world: World) -> None:
    task_id = world.task("review", "An").id

    results = at_once(world, [completing(world, "officer", task_id, key="k" * 32)] * TOGETHER)

    assert results.count(None) == 1
    assert {type(result) for result in results if result is not None} == {AlreadyDone}
    assert completions(world, task_id) == 1
    assert world.steps() == {"review": 2, "approve": 1}


def test_approving_against_returning_has_one_winner(world: World) -> None:
    for name in ("An", "Bình", "Chi"):
        world.complete("officer", "review", subject=name)
        task_id = world.task("approve", name).id

        results = at_once(
            world,
            [
                completing(world, "principal", task_id, "done", key=f"{task_id}-approve"),
                completing(world, "principal", task_id, "again", key=f"{task_id}-return", reason="sai"),
            ],
        )

        assert results.count(None) == 1
        assert any(isinstance(result, TaskFinished) for result in results)
        assert completions(world, task_id) == 1


def test_the_last_children_together_resume_the_parent_once(world: World) -> None:
    ids = []
    for name in ("An", "Bình", "Chi"):
        world.complete("officer", "review", subject=name)
        ids.append(world.task("approve", name).id)

    results = at_once(world, [completing(world, "principal", task_id) for task_id in ids])

    assert results == [None, None, None]
    assert world.steps() == {"report": 1}
    finished = select(func.count()).where(ProcessInstance.state == InstanceState.FINISHED)
    assert world.read(lambda session: session.scalar(finished)) == 3


def test_two_claim_and_one_gets_it(world: World) -> None:
    def move_to_role(work: UnitOfWork) -> int:
        task = work.session.scalars(select(Task).where(Task.state == TaskState.OPEN)).first()
        assert task is not None
        task.assignee_id, task.role, task.role_unit_id = None, "officer", world.units["district"]
        return task.id

    task_id = world.do(move_to_role)

    results = at_once(
        world,
        [
            lambda work, who=who: tasks.claim(work, task_id=task_id, actor=world.actor(work, who))
            for who in ("inspector", "second_inspector")
        ],
    )

    assert results.count(None) == 1
    loser = next(result for result in results if result is not None)
    assert "Chuyên Viên" in str(loser)


def test_workers_together_fire_each_timer_once(store: Store, clock: FixedClock) -> None:
    world = build_world(store, clock)
    world.publish_shipped()
    world.open_campaign()
    clock.advance(days=30)
    due = world.do(lambda work: timers.due_timers(work, 100))
    assert due

    results = at_once(
        world, [lambda work, timer_id=timer_id: timers.fire_one(work, timer_id) for timer_id in due * 3]
    )

    assert not [result for result in results if isinstance(result, Refusal) and not _met(result)]
    # Of two timers of one instance one may have found the other's worker in it: it is due still.
    left = world.do(lambda work: timers.due_timers(work, 100))
    later = [world.do(lambda work, one=one: timers.fire_one(work, one)) for one in left if one in due]  # type: ignore[misc]
    assert results.count(True) + later.count(True) == len(due)


@ON_POSTGRESQL
def test_a_person_waits_for_an_operator_and_keeps_nothing_from_them(world: World) -> None:
    task = world.task("review", "An")
    other = world.people["principal"]
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")

    with ThreadPoolExecutor(1) as pool:
        with begin_work(world.sessions, world.engine, world.clock) as operating:
            lock_run(operating.connection, task.instance_id)
            looking = pool.submit(world.do, lambda work: hold_task(work, task.id).assignee_id)
            while not operating.session.scalar(waiting):
                assert not looking.done()
                sleep(0.01)
            operating.session.execute(update(Task).where(Task.id == task.id).values(assignee_id=other))

        assert looking.result() == other


@ON_POSTGRESQL
def test_a_worker_that_stands_still_stops_no_other(store: Store, clock: FixedClock) -> None:
    world = build_world(store, clock)
    for _ in range(2):
        late = border("late", "each", timer("timeDuration", "P2D")) + user("explain", rs__assignee="head()")
        begin(world, calling(many(PEOPLE), late + flow("late", "explain", "e")))
        choose(world)
    clock.advance(days=3)
    first, other = world.do(lambda work: timers.due_timers(work, 100))

    with begin_work(store.make_session, world.engine, clock) as standing:
        assert timers.fire_one(standing, first)
        meanwhile = [world.do(lambda work, one=one: timers.fire_one(work, one)) for one in (first, other)]  # type: ignore[misc]

    assert meanwhile == [False, True]


def _met(result: Refusal) -> bool:
    return isinstance(result, ConcurrentChange)

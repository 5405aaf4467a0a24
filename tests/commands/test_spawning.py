"""Large groups: children are added chunk by chunk, and the group ends when the last of all of them has."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, update

from models import prepared
from models.instance import (
    ChildGroup,
    GroupState,
    InstanceState,
    ProcessInstance,
    Timer,
    TimerState,
    WaitingChildren,
)
from tests.cast import World, build_world
from tests.conftest import Store
from tests.engine.diagrams import border, definitions, element, end, flow, many, start, timer, user
from workflows.clock import FixedClock
from workflows.commands.due import timers
from workflows.commands.running import groups, spawning
from workflows.commands.work.answers import Answer
from workflows.unit_of_work import UnitOfWork

CHUNK, ITEMS = 3, 8


@pytest.fixture
def world(store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(spawning, "CHUNK", CHUNK)
    return build_world(store, clock)


def begin(world: World, *, condition: str | None = None, extra: str = "", flows: str = "") -> int:
    child = start() + user("a", rs__assignee="head()") + end() + flow("s", "a", "e")
    world.publish("child", definitions(child, key="child").decode())
    call = element("callActivity", "each", many("people", condition=condition), calledElement="child")
    body = (
        start()
        + call
        + extra
        + user("report", rs__assignee="head()")
        + end()
        + flow("s", "each", "report", "e")
    )
    world.publish("parent", definitions(body + flows, key="parent", rs__takes="people").decode())

    return world.begin("parent", people=list(range(ITEMS)))


def children(world: World) -> int:
    query = select(func.count()).where(ProcessInstance.group_id.is_not(None))
    return world.read(lambda session: session.scalar(query)) or 0


def finish(world: World, number: int) -> None:
    for task in world.open_tasks(element_id="a")[:number]:
        world.answer("principal", task.id, Answer("done"))


def test_the_worker_adds_what_does_not_fit_into_one_transaction(world: World) -> None:
    begin(world)
    assert children(world) == CHUNK

    world.run_worker()

    assert children(world) == ITEMS
    positions = world.read(
        lambda session: session.scalars(
            select(ProcessInstance.position).where(ProcessInstance.group_id.is_not(None))
        ).all()
    )
    assert sorted(positions) == list(range(ITEMS))


def test_each_child_has_its_own_task_when_several_rows_go_into_one_statement(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two full statements and one row left.
    monkeypatch.setattr(spawning, "CHUNK", ITEMS)
    monkeypatch.setattr(prepared, "TOGETHER", (CHUNK, 1))
    begin(world)

    tasks = world.open_tasks(element_id="a")
    query = select(ProcessInstance.id).where(ProcessInstance.group_id.is_not(None))
    assert len(tasks) == ITEMS
    assert {task.instance_id for task in tasks} == set(
        world.read(lambda session: session.scalars(query).all())
    )


def test_the_group_does_not_end_with_its_first_chunk(world: World) -> None:
    begin(world)

    finish(world, CHUNK)
    assert "report" not in world.steps()
    world.run_worker()
    finish(world, ITEMS)

    assert world.steps() == {"report": 1}


def test_counters_count_those_not_added_yet(world: World) -> None:
    begin(world, condition=f"nrOfCompletedInstances >= 2 and nrOfInstances == {ITEMS}")

    finish(world, 2)

    assert world.steps() == {"report": 1}
    world.run_worker()
    assert (children(world), world.read(lambda s: s.scalar(select(func.count(WaitingChildren.id))))) == (
        CHUNK,
        0,
    )


def test_a_cancelled_group_gets_no_more(world: World) -> None:
    late = border("late", "each", timer("timeDuration", "PT1H"))
    begin(world, extra=late + user("told", rs__assignee="head()"), flows=flow("late", "told", "e"))

    world.clock.advance(hours=2)
    world.do(lambda work: _fire(work))
    world.run_worker()

    assert world.steps() == {"told": 1}
    state = world.read(lambda session: session.scalars(select(ChildGroup.state)).one())
    cancelled = select(func.count()).where(ProcessInstance.state == InstanceState.CANCELLED)
    assert (state, world.read(lambda session: session.scalar(cancelled))) == (GroupState.CANCELLED, CHUNK)


def test_nothing_of_a_large_group_is_left_when_its_run_is_cancelled(world: World) -> None:
    top = begin(world)
    world.do(lambda work: work.session.execute(update(Timer).values(state=TimerState.FAILED)))

    world.do(lambda work: groups.cancel_instances(work, [top]))

    assert world.read(lambda session: session.scalar(select(func.count(WaitingChildren.id)))) == 0
    assert world.read(lambda session: session.scalars(select(Timer.state)).all()) == [TimerState.WITHDRAWN]


def _fire(work: UnitOfWork) -> None:
    """Let the boundary timer fire before the worker gets to the next chunk."""
    timer_id = work.session.scalars(select(Timer.id).where(Timer.element_id == "late")).one()
    timers.fire_one(work, timer_id)

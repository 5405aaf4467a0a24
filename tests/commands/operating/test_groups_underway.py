"""A large group of which some are still to come, when the worker's request for them failed or its run moved on."""

from functools import partial

import pytest
from sqlalchemy import select

from models.instance import ChildGroup, Finding, Timer, TimerState
from tests.cast import World, build_world
from tests.commands.operating.runs import (
    IN_A_DAY,
    PEOPLE,
    WHY,
    begin_tree,
    incidents,
    operate,
    parent,
    run_of,
)
from tests.conftest import Store
from tests.engine.diagrams import border, definitions, element, end, flow, many, start, user
from workflows.clock import FixedClock
from workflows.commands.due import timers
from workflows.commands.operating import watchdog
from workflows.commands.operating.incidents import resolve, retry
from workflows.commands.operating.migration import begin_migration
from workflows.commands.running import spawning
from workflows.unit_of_work import begin_work


@pytest.fixture
def world(store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(spawning, "CHUNK", 1)
    return build_world(store, clock)


def begin_and_fail(world: World) -> int:
    """Start the parent; the worker cannot add the second of its three children."""
    top = begin_tree(world)
    request = world.read(lambda session: session.scalar(select(Timer.id).where(Timer.token == spawning.MORE)))
    assert request is not None
    for _ in range(timers.TRIES):
        world.do(lambda work: timers.postpone(work, request, "the disk is full"))
    return top


def review(world: World, name: str) -> None:
    for step in ("review", "approve"):
        world.complete("principal", step, subject=name)


def test_group_whose_failed_request_nobody_looks_after_is_found(world: World) -> None:
    begin_and_fail(world)
    operate(world, resolve, incident_id=incidents(world)[0].id, reason=WHY)
    review(world, "An")
    assert world.steps() == {}

    watchdog.watch(
        world.reading_sessions, partial(begin_work, world.sessions, world.engine, world.clock), limit=100
    )

    (found,) = incidents(world)
    assert found.finding is Finding.GROUP_LEFT_OPEN
    operate(world, retry, incident_id=found.id)
    world.run_worker()
    assert world.steps() == {"review": 2}


def test_failed_request_is_made_again_in_the_new_version(world: World) -> None:
    top = begin_and_fail(world)
    new = world.publish("parent", parent(border("alarm", "each", IN_A_DAY)))

    old = run_of(world, top).version_id
    operate(world, begin_migration, from_version_id=old, to_version_id=new, reason=WHY)
    world.run_worker()

    assert (world.steps(), incidents(world)) == ({"review": 3}, [])
    states = world.read(
        lambda session: session.scalars(select(Timer.state).where(Timer.token == spawning.MORE)).all()
    )
    assert set(states) == {TimerState.FIRED}


def test_group_of_a_sub_process_stays_with_the_version_of_its_parent(world: World) -> None:
    def several(each: str, beside: str) -> str:
        inside = (
            "<bpmn:startEvent id='is'/>" + user("review", rs__assignee="head()") + "<bpmn:endEvent id='ie'/>"
        )
        inside += flow("is", "review", "ie")
        body = start() + element("parallelGateway", "g") + element("subProcess", each, many(PEOPLE) + inside)
        body += user(beside, rs__assignee="head()") + element("parallelGateway", "j") + end()
        return definitions(
            body + flow("s", "g", each, "j", "e") + flow("g", beside, "j"), key="several"
        ).decode()

    old = world.publish("several", several("each", "beside"))
    top = world.begin("several")
    new = world.publish("several", several("person", "elsewhere"))

    made = operate(
        world, begin_migration, from_version_id=old, to_version_id=new, reason=WHY, mapping={"each": "person"}
    )
    world.run_worker()

    assert (made.moved, made.refused, run_of(world, top).version_id) == (1, 1, old)
    (group,) = world.read(lambda session: session.scalars(select(ChildGroup)).all())
    assert (group.version_id, group.area) == (old, "each")
    assert world.steps() == {"beside": 1, "review": 3}

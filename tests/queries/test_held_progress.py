"""Progress of what an administrator holds: counted apart, told with who and since when, and nobody is urged for it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from models.instance import ProcessInstance
from tests.cast import World, build_world
from tests.conftest import Store
from tests.plans import plan_of
from workflows.clock import FixedClock
from workflows.commands.operating.holding import resume, suspend
from workflows.commands.steering import urging
from workflows.errors.steering import UnitHeld
from workflows.queries.following.holdings import HeldTasks, held_tasks, held_tasks_query
from workflows.queries.following.waiting import waiting_units

TODAY = date(2023, 6, 5)


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    built = build_world(store, clock)
    built.publish_shipped()
    built.open_campaign()
    return built


def operate(world: World, act: Any, instance_id: int) -> None:
    def run(work: Any) -> None:
        act(work, actor=world.actor(work, "administrator"), instance_id=instance_id, reason="kiểm tra")

    world.do(run)


def run_of_school(world: World) -> int:
    """Give the run that called all that is open in the school."""
    query = (
        select(ProcessInstance.id)
        .where(ProcessInstance.unit_id == world.units["school"], ProcessInstance.subject_kind == "school")
        .order_by(ProcessInstance.id)
        .limit(1)
    )
    return world.read(lambda session: session.execute(query).scalar_one())


def counted(world: World, own: str = "district") -> HeldTasks | None:
    units = list(world.units.values())
    found = world.read(lambda s: held_tasks(s, world.campaign_id, units, [world.units[own]]))
    assert set(found) <= {world.units["school"]}
    return found.get(world.units["school"])


def urge(world: World, who: str = "inspector") -> int:
    return world.do(
        lambda work: urging.urge(
            work,
            actor=world.actor(work, who),
            campaign_id=world.campaign_id,
            unit_id=world.units["school"],
        )
    )


def test_held_tasks_of_a_unit_are_counted(world: World) -> None:
    assert counted(world) is None

    operate(world, suspend, world.task("review_pupils", "6A").instance_id)

    # The grades of the class are held with its review.
    assert counted(world) == HeldTasks(2, 0)


def test_held_by_two_acts_is_told_from_held_by_one(world: World) -> None:
    run = run_of_school(world)
    operate(world, suspend, world.task("review_pupils", "6A").instance_id)
    operate(world, suspend, run)

    held = counted(world)
    assert held is not None
    assert held.acts == 2


def test_what_waits_first_says_who_holds_it_and_since_when(world: World, clock: FixedClock) -> None:
    run = run_of_school(world)
    operate(world, suspend, run)
    since = clock.now()
    clock.advance(days=3)

    waits = world.read(lambda s: waiting_units(s, world.campaign_id, list(world.units.values()), TODAY))

    held = waits[world.units["school"]].held
    assert held is not None
    assert held.since == since
    assert held.by is not None
    assert held.by.id == world.people["administrator"]
    operate(world, resume, run)
    waits = world.read(lambda s: waiting_units(s, world.campaign_id, list(world.units.values()), TODAY))
    assert waits[world.units["school"]].held is None


def test_a_unit_that_is_held_is_not_urged_and_that_is_why(world: World, clock: FixedClock) -> None:
    run = run_of_school(world)
    operate(world, suspend, run)
    since = clock.now()

    with pytest.raises(UnitHeld) as refused:
        urge(world)

    assert refused.value.params == {"since": since}
    operate(world, resume, run)
    assert urge(world) > 0


def test_a_unit_held_in_part_is_urged_for_the_rest(world: World) -> None:
    operate(world, suspend, world.task("review_pupils", "6A").instance_id)

    assert urge(world) > 0


def test_held_tasks_are_found_from_the_runs_that_are_held(sqlite_store: Store) -> None:
    query = str(held_tasks_query(1, [1, 2, 3], [4]).compile(compile_kwargs={"literal_binds": True}))

    plan = plan_of(sqlite_store, query)

    assert "ix_process_instance_held" in plan
    assert "task USING INDEX ix_task_instance" in plan
    assert "SCAN task" not in plan

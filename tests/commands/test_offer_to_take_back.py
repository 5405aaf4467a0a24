"""Whether taking back is offered: asked by pages, in a session that the database lets write nothing."""

import pytest

from tests.cast import World, build_world
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.work.held_tasks import look_at_task
from workflows.commands.work.taking_back import may_withdraw
from workflows.unit_of_work import UnitOfWork


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    world = build_world(store, clock)
    world.publish_shipped()
    world.open_campaign()
    return world


def offered(world: World, task_id: int, who: str = "principal") -> bool:
    with world.store.make_reading_session() as session:
        work = UnitOfWork(lambda: session, session.connection(), world.engine, world.clock.now())
        return may_withdraw(work, look_at_task(work, task_id), world.actor(work, who))


def test_offered_until_somebody_has_gone_on(world: World) -> None:
    officer = str(world.people["officer"])
    task_id = world.complete("principal", "assign_officer", "assign", subject="THCS", officer=officer)

    assert offered(world, task_id)
    assert not offered(world, task_id, "officer")

    world.complete("officer", "review_record", "ready", subject="Chủ Nhiệm Thử")

    assert not offered(world, task_id)

"""Somebody joins or leaves at the instant at which an operator, or whoever has a step, acts on the same runs."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from sqlalchemy import select, text, update

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.instance import ChildGroup, ProcessInstance
from models.task import Task, TaskState
from tests.cast import World
from tests.commands.chain import assign, the_school
from tests.commands.operating.runs import WHY, operate
from tests.commands.test_campaign_chain import _hire
from tests.commands.test_concurrency import ON_POSTGRESQL
from tests.commands.test_ending_groups import while_under_way
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.operating.holding import resume, suspend
from workflows.commands.running.runs import lock_run
from workflows.commands.steering import roster
from workflows.commands.work import taking_back
from workflows.unit_of_work import UnitOfWork, begin_work

pytestmark = ON_POSTGRESQL

# Sooner than the server looks for transactions that wait for each other.
IMPATIENT = text("SET LOCAL lock_timeout = '500ms'")


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    world = the_school(store, clock)
    assign(world)
    return world


def run_above(world: World, run_id: int) -> int:
    query = select(ChildGroup.parent_id).join(ProcessInstance, ProcessInstance.group_id == ChildGroup.id)
    return world.read(lambda session: session.scalars(query.where(ProcessInstance.id == run_id)).one())


def join(work: UnitOfWork, world: World, joiner: int) -> None:
    actor, staff = world.actor(work, "principal"), SubjectKind.STAFF
    roster.join(work, actor=actor, campaign_id=world.campaign_id, kind=staff, subject_id=joiner)


def test_who_joins_while_a_held_run_is_released_is_free(world: World) -> None:
    person = world.task("review_record", "Thỉnh Giảng").instance_id
    top = run_above(world, run_above(world, person))
    operate(world, suspend, instance_id=top, reason=WHY)
    joiner = world.do(lambda work: _hire(work, world))

    def release(work: UnitOfWork) -> None:
        resume(work, actor=world.actor(work, "administrator"), instance_id=top, reason=WHY)

    while_under_way(world, lambda work: join(work, world, joiner), release)

    assert world.task("review_record", "Người Mới Đến")
    held = select(ProcessInstance.subject_name).where(ProcessInstance.suspended_at.is_not(None))
    assert world.read(lambda session: session.scalars(held).all()) == []


def test_who_joins_while_the_reviews_are_taken_back_begins_with_them(world: World) -> None:
    joiner = world.do(lambda work: _hire(work, world))
    acts = select(Task.id).where(Task.element_id == "assign_officer", Task.state == TaskState.COMPLETED)
    task_id = world.read(lambda session: session.scalars(acts).one())

    def take_back(work: UnitOfWork) -> None:
        taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, "principal"))

    while_under_way(world, take_back, lambda work: join(work, world, joiner))

    assert "review_record" not in world.steps()
    assign(world)
    assert world.task("review_record", "Người Mới Đến")


def test_who_leaves_waits_for_their_review_to_move_before_their_entry_is_held(world: World) -> None:
    leaver = world.staff_id("visiting")
    run_id = world.task("review_record", "Thỉnh Giảng").instance_id

    def leave(work: UnitOfWork) -> None:
        roster.leave(
            work,
            actor=world.actor(work, "principal"),
            campaign_id=world.campaign_id,
            kind=SubjectKind.STAFF,
            subject_id=leaver,
            reason="hết hợp đồng",
        )

    entry = (RosterEntry.kind == SubjectKind.STAFF) & (RosterEntry.subject_id == leaver)
    with ThreadPoolExecutor(1) as pool:
        with begin_work(world.sessions, world.engine, world.clock) as moving:
            lock_run(moving.connection, run_id)
            leaving = pool.submit(world.do, leave)
            while not moving.session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                assert not leaving.done()
                sleep(0.01)
            moving.session.execute(IMPATIENT)
            moving.session.execute(update(RosterEntry).where(entry).values(state=RosterState.DONE))

        assert leaving.result() is None
    state = world.read(lambda session: session.scalars(select(RosterEntry.state).where(entry)).one())
    assert state is RosterState.LEFT

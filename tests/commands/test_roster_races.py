"""Somebody joins or leaves at the instant at which an operator, or whoever has a step, acts on the same runs."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from sqlalchemy import select, text, update

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.instance import ChildGroup, InstanceState, ProcessInstance
from models.task import Task, TaskState
from tests.cast import World
from tests.commands.chain import assign, the_school
from tests.commands.operating.runs import WHY, operate
from tests.commands.test_campaign_chain import _hire
from tests.commands.test_concurrency import ON_POSTGRESQL
from tests.commands.test_ending_groups import unfinished, while_under_way
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.operating import cancelling
from workflows.commands.operating.holding import resume, suspend
from workflows.commands.running import groups
from workflows.commands.running.runs import lock_run
from workflows.commands.steering import campaigns, enrolment, roster
from workflows.commands.steering.enrolment import NewStaff
from workflows.commands.work import taking_back
from workflows.errors import CampaignClosed, FormRefused
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


def leave(work: UnitOfWork, world: World) -> None:
    roster.leave(
        work,
        actor=world.actor(work, "principal"),
        campaign_id=world.campaign_id,
        kind=SubjectKind.STAFF,
        subject_id=world.staff_id("visiting"),
        reason="hết hợp đồng",
    )


def close(work: UnitOfWork, world: World) -> None:
    actor = world.actor(work, "department_officer")
    campaigns.close_campaign(work, actor=actor, campaign_id=world.campaign_id)


@pytest.mark.parametrize("closed_first", [True, False])
def test_who_joins_while_the_campaign_is_closed_brings_nothing_new(world: World, closed_first: bool) -> None:
    joiner = world.do(lambda work: _hire(work, world))
    both = (lambda work: close(work, world)), (lambda work: join(work, world, joiner))

    came_to = while_under_way(world, *(both if closed_first else reversed(both)))

    assert isinstance(came_to, CampaignClosed) if closed_first else came_to is None
    entry = select(RosterEntry.id).where(RosterEntry.subject_id == joiner)
    assert len(world.read(lambda session: session.scalars(entry).all())) == (not closed_first)
    assert unfinished(world) == 0
    assert world.steps() == {}


def test_two_who_put_one_person_on_the_roster_at_one_instant_do_it_once(world: World) -> None:
    joiner = world.do(lambda work: _hire(work, world))

    came_to = while_under_way(world, *(2 * [lambda work: join(work, world, joiner)]))

    assert came_to is None
    assert world.task("review_record", "Người Mới Đến")


def test_who_leaves_while_the_campaign_is_closed_stays_on_its_roster(world: World) -> None:
    came_to = while_under_way(world, lambda work: close(work, world), lambda work: leave(work, world))

    assert isinstance(came_to, CampaignClosed)


def test_who_joins_waits_for_who_cancels_the_reviews_and_is_not_waited_for(world: World) -> None:
    reviews = run_above(world, world.task("review_record", "Thỉnh Giảng").instance_id)
    joiner = world.do(lambda work: _hire(work, world))

    def cancel(work: UnitOfWork) -> None:
        work.session.execute(IMPATIENT)
        cancelling.cancel(work, actor=world.actor(work, "administrator"), instance_id=reviews, reason=WHY)

    while_under_way(
        world,
        lambda work: lock_run(work.connection, reviews),
        lambda work: join(work, world, joiner),
        then=cancel,
    )

    below = select(ProcessInstance.id).where(
        ProcessInstance.subject_kind == SubjectKind.STAFF, ProcessInstance.state == InstanceState.RUNNING
    )
    assert world.read(lambda session: session.scalars(below).all()) == []


def test_who_joins_while_a_review_ends_comes_after_it(world: World) -> None:
    run_id = world.task("review_record", "Thỉnh Giảng").instance_id
    with world.reading_sessions() as session:
        group_id = session.get_one(ProcessInstance, run_id).group_id
    assert group_id is not None
    joiner = world.do(lambda work: _hire(work, world))

    def go_on(work: UnitOfWork) -> None:
        work.session.execute(IMPATIENT)
        lock_run(work.connection, run_above(world, run_id))

    while_under_way(
        world,
        lambda work: groups.hold_group(work, group_id),
        lambda work: join(work, world, joiner),
        then=go_on,
    )

    world.do(lambda work: join(work, world, joiner))
    assert world.task("review_record", "Người Mới Đến")


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

    entry = (RosterEntry.kind == SubjectKind.STAFF) & (RosterEntry.subject_id == leaver)
    with ThreadPoolExecutor(1) as pool:
        with begin_work(world.sessions, world.engine, world.clock) as moving:
            lock_run(moving.connection, run_id)
            leaving = pool.submit(world.do, lambda work: leave(work, world))
            while not moving.session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                assert not leaving.done()
                sleep(0.01)
            moving.session.execute(IMPATIENT)
            moving.session.execute(update(RosterEntry).where(entry).values(state=RosterState.DONE))

        assert leaving.result() is None
    state = world.read(lambda session: session.scalars(select(RosterEntry.state).where(entry)).one())
    assert state is RosterState.LEFT


def test_two_who_enter_the_same_name_at_one_instant_are_one(world: World) -> None:
    new = NewStaff("Mới Đến Thử", "Cô", "contract", "teacher", "")

    def enrol(work: UnitOfWork) -> None:
        enrolment.enrol_staff(
            work,
            actor=world.actor(work, "principal"),
            campaign_id=world.campaign_id,
            unit_id=world.units["school"],
            new=new,
        )

    came_to = while_under_way(world, enrol, enrol)

    assert isinstance(came_to, FormRefused)
    assert list(came_to.problems) == ["same_name"]

"""A held instance stands still with all below it, loses nothing, and goes on."""

import pytest
from sqlalchemy import select, update

from models.instance import ChildGroup, InstanceState, ProcessInstance, Timer
from models.journal import JournalKind
from models.notification import Message, Notification
from models.task import Task
from tests.cast import World, build_world
from tests.commands.operating.runs import (
    IN_A_DAY,
    WHY,
    begin_tree,
    children_of,
    entries,
    operate,
    run_of,
    simple,
    states,
    waiting_for_message,
)
from tests.conftest import Store
from tests.engine.diagrams import border
from workflows.clock import FixedClock
from workflows.commands.due import ladder, timers
from workflows.commands.operating.cancelling import cancel
from workflows.commands.operating.holding import resume, suspend
from workflows.commands.running import sending, spawning
from workflows.commands.running.runs import lock_run
from workflows.commands.work import tasks
from workflows.engine import ChildItem
from workflows.errors import AlreadyDone, NotPermitted, ReasonMissing
from workflows.errors.operating import (
    HeldFromAbove,
    InstanceEnded,
    InstanceSuspended,
    NotSuspended,
    TaskSuspended,
)


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def test_held_tree_refuses_its_tasks_and_goes_on_afterwards(world: World) -> None:
    top = begin_tree(world)

    assert operate(world, suspend, instance_id=top, reason=WHY) == 4
    with pytest.raises(TaskSuspended):
        world.complete("principal", "review", subject="An")
    with pytest.raises(TaskSuspended):
        operate(world, tasks.claim, "principal", task_id=world.task("review", "An").id)
    assert operate(world, resume, instance_id=top, reason=WHY) == 4

    world.complete("principal", "review", subject="An")
    assert world.steps() == {"review": 2, "approve": 1}
    assert {run.suspended_at for run in children_of(world)} == {None}
    assert entries(world, JournalKind.INSTANCE_SUSPENDED)[0].details == {"reason": WHY, "instances": 4}
    assert entries(world, JournalKind.INSTANCE_RESUMED)[0].details["instances"] == 4


def test_what_was_held_below_before_stays_held(world: World) -> None:
    top = begin_tree(world)
    first = children_of(world)[0].id
    operate(world, suspend, instance_id=first, reason=WHY)

    assert operate(world, suspend, instance_id=top, reason=WHY) == 3
    with pytest.raises(HeldFromAbove):
        operate(world, resume, instance_id=children_of(world)[1].id, reason=WHY)
    with pytest.raises(HeldFromAbove):
        operate(world, resume, instance_id=first, reason=WHY)
    operate(world, resume, instance_id=top, reason=WHY)

    assert run_of(world, first).suspended_at is not None
    assert operate(world, resume, instance_id=first, reason=WHY) == 1


def test_timers_messages_and_ladders_wait_while_it_is_held(world: World, clock: FixedClock) -> None:
    world.publish("simple", simple("a", alarm=True))
    world.publish("waiting", waiting_for_message())
    alarmed, waiting = world.begin("simple"), world.begin("waiting")
    for one in (alarmed, waiting):
        operate(world, suspend, instance_id=one, reason=WHY)
    world.do(lambda work: work.session.execute(update(Task).values(next_rung_at=work.now)))

    clock.advance(days=2)
    late = world.do(lambda work: (timers.due_timers(work, 9), ladder.due_rungs(work, 9)))
    timer_id = world.read(lambda session: session.scalar(select(Timer.id)))
    task_id = world.task("a").id
    assert not world.do(lambda work: timers.fire_one(work, timer_id))
    assert not world.do(lambda work: ladder.climb_one(work, task_id))
    world.do(lambda work: sending.send_message(work, "answer", {}))

    assert late == ([], [])
    assert world.steps() == {"a": 1}
    for one in (alarmed, waiting):
        operate(world, resume, instance_id=one, reason=WHY)
    world.run_worker()
    assert world.steps()["late"] == 1
    assert world.do(lambda work: ladder.due_rungs(work, 9)) == []


def test_who_may_not_is_refused_and_so_is_what_cannot_be(world: World) -> None:
    world.publish("simple", simple("a"))
    one = world.begin("simple")

    for stranger in ("principal", "stranger", "department_officer", "district_head"):
        with pytest.raises(NotPermitted):
            operate(world, suspend, stranger, instance_id=one, reason=WHY)
    with pytest.raises(ReasonMissing):
        operate(world, suspend, instance_id=one, reason="  ")
    with pytest.raises(NotSuspended):
        operate(world, resume, instance_id=one, reason=WHY)
    operate(world, suspend, instance_id=one, reason=WHY, request_key="k1")
    with pytest.raises(AlreadyDone):
        operate(world, suspend, instance_id=one, reason=WHY, request_key="k1")
    with pytest.raises(InstanceSuspended):
        operate(world, suspend, instance_id=one, reason=WHY)
    assert len(entries(world, JournalKind.INSTANCE_SUSPENDED)) == 1


def test_cancelling_ends_the_tree_and_tells_each_person_once(world: World) -> None:
    top = begin_tree(world, border("alarm", "each", IN_A_DAY))

    assert operate(world, cancel, instance_id=top, reason=WHY) == 4

    assert states(world) == {InstanceState.CANCELLED}
    assert world.steps() == {}
    # The head, who had the tasks, answers for the whole: the one notice of that says it all.
    ended = select(Notification).where(
        Notification.message.in_([Message.TASK_WITHDRAWN, Message.RUN_CANCELLED])
    )
    notices = world.read(lambda session: session.scalars(ended).all())
    assert [(one.person_id, one.message) for one in notices] == [
        (world.people["principal"], Message.RUN_CANCELLED)
    ]
    assert entries(world, JournalKind.INSTANCE_CANCELLED)[0].details["tasks"] == 3
    with pytest.raises(InstanceEnded):
        operate(world, cancel, instance_id=top, reason=WHY)


def test_what_called_a_cancelled_run_goes_on_without_it(world: World) -> None:
    begin_tree(world)

    for one in children_of(world):
        operate(world, cancel, instance_id=one.id, reason=WHY)

    assert world.steps() == {"report": 1}


def test_children_that_join_a_held_run_are_held_too(world: World) -> None:
    top = begin_tree(world)
    operate(world, suspend, instance_id=top, reason=WHY)

    def join(work):  # type: ignore[no-untyped-def]
        group = work.session.scalar(select(ChildGroup))
        item = {"kind": "staff", "id": 9, "name": "Dung"}
        spawning.add_children(
            work,
            lock_run(work.connection, top),
            group.id,
            group.version_id,
            (ChildItem(3, {}, item),),
            first_position=3,
        )

    world.do(join)

    held = world.read(lambda session: set(session.scalars(select(ProcessInstance.held_from_id))))
    assert (held, len(children_of(world))) == ({top}, 4)

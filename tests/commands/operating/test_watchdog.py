"""The store is broken by hand: the watchdog finds it, opens one incident, and closes it when things are in order."""

from functools import partial

import pytest
from sqlalchemy import delete, select, update

from models.event import AwaitedEvent
from models.instance import ChildGroup, Finding, InstanceState, ProcessInstance, Timer
from models.journal import JournalKind
from models.notification import Message, Notification
from models.task import Task, TaskState
from tests.cast import World, build_world
from tests.commands.operating.runs import (
    WHY,
    begin_tree,
    children_of,
    entries,
    incidents,
    operate,
    simple,
    waiting_for_message,
)
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.operating import watchdog
from workflows.commands.operating.cancelling import cancel
from workflows.commands.operating.holding import suspend
from workflows.commands.operating.incidents import retry
from workflows.commands.running import spawning
from workflows.errors.operating import InstanceSuspended, NothingToRetry, StillWrong
from workflows.unit_of_work import begin_work


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def watch(world: World, limit: int = 100) -> int:
    begin = partial(begin_work, world.sessions, world.engine, world.clock)
    return watchdog.watch(world.reading_sessions, begin, limit)


def broken(world: World, *statements: object) -> None:
    def act(work):  # type: ignore[no-untyped-def]
        for statement in statements:
            work.session.execute(statement, execution_options={"synchronize_session": False})

    world.do(act)


def found(world: World) -> list[tuple[int | None, Finding | None]]:
    return [(one.instance_id, one.finding) for one in incidents(world)]


def test_a_store_in_order_has_no_incident(world: World) -> None:
    world.publish("simple", simple("a", alarm=True))
    world.publish("waiting", waiting_for_message())
    world.begin("simple"), world.begin("waiting"), begin_tree(world)
    world.complete("principal", "review", subject="An")

    assert watch(world) == 0
    assert incidents(world) == []


def test_lost_task_is_found_once_and_opened_again(world: World) -> None:
    world.publish("simple", simple("a"))
    one = world.begin("simple")
    broken(world, update(Task).values(state=TaskState.WITHDRAWN))

    assert watch(world) == 1
    assert watch(world) == 0
    assert found(world) == [(one, Finding.UNSEEN)]
    assert len(entries(world, JournalKind.INCIDENT_OPENED)) == 1

    operate(world, retry, incident_id=incidents(world)[0].id)

    assert world.steps() == {"a": 1}
    assert incidents(world) == []


def test_incident_closes_itself_when_the_instance_moves_on(world: World) -> None:
    world.publish("simple", simple("a"))
    one = world.begin("simple")
    broken(world, update(Task).values(state=TaskState.WITHDRAWN))
    watch(world)

    broken(world, update(Task).where(Task.instance_id == one).values(state=TaskState.OPEN))
    watch(world)

    assert incidents(world) == []
    assert [entry.actor_id for entry in entries(world, JournalKind.INCIDENT_RESOLVED)] == [None]


@pytest.mark.parametrize("table", [AwaitedEvent, Timer])
def test_lost_event_or_timer_is_found_and_brought_back(world: World, table: type) -> None:
    world.publish("simple", simple("a", alarm=True))
    world.publish("waiting", waiting_for_message())
    one = world.begin("simple" if table is Timer else "waiting")
    broken(world, delete(table))

    watch(world)
    (unseen,) = [incident for incident in incidents(world) if incident.finding is Finding.UNSEEN]
    operate(world, retry, incident_id=unseen.id)
    watch(world)

    assert (unseen.instance_id, incidents(world)) == (one, [])


def test_group_whose_children_have_all_ended_is_found_and_goes_on(world: World) -> None:
    top = begin_tree(world)
    broken(
        world,
        update(ProcessInstance)
        .where(ProcessInstance.group_id.is_not(None))
        .values(state=InstanceState.CANCELLED),
        update(Task).values(state=TaskState.WITHDRAWN),
    )

    watch(world)

    assert found(world) == [(top, Finding.GROUP_LEFT_OPEN)]
    operate(world, retry, incident_id=incidents(world)[0].id)
    assert world.steps() == {"report": 1}


def test_call_whose_group_is_gone_is_found_and_left_to_the_operator(world: World) -> None:
    top = begin_tree(world)
    for one in children_of(world):
        broken(
            world,
            update(Task).where(Task.instance_id == one.id).values(state=TaskState.WITHDRAWN),
            update(ProcessInstance).where(ProcessInstance.id == one.id).values(state=InstanceState.CANCELLED),
        )
    broken(world, update(ChildGroup).values(state="cancelled"))

    watch(world)

    assert found(world) == [(top, Finding.UNSEEN)]
    with pytest.raises(StillWrong):
        operate(world, retry, incident_id=incidents(world)[0].id)


def test_task_of_an_ended_instance_is_found_and_withdrawn(world: World) -> None:
    world.publish("simple", simple("a"))
    one = world.begin("simple")
    broken(world, update(ProcessInstance).values(state=InstanceState.FINISHED, engine_state=None))

    watch(world)

    assert found(world) == [(one, Finding.TASK_LEFT_OPEN)]
    operate(world, retry, incident_id=incidents(world)[0].id)
    assert world.steps() == {}


def test_state_that_cannot_be_read_is_found_and_goes_with_its_instance(world: World) -> None:
    world.publish("simple", simple("a"))
    one = world.begin("simple")
    broken(world, update(ProcessInstance).values(engine_state=b"[1, nonsense"))

    watch(world)

    assert found(world) == [(one, Finding.UNREADABLE)]
    with pytest.raises(NothingToRetry):
        operate(world, retry, incident_id=incidents(world)[0].id)
    operate(world, cancel, instance_id=one, reason=WHY)
    assert incidents(world) == []


def test_child_that_was_never_built_is_found_and_built(world: World) -> None:
    begin_tree(world)
    first = children_of(world)[0].id
    broken(world, update(Task).where(Task.instance_id == first).values(state=TaskState.WITHDRAWN))

    watch(world)

    assert found(world) == [(first, Finding.STUCK)]
    operate(world, retry, incident_id=incidents(world)[0].id)
    assert world.steps() == {"review": 3}


def test_held_instance_is_looked_at_but_not_mended(world: World) -> None:
    world.publish("simple", simple("a"))
    one = world.begin("simple")
    operate(world, suspend, instance_id=one, reason=WHY)
    broken(world, update(Task).values(state=TaskState.WITHDRAWN))

    watch(world)

    with pytest.raises(InstanceSuspended):
        operate(world, retry, incident_id=incidents(world)[0].id)


def test_walk_goes_on_where_it_stopped_and_begins_again_at_the_end(world: World) -> None:
    world.publish("simple", simple("a"))
    ids = [world.begin("simple") for _ in range(5)]
    broken(world, update(Task).where(Task.instance_id == ids[3]).values(state=TaskState.WITHDRAWN))

    assert [watch(world, 2) for _ in range(3)] == [0, 1, 0]
    broken(world, update(Task).where(Task.instance_id == ids[0]).values(state=TaskState.WITHDRAWN))
    assert watch(world, 2) == 1


def test_large_group_whose_children_are_still_to_come_is_in_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spawning, "CHUNK", 1)
    top = begin_tree(world)
    world.complete("principal", "review", subject="An")
    world.complete("principal", "approve", subject="An")

    assert watch(world) == 0

    broken(world, delete(Timer))
    watch(world)
    assert found(world) == [(top, Finding.GROUP_LEFT_OPEN)]
    operate(world, retry, incident_id=incidents(world)[0].id)
    world.run_worker()
    assert world.steps() == {"review": 2}


def test_administrators_are_told_of_what_was_found_once_for_a_place(world: World) -> None:
    world.publish("simple", simple("a"))
    first, _ = world.begin("simple"), world.begin("simple")
    broken(world, update(Task).values(state=TaskState.WITHDRAWN))

    watch(world)

    assert len(incidents(world)) == 2
    query = select(Notification).where(Notification.message == Message.INCIDENT_OPENED)
    (notice,) = world.read(lambda session: session.scalars(query).all())
    assert notice.person_id == world.people["administrator"]
    assert (notice.details["instance"], notice.details["element"]) == (first, "a")

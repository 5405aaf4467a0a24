"""An incident whose act or timer nothing waits for any more is over, and says nothing of the run any more."""

from functools import partial

import pytest
from sqlalchemy import Connection, select, update

from models.instance import Incident, Timer, TimerState
from models.journal import JournalKind
from models.task import Task, TaskState
from tests.cast import World, build_world
from tests.commands.operating.runs import IN_A_DAY, WHY, entries, incidents, operate, simple
from tests.conftest import Store
from tests.engine.diagrams import border, definitions, element, end, flow, start, user
from workflows.clock import FixedClock
from workflows.commands.due import ladder, timers
from workflows.commands.operating import stuck, watchdog
from workflows.commands.operating.mending import move_token
from workflows.commands.running.runs import Run
from workflows.errors import InstanceStuck
from workflows.unit_of_work import begin_work


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def jamming(alarm: bool) -> str:
    """A step, or the alarm on its border, leads to a gateway that has no way out; another step is open to operators."""
    boundary = border("alarm", "a", IN_A_DAY, interrupts=False) if alarm else ""
    body = start() + user("a", rs__assignee="head()") + boundary + element("exclusiveGateway", "g")
    body += user("b", rs__assignee="head()") + user("c", rs__assignee="head()") + end()
    jams = flow("alarm", "g") + flow("s", "a", "b") if alarm else flow("s", "a", "g")
    flows = jams + flow("g", "c", when="1 == 2") + flow("b", "c") + flow("c", "e")
    return definitions(body + flows, key="jamming").decode()


def watch(world: World) -> None:
    watchdog.watch(
        world.reading_sessions, partial(begin_work, world.sessions, world.engine, world.clock), limit=100
    )


def test_act_is_over_when_an_operator_moved_its_step_elsewhere(world: World) -> None:
    world.publish("jamming", jamming(alarm=False))
    run = world.begin("jamming")
    (task,) = world.read(lambda session: session.scalars(select(Task)).all())
    refusal = InstanceStuck(element="g", reason="no way out")
    head = world.people["principal"]
    world.do(lambda work: stuck.report(work, task_id=task.id, refusal=refusal, acted_by=head))
    watch(world)
    assert len(incidents(world)) == 1

    operate(world, move_token, instance_id=run, token=task.token, element_id="c", reason=WHY)

    assert (world.steps(), incidents(world)) == ({"c": 1}, [])


def test_timer_is_over_when_its_step_was_done(world: World, clock: FixedClock) -> None:
    world.publish("jamming", jamming(alarm=True))
    world.begin("jamming")
    for _ in range(4):
        clock.advance(days=2)
        world.run_worker()
    watch(world)
    assert [one.element_id for one in incidents(world)] == ["alarm"]

    world.complete("principal", "a")
    watch(world)

    assert incidents(world) == []
    assert world.read(lambda session: session.scalar(select(Timer.state))) is TimerState.WITHDRAWN


def test_ladder_is_over_when_its_step_was_done(world: World) -> None:
    world.publish("jamming", jamming(alarm=False).replace("1 == 2", "1 == 1"))
    world.begin("jamming")
    (task,) = world.read(lambda session: session.scalars(select(Task)).all())
    world.do(lambda work: ladder.postpone(work, task.id, "nobody to tell"))
    watch(world)
    assert [one.element_id for one in incidents(world)] == ["a"]

    world.complete("principal", "a")
    watch(world)

    assert incidents(world) == []


def test_timer_that_was_withdrawn_while_it_failed_is_no_incident(world: World) -> None:
    world.publish("simple", simple("a", "b", alarm=True))
    world.begin("simple")
    (timer,) = world.read(lambda session: session.scalars(select(Timer)).all())
    for _ in range(timers.TRIES - 1):
        world.do(lambda work: timers.postpone(work, timer.id, "the disk is full"))
    world.complete("principal", "a")

    world.do(lambda work: timers.postpone(work, timer.id, "the disk is full"))

    assert incidents(world) == []
    assert world.read(lambda session: session.scalar(select(Timer.state))) is TimerState.WITHDRAWN


def test_ladder_of_a_step_that_was_done_while_it_failed_is_no_incident(world: World) -> None:
    world.publish("simple", simple("a", "b"))
    world.begin("simple")
    task = world.task("a")
    world.complete("principal", "a")

    world.do(lambda work: ladder.postpone(work, task.id, "nobody to tell"))

    assert incidents(world) == []


def test_incident_that_an_operator_closes_at_the_same_instant_is_closed_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish("simple", simple("a"))
    run = world.begin("simple")
    world.do(lambda work: work.session.execute(update(Task).values(state=TaskState.WITHDRAWN)))
    watch(world)
    (incident,) = incidents(world)
    world.do(lambda work: work.session.execute(update(Task).values(state=TaskState.OPEN)))
    held = watchdog.lock_run

    def late(connection: Connection, instance_id: int) -> Run:
        # What the operator has committed when the watchdog gets the instance.
        closed = {"resolved_at": world.clock.now(), "resolved_by_id": world.people["administrator"]}
        connection.execute(update(Incident).where(Incident.id == incident.id).values(closed))
        return held(connection, instance_id)

    monkeypatch.setattr(watchdog, "lock_run", late)
    watch(world)

    by = world.read(lambda session: session.get_one(Incident, incident.id).resolved_by_id)
    assert (run, by) == (incident.instance_id, world.people["administrator"])
    assert entries(world, JournalKind.INCIDENT_RESOLVED) == []

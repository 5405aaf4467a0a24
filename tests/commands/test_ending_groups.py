"""A group ends while something below it moves: whatever that adds ends with it, and the parent goes on once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from sqlalchemy import select, text

from models.instance import ChildGroup, InstanceState, ProcessInstance, Timer
from tests.cast import World, build_world
from tests.commands.test_concurrency import ON_POSTGRESQL, completing
from tests.commands.test_running import PEOPLE, begin, calling, choose, work_through
from tests.conftest import Store
from tests.engine.diagrams import border, definitions, element, end, flow, many, start, timer, user
from workflows.clock import FixedClock
from workflows.commands.due import timers
from workflows.commands.running import groups, spawning
from workflows.commands.running.runs import lock_run
from workflows.commands.steering import campaigns
from workflows.commands.work import taking_back, tasks
from workflows.commands.work.answers import Answer
from workflows.errors import ConcurrentChange, NotTakenBack, Refusal
from workflows.unit_of_work import UnitOfWork, begin_work

pytestmark = ON_POSTGRESQL

Act = Callable[[UnitOfWork], object]

HEAD = {"rs__assignee": "head()"}
LATE = border("late", "each", timer("timeDuration", "P2D"))
EXPLAIN = user("explain", **HEAD) + end("e2") + flow("late", "explain", "e2")
# Looks every hundredth of a second: who waits for no lock by then meets nobody.
MOST_LOOKS = 200


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def while_under_way(world: World, first: Act, second: Act, then: Act | None = None) -> object:
    """Let the second act begin before the first one commits, and give what it came to: its result, or the refusal.

    `then` is what the first transaction does once the second waits for it.
    """

    def told() -> object:
        try:
            return world.do(second)
        except Refusal as refusal:
            return refusal

    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with ThreadPoolExecutor(1) as pool:
        with begin_work(world.sessions, world.engine, world.clock) as work:
            first(work)
            work.flush()
            other = pool.submit(told)
            for _ in range(MOST_LOOKS):
                if other.done() or work.session.scalar(waiting):
                    break
                sleep(0.01)
            if then is not None:
                then(work)
                work.flush()
        return other.result()


def fire(world: World, element_id: str) -> Act:
    """The act of the worker on the one timer of an element."""
    query = select(Timer.id).where(Timer.element_id == element_id)
    timer_id = world.read(lambda session: session.scalars(query).one())
    return lambda work: timers.fire_one(work, timer_id)


def unfinished(world: World) -> int:
    """Count the children, and theirs, that have not ended."""
    query = select(ProcessInstance.id).where(
        ProcessInstance.group_id.is_not(None),
        ProcessInstance.state.in_([InstanceState.PENDING, InstanceState.RUNNING]),
    )
    return len(world.read(lambda session: session.scalars(query).all()))


def taking_back_of(world: World, task_id: int, who: str = "principal") -> Act:
    return lambda work: taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, who))


def test_a_step_that_opens_while_its_group_is_cancelled_goes_with_it(world: World) -> None:
    begin(world, calling(many(PEOPLE), LATE).replace("</bpmn:process>", EXPLAIN + "</bpmn:process>"))
    choose(world)
    world.clock.advance(days=3)

    while_under_way(world, completing(world, "officer", world.task("review", "An").id), fire(world, "late"))

    assert world.steps() == {"explain": 1}
    assert unfinished(world) == 0


def test_grandchildren_that_come_while_their_group_is_cancelled_go_with_it(world: World) -> None:
    world.publish(
        "leaf", definitions(start() + user("l", **HEAD) + end() + flow("s", "l", "e"), key="leaf").decode()
    )
    call = element("callActivity", "call", many("[1, 2]", "one"), calledElement="leaf")
    child = start() + user("review", **HEAD) + call + end() + flow("s", "review", "call", "e")
    drawing = calling(many(PEOPLE), LATE).replace("</bpmn:process>", EXPLAIN + "</bpmn:process>")
    begin(world, drawing, definitions(child, key="child").decode())
    choose(world)
    world.clock.advance(days=3)

    while_under_way(world, completing(world, "principal", world.task("review", "An").id), fire(world, "late"))

    assert world.steps() == {"explain": 1}
    assert unfinished(world) == 0


def test_a_step_that_opens_while_its_campaign_is_closed_goes_with_it(world: World) -> None:
    world.publish_shipped()
    world.open_campaign()
    officer = str(world.people["officer"])
    task = world.task("assign_officer", "THCS")

    tries = 0

    def close(work: UnitOfWork) -> None:
        nonlocal tries
        tries += 1
        actor = world.actor(work, "department_officer")
        campaigns.close_campaign(work, actor=actor, campaign_id=world.campaign_id)

    def assign(work: UnitOfWork) -> None:
        answer = Answer("assign", {"officer": officer})
        tasks.complete(work, task_id=task.id, actor=world.actor(work, "principal"), answer=answer)

    # Closing holds the campaign by then: rows that name it are added all the same.
    while_under_way(world, lambda work: lock_run(work.connection, task.instance_id), close, then=assign)

    assert tries == 1

    assert world.steps() == {}
    assert unfinished(world) == 0


@pytest.fixture
def in_chunks(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Begins a group of people of whom the worker adds all but the first three, three at a time."""
    monkeypatch.setattr(spawning, "CHUNK", 3)

    def begin_group(people: int, condition: str | None = None) -> None:
        # From the fourth on there is nothing to do.
        gate = element("exclusiveGateway", "who", default="others")
        child = start() + gate + user("a", **HEAD) + end() + end("e2") + flow("s", "who")
        child += flow("who", "a", when="person < 3") + flow("who", "e2", name="others") + flow("a", "e")
        world.publish("child", definitions(child, key="child", rs__takes="person").decode())
        call = element("callActivity", "each", many(condition=condition), calledElement="child")
        body = start() + call + user("report", **HEAD) + end() + flow("s", "each", "report", "e")
        world.publish("parent", definitions(body, key="parent", rs__takes="people").decode())
        world.begin("parent", people=list(range(people)))

    return begin_group


def test_children_added_while_the_condition_is_met_are_cancelled(
    world: World, in_chunks: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spawning, "BUILT_AT_ONCE", 3)
    in_chunks(8, "nrOfCompletedInstances >= 2 and nrOfInstances == 8")
    first, second, _ = (task.id for task in world.open_tasks(element_id="a"))
    world.do(completing(world, "principal", first))
    monkeypatch.setattr(spawning, "BUILT_AT_ONCE", 0)

    while_under_way(world, fire(world, spawning.MORE), completing(world, "principal", second))

    assert world.steps() == {"report": 1}
    assert unfinished(world) == 0


def test_the_last_child_and_the_last_chunk_end_together(world: World, in_chunks: Callable[..., None]) -> None:
    in_chunks(4)
    *others, last = (task.id for task in world.open_tasks(element_id="a"))
    for task_id in others:
        world.do(completing(world, "principal", task_id))

    while_under_way(world, fire(world, spawning.MORE), completing(world, "principal", last))

    assert world.steps() == {"report": 1}


def test_the_next_chunk_comes_later_where_a_child_holds_the_group(
    world: World, in_chunks: Callable[..., None]
) -> None:
    in_chunks(4)
    group_id = world.read(lambda session: session.scalars(select(ChildGroup.id)).one())
    more = fire(world, spawning.MORE)

    came_to = while_under_way(world, lambda work: groups.hold_group(work, group_id), more)

    assert isinstance(came_to, ConcurrentChange)
    assert world.do(more) is True


@pytest.mark.parametrize("taken_back_first", [True, False])
def test_a_child_taken_back_while_the_last_one_ends(world: World, taken_back_first: bool) -> None:
    begin(world, calling(many(PEOPLE)))
    choose(world)
    work_through(world, "An")
    for name in ("Bình", "Chi"):
        world.complete("officer", "review", subject=name)
    taken = world.complete("principal", "approve", subject="Bình")
    taking, ending = (
        taking_back_of(world, taken),
        completing(world, "principal", world.task("approve", "Chi").id),
    )

    came_to = while_under_way(world, *((taking, ending) if taken_back_first else (ending, taking)))

    if taken_back_first:
        assert world.steps() == {"approve": 1}
        world.complete("principal", "approve", subject="Bình")
    else:
        assert isinstance(came_to, NotTakenBack)
    assert world.steps() == {"report": 1}

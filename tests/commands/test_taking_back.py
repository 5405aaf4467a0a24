"""Taking back: the step is open again and what it opened is gone, unless somebody has gone on from there."""

import pytest

from models.instance import InstanceState
from tests.cast import World, build_world
from tests.commands.test_running import (
    PEOPLE,
    Parent,
    begin,
    calling,
    children,
    choose,
    holding,
    work_through,
)
from tests.conftest import Store
from tests.engine.diagrams import definitions, element, end, flow, many, start, user
from workflows.clock import FixedClock
from workflows.commands.work import taking_back
from workflows.commands.work.answers import Answer
from workflows.errors import ConcurrentChange, NotTakenBack
from workflows.unit_of_work import UnitOfWork


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


@pytest.mark.parametrize("touched", [False, True])
def test_taking_back_restores_the_untouched_step(world: World, touched: bool) -> None:
    begin(world, calling(many(PEOPLE)))
    choose(world)
    task_id = world.complete("officer", "review", subject="An")
    if touched:
        world.complete("principal", "approve", subject="An")

    def withdraw(work: UnitOfWork) -> None:
        taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, "officer"))

    if touched:
        with pytest.raises(NotTakenBack):
            world.do(withdraw)
        return
    world.do(withdraw)

    assert world.steps() == {"review": 3}
    assert world.task("review", "An").id == task_id
    work_through(world, "An")
    assert children(world, InstanceState.FINISHED) == 1


def test_a_request_repeated_after_its_act_was_taken_back_is_refused_in_words(world: World) -> None:
    begin(world, calling(many(PEOPLE)))
    choose(world)
    task_id = world.complete("officer", "review", subject="An", request_key="k" * 32)
    world.do(lambda work: taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, "officer")))

    with pytest.raises(ConcurrentChange):
        world.complete("officer", "review", subject="An", request_key="k" * 32)

    assert world.steps() == {"review": 3}


def test_taking_back_the_last_step_of_a_child_reopens_it(world: World) -> None:
    begin(world, calling(many(PEOPLE)))
    choose(world)
    world.complete("officer", "review", subject="An")
    task_id = world.complete("principal", "approve", subject="An")

    world.do(lambda work: taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, "principal")))

    assert world.steps() == {"review": 2, "approve": 1}
    assert children(world, InstanceState.FINISHED) == 0


def test_what_is_done_far_below_is_not_lost_by_taking_back(world: World) -> None:
    """The act opened a group whose children have groups of their own, and somebody has worked in one of these."""
    for key, called, before in (("middle", "leaf", ""), ("top", "middle", "begin")):
        call = element("callActivity", "call", many("[1, 2]", "one"), calledElement=called)
        first = user(before, rs__assignee="head()") if before else ""
        body = start() + first + call + end() + flow("s", *(before.split()), "call", "e")
        world.publish(key, definitions(body, key=key).decode())
    steps = user("one", rs__assignee="head()") + user("other", rs__assignee="head()")
    leaf = start() + steps + end() + flow("s", "one", "other", "e")
    world.publish("leaf", definitions(leaf, key="leaf").decode())
    world.begin("top")
    task_id = world.complete("principal", "begin")
    world.answer("principal", world.open_tasks(element_id="one")[0].id, Answer())

    with pytest.raises(NotTakenBack):
        world.do(
            lambda work: taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, "principal"))
        )

    assert world.steps() == {"one": 3, "other": 1}


@pytest.mark.parametrize("parent", [calling, holding])
def test_a_turn_is_not_taken_back_once_the_next_has_begun(world: World, parent: Parent) -> None:
    begin(world, parent(many(PEOPLE, sequential=True)))
    choose(world)
    world.complete("officer", "review", subject="An")
    task_id = world.complete("principal", "approve", subject="An")

    with pytest.raises(NotTakenBack):
        world.do(
            lambda work: taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, "principal"))
        )

    assert [task.subject_name for task in world.open_tasks()] == ["Bình"]


def test_an_act_that_ended_the_work_of_children_is_not_taken_back(world: World) -> None:
    called = start("ls") + user("one", rs__assignee="head()") + end("le") + flow("ls", "one", "le")
    world.publish("leaf", definitions(called, key="leaf").decode())
    call = element("callActivity", "call", many("[1, 2]", "one"), calledElement="leaf")
    inside = start("is") + element("parallelGateway", "both") + call + end("ce")
    inside += user("stop", rs__assignee="head()") + end("te", "<bpmn:terminateEventDefinition/>")
    inside += flow("is", "both", "call", "ce") + flow("both", "stop", "te")
    body = start() + element("subProcess", "sub", inside) + user("after", rs__assignee="head()") + end()
    world.publish("stopping", definitions(body + flow("s", "sub", "after", "e"), key="stopping").decode())
    world.begin("stopping")
    task_id = world.complete("principal", "stop")

    with pytest.raises(NotTakenBack):
        world.do(
            lambda work: taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, "principal"))
        )

    assert world.steps() == {"after": 1}

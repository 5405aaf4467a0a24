"""Errors and escalations that leave the run they are thrown in: caught above, further above, or by nobody."""

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import func, select, update

from models.instance import ChildGroup, GroupState, Incident, InstanceState, ProcessInstance
from models.task import Task
from tests.cast import World, build_world
from tests.commands.test_concurrency import at_once, completing
from tests.conftest import Store
from tests.engine.diagrams import (
    ERROR,
    ESCALATION,
    MESSAGE,
    border,
    definitions,
    element,
    end,
    event,
    flow,
    many,
    script,
    start,
    timer,
    user,
)
from workflows.clock import FixedClock
from workflows.commands.operating import stuck, watchdog
from workflows.commands.running import sending
from workflows.commands.work import taking_back
from workflows.commands.work.answers import Answer
from workflows.errors import InstanceStuck, NotTakenBack
from workflows.unit_of_work import begin_work

EVENTS = {"error": event("error", "er"), "escalation": event("escalation", "es")}
BY_HEAD = {"rs__assignee": "head()"}
TWO = many(cardinality="2")

# Gives the drawings by key: what throws, what catches it in the middle, what catches it at the top.
Levels = Callable[..., dict[str, str]]


def drawn(key: str, body: str) -> str:
    return definitions(body, ERROR + ESCALATION + MESSAGE, key=key).decode()


def throwing(kind: str) -> str:
    """A step, then the throw; after an escalation another step."""
    head = start("cs") + user("work", **BY_HEAD)
    if kind == "error":
        return head + end("thrown", EVENTS[kind]) + flow("cs", "work", "thrown")
    throw = element("intermediateThrowEvent", "thrown", EVENTS[kind])
    return head + throw + user("more", **BY_HEAD) + end("ce") + flow("cs", "work", "thrown", "more", "ce")


def around(prefix: str, each: str, catcher: str = "") -> str:
    """What is called, and a step behind it."""
    body = start(f"{prefix}s") + each + user(f"{prefix}_rest", **BY_HEAD) + end(f"{prefix}e")
    return body + catcher + flow(f"{prefix}s", f"{prefix}_call", f"{prefix}_rest", f"{prefix}e")


def calling(kind: str, middle: str = "", top: str = "") -> dict[str, str]:
    """Three drawings, each of which calls the next twice."""
    low = element("callActivity", "middle_call", TWO, calledElement="low")
    mid = element("callActivity", "top_call", TWO, calledElement="middle")
    bodies = {"low": throwing(kind), "middle": around("middle", low, middle), "top": around("top", mid, top)}
    return {key: drawn(key, body) for key, body in bodies.items()}


def holding(kind: str, middle: str = "", top: str = "") -> dict[str, str]:
    """One drawing with a multi-instance sub-process in another."""
    low = element("subProcess", "middle_call", TWO + throwing(kind))
    mid = element("subProcess", "top_call", TWO + around("middle", low, middle))
    return {"top": drawn("top", around("top", mid, top))}


def on_border(prefix: str, kind: str, interrupts: bool = True) -> str:
    catcher = border(f"{prefix}_border", f"{prefix}_call", EVENTS[kind], interrupts)
    name = f"{prefix}_caught"
    return (
        catcher + user(name, **BY_HEAD) + end(f"{name}_end") + flow(f"{prefix}_border", name, f"{name}_end")
    )


def beside(prefix: str, kind: str, interrupts: bool = True) -> str:
    opened = element("startEvent", "os", EVENTS[kind], isInterrupting="true" if interrupts else "false")
    inside = opened + user(f"{prefix}_caught", **BY_HEAD) + end("oe") + flow("os", f"{prefix}_caught", "oe")
    return element("subProcess", f"{prefix}_door", inside, triggeredByEvent="true")


@pytest.fixture(params=[calling, holding])
def levels(request: pytest.FixtureRequest) -> Levels:
    drawing: Levels = request.param
    return drawing


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def begin(world: World, drawings: dict[str, str], key: str = "top") -> int:
    for name, xml in drawings.items():
        world.publish(name, xml)
    return world.begin(key)


def throw(world: World) -> Task:
    task = world.open_tasks(element_id="work")[0]
    world.answer("principal", task.id, Answer("done"))
    return task


def running(world: World) -> int:
    query = select(func.count()).where(
        ProcessInstance.group_id.is_not(None), ProcessInstance.state == InstanceState.RUNNING
    )
    return world.read(lambda session: session.scalar(query)) or 0


def open_groups(world: World) -> int:
    query = select(func.count()).where(ChildGroup.state == GroupState.OPEN)
    return world.read(lambda session: session.scalar(query)) or 0


def open_incidents(world: World) -> int:
    query = select(func.count()).select_from(Incident).where(Incident.resolved_at.is_(None))
    return world.read(lambda session: session.scalar(query)) or 0


@pytest.mark.parametrize("catcher", [on_border, beside])
def test_error_goes_up_until_it_is_caught_and_ends_all_it_passes(
    world: World, levels: Levels, catcher: Callable[..., str]
) -> None:
    begin(world, levels("error", top=catcher("top", "error")))
    assert world.steps() == {"work": 4}

    throw(world)

    assert world.steps() == {"top_caught": 1}
    assert (running(world), open_groups(world)) == (0, 0)


def test_error_is_caught_by_the_sub_process_around_the_call_further_above(world: World) -> None:
    drawings = calling("error")
    inside = start("is") + element("callActivity", "top_call", calledElement="middle") + end("ie")
    held = element("subProcess", "held", inside + flow("is", "top_call", "ie"))
    caught = border("b", "held", EVENTS["error"]) + user("top_caught", **BY_HEAD) + end("ce")
    body = start() + held + user("top_rest", **BY_HEAD) + end() + caught
    body += flow("s", "held", "top_rest", "e") + flow("b", "top_caught", "ce")
    begin(world, {**drawings, "top": drawn("top", body)})

    throw(world)

    assert world.steps() == {"top_caught": 1}
    assert (running(world), open_groups(world)) == (0, 0)


def test_nearest_that_catches_takes_it(world: World, levels: Levels) -> None:
    begin(world, levels("error", middle=on_border("middle", "error"), top=on_border("top", "error")))

    throw(world)

    assert world.steps() == {"middle_caught": 1, "work": 2}
    assert running(world) == 4


@pytest.mark.parametrize("catcher", [on_border, beside])
def test_escalation_goes_up_and_lets_go_on_what_it_passes(
    world: World, levels: Levels, catcher: Callable[..., str]
) -> None:
    begin(world, levels("escalation", top=catcher("top", "escalation", False)))

    throw(world)
    assert world.steps() == {"top_caught": 1, "more": 1, "work": 3}
    throw(world)

    assert world.steps() == {"top_caught": 2, "more": 2, "work": 2}
    assert running(world) == 6


@pytest.mark.parametrize("kind", ["escalation", "message"])
def test_act_that_told_others_is_not_taken_back(world: World, kind: str) -> None:
    if kind == "escalation":
        begin(world, holding(kind, top=on_border("top", kind, False)))
    else:
        sent = element("intermediateThrowEvent", "thrown", event("message", "msg")) + user("more", **BY_HEAD)
        body = start() + user("work", **BY_HEAD) + sent + end() + flow("s", "work", "thrown", "more", "e")
        begin(world, {"top": drawn("top", body)})
    task = throw(world)

    with pytest.raises(NotTakenBack):
        world.do(
            lambda work: taking_back.withdraw(
                work, task_id=task.id, actor=world.actor(work, "principal"), request_key=None
            )
        )


def test_interrupting_escalation_ends_all_it_passes(world: World, levels: Levels) -> None:
    begin(world, levels("escalation", top=on_border("top", "escalation")))

    throw(world)

    assert world.steps() == {"top_caught": 1}
    assert (running(world), open_groups(world)) == (0, 0)


def test_error_that_nobody_catches_is_refused_where_it_is_thrown(world: World, levels: Levels) -> None:
    begin(world, levels("error", top=on_border("top", "escalation")))

    with pytest.raises(InstanceStuck) as refused:
        throw(world)

    reason = "nothing catches the error E1, here or further above"
    assert refused.value.params == {"element": "thrown", "reason": reason}
    assert world.steps() == {"work": 4}


def test_incident_of_a_refused_act_is_closed_when_its_run_is_cancelled_from_above(world: World) -> None:
    late = border("b", "top_call", timer("timeDuration", "P1D")) + end("be") + flow("b", "be")
    begin(world, holding("error", top=late))
    refusals = []
    for task in world.open_tasks(element_id="work"):
        with pytest.raises(InstanceStuck) as refused:
            world.answer("principal", task.id, Answer("done"))
        refusals.append((task.id, refused.value))
    for task_id, refusal in refusals:
        world.do(partial(stuck.report, task_id=task_id, refusal=refusal, acted_by=world.people["principal"]))
    assert open_incidents(world) == 4

    world.clock.advance(days=2)
    world.run_worker()
    watchdog.watch(
        world.reading_sessions, partial(begin_work, world.sessions, world.engine, world.clock), 100
    )

    assert (running(world), open_incidents(world)) == (0, 0)


def test_error_of_one_who_joined_after_the_others_had_ended_is_refused_too(world: World) -> None:
    begin(world, calling("error", middle=on_border("middle", "error")))
    ended = update(ChildGroup).where(ChildGroup.element_id == "middle_call").values(state=GroupState.FINISHED)
    world.do(lambda work: work.session.execute(ended))

    with pytest.raises(InstanceStuck):
        throw(world)


def test_escalation_that_nobody_catches_is_let_be(world: World, levels: Levels) -> None:
    begin(world, levels("escalation", top=on_border("top", "error")))

    throw(world)

    assert world.steps() == {"more": 1, "work": 3}


def test_error_of_a_run_that_nothing_called_ends_it(world: World) -> None:
    instance_id = begin(world, {"low": drawn("low", throwing("error"))}, "low")

    throw(world)

    found = world.read(lambda session: session.get_one(ProcessInstance, instance_id).state)
    assert found is InstanceState.FINISHED


def test_children_end_together_when_the_first_throws_at_once(world: World) -> None:
    inside = many("[1, 2, 3]", "number") + start("is") + script("count", "seen = number")
    inside += end("thrown", EVENTS["error"]) + flow("is", "count", "thrown")
    body = around("top", element("subProcess", "top_call", inside), on_border("top", "error"))

    begin(world, {"top": drawn("top", body)})

    assert world.steps() == {"top_caught": 1}
    assert (running(world), open_groups(world)) == (0, 0)


def test_group_that_is_complete_with_its_first_child_begins_no_other(world: World) -> None:
    inside = many("[1, 2, 3]", "number", condition="nrOfCompletedInstances >= 1") + start("is")
    inside += script("count", "seen = number") + end("ie") + flow("is", "count", "ie")
    body = around("top", element("subProcess", "top_call", inside))

    begin(world, {"top": drawn("top", body)})

    assert world.steps() == {"top_rest": 1}
    assert (running(world), open_groups(world)) == (0, 0)


def test_call_beside_one_that_throws_at_once_leaves_nothing_behind(world: World) -> None:
    throws = start("xs") + script("count", "seen = 1") + end("thrown", EVENTS["error"])
    bodies = {
        "throws": throws + flow("xs", "count", "thrown"),
        "low": throwing("error"),
    }
    inside = start("is") + element("parallelGateway", "both") + end("ie")
    inside += element("callActivity", "one", calledElement="throws") + flow("is", "both", "one", "ie")
    inside += element("callActivity", "two", calledElement="low") + flow("both", "two", "ie")
    body = around("top", element("subProcess", "top_call", inside), on_border("top", "error"))

    begin(world, {**{key: drawn(key, xml) for key, xml in bodies.items()}, "top": drawn("top", body)})

    assert world.steps() == {"top_caught": 1}
    assert (running(world), open_groups(world)) == (0, 0)


def test_kept_message_reaches_a_run_that_its_child_has_moved_at_once(world: World) -> None:
    done = start("xs") + script("count", "seen = 1") + end("xe") + flow("xs", "count", "xe")
    body = start() + element("parallelGateway", "both") + end()
    body += element("callActivity", "one", calledElement="done") + user("top_rest", **BY_HEAD)
    body += element("receiveTask", "receive", messageRef="msg") + user("received", **BY_HEAD)
    body += flow("s", "both", "one", "top_rest", "e") + flow("both", "receive", "received", "e")
    world.do(lambda work: sending.send_message(work, "answer"))

    begin(world, {"done": drawn("done", done), "top": drawn("top", body)})

    assert world.steps() == {"received": 1, "top_rest": 1}


def test_errors_thrown_at_the_same_instant_are_caught_once(world: World, levels: Levels) -> None:
    begin(world, levels("error", top=on_border("top", "error")))
    acts = [completing(world, "principal", task.id) for task in world.open_tasks(element_id="work")]

    results = at_once(world, acts)

    assert results.count(None) == 1
    assert world.steps() == {"top_caught": 1}
    assert (running(world), open_groups(world)) == (0, 0)

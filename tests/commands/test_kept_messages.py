"""Kept messages reach whoever comes to wait: in a race, after a release, a correction or another delivery."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select, update

from models.event import EventState, SentEvent
from models.instance import Incident, ProcessInstance
from tests.cast import World, build_world
from tests.commands.operating.runs import WHY, operate
from tests.commands.test_concurrency import ON_POSTGRESQL, completing
from tests.commands.test_events import catching, count, send, steps, throwing
from tests.conftest import Store
from tests.engine.diagrams import MESSAGE, border, definitions, element, end, event, flow, script, start, user
from workflows.clock import FixedClock
from workflows.commands.due import events
from workflows.commands.due.timers import TRIES
from workflows.commands.operating.holding import resume, suspend
from workflows.commands.operating.incidents import retry
from workflows.commands.operating.mending import correct_data, move_token
from workflows.commands.running import routing, sending
from workflows.errors import InstanceStuck
from workflows.errors.events import EventRefused, ReceiverGone, RequestKeyTaken
from workflows.unit_of_work import UnitOfWork, begin_work

HEAD = {"rs__assignee": "head()"}
SECOND = '<bpmn:message id="m2" name="second"/>'


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def underway(world: World) -> int:
    return count(world, SentEvent, SentEvent.state == EventState.UNDERWAY)


def held_back(world: World, act: Callable[[UnitOfWork], object], others: Callable[[], object]) -> None:
    """Do an act and, before it is committed, what others do."""
    acted, done = Event(), Event()

    def hold() -> None:
        with begin_work(world.store.make_session, world.engine, world.clock) as work:
            act(work)
            acted.set()
            assert done.wait(30)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert acted.wait(30)
        try:
            others()
        finally:
            done.set()
        holding.result()


@ON_POSTGRESQL
@pytest.mark.parametrize("thrown", [False, True], ids=["from outside", "thrown"])
def test_message_sent_while_its_event_is_being_armed_arrives(
    world: World, clock: FixedClock, thrown: bool
) -> None:
    world.publish("catching", catching(before="yes"))
    world.publish("throwing", throwing())
    waiting = world.begin("catching")
    world.begin("throwing")
    task_id = world.task("before").id

    def others() -> None:
        if thrown:
            world.complete("principal", "tell")
            world.run_due()
        else:
            assert send(world).instance_id is None

    held_back(world, completing(world, "principal", task_id), others)
    assert steps(world, waiting) == []

    clock.advance(minutes=2)
    world.run_due()
    assert steps(world, waiting) == ["after"]


def test_kept_message_is_looked_at_once_more_and_then_at_its_end(world: World, clock: FixedClock) -> None:
    send(world)

    def due_in() -> timedelta:
        return world.read(lambda session: session.scalars(select(SentEvent.due_at)).one()) - clock.now()

    assert due_in() == routing.SECOND_LOOK
    clock.advance(minutes=1)
    world.run_due()
    assert due_in() == routing.KEPT - routing.SECOND_LOOK
    clock.advance(days=30)
    world.run_due()
    assert underway(world) == 0


@pytest.mark.parametrize("correlation", [None, {"student": 1}])
def test_message_sent_while_its_run_was_held_arrives_after_the_release(
    world: World, clock: FixedClock, correlation: dict[str, Any] | None
) -> None:
    world.publish("catching", catching(correlation="student" if correlation else ""))
    one = world.begin("catching", student=1)
    operate(world, suspend, instance_id=one, reason=WHY)
    assert send(world, correlation=correlation).instance_id is None
    clock.advance(days=2)
    world.run_due()

    operate(world, resume, instance_id=one, reason=WHY)
    world.run_due()

    assert (steps(world, one), underway(world)) == (["after"], 0)


def test_held_run_takes_no_kept_message(world: World) -> None:
    world.publish("catching", catching(before="yes"))
    one = world.begin("catching")
    send(world)
    operate(world, suspend, instance_id=one, reason=WHY)

    token = world.task("before").token
    operate(world, move_token, instance_id=one, token=token, element_id="c", reason=WHY)
    world.run_due()
    assert steps(world, one) == []

    operate(world, resume, instance_id=one, reason=WHY)
    world.run_due()
    assert steps(world, one) == ["after"]


@pytest.mark.parametrize("drawn", ["student", ""])
def test_message_kept_for_the_corrected_value_arrives(world: World, clock: FixedClock, drawn: str) -> None:
    world.publish("catching", catching(correlation=drawn))
    one = world.begin("catching", student=1)
    send(world, correlation={"student": 2})
    clock.advance(days=2)
    world.run_due()

    operate(world, correct_data, instance_id=one, values={"student": "2"}, reason=WHY)
    world.run_due()

    assert (steps(world, one), underway(world)) == (["after"], 0)


def test_event_that_waits_on_takes_all_messages_that_came_early(world: World) -> None:
    side = border("b", "w", event("message", "msg"), interrupts=False) + user("side", **HEAD) + end("e2")
    body = start() + user("before", **HEAD) + user("w", **HEAD) + side + end()
    body += flow("s", "before", "w", "e") + flow("b", "side", "e2")
    world.publish("p", definitions(body, MESSAGE, key="p").decode())
    one = world.begin("p")
    for _ in range(3):
        send(world)

    world.complete("principal", "before")
    world.run_due()

    assert steps(world, one) == ["side", "side", "side", "w"]


def test_loop_takes_as_many_early_messages_as_there_are(world: World) -> None:
    body = start() + user("before", **HEAD) + element("exclusiveGateway", "x")
    body += element("intermediateCatchEvent", "c", event("message", "msg"), rs__takes="n") + end()
    body += element("exclusiveGateway", "again", default="on")
    body += flow("s", "before", "x", "c", "again") + flow("again", "e", when="n == 'last'")
    body += '<bpmn:sequenceFlow id="on" sourceRef="again" targetRef="x"/>'
    world.publish("p", definitions(body, MESSAGE, key="p").decode())
    one = world.begin("p")
    for number in range(150):
        send(world, values={"n": str(number)})

    world.complete("principal", "before")
    world.run_due()

    assert (underway(world), steps(world, one)) == (0, [])


def test_first_early_message_may_lead_to_a_child_that_ends_at_once(world: World) -> None:
    child = start() + script("q", "z = 1") + end() + flow("s", "q", "e")
    body = start() + user("w", **HEAD) + element("parallelGateway", "g")
    body += element("intermediateCatchEvent", "c1", event("message", "msg"))
    body += element("callActivity", "call", calledElement="child")
    body += element("intermediateCatchEvent", "c2", event("message", "m2"))
    body += element("parallelGateway", "j") + user("after", **HEAD) + end()
    body += flow("s", "w", "g", "c1", "call", "j", "after", "e") + flow("g", "c2", "j")
    world.publish("child", definitions(child, key="child").decode())
    world.publish("par", definitions(body, MESSAGE + SECOND, key="par").decode())
    one = world.begin("par")
    send(world)
    send(world, "second")

    world.complete("principal", "w")
    world.run_due()

    assert steps(world, one) == ["after"]


@pytest.mark.parametrize("position", [0, 2, 4])
@pytest.mark.parametrize("early", [False, True])
def test_message_finds_its_run_among_more_than_are_looked_at_together(
    world: World, monkeypatch: pytest.MonkeyPatch, position: int, early: bool
) -> None:
    monkeypatch.setattr(routing, "TOGETHER", 2)
    world.publish("catching", catching())
    if early:
        for student in range(5):
            send(world, correlation={"student": student})
        assert steps(world, world.begin("catching", student=position)) == ["after"]
        assert underway(world) == 4
    else:
        runs = [world.begin("catching", student=student) for student in range(5)]
        assert send(world, correlation={"student": position}).instance_id == runs[position]


@ON_POSTGRESQL
def test_runs_that_a_message_does_not_fit_are_not_held_for_it(world: World) -> None:
    world.publish("catching", catching())
    others = [world.begin("catching", student=student) for student in range(3)]

    held_back(
        world,
        lambda work: sending.send_message(work, "answer", correlation={"student": 2}),
        lambda: [send(world, instance_id=one) for one in others[:2]],
    )

    assert [steps(world, one) for one in others] == [["after"]] * 3


def test_kept_message_for_one_run_goes_to_no_other(world: World) -> None:
    world.publish("catching", catching(before="yes"))
    meant, other = world.begin("catching"), world.begin("catching")
    receipts = [send(world, instance_id=meant, request_key="k") for _ in range(2)]
    tasks = {task.instance_id: task.id for task in world.open_tasks(element_id="before")}

    world.do(completing(world, "principal", tasks[other]))
    world.run_due()
    assert steps(world, other) == []

    world.do(completing(world, "principal", tasks[meant]))
    assert steps(world, meant) == ["after"]
    assert [(one.instance_id, one.repeated) for one in receipts] == [(None, False), (None, True)]


def test_run_that_is_not_there_or_over_gets_no_message(world: World) -> None:
    world.publish("catching", catching())
    over = world.begin("catching")
    send(world)
    world.complete("principal", "after")

    for number in (over, 999999, 0, -1, 10**30):
        with pytest.raises(ReceiverGone):
            send(world, instance_id=number)
    assert underway(world) == 0


DEEP: list[Any] = []
for _ in range(300):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "given",
    [
        {"correlation": {"student": "x" * 500}},
        {"values": {"a": 10**30}},
        {"values": {"a": {"b": ["\ud800"]}}},
        {"values": {"\ud800": 1}},
        {"values": {"a": float("nan")}},
        {"values": {"a": DEEP}},
        {"correlation": {"a": 10**30}},
        {"name": "answer\ud800"},
        {"name": "answer\0"},
    ],
    ids=str,
)
def test_what_cannot_be_stored_is_refused(world: World, given: dict[str, Any]) -> None:
    with pytest.raises(EventRefused):
        send(world, **given)
    if given.keys() == {"values"}:
        with pytest.raises(EventRefused):
            world.do(lambda work: sending.send_signal(work, "stop", **given))


def test_thrown_correlation_that_is_too_long_stops_at_its_event(world: World) -> None:
    world.publish("throwing", throwing(correlation="student"))
    world.begin("throwing", student="x" * 500)

    with pytest.raises(InstanceStuck) as stuck:
        world.complete("principal", "tell")

    assert stuck.value.params["element"] == "t"
    assert "400" in str(stuck.value.params["reason"])


def stuck_behind_its_event(world: World) -> int:
    body = start() + element("intermediateCatchEvent", "c", event("message", "msg"))
    body += element("exclusiveGateway", "x") + user("a", **HEAD) + end() + end("e2")
    body += flow("s", "c", "x") + flow("x", "a", when="student == 1") + flow("x", "e2", when="student == 2")
    xml = definitions(body + flow("a", "e"), MESSAGE, key="p", rs__takes="student").decode()
    world.publish("p", xml)
    return world.begin("p", student=3)


def test_message_that_its_run_cannot_take_becomes_an_incident_of_the_run(
    world: World, clock: FixedClock
) -> None:
    one = stuck_behind_its_event(world)

    def at_once_or_later() -> sending.Receipt:
        def act(work: UnitOfWork, *, later: bool = False) -> sending.Receipt:
            return sending.send_message(work, "answer", request_key="k", later=later)

        return sending.at_once_or_later(world.do, act)

    first, again = at_once_or_later(), at_once_or_later()
    for _ in range(TRIES):
        world.run_due()
        clock.advance(minutes=6)

    assert (first.instance_id, again.instance_id, again.repeated) == (None, None, True)
    incident = world.read(lambda session: session.scalars(select(Incident)).one())
    assert incident.instance_id == one
    operate(world, correct_data, instance_id=one, values={"student": "1"}, reason=WHY)
    operate(world, retry, incident_id=incident.id)
    assert steps(world, one) == ["a"]


@pytest.mark.parametrize("correlation", [None, {"student": 2}])
def test_run_whose_state_cannot_be_read_keeps_no_message_from_others(
    world: World, correlation: dict[str, Any] | None
) -> None:
    world.publish("catching", catching())
    broken, other = world.begin("catching", student=1), world.begin("catching", student=2)
    spoiled = update(ProcessInstance).where(ProcessInstance.id == broken).values(engine_state=b"?")
    world.do(lambda work: work.session.execute(spoiled))

    assert send(world, correlation=correlation).instance_id == other
    assert send(world).instance_id is None


def test_key_that_came_before_with_something_else_is_refused(world: World) -> None:
    send(world, values={"n": 1}, correlation={"student": 1}, request_key="k")

    for name, given in (
        ("other", {"values": {"n": 1}, "correlation": {"student": 1}}),
        ("answer", {"values": {"n": 2}, "correlation": {"student": 1}}),
        ("answer", {"values": {"n": 1}}),
    ):
        with pytest.raises(RequestKeyTaken):
            send(world, name, request_key="k", **given)
    with pytest.raises(RequestKeyTaken):
        world.do(lambda work: sending.send_signal(work, "answer", {"n": 1}, request_key="k"))


def test_event_that_was_delivered_meanwhile_is_not_put_off(world: World) -> None:
    world.publish("catching", catching(before="yes"))
    world.begin("catching")
    send(world)
    (sent_id,) = world.read(lambda session: session.scalars(select(SentEvent.id)).all())

    def postpone(work: UnitOfWork) -> None:
        work.session.get_one(SentEvent, sent_id)
        # Somebody else delivers it now.
        routing.claim(work, sent_id, 1)
        events.postpone(work, sent_id, "the disk is full")

    for _ in range(TRIES):
        world.do(postpone)

    assert count(world, SentEvent, SentEvent.state == EventState.DELIVERED, SentEvent.tries == 0) == 1

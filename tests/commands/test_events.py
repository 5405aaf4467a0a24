"""Messages and signals between instances and from outside: by name and correlation, early, repeated, suspended."""

import pytest
from sqlalchemy import func, select

from models.event import AwaitedEvent, EventState, SentEvent
from models.instance import Incident, ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.task import Task, TaskState
from tests.cast import World, build_world
from tests.conftest import Store
from tests.engine.diagrams import (
    MESSAGE,
    SIGNAL,
    border,
    definitions,
    element,
    end,
    event,
    flow,
    start,
    timer,
    user,
)
from workflows.clock import FixedClock
from workflows.commands.due import events, timers
from workflows.commands.running import groups, sending
from workflows.commands.running.names import surroundings_of
from workflows.commands.running.runs import lock_run
from workflows.errors.events import EventRefused
from workflows.unit_of_work import UnitOfWork


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def catching(*, correlation: str = "", before: str = "", kind: str = "message", takes: str = "") -> str:
    """A step (if asked), then a message or signal, then the step `after`."""
    reference = {"message": "msg", "signal": "sig"}[kind]
    by = {"rs__correlation": correlation} if correlation else {}
    by |= {"rs__takes": takes} if takes else {}
    catch = element("intermediateCatchEvent", "c", event(kind, reference), **by)
    head = user("before", rs__assignee="head()") if before else ""
    line = ("s", *(("before",) if before else ()), "c", "after", "e")
    body = start() + head + catch + user("after", rs__assignee="head()") + end() + flow(*line)
    return definitions(body, MESSAGE + SIGNAL, key="catching", rs__takes="student").decode()


def throwing(kind: str = "message", correlation: str = "") -> str:
    """A step, then a throw event."""
    reference = {"message": "msg", "signal": "sig"}[kind]
    by = {"rs__correlation": correlation} if correlation else {}
    throw = element("intermediateThrowEvent", "t", event(kind, reference), **by)
    body = start() + user("tell", rs__assignee="head()") + throw + user("told", rs__assignee="head()") + end()
    return definitions(
        body + flow("s", "tell", "t", "told", "e"),
        MESSAGE + SIGNAL,
        key="throwing",
        rs__takes="student, answer",
    ).decode()


def steps(world: World, instance_id: int) -> list[str]:
    query = select(Task.element_id).where(Task.instance_id == instance_id, Task.state == TaskState.OPEN)
    return sorted(world.read(lambda session: session.scalars(query).all()))


def count(world: World, model: type, *conditions: object) -> int:
    query = select(func.count()).select_from(model).where(*conditions)  # type: ignore[arg-type]
    return world.read(lambda session: session.scalar(query)) or 0


def send(world: World, name: str = "answer", **options: object) -> sending.Receipt:
    return world.do(lambda work: sending.send_message(work, name, **options))  # type: ignore[arg-type]


def bring(world: World) -> int:
    """Do what the worker does with events."""
    due = world.do(lambda work: events.due_events(work, 100))
    return sum(world.do(lambda work, one=one: events.deliver_one(work, one)) for one in due)  # type: ignore[misc]


def test_message_goes_to_the_one_who_has_waited_longest(world: World) -> None:
    world.publish("catching", catching())
    first, second = world.begin("catching"), world.begin("catching")

    receipt = send(world, values={"note": "x"})

    assert (receipt.instance_id, steps(world, first), steps(world, second)) == (first, ["after"], [])
    assert count(world, AwaitedEvent) == 1
    assert count(world, JournalEntry, JournalEntry.kind == JournalKind.EVENT_DELIVERED) == 1


SENT = {"note": "x", "initiator": 2, "outcome": "accept", "student": 9, "a b": 1}
LEFT = ("a b", "initiator", "outcome", "student")


def values_of(world: World, instance_id: int) -> dict[str, object]:
    """The variables at the step behind the event."""

    def look(work: UnitOfWork) -> dict[str, object]:
        run = lock_run(work.connection, instance_id)
        around = surroundings_of(work, run)
        (step,) = work.engine.read(run.version_id, run.engine_state, around).steps  # type: ignore[arg-type]
        return {name: step.values.get(name) for name in (*SENT, "student")}

    return world.do(look)


def delivered(world: World) -> dict[str, object]:
    """What the journal says of the one event that was delivered."""
    query = select(JournalEntry.details).where(JournalEntry.kind == JournalKind.EVENT_DELIVERED)
    return dict(world.read(lambda session: session.scalars(query).one()))


TAKEN = {"note": "x", "initiator": None, "outcome": None, "student": 7, "a b": None}


def test_message_brings_only_what_its_event_takes(world: World) -> None:
    world.publish("catching", catching(takes="note"))
    waiting = world.begin("catching", student=7)

    first, again = (send(world, values=SENT, request_key="k") for _ in range(2))

    assert values_of(world, waiting) == TAKEN
    assert (first.ignored, again.ignored) == (LEFT, LEFT)
    assert (delivered(world)["values"], delivered(world)["ignored"]) == ({"note": "x"}, list(LEFT))


def test_event_that_names_nothing_takes_nothing(world: World) -> None:
    world.publish("catching", catching())
    waiting = world.begin("catching", student=7)

    assert send(world, values=SENT).ignored == tuple(sorted(SENT))

    assert values_of(world, waiting) == {**TAKEN, "note": None}


@pytest.mark.parametrize("way", ["early", "from outside", "from another run"])
@pytest.mark.parametrize("kind", ["message", "signal"])
def test_only_what_is_taken_arrives_by_any_way(world: World, way: str, kind: str) -> None:
    if (way, kind) == ("early", "signal"):
        return  # nobody waits for it: it is lost
    before = "yes" if way == "early" else ""
    world.publish("catching", catching(before=before, kind=kind, takes="note"))
    world.publish("throwing", throwing(kind))
    waiting = world.begin("catching", student=7)
    sends = sending.send_signal if kind == "signal" else sending.send_message
    if way == "from another run":
        world.begin("throwing", **SENT)
        world.complete("principal", "tell")
    else:
        world.do(lambda work: sends(work, "stop" if kind == "signal" else "answer", SENT))
    if way == "early":
        world.complete("principal", "before")
    bring(world)

    assert steps(world, waiting) == ["after"]
    assert values_of(world, waiting) == {**TAKEN, **({"outcome": "done"} if way == "early" else {})}
    assert "initiator" in delivered(world)["ignored"]  # type: ignore[operator]


@pytest.mark.parametrize("drawn", ["student", ""])
def test_message_finds_its_instance_by_correlation_drawn_or_not(world: World, drawn: str) -> None:
    world.publish("catching", catching(correlation=drawn))
    others = [world.begin("catching", student=number) for number in (1, 2, 3)]

    receipt = send(world, correlation={"student": 2})

    assert receipt.instance_id == others[1]
    assert [steps(world, one) for one in others] == [[], ["after"], []]


def test_drawn_correlation_takes_no_message_without_it(world: World) -> None:
    world.publish("catching", catching(correlation="student"))
    waiting = world.begin("catching", student=1)

    assert send(world).instance_id is None
    assert steps(world, waiting) == []


def test_message_can_name_its_instance(world: World) -> None:
    world.publish("catching", catching())
    world.begin("catching")
    second = world.begin("catching")

    assert send(world, instance_id=second).instance_id == second


def test_early_message_is_kept_and_taken_once(world: World) -> None:
    world.publish("catching", catching(before="yes", correlation="student"))
    send(world, correlation={"student": 2}, values={"note": "early"})
    waiting = []
    for student in (1, 2):
        waiting.append(world.begin("catching", student=student))
        world.complete("principal", "before")
    other, meant = waiting

    assert (steps(world, other), steps(world, meant)) == ([], ["after"])
    assert count(world, SentEvent, SentEvent.state == EventState.DELIVERED) == 1
    again = world.begin("catching", student=2)
    world.complete("principal", "before")
    assert steps(world, again) == []


def test_message_nobody_ever_waits_for_is_dropped_after_a_month(world: World, clock: FixedClock) -> None:
    send(world)
    assert bring(world) == 0

    clock.advance(days=31)
    bring(world)

    assert count(world, SentEvent, SentEvent.state == EventState.DROPPED) == 1


def test_repeated_request_has_one_effect(world: World) -> None:
    world.publish("catching", catching())
    first, second = world.begin("catching"), world.begin("catching")

    receipts = [send(world, request_key="k1") for _ in range(3)]

    assert [one.instance_id for one in receipts] == [first] * 3
    assert [one.repeated for one in receipts] == [False, True, True]
    assert steps(world, second) == []


@pytest.mark.parametrize("order", ["waits first", "throws first"])
def test_one_procedure_sends_to_another(world: World, order: str) -> None:
    world.publish("catching", catching(correlation="student"))
    world.publish("throwing", throwing(correlation="student"))
    if order == "waits first":
        waiting = world.begin("catching", student=7)
    thrower = world.begin("throwing", student=7)
    world.complete("principal", "tell")
    if order == "throws first":
        bring(world)
        waiting = world.begin("catching", student=7)
    bring(world)

    assert (steps(world, thrower), steps(world, waiting)) == (["told"], ["after"])


def test_signal_reaches_everybody_who_waits_now_and_nobody_later(world: World) -> None:
    world.publish("catching", catching(kind="signal"))
    world.publish("throwing", throwing("signal"))
    waiting = [world.begin("catching") for _ in range(3)]
    world.begin("throwing")
    world.complete("principal", "tell")
    late = world.begin("catching")

    assert bring(world) == 3

    assert [steps(world, one) for one in waiting] == [["after"]] * 3
    assert steps(world, late) == []


def test_signal_from_outside_tells_how_many_it_reaches(world: World) -> None:
    world.publish("catching", catching(kind="signal"))
    waiting = [world.begin("catching") for _ in range(2)]

    receipts = [
        world.do(lambda work: sending.send_signal(work, "stop", {"why": "x"}, request_key="k"))
        for _ in range(2)
    ]
    bring(world)

    assert [(one.reached, one.repeated) for one in receipts] == [(2, False), (2, True)]
    assert [steps(world, one) for one in waiting] == [["after"]] * 2


def test_cancelled_instance_awaits_nothing(world: World) -> None:
    world.publish("catching", catching())
    waiting = world.begin("catching")

    world.do(lambda work: groups.cancel_instances(work, [waiting]))

    assert count(world, AwaitedEvent) == 0
    assert send(world).instance_id is None


def test_suspended_instance_takes_neither_messages_nor_signals_nor_timers_until_it_goes_on(
    world: World, clock: FixedClock
) -> None:
    late = border("b", "a", timer("timeDuration", "PT1H"))
    body = start() + user("a", rs__assignee="head()") + late + user("late", rs__assignee="head()") + end()
    world.publish(
        "timed", definitions(body + flow("s", "a", "e") + flow("b", "late", "e"), key="timed").decode()
    )
    world.publish("catching", catching(kind="signal"))
    timed, waiting = world.begin("timed"), world.begin("catching")

    def hold(at: object) -> None:
        def act(work: UnitOfWork) -> None:
            for one in (timed, waiting):
                work.session.get_one(ProcessInstance, one).suspended_at = at  # type: ignore[assignment]

        world.do(act)

    hold(clock.now())
    world.do(lambda work: sending.send_signal(work, "stop"))
    clock.advance(hours=2)

    assert bring(world) == 0
    assert world.do(lambda work: timers.due_timers(work, 10)) == []

    hold(None)
    assert bring(world) == 1
    assert len(world.do(lambda work: timers.due_timers(work, 10))) == 1


def test_event_that_cannot_be_taken_becomes_an_incident_and_stops_no_other(world: World) -> None:
    catch = element("intermediateCatchEvent", "c", event("signal", "sig"))
    broken = element("exclusiveGateway", "x") + element("endEvent", "e2")
    body = start() + catch + broken + end() + flow("s", "c", "x") + flow("x", "e", when="student == 1")
    body += flow("x", "e2", when="student == 2")
    xml = definitions(body, SIGNAL, key="catching", rs__takes="student").decode()
    world.publish("catching", xml)
    stuck = world.begin("catching", student=3)
    world.do(lambda work: sending.send_signal(work, "stop"))
    (sent_id,) = world.do(lambda work: events.due_events(work, 10))

    for _ in range(events.TRIES):
        world.do(lambda work: events.postpone(work, sent_id, "no condition is true"))

    incident = world.read(lambda session: session.scalars(select(Incident)).one())
    assert (incident.instance_id, incident.cause) == (stuck, "no condition is true")


@pytest.mark.parametrize("name", ["", " ", "x" * 201])
def test_names_that_cannot_be_meant_are_refused(world: World, name: str) -> None:
    with pytest.raises(EventRefused):
        send(world, name)


def test_several_at_once_give_one_message_to_one_instance(world: World) -> None:
    world.publish("catching", catching())
    waiting = [world.begin("catching") for _ in range(4)]

    taken = {send(world).instance_id for _ in range(4)}

    assert taken == set(waiting)
    assert world.do(lambda work: lock_run(work.connection, waiting[0]).state).value == "running"

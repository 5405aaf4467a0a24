"""An operator corrects what an instance knows, moves a token, and tries again what failed."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from models.event import AwaitedEvent
from models.instance import InstanceState, ProcessInstance
from models.journal import JournalKind
from models.notification import Message, Notification
from models.process import ProcessVersion
from tests.cast import World, build_world
from tests.commands.operating.runs import (
    WHY,
    begin_tree,
    children_of,
    entries,
    incidents,
    operate,
    run_of,
    simple,
)
from tests.conftest import Store
from tests.engine.diagrams import definitions, element, end, event, flow, many, script, start, timer, user
from workflows.clock import FixedClock
from workflows.commands.operating.incidents import resolve, retry
from workflows.commands.operating.mending import correct_data, move_token
from workflows.errors import (
    AlreadyDone,
    DayOutOfReach,
    InstanceStuck,
    NotPermitted,
    ValueNotADate,
    ValueNotANumber,
    ValueNotOffered,
)
from workflows.errors.operating import (
    ElementNotChosen,
    ElementNotOpenable,
    ElementWaits,
    IncidentResolved,
    NamedNobody,
    NoSuchPerson,
    ValueOfAnotherKind,
    ValueUnchanged,
    VariableTooLong,
    VariableUnknown,
)


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def knowing() -> str:
    """A step that asks for a number, a script with more kinds of values, then a step with all of them at hand."""
    person = '<rs:field key="who" type="person" label="W"/>'
    more = '<rs:field key="on" type="date" label="O"/><rs:field key="level" type="select" label="L">'
    more += '<rs:option key="high" label="H"/></rs:field>'
    field = f'<rs:form><rs:field key="n" type="number" label="N"/>{person}{more}</rs:form>'
    lines = "text = 'a'\nyes = True\nmany = [1, 2]\npeople = [{'id': 1, 'name': 'An'}]\nwhen = now()\nempty = None"
    lines += "\nnone = []"
    body = (
        start()
        + user("ask", f"<bpmn:extensionElements>{field}</bpmn:extensionElements>", rs__assignee="head()")
        + script("set", lines)
    )
    body += user("use", rs__assignee="head()") + end() + flow("s", "ask", "set", "use", "e")
    return definitions(body, key="knowing").decode()


def known(world: World, instance_id: int) -> dict[str, object]:
    def look(session):  # type: ignore[no-untyped-def]
        run = session.get_one(ProcessInstance, instance_id)
        return world.engine.open_tokens(run.version_id, run.engine_state, world.clock.now())[0].values

    return dict(world.read(look))


def test_values_are_read_as_the_kind_that_is_there(world: World) -> None:
    world.publish("knowing", knowing())
    one = world.begin("knowing")
    world.complete("principal", "ask", n="7")

    given = {"n": "7,5", "text": "b", "yes": "false", "many": "[3]", "when": "2023-06-09T10:00:00+00:00"}
    operate(world, correct_data, instance_id=one, values=given, reason=WHY)

    values = known(world, one)
    assert (values["n"], values["text"], values["yes"], values["many"]) == (7.5, "b", False, [3])
    details = entries(world, JournalKind.DATA_CORRECTED)[0].details
    assert (details["before"]["n"], details["after"]["n"], details["reason"]) == (7, 7.5, WHY)


def test_what_a_form_asks_for_is_read_as_the_form_reads_it(world: World) -> None:
    world.publish("knowing", knowing())
    one = world.begin("knowing")
    world.complete("principal", "ask", n="7", on="01/06/2023")

    given = {"n": "8,5", "on": "09/06/2023", "level": "high", "outcome": "done"}
    operate(world, correct_data, instance_id=one, values=given, reason=WHY)
    assert {name: known(world, one)[name] for name in given} == {**given, "n": 8.5, "on": "2023-06-09"}

    operate(world, correct_data, instance_id=one, values={"on": ""}, reason=WHY)
    assert known(world, one)["on"] is None


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"nobody": "1"}, VariableUnknown),
        ({"n": "seven"}, ValueNotANumber),
        ({"on": "09/06"}, ValueNotADate),
        ({"on": "31/12/0009"}, DayOutOfReach),
        ({"level": "no such"}, ValueNotOffered),
        ({"outcome": "no such"}, ValueNotOffered),
        ({"outcome": 7}, ValueOfAnotherKind),
        ({"yes": "perhaps"}, ValueOfAnotherKind),
        ({"many": "{}"}, ValueOfAnotherKind),
        ({"many": '["a"]'}, ValueOfAnotherKind),
        ({"many": "[NaN]"}, ValueOfAnotherKind),
        ({"many": "[" * 9_000 + "]" * 9_000}, ValueOfAnotherKind),
        ({"many": ["a"]}, ValueOfAnotherKind),
        ({"people": '[{"id": "a", "name": "An"}]'}, ValueOfAnotherKind),
        ({"people": '[{"id": 1}]'}, ValueOfAnotherKind),
        ({"people": "[1]"}, ValueOfAnotherKind),
        ({"text": "x" * 1001}, VariableTooLong),
        ({"people": f'[{{"id": 1, "name": "{"x" * 1001}"}}]'}, VariableTooLong),
        ({"who": "999999"}, NoSuchPerson),
        ({"who": "99999999999"}, NoSuchPerson),
        ({"who": "-1"}, NoSuchPerson),
        ({"when": "tomorrow"}, ValueOfAnotherKind),
        ({"n": "7", "text": 4}, ValueOfAnotherKind),
        ({"initiator": "abc"}, ValueOfAnotherKind),
        ({"initiator": "-1"}, NoSuchPerson),
        ({"initiator": "999999"}, NoSuchPerson),
        ({"initiator": "1" + "0" * 21}, ValueOfAnotherKind),
        ({"initiator": True}, ValueOfAnotherKind),
        ({"many": "[1" + "0" * 21 + "]"}, ValueOfAnotherKind),
        ({"many": [10**21]}, ValueOfAnotherKind),
        ({"returned": "1"}, ValueOfAnotherKind),
        ({"returned": "[[[[1]]]]"}, ValueOfAnotherKind),
        ({"returned": '["a"]'}, ValueOfAnotherKind),
        ({"returned": "[true]"}, ValueOfAnotherKind),
        ({"none": "[[1]]"}, ValueOfAnotherKind),
        # Half a sign: nothing that could be kept.
        ({"text": "\ud800"}, ValueOfAnotherKind),
        ({"none": '["\\ud800"]'}, ValueOfAnotherKind),
        ({"none": '[{"\\ud800": 1}]'}, ValueOfAnotherKind),
        ({"people": '[{"id": 1, "name": "\\ud800"}]'}, ValueOfAnotherKind),
    ],
)
def test_values_that_cannot_be_meant_change_nothing(
    world: World, values: dict[str, object], refusal: type[Exception]
) -> None:
    world.publish("knowing", knowing())
    one = world.begin("knowing")
    world.complete("principal", "ask", n="7")
    before = known(world, one)

    with pytest.raises(refusal):
        operate(world, correct_data, instance_id=one, values=values, reason=WHY)

    assert known(world, one) == before


def test_a_value_that_is_there_already_is_no_correction(world: World) -> None:
    world.publish("knowing", knowing())
    one = world.begin("knowing")

    with pytest.raises(ValueUnchanged):
        operate(world, correct_data, instance_id=one, values={"n": ""}, reason=WHY)

    assert entries(world, JournalKind.DATA_CORRECTED) == []


def test_a_person_is_one_of_those_offered(world: World) -> None:
    world.publish("knowing", knowing())
    one = world.begin("knowing")
    world.complete("principal", "ask", n="7")
    officer, office = world.people["officer"], world.people["department_officer"]

    operate(world, correct_data, instance_id=one, values={"who": str(officer)}, reason=WHY)
    # Whoever starts a run may belong to a unit above.
    operate(world, correct_data, instance_id=one, values={"initiator": str(office)}, reason=WHY)
    operate(world, correct_data, instance_id=one, values={"returned": "[1, 2]"}, reason=WHY)
    with pytest.raises(ValueNotOffered):
        operate(world, correct_data, instance_id=one, values={"who": str(office)}, reason=WHY)

    found = known(world, one)
    assert (found["who"], found["initiator"], found["returned"]) == (officer, office, [1, 2])


def test_run_that_the_engine_has_not_touched_keeps_the_correction(world: World) -> None:
    begin_tree(world)
    one = children_of(world)[0]
    assert one.engine_state is None

    operate(world, correct_data, instance_id=one.id, values={"outcome": "done"}, reason=WHY)

    assert children_of(world)[0].start_values["outcome"] == "done"


def test_an_instant_that_such_a_run_began_with_stays_one(world: World) -> None:
    inside = many("['a', 'b']", "it") + start("cs") + user("cu", rs__assignee="head()", rs__due="when")
    inside += end("ce") + flow("cs", "cu", "ce")
    body = start() + script("set", "when = workdays(3)") + element("subProcess", "each", inside) + end()
    world.publish("knowing", definitions(body + flow("s", "set", "each", "e"), key="knowing").decode())
    world.begin("knowing")
    one = children_of(world)[0]

    given = {"when": "2023-06-19T10:00:00+00:00"}
    operate(world, correct_data, instance_id=one.id, values=given, reason=WHY)

    corrected, other = (child.start_values["when"] for child in children_of(world))
    assert corrected == datetime(2023, 6, 19, 10, tzinfo=UTC)
    assert isinstance(other, datetime)


def test_message_finds_its_instance_by_the_corrected_value(world: World) -> None:
    catch = element("intermediateCatchEvent", "c", event("message", "msg"), rs__correlation="student")
    body = start() + catch + user("after", rs__assignee="head()") + end() + flow("s", "c", "after", "e")
    extra = '<bpmn:message id="msg" name="answer"/>'
    world.publish("waiting", definitions(body, extra, key="waiting", rs__takes="student").decode())
    one = world.begin("waiting", student=3)

    operate(world, correct_data, instance_id=one, values={"student": "4"}, reason=WHY)

    assert world.read(lambda session: session.scalar(select(AwaitedEvent.correlation))) == '{"student":4}'


def test_token_moves_and_both_people_are_told(world: World) -> None:
    world.publish("simple", simple("a", "b", "c"))
    one = world.begin("simple")

    operate(
        world,
        move_token,
        instance_id=one,
        token=world.task("a").token,
        element_id="c",
        reason=WHY,
        request_key="k",
    )

    assert world.steps() == {"c": 1}
    assert world.task("c").note == WHY
    messages = world.read(lambda session: [n.message for n in session.scalars(select(Notification))])
    assert messages.count(Message.TASK_OPENED) == 2
    assert messages.count(Message.TASK_WITHDRAWN) == 1
    told = entries(world, JournalKind.TOKEN_MOVED)[0].details
    assert {**told, "removed": len(told["removed"])} == {"from": "a", "to": "c", "reason": WHY, "removed": 1}
    with pytest.raises(AlreadyDone):
        operate(world, move_token, instance_id=one, token="x", element_id="c", reason=WHY, request_key="k")


def test_step_whose_rule_names_nobody_is_not_opened(world: World) -> None:
    body = start() + user("a", rs__assignee="head()") + user("b", rs__assignee="999999") + end()
    world.publish("simple", definitions(body + flow("s", "a", "b", "e"), key="simple").decode())
    one = world.begin("simple")

    with pytest.raises(NamedNobody):
        operate(world, move_token, instance_id=one, token=world.task("a").token, element_id="b", reason=WHY)
    with pytest.raises(InstanceStuck, match="does not exist"):
        world.complete("principal", "a")

    assert world.steps() == {"a": 1}


def test_moved_call_cancels_its_children(world: World) -> None:
    top = begin_tree(world)
    run = run_of(world, top)
    (token,) = world.engine.open_tokens(run.version_id, run.engine_state or b"", world.clock.now())

    operate(world, move_token, instance_id=top, token=token.token, element_id="report", reason=WHY)

    assert world.steps() == {"report": 1}
    assert {one.state for one in children_of(world)} == {InstanceState.CANCELLED}


def test_first_step_of_a_run_that_is_a_row_only_moves_too(world: World) -> None:
    begin_tree(world)
    one = children_of(world)[0]

    operate(
        world,
        move_token,
        instance_id=one.id,
        token=world.task("review", "An").token,
        element_id="approve",
        reason=WHY,
    )

    assert world.steps() == {"review": 2, "approve": 1}
    world.complete("principal", "approve", subject="An")
    assert children_of(world)[0].state is InstanceState.FINISHED


def test_refused_move_leaves_everything_as_it_was(world: World) -> None:
    world.publish("simple", simple("a", alarm=True))
    one = world.begin("simple")

    for element_id, refusal in (("alarm", ElementNotOpenable), ("", ElementNotChosen), ("a", ElementWaits)):
        token = world.task("a").token
        with pytest.raises(refusal):
            operate(world, move_token, instance_id=one, token=token, element_id=element_id, reason=WHY)
    with pytest.raises(NotPermitted):
        operate(
            world,
            move_token,
            "principal",
            instance_id=one,
            token=world.task("a").token,
            element_id="late",
            reason=WHY,
        )

    assert world.steps() == {"a": 1}


def failing(condition: str) -> str:
    """A timer after which a gateway asks for a condition."""
    catch = element("intermediateCatchEvent", "wait", timer("timeDuration", "PT1H"))
    body = start() + catch + element("exclusiveGateway", "g") + user("done", rs__assignee="head()") + end()
    flows = flow("s", "wait", "g") + flow("g", "done", when=condition) + flow("done", "e")
    return definitions(body + flows, key="failing").decode()


def fail(world: World, clock: FixedClock) -> int:
    """Let a timer fail until it is an incident."""
    world.publish("failing", failing("1 == 2"))
    one = world.begin("failing")
    for _ in range(4):
        clock.advance(hours=2)
        world.run_worker()
    return one


def test_failed_timer_is_tried_again_and_resolves_its_incident(world: World, clock: FixedClock) -> None:
    fail(world, clock)
    (incident,) = incidents(world)

    with pytest.raises(InstanceStuck):
        operate(world, retry, incident_id=incident.id)
    assert [one.id for one in incidents(world)] == [incident.id]

    version = select(ProcessVersion)
    world.do(lambda work: setattr(work.session.scalars(version).one(), "xml", failing("1 == 1")))
    world.engine._plans.clear()
    operate(world, retry, incident_id=incident.id)

    assert world.steps() == {"done": 1}
    assert incidents(world) == []
    assert entries(world, JournalKind.INCIDENT_RESOLVED)[0].details["retried"] is True
    with pytest.raises(IncidentResolved):
        operate(world, retry, incident_id=incident.id)


def test_incident_is_resolved_with_a_reason_by_who_may(world: World, clock: FixedClock) -> None:
    fail(world, clock)
    (incident,) = incidents(world)

    with pytest.raises(NotPermitted):
        operate(world, resolve, "principal", incident_id=incident.id, reason=WHY)
    operate(world, resolve, incident_id=incident.id, reason=WHY)

    (closed,) = incidents(world, opened=False)
    assert closed.resolved_by_id == world.people["administrator"]

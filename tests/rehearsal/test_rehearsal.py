"""The small public class: any diagram published, started, worked through and watched, in a few lines."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.engine.diagrams import (
    ERROR,
    border,
    definitions,
    element,
    end,
    event,
    flow,
    line,
    many,
    start,
    timer,
    user,
)
from workflows.errors import DiagramRefused, FormRefused, NotPermitted
from workflows.rehearsal import Rehearsal
from workflows.rehearsal.errors import (
    NameTaken,
    NoSuchRun,
    NothingStarted,
    NotOneTask,
    RehearsalEndless,
    TimeGoesOn,
)

PLAIN = """<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="any">
  <process id="purchase" isExecutable="true">
    <startEvent id="s"/><userTask id="approve" name="Approve"/>
    <exclusiveGateway id="g" default="no"/><endEvent id="bought"/><endEvent id="refused"/>
    <sequenceFlow id="a" sourceRef="s" targetRef="approve"/>
    <sequenceFlow id="b" sourceRef="approve" targetRef="g"/>
    <sequenceFlow id="yes" sourceRef="g" targetRef="bought">
      <conditionExpression>approved and amount &lt; 5</conditionExpression>
    </sequenceFlow>
    <sequenceFlow id="no" sourceRef="g" targetRef="refused"/>
  </process>
</definitions>"""
FORM = (
    '<bpmn:extensionElements><rs:form><rs:field key="amount" type="number" label="Số" required="true"/></rs:form>'
    '<rs:outcome key="done" label="Xong" style="primary"/>'
    '<rs:outcome key="back" label="Lại" style="return" reason="required"/>'
    '<rs:escalation><rs:rung after="0" to="assignee" kind="remind"/>'
    '<rs:rung after="1d" to="superior" kind="escalate"/></rs:escalation></bpmn:extensionElements>'
)


def late(rule: str = "P2D", **attributes: str) -> str:
    """A step with an alarm beside it that opens another step."""
    body = (
        start()
        + user("work", FORM, rs__assignee="head()")
        + border("alarm", "work", timer("timeDuration", rule), False)
    )
    body += user("look", rs__assignee="role('officer', superior())") + end() + end("late_end")
    flows = flow("s", "work", "e") + flow("alarm", "look", "late_end")
    return definitions(body + flows, key="late", **attributes).decode()


def test_any_plain_file_runs_in_five_lines() -> None:
    with Rehearsal() as r:
        r.publish(PLAIN)
        r.start("purchase", amount=3)
        (task,) = r.open_tasks()
        r.complete(task, approved=True)

        assert (task.element_id, task.name, task.candidates) == ("approve", "Approve", ("anybody",))
        assert task.due == datetime(2023, 6, 8, 10, tzinfo=UTC)
        assert r.state().state == "finished"
        assert r.state().variables == {"amount": 3, "approved": True, "outcome": "done"}


def test_alarms_and_rungs_come_at_their_instants_on_the_way() -> None:
    with Rehearsal() as r:
        r.publish(late())
        r.start("late")
        r.advance(days=1)
        assert [task.element_id for task in r.open_tasks()] == ["work"]

        r.advance(timedelta(days=1))

        assert [(task.element_id, task.candidates) for task in r.open_tasks()] == [
            ("work", ("anybody",)),
            ("look", ("superior",)),
        ]
        assert r.state().state == "running"
        r.complete("work", "anybody", amount=2)
        r.complete("look")
        assert r.state().state == "finished"


def test_working_time_passes_by_the_calendar() -> None:
    with Rehearsal() as r:
        r.advance(workdays=5)
        assert r.now == datetime(2023, 6, 12, 1, tzinfo=UTC)

        r.advance(workhours=4)
        assert r.now == datetime(2023, 6, 12, 6, 30, tzinfo=UTC)

        r.advance(datetime(2023, 7, 1, tzinfo=UTC))
        assert r.now == datetime(2023, 7, 1, tzinfo=UTC)


def test_time_goes_on_only() -> None:
    with Rehearsal() as r:
        r.publish(PLAIN)
        with pytest.raises(TimeGoesOn):
            r.advance(days=-3)


def test_what_cannot_run_is_refused_with_the_list_of_problems() -> None:
    with Rehearsal() as r, pytest.raises(DiagramRefused) as refusal:
        r.publish(PLAIN.replace("amount &lt; 5", "__import__('os')"))

    assert [problem.element_id for problem in refusal.value.problems] == ["yes"]


def test_form_permissions_and_names_are_judged_as_on_the_page() -> None:
    with Rehearsal() as r:
        r.publish(late())
        with pytest.raises(NothingStarted):
            r.state()
        with pytest.raises(NameTaken, match="outcome, unit"):
            r.start("late", outcome="x", unit=3)
        with pytest.raises(NoSuchRun, match="999"):
            r.state(999)
        r.start("late")

        with pytest.raises(FormRefused) as refusal:
            r.complete("work", other=1)
        assert set(refusal.value.problems) == {"amount", "other"}
        with pytest.raises(FormRefused):
            r.complete("work", outcome="back", amount=1)
        with pytest.raises(NotPermitted):
            r.complete("work", "superior", amount=1)
        with pytest.raises(NotOneTask):
            r.complete("nothing")


def test_a_fork_goes_its_own_way() -> None:
    with Rehearsal() as r:
        r.publish(late())
        r.start("late")
        with r.fork(at=datetime(2023, 6, 6, tzinfo=UTC)) as other:
            other.complete("work", amount=2)
            other.publish(PLAIN)
            other.start("purchase", amount=9)

            assert other.state().state == "running"
            assert other.state(1).state == "finished"
        assert r.state().state == "running"
        assert [task.element_id for task in r.open_tasks()] == ["work"]


def test_what_fails_is_an_incident() -> None:
    with Rehearsal() as r:
        # The step that the alarm opens is due at an instant that cannot be computed.
        r.publish(late(rs__takes="count").replace("superior())", "superior()) if 1 // count else 1"))
        r.start("late", count=0)

        r.advance(days=4)

        assert r.state().state == "incident"
        assert "look" in r.state().incidents[0] or r.state().incidents
        assert [task.element_id for task in r.open_tasks()] == ["work"]


def test_messages_and_signals_reach_who_waits() -> None:
    catch = element(
        "intermediateCatchEvent", "paid", '<bpmn:messageEventDefinition messageRef="m"/>', rs__takes="sum"
    )
    body = start() + catch + end() + flow("s", "paid", "e")
    xml = definitions(body, key="order", rs__takes="number").decode()
    xml = xml.replace("<bpmn:process", '<bpmn:message id="m" name="payment"/><bpmn:process', 1)
    with Rehearsal() as r:
        r.publish(xml)
        first, second = r.start("order", number=1), r.start("order", number=2)

        assert r.send_message("payment", {"sum": 5}, {"number": 2})
        assert not r.send_message("payment", {"sum": 5}, {"number": 7})

        assert (r.state(first).state, r.state(second).state) == ("running", "finished")
        assert r.state(second).variables["sum"] == 5
        assert r.send_signal("nobody listens") == 0


def test_a_clock_that_never_gets_on_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.rehearsal.stage.MOST_BEATS", 1)
    with Rehearsal() as r:
        r.publish(late())
        r.start("late")
        with pytest.raises(RehearsalEndless):
            r.advance(days=30)


def test_a_hundred_rehearsals_take_seconds() -> None:
    began = datetime.now(UTC)
    for amount in range(100):
        with Rehearsal() as r:
            r.publish(PLAIN)
            r.start("purchase", amount=amount)
            r.complete("approve", approved=True)
            assert r.state().state == "finished"

    assert datetime.now(UTC) - began < timedelta(seconds=60)


WHY = (
    '<bpmn:extensionElements><rs:form><rs:field key="reason" type="text" label="Lý do" required="true"/></rs:form>'
    '<rs:outcome key="done" label="Xong" style="primary"/>'
    '<rs:outcome key="back" label="Lại" style="return" reason="required"/></bpmn:extensionElements>'
)


@pytest.mark.parametrize("outcome", ["done", "back"])
def test_field_reason_is_filled_in(outcome: str) -> None:
    xml = line(("a", user("a", WHY, rs__assignee="head()")))
    with Rehearsal() as r:
        r.publish(xml)
        r.start("p")
        r.complete("a", reason="late", outcome=outcome)
        assert r.state().variables["reason"] == "late"

        r.start("p")
        r.complete(
            "a", None, {"reason": "field"}, reason="said" if outcome == "back" else "", outcome=outcome
        )
        assert r.state().variables["reason"] == "field"


def test_refused_diagram_says_why() -> None:
    xml = line(("a", user("a", rs__due="instant('2023-06-31')")), ("b", user("b", rs__assignee="chief()")))
    with Rehearsal() as r, pytest.raises(DiagramRefused) as refused:
        r.publish(xml)

    assert "a, line 1: The time 2023-06-31 cannot be used: not an ISO 8601 date and time" in str(
        refused.value
    )
    assert "calls chief" in str(refused.value)


def levels(**below: str) -> tuple[str, ...]:
    """A case that calls an office, which calls a check; the office or the case may catch its error."""
    check = start() + user("look") + border("late", "look", timer("timeDuration", "P1D")) + end("e")
    check += end("failed", event("error", "er")) + flow("s", "look", "e") + flow("late", "failed")
    drawings = {"check": check}
    for key, called in (("office", "check"), ("case", "office")):
        call = element("callActivity", "call", many(cardinality="2"), calledElement=called)
        body = start() + call + user(f"{key}_after") + end() + flow("s", "call", f"{key}_after", "e")
        drawings[key] = body + below.get(key, "")
    return tuple(definitions(body, ERROR, key=key).decode() for key, body in drawings.items())


def test_error_of_a_run_far_below_is_caught_where_it_is_drawn() -> None:
    caught = border("b", "call", event("error", "er")) + user("mend") + end("me") + flow("b", "mend", "me")
    with Rehearsal() as r:
        r.publish(*levels(case=caught))
        case = r.start("case")
        assert [task.element_id for task in r.open_tasks()] == ["look"] * 4

        r.advance(days=2)

        assert [task.element_id for task in r.open_tasks()] == ["mend"]
        r.complete("mend")
        assert r.state(case).state == "finished"


def test_error_that_nobody_catches_is_an_incident_and_its_run_waits() -> None:
    with Rehearsal() as r:
        r.publish(*levels())
        r.start("case")

        r.advance(days=2)

        assert [task.element_id for task in r.open_tasks()] == ["look"] * 4
        assert any("nothing catches the error E1" in one for one in map(str, r.state().incidents)), r.state()

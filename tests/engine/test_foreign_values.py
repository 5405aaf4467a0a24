"""Values in files of other tools: dates that timers wait for, and variables that calls hand on level by level."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.engine.diagrams import (
    Run,
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
)
from tests.engine.foreign_files import extension, taken, task
from workflows.engine import ProcessEngine

HERE = timezone(timedelta(hours=7))


def instant(text: str) -> datetime:
    """Give local time its zone, as the product does."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=HERE)


# Dates that timers wait for


@pytest.mark.parametrize("text", ["${d}", "= d"])
@pytest.mark.parametrize(
    ("value", "due"),
    [
        ("2023-06-10", datetime(2023, 6, 9, 17, tzinfo=UTC)),
        ("2023-06-10T10:00", datetime(2023, 6, 10, 3, tzinfo=UTC)),
        ("2023-06-10T10:00:00+09:00", datetime(2023, 6, 10, 1, tzinfo=UTC)),
        (datetime(2023, 6, 10, 1, tzinfo=UTC), datetime(2023, 6, 10, 1, tzinfo=UTC)),
    ],
)
def test_date_that_a_variable_holds_is_local_time_unless_it_says_otherwise(
    text: str, value: object, due: datetime
) -> None:
    catch = element("intermediateCatchEvent", "x", timer("timeDate", text))
    _, runs = taken(line(("a", task("a")), ("x", catch)))

    run = Run(runs, {"instant": instant}, d=value).complete("a")

    assert [one.due_at for one in run.snapshot.timers] == [due]


def test_duration_that_a_variable_holds_stays_one() -> None:
    catch = element("intermediateCatchEvent", "x", timer("timeDuration", "${d}"))
    _, runs = taken(line(("x", catch)))

    run = Run(runs, {"instant": instant}, d="P1D")

    assert [one.due_at for one in run.snapshot.timers] == [run.around.now + timedelta(days=1)]


# Variables that calls hand on


EVERYTHING = [
    element("callActivity", "c", extension('<camunda:in variables="all"/>'), calledElement="kid"),
    element("callActivity", "c", extension('<zeebe:calledElement processId="kid"/>')),
    element("callActivity", "c", calledElement="kid", camunda__inheritVariables="true"),
]


@pytest.mark.parametrize("call", EVERYTHING)
def test_call_that_hands_everything_over_hands_on_what_its_own_drawing_does_not_know(call: str) -> None:
    _, runs = taken(line(("c", call)), "kid")

    run = Run(runs, x=3, initiator=7, outcome="done")

    assert run.snapshot.groups[0].items[0].values == {"x": 3}


def test_everything_reaches_a_call_inside_a_multi_instance_subprocess() -> None:
    inside = many(None, None, cardinality="2") + start("i") + EVERYTHING[0] + flow("i", "c")
    body = start() + element("subProcess", "sub", inside) + flow("s", "sub")
    _, runs = taken(definitions(body), "kid")

    child = Run(runs, x=3).child()

    assert child.snapshot.groups[0].items[0].values == {"x": 3}


def test_everything_may_be_written_in_a_drawing_of_ours() -> None:
    xml = line(("c", element("callActivity", "c", calledElement="kid", rs__pass="*")))
    said, runs = taken(xml, "kid")

    assert said == {}
    assert Run(runs, x=3).snapshot.groups[0].items[0].values == {"x": 3}
    assert "*" not in ProcessEngine(lambda _: runs).specification(1).variables


# What messages bring

PAID = element("message", "m", name="paid")
CATCH = element("receiveTask", "c", messageRef="m")


def after(catch: str, **attributes: str) -> bytes:
    """A file whose gateway behind an event asks for what nothing in it sets."""
    body = start() + catch + element("exclusiveGateway", "g", default="no") + task("x") + task("y")
    body += flow("s", "c", "g") + flow("g", "x", when="${ok == 'yes'}") + flow("g", "y", name="no")
    return definitions(body, PAID, **attributes)


def test_message_brings_what_the_file_asks_for_and_nothing_else_sets() -> None:
    said, runs = taken(after(CATCH))

    run = Run(runs, initiator=1)
    assert run.deliver("paid", ok="yes", initiator=7)

    assert (run.steps, run.data("x")["initiator"]) == (["x"], 1)
    assert (said["took_values"].element_id, said["took_values"].params) == ("c", {"name": "ok"})
    assert said["variable_by_event"].severity == "warning"
    assert "variable_outside" not in said


def test_message_beside_a_step_brings_values_only_to_its_own_way() -> None:
    beside = task("c") + border("b", "c", event("message", "m"), interrupts=False) + end()
    xml = after(beside).replace(b"</bpmn:process>", flow("b", "e").encode() + b"</bpmn:process>")

    said, runs = taken(xml)

    run = Run(runs)
    assert run.deliver("paid", ok="yes")
    assert run.complete("c").steps == ["y"]
    assert said["took_values_beside"].element_id == "b"
    assert "took_values" not in said


def test_message_of_a_drawing_that_says_what_it_brings_brings_nothing_more() -> None:
    said, runs = taken(after(CATCH.replace('id="c"', 'id="c" rs:takes="note"')))

    run = Run(runs)
    assert run.deliver("paid", ok="yes", note="x")

    assert (run.steps, run.snapshot.ignored) == (["y"], ("ok",))
    assert "took_values" not in said
    assert "variable_outside" in said


def test_key_by_which_a_message_is_found_is_nothing_that_it_brings() -> None:
    subscribed = element(
        "message", "m", extension('<zeebe:subscription correlationKey="=order"/>'), name="paid"
    )
    _, runs = taken(after(CATCH).replace(PAID.encode(), subscribed.encode()))

    (awaited,) = Run(runs, order=4).snapshot.awaited
    assert awaited.correlation == '{"order":4}'
    run = Run(runs, order=4)
    assert run.deliver("paid", ok="yes", order=5)
    assert (run.steps, run.data("x")["order"]) == (["x"], 4)


@pytest.mark.parametrize("text", ["2030-01-01T09:00:00+07:00", "2030-01-01T02:00-00:00"])
def test_due_time_keeps_the_zone_it_has(text: str) -> None:
    said, runs = taken(line(("a", task("a", camunda__dueDate=text))))

    assert said["took_due"].element_id == "a"
    assert ProcessEngine(lambda _: runs).specification(1).steps["a"].due == f"instant('{text}')"

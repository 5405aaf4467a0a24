"""Days, instants and lengths of time stay what they are on the way between runs."""

from collections.abc import Iterator

import pytest

from tests.engine.diagrams import MESSAGE, definitions, element, end, event, flow, many, script, start, user
from workflows.rehearsal import Rehearsal

HEAD = {"rs__assignee": "head()"}
AGO = "(now() - instant('2023-06-01T08:00'))"


@pytest.fixture
def r() -> Iterator[Rehearsal]:
    with Rehearsal() as rehearsal:
        yield rehearsal


def asked(condition: str, at: str = "") -> str:
    """A step, then another one if the condition is true."""
    inside = start(f"{at}s") + user(f"{at}first", **HEAD) + user(f"{at}late", **HEAD)
    inside += element("exclusiveGateway", f"{at}x", default=f"{at}no") + end(f"{at}e") + end(f"{at}e2")
    inside += flow(f"{at}s", f"{at}first", f"{at}x") + flow(f"{at}x", f"{at}late", when=condition)
    inside += flow(f"{at}late", f"{at}e")
    return inside + element("sequenceFlow", f"{at}no", sourceRef=f"{at}x", targetRef=f"{at}e2")


def calling(call: str, line: str) -> str:
    """A script, a call, a step."""
    body = start() + user("before", **HEAD) + script("sc", line) + call + user("after", **HEAD) + end()
    return definitions(body + flow("s", "before", "sc", "call", "after", "e"), key="calling").decode()


def open_steps(r: Rehearsal) -> list[str]:
    return [task.element_id for task in r.open_tasks()]


def test_children_of_a_subprocess_compare_the_instant_they_were_given(r: Rehearsal) -> None:
    inside = many("['a', 'b']", "it") + asked("limit > now()", "c")
    r.publish(calling(element("subProcess", "call", inside), "limit = workdays(3)"))
    r.start("calling")
    r.complete("before")

    r.complete(r.open_tasks()[0])

    assert open_steps(r) == ["cfirst", "clate"]


@pytest.mark.parametrize(
    ("value", "condition"), [("workdays(3)", "limit > now()"), (AGO, f"{AGO} - limit == limit - limit")]
)
def test_a_called_run_gets_what_was_passed_as_it_was(r: Rehearsal, value: str, condition: str) -> None:
    r.publish(
        definitions(asked(condition), key="called", rs__takes="limit").decode(),
        calling(
            element("callActivity", "call", calledElement="called", rs__pass="limit"), f"limit = {value}"
        ),
    )
    r.start("calling")
    r.complete("before")

    r.complete("first")

    assert open_steps(r) == ["late"]


@pytest.mark.parametrize("value", ["workdays(3)", AGO])
def test_results_come_back_as_they_were(r: Rehearsal, value: str) -> None:
    inside = many("['a', 'b']", "it", output="outs", output_item="limit") + start("cs") + user("cu", **HEAD)
    inside += script("csc", f"limit = {value}") + end("ce") + flow("cs", "cu", "csc", "ce")
    body = (
        start()
        + user("before", **HEAD)
        + element("subProcess", "call", inside)
        + script("sc", "other = outs[0]")
    )
    body += (
        element("exclusiveGateway", "x", default="no")
        + user("late", **HEAD)
        + user("z", **HEAD)
        + end()
        + end("e2")
    )
    body += flow("s", "before", "call", "sc", "x") + flow("x", "late", when=f"other - {value} < {AGO}")
    body += flow("late", "e") + flow("z", "e2") + element("sequenceFlow", "no", sourceRef="x", targetRef="z")
    r.publish(definitions(body, key="calling").decode())
    r.start("calling")
    r.complete("before")

    for task in r.open_tasks():
        r.complete(task)

    assert open_steps(r) == ["late"]


def test_a_length_of_time_is_thrown_kept_and_taken_as_it_was(r: Rehearsal) -> None:
    throw = '<bpmn:messageEventDefinition messageRef="msg"/>'
    body = (
        start()
        + user("w", **HEAD)
        + script("sc", f"gap = {AGO}")
        + element("intermediateThrowEvent", "t", throw)
    )
    thrower = definitions(body + end() + flow("s", "w", "sc", "t", "e"), MESSAGE, key="throwing").decode()
    catch = element("intermediateCatchEvent", "c", event("message", "msg"), rs__takes="gap")
    catcher = (
        start() + user("ready", **HEAD) + catch + script("sc", "longer = gap + gap") + user("after", **HEAD)
    )
    catcher += end() + flow("s", "ready", "c", "sc", "after", "e")
    r.publish(thrower, definitions(catcher, MESSAGE, key="catching").decode())
    r.start("throwing")
    r.complete("w")
    r.start("catching")

    r.complete("ready")

    assert open_steps(r) == ["after"]
    assert str(r.state().variables["longer"]) == "8 days, 0:00:00"


def test_a_run_may_end_with_a_length_of_time(r: Rehearsal) -> None:
    body = start() + user("w", **HEAD) + script("sc", f"gap = {AGO}") + end()
    r.publish(definitions(body + flow("s", "w", "sc", "e"), key="p").decode())
    r.start("p")

    r.complete("w")

    assert str(r.state().variables["gap"]) == "4 days, 0:00:00"

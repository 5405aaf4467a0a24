"""Procedures that call one another with nobody asked are refused in words, not by the limits of the machine."""

from collections.abc import Iterator

import pytest

from tests.cast import build_world
from tests.conftest import Store
from tests.engine.diagrams import definitions, element, end, flow, many, script, start, user
from workflows.clock import FixedClock
from workflows.errors import InstanceStuck
from workflows.rehearsal import Rehearsal

HEAD = {"rs__assignee": "head()"}


@pytest.fixture
def r() -> Iterator[Rehearsal]:
    with Rehearsal() as rehearsal:
        yield rehearsal


def calls(key: str, called: str, before: str = "", call: str = "", **attributes: str) -> str:
    """A procedure that calls another one, behind an element of its own if one is given."""
    body = start() + before + element("callActivity", "call", call, calledElement=called) + end()
    return definitions(
        body + flow("s", *(["b"] if before else []), "call", "e"), key=key, **attributes
    ).decode()


@pytest.mark.parametrize("sequential", [False, True])
def test_two_that_call_each_other_without_end_are_refused_where_it_began(
    r: Rehearsal, sequential: bool
) -> None:
    marker = many("[1, 2]", "it", sequential=sequential) if sequential else ""
    r.publish(
        calls("top", "ping", user("b", **HEAD)), calls("ping", "pong"), calls("pong", "ping", call=marker)
    )
    r.start("top")

    with pytest.raises(InstanceStuck, match="50 calls lie within one another with nobody asked"):
        r.complete("b")

    assert [task.element_id for task in r.open_tasks()] == ["b"]


def test_calls_within_calls_are_counted_on_either_database(store: Store, clock: FixedClock) -> None:
    world = build_world(store, clock)
    world.publish("ping", calls("ping", "pong"))
    world.publish("pong", calls("pong", "ping"))

    with pytest.raises(InstanceStuck, match="50 calls lie within one another"):
        world.begin("ping")


def test_a_procedure_may_call_itself_behind_a_step_however_often(r: Rehearsal) -> None:
    r.publish(calls("again", "again", user("b", **HEAD)))
    r.start("again")

    for _ in range(60):
        r.complete("b")

    assert [task.element_id for task in r.open_tasks()] == ["b"]


def test_many_calls_one_after_the_other_lie_not_within_one_another(r: Rehearsal) -> None:
    many_calls = many(cardinality="70", sequential=True)
    call = element("callActivity", "call", many_calls, calledElement="quick")
    body = start() + user("b", **HEAD) + call + user("after", **HEAD) + end()
    r.publish(
        definitions(start() + script("q", "x = 1") + end() + flow("s", "q", "e"), key="quick").decode(),
        definitions(body + flow("s", "b", "call", "after", "e"), key="top").decode(),
    )
    r.start("top")

    r.complete("b")

    assert [task.element_id for task in r.open_tasks()] == ["after"]


def test_more_than_can_follow_from_one_act_is_refused_in_words(r: Rehearsal) -> None:
    call = element("callActivity", "call", calledElement="quick")
    body = start() + user("b", **HEAD) + element("exclusiveGateway", "m") + call + script("sc", "n = n + 1")
    body += element("exclusiveGateway", "x", default="no") + user("after", **HEAD) + end()
    body += flow("s", "b", "m", "call", "sc", "x") + flow("x", "m", when="n < 1000") + flow("after", "e")
    body += element("sequenceFlow", "no", sourceRef="x", targetRef="after")
    r.publish(
        definitions(start() + script("q", "x = 1") + end() + flow("s", "q", "e"), key="quick").decode(),
        definitions(body, key="top", rs__takes="n").decode(),
    )
    r.start("top", n=0)

    with pytest.raises(InstanceStuck, match="too much follows from one act"):
        r.complete("b")

    assert [task.element_id for task in r.open_tasks()] == ["b"]

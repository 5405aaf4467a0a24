"""Detached call activities: what the command layer needs to run the children and to resume the parent once."""

import pytest

from tests.engine.diagrams import (
    ERROR,
    ESCALATION,
    Run,
    border,
    definitions,
    element,
    end,
    event,
    flow,
    many,
    start,
    timer,
    user,
)
from workflows.engine import Escaped, Snapshot
from workflows.errors import StepNotOpen


def calling(marker: str = "", borders: str = "", flows: str = "", **attributes: str) -> bytes:
    call = element("callActivity", "ca", marker, calledElement="child", **attributes)
    body = start() + user("before") + call + borders + user("after") + user("late") + end()
    return definitions(body + flow("s", "before", "ca", "after", "e") + flows, ERROR + ESCALATION)


def called(xml: bytes, **values: object) -> Run:
    return Run(xml, **values).complete("before")


def test_single_call_passes_only_the_named_variables_and_takes_the_result() -> None:
    run = called(calling(rs__pass="officer, other", rs__output="verdict"), officer=7, secret="no")
    (group,) = run.snapshot.groups

    assert (group.element_id, group.called, group.sequential, group.condition) == ("ca", "child", False, None)
    assert [(item.key, item.values) for item in group.items] == [(0, {"officer": 7, "other": None})]
    assert run.steps == []

    run.resume(group.token, {"result": "fine", "secret": "child's own"})

    assert run.data("after")["verdict"] == "fine"
    assert run.data("after")["secret"] == "no"


def test_group_is_reported_only_by_the_move_that_causes_it_and_resumed_once() -> None:
    run = called(
        calling(borders=border("b", "ca", timer("timeDuration", "PT5M"), False), flows=flow("b", "late"))
    )
    token = run.snapshot.groups[0].token

    assert run.fire("b").snapshot.groups == ()
    run.resume(token, {"result": None})
    with pytest.raises(StepNotOpen):
        run.engine.resume(1, run.snapshot.state, token, [{}], run.around)


@pytest.mark.parametrize("sequential", [False, True])
def test_many_children_get_their_item_and_give_results_in_order(sequential: bool) -> None:
    marker = many(
        "staff()", "member", sequential=sequential, output="verdicts", condition="nrOfInstances == 1"
    )
    people = [{"kind": "staff", "id": 4, "unit": 1}, {"kind": "staff", "id": 9, "unit": 1}]
    run = Run(calling(marker, rs__pass="officer"), {"staff": lambda: people}, officer=7).complete("before")
    (group,) = run.snapshot.groups

    assert (group.sequential, group.condition) == (sequential, "nrOfInstances == 1")
    assert [item.item for item in group.items] == people
    assert group.items[1].values == {"officer": 7, "member": people[1]}
    assert [item.key for item in group.items] == [0, 1]

    run.resume(group.token, {"result": "a"}, {"result": "b"})
    assert run.data("after")["verdicts"] == ["a", "b"]


def test_many_children_of_a_record_keep_its_keys_and_output_item_names_a_variable() -> None:
    marker = many("by_class", "pupils", output="marks", output_item="mark")
    run = called(calling(marker), by_class={"6A": [1], "6B": [2]})

    assert [item.key for item in run.snapshot.groups[0].items] == ["6A", "6B"]
    run.resume(run.snapshot.groups[0].token, {"mark": 5, "result": 0}, {"mark": 6})
    assert run.data("after")["marks"] == [5, 6]


def test_group_of_nobody_passes_at_once() -> None:
    run = called(calling(many(output="verdicts")), people=[])

    assert (run.snapshot.groups, run.steps) == ((), ["after"])
    assert run.data("after")["verdicts"] == []


def test_state_of_the_parent_does_not_grow_with_the_number_of_children() -> None:
    small = Run(calling(many("staff()")), {"staff": lambda: [1]}).complete("before")
    large = Run(calling(many("staff()")), {"staff": lambda: list(range(5000))}).complete("before")

    assert len(large.snapshot.groups[0].items) == 5000
    assert len(large.snapshot.state) == len(small.snapshot.state) < 200


def test_interrupting_timer_on_the_call_cancels_the_group() -> None:
    run = called(calling(borders=border("b", "ca", timer("timeDuration", "PT5M")), flows=flow("b", "late")))
    token = run.snapshot.groups[0].token

    run.fire("b")

    assert run.snapshot.cancelled_groups == (token,)
    assert run.steps == ["late"]
    with pytest.raises(StepNotOpen):
        run.engine.resume(1, run.snapshot.state, token, [{}], run.around)


def test_non_interrupting_timer_on_the_call_leaves_the_group() -> None:
    run = called(
        calling(borders=border("b", "ca", timer("timeDuration", "PT5M"), False), flows=flow("b", "late"))
    )
    token = run.snapshot.groups[0].token

    run.fire("b")

    assert (run.snapshot.cancelled_groups, run.steps) == ((), ["late"])
    assert run.resume(token, {}).steps == ["after", "late"]


def test_cancelling_reaches_calls_inside_cancelled_subprocesses() -> None:
    call = element("callActivity", "ca", many(), calledElement="child")
    sub = element("subProcess", "sub", start("ss") + call + flow("ss", "ca"))
    body = start() + sub + border("b", "sub", timer("timeDuration", "PT5M")) + user("late") + end()
    run = Run(definitions(body + flow("s", "sub", "e") + flow("b", "late")), people=[1, 2])
    token = run.snapshot.groups[0].token

    assert run.fire("b").snapshot.cancelled_groups == (token,)


def test_terminate_cancels_running_groups() -> None:
    call = element("callActivity", "ca", calledElement="child")
    body = start() + element("parallelGateway", "g") + call + user("a") + end("stop", event("terminate"))
    run = Run(definitions(body + flow("s", "g", "ca") + flow("g", "a", "stop")))
    token = run.snapshot.groups[0].token

    run.complete("a")

    assert run.snapshot.finished
    assert run.snapshot.cancelled_groups == (token,)


def two_calls() -> bytes:
    body = start() + element("parallelGateway", "g")
    flows = flow("s", "g")
    for name in "12":
        body += element("callActivity", f"ca{name}", many(), calledElement="child") + user(f"fix{name}")
        body += border(f"b{name}", f"ca{name}", event("error", "er")) + end(f"e{name}")
        flows += flow("g", f"ca{name}", f"e{name}") + flow(f"b{name}", f"fix{name}")
    return definitions(body + flows, ERROR)


def offer(run: Run, token: str, escaped: Escaped) -> Snapshot | None:
    return run.engine.catch(1, run.snapshot.state, token, escaped, run.around)


def test_error_of_a_child_reaches_only_the_border_of_its_own_call() -> None:
    run = Run(two_calls(), people=[1, 2, 3])
    tokens = {group.element_id: group.token for group in run.snapshot.groups}

    snapshot = offer(run, tokens["ca2"], Escaped("E1", "error"))

    assert snapshot is not None
    assert [step.element_id for step in snapshot.steps] == ["fix2"]
    assert snapshot.cancelled_groups == (tokens["ca2"],)
    assert offer(run, tokens["ca1"], Escaped("OTHER", "error")) is None
    assert offer(run, tokens["ca1"], Escaped("E1", "escalation")) is None


def test_escalation_of_a_child_starts_a_path_beside_the_call() -> None:
    run = called(
        calling(borders=border("b", "ca", event("escalation", "es"), False), flows=flow("b", "late"))
    )
    token = run.snapshot.groups[0].token

    snapshot = offer(run, token, Escaped("L1", "escalation"))

    assert snapshot is not None
    assert snapshot.cancelled_groups == ()
    run.snapshot = snapshot
    assert run.steps == ["late"]
    assert run.resume(token, {}).steps == ["after", "late"]


def test_error_of_a_child_is_offered_to_the_subprocess_round_its_call() -> None:
    call = element("callActivity", "ca", calledElement="child")
    sub = element("subProcess", "sub", start("ss") + call + flow("ss", "ca"))
    body = start() + sub + border("b", "sub", event("error")) + user("fix") + end()
    run = Run(definitions(body + flow("s", "sub", "e") + flow("b", "fix")))
    token = run.snapshot.groups[0].token

    snapshot = offer(run, token, Escaped("ANY", "error"))

    assert snapshot is not None
    assert snapshot.cancelled_groups == (token,)
    assert [step.element_id for step in snapshot.steps] == ["fix"]

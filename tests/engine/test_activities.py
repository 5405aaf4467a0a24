"""Activities with an inside: embedded sub-processes and multi-instance within one instance."""

import pytest

from tests.engine.diagrams import Run, element, end, flow, line, many, script, start, user
from workflows.errors import InstanceStuck

SUB = element(
    "subProcess",
    "sub",
    start("ss") + user("x") + user("y") + end("se") + flow("ss", "x", "y", "se"),
)


def test_embedded_subprocess_hands_its_data_back_and_keeps_history_short() -> None:
    run = Run(line(("a", user("a")), ("sub", SUB), ("z", user("z"))), case=1)

    run.complete("a").complete("x", found=3)
    assert run.steps == ["y"]
    run.complete("y")

    assert run.data("z")["found"] == 3
    assert len(run.snapshot.state) < 250


def test_nested_subprocess_without_end_event() -> None:
    inner = element("subProcess", "inner", start("is") + user("x") + flow("is", "x"))
    outer = element("subProcess", "outer", start("os") + inner + flow("os", "inner"))
    run = Run(line(("outer", outer), ("z", user("z"))))

    assert run.complete("x", v=1).steps == ["z"]
    assert run.data("z")["v"] == 1


@pytest.mark.parametrize("sequential", [False, True])
def test_embedded_multi_instance_survives_being_loaded_by_a_fresh_process(sequential: bool) -> None:
    marker = many(sequential=sequential, output="votes", output_item="vote")
    run = Run(line(("v", user("v", marker)), ("z", user("z"))), people=[5, 6, 7])
    people = []

    for _ in range(3):
        people.append(run.data("v")["person"])
        run.complete("v", vote=run.data("v")["person"] * 10)

    assert people == [5, 6, 7]
    assert run.steps == ["z"]
    assert run.data("z")["votes"] == [50, 60, 70]
    assert run.data("z")["person"] is None


def test_embedded_multi_instance_results_keep_the_order_of_the_items() -> None:
    run = Run(
        line(("v", user("v", many(output="votes", output_item="vote"))), ("z", user("z"))), people=[1, 2]
    )
    last = run.snapshot.steps[1].token

    run.snapshot = run.engine.complete(1, run.snapshot.state, last, {"vote": "second"}, run.around)
    run.complete("v", vote="first")

    assert run.data("z")["votes"] == ["first", "second"]


def test_embedded_multi_instance_counters_and_completion_condition() -> None:
    condition = "nrOfCompletedInstances >= 2 and nrOfActiveInstances == nrOfInstances - 2"
    run = Run(line(("v", user("v", many(condition=condition))), ("z", user("z"))), people=[1, 2, 3, 4])

    assert run.complete("v").steps == ["v", "v", "v"]
    assert run.complete("v").steps == ["z"]


def test_embedded_multi_instance_cardinality_with_existing_output() -> None:
    run = Run(
        line(("v", user("v", many(cardinality="n", output="votes"))), ("z", user("z"))), n=2, votes=["old"]
    )

    run.complete("v", outcome="yes").complete("v", outcome="no")

    assert run.data("z")["votes"] == ["yes", "no"]


def test_embedded_multi_instance_of_nothing_passes_at_once() -> None:
    assert Run(line(("v", user("v", many())), ("z", user("z"))), people=[]).steps == ["z"]


def test_multi_instance_subprocess_of_several_steps_runs_as_children_of_their_own() -> None:
    inner = start("ss") + user("x") + user("y", rs__assignee="person + base") + flow("ss", "x", "y")
    marker = many(output="found", output_item="note")
    xml = line(
        ("b", script("b", "base = 1")),
        ("sub", element("subProcess", "sub", marker + inner)),
        ("z", user("z")),
    )
    run = Run(xml, people=[1, 2], secret="s")
    (group,) = run.snapshot.groups
    assert (run.steps, group.area, group.called, len(group.items)) == ([], "sub", "", 2)
    assert group.items[1].values == {"person": 2, "base": 1}, "a child takes only what it may read"

    child = run.child(1).complete("x", note="n")
    assert (child.steps, child.data("y")["person"]) == (["y"], 2)
    child.complete("y")

    assert child.snapshot.finished
    run.resume(group.token, {"note": "m"}, child.snapshot.result)
    assert (run.steps, run.data("z")["found"]) == (["z"], ["m", "n"])


def test_child_of_a_subprocess_is_stored_as_a_row_until_its_first_step_is_done() -> None:
    sub = element("subProcess", "sub", many() + start("ss") + user("x") + user("y") + flow("ss", "x", "y"))
    run = Run(line(("sub", sub)), people=[1])
    assert run.engine.specification(1).opening_of("sub") == "x"

    snapshot = run.engine.complete_opening(1, {"person": 1}, {"note": "n"}, run.around, "sub")

    assert [step.element_id for step in snapshot.steps] == ["y"]
    assert snapshot.steps[0].values["note"] == "n"


def test_collection_that_is_no_list_is_refused_by_name() -> None:
    with pytest.raises(InstanceStuck, match='"v"'):
        Run(line(("v", user("v", many()))), people=3)

"""Tokens through gateways, loops, sub-processes and ends: each pitfall of the engine underneath, made right."""

import re

import pytest

from tests.engine.diagrams import (
    NOW,
    Run,
    definitions,
    element,
    end,
    event,
    flow,
    line,
    many,
    script,
    start,
    user,
)
from workflows.engine import ProcessEngine, Surroundings
from workflows.errors import InstanceStuck, StepNotOpen


def gateway(kind: str, identifier: str, default: str = "") -> str:
    return element(f"{kind}Gateway", identifier, **({"default": default} if default else {}))


PARALLEL_LOOP = definitions(
    start()
    + gateway("exclusive", "merge")
    + gateway("parallel", "fork")
    + user("a")
    + user("b")
    + gateway("parallel", "join")
    + user("judge")
    + gateway("exclusive", "q", "done")
    + end()
    + flow("s", "merge", "fork", "a", "join", "judge", "q")
    + flow("fork", "b", "join")
    + flow("q", "merge", when="outcome == 'returned'")
    + flow("q", "e", name="done")
)


def test_simple_process_runs_to_its_end_with_result() -> None:
    run = Run(definitions(start() + user("a") + end(rs__result="outcome") + flow("s", "a", "e")), case=7)

    assert run.steps == ["a"]
    run.complete("a", outcome="approved")

    assert run.snapshot.finished
    assert run.snapshot.state == b""
    assert run.snapshot.result == {"case": 7, "outcome": "approved", "result": "approved"}


def test_completing_a_step_twice_is_refused() -> None:
    run = Run(line(("a", user("a")), ("b", user("b"))))
    token = run.token("a")
    run.complete("a")

    with pytest.raises(StepNotOpen):
        run.engine.complete(1, run.snapshot.state, token, {}, run.around)
    with pytest.raises(StepNotOpen):
        run.engine.complete(1, b"", token, {}, run.around)


def test_declared_variables_are_none_until_set_and_undeclared_are_refused() -> None:
    body = start() + user("a") + gateway("exclusive", "q", "d") + end() + end("e2")
    flows = flow("s", "a", "q") + flow("q", "e", when="outcome is None") + flow("q", "e2", name="d")

    assert Run(definitions(body + flows)).complete("a").snapshot.finished
    unknown = definitions(body + flows.replace("outcome is None", "nowhere == 1"))
    with pytest.raises(InstanceStuck, match="nowhere"):
        Run(unknown).complete("a")


def test_exclusive_gateway_without_match_or_default_names_itself() -> None:
    run = Run(
        definitions(
            start()
            + user("a")
            + gateway("exclusive", "q")
            + end()
            + flow("s", "a", "q")
            + flow("q", "e", when="False")
        )
    )

    with pytest.raises(InstanceStuck, match='"q"'):
        run.complete("a")
    assert run.steps == ["a"]


def test_exclusive_gateway_tries_conditions_in_document_order_wherever_the_shapes_are() -> None:
    shapes = "".join(
        f'<bpmndi:BPMNShape bpmnElement="{name}"><dc:Bounds x="0" y="{y}"/></bpmndi:BPMNShape>'
        for name, y in (("low", 900), ("high", 10))
    )
    body = start() + gateway("exclusive", "q") + user("low") + user("high") + flow("s", "q")
    flows = flow("q", "low", when="True") + flow("q", "high", when="True")

    assert Run(definitions(body + flows, extra=shapes)).steps == ["low"]


def test_only_flow_without_condition_is_the_default() -> None:
    body = start() + user("a") + gateway("exclusive", "q") + end() + user("z") + flow("s", "a", "q")

    run = Run(definitions(body + flow("q", "e") + flow("q", "z", when="outcome == 'again'")))

    assert run.complete("a", outcome="again").steps == ["z"]


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_parallel_section_inside_a_loop_waits_for_both_branches_every_round(order: str) -> None:
    run = Run(PARALLEL_LOOP)
    first, second = order

    for outcome in ("returned", "returned", "approved"):
        run.complete(first)
        assert run.steps == [second]
        run.complete(second)
        assert run.steps == ["judge"]
        run.complete("judge", outcome=outcome)
    assert run.snapshot.finished


def test_parallel_join_merges_what_each_branch_changed() -> None:
    run = Run(PARALLEL_LOOP, shared=[1, 2], kept="k")

    run.complete("b", mine="b", shared=[3])
    run.complete("a", yours="a")

    data = run.data("judge")
    assert (data["mine"], data["yours"], data["shared"], data["kept"]) == ("b", "a", [3], "k")


def test_parallel_branches_writing_the_same_variable_last_to_arrive_wins() -> None:
    run = Run(PARALLEL_LOOP)

    run.complete("b", v="first").complete("a", v="last")

    assert run.data("judge")["v"] == "last"


INCLUSIVE = definitions(
    start()
    + gateway("exclusive", "merge")
    + gateway("inclusive", "fork", "c0")
    + user("a")
    + user("a2")
    + user("b")
    + user("c")
    + gateway("inclusive", "join")
    + user("judge")
    + gateway("exclusive", "q", "done")
    + end()
    + flow("s", "merge", "fork")
    + flow("fork", "a", when="x")
    + flow("fork", "b", when="y")
    + flow("fork", "c", name="c0")
    + flow("a", "a2", "join")
    + flow("b", "join")
    + flow("c", "join")
    + flow("join", "judge", "q")
    + flow("q", "merge", when="outcome == 'returned'")
    + flow("q", "e", name="done"),
    rs__takes="x, y",
)


def test_inclusive_join_waits_for_the_longer_branch_also_in_later_rounds() -> None:
    run = Run(INCLUSIVE, x=True, y=True)

    for _ in range(3):
        assert run.steps == ["a", "b"]
        run.complete("b")
        assert run.steps == ["a"]
        run.complete("a")
        assert run.steps == ["a2"]
        run.complete("a2")
        assert run.steps == ["judge"]
        run.complete("judge", outcome="returned")


def test_inclusive_gateway_takes_default_when_nothing_matches() -> None:
    assert Run(INCLUSIVE, x=False, y=False).complete("c").steps == ["judge"]


def test_implicit_split_and_implicit_end() -> None:
    run = Run(definitions(start() + user("a") + user("b") + user("c") + flow("s", "a", "b") + flow("a", "c")))

    run.complete("a")
    assert run.steps == ["b", "c"]
    assert run.complete("b").complete("c").snapshot.finished


def test_flows_without_id_prefixed_references_and_missing_executable_flag_are_taken() -> None:
    xml = line(("a", user("a"))).replace(b' isExecutable="true"', b"")

    xml = re.sub(rb'(<bpmn:sequenceFlow) id="[^"]*"', rb"\1", xml).replace(
        b'targetRef="a"', b'targetRef="tns:a"'
    )

    assert Run(xml).steps == ["a"]


@pytest.mark.parametrize("flag", ["1", "true"])
def test_executable_flag_as_number(flag: str) -> None:
    xml = line(("a", user("a"))).replace(b'isExecutable="true"', f'isExecutable="{flag}"'.encode())

    assert Run(xml).steps == ["a"]


def test_element_ids_start_and_end_do_not_collide() -> None:
    run = Run(definitions(start("Start") + user("a") + end("End") + flow("Start", "a", "End")))

    assert run.complete("a").snapshot.finished


def test_chain_of_two_thousand_steps_and_long_automatic_chain() -> None:
    names = [f"t{i}" for i in range(2000)]
    run = Run(definitions(start() + "".join(user(n) for n in names) + end() + flow("s", *names, "e")))
    assert run.complete("t0").steps == ["t1"]

    scripts = [f"t{i}" for i in range(900)]
    body = "".join(script(n, "n = 1") for n in scripts)
    assert Run(definitions(start() + body + end() + flow("s", *scripts, "e"))).snapshot.finished


def test_circle_that_waits_for_nobody_is_stopped() -> None:
    body = start() + gateway("exclusive", "m") + script("x", "n = 1") + flow("s", "m", "x", "m")

    with pytest.raises(InstanceStuck, match="circle"):
        Run(definitions(body))


def test_two_thousand_rework_rounds_stay_flat() -> None:
    body = start() + gateway("exclusive", "m") + user("a") + gateway("exclusive", "q", "d") + end()
    flows = flow("s", "m", "a", "q") + flow("q", "m", when="outcome == 'returned'") + flow("q", "e", name="d")
    xml = definitions(body + flows)
    engine, around = ProcessEngine(lambda version: xml), Surroundings(NOW)
    snapshot = engine.start(1, {"case": 1}, around)
    sizes = set()

    for _ in range(2000):
        values = {"outcome": "returned"}
        snapshot = engine.complete(1, snapshot.state, snapshot.steps[0].token, values, around)
        sizes.add(len(snapshot.state))

    assert max(sizes) < 200
    assert len(sizes) == 1


def test_rework_loop_in_one_branch_stays_flat_while_the_other_waits() -> None:
    body = start() + gateway("parallel", "fork") + user("slow") + user("a") + gateway("exclusive", "q", "d")
    body += gateway("parallel", "join") + end()
    flows = flow("s", "fork", "slow", "join", "e") + flow("fork", "a", "q")
    flows += flow("q", "a", when="outcome == 'returned'") + flow("q", "join", name="d")
    run = Run(definitions(body + flows), big="x" * 500)
    sizes = [len(run.complete("a", outcome="returned").snapshot.state) for _ in range(50)]

    assert max(sizes) == min(sizes) < 1200
    assert run.complete("a", outcome="ok").complete("slow").snapshot.finished


def test_terminate_ends_everything_else_at_once() -> None:
    body = (
        start()
        + gateway("parallel", "fork")
        + user("a")
        + user("b")
        + end("stop", event("terminate"))
        + end()
    )
    run = Run(definitions(body + flow("s", "fork", "a", "stop") + flow("fork", "b", "e")))

    assert run.complete("a", v=1).snapshot.finished
    assert run.snapshot.result["v"] == 1


def test_terminate_inside_subprocess_ends_only_the_subprocess() -> None:
    body = start("ss") + gateway("parallel", "fork") + user("x") + user("y") + end("stop", event("terminate"))
    sub = element("subProcess", "sub", body + flow("ss", "fork", "x", "stop") + flow("fork", "y"))
    run = Run(line(("sub", sub), ("z", user("z"))))

    assert run.complete("x").steps == ["z"]


def test_opening_step_can_be_completed_without_stored_state() -> None:
    xml = definitions(start() + user("a") + end(rs__result="outcome") + flow("s", "a", "e"))
    engine = ProcessEngine(lambda version: xml)

    assert engine.specification(1).opening_of() == "a"
    snapshot = engine.complete_opening(1, {"subject": 3}, {"outcome": "ok"}, Surroundings(NOW))

    assert snapshot.finished
    assert snapshot.result == {"subject": 3, "outcome": "ok", "result": "ok"}


@pytest.mark.parametrize(
    "body",
    [
        start() + script("x", "n = 1") + user("a") + flow("s", "x", "a"),
        start() + user("a") + user("b") + flow("s", "a") + flow("s", "b"),
        start() + user("a", many()) + flow("s", "a"),
        start() + gateway("exclusive", "q") + user("a") + flow("s", "q", "a"),
    ],
)
def test_opening_needs_a_plain_way_to_one_step(body: str) -> None:
    engine = ProcessEngine(lambda version: definitions(body))

    assert engine.specification(1).opening_of() is None
    with pytest.raises(StepNotOpen):
        engine.complete_opening(1, {}, {}, Surroundings(NOW))


def test_several_tokens_through_a_merge_each_go_on() -> None:
    body = (
        start() + gateway("parallel", "fork") + user("a") + user("b") + gateway("exclusive", "m") + user("z")
    )
    run = Run(definitions(body + end() + flow("s", "fork", "a", "m", "z", "e") + flow("fork", "b", "m")))

    run.complete("a").complete("b")

    assert run.steps == ["z", "z"]
    assert run.complete("z").complete("z").snapshot.finished


def test_two_flows_from_the_fork_straight_to_the_join() -> None:
    body = start() + gateway("parallel", "fork") + gateway("parallel", "join") + user("z")

    assert Run(definitions(body + flow("s", "fork", "join", "z") + flow("fork", "join"))).steps == ["z"]


def test_join_that_can_never_be_complete_is_an_incident_not_a_silent_stop() -> None:
    body = start() + user("a") + gateway("exclusive", "q", "d") + script("x", "n = 1")
    body += gateway("parallel", "join") + end()
    flows = (
        flow("s", "a", "q")
        + flow("q", "x", when="False")
        + flow("x", "join", "e")
        + flow("q", "join", name="d")
    )

    with pytest.raises(InstanceStuck, match="nothing waits"):
        Run(definitions(body + flows)).complete("a")


def test_long_automatic_loop_is_fast_and_allowed() -> None:
    body = (
        start()
        + gateway("exclusive", "m")
        + script("x", "n = n + 1")
        + gateway("exclusive", "q", "d")
        + user("z")
    )
    flows = flow("s", "m", "x", "q") + flow("q", "m", when="n < 3000") + flow("q", "z", name="d")
    run = Run(definitions(body + flows), n=0)

    assert run.data("z")["n"] == 3000


def test_work_of_all_expressions_of_one_move_is_bounded() -> None:
    body = start() + gateway("exclusive", "m") + script("x", "n = len([1 for a in many])")
    body += user("z") + gateway("exclusive", "q", "d")
    flows = flow("s", "m", "x", "q") + flow("q", "m", when="n > 0") + flow("q", "z", name="d")

    with pytest.raises(InstanceStuck, match="too much work"):
        Run(definitions(body + flows), many=list(range(50_000)))

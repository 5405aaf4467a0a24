"""The control-flow patterns that review chains must or should have, one small diagram each.

Numbers are those of the workflow patterns initiative; letters are what people draw besides.
"""

import pytest

from tests.engine.diagrams import (
    MESSAGE,
    SIGNAL,
    Run,
    border,
    definitions,
    element,
    end,
    event,
    flow,
    line,
    many,
    script,
    start,
    timer,
    user,
)


def gateway(kind: str, identifier: str, default: str | None = None) -> str:
    return element(f"{kind}Gateway", identifier, **({"default": default} if default else {}))


def fork(*branches: str, join: str = "parallel", after: str = "z") -> bytes:
    """A parallel split into user tasks, which meet in a gateway."""
    steps = "".join(user(name) for name in branches)
    flows = "".join(flow("fork", name, "join") for name in branches)
    body = start() + gateway("parallel", "fork") + steps + gateway(join, "join") + user(after) + end()
    return definitions(body + flow("s", "fork") + flows + flow("join", after, "e"))


def test_1_sequence() -> None:
    run = Run(line(("a", user("a")), ("b", user("b"))))

    assert run.steps == ["a"]
    assert run.complete("a").steps == ["b"]
    assert run.complete("b").snapshot.finished


def test_2_and_3_parallel_split_and_synchronization() -> None:
    run = Run(fork("a", "b", "c"))

    assert run.steps == ["a", "b", "c"]
    run.complete("b").complete("a")
    assert run.steps == ["c"]
    assert run.complete("c").steps == ["z"]


@pytest.mark.parametrize(("answer", "step"), [("yes", "a"), ("no", "b")])
def test_4_and_5_exclusive_choice_and_simple_merge(answer: str, step: str) -> None:
    body = start() + user("q") + gateway("exclusive", "x", "other") + user("a") + user("b")
    body += gateway("exclusive", "merge") + user("z") + end()
    flows = flow("s", "q", "x") + flow("x", "a", when="outcome == 'yes'") + flow("x", "b", name="other")
    run = Run(definitions(body + flows + flow("a", "merge", "z", "e") + flow("b", "merge")))

    assert run.complete("q", outcome=answer).steps == [step]
    assert run.complete(step).steps == ["z"]


@pytest.mark.parametrize(
    ("values", "steps"),
    [
        ({"x": True, "y": True}, ["a", "b"]),
        ({"x": True, "y": False}, ["a"]),
        ({"x": False, "y": False}, ["c"]),
    ],
)
def test_6_and_7_multi_choice_and_structured_synchronizing_merge(
    values: dict[str, object], steps: list[str]
) -> None:
    body = start() + gateway("inclusive", "fork", "other") + user("a") + user("b") + user("c")
    body += gateway("inclusive", "join") + user("z") + end()
    flows = flow("s", "fork") + flow("fork", "a", when="x") + flow("fork", "b", when="y")
    flows += (
        flow("fork", "c", name="other")
        + "".join(flow(name, "join") for name in "abc")
        + flow("join", "z", "e")
    )
    run = Run(definitions(body + flows, rs__takes="x, y"), **values)
    assert run.steps == steps

    for step in steps:
        assert run.steps[0] != "z"
        run.complete(step)

    assert run.steps == ["z"]


def test_8_multi_merge_runs_once_for_each_token() -> None:
    run = Run(fork("a", "b", join="exclusive"))

    assert run.complete("a").steps == ["b", "z"]
    assert run.complete("b").steps == ["z", "z"]


def test_10_arbitrary_cycles() -> None:
    body = start() + gateway("exclusive", "m1") + user("a") + gateway("exclusive", "x", "on") + user("b")
    body += gateway("exclusive", "y", "out") + end()
    flows = flow("s", "m1", "a", "x") + flow("x", "b", name="on") + flow("x", "m1", when="outcome == 'again'")
    flows += flow("b", "y") + flow("y", "e", name="out") + flow("y", "m1", when="outcome == 'back'")
    run = Run(definitions(body + flows))

    run.complete("a", outcome="again").complete("a", outcome="ok").complete("b", outcome="back")

    assert run.steps == ["a"]


def test_11_implicit_termination() -> None:
    body = start() + gateway("parallel", "fork") + user("a") + user("b")
    run = Run(definitions(body + flow("s", "fork", "a") + flow("fork", "b")))

    assert not run.complete("a").snapshot.finished
    assert run.complete("b").snapshot.finished


def test_12_multi_instance_without_synchronization() -> None:
    body = start() + gateway("exclusive", "m") + script("next", "n = n + 1") + gateway("parallel", "fork")
    body += user("each") + gateway("exclusive", "more", "enough") + end() + end("e2")
    flows = (
        flow("s", "m", "next", "fork", "each", "e") + flow("fork", "more") + flow("more", "m", when="n < 3")
    )
    run = Run(definitions(body + flows + flow("more", "e2", name="enough")), n=0)

    assert run.steps == ["each", "each", "each"]
    run.complete("each").complete("each").complete("each")
    assert run.snapshot.finished


@pytest.mark.parametrize("marker", [many(cardinality="3"), many("people")])
def test_13_and_14_multi_instance_known_when_drawn_or_when_it_begins(marker: str) -> None:
    run = Run(line(("a", user("a", marker)), ("z", user("z"))), people=["x", "y", "w"])

    assert run.steps == ["a", "a", "a"]
    run.complete("a").complete("a")
    assert run.steps == ["a"]
    assert run.complete("a").steps == ["z"]


def event_subprocess(identifier: str, definition: str, step: str, *, interrupts: bool) -> str:
    begin = element("startEvent", f"{identifier}_s", definition, isInterrupting=str(interrupts).lower())
    body = begin + user(step) + end(f"{identifier}_e") + flow(f"{identifier}_s", step, f"{identifier}_e")
    return element("subProcess", identifier, body, triggeredByEvent="true")


def test_15_multi_instance_not_known_beforehand() -> None:
    asked = event_subprocess("more", event("message", "msg"), "one_more", interrupts=False)
    run = Run(definitions(start() + user("a") + end() + asked + flow("s", "a", "e"), MESSAGE))

    assert run.deliver("answer")
    assert run.deliver("answer")

    assert run.steps == ["a", "one_more", "one_more"]
    assert not run.complete("a").snapshot.finished


def test_16_deferred_choice() -> None:
    answer = element("intermediateCatchEvent", "m", event("message", "msg"))
    late = element("intermediateCatchEvent", "t", timer("timeDuration", "P1D"))
    body = start() + gateway("eventBased", "g") + answer + late + user("a") + user("b") + end()
    xml = definitions(body + flow("s", "g", "m", "a", "e") + flow("g", "t", "b", "e"), MESSAGE)

    answered, waited = Run(xml), Run(xml)
    assert answered.deliver("answer")

    assert (answered.steps, answered.timers) == (["a"], [])
    assert waited.fire("t").steps == ["b"]
    assert not waited.deliver("answer")


def test_18_milestone() -> None:
    late = border("b", "a", event("signal", "sig"))
    body = start() + gateway("parallel", "fork") + user("a") + late + user("close") + end("e1")
    closing = element("endEvent", "e2", event("signal", "sig"))
    run = Run(
        definitions(
            body
            + closing
            + end("e3")
            + flow("s", "fork", "a", "e1")
            + flow("fork", "close", "e2")
            + flow("b", "e3"),
            SIGNAL,
        )
    )

    run.complete("close")

    assert run.snapshot.finished


def test_19_cancel_task() -> None:
    body = start() + user("a") + border("b", "a", event("message", "msg")) + user("z") + end()
    run = Run(definitions(body + flow("s", "a", "e") + flow("b", "z", "e"), MESSAGE))

    assert run.deliver("answer")

    assert run.steps == ["z"]


@pytest.mark.parametrize("inside", [False, True])
def test_20_cancel_case(inside: bool) -> None:
    cancel = event_subprocess("cancel", event("message", "msg"), "told", interrupts=True)
    body = start() + user("a") + end() + cancel + flow("s", "a", "e")
    if inside:
        body = start("s0") + element("subProcess", "sub", body) + end("e0") + flow("s0", "sub", "e0")
    run = Run(definitions(body, MESSAGE))

    assert run.deliver("answer")

    assert run.steps == ["told"]
    assert run.complete("told").snapshot.finished


def test_21_structured_loop() -> None:
    marker = "<bpmn:standardLoopCharacteristics><bpmn:loopCondition>outcome == 'again'</bpmn:loopCondition>"
    run = Run(line(("a", user("a", marker + "</bpmn:standardLoopCharacteristics>"))))

    assert run.complete("a", outcome="again").steps == ["a"]
    assert run.complete("a", outcome="done").snapshot.finished


def test_23_transient_trigger_is_lost_when_nobody_waits() -> None:
    catch = element("intermediateCatchEvent", "c", event("signal", "sig"))
    run = Run(line(("a", user("a")), ("c", catch), extra=SIGNAL))

    assert not run.deliver("stop")
    assert run.complete("a").awaited == ["stop"]
    assert run.deliver("stop")
    assert run.snapshot.finished


SUB = start("is") + user("i1") + user("i2") + end("ie") + flow("is", "i1", "i2", "ie")


@pytest.mark.parametrize("marker", ["", many("people")])
def test_25_and_26_cancel_region_and_multi_instance(marker: str) -> None:
    sub = element("subProcess", "sub", marker + SUB) + border("b", "sub", event("message", "msg"))
    body = start() + sub + user("z") + end() + flow("s", "sub", "e") + flow("b", "z", "e")
    run = Run(definitions(body, MESSAGE), people=["x", "y"])
    groups = tuple(group.token for group in run.snapshot.groups)

    assert run.deliver("answer")

    assert (run.steps, run.snapshot.cancelled_groups) == (["z"], groups)


def test_27_complete_multi_instance() -> None:
    run = Run(
        line(("a", user("a", many(condition="outcome == 'enough'"))), ("z", user("z"))), people=["x", "y"]
    )

    assert run.complete("a", outcome="enough").steps == ["z"]


def test_29_cancelling_discriminator() -> None:
    inner = start("is") + gateway("parallel", "fork") + user("a") + user("b")
    inner += element("endEvent", "first", event("terminate"))
    inner += flow("is", "fork", "a", "first") + flow("fork", "b", "first")
    run = Run(line(("sub", element("subProcess", "sub", inner)), ("z", user("z"))))

    assert run.complete("b").steps == ["z"]


def approvals(count: int) -> str:
    """As many tasks side by side; the second approval ends the others (a quorum)."""
    names = [f"a{n}" for n in range(count)]
    inner = start("is") + gateway("parallel", "fork") + flow("is", "fork")
    for name in names:
        inner += user(name) + script(f"count_{name}", "yes = yes + (1 if outcome == 'approve' else 0)")
        inner += gateway("exclusive", f"x_{name}", f"no_{name}") + end(f"end_{name}")
        inner += flow("fork", name, f"count_{name}", f"x_{name}")
        inner += flow(f"x_{name}", "enough", when="yes >= 2") + flow(
            f"x_{name}", f"end_{name}", name=f"no_{name}"
        )
    return element("subProcess", "sub", inner + element("endEvent", "enough", event("terminate")))


@pytest.mark.parametrize(
    ("answers", "yes"),
    [
        (["approve", "approve"], 2),
        (["approve", "refuse", "approve"], 2),
        (["refuse", "refuse", "approve"], 1),
    ],
)
def test_32_cancelling_partial_join_two_of_three_approve(answers: list[str], yes: int) -> None:
    run = Run(line(("none", script("none", "yes = 0")), ("sub", approvals(3)), ("z", user("z"))))

    for number, answer in enumerate(answers):
        assert "z" not in run.steps
        run.complete(f"a{number}", outcome=answer)

    assert (run.steps, run.data("z")["yes"]) == (["z"], yes)


def test_33_generalised_and_join_keeps_early_tokens() -> None:
    body = start() + gateway("parallel", "fork") + user("a") + user("b") + gateway("exclusive", "m")
    body += gateway("exclusive", "x", "on") + gateway("parallel", "join") + user("z") + end() + user("c")
    flows = (
        flow("s", "fork", "m", "a", "x")
        + flow("x", "join", name="on")
        + flow("x", "c", when="outcome == 'c'")
    )
    run = Run(definitions(body + flows + flow("c", "m") + flow("fork", "b", "join", "z", "e")))

    run.complete("b").complete("a", outcome="c").complete("c").complete("a", outcome="go")

    assert run.steps == ["z"]


def test_35_cancelling_partial_join_of_a_multi_instance_by_counters() -> None:
    marker = many(
        condition="nrOfCompletedInstances >= 2 and nrOfActiveInstances + nrOfCompletedInstances == nrOfInstances"
    )
    run = Run(line(("a", user("a", marker)), ("z", user("z"))), people=["x", "y", "w"])

    assert run.complete("a").steps == ["a", "a"]
    assert run.complete("a").steps == ["z"]


def test_35_two_of_three_approve_as_a_multi_instance() -> None:
    marker = many(
        output="answers",
        output_item="outcome",
        condition="len([1 for one in answers if one == 'approve']) >= 2",
    )
    run = Run(line(("a", user("a", marker)), ("z", user("z"))), people=["x", "y", "w"])

    run.complete("a", outcome="refuse").complete("a", outcome="approve")
    assert run.steps == ["a"]
    run.complete("a", outcome="approve")

    assert (run.steps, run.data("z")["answers"]) == (["z"], ["refuse", "approve", "approve"])


def test_37_acyclic_synchronizing_merge() -> None:
    body = (
        start() + gateway("inclusive", "f1", "d1") + user("a") + gateway("inclusive", "f2", "d2") + user("b")
    )
    body += user("c") + gateway("inclusive", "join") + user("z") + end()
    flows = (
        flow("s", "f1") + flow("f1", "a", when="x") + flow("f1", "f2", name="d1") + flow("f2", "b", when="y")
    )
    flows += flow("f2", "c", name="d2") + "".join(flow(n, "join") for n in "abc") + flow("join", "z", "e")
    run = Run(definitions(body + flows, rs__takes="x, y"), x=False, y=True)

    assert run.complete("b").steps == ["z"]


def test_43_explicit_termination() -> None:
    body = start() + gateway("parallel", "fork") + user("a") + user("b") + end()
    stop = element("endEvent", "stop", event("terminate"))
    run = Run(definitions(body + stop + flow("s", "fork", "a", "stop") + flow("fork", "b", "e")))

    assert run.complete("a").snapshot.finished


@pytest.mark.parametrize("text", ["PT5M", "'PT5M'", "minutes(5)"])
@pytest.mark.parametrize("interrupts", [True, False])
def test_x1_to_x4_deadline_and_reminder(text: str, interrupts: bool) -> None:
    body = (
        start() + user("a") + border("b", "a", timer("timeDuration", text), interrupts) + user("late") + end()
    )
    run = Run(definitions(body + flow("s", "a", "e") + flow("b", "late", "e")))

    assert run.fire("b").steps == (["late"] if interrupts else ["a", "late"])


def test_x9_link_events() -> None:
    leap = '<bpmn:linkEventDefinition name="on"/>'
    body = start() + user("a") + element("intermediateThrowEvent", "t", leap)
    body += element("intermediateCatchEvent", "c", leap) + user("z") + end()
    run = Run(definitions(body + flow("s", "a", "t") + flow("c", "z", "e")))

    assert run.complete("a").steps == ["z"]


def test_x10_signal_end() -> None:
    body = (
        start() + gateway("parallel", "fork") + user("a") + element("endEvent", "e1", event("signal", "sig"))
    )
    body += element("intermediateCatchEvent", "c", event("signal", "sig")) + user("z") + end()
    run = Run(definitions(body + flow("s", "fork", "a", "e1") + flow("fork", "c", "z", "e"), SIGNAL))

    assert run.complete("a").steps == ["z"]
    assert [thrown.name for thrown in run.snapshot.thrown] == ["stop"]

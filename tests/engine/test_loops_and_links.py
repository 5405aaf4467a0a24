"""The loop marker, and link events that stand for a flow."""

import pytest

from tests.engine.diagrams import (
    Run,
    border,
    definitions,
    element,
    end,
    flow,
    line,
    script,
    start,
    timer,
    user,
)


def loop(condition: str | None = None, *, maximum: str | None = None, before: bool = False) -> str:
    inside = (
        f"<bpmn:loopCondition>{condition.replace(chr(60), '&lt;')}</bpmn:loopCondition>" if condition else ""
    )
    attributes = {"testBefore": str(before).lower()} | ({"loopMaximum": maximum} if maximum else {})
    text = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<bpmn:standardLoopCharacteristics{text}>{inside}</bpmn:standardLoopCharacteristics>"


def test_a_step_is_done_again_while_the_condition_holds() -> None:
    run = Run(line(("a", user("a", loop("outcome == 'again'"))), ("z", user("z"))))

    run.complete("a", outcome="again").complete("a", outcome="again")
    assert run.steps == ["a"]

    run.complete("a", outcome="done")
    assert run.steps == ["z"]


def test_tested_before_it_may_not_be_done_at_all() -> None:
    xml = line(
        ("x", script("x", "left = 0")), ("a", user("a", loop("left > 0", before=True))), ("z", user("z"))
    )

    assert Run(xml).steps == ["z"]


def test_maximum_ends_it_also_without_a_condition() -> None:
    run = Run(line(("a", user("a", loop(maximum="2"))), ("z", user("z"))))

    run.complete("a").complete("a")

    assert run.steps == ["z"]


def test_a_subprocess_hands_what_a_round_has_set_to_the_next() -> None:
    inner = (
        start("is") + script("count", "n = n + 1") + user("b") + end("ie") + flow("is", "count", "b", "ie")
    )
    sub = element("subProcess", "sub", loop("n < 3") + inner)
    run = Run(line(("x", script("x", "n = 0")), ("sub", sub), ("z", user("z"))))

    run.complete("b").complete("b").complete("b")

    assert (run.steps, run.data("z")["n"]) == (["z"], 3)


def test_a_called_process_runs_once_a_round() -> None:
    call = element("callActivity", "c", loop(maximum="2"), calledElement="other")
    run = Run(line(("c", call), ("z", user("z"))))
    run.resume(run.snapshot.groups[0].token, {})
    run.resume(run.snapshot.groups[0].token, {})

    assert run.steps == ["z"]


def test_boundary_timer_is_over_the_whole_loop() -> None:
    body = start() + user("a", loop("outcome == 'again'")) + border("b", "a", timer("timeDuration", "P1D"))
    body += user("late") + end()
    run = Run(definitions(body + flow("s", "a", "e") + flow("b", "late", "e")))
    run.complete("a", outcome="again")
    assert run.timers == ["b"]

    run.fire("b")

    assert run.steps == ["late"]


def test_five_hundred_rounds_stay_small() -> None:
    run = Run(line(("a", user("a", loop("outcome == 'again'")))))
    sizes = []
    for _ in range(500):
        sizes.append(len(run.complete("a", outcome="again").snapshot.state))

    assert max(sizes[5:]) - min(sizes[5:]) < 10


def link(tag: str, identifier: str, name: str) -> str:
    return element(tag, identifier, f'<bpmn:linkEventDefinition name="{name}"/>')


@pytest.mark.parametrize("ways", [1, 2])
def test_link_events_stand_for_a_flow(ways: int) -> None:
    body = start() + user("a") + user("z") + end() + link("intermediateCatchEvent", "to", "on")
    flows = flow("to", "z", "e")
    for number in range(ways):
        body += link("intermediateThrowEvent", f"from{number}", "on")
        flows += flow("a", f"from{number}")
    run = Run(definitions(body + flow("s", "a") + flows))

    run.complete("a")

    assert run.steps == ["z"] * ways

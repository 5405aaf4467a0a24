"""A value that is set beside a multi-instance sub-process and read in it is told: its runs know the earlier one."""

import pytest

from tests.engine.diagrams import border, definitions, element, end, flow, many, script, start, timer, user
from tests.engine.test_check import found

LIMIT = (
    '<bpmn:extensionElements><rs:form><rs:field key="limit" type="text" label="Mức"/></rs:form>'
    "</bpmn:extensionElements>"
)
PLAN = user("plan", LIMIT)
CHANGE = user("change", LIMIT, name="Sửa mức")
BOTH = element("parallelGateway", "both")
JOIN = element("parallelGateway", "join")
READS = start("is") + user("t1") + element("exclusiveGateway", "ig", default="low")
READS += user("hi") + user("lo") + end("ie") + flow("is", "t1", "ig", name=None)
READS += (
    flow("ig", "hi", when="limit == 'high'")
    + flow("ig", "lo", name="low")
    + flow("hi", "ie")
    + flow("lo", "ie")
)
ALL = element("subProcess", "all", many("[1, 2]", "one") + READS)


def counting(asked: str, *, marker: str = many("[1, 2]", "one"), within: str = "yes = yes + 1") -> str:
    """Two runs of a sub-process count; a gateway behind them asks."""
    inside = start("is") + user("t") + script("add", within) + end("ie") + flow("is", "t", "add", "ie")
    body = start() + script("none", "yes = 0") + element("subProcess", "all", marker + inside)
    body += element("exclusiveGateway", "q", default="no") + user("a") + user("b")
    return body + flow("s", "none", "all", "q") + flow("q", "a", when=asked) + flow("q", "b", name="no")


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (counting("yes >= 2"), ["yes"]),
        (counting("outcome == 'a'"), []),
        (counting("yes >= 2", within="yes = 1"), []),
        (counting("yes >= 2", marker=""), []),
        (counting("outcome == 'a'", marker=many("[1, 2]", "one", condition="yes >= 2")), ["yes"]),
    ],
)
def test_a_count_that_each_run_makes_for_itself_is_told(body: str, names: list[str]) -> None:
    problems = [one for one in found(definitions(body)) if one.code == "counts_apart"]

    assert [one.params["name"] for one in problems] == names
    assert {(one.element_id, one.severity) for one in problems} <= {("all", "warning")}


def told(body: str) -> list[tuple[str, object]]:
    problems = [one for one in found(definitions(body)) if one.code == "set_beside"]
    return [(one.element_id, one.params["step"]) for one in problems]


def beside(inside: str = ALL, change: str = CHANGE) -> str:
    body = start() + PLAN + BOTH + inside + change + JOIN + end()
    return body + flow("s", "plan", "both", "all", "join", "e") + flow("both", "change", "join")


def opened(interrupting: str) -> str:
    alarm = element("startEvent", "os", timer("timeDuration", "P1D"), isInterrupting=interrupting)
    inside = alarm + CHANGE + end("oe") + flow("os", "change", "oe")
    around = start() + PLAN + ALL + end() + flow("s", "plan", "all", "e")
    return around + element("subProcess", "opened", inside, triggeredByEvent="true")


def test_a_step_beside_it_is_named_with_the_value() -> None:
    (problem,) = [one for one in found(definitions(beside())) if one.code == "set_beside"]

    assert (problem.element_id, problem.severity) == ("all", "warning")
    assert problem.params == {"step": "Sửa mức", "name": "limit"}


def test_a_call_inside_that_hands_on_everything_reads_what_is_set_beside() -> None:
    call = element("callActivity", "call", calledElement="child", rs__pass="*")
    inside = start("is") + user("t1") + call + end("ie") + flow("is", "t1", "call", "ie")

    assert told(beside(element("subProcess", "all", many("[1, 2]", "one") + inside))) == [("all", "Sửa mức")]


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        (beside(change=script("change", "limit = 'high'")), [("all", "change")]),
        (beside(change=script("change", "other = 'high'")), []),
        # Each has the value from itself.
        (beside(element("subProcess", "all", many("[1, 2]", "limit") + READS)), []),
        (
            beside(
                element(
                    "subProcess",
                    "all",
                    many("[1, 2]", "one")
                    + READS.replace(
                        '<bpmn:userTask id="t1" rs:assignee="1"></bpmn:userTask>', user("t1", LIMIT)
                    ),
                )
            ),
            [],
        ),
        # Inside the run, where a value is known at once.
        (beside(element("subProcess", "all", READS)), []),
        # One after the other, also by a way back.
        (start() + PLAN + ALL + CHANGE + end() + flow("s", "plan", "all", "change", "e"), []),
        (
            start()
            + PLAN
            + BOTH
            + ALL
            + user("x")
            + JOIN
            + CHANGE
            + end()
            + flow("s", "plan", "both", "all", "join", "change", "e")
            + flow("both", "x", "join"),
            [],
        ),
        (
            start()
            + PLAN
            + BOTH
            + CHANGE
            + user("x")
            + JOIN
            + ALL
            + end()
            + flow("s", "plan", "both", "change", "join", "all", "e")
            + flow("both", "x", "join"),
            [],
        ),
        (
            start()
            + PLAN
            + element("exclusiveGateway", "both", default="other")
            + ALL
            + CHANGE
            + end()
            + flow("s", "plan", "both")
            + flow("both", "all", "e", when="limit == 'a'")
            + flow("both", "change", name="other")
            + flow("change", "e"),
            [],
        ),
        # At its own border, and at that of the sub-process around it.
        (
            start()
            + PLAN
            + ALL
            + border("late", "all", timer("timeDuration", "P1D"), False)
            + CHANGE
            + end()
            + end("e2")
            + flow("s", "plan", "all", "e")
            + flow("late", "change", "e2"),
            [("all", "Sửa mức")],
        ),
        (
            start()
            + PLAN
            + ALL
            + border("late", "all", timer("timeDuration", "P1D"))
            + CHANGE
            + end()
            + end("e2")
            + flow("s", "plan", "all", "e")
            + flow("late", "change", "e2"),
            [],
        ),
        (
            start()
            + PLAN
            + element("subProcess", "around", start("as") + ALL + end("ae") + flow("as", "all", "ae"))
            + border("late", "around", timer("timeDuration", "P1D"), False)
            + CHANGE
            + end()
            + end("e2")
            + flow("s", "plan", "around", "e")
            + flow("late", "change", "e2"),
            [("all", "Sửa mức")],
        ),
        # Opened by an event whenever that comes; one that interrupts has ended the rest.
        (opened("false"), [("all", "Sửa mức")]),
        (opened("true"), []),
    ],
)
def test_only_what_may_be_set_while_it_runs(body: str, problems: list[tuple[str, object]]) -> None:
    assert told(body) == problems

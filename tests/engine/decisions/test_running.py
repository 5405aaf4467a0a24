"""Business rule tasks: which decision they make, what becomes of the result, and what the check says of them."""

import pytest

from tests.engine.decisions.dmn import NOW, file, instant, table
from tests.engine.diagrams import definitions, element, end, flow, line, many, start, user
from workflows.engine import Problem, ProcessEngine, Published, Snapshot, Surroundings
from workflows.engine.check import check, check_and_mend
from workflows.engine.check_process import judged
from workflows.errors import InstanceStuck

LEVELS = file(table([("<= 5", '"low"'), ("> 5", '"high"')], key="level", inputs=[("amount", "number")]))
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"


def rule(inside: str = "", **attributes: str) -> str:
    """A business rule task."""
    return element("businessRuleTask", "rule", inside, **attributes)


def diagram(task: str, takes: str = "amount") -> bytes:
    """Start, the task, a step, end."""
    body = start() + task + user("a") + end() + flow("s", "rule", "a", "e")
    return definitions(body, **({"rs__takes": takes} if takes else {}))


def found(xml: bytes, **files: str) -> list[Problem]:
    return [Problem(**one) for one in judged(xml, (), files)[0]]  # type: ignore[arg-type]


def run(xml: bytes, files: dict[str, str], **values: object) -> Snapshot:
    engine = ProcessEngine(lambda _: Published(xml, files))
    return engine.start(1, values, Surroundings(NOW, {"instant": instant}))


def test_result_becomes_a_variable() -> None:
    xml = diagram(rule(rs__decision="level", rs__output="level"))

    assert check(xml, (), {"level": LEVELS}) == []
    (step,) = run(xml, {"level": LEVELS}, amount=7).steps
    assert step.values["level"] == "high"


def test_result_comes_in_the_shape_that_is_asked_for() -> None:
    xml = diagram(rule(rs__decision="level", rs__output="level", rs__map="resultList"))

    (step,) = run(xml, {"level": LEVELS}, amount=7).steps
    assert step.values["level"] == [{"y": "high"}]


def test_rules_that_hold_at_once_stop_the_run_and_are_named() -> None:
    meeting = {"m": file(table([("-", "1"), ("-", "2")], key="level"))}

    with pytest.raises(InstanceStuck, match=r"rule.*level: rules 1, 2 hold at once"):
        run(diagram(rule(rs__decision="level"), "x"), meeting, x=1)


def test_children_of_a_sub_process_take_what_its_decisions_read() -> None:
    inside = start("i") + rule(rs__decision="level", rs__output="level") + end("j") + flow("i", "rule", "j")
    sub = element("subProcess", "sub", many("[1, 2]", "n") + inside)
    xml = definitions(start() + sub + end() + flow("s", "sub", "e"), rs__takes="amount")

    (group,) = run(xml, {"level": LEVELS}, amount=7).groups

    assert group.items[0].values == {"amount": 7, "level": None, "n": 1}


@pytest.mark.parametrize(
    ("task", "codes"),
    [
        (rule(), ["unsupported"]),
        (rule(rs__decision="other", rs__output="y"), ["decision_missing", "decision_unused"]),
        (rule(rs__decision="level", rs__output="unit"), ["name_reserved"]),
        (rule(rs__decision="level", rs__output="y", rs__map="some"), ["decision_map"]),
        (rule(rs__decision="level"), ["decision_output"]),
        (rule(rs__decision="level", rs__output="y", rs__due="now()"), ["attribute_unknown"]),
    ],
)
def test_task_that_cannot_decide_says_why(task: str, codes: list[str]) -> None:
    problems = [one.code for one in found(diagram(task), level=LEVELS)]

    assert [code for code in problems if code not in ("decision_unused", "decision_output")] == [
        code for code in codes if code not in ("decision_unused", "decision_output")
    ]
    assert set(codes) <= set(problems)


def test_variable_that_nothing_sets_is_named_at_the_task() -> None:
    (problem,) = found(diagram(rule(rs__decision="level", rs__output="y"), ""), level=LEVELS)

    assert (problem.code, problem.element_id, problem.params["name"]) == ("name_unknown", "rule", "amount")


def test_faults_of_tables_stand_beside_those_of_the_drawing() -> None:
    broken = file(table([("<> 5", "1")], key="level"))

    codes = [
        one.code for one in found(diagram(rule(rs__decision="level", rs__output="y"), "x"), level=broken)
    ]

    assert codes == ["cell"]


@pytest.mark.parametrize(
    ("task", "output"),
    [
        (
            f'<bpmn:businessRuleTask id="rule" xmlns:c="{CAMUNDA}" c:decisionRef="level" c:resultVariable="y" '
            'c:mapDecisionResult="singleEntry"/>',
            "high",
        ),
        (
            f'<bpmn:businessRuleTask id="rule" xmlns:c="{CAMUNDA}" c:decisionRef="level" c:resultVariable="y"/>',
            [{"y": "high"}],
        ),
        (
            f'<bpmn:businessRuleTask id="rule"><bpmn:extensionElements xmlns:z="{ZEEBE}">'
            '<z:calledDecision decisionId="level" resultVariable="y"/></bpmn:extensionElements>'
            "</bpmn:businessRuleTask>",
            "high",
        ),
    ],
)
def test_tasks_of_other_tools_are_taken(task: str, output: object) -> None:
    xml = diagram(task, "").replace(b" rs:assignee='1'", b"")
    checked = check_and_mend(xml.replace(b'rs:assignee="1"', b""), (), {"level": LEVELS})

    assert [one.code for one in checked.problems if one.severity == "error"] == []
    assert "took_decision" in [one.code for one in checked.problems]
    assert "variable_outside" in [one.code for one in checked.problems]
    (step,) = run((checked.mended or "").encode(), {"level": LEVELS}, amount=7).steps
    assert step.values["y"] == output


def test_table_of_another_tool_that_asks_for_the_outcome_is_refused_where_none_is_drawn() -> None:
    task = f'<bpmn:businessRuleTask id="rule" xmlns:c="{CAMUNDA}" c:decisionRef="level"/>'
    asking = LEVELS.replace("amount", "outcome")

    assert "outcomes_undrawn" in [one.code for one in found(diagram(task, ""), level=asking)]
    assert "outcomes_undrawn" not in [one.code for one in found(diagram(task, ""), level=LEVELS)]


def test_decision_whose_name_is_computed_is_refused() -> None:
    task = f'<bpmn:businessRuleTask id="rule" xmlns:c="{CAMUNDA}" c:decisionRef="${{which}}"/>'

    assert "decision_computed" in [one.code for one in found(line(("rule", task)))]

"""Files as other tools write them: what the import pass makes of each, and that it then runs as it means there."""

from datetime import datetime
from pathlib import Path

import pytest
from lxml import etree

from tests.engine.diagrams import Run
from workflows.engine import Problem, ProcessEngine, Specification
from workflows.engine.check_process import judged

FOLDER = Path(__file__).parent / "foreign"
TOOLS = sorted(path.stem for path in FOLDER.glob("*.bpmn"))
CALLED = ("book_order", "bus_order")
TOLD = {
    "bpmn_io": ["nobody_named", "nobody_named", "nobody_named", "passes_through", "took_local_time"],
    "camunda": [
        *(
            "form_elsewhere",
            "group_unknown",
            "nobody_named",
            "took_assignee",
            "took_assignee",
            "took_assignee",
        ),
        *("took_due", "took_expression", "took_expression", "took_fields", "took_fields", "user_unknown"),
    ],
    "flowable": [
        *("took_assignee", "took_assignee", "took_assignee", "took_expression", "took_fields", "took_ids"),
        *("took_split", "took_start_fields"),
    ],
    "jbpm": [
        *("took_assignee", "took_assignee", "took_assignee", "took_collection", "took_expression"),
        *("user_unknown", "variable_outside", "variable_outside"),
    ],
    "operaton": [
        *(
            "took_assignee",
            "took_call",
            "took_collection",
            "took_expression",
            "took_fields",
            "took_returns",
        ),
        "variable_outside",
    ],
    "signavio": [
        *("flow_default_taken", "took_assignee", "took_assignee", "took_assignee", "took_language_less"),
        *("took_process", "variable_outside"),
    ],
    "zeebe": [
        *("form_elsewhere", "took_assignee", "took_assignee", "took_call", "took_collection", "took_due"),
        *("took_expression", "took_expression", "variable_outside", "variable_outside", "variable_outside"),
    ],
}


def taken(tool: str) -> tuple[list[Problem], bytes]:
    found, mended = judged((FOLDER / f"{tool}.bpmn").read_bytes(), CALLED)
    assert mended is not None
    return [Problem(**problem) for problem in found], mended  # type: ignore[arg-type]


def specification(tool: str) -> Specification:
    _, mended = taken(tool)
    return ProcessEngine(lambda _: mended).specification(1)


@pytest.mark.parametrize("tool", TOOLS)
def test_file_is_taken_and_says_what_was_done(tool: str) -> None:
    problems, _ = taken(tool)

    assert sorted(problem.code for problem in problems) == TOLD[tool]
    assert all(problem.severity != "error" for problem in problems)
    assert all(problem.reason % problem.params and problem.remedy % problem.params for problem in problems)


@pytest.mark.parametrize("tool", TOOLS)
def test_copy_is_the_same_each_time_and_needs_nothing_more(tool: str) -> None:
    _, mended = taken(tool)

    again, twice = judged(mended, CALLED)

    assert taken(tool)[1] == mended
    assert twice is None
    assert {problem["severity"] for problem in again} <= {"warning", "note"}


@pytest.mark.parametrize("tool", TOOLS)
def test_copy_keeps_everything_the_file_said(tool: str) -> None:
    _, mended = taken(tool)

    before = [
        element.get("id") for element in etree.parse(FOLDER / f"{tool}.bpmn").iter() if element.get("id")
    ]
    after = {element.get("id") for element in etree.fromstring(mended).iter(etree.Element)}
    assert set(before) <= after


def test_camunda_decides_over_its_own_fields() -> None:
    run = Run(taken("camunda")[1], initiator=7)
    step = specification("camunda").steps["fill"]

    assert step.assignee == "initiator"
    assert step.due == "now() + days(2)"
    assert [(field.key, field.type, field.required) for field in step.fields] == [
        ("days", "number", True),
        ("kind", "select", False),
    ]
    assert [option.label for option in step.fields[1].options] == ["Có lương", "Không lương"]

    run.complete("fill", days=3, kind="paid").fire("late")
    assert run.steps == ["decide", "remind"]
    run.complete("remind").complete("decide", approved=True)
    assert run.steps == ["substitute"]
    assert run.complete("substitute").snapshot.finished


@pytest.mark.parametrize(
    ("days", "kind", "approved", "steps"),
    [(3, "unpaid", True, []), (1, "paid", "true", []), (3, "paid", "false", []), (3, "paid", None, [])],
)
def test_camunda_ends_where_no_substitute_is_needed(
    days: int, kind: str, approved: object, steps: list[str]
) -> None:
    run = (
        Run(taken("camunda")[1]).complete("fill", days=days, kind=kind).complete("decide", approved=approved)
    )

    assert run.steps == steps
    assert run.snapshot.finished


def test_operaton_ends_a_vote_with_half_of_the_voters() -> None:
    run = Run(taken("operaton")[1], voters=[{"id": 1}, {"id": 2}, {"id": 3}])

    assert run.steps == ["vote", "vote", "vote"]
    assert run.complete("vote", choice="A").steps == ["vote", "vote"]
    run.complete("vote", choice="B")

    (group,) = run.snapshot.groups
    assert (run.steps, group.called, dict(group.items[0].values)) == ([], "book_order", {"choice": "B"})
    assert run.resume(group.token, {}).snapshot.finished


@pytest.mark.parametrize(
    ("seats", "room", "steps"), [(80, "A1", ["always", "big"]), (80, "", ["always"]), (5, "A1", ["always"])]
)
def test_flowable_takes_every_flow_whose_condition_is_true(seats: int, room: str, steps: list[str]) -> None:
    run = Run(taken("flowable")[1], room=room).complete("look", seats=seats)

    assert run.steps == steps
    for step in steps:
        run.complete(step)
    assert run.snapshot.finished


def test_zeebe_asks_one_parent_after_the_other() -> None:
    run = Run(taken("zeebe")[1], parents=[{"id": 1}, {"id": 2}, {"id": 3}], pupils=30, cancelled=False)
    steps = specification("zeebe").steps

    assert (steps["plan"].due, steps["agree"].assignee) == (
        "instant('2030-05-04T10:00:00+00:00')",
        "field(parent, 'id')",
    )
    run.complete("plan")
    assert run.data("agree")["parent"] == {"id": 1}
    run.complete("agree", answer="yes").complete("agree", answer="no")

    (group,) = run.snapshot.groups
    assert group.called == "bus_order"
    assert dict(group.items[0].values)["answers"] == ["yes", "no"]


def test_jbpm_follows_its_data_inputs() -> None:
    run = Run(taken("jbpm")[1], substances=["HCl", "NaOH"], amount=9_000_000).complete("_T1")

    assert sorted(str(step.values["substance"]) for step in run.snapshot.steps) == ["HCl", "NaOH"]
    assert run.complete("_T2").complete("_T2").steps == ["_T3"]
    assert specification("jbpm").steps["_T3"].assignee == "role('head')"
    assert run.complete("_T3").snapshot.finished


def test_signavio_gives_steps_to_the_lanes_and_leaves_the_other_pool_alone() -> None:
    found = specification("signavio")
    run = Run(taken("signavio")[1], complete=True).complete("sid-t1")

    assert {key: step.assignee for key, step in found.steps.items()} == {
        "sid-t1": "role('employee')",
        "sid-t2": "role('head')",
        "sid-t3": "role('employee')",
    }
    assert run.steps == ["sid-t2"]
    assert run.complete("sid-t2").snapshot.finished


def test_bpmn_io_splits_and_ends_without_gateways_and_end_events() -> None:
    instant = {"instant": lambda text: datetime.fromisoformat(f"{text}+07:00")}
    run = Run(taken("bpmn_io")[1], instant)

    assert run.complete("Activity_write").steps == ["Activity_read"]
    assert run.complete("Activity_read").timers == ["Event_wait"]
    assert run.fire("Event_wait").steps == ["Activity_comment"]
    assert run.complete("Activity_comment").snapshot.finished

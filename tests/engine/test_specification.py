"""What a published diagram says about its steps, and the versions an engine keeps compiled."""

from threading import Thread

import pytest

from tests.engine.diagrams import NOW, definitions, element, end, flow, line, many, start, user
from tests.engine.test_check import FORM
from workflows.engine import (
    Call,
    Field,
    Guidance,
    Option,
    Outcome,
    ProcessEngine,
    Rung,
    Specification,
    Surroundings,
)
from workflows.errors import DiagramRefused


def specification(xml: bytes) -> Specification:
    return ProcessEngine(lambda version: xml).specification(1)


def test_step_carries_everything_drawn_on_it() -> None:
    text = f"<bpmn:documentation> Xem hồ sơ </bpmn:documentation>{FORM}"
    attributes = {
        "name": "Duyệt",
        "rs__nameEn": "Approve",
        "rs__accountable": "head(unit)",
        "rs__due": "workdays(3)",
        "rs__review": "pupils",
        "rs__minutes": "handover",
        "rs__signature": "required",
        "rs__bulk": "approved",
    }

    step = specification(line(("a", user("a", text, **attributes)))).steps["a"]

    assert (step.name, step.name_en, step.documentation) == ("Duyệt", "Approve", "Xem hồ sơ")
    assert (step.assignee, step.accountable, step.due) == ("1", "head(unit)", "workdays(3)")
    assert (step.review, step.minutes, step.signature, step.bulk) == ("pupils", "handover", True, "approved")
    assert step.fields == (
        Field("score", "number", "Điểm", required=True),
        Field("kind", "select", "Loại", options=(Option("a", "A"), Option("b", "B"))),
    )
    assert step.outcomes == (
        Outcome("approved", "Duyệt"),
        Outcome("returned", "Trả lại", reason="required", of="pupils", style="return"),
    )
    assert step.escalation == (Rung("-2d", "assignee"), Rung("1d", "head", "escalate"))
    assert step.guidance == (Guidance("Xem hướng dẫn", "", "https://example.edu.vn/a"),)


def test_step_without_outcomes_has_one() -> None:
    (outcome,) = specification(line(("a", user("a")))).steps["a"].outcomes

    assert (outcome.key, outcome.label, outcome.label_en) == ("done", "Hoàn thành", "Done")


def test_calls_variables_results_and_labels() -> None:
    marker = many("staff()", "member", output="verdicts", output_item="mark", condition="nrOfInstances == 1")
    body = (
        start()
        + user("a", FORM, name="Bước")
        + element("callActivity", "c", marker, calledElement="kid", rs__pass="x, y")
    )
    found = specification(
        definitions(
            body + end(rs__result="outcome") + flow("s", "a", "c", "e"),
            name="Rà soát",
            rs__nameEn="Review",
            rs__subject="school",
            rs__takes="officer",
        )
    )

    assert (found.key, found.name, found.name_en, found.subject) == ("p", "Rà soát", "Review", "school")
    assert found.calls["c"] == Call(
        "c", "", "kid", ("x", "y"), False, "staff()", None, "member", "verdicts", "mark", "nrOfInstances == 1"
    )
    assert found.variables == {
        *(
            "outcome",
            "returned",
            "initiator",
            "score",
            "kind",
            "x",
            "y",
            "member",
            "verdicts",
            "mark",
            "officer",
        )
    }
    assert found.results == {"e": "outcome"}
    assert found.names == {"a": "Bước"}


NESTED = """<bpmn:laneSet><bpmn:lane id="l1" name="Trường"><bpmn:flowNodeRef>a</bpmn:flowNodeRef>
<bpmn:childLaneSet><bpmn:lane id="l2" name="Hiệu trưởng"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane>
<bpmn:lane id="l3" name="Giáo viên"><bpmn:flowNodeRef>sub</bpmn:flowNodeRef></bpmn:lane></bpmn:childLaneSet>
</bpmn:lane></bpmn:laneSet>"""


def test_lane_is_the_innermost_and_covers_what_is_inside_a_subprocess() -> None:
    sub = element("subProcess", "sub", start("ss") + user("x") + flow("ss", "x"))
    found = specification(
        definitions(NESTED + start() + user("a") + sub + end() + flow("s", "a", "sub", "e"))
    )

    assert (found.steps["a"].lane, found.steps["x"].lane) == ("Hiệu trưởng", "Giáo viên")
    assert found.lanes == ("Trường", "Hiệu trưởng", "Giáo viên")


def test_lanes_never_come_from_another_file() -> None:
    with_lanes = definitions(NESTED + start() + user("a") + end() + flow("s", "a", "e"))
    without = line(("a", user("a")))

    for _ in range(50):
        assert specification(with_lanes).steps["a"].lane == "Hiệu trưởng"
        assert specification(without).steps["a"].lane is None


def test_engine_keeps_a_bounded_number_of_versions_and_reads_each_once() -> None:
    asked: list[int] = []

    def source(version: int) -> bytes:
        asked.append(version)
        return line(("a", user("a")))

    engine = ProcessEngine(source, capacity=2)
    for version in (1, 2, 1, 3, 1, 2):
        engine.specification(version)

    assert asked == [1, 2, 3, 2]


def test_compiled_versions_are_shared_between_threads() -> None:
    marker = many("[1, 2, 3]", output="votes", output_item="vote")
    xml = line(("x", user("x", marker)))
    engine, around, finished = ProcessEngine(lambda version: xml), Surroundings(NOW), []

    def drive() -> None:
        for number in range(40):
            snapshot = engine.start(1, {}, around)
            while not snapshot.finished:
                token = snapshot.steps[0].token
                snapshot = engine.complete(1, snapshot.state, token, {"vote": number}, around)
            finished.append(snapshot.result["votes"] == [number] * 3)

    threads = [Thread(target=drive) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert finished == [True] * 160


@pytest.mark.parametrize("kind", ["complexGateway", "serviceTask", "adHocSubProcess"])
def test_engine_itself_refuses_what_it_cannot_run(kind: str) -> None:
    with pytest.raises(DiagramRefused) as refused:
        specification(line(("x", element(kind, "x"))))

    assert [problem.element_id for problem in refused.value.problems] == ["x"]

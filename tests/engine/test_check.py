"""Publishing: every fault is named with element, line and remedy; a good diagram passes; no file hurts the server."""

from collections.abc import Collection

import pytest

from tests.engine.diagrams import (
    ERROR,
    SIGNAL,
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
from workflows.engine import Problem, check
from workflows.engine.check_process import problems_of
from workflows.engine.diagram.faults import FAULTS


def found(xml: bytes, keys: Collection[str] = ()) -> list[Problem]:
    return [Problem(**problem) for problem in problems_of(xml, keys)]  # type: ignore[arg-type]


def codes(xml: bytes, keys: Collection[str] = ()) -> set[str]:
    return {problem.code for problem in found(xml, keys)}


def catch(identifier: str, definition: str) -> str:
    return element("intermediateCatchEvent", identifier, definition)


FORM = """<bpmn:extensionElements><rs:form>
<rs:field key="score" type="number" label="Điểm" required="true"/>
<rs:field key="kind" type="select" label="Loại"><rs:option key="a" label="A"/><rs:option key="b" label="B"/></rs:field>
</rs:form>
<rs:outcome key="approved" label="Duyệt" style="primary"/>
<rs:outcome key="returned" label="Trả lại" reason="required" of="pupils" style="return"/>
<rs:escalation><rs:rung after="-2d" to="assignee" kind="remind"/>
<rs:rung after="1d" to="head" kind="escalate"/></rs:escalation>
<rs:guidance text="Xem hướng dẫn" href="https://example.edu.vn/a"/></bpmn:extensionElements>"""

GOOD = definitions(
    start()
    + user(
        "a", FORM, rs__due="workdays(3)", rs__accountable="head(unit)", rs__review="pupils", rs__nameEn="A"
    )
    + border("b", "a", timer("timeCycle", "R3/P1D"), interrupts=False)
    + user("late")
    + element("exclusiveGateway", "q", default="d")
    + element(
        "callActivity",
        "c",
        many("staff()", "person", condition="nrOfCompletedInstances > 1"),
        calledElement="kid",
    )
    + end(rs__result="outcome")
    + flow("s", "a", "q")
    + flow("q", "a", when="outcome == 'returned' and len(returned) > 0 and score < 5")
    + flow("q", "c", name="d")
    + flow("c", "e")
    + flow("b", "late"),
    rs__subject="school",
)


def test_good_diagram_passes() -> None:
    assert check(GOOD, {"kid"}) == []


def test_problem_names_element_line_reason_and_remedy() -> None:
    xml = b'<?xml version="1.0"?>\n' + line(("a", "\n\n" + element("userTask", "a", name="Duyệt hồ sơ")))

    (problem,) = check(xml)

    assert (problem.element_id, problem.element_name, problem.line) == ("a", "Duyệt hồ sơ", 4)
    assert (problem.code, problem.severity) == ("nobody_named", "warning")
    assert problem.reason
    assert problem.remedy


def step(inside: str = "", **attributes: str) -> bytes:
    return line(("a", user("a", inside, **attributes)))


def form(inside: str) -> bytes:
    return step(f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>")


def gateway(*flows: str, default: str = "") -> bytes:
    attributes = {"default": default} if default else {}
    body = start() + user("a") + element("exclusiveGateway", "q", **attributes) + user("x") + user("y")
    return definitions(body + flow("s", "a", "q") + "".join(flows))


def marked(tag: str, identifier: str = "x", inside: str = "", **attributes: str) -> bytes:
    return line((identifier, element(tag, identifier, inside, **attributes)))


def stop(definition: str, extra: str = "") -> bytes:
    return definitions(start() + user("a") + end("e", definition) + flow("s", "a", "e"), extra)


def beside(body: str, extra: str = "") -> bytes:
    return definitions(start() + user("a") + end() + flow("s", "a", "e") + body, extra)


SUB = start("ss") + user("x") + end("se")
REFUSED = {
    # what stock SpiffWorkflow accepts and runs wrongly, hangs on or crashes on
    "complex gateway": (marked("complexGateway"), "unsupported"),
    "compensation boundary": (beside(border("b", "a", event("compensate"))), "compensation"),
    "compensation throw": (marked("intermediateThrowEvent", "x", event("compensate")), "compensation"),
    "compensation end": (stop(event("compensate")), "compensation"),
    "compensation task": (
        marked("userTask", "x", isForCompensation="true", rs__assignee="1"),
        "compensation",
    ),
    "link throw": (marked("intermediateThrowEvent", "x", event("link")), "link_flow"),
    "link catch": (marked("intermediateCatchEvent", "x", event("link")), "link_flow"),
    "link end": (stop(event("link")), "event_unsupported"),
    "cancel end": (stop(event("cancel")), "event_unsupported"),
    "conditional catch": (marked("intermediateCatchEvent", "x", event("conditional")), "event_unsupported"),
    "plain catch": (marked("intermediateCatchEvent"), "event_unsupported"),
    "plain boundary": (beside(element("boundaryEvent", "b", attachedToRef="a")), "event_unsupported"),
    "event sub-process": (
        beside(element("subProcess", "x", SUB, triggeredByEvent="true")),
        "event_subprocess_start",
    ),
    "flow into an event sub-process": (
        marked("subProcess", "x", SUB, triggeredByEvent="true"),
        "event_subprocess_flow",
    ),
    "link without its other end": (
        beside(element("intermediateThrowEvent", "x", event("link")) + flow("a", "x")),
        "link_target",
    ),
    "ad-hoc sub-process": (marked("adHocSubProcess", "x", user("y")), "unsupported"),
    "transaction": (marked("transaction", "x", SUB + flow("ss", "x", "se")), "unsupported"),
    "service task": (marked("serviceTask"), "unsupported"),
    "rule task": (marked("businessRuleTask"), "unsupported"),
    "standard loop": (step("<bpmn:standardLoopCharacteristics/>"), "loop_endless"),
    "loop without end": (
        step('<bpmn:standardLoopCharacteristics loopMaximum="many"/>'),
        "loop_maximum",
    ),
    "start quantity": (step(startQuantity="2"), "quantity"),
    "completion quantity": (step(completionQuantity="2"), "quantity"),
    "multi-instance behavior": (step(many("[1]").replace("isSeq", 'behavior="One" isSeq')), "multi_behavior"),
    "multi-instance script": (
        line(("x", script("x", "a = 1").replace("<bpmn:script>", many("[1]") + "<bpmn:script>"))),
        "multi_place",
    ),
    "multi-instance without source": (step(many(None)), "multi_source"),
    "several definitions": (stop(event("terminate") + event("error", "er"), ERROR), "event_many"),
    "timer start": (
        definitions(element("startEvent", "s", timer("timeCycle", "R3/PT1H")) + user("a") + flow("s", "a")),
        "start_kind",
    ),
    "message start": (
        definitions(element("startEvent", "s", event("message")) + user("a") + flow("s", "a")),
        "start_kind",
    ),
    "no start": (definitions(user("a") + end() + flow("a", "e")), "start_count"),
    "two starts": (beside(start("s2") + flow("s2", "a")), "start_count"),
    "condition out of a parallel gateway": (
        definitions(
            start() + element("parallelGateway", "g") + user("a") + flow("s", "g") + flow("g", "a", when="1")
        ),
        "flow_condition",
    ),
    "duplicate id": (beside(user("a")), "id_twice"),
    "default from elsewhere": (
        gateway(flow("q", "x", when="1"), flow("q", "y", when="1"), default="nowhere"),
        "default_elsewhere",
    ),
    "flow into a boundary event": (
        beside(border("b", "a", timer("timeDuration", "P1D")) + flow("a", "b")),
        "flow_forbidden",
    ),
    "flow to nowhere": (beside(flow("a", "nowhere")), "flow_ends"),
    "flow into a sub-process": (
        beside(element("subProcess", "p2", SUB + flow("ss", "x", "se")) + flow("a", "x")),
        "flow_ends",
    ),
    "error border that does not interrupt": (
        definitions(
            start()
            + element("subProcess", "a", SUB + flow("ss", "x", "se"))
            + border("b", "a", event("error", "er"), False)
            + end()
            + flow("s", "a", "e")
            + flow("b", "e"),
            ERROR,
        ),
        "boundary_error_waits",
    ),
    "error border on a task": (
        beside(border("b", "a", event("error", "er")) + flow("b", "e"), ERROR),
        "boundary_no_thrower",
    ),
    "border without flow": (beside(border("b", "a", timer("timeDuration", "P1D"))), "boundary_no_flow"),
    "border on a gateway": (
        gateway(flow("q", "x"), border("b", "q", timer("timeDuration", "P1D"))),
        "boundary_attached",
    ),
    "unreachable": (beside(user("x")), "unreachable"),
    "endless": (
        gateway(flow("q", "a", when="1"), flow("q", "x", name="d"), flow("x", "a"), default="d"),
        "endless",
    ),
    "circle without waiting": (
        definitions(
            start()
            + element("exclusiveGateway", "m")
            + script("x", "a = 1")
            + element("exclusiveGateway", "q", default="d")
            + end()
            + flow("s", "m", "x", "q")
            + flow("q", "m", when="a")
            + flow("q", "e", name="d")
        ),
        "no_wait_loop",
    ),
    "three timer kinds": (
        marked(
            "intermediateCatchEvent",
            "x",
            timer("timeDate", "'1'").replace(
                "</bpmn:timerE", "<bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerE"
            ),
        ),
        "timer_kind",
    ),
    "cycle in the flow": (
        marked("intermediateCatchEvent", "x", timer("timeCycle", "R3/PT1H")),
        "timer_cycle",
    ),
    "cycle that interrupts": (
        beside(border("b", "a", timer("timeCycle", "R3/PT1H")) + flow("b", "e")),
        "boundary_cycle",
    ),
    "cycle that repeats too often": (
        beside(border("b", "a", timer("timeCycle", "R5000/PT1H"), False) + flow("b", "e")),
        "timer_text",
    ),
    "wrong duration": (marked("intermediateCatchEvent", "x", timer("timeDuration", "PT5")), "timer_text"),
    "date that does not exist": (
        marked("intermediateCatchEvent", "x", timer("timeDate", "2023-02-30T17:00")),
        "timer_text",
    ),
    "due on a day that does not exist": (step(rs__due="instant('2023-06-31T10:00:00')"), "timer_text"),
    "condition with such a day": (
        gateway(flow("q", "x", when="now() > instant('2023-13-01')"), flow("q", "y", name="d"), default="d"),
        "timer_text",
    ),
    "timer on a day that does not exist": (
        marked("intermediateCatchEvent", "x", timer("timeDate", "instant('2023-06-31T10:00:00')")),
        "timer_text",
    ),
    "timer that is no time": (marked("intermediateCatchEvent", "x", timer("timeDate", "1")), "timer_text"),
    "missing error": (stop(event("error", "nowhere")), "reference"),
    "missing signal": (stop(event("signal")), "reference"),
    "message reference of another kind": (stop(event("error", "sig"), SIGNAL), "reference"),
    "event gateway to a task": (
        definitions(start() + element("eventBasedGateway", "g") + user("a") + flow("s", "g", "a")),
        "event_gateway",
    ),
    "two flows without condition": (gateway(flow("q", "x"), flow("q", "y")), "flow_no_condition"),
    "script in another language": (
        marked("scriptTask", "x", "<bpmn:script>a = 1</bpmn:script>", scriptFormat="groovy"),
        "script_language",
    ),
    "empty script": (marked("scriptTask"), "expression"),
    "called process missing": (marked("callActivity", calledElement="nowhere"), "called_unknown"),
    "call of nothing": (marked("callActivity"), "called_missing"),
    "id that is no name": (definitions(start() + user("a b") + flow("s", "a b")), "id_bad"),
    # expressions and names
    "undeclared name": (
        gateway(flow("q", "x", when="nowhere == 1"), flow("q", "y", name="d"), default="d"),
        "name_unknown",
    ),
    "unknown function": (step(rs__assignee="chief()"), "function_unknown"),
    "method call": (step(rs__due="campaign.end.replace(day=1)"), "expression"),
    "reserved script target": (line(("x", script("x", "unit = 1"))), "name_reserved"),
    "reserved item": (step(many("[1]", "subject")), "name_reserved"),
    # steps and forms
    "unknown review": (step(rs__review="everything"), "review_unknown"),
    "unknown signature": (step(rs__signature="yes"), "signature_unknown"),
    "unknown bulk outcome": (step(rs__bulk="approved"), "bulk_unknown"),
    "field twice": (form('<rs:field key="k" label="K"/><rs:field key="k" label="K"/>'), "field_key"),
    "field without label": (form('<rs:field key="k"/>'), "field_key"),
    "reserved field": (form('<rs:field key="outcome" label="K"/>'), "name_reserved"),
    "unknown field type": (form('<rs:field key="k" label="K" type="colour"/>'), "field_type"),
    "date that ends no day": (
        form('<rs:field key="k" label="K" type="date" latest="tomorrow"/>'),
        "field_days",
    ),
    "date that ends before it begins": (
        form('<rs:field key="k" label="K" type="date" earliest="today" latest="today-1d"/>'),
        "field_days",
    ),
    "days of a text": (form('<rs:field key="k" label="K" latest="today"/>'), "field_days"),
    "select without options": (form('<rs:field key="k" label="K" type="select"/>'), "field_choices"),
    "outcome twice": (form('<rs:outcome key="k" label="K"/><rs:outcome key="k" label="L"/>'), "outcome_key"),
    "unknown outcome value": (form('<rs:outcome key="k" label="K" reason="maybe"/>'), "outcome_value"),
    "unknown rung": (form('<rs:escalation><rs:rung after="soon" to="head"/></rs:escalation>'), "rung"),
    "script link": (form('<rs:guidance text="t" href="javascript:alert(1)"/>'), "href"),
    "result inside a sub-process": (
        marked(
            "subProcess", "p2", start("ss") + user("x") + end("se", rs__result="1") + flow("ss", "x", "se")
        ),
        "result_place",
    ),
    "unknown subject": (
        definitions(start() + user("a") + flow("s", "a"), rs__subject="planet"),
        "subject_unknown",
    ),
    # files
    "no XML": (b"hello", "xml"),
    "other XML": (b"<a/>", "not_bpmn"),
    "empty file": (b" \n", "empty"),
    "picture": (b"\x89PNG\r\n\x1a\n", "encoding"),
    "UTF-16": ('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"), "encoding"),
    "not executable": (line().replace(b'"true"', b'"false"'), "not_executable"),
    "two processes": (
        line().replace(
            b"</bpmn:definitions>", b'<bpmn:process id="p2" isExecutable="1"/></bpmn:definitions>'
        ),
        "process_count",
    ),
    "two processes, none executable": (
        line()
        .replace(b'"true"', b'"false"')
        .replace(b"</bpmn:definitions>", b'<bpmn:process id="p2" isExecutable="false"/></bpmn:definitions>'),
        "none_executable",
    ),
    "no process": (line().split(b"<bpmn:process", 1)[0] + b"</bpmn:definitions>", "process_missing"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_fault_is_refused_by_name(case: str) -> None:
    xml, code = REFUSED[case]
    problems = [problem for problem in found(xml) if problem.code == code]

    assert problems, found(xml)
    assert all(problem.severity == "error" for problem in problems)
    assert all((problem.reason, problem.remedy) == FAULTS[code] for problem in problems)
    for problem in problems:
        assert problem.reason % problem.params
        assert problem.remedy % problem.params


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (marked("manualTask"), "passes_through"),
        (gateway(flow("q", "x"), flow("q", "y", when="outcome == 'a'")), "flow_default_taken"),
        (gateway(flow("q", "x", when="outcome"), flow("q", "y", when="returned")), "no_default"),
        *(
            (gateway(flow("q", "x", name="d"), flow("q", "y", when=text), default="d"), code)
            for text, code in (
                ("[x for x in (1,)]", "condition_true"),
                ("1 == 1", "condition_true"),
                ("'accept'", "condition_true"),
                ("len([]) > 0", "condition_false"),
                ("[x for x in returned]", "condition_kind"),
                ("len(returned) + 1", "condition_kind"),
            )
        ),
        (step(rs__asignee="1"), "attribute_unknown"),
    ],
)
def test_doubts_are_warnings(xml: bytes, code: str) -> None:
    assert [(p.code, p.severity) for p in found(xml)] == [(code, "warning")]


def test_element_without_id_is_given_one_and_what_named_it_is_refused() -> None:
    problems = found(line(("a", user("a"))).replace(b'<bpmn:endEvent id="e">', b"<bpmn:endEvent>"))

    assert {"took_ids", "flow_ends"} <= {problem.code for problem in problems}


def test_variables_of_a_called_process_are_declared_by_it() -> None:
    gate = gateway(flow("q", "x", when="officer == 1"), flow("q", "y", name="d"), default="d")

    assert codes(gate) == {"name_unknown"}
    assert codes(gate.replace(b'<bpmn:process id="p"', b'<bpmn:process id="p" rs:takes="officer"')) == set()


def test_process_may_call_itself() -> None:
    assert codes(line(("a", user("a")), ("c", element("callActivity", "c", calledElement="p")))) == set()

"""What is found in files of other tools and taken: each kind with what it becomes, some with a warning."""

from xml.sax.saxutils import quoteattr

import pytest

from tests.engine.diagrams import (
    Run,
    border,
    definitions,
    element,
    end,
    flow,
    line,
    start,
    timer,
)
from tests.engine.foreign_files import choice, errors, extension, taken, task
from workflows.engine import ProcessEngine

# take


def test_flows_without_an_id_are_given_one() -> None:
    xml = line(("a", task("a"))).replace(b'<bpmn:sequenceFlow id="f', b'<bpmn:sequenceFlow data-was="f')
    said, runs = taken(xml)

    assert said["took_ids"].params == {"count": "2"}
    assert Run(runs).complete("a").snapshot.finished


@pytest.mark.parametrize("identifier", ["Start", "End"])
def test_names_of_the_engine_are_plain_identifiers(identifier: str) -> None:
    said, runs = taken(line((identifier, task(identifier))))

    assert set(said) == {"nobody_named"}
    assert Run(runs).complete(identifier).snapshot.finished


def test_prefixes_of_references_are_taken_off() -> None:
    body = start() + task("a") + element("callActivity", "c", calledElement="tns:kid") + end()
    body += flow("s", "a", "c", "e")
    said, runs = taken(definitions(body).replace(b'Ref="', b'Ref="tns:'), "kid")

    assert said["took_prefixes"].params == {"count": "7"}
    assert Run(runs).complete("a").snapshot.groups[0].called == "kid"


@pytest.mark.parametrize("mark", [b"", b' isExecutable="1"'])
def test_process_that_does_not_deny_it_can_run(mark: bytes) -> None:
    said, _ = taken(line(("a", task("a"))).replace(b' isExecutable="true"', mark))

    assert set(said) == {"nobody_named"}


@pytest.mark.parametrize("text", ["P3D", "PT5M", "P1Y2M10DT2H30M", "'P3D'", "2030-01-01T08:00:00Z"])
def test_iso_times_are_literals(text: str) -> None:
    kind = "timeDate" if text[0] == "2" else "timeDuration"
    catch = element("intermediateCatchEvent", "x", timer(kind, text))

    assert taken(line(("x", catch)))[0] == {}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("PT5", "timer_text"), ("-PT1H", "timer_text"), ("R4/PT5", "timer_text"), ("5m", "timer_text")),
        *(("0 0 9 * * ?", "timer_cron"), ("soon", "name_unknown")),
    ],
)
def test_time_that_is_none_is_refused(text: str, code: str) -> None:
    catch = element("intermediateCatchEvent", "x", timer("timeCycle", text))
    xml = line(("a", task("a", rs__assignee="1")), ("x", catch))

    assert (code, "x") in errors(xml)


def test_unbounded_cycle_is_bounded_with_a_warning() -> None:
    alarm = border("b", "a", timer("timeCycle", "R/PT1H"), interrupts=False)
    said, runs = taken(definitions(start() + task("a") + alarm + task("r") + flow("s", "a") + flow("b", "r")))

    assert said["cycle_bounded"].severity == "warning"
    assert Run(runs).fire("b").fire("b").steps == ["a", "r", "r"]


@pytest.mark.parametrize(
    ("condition", "value", "way"),
    [
        ("${approved}", True, "x"),
        ("${approved}", "false", "y"),
        ("${!approved}", False, "x"),
        ("${approved == false}", False, "x"),
        ("#{approved ne true}", True, "y"),
        ("= approved", True, "x"),
        ("= not(approved)", True, "y"),
        ("${approved > 1000 && 'y' == 'y'}", 1001, "x"),
        ("${empty approved}", "", "x"),
        ("= approved > 1000", 7, "y"),
        ("approved && true", True, "x"),
        ("approved == 'yes'", "yes", "x"),
    ],
)
def test_comparisons_are_translated(condition: str, value: object, way: str) -> None:
    said, runs = taken(choice(condition))

    assert said["variable_outside"].element_id == "yes"
    assert Run(runs, approved=value).complete("a").steps == [way]


@pytest.mark.parametrize(
    "condition",
    [
        "${bean.may(x)}",
        "${execution.getVariable('x')}",
        "${fn:length(x) > 1}",
        "= count(x) > 1",
        "${x",
        "a ${x}",
        "${subject}",
    ],
)
def test_calls_of_methods_are_refused_at_the_flow(condition: str) -> None:
    assert errors(choice(condition)) == {("expression_foreign", "yes")}


def test_condition_in_a_script_language_is_refused_at_the_flow() -> None:
    xml = choice("return x;").replace(
        b"<bpmn:conditionExpression", b'<bpmn:conditionExpression language="groovy"'
    )

    assert ("condition_language", "yes") in errors(xml)


def test_one_flow_without_condition_is_the_default() -> None:
    said, runs = taken(choice("${approved}", default=False))

    assert said["flow_default_taken"].severity == "warning"
    assert Run(runs, approved=False).complete("a").steps == ["y"]


def test_two_flows_without_condition_are_refused_at_the_gateway() -> None:
    body = start() + element("inclusiveGateway", "q") + task("x") + task("y")
    xml = definitions(body + flow("s", "q", "x") + flow("q", "y"))

    assert errors(xml) == {("flow_no_condition", "q")}


def test_several_flows_out_of_a_task_are_all_taken() -> None:
    said, runs = taken(
        definitions(start() + task("a") + task("x") + task("y") + flow("s", "a", "x") + flow("a", "y"))
    )

    assert set(said) == {"nobody_named"}
    assert Run(runs).complete("a").steps == ["x", "y"]


@pytest.mark.parametrize(("amount", "steps"), [(5, ["y"]), (50, ["x", "y"])])
def test_conditions_out_of_a_task_decide_beside_what_is_always_taken(amount: int, steps: list[str]) -> None:
    body = start() + task("a") + task("x") + task("y") + flow("s", "a") + flow("a", "y")
    said, runs = taken(definitions(body + flow("a", "x", when="${amount > 10}")))

    assert said["took_split"].element_id == "a"
    assert Run(runs, amount=amount).complete("a").steps == steps


@pytest.mark.parametrize(("amount", "steps"), [(5, ["y"]), (50, ["x"])])
def test_conditions_out_of_the_start_event_decide(amount: int, steps: list[str]) -> None:
    body = element("startEvent", "s", default="d") + task("x") + task("y")
    said, runs = taken(definitions(body + flow("s", "x", when="${amount > 10}") + flow("s", "y", name="d")))

    assert said["took_split"].element_id == "s"
    assert Run(runs, amount=amount).steps == steps


@pytest.mark.parametrize(("amount", "steps"), [(5000, ["big"]), (5, ["any"]), (-5, ["none"])])
def test_conditions_of_a_gateway_are_tried_by_the_priorities_of_the_file(
    amount: int, steps: list[str]
) -> None:
    gateway = element("exclusiveGateway", "q", default="d")
    body = start() + task("a") + gateway + task("any") + task("big") + task("none") + flow("s", "a", "q")
    body += flow("q", "none", name="d") + flow("q", "any", when="amount > 0", name="second")
    xml = definitions(body + flow("q", "big", when="amount > 1000", name="first"))
    for name, number in ((b"second", b"2"), (b"first", b"1"), (b"d", b"3")):
        mark = b'<bpmn:sequenceFlow xmlns:j="http://www.jboss.org/drools" j:priority="%s" id="%s"'
        xml = xml.replace(b'<bpmn:sequenceFlow id="%s"' % name, mark % (number, name))
    said, runs = taken(xml)

    assert said["took_priority"].element_id == "q"
    assert Run(runs, amount=amount).complete("a").steps == steps
    assert "took_priority" not in taken(runs)[0]


def test_what_may_stop_behind_a_task_is_told_at_the_task() -> None:
    xml = definitions(start() + task("a") + task("x") + flow("s", "a") + flow("a", "x", when="${ok}"))

    assert (taken(xml)[0]["no_default"].element_id, taken(xml)[0]["no_default"].line) == ("a", 1)


def test_paths_may_just_stop_in_the_process_and_in_a_sub_process() -> None:
    inside = start("ss") + task("x") + flow("ss", "x")
    said, runs = taken(definitions(start() + element("subProcess", "p2", inside) + flow("s", "p2")))

    assert set(said) == {"nobody_named"}
    assert Run(runs).complete("x").snapshot.finished


def test_sub_process_without_start_event_begins_with_what_nothing_leads_to() -> None:
    inside = task("x") + task("y") + task("z") + flow("x", "y")
    said, runs = taken(definitions(start() + element("subProcess", "p2", inside) + flow("s", "p2")))

    assert said["took_start"].element_id == "p2"
    run = Run(runs)
    assert run.steps == ["x", "z"]
    assert run.complete("x").complete("z").complete("y").snapshot.finished


def test_condition_of_a_loop_is_translated() -> None:
    loop = "<bpmn:standardLoopCharacteristics><bpmn:loopCondition>${!ready}</bpmn:loopCondition>"
    said, runs = taken(line(("a", task("a", f"{loop}</bpmn:standardLoopCharacteristics>"))))

    assert said["took_expression"].element_id == "a"
    assert Run(runs).complete("a", ready=False).complete("a", ready=True).snapshot.finished


# who, until when, with which form


def zeebe(**attributes: str) -> str:
    """What Camunda 8 writes for who does a step."""
    written = " ".join(f"{name}={quoteattr(text)}" for name, text in attributes.items())
    return extension(f"<zeebe:assignmentDefinition {written}/>")


STEPS = {
    "starter": ('camunda:assignee="${initiator}"', "", "initiator"),
    "variable": ('camunda:assignee="${chosen}"', "", "chosen"),
    "group": ('camunda:candidateGroups="officer"', "", "role('officer')"),
    "group in Vietnamese": ('camunda:candidateGroups="Hiệu trưởng"', "", "role('head')"),
    "group after an unknown one": ('camunda:candidateGroups="clerks, teacher"', "", "role('teacher')"),
    "user": ('camunda:assignee="kermit"', "", "initiator"),
    "number": ('camunda:assignee="12"', "", "initiator"),
    "users": ('camunda:candidateUsers="kermit,piggy"', "", "initiator"),
    "owner": (
        "",
        "<bpmn:potentialOwner><bpmn:resourceAssignmentExpression><bpmn:formalExpression>group(deputy_head)"
        "</bpmn:formalExpression></bpmn:resourceAssignmentExpression></bpmn:potentialOwner>",
        "role('deputy_head')",
    ),
    "Camunda 8": ("", extension('<zeebe:assignmentDefinition assignee="= chosen"/>'), "chosen"),
    "text of Camunda 8": ("", zeebe(assignee='="officer"'), "role('officer')"),
    "list of Camunda 8": ("", zeebe(candidateGroups='= ["clerks", "teacher"]'), "role('teacher')"),
    "list with the starter": ("", zeebe(candidateUsers="=[initiator]"), "initiator"),
    "starter before a list": ("", zeebe(assignee="=initiator", candidateGroups='=["officer"]'), "initiator"),
    "list with paths": ("", zeebe(candidateUsers='=["kermit", chosen.person]'), "field(chosen, 'person')"),
    "empty list": ("", zeebe(candidateUsers="=[]"), "initiator"),
    "nobody": ("", "", "initiator"),
    "ours": ('rs:assignee="homeroom_teacher()" camunda:assignee="kermit"', "", "homeroom_teacher()"),
}


@pytest.mark.parametrize("case", STEPS)
def test_assignments_of_other_tools_are_taken(case: str) -> None:
    attributes, inside, assignee = STEPS[case]
    xml = line(("a", task("a", inside).replace("<bpmn:userTask", f"<bpmn:userTask {attributes}")))
    said, runs = taken(xml)

    assert ProcessEngine(lambda _: runs).specification(1).steps["a"].assignee == assignee
    assert all(one.severity != "error" for one in said.values())
    assert ("nobody_named" in said) == (case in ("user", "number", "users", "empty list", "nobody"))


def test_assignment_by_a_bean_is_refused_at_the_step() -> None:
    xml = line(("a", task("a", camunda__assignee="${staff.headOf(unit)}")))

    assert errors(xml) == {("assignee_foreign", "a")}
    assert "who does the step" in taken(xml)[0]["assignee_foreign"].remedy


@pytest.mark.parametrize(
    "text", ["=[head(of)]", "=[a, b", "=[a b]", '=["a",]', "=[[a]]", "=concatenate([a], b)"]
)
def test_list_that_is_more_than_names_is_refused_at_the_step(text: str) -> None:
    assert errors(line(("a", task("a", zeebe(candidateGroups=text))))) == {("assignee_foreign", "a")}


@pytest.mark.parametrize(
    ("text", "due", "code"),
    [
        ("2030-01-01", "instant('2030-01-01')", "took_due"),
        ("2030-01-01T09:00:00Z", "instant('2030-01-01T09:00:00+00:00')", "took_due"),
        ("P1W", "now() + days(7)", "took_due"),
        ("PT36H", "now() + hours(36)", "took_due"),
        ("${until}", "instant(str(until)) if until else None", "took_due"),
        ("${dateTime().plusDays(3).toDate()}", None, "due_unknown"),
        ("tomorrow", None, "due_unknown"),
    ],
)
def test_due_times_are_taken(text: str, due: str | None, code: str) -> None:
    said, runs = taken(line(("a", task("a", camunda__dueDate=text))))

    assert said[code].element_id == "a"
    assert ProcessEngine(lambda _: runs).specification(1).steps["a"].due == due


def test_form_that_lies_elsewhere_is_named() -> None:
    said, _ = taken(line(("a", task("a", camunda__formKey="app:forms/ask.html"))))

    assert (said["form_elsewhere"].params, said["form_elsewhere"].severity) == (
        {"name": "app:forms/ask.html"},
        "warning",
    )


def test_fields_of_unknown_kinds_become_texts() -> None:
    field = '<camunda:formData><camunda:formField id="shade" label="Màu" type="colour"/></camunda:formData>'
    said, runs = taken(line(("a", task("a", extension(field)))))

    (taken_field,) = ProcessEngine(lambda _: runs).specification(1).steps["a"].fields
    assert (taken_field.key, taken_field.type) == ("shade", "text")
    assert said["field_kind"].params == {"name": "Màu", "kind": "colour"}

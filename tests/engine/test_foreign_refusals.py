"""What is found in files of other tools and ignored, kept as a drawing, or refused by name."""

import pytest

from tests.engine.diagrams import (
    MESSAGE,
    Run,
    border,
    definitions,
    element,
    end,
    event,
    flow,
    line,
    many,
    start,
    timer,
)
from tests.engine.foreign_files import choice, errors, extension, taken, task

# drawings only, and what is ignored


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (line(("a", task("a"))).replace(b'"true"', b'"false"'), "not_executable"),
        (definitions(task("a") + end() + flow("a", "e")), "start_count"),
        (
            definitions("").split(b"<bpmn:process", 1)[0] + b'<bpmn:choreography id="c"/></bpmn:definitions>',
            "process_missing",
        ),
        (
            definitions("").split(b"<bpmn:process", 1)[0]
            + b'<bpmn:collaboration id="c"/></bpmn:definitions>',
            "process_missing",
        ),
    ],
)
def test_drawing_that_cannot_start_says_why(xml: bytes, code: str) -> None:
    assert code in taken(xml)[0]


def test_data_is_ignored_and_kept() -> None:
    data = '<bpmn:dataObject id="o"/><bpmn:dataObjectReference id="r" dataObjectRef="o" name="Hồ sơ"/>'
    data += '<bpmn:dataStoreReference id="st"/><bpmn:association id="as" sourceRef="r" targetRef="a"/>'
    inside = '<bpmn:ioSpecification><bpmn:dataInput id="i"/><bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>'
    inside += (
        "<bpmn:dataInputAssociation><bpmn:sourceRef>r</bpmn:sourceRef><bpmn:targetRef>i</bpmn:targetRef>"
    )
    inside += "</bpmn:dataInputAssociation>"
    said, runs = taken(definitions(start() + task("a", inside) + data + flow("s", "a")))

    assert set(said) == {"nobody_named"}
    assert b"dataStoreReference" in runs
    assert Run(runs).complete("a").snapshot.finished


# refuse by name

CODE = {
    "delegate": ('camunda:class="com.example.Send"', "", "serviceTask", "com.example.Send"),
    "bean": ('camunda:delegateExpression="${sender}"', "", "serviceTask", "${sender}"),
    "expression": ('camunda:expression="${mail.send(x)}"', "", "sendTask", "${mail.send(x)}"),
    "external": ('camunda:type="external" camunda:topic="mail"', "", "serviceTask", "mail"),
    "rule": ('camunda:class="com.example.Rule"', "", "businessRuleTask", "com.example.Rule"),
    "connector": (
        "",
        extension("<camunda:connector><camunda:connectorId>http</camunda:connectorId></camunda:connector>"),
        "serviceTask",
        "http",
    ),
    "worker": (
        "",
        extension('<zeebe:taskDefinition type="io.camunda:http-json:1"/>'),
        "serviceTask",
        "io.camunda:http-json:1",
    ),
}


@pytest.mark.parametrize("case", CODE)
def test_code_outside_of_the_drawing_is_refused_by_its_name(case: str) -> None:
    attributes, inside, kind, name = CODE[case]
    xml = line(("x", element(kind, "x", inside).replace(f"<bpmn:{kind}", f"<bpmn:{kind} {attributes}")))

    assert errors(xml) == {("code_task", "x")}
    assert taken(xml)[0]["code_task"].params["name"] == name


@pytest.mark.parametrize("kind", ["intermediateThrowEvent", "endEvent"])
def test_worker_of_an_event_is_refused_by_its_name(kind: str) -> None:
    inside = extension('<zeebe:taskDefinition type="send-mail"/>') + event("message", "msg")
    body = start() + task("a") + element(kind, "x", inside) + flow("s", "a", "x")

    said = taken(definitions(body, MESSAGE))[0]["code_task"]

    assert (said.element_id, said.params["name"]) == ("x", "send-mail")


LISTENERS = {
    "com.example.Tell": '<camunda:taskListener event="create" class="com.example.Tell"/>',
    "check": '<zeebe:taskListeners><zeebe:taskListener eventType="completing" type="check"/></zeebe:taskListeners>',
    "tell": "<zeebe:executionListeners><zeebe:executionListener eventType='start' type='tell'/>"
    "</zeebe:executionListeners>",
}


@pytest.mark.parametrize("name", LISTENERS)
def test_listener_is_refused_by_its_name(name: str) -> None:
    xml = line(("a", task("a", extension(LISTENERS[name]))))

    assert errors(xml) == {("listener", "a")}
    assert taken(xml)[0]["listener"].params == {"name": name}


def test_step_that_may_be_skipped_is_refused() -> None:
    xml = line(("a", task("a", camunda__skipExpression="${amount < 100}")))

    assert errors(xml) == {("skip_left", "a")}


@pytest.mark.parametrize("language", ['language="groovy" ', ""])
@pytest.mark.parametrize("name", ["camunda:resource", "tns:resource", "resource"])
def test_condition_that_lies_elsewhere_is_refused_and_no_default(language: str, name: str) -> None:
    condition = f'<bpmn:conditionExpression {language}{name}="deployment://c.groovy"/>'
    body = start() + task("a") + element("exclusiveGateway", "q") + task("x") + task("y")
    body += flow("s", "a", "q") + element("sequenceFlow", "yes", condition, sourceRef="q", targetRef="x")
    xml = definitions(body + flow("q", "y", when="${ok}", name="no"))

    assert errors(xml) == {("condition_outside", "yes")}
    assert "flow_default_taken" not in taken(xml)[0]


# What only our own outcomes set

ASKING = [
    "${outcome == 'approve'}",
    '= outcome = "approve"',
    "outcome == 'approve'",
    "outcome == 'approve' && ok",
]
OUTCOMES = '<rs:outcome key="approve" label="Duyệt"{}/><rs:outcome key="reject" label="Từ chối"/>'


@pytest.mark.parametrize("condition", [*ASKING, "${returned}"])
def test_outcome_of_a_file_that_draws_none_means_something_else(condition: str) -> None:
    xml = choice(condition)
    said = taken(xml)[0]["outcomes_undrawn"]

    assert errors(xml) == {("outcomes_undrawn", "yes")}
    assert str(said.params["name"]) in condition


@pytest.mark.parametrize("condition", ASKING[:3])
def test_outcome_that_somebody_drew_since_is_asked_for(condition: str) -> None:
    drawn = task("a", extension(OUTCOMES.format("")))
    xml = choice(condition).replace(task("a").encode(), drawn.encode())

    assert errors(xml) == set()
    assert Run(taken(xml)[1]).complete("a", outcome="approve").steps == ["x"]
    assert errors(choice("${returned}").replace(task("a").encode(), drawn.encode())) == {
        ("outcomes_undrawn", "yes")
    }


def test_those_returned_are_asked_for_where_an_outcome_names_them() -> None:
    drawn = task("a", extension(OUTCOMES.format(' of="persons"')))

    assert errors(choice("${!empty returned}").replace(task("a").encode(), drawn.encode())) == set()


def test_condition_of_ours_may_ask_for_the_outcome_that_every_step_has() -> None:
    xml = choice("outcome == 'done'").replace(task("a").encode(), task("a", rs__assignee="1").encode())

    assert errors(xml) == set()


def test_field_called_outcome_does_not_make_it_a_variable_of_the_form() -> None:
    field = '<camunda:formData><camunda:formField id="outcome" label="Kết quả"/></camunda:formData>'
    xml = choice(ASKING[0]).replace(task("a").encode(), task("a", extension(field)).encode())

    assert errors(xml) == {("outcomes_undrawn", "yes"), ("name_reserved", "a")}


@pytest.mark.parametrize(
    ("inside", "attributes", "code"),
    [
        ("<bpmn:script>x = y</bpmn:script>", 'scriptFormat="groovy"', "script_language"),
        ("<bpmn:script>var x = 1;</bpmn:script>", "", "expression"),
        ("", 'camunda:resource="deployment://a.js"', "script_outside"),
        (extension('<zeebe:script expression="= a" resultVariable="b"/>'), "", "script_outside"),
    ],
)
def test_script_in_another_language_is_refused(inside: str, attributes: str, code: str) -> None:
    tag = element("scriptTask", "x", inside).replace("<bpmn:scriptTask", f"<bpmn:scriptTask {attributes}")

    assert errors(line(("x", tag))) == {(code, "x")}


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        (element("complexGateway", "x"), "unsupported"),
        (element("adHocSubProcess", "x", task("y")), "unsupported"),
        (element("intermediateThrowEvent", "x", event("compensate")), "compensation"),
        (element("endEvent", "x", event("cancel")), "event_unsupported"),
        (task("x", many("[1]", None).replace("isSeq", 'behavior="One" isSeq')), "multi_behavior"),
        (task("x", startQuantity="2"), "quantity"),
        (task("x", completionQuantity="2"), "quantity"),
        (element("serviceTask", "x"), "unsupported"),
    ],
)
def test_what_cannot_run_is_refused_by_name(inside: str, code: str) -> None:
    assert (code, "x") in errors(definitions(start() + inside + flow("s", "x")))


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (definitions(start() + task("a") + task("a") + flow("s", "a")), "id_twice"),
        (choice("${x}").replace(b'default="no"', b'default="nowhere"'), "default_elsewhere"),
        (definitions(start() + task("a") + task("x") + flow("s", "a")), "unreachable"),
        (definitions(start() + task("a") + flow("s", "a", "elsewhere")), "flow_ends"),
        (
            definitions(
                start() + task("a") + border("b", "a", timer("timeDuration", "P1D")) + flow("s", "a", "b")
            ),
            "flow_forbidden",
        ),
        (
            definitions(
                start() + task("a") + flow("s", "a") + end("e", event("signal", "none")) + flow("a", "e")
            ),
            "reference",
        ),
        (b"<definitions><broken></definitions>", "xml"),
    ],
)
def test_what_other_engines_accept_and_run_wrongly_is_refused(xml: bytes, code: str) -> None:
    assert code in {found for found, _ in errors(xml)}


def test_name_of_a_message_that_is_computed_is_refused() -> None:
    message = '<bpmn:message id="m" name="answer-${number}"/>'
    catch = element("intermediateCatchEvent", "x", event("message", "m"))

    assert errors(line(("x", catch), extra=message)) == {("expression_foreign", "m")}


def test_due_date_that_does_not_exist() -> None:
    impossible = line(("a", task("a", camunda__dueDate="2023-06-31T10:00:00")))

    assert errors(impossible) == {("timer_text", "a")}
    assert errors(impossible.replace(b"06-31", b"06-30")) == set()


@pytest.mark.parametrize(
    ("kind", "attribute"),
    [
        ("error", "errorCodeVariable"),
        ("error", "errorMessageVariable"),
        ("escalation", "escalationCodeVariable"),
    ],
)
def test_variable_for_what_an_event_catches_is_named(kind: str, attribute: str) -> None:
    inside = start("i") + task("t") + end("f") + flow("i", "t", "f")
    body = start() + element("subProcess", "o", inside) + end()
    caught = (
        border("b", "o", f'<bpmn:{kind}EventDefinition camunda:{attribute}="code"/>') + task("x") + task("y")
    )
    body += caught + element("exclusiveGateway", "q", default="no") + flow("s", "o", "e") + flow("b", "q")
    ways = flow("q", "x", when="${code == 'r1'}") + flow("q", "y", name="no")
    blind = flow("q", "x", when="${other == 'r1'}") + flow("q", "y", name="no")

    assert errors(definitions(body + ways)) == {("caught_read", "b")}
    assert taken(definitions(body + blind))[0]["caught_left"].params == {"name": "code"}


@pytest.mark.parametrize(
    "cycle",
    [
        '<bpmn:timeCycle camunda:endDate="2023-06-08">R10/P1D</bpmn:timeCycle>',
        "<bpmn:timeCycle>R10/P1D/2023-06-08</bpmn:timeCycle>",
        '<bpmn:timeCycle camunda:endDate="2023-06-08">R/P1D</bpmn:timeCycle>',
        "<bpmn:timeCycle>R/P1D/2023-06-08</bpmn:timeCycle>",
    ],
)
def test_end_of_a_repetition_is_refused(cycle: str) -> None:
    alarm = border(
        "b", "a", f"<bpmn:timerEventDefinition>{cycle}</bpmn:timerEventDefinition>", interrupts=False
    )
    xml = definitions(start() + task("a") + alarm + task("r") + flow("s", "a") + flow("b", "r"))

    assert errors(xml) == {("timer_end", "b")}
    assert taken(xml)[0]["timer_end"].params == {"text": "2023-06-08"}

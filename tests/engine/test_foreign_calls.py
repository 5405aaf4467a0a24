"""Calls, multi-instance activities and mappings of other tools: what is handed over, collected and given back."""

import pytest

from tests.engine.diagrams import Run, definitions, element, flow, line, many, script, start
from tests.engine.foreign_files import choice, errors, extension, taken, task
from workflows.engine import ProcessEngine


@pytest.mark.parametrize(
    "condition",
    ["nrOfCompletedInstances >= 2", "numberOfCompletedInstances &gt;= 2", "${nrOfCompletedInstances == 2}"],
)
def test_collections_and_counters_of_other_tools_run(condition: str) -> None:
    marker = many(None, "one", condition="COUNTERS").replace("isSeq", 'camunda:collection="${all}" isSeq')
    said, runs = taken(line(("a", task("a", marker.replace("COUNTERS", condition.replace(" >", " &gt;"))))))

    run = Run(runs, all=[1, 2, 3])
    assert said["took_collection"].element_id == "a"
    assert run.complete("a").steps == ["a", "a"]
    assert run.complete("a").snapshot.finished


def test_name_of_the_item_of_another_tool_is_taken() -> None:
    marker = many(None, None).replace("isSeq", 'camunda:collection="all" camunda:elementVariable="one" isSeq')
    _, runs = taken(line(("a", task("a", marker, camunda__assignee="${one}"))))

    assert Run(runs, all=[4]).data("a")["one"] == 4
    assert ProcessEngine(lambda _: runs).specification(1).steps["a"].assignee == "one"


def test_call_of_what_is_not_published_is_refused_by_its_key() -> None:
    xml = line(("c", element("callActivity", "c", calledElement="elsewhere")))

    assert errors(xml) == {("called_unknown", "c")}
    assert errors(xml, "elsewhere") == set()


@pytest.mark.parametrize("name", ["${which}", "#{which}", "=which"])
def test_call_of_what_is_computed_is_refused(name: str) -> None:
    assert errors(line(("c", element("callActivity", "c", calledElement=name)))) == {("called_computed", "c")}


def test_call_hands_over_what_its_file_says() -> None:
    inside = extension('<camunda:in variables="all"/>')
    body = start() + script("calc", "total = 1") + element("callActivity", "c", inside, calledElement="kid")
    _, runs = taken(definitions(body + flow("s", "calc", "c")), "kid")

    assert Run(runs).snapshot.groups[0].items[0].values["total"] == 1


def test_call_that_renames_what_it_hands_over_is_refused() -> None:
    inside = extension('<camunda:in source="total" target="sum"/>')

    assert errors(line(("c", element("callActivity", "c", inside, calledElement="kid"))), "kid") == {
        ("call_renamed", "c")
    }


CAMUNDA = (
    '<camunda:inputOutput><camunda:{}putParameter name="ok">{}</camunda:{}putParameter></camunda:inputOutput>'
)
MAPPINGS = {
    "camunda out": (CAMUNDA.format("out", "${amount &gt; 3}", "out"), True),
    "camunda in": (CAMUNDA.format("in", "${amount}", "in"), True),
    "camunda same name": (CAMUNDA.format("out", "${ok}", "out"), False),
    "zeebe out": ('<zeebe:ioMapping><zeebe:output source="=form.ok" target="ok"/></zeebe:ioMapping>', True),
    "zeebe in": ('<zeebe:ioMapping><zeebe:input source="=a" target="ok"/></zeebe:ioMapping>', True),
    "zeebe same name": ('<zeebe:ioMapping><zeebe:output source="=ok" target="ok"/></zeebe:ioMapping>', False),
    "zeebe other": ('<zeebe:ioMapping><zeebe:output source="=a" target="other"/></zeebe:ioMapping>', False),
}


@pytest.mark.parametrize("case", MAPPINGS)
def test_mapping_of_a_name_that_is_read_is_refused(case: str) -> None:
    mapping, refused = MAPPINGS[case]
    inside = extension(mapping).encode()
    xml = choice("${ok}").replace(b'<bpmn:userTask id="a">', b'<bpmn:userTask id="a">' + inside)
    said = taken(xml)[0]

    assert said["mapping_left"].severity == "warning"
    assert errors(xml) == ({("mapping_read", "a")} if refused else set())
    assert ("variable_outside" in said) is not refused


def handing_back(inside: str, **attributes: str) -> bytes:
    """A form asks for `ok`, a process is called, and a gateway asks whether it is `ok`."""
    form = '<camunda:formData><camunda:formField id="ok" type="boolean"/></camunda:formData>'
    call = element("callActivity", "c", extension(inside), **attributes)
    body = start() + task("a", extension(form)) + call + element("exclusiveGateway", "q", default="no")
    body += task("x") + task("y") + flow("s", "a", "c", "q") + flow("q", "y", name="no")
    return definitions(body + flow("q", "x", when="${ok}"))


ZEEBE_CALL = '<zeebe:calledElement processId="kid"{}/>'
OUTPUT = '<zeebe:ioMapping><zeebe:output source="={}" target="ok"/></zeebe:ioMapping>'
KID = {"calledElement": "kid"}
HANDED = [
    ('<camunda:out source="done" target="ok"/>', KID, "done as ok"),
    ('<camunda:out source="ok" target="ok"/>', KID, "ok"),
    ('<camunda:out sourceExpression="${done}" target="ok"/>', KID, "done as ok"),
    ('<camunda:in source="a" target="a"/><camunda:out variables="all"/>', KID, "*"),
    (ZEEBE_CALL.format(""), {}, "*"),
    (ZEEBE_CALL.format(' propagateAllChildVariables="true"'), {}, "*"),
    (ZEEBE_CALL.format("") + OUTPUT.format("done"), {}, "done as ok"),
    (ZEEBE_CALL.format(' propagateAllChildVariables="false"'), {}, None),
    ('<camunda:in variables="all"/>', KID, None),
]


@pytest.mark.parametrize(("inside", "attributes", "returns"), HANDED)
def test_call_takes_back_what_its_file_says(
    inside: str, attributes: dict[str, str], returns: str | None
) -> None:
    said, runs = taken(handing_back(inside, **attributes), "kid")
    run = Run(runs, a=1).complete("a", ok=False)
    kid = Run(line(("k", task("k"))), ok=None).complete("k", ok=True, done=True)

    run.resume(run.snapshot.groups[0].token, kid.snapshot.result)

    assert not {one for one in said.values() if one.severity == "error"}
    assert ("took_returns" in said) is (returns is not None)
    assert "call_result_left" not in said
    assert returns is None or f'returns="{returns}"'.encode() in runs
    assert run.steps == ["y" if returns is None else "x"]


@pytest.mark.parametrize(
    ("inside", "attributes"),
    [
        ('<camunda:out sourceExpression="${done &amp;&amp; ok}" target="ok"/>', KID),
        (ZEEBE_CALL.format("") + OUTPUT.format("done.ok"), {}),
    ],
)
def test_name_that_a_call_would_hand_back_computed_and_that_is_read_is_refused(
    inside: str, attributes: dict[str, str]
) -> None:
    xml = handing_back(inside, **attributes)

    assert errors(xml, "kid") == {("mapping_read", "c")}
    assert taken(xml, "kid")[0]["call_result_left"].params == {"name": "ok"}
    assert errors(xml.replace(b"${ok}", b"${a}"), "kid") == set()


@pytest.mark.parametrize("attribute", ["variableMappingClass", "variableMappingDelegateExpression"])
def test_code_that_maps_the_variables_of_a_call_is_refused(attribute: str) -> None:
    xml = handing_back("", **{f"camunda__{attribute}": "x.Mapping"}, **KID)

    assert errors(xml, "kid") == {("code_task", "c")}


def test_result_that_a_call_takes_in_our_words_stays() -> None:
    xml = handing_back('<camunda:out source="ok" target="ok"/>', rs__output="ok", **KID)

    said, runs = taken(xml, "kid")

    assert "took_returns" not in said
    assert b"rs:returns" not in runs


def test_name_that_only_a_called_process_can_set_is_declared_without_a_warning() -> None:
    xml = handing_back(ZEEBE_CALL.format("")).replace(b'Field id="ok"', b'Field id="no"')
    said, runs = taken(xml, "kid")

    assert "variable_outside" not in said
    assert (said["variable_by_call"].severity, said["variable_by_call"].params) == ("note", {"name": "ok"})
    run = Run(runs).complete("a")
    assert run.resume(run.snapshot.groups[0].token, {}).steps == ["y"]


INPUT = '<zeebe:ioMapping><zeebe:input source="={}" target="total"/></zeebe:ioMapping>'


@pytest.mark.parametrize(
    ("attribute", "inside", "values"),
    [
        (' propagateAllParentVariables="false"', "", {}),
        (' propagateAllParentVariables="false"', INPUT.format("total"), {"total": 1}),
        (' propagateAllParentVariables="true"', INPUT.format("total"), {"total": 1, "other": 2}),
        ("", "", {"total": 1, "other": 2}),
    ],
)
def test_call_of_zeebe_hands_over_what_its_file_says(
    attribute: str, inside: str, values: dict[str, object]
) -> None:
    call = element("callActivity", "c", extension(ZEEBE_CALL.format(attribute) + inside))
    said, runs = taken(line(("c", call)), "kid")

    assert Run(runs, total=1, other=2).snapshot.groups[0].items[0].values == values
    assert "mapping_left" not in said


def test_call_of_zeebe_that_renames_what_it_hands_over_is_refused() -> None:
    call = element("callActivity", "c", extension(ZEEBE_CALL.format("") + INPUT.format("sum")))

    assert errors(line(("c", call)), "kid") == {("call_renamed", "c")}


@pytest.mark.parametrize(
    ("each", "code"),
    [("=approved = true", "output_computed"), ("approved", None), ("=f(x)", "expression_foreign")],
)
def test_what_each_instance_hands_out_is_a_variable(each: str, code: str | None) -> None:
    loop = '<zeebe:loopCharacteristics inputCollection="=all" outputCollection="votes" outputElement="{}"/>'
    form = '<camunda:formData><camunda:formField id="approved" type="boolean"/></camunda:formData>'
    marker = extension(loop.format(each))
    marker = f"<bpmn:multiInstanceLoopCharacteristics>{marker}</bpmn:multiInstanceLoopCharacteristics>"
    xml = line(("a", task("a", extension(form) + marker)))

    assert errors(xml) == ({(code, "a")} if code else set())


@pytest.mark.parametrize(
    ("key", "code"), [("=order", "took_correlation"), ("=order.id + 1", "correlation_left")]
)
def test_key_of_a_subscription(key: str, code: str) -> None:
    subscription = extension(f'<zeebe:subscription correlationKey="{key}"/>')
    message = element("message", "m", subscription, name="paid")
    definition = '<bpmn:messageEventDefinition messageRef="m"/>'
    xml = line(("x", element("intermediateCatchEvent", "x", definition)), extra=message)
    said, runs = taken(xml)

    assert said[code].element_id == "x"
    assert (b'correlation="order"' in runs) is (code == "took_correlation")
    assert errors(xml) == set()

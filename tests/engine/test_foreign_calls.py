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


@pytest.mark.parametrize("out", ['source="done" target="ok"', 'source="ok" target="ok"'])
def test_name_that_a_call_would_hand_back_and_that_is_read_is_refused(out: str) -> None:
    inside = '<camunda:formData><camunda:formField id="ok" type="boolean"/></camunda:formData>'
    call = element("callActivity", "c", extension(f"<camunda:out {out}/>"), calledElement="kid")
    body = start() + task("a", extension(inside)) + call + element("exclusiveGateway", "q", default="no")
    body += task("x") + task("y") + flow("s", "a", "c", "q") + flow("q", "y", name="no")
    xml = definitions(body + flow("q", "x", when="${ok}"))

    assert errors(xml, "kid") == {("mapping_read", "c")}
    assert errors(xml.replace(b"${ok}", b"${a}"), "kid") == set()
    assert errors(xml.replace(b" calledElement", b' rs:output="ok" calledElement'), "kid") == set()


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

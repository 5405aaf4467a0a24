"""Each shipped diagram as a drawing: publishable without a remark, complete in both languages, every rule cited."""

import re
from collections.abc import Iterator

import pytest
from lxml import etree

from tests.bpmn.shipped import AFTER, BEFORE, FOLDER, KEYS, around, specification_of, xml_of
from workflows.commands.steering.campaigns import PROCEDURE
from workflows.engine import ProcessEngine, Step, check
from workflows.engine.language.vocabulary import BPMN, RS

DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
RULE = re.compile(r"\b[PC]\d+(?:\.\d+)?\b")
STEPS = [(key, step) for key in KEYS for step in specification_of(key).steps.values()]
each_diagram = pytest.mark.parametrize("key", KEYS)
each_step = pytest.mark.parametrize(("key", "step"), STEPS, ids=[f"{k}: {s.element_id}" for k, s in STEPS])


def drawn(key: str) -> Iterator[etree._Element]:
    """Everything of a process that the eye sees: nodes, flows with a name, lanes, the pool."""
    root = etree.fromstring(xml_of(key))
    for tag in ("participant", "lane"):
        yield from root.iter(f"{{{BPMN}}}{tag}")
    (process,) = root.iter(f"{{{BPMN}}}process")
    for child in process:
        tag = etree.QName(child).localname
        if tag not in ("documentation", "laneSet"):
            yield child


def test_the_shipped_procedures_are_these() -> None:
    assert KEYS == [
        "class_review",
        "district_review",
        "grade_entry",
        "person_review",
        "school_review",
        "staff_review",
    ]
    assert PROCEDURE in KEYS


@each_diagram
def test_diagram_has_no_problem(key: str) -> None:
    assert check(xml_of(key), KEYS) == []


@each_diagram
def test_folder_holds_diagram_scenarios_and_page(key: str) -> None:
    specification = specification_of(key)
    page = (FOLDER / key / "README.md").read_text(encoding="utf-8")

    assert specification.key == key
    assert {path.name for path in (FOLDER / key).iterdir()} == {
        "README.md",
        f"{key}.bpmn",
        f"{key}.scenario.yaml",
    }
    for element_id in (*specification.steps, *specification.calls):
        assert f"`{element_id}`" in page


@each_diagram
def test_elements_have_plain_ids_and_names_in_both_languages(key: str) -> None:
    for element in drawn(key):
        identifier = element.get("id", "")
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", identifier)
        if etree.QName(element).localname != "sequenceFlow" or element.get("name"):
            assert element.get("name"), identifier
            assert element.get(f"{{{RS}}}nameEn"), identifier


@each_diagram
def test_flows_out_of_a_choice_are_named(key: str) -> None:
    root = etree.fromstring(xml_of(key))
    choices = {gateway.get("id") for gateway in root.iter(f"{{{BPMN}}}exclusiveGateway")}
    for flow in root.iter(f"{{{BPMN}}}sequenceFlow"):
        assert bool(flow.get("name")) == (flow.get("sourceRef") in choices), flow.get("id")


@each_diagram
def test_every_element_is_drawn_inside_the_pool_and_none_over_another(key: str) -> None:
    root = etree.fromstring(xml_of(key))
    shapes = {shape.get("bpmnElement"): _box(shape) for shape in root.iter(f"{{{DI}}}BPMNShape")}
    edges = {edge.get("bpmnElement") for edge in root.iter(f"{{{DI}}}BPMNEdge")}
    pool = shapes[f"{key}_participant"]
    nodes = []
    for element in drawn(key):
        tag, identifier = etree.QName(element).localname, element.get("id")
        if tag == "sequenceFlow":
            assert identifier in edges
            continue
        box = shapes[identifier]
        assert _inside(box, pool), identifier
        if tag not in ("participant", "lane", "boundaryEvent"):
            nodes.append((identifier, box))
    for position, (one, first) in enumerate(nodes):
        for other, second in nodes[position + 1 :]:
            assert not _overlap(first, second), f"{one} over {other}"
    assert pool[2] - pool[0] <= 1280, "readable on a screen of 1280 pixels"


def _box(shape: etree._Element) -> tuple[float, float, float, float]:
    bounds = shape.find(f"{{{DC}}}Bounds")
    assert bounds is not None
    x, y, width, height = (float(bounds.get(name, "")) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def _inside(box: tuple[float, ...], pool: tuple[float, ...]) -> bool:
    return pool[0] <= box[0] and pool[1] <= box[1] and box[2] <= pool[2] and box[3] <= pool[3]


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@each_step
def test_step_says_who_what_when_and_what_follows(key: str, step: Step) -> None:
    assert step.lane
    assert step.assignee
    assert step.due
    assert RULE.search(step.documentation)
    assert step.guidance
    assert all(hint.text and hint.text_en for hint in step.guidance)


@each_step
def test_step_has_labels_in_both_languages_and_asks_for_the_reason_of_a_return(key: str, step: Step) -> None:
    options = [option for field in step.fields for option in field.options]

    for labelled in (step.outcomes, step.fields, options):
        assert all(thing.label and thing.label_en for thing in labelled)
    assert sum(outcome.style == "primary" for outcome in step.outcomes) == 1
    assert all(outcome.reason == "required" for outcome in step.outcomes if outcome.style == "return")
    assert step.signature == bool(step.minutes)


@each_step
def test_step_climbs_the_reporting_line_when_it_is_late(key: str, step: Step) -> None:
    rungs = [(rung.after, rung.to, rung.kind) for rung in step.escalation]
    upwards = [to for _, to, kind in rungs if kind == "escalate"]

    assert rungs[0][0].startswith("-")
    assert ("0", "assignee", "remind") in rungs
    if step.assignee == "head()":
        assert upwards == ["superior", "office"]
    elif step.assignee == "role('officer', superior())":
        assert upwards == ["office"]  # the superior unit is the late one
    elif key == "district_review":
        assert upwards == ["head", "office"]
    else:
        assert upwards == ["head", "superior"]


@each_step
@pytest.mark.parametrize("now", [BEFORE, AFTER])
def test_step_is_due_after_now_and_not_after_a_deadline_that_is_ahead(
    key: str, step: Step, now: object
) -> None:
    engine = ProcessEngine(lambda version: xml_of(key))
    due = engine.evaluate(step.due or "", {}, around(AFTER if now == AFTER else BEFORE))

    assert due > now  # type: ignore[operator]
    if now == BEFORE:
        assert due <= around().names["deadline"]("school")  # type: ignore[operator]


def test_diagrams_cite_each_rule_of_the_two_procedures() -> None:
    cited = set()
    for key in KEYS:
        root = etree.fromstring(xml_of(key))
        for documentation in root.iter(f"{{{BPMN}}}documentation"):
            cited |= set(RULE.findall(documentation.text or ""))

    assert {f"P1.{n}" for n in range(1, 6)} | {f"P2.{n}" for n in range(1, 7)} <= cited | {"P1.6"}
    assert {"C2", "C4", "C5", "C6", "C9", "C11"} <= cited

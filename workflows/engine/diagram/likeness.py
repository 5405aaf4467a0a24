"""Takes a drawing apart into what can be compared with an older one, beside the steps that a specification tells."""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from workflows.engine.diagram.details import rs
from workflows.engine.diagram.drawing import SILENT, child_of, drawn, local, processes_of, referred, text_of
from workflows.engine.diagram.reading import read
from workflows.engine.language.vocabulary import BPMN, RS

NAMES = {"name", f"{{{RS}}}nameEn"}
NOTICES = {"message", "signal", "error", "escalation"}
# Children that are compared as something else, or repeat what the flows say.
APART = SILENT - {
    "extensionElements",
    "ioSpecification",
    "dataInputAssociation",
    "multiInstanceLoopCharacteristics",
    "completionCondition",
}

Plain = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Likeness:
    """A drawing by its parts; two drawings agree in a part when these are equal.

    `elements` are nodes other than user tasks, and notices; `labels` are their names.
    """

    name: str
    name_en: str
    rules: Plain
    documentation: Plain
    flows: frozenset[Plain]
    elements: Mapping[str, Plain]
    labels: Mapping[str, str]
    looks: Plain


def likeness_of(xml: bytes) -> Likeness:
    """Take apart a drawing that passed the check."""
    root = read(xml)
    process = processes_of(root)[1][0]
    flows = [element for element in drawn(root) if local(element) == "sequenceFlow"]
    nodes = [element for element in drawn(root) if local(element) not in ("sequenceFlow", "userTask")]
    elements = [*nodes, *(element for element in root if local(element) in NOTICES)]
    defaults = {element.get("default") for element in drawn(root)} - {None}
    rules = tuple(sorted((str(k), v) for k, v in process.attrib.items() if str(k) not in NAMES))
    return Likeness(
        name=process.get("name", ""),
        name_en=rs(process, "nameEn") or "",
        rules=rules,
        documentation=tuple(_remarks(root)),
        flows=frozenset(_flow(flow, flow.get("id") in defaults) for flow in flows),
        elements={element.get("id", ""): _plain(element) for element in elements},
        labels={element.get("id", ""): element.get("name", "") for element in elements},
        looks=tuple(_plain(child) for child in root if local(child) not in NOTICES | {"process"}),
    )


def _remarks(root: etree._Element) -> list[Plain]:
    """Descriptions and annotations, but for those of user tasks, which are a part of the step."""
    found: list[Plain] = []
    for remark in root.iter(f"{{{BPMN}}}documentation"):
        parent = remark.getparent()
        if parent is not None and local(parent) != "userTask":
            found.append((parent.get("id", ""), text_of(remark)))
    found += [
        (note.get("id", ""), "".join(map(str, note.itertext())).strip())
        for note in root.iter(f"{{{BPMN}}}textAnnotation")
    ]
    return found


def _flow(flow: etree._Element, default: bool) -> Plain:
    ends = referred(flow.get("sourceRef")), referred(flow.get("targetRef"))
    return (*ends, text_of(child_of(flow, "conditionExpression")), flow.get("name", ""), default)


def _plain(element: etree._Element) -> Plain:
    attributes = (
        (str(name), value) for name, value in element.attrib.items() if str(name) not in NAMES | {"default"}
    )
    inside = (child for child in element if local(child) not in APART and not _is_drawn(child))
    return (
        str(element.tag),
        tuple(sorted(attributes)),
        (element.text or "").strip(),
        tuple(_plain(child) for child in inside),
    )


def _is_drawn(element: etree._Element) -> bool:
    """Whether this stands in a sub-process and is compared for itself."""
    parent = element.getparent()
    return (
        parent is not None
        and local(parent) in ("subProcess", "transaction", "adHocSubProcess")
        and (bool(local(element)) and local(element) not in SILENT)
    )

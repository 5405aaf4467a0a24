"""The order in which a gateway of jBPM tries its conditions: by a number on each flow, not by the order in the file."""

from lxml import etree

from workflows.engine.importing.notes import Notebook
from workflows.engine.importing.vendors import DROOLS
from workflows.engine.language.vocabulary import BPMN


def take_priorities(process: etree._Element, book: Notebook) -> None:
    """Put the flows out of each exclusive gateway into the order in which they are tried; at the others all are."""
    leaving: dict[str, list[etree._Element]] = {}
    for flow in process.iter(f"{{{BPMN}}}sequenceFlow"):
        leaving.setdefault(flow.get("sourceRef", ""), []).append(flow)
    for gateway in process.iter(f"{{{BPMN}}}exclusiveGateway"):
        flows = leaving.get(gateway.get("id", ""), [])
        if (ordered := sorted(flows, key=_priority)) == flows:
            continue
        for flow in ordered:
            if (scope := flow.getparent()) is not None:
                scope.append(flow)
        book.did(gateway, "took_priority")


def _priority(flow: etree._Element) -> int:
    """Give the number by which jBPM tries a flow, the lowest first; one without a number has 0 there."""
    try:
        return int(flow.get(f"{{{DROOLS}}}priority") or 0)
    except ValueError:
        return 0

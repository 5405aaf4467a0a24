"""Rules on the decision tables of a procedure and the tasks that make the decisions."""

from collections.abc import Iterator, Mapping

from workflows.engine.decisions.faults import fault_of_task
from workflows.engine.decisions.reading import keys_in
from workflows.engine.diagram.details import decision_of
from workflows.engine.diagram.drawing import Drawing
from workflows.engine.specification import Problem
from workflows.errors import DiagramRefused


def unused_decisions(drawing: Drawing, files: Mapping[str, str]) -> Iterator[Problem]:
    """Files of which nothing in the drawing makes any decision."""
    made = {use.key for node in drawing.nodes() if (use := decision_of(node)) is not None}
    for text in files.values():
        try:
            keys = keys_in(text.encode())
        except DiagramRefused:
            continue  # told with the file
        if not made.intersection(keys):
            yield fault_of_task(None, "decision_unused", name=", ".join(keys))

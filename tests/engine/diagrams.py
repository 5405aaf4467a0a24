"""Builds small diagrams for the engine's tests and drives them like the command layer does."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count, pairwise
from typing import Any

from workflows.engine import ProcessEngine, Snapshot, Surroundings

NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:rs="urn:rasoat:1"'
)
NOW = datetime(2023, 6, 5, 1, tzinfo=UTC)
_numbers = count(1)


def definitions(body: str, extra: str = "", key: str = "p", **attributes: str) -> bytes:
    """A file with one process and whatever else belongs beside it."""
    process = element("process", key, body, isExecutable="true", **attributes)
    return f"<bpmn:definitions {NAMESPACES}>{extra}{process}</bpmn:definitions>".encode()


def element(tag: str, identifier: str, inside: str = "", **attributes: str) -> str:
    """One element; `rs__due` becomes `rs:due`."""
    text = "".join(f' {name.replace("__", ":")}="{_quoted(value)}"' for name, value in attributes.items())
    return f'<bpmn:{tag} id="{identifier}"{text}>{inside}</bpmn:{tag}>'


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def user(identifier: str, inside: str = "", **attributes: str) -> str:
    """A user task that is assigned to somebody."""
    return element("userTask", identifier, inside, **{"rs__assignee": "1", **attributes})


def script(identifier: str, text: str) -> str:
    """A script task."""
    return element("scriptTask", identifier, f"<bpmn:script>{_quoted(text)}</bpmn:script>")


def start(identifier: str = "s") -> str:
    """A plain start event."""
    return element("startEvent", identifier)


def end(identifier: str = "e", inside: str = "", **attributes: str) -> str:
    """An end event."""
    return element("endEvent", identifier, inside, **attributes)


def flow(*identifiers: str, when: str | None = None, name: str | None = None) -> str:
    """Flows along the elements, each with the condition."""
    text = ""
    for source, target in pairwise(identifiers):
        inside = f"<bpmn:conditionExpression>{_quoted(when)}</bpmn:conditionExpression>" if when else ""
        text += element(
            "sequenceFlow", name or f"f{next(_numbers)}", inside, sourceRef=source, targetRef=target
        )
    return text


def line(*elements: tuple[str, str], extra: str = "") -> bytes:
    """A process: start, the elements one after the other, end."""
    names = ["s", *(name for name, _ in elements), "e"]
    return definitions(start() + "".join(xml for _, xml in elements) + end() + flow(*names), extra)


def timer(kind: str, text: str) -> str:
    """A timer definition, for example `timer("timeDuration", "PT5M")`."""
    return (
        f"<bpmn:timerEventDefinition><bpmn:{kind}>{_quoted(text)}</bpmn:{kind}></bpmn:timerEventDefinition>"
    )


def event(kind: str, reference: str = "") -> str:
    """An event definition with its reference."""
    attribute = f' {kind}Ref="{reference}"' if reference else ""
    return f"<bpmn:{kind}EventDefinition{attribute}/>"


def border(identifier: str, host: str, definition: str, interrupts: bool = True) -> str:
    """A boundary event."""
    flag = "true" if interrupts else "false"
    return element("boundaryEvent", identifier, definition, attachedToRef=host, cancelActivity=flag)


def many(
    collection: str | None = "people",
    item: str | None = "person",
    *,
    sequential: bool = False,
    cardinality: str | None = None,
    output: str | None = None,
    output_item: str | None = None,
    condition: str | None = None,
) -> str:
    """A multi-instance marker."""
    inside = f"<bpmn:loopCardinality>{cardinality}</bpmn:loopCardinality>" if cardinality else ""
    attributes = {"isSequential": "true" if sequential else "false"}
    if not cardinality and collection:
        attributes["rs__collection"] = collection
    if output:
        inside += f"<bpmn:loopDataOutputRef>{output}</bpmn:loopDataOutputRef>"
    if item and not cardinality:
        inside += f'<bpmn:inputDataItem name="{item}"/>'
    if output_item:
        inside += f'<bpmn:outputDataItem name="{output_item}"/>'
    if condition:
        inside += f"<bpmn:completionCondition>{_quoted(condition)}</bpmn:completionCondition>"
    text = "".join(f' {name.replace("__", ":")}="{_quoted(value)}"' for name, value in attributes.items())
    return f"<bpmn:multiInstanceLoopCharacteristics{text}>{inside}</bpmn:multiInstanceLoopCharacteristics>"


ERROR = '<bpmn:error id="er" name="refused" errorCode="E1"/>'
ESCALATION = '<bpmn:escalation id="es" name="late" escalationCode="L1"/>'
SIGNAL = '<bpmn:signal id="sig" name="stop"/>'
MESSAGE = '<bpmn:message id="msg" name="answer"/>'


class Run:
    """One running instance, reloaded from its stored bytes by a fresh engine at every move."""

    def __init__(self, xml: bytes, names: Mapping[str, object] | None = None, /, **values: object) -> None:
        self.xml = xml
        self.around = Surroundings(NOW, names or {})
        self.snapshot = self.engine.start(1, values, self.around)

    def child(self, number: int = 0) -> "Run":
        """Run one child of the multi-instance sub-process whose group the last move asked for."""
        (group,) = self.snapshot.groups
        run = object.__new__(Run)
        run.xml, run.around = self.xml, self.around
        run.snapshot = self.engine.start(1, group.items[number].values, self.around, group.area)
        return run

    @property
    def engine(self) -> ProcessEngine:
        """An engine that knows nothing from before."""
        return ProcessEngine(lambda version: self.xml)

    @property
    def steps(self) -> list[str]:
        """The elements whose steps are open."""
        return sorted(step.element_id for step in self.snapshot.steps)

    @property
    def timers(self) -> list[str]:
        """The elements whose timers wait."""
        return sorted(timer.element_id for timer in self.snapshot.timers)

    def token(self, element_id: str) -> str:
        """The token of the first step or timer that waits at an element."""
        waiting: list[Any] = [*self.snapshot.steps, *self.snapshot.timers]
        return next(found.token for found in waiting if found.element_id == element_id)

    def data(self, element_id: str) -> Mapping[str, object]:
        """The values at an open step."""
        return next(step.values for step in self.snapshot.steps if step.element_id == element_id)

    def _take(self, snapshot: Snapshot) -> "Run":
        self.snapshot = snapshot
        return self

    def complete(self, element_id: str, **values: object) -> "Run":
        """Complete the first open step of an element."""
        token = self.token(element_id)
        return self._take(self.engine.complete(1, self.snapshot.state, token, values, self.around))

    def fire(self, element_id: str) -> "Run":
        """Fire the timer of an element."""
        return self._take(self.engine.fire(1, self.snapshot.state, self.token(element_id), self.around))

    def resume(self, token: str, *results: Mapping[str, object]) -> "Run":
        """End the child group of a token."""
        return self._take(self.engine.resume(1, self.snapshot.state, token, results, self.around))

    @property
    def awaited(self) -> list[str]:
        """The messages and signals that are waited for."""
        return sorted({one.name for one in self.snapshot.awaited})

    def deliver(self, name: str, **values: object) -> bool:
        """Deliver a message to the first that waits for it, or a signal to all; false when nobody waits."""
        found = next((one for one in self.snapshot.awaited if one.name == name), None)
        if found is None:
            return False
        self._take(self.engine.deliver(1, self.snapshot.state, found.token, values, self.around))
        return True

"""What a set of scenarios has covered of each diagram: its ways, outcomes, alarms and the rungs of its ladders."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.instance import ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.task import Task, TaskState
from workflows.commands.work.answers import outcomes_of
from workflows.engine import Specification
from workflows.engine.diagram.drawing import Area, draw
from workflows.engine.diagram.reading import read
from workflows.engine.running.compiling import opening_of
from workflows.rehearsal.rehearsal import Rehearsal

# What there is to cover: ways are sequence flows, alarms timer events; outcomes and rungs belong to steps.
KINDS = ("ways", "outcomes", "alarms", "rungs")


@dataclass(slots=True)
class Covered:
    """What there is of each kind, by a stable name with the words that a report says, and what was covered of it."""

    there: dict[str, dict[str, str]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    seen: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in KINDS})
    # The ways to a step that every run reaches first: runs that are stored as rows begin there.
    opened: dict[str, set[str]] = field(default_factory=dict)

    def count(self, kind: str) -> int:
        """Count what was covered of a kind."""
        return len(self.there[kind].keys() & self.seen[kind])

    def missing(self, kind: str) -> dict[str, str]:
        """List what was not covered, in the order of the diagram."""
        return {name: words for name, words in self.there[kind].items() if name not in self.seen[kind]}

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return not any(self.missing(kind) for kind in KINDS)


@dataclass(slots=True)
class Coverage:
    """Collects by key of the procedure."""

    procedures: dict[str, Covered] = field(default_factory=dict)
    # Every pair of elements that a token went from and to; engines tell it while they run.
    passed: set[tuple[str, str, str]] = field(default_factory=set)

    def expect(self, rehearsal: Rehearsal) -> None:
        """Take note of all there is in the published versions of a rehearsal, and watch which ways their runs go."""
        for version_id, key in rehearsal.versions.items():
            engine = rehearsal.stage.engine
            if key not in self.procedures:
                self.procedures[key] = covered = Covered()
                _ways(covered, rehearsal.drawing(version_id))
                _steps(covered, engine.specification(version_id))
            engine.watch(version_id, partial(self._pass, key))

    def _pass(self, key: str, source: str, to: str) -> None:
        self.passed.add((key, source, to))

    def add(self, rehearsal: Rehearsal) -> None:
        """Add what has happened in a rehearsal."""
        rehearsal.stage.read(lambda session: self._add(session, rehearsal.versions))

    def report(self, keys: Iterable[str]) -> dict[str, Covered]:
        """Give what was covered of these procedures."""
        for key, source, to in self.passed:
            self.procedures[key].seen["ways"].add(f"{source} -> {to}")
        return {key: self.procedures[key] for key in keys}

    def _add(self, session: Session, versions: Mapping[int, str]) -> None:
        done = select(Task.version_id, Task.element_id, Task.outcome).where(Task.state == TaskState.COMPLETED)
        for version_id, step, outcome in session.execute(done):
            covered = self.procedures[versions[version_id]]
            covered.seen["outcomes"].add(f"{step} -> {outcome}")
            covered.seen["ways"] |= covered.opened.get(step, set())
        kinds = (JournalKind.TIMER_FIRED, JournalKind.REMINDED, JournalKind.ESCALATED)
        entries = (
            select(ProcessInstance.version_id, JournalEntry.kind, JournalEntry.details)
            .join(ProcessInstance, ProcessInstance.id == JournalEntry.instance_id)
            .where(JournalEntry.kind.in_(kinds))
        )
        for version_id, kind, details in session.execute(entries):
            seen = self.procedures[versions[version_id]].seen
            if kind is JournalKind.TIMER_FIRED:
                seen["alarms"].add(details["element"])
            else:
                seen["rungs"].add(f"{details['step']} {details['after']} {details['drawn']}")


def _ways(covered: Covered, xml: str) -> None:
    """Take note of the flows and the timer events; two flows between the same elements are one way."""
    drawing = draw(read(xml.encode()))
    names = {node.id: node.name or node.id for node in drawing.nodes()}
    for area in drawing.areas:
        for flow in area.flows:
            words = f"{names[flow.source]} -> {names[flow.target]}"
            label = flow.element.get("name")
            covered.there["ways"][f"{flow.source} -> {flow.target}"] = (
                f"{words} ({label})" if label else words
            )
        if opening := opening_of(area):
            covered.opened[opening] = set(_ways_to(opening, area))
    for node in drawing.nodes():
        if node.event == "timer":
            covered.there["alarms"][node.id] = names[node.id]


def _ways_to(opening: str, area: Area) -> Iterator[str]:
    """Follow the one way from the start of an area to its opening."""
    node = next(one for one in area.nodes.values() if one.kind == "startEvent" or one.on_event)
    while node.id != opening:
        (flow,) = node.outgoing
        yield f"{node.id} -> {flow.target}"
        node = area.nodes[flow.target]


def _steps(covered: Covered, specification: Specification) -> None:
    for step in specification.steps.values():
        for outcome in outcomes_of(step):
            covered.there["outcomes"][f"{step.element_id} -> {outcome.key}"] = f"{step.name}: {outcome.label}"
        for rung in step.escalation:
            words = f"{step.name}: {rung.kind} {rung.to} {rung.after}"
            covered.there["rungs"][f"{step.element_id} {rung.after} {rung.to}"] = words

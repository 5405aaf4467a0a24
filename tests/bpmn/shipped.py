"""The shipped diagrams and their scenarios, and plain names that stand for the product's around one run."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from workflows.engine import NewGroup, ProcessEngine, Snapshot, Specification, Surroundings

FOLDER = Path(__file__).resolve().parents[2] / "bpmn"
KEYS = sorted(path.parent.name for path in FOLDER.glob("*/*.bpmn"))
BEFORE = datetime(2023, 6, 5, 1, tzinfo=UTC)
DEADLINE = datetime(2023, 6, 8, 10, tzinfo=UTC)
AFTER = DEADLINE + timedelta(days=3)
# Who is who in the plain names below.
HOMEROOM, SUBJECT_TEACHER, MEMBER = 21, 22, 23
SCHOOL, DISTRICT = {"id": 3, "name": "THCS Mẫu"}, {"id": 2, "name": "Phòng GDĐT Mẫu"}


def item(kind: str, identifier: int) -> dict[str, Any]:
    """One subject as the product hands it to a child."""
    return {"kind": kind, "id": identifier, "unit": SCHOOL["id"], "name": f"{kind} {identifier}"}


def role(position: str, unit: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A position in a unit; the unit of the run when none is named."""
    return {"role": position, "unit": (unit or SCHOOL)["id"]}


# What the product supplies, as plain values. `around` adds the calendar: days, no weekends.
NAMES: dict[str, object] = {
    "unit": SCHOOL,
    "subject": {"kind": "school", "id": SCHOOL["id"]},
    "campaign": {"id": 1},
    "role": role,
    "head": lambda unit=None: role("head", unit),
    "superior": lambda unit=None: DISTRICT,
    "homeroom_teacher": lambda: HOMEROOM,
    "subject_teacher": lambda: SUBJECT_TEACHER,
    "person": lambda: MEMBER,
    "staff": lambda only=None: [item("staff", number) for number in only or (11, 12, 13)],
    "classes": lambda only=None: [item("class", 61), item("class", 62)],
    "assignments": lambda: [item("assignment", 71), item("assignment", 72)],
    "schools": lambda: [item("school", 3), item("school", 4)],
    "deadline": lambda key: DEADLINE,
    "instant": datetime.fromisoformat,
}


def around(now: datetime = BEFORE) -> Surroundings:
    """The present and the plain names."""
    terms: dict[str, object] = {
        "workdays": lambda count: now + timedelta(days=count),
        "workhours": lambda count: now + timedelta(hours=count),
    }
    return Surroundings(now, NAMES | terms)


def xml_of(key: str) -> bytes:
    """The diagram as shipped."""
    return (FOLDER / key / f"{key}.bpmn").read_bytes()


def specification_of(key: str) -> Specification:
    """What the diagram says, apart from its flow."""
    return ProcessEngine(lambda version: xml_of(key)).specification(1)


@dataclass(frozen=True)
class Scenario:
    """One play of a diagram: moves with what waits after each, and the plain names it changes."""

    key: str
    name: str
    rules: tuple[str, ...]
    play: str
    given: Mapping[str, Any] = field(default_factory=dict)
    changed: Mapping[str, Any] = field(default_factory=dict)

    def moves(self) -> Iterator[tuple[str, str]]:
        """Each move with what must wait after it."""
        for line in self.play.strip().splitlines():
            move, _, waits = line.partition("->")
            yield move.strip(), waits.strip()


def scenarios_of(key: str) -> list[Scenario]:
    """The scenarios beside a diagram; `given` adds variables, other entries are functions that give just this."""
    beside = tomllib.loads((FOLDER / key / "scenarios.toml").read_text(encoding="utf-8"))
    found = []
    for entry in beside["scenario"]:
        known = {"name", "rules", "play", "given"}
        changed = {name: value for name, value in entry.items() if name not in known}
        given = {**beside.get("given", {}), **entry.get("given", {})}
        found.append(Scenario(key, entry["name"], tuple(entry["rules"]), entry["play"], given, changed))
    return found


class Played:
    """A run that is moved by the words of a scenario; a fresh engine loads its state before every move."""

    def __init__(self, key: str, given: Mapping[str, object] | None = None, **changed: object) -> None:
        self.key = key
        constants = {name: _constant(value) for name, value in changed.items()}
        self.around = Surroundings(BEFORE, {**around().names, **constants})
        self.groups: dict[str, NewGroup] = {}
        self.snapshot = Snapshot(b"", finished=False)
        self.given = dict(given or {})

    @property
    def engine(self) -> ProcessEngine:
        """An engine that knows nothing from before."""
        return ProcessEngine(lambda version: xml_of(self.key))

    def move(self, words: str) -> "Played":
        """Make one move: `start`, `<call> ends`, `<timer> fires` or `<step> <outcome> key=value ...`."""
        element, *rest = words.split()
        engine, state = self.engine, self.snapshot.state
        if element == "start":
            snapshot = engine.start(1, self.given, self.around)
        elif rest == ["ends"]:
            group = self.groups.pop(element)
            snapshot = engine.resume(1, state, group.token, [{} for _ in group.items], self.around)
        elif rest == ["fires"]:
            snapshot = engine.fire(1, state, self._token(element), self.around)
        else:
            values = dict(pair.split("=", 1) for pair in rest[1:])
            typed = {name: json.loads(text) for name, text in values.items()}
            answer = {**typed, "outcome": rest[0]}
            snapshot = engine.complete(1, state, self._token(element), answer, self.around)
        self.snapshot = snapshot
        ended = set(snapshot.cancelled_groups)
        self.groups = {name: group for name, group in self.groups.items() if group.token not in ended}
        self.groups.update({group.element_id: group for group in snapshot.groups})
        return self

    def _token(self, element: str) -> str:
        waiting: list[Any] = [*self.snapshot.steps, *self.snapshot.timers]
        tokens = [found.token for found in waiting if found.element_id == element]
        return str(tokens[0])

    @property
    def waits(self) -> str:
        """Steps, calls and timers that wait, in alphabetical order; or `finished` with the result."""
        if self.snapshot.finished:
            return f"finished {self.snapshot.result['result'] or ''}".strip()
        waiting = [step.element_id for step in self.snapshot.steps]
        waiting += [timer.element_id for timer in self.snapshot.timers]
        return " ".join(sorted([*waiting, *self.groups]))

    def values(self, element: str) -> Mapping[str, object]:
        """The values at an open step."""
        return next(step.values for step in self.snapshot.steps if step.element_id == element)

    def rule(self, element: str, rule: str) -> object:
        """Evaluate a rule of an open step (`assignee`, `accountable`, `due`) as the product does."""
        specification = self.engine.specification(1)
        expression = getattr(specification.steps[element], rule)
        return self.engine.evaluate(
            expression, self.values(element), self.around, declared=specification.variables
        )


def _constant(value: object) -> object:
    return lambda *_: value

"""The shipped diagrams, and plain names that stand for the product's around one run."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from workflows.engine import ProcessEngine, Specification, Surroundings

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

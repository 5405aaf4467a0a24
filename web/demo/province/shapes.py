"""The invented province as plain values: who works where, who is in which class, what was planted where."""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from models.person import Position
from models.school import Employment, StaffCategory


@dataclass(slots=True)
class Employee:
    """Somebody with an account. In schools they are staff and have a record; in offices neither."""

    unit: str
    full_name: str
    male: bool
    honorific: str
    login: str
    duty: str
    positions: tuple[Position, ...]
    joined_on: date
    category: StaffCategory | None = None
    employment: Employment = Employment.PERMANENT
    subject: str = ""
    record: dict[str, Any] = field(default_factory=dict)
    record_times: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Child:
    """A pupil of a class."""

    full_name: str
    joined_on: date
    record: dict[str, Any]
    record_times: dict[str, Any]


@dataclass(slots=True)
class Room:
    """A class with its homeroom teacher, its pupils and who teaches what in it."""

    unit: str
    name: str
    grade: int
    homeroom: Employee
    children: list[Child] = field(default_factory=list)
    teaching: list[tuple[str, Employee]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Oddity:
    """A fault that was planted: the finding `finding` must stand beside the field `field_key`."""

    kind: str
    unit: str
    # The class of a pupil; "" for staff.
    room: str
    # Place in the list of the class's children or of the school's staff.
    index: int
    field_key: str
    finding: str


@dataclass(slots=True)
class Province:
    """Everything that one seed and one day give."""

    today: date
    school_year: str
    employees: list[Employee] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)
    planted: list[Oddity] = field(default_factory=list)

    def staff_of(self, unit: str) -> list[Employee]:
        """List the staff of a school in the order in which oddities count them."""
        return [one for one in self.employees if one.unit == unit and one.category]

    def room(self, unit: str, name: str) -> Room:
        """Find a class; refuses an unknown one with StopIteration."""
        return next(room for room in self.rooms if room.unit == unit and room.name == name)

    def digest(self) -> str:
        """Give the SHA-256 of everything, hexadecimal: equal for equal seeds and days."""
        return hashlib.sha256(orjson.dumps(self)).hexdigest()

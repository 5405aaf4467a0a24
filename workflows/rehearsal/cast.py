"""Who takes part in a rehearsal, as plain data: units, people with their positions, classes. No rows yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.organisation import UnitKind
from models.person import Position
from models.school import Employment


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation unit; `under` is the key of its superior, `levels` are those of a school ("THCS", "TH,THCS")."""

    kind: UnitKind
    name: str
    under: str | None = None
    levels: str = ""


@dataclass(frozen=True, slots=True)
class Player:
    """A person: name, form of address, and positions as (position, key of the unit)."""

    name: str
    honorific: str = ""
    positions: tuple[tuple[Position, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ClassRoom:
    """A class: its school, its homeroom teacher, who teaches what, and how many pupils it has."""

    unit: str
    homeroom: str
    subjects: Mapping[str, str] = field(default_factory=dict)
    pupils: int = 3
    grade: int = 6


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody and everything by the short names that scenarios use.

    `staff` lists by unit who is under review there and how they are employed. A run that says nothing else takes
    place in the unit `stage`.
    """

    stage: str
    units: Mapping[str, Unit]
    people: Mapping[str, Player]
    staff: Mapping[str, Mapping[str, Employment]] = field(default_factory=dict)
    classes: Mapping[str, ClassRoom] = field(default_factory=dict)
    school_year: str = "2022-2023"


# For diagrams without a cast: one person holds every position of the unit, another every one above.
ANYBODY = Cast(
    stage="unit",
    units={
        "above": Unit(UnitKind.DEPARTMENT, "Above"),
        "unit": Unit(UnitKind.DIVISION, "Unit", under="above"),
    },
    people={
        "anybody": Player("Anybody", positions=tuple((position, "unit") for position in Position)),
        "superior": Player("Superior", positions=tuple((position, "above") for position in Position)),
    },
)

"""Reads who takes part: units, people with their positions, staff, classes; from `cast.yaml` or from a scenario."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from models.organisation import SchoolLevel, UnitKind
from models.person import Position
from models.school import Employment
from workflows.engine.language.reasons import N_, Reason
from workflows.rehearsal.cast import ANYBODY, Cast, ClassRoom, Player, Unit
from workflows.rehearsal.scenarios.entries import PEOPLE, UNITS, Entry, read_file, unknown

CAST_FILE = "cast.yaml"
KEYS = ("stage", "school year", "units", "people", "staff", "classes")
HOLDS = re.compile(r"(.+) of (\S+)")
Kind = TypeVar("Kind")
NOBODY = Cast(stage="", units={}, people={})


def cast_beside(file: Path) -> Cast:
    """Give the cast of the nearest `cast.yaml`, in the folder of a file or the one above; the plain one without any."""
    for folder in (file.parent, file.parent.parent):
        found = folder / CAST_FILE
        if found.is_file():
            return read_cast(found)
    return ANYBODY


def read_cast(file: Path) -> Cast:
    """Read a file that holds a cast; refuses with ScenarioWrong, which names the line."""
    entry = read_file(file)
    return cast_of(entry, entry.named(KEYS), NOBODY)


def cast_of(entry: Entry, given: Mapping[str, Entry], base: Cast) -> Cast:
    """Lay what is given over a cast: what has the same name is replaced."""
    if not any(key in given for key in KEYS):
        return base
    units = {**base.units, **_each(given, "units", _unit)}
    people = {**base.people, **_each(given, "people", lambda one: _player(one, units))}
    staff = {**base.staff, **_each(given, "staff", lambda one: _staff(one, people))}
    classes = {**base.classes, **_each(given, "classes", lambda one: _room(one, units, people))}
    made = replace(base, units=units, people=people, staff=staff, classes=classes)
    if "stage" in given:
        made = replace(made, stage=_known(given["stage"], units))
    if "school year" in given:
        made = replace(made, school_year=given["school year"].text())
    return _whole(entry, made)


def _whole(entry: Entry, cast: Cast) -> Cast:
    if cast.stage not in cast.units:
        raise entry.wrong(Reason(N_('"stage" is missing: the unit in which runs take place')))
    for name, unit in cast.units.items():
        if unit.under is not None and unit.under not in cast.units:
            raise entry.wrong(
                Reason(
                    N_('the unit "%(unit)s" is under one that is not there: %(problem)s'),
                    unit=name,
                    problem=unknown(unit.under, cast.units, UNITS),
                )
            )
    for unit_name in cast.staff:
        if unit_name not in cast.units:
            raise entry.wrong(
                Reason(N_('under "staff": %(problem)s'), problem=unknown(unit_name, cast.units, UNITS))
            )
    return cast


def _each(given: Mapping[str, Entry], key: str, read: Callable[[Entry], Kind]) -> dict[str, Kind]:
    return {name: read(entry) for name, entry in given[key].named().items()} if key in given else {}


def _known(entry: Entry, known: Collection[str]) -> str:
    name = entry.text()
    if name not in known:
        raise entry.wrong(unknown(name, known))
    return name


def _unit(entry: Entry) -> Unit:
    told = entry.named(("kind", "name", "under", "levels"))
    if "kind" not in told:
        raise entry.wrong(
            Reason(N_('"kind" is missing: department, division, district office, commune or school'))
        )
    kind = told["kind"].text().replace(" ", "_")
    if kind not in set(UnitKind):
        raise told["kind"].wrong(unknown(kind, [str(one) for one in UnitKind]))
    levels = ",".join(one.text() for one in told["levels"].list()) if "levels" in told else ""
    for level in filter(None, levels.split(",")):
        if level not in set(SchoolLevel):
            raise told["levels"].wrong(unknown(level, [str(one) for one in SchoolLevel]))
    name = told["name"].text() if "name" in told else kind
    return Unit(UnitKind(kind), name, told["under"].text() if "under" in told else None, levels)


def _player(entry: Entry, units: Collection[str]) -> Player:
    if entry.is_text():
        return Player(entry.text())
    told = entry.named(("name", "title", "is"))
    positions = tuple(_held(one, units) for one in told["is"].list()) if "is" in told else ()
    if "name" not in told:
        raise entry.wrong(Reason(N_('"name" is missing: the full name of the person')))
    return Player(told["name"].text(), told["title"].text() if "title" in told else "", positions)


def _held(entry: Entry, units: Collection[str]) -> tuple[Position, str]:
    match = HOLDS.fullmatch(entry.text())
    if match is None:
        raise entry.wrong(
            Reason(N_('write a position as "head of school": position, of, and the name of the unit'))
        )
    position = match[1].replace(" ", "_")
    if position not in set(Position):
        raise entry.wrong(unknown(position, [str(one) for one in Position]))
    if match[2] not in units:
        raise entry.wrong(unknown(match[2], units, UNITS))
    return Position(position), match[2]


def _staff(entry: Entry, people: Collection[str]) -> dict[str, Employment]:
    found = {}
    for one in entry.list():
        name, _, how = one.text().partition(" ")
        how = how.strip("()") or str(Employment.PERMANENT)
        if name not in people:
            raise one.wrong(unknown(name, people, PEOPLE))
        if how not in set(Employment):
            raise one.wrong(unknown(how, [str(kind) for kind in Employment]))
        found[name] = Employment(how)
    return found


def _room(entry: Entry, units: Collection[str], people: Collection[str]) -> ClassRoom:
    told = entry.named(("school", "homeroom", "subjects", "pupils", "grade"))
    if "school" not in told or "homeroom" not in told:
        raise entry.wrong(
            Reason(N_('"school" and "homeroom" are needed: where the class is and who its teacher is'))
        )
    subjects = told["subjects"].named() if "subjects" in told else {}
    return ClassRoom(
        _known(told["school"], units),
        _known(told["homeroom"], people),
        {name: _known(one, people) for name, one in subjects.items()},
        _count(told["pupils"]) if "pupils" in told else 3,
        _count(told["grade"]) if "grade" in told else 6,
    )


def _count(entry: Entry) -> int:
    text = entry.text()
    if not re.fullmatch(r"\d{1,4}", text):
        raise entry.wrong(Reason(N_('"%(text)s": write a whole number from 0 to 9999'), text=text))
    return int(text)

"""Puts the invented province into an empty database, in bulk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import DeclarativeBase, Session

from models.calendar import Setting
from models.catalogue import FieldDefinition
from models.organisation import OrganisationUnit, ReportingLine
from models.person import Account, Appointment, Person
from models.school import Pupil, RecordKey, SchoolClass, StaffMember, TeachingAssignment
from web.demo import accounts
from web.demo.province.invention import SEED, invent
from web.demo.province.places import LINE_FROM, PLACES
from web.demo.province.shapes import Employee, Province
from web.record_fields import definitions, field_rows
from workflows.clock import Clock
from workflows.commands.work.records import key_rows
from workflows.passwords import Passwords
from workflows.policy.calendar import LOCAL_ZONE
from workflows.policy.person_names import fold, sort_key

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The province, and the ids that its parts got."""

    province: Province
    units: Mapping[str, int]
    # By login.
    people: Mapping[str, int]
    # By school, in the order of `Province.staff_of`.
    staff: Mapping[str, Sequence[int]]
    # By school and class name.
    classes: Mapping[tuple[str, str], int]
    # By school and class name, in the order of `Room.children`.
    pupils: Mapping[tuple[str, str], Sequence[int]]


def load(session: Session, clock: Clock, passwords: Passwords, seed: str = SEED) -> Loaded:
    """Put units, people, accounts, catalogue and rosters into an empty database as of the clock's day.

    The caller's transaction holds it all.
    """
    province = invent(clock.now().astimezone(ZoneInfo(LOCAL_ZONE)).date(), seed)
    units = _load_units(session)
    people = _load_people(session, province, units, passwords.hash(accounts.PASSWORD), clock.now())
    _insert(session, FieldDefinition, list(field_rows()))
    staff = _load_staff(session, province, units, people)
    classes = _load_classes(session, province, units, people)
    pupils = _load_pupils(session, province, units, classes)
    session.add(Setting(key=accounts.SETTING, value=accounts.offered(province)))
    session.flush()
    return Loaded(province, units, people, staff, classes, pupils)


def _load_units(session: Session) -> dict[str, int]:
    rows = [
        {
            "kind": place.kind,
            "code": place.code,
            "name": place.name,
            "short_name": place.short_name,
            "place": place.place,
            "levels": ",".join(place.levels_in_order),
            "contact": place.contact,
            "search_text": fold(f"{place.short_name} {place.name}"),
        }
        for place in PLACES
    ]
    ids = _insert(session, OrganisationUnit, rows)
    units = {place.code: id_ for place, id_ in zip(PLACES, ids, strict=True)}
    lines = [
        {"unit_id": units[place.code], "superior_id": units[place.superior], "from_on": LINE_FROM}
        for place in PLACES
        if place.superior
    ]
    _insert(session, ReportingLine, lines)
    return units


def _load_people(
    session: Session, province: Province, units: Mapping[str, int], password_hash: str, now: datetime
) -> dict[str, int]:
    ids = _insert(session, Person, [_person_row(one) for one in province.employees])
    people = {one.login: id_ for one, id_ in zip(province.employees, ids, strict=True)}
    _insert(
        session,
        Account,
        [
            {"person_id": people[one.login], "login": one.login, "password_hash": password_hash}
            for one in province.employees
        ],
    )
    _insert(
        session,
        Appointment,
        [
            {
                "person_id": people[one.login],
                "unit_id": units[one.unit],
                "position": position,
                "from_on": one.joined_on,
            }
            for one in province.employees
            for position in one.positions
        ],
    )
    return people


def _person_row(employee: Employee) -> Row:
    mailbox, _, unit = employee.login.partition(".")
    return {
        "full_name": employee.full_name,
        "honorific": employee.honorific,
        "sort_key": sort_key(employee.full_name),
        "search_text": fold(employee.full_name),
        "email": f"{mailbox}@{unit}.example",
    }


def _load_staff(
    session: Session, province: Province, units: Mapping[str, int], people: Mapping[str, int]
) -> dict[str, list[int]]:
    staff = [one for one in province.employees if one.category]
    ids = _insert(
        session,
        StaffMember,
        [
            {
                "unit_id": units[one.unit],
                "person_id": people[one.login],
                "employment": one.employment,
                "category": one.category,
                "duty": one.duty,
                "joined_on": one.joined_on,
                "record": one.record,
                "record_times": one.record_times,
            }
            for one in staff
        ],
    )
    _load_keys(
        session, "staff", [(id_, units[one.unit], one.record) for id_, one in zip(ids, staff, strict=True)]
    )
    by_unit: dict[str, list[int]] = {}
    for id_, one in zip(ids, staff, strict=True):
        by_unit.setdefault(one.unit, []).append(id_)
    return by_unit


def _load_classes(
    session: Session, province: Province, units: Mapping[str, int], people: Mapping[str, int]
) -> dict[tuple[str, str], int]:
    ids = _insert(
        session,
        SchoolClass,
        [
            {
                "unit_id": units[room.unit],
                "name": room.name,
                "grade": room.grade,
                "school_year": province.school_year,
                "homeroom_teacher_id": people[room.homeroom.login],
            }
            for room in province.rooms
        ],
    )
    _insert(
        session,
        TeachingAssignment,
        [
            {"class_id": id_, "subject_name": subject, "teacher_id": people[teacher.login]}
            for id_, room in zip(ids, province.rooms, strict=True)
            for subject, teacher in room.teaching
        ],
    )
    return {(room.unit, room.name): id_ for id_, room in zip(ids, province.rooms, strict=True)}


def _load_pupils(
    session: Session, province: Province, units: Mapping[str, int], classes: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], list[int]]:
    children = [(room, child) for room in province.rooms for child in room.children]
    ids = _insert(
        session,
        Pupil,
        [
            {
                "unit_id": units[room.unit],
                "class_id": classes[room.unit, room.name],
                "full_name": child.full_name,
                "sort_key": sort_key(child.full_name),
                "joined_on": child.joined_on,
                "record": child.record,
                "record_times": child.record_times,
            }
            for room, child in children
        ],
    )
    numbered = list(zip(ids, children, strict=True))
    _load_keys(session, "pupil", [(id_, units[room.unit], child.record) for id_, (room, child) in numbered])
    by_class: dict[tuple[str, str], list[int]] = {}
    for id_, (room, _) in numbered:
        by_class.setdefault((room.unit, room.name), []).append(id_)
    return by_class


def _load_keys(session: Session, kind: str, records: Sequence[tuple[int, int, Row]]) -> None:
    fields = definitions(kind)
    rows = [row for id_, unit_id, record in records for row in key_rows(kind, id_, unit_id, record, fields)]
    session.execute(insert(RecordKey.__table__), rows)  # type: ignore[arg-type]


def _insert(session: Session, table: type[DeclarativeBase], rows: list[Row]) -> list[int]:
    """Insert rows in bulk and give their ids in the same order."""
    target = table.__table__
    statement = insert(target).returning(target.c.id, sort_by_parameter_order=True)  # type: ignore[arg-type]
    return list(session.connection().execute(statement, rows).scalars())

"""The department that `campaign` reviews: any number of schools, staff, classes and pupils, built by the database.

Every table is filled by INSERT … SELECT over numbers in a row, so that 1.8 million pupils take some minutes and no
memory here; ids follow from the numbers. All records are complete and without findings; every school is a primary
school without subject teachers, so that no marks are due. PostgreSQL only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    String,
    case,
    cast,
    func,
    insert,
    literal,
    select,
)

from models.base import Base
from models.catalogue import FieldDefinition
from models.organisation import OrganisationUnit, ReportingLine, SchoolLevel, UnitKind
from models.person import Appointment, Person, Position
from models.school import Employment, Pupil, RecordKey, SchoolClass, StaffCategory, StaffMember
from web.record_fields import field_rows

SCHOOL_YEAR = "2026-2027"
LONG_AGO = date(2020, 9, 1)
CONFIRMED_AT = "2026-09-07T02:00:00+00:00"
GRADES = 5
# Head and officer of each school, before those who have classes.
LEADING = 2
# The department is the first unit; its head and its officer are the first persons.
DEPARTMENT, DEPARTMENT_OFFICER = 1, 2
# Rows that one statement adds: the bar moves, and no transaction is too long.
AT_ONCE = 50_000
STAFF_RECORD = {
    "full_name": "Giáo Viên Thử %1$s",
    "birth_date": "1985-04-12",
    "gender": "female",
    "personal_id": "0001%2$s",
    "id_issued_on": "2021-04-13",
    "ethnicity": "01",
    "joined_sector_on": "2010-08-15",
    "contract": "permanent",
    "insurance_number": "00%2$s",
    "rating": "good",
    "qualification": "bachelor",
    "training": "Giáo dục tiểu học",
    "title": "grade_2",
    "foreign_language": "B1",
    "phone": "00%2$s",
    "email": "gv%1$s@truong-mau.example",
    "residence": "Số %1$s đường Minh Họa, xã Ảo Ảnh",
    "home_place": "thành phố Tưởng Tượng",
}
STAFF_KEYS = {"personal_id": "0001%2$s", "insurance_number": "00%2$s", "email": "gv%1$s@truong-mau.example"}
PUPIL_RECORD = {
    "full_name": "Học Sinh Thử %1$s",
    "birth_date": "2016-08-10",
    "gender": "male",
    "personal_id": "0009%2$s",
    "ethnicity": "01",
    "birth_place": "tỉnh Ví Dụ",
    "residence": "Số %1$s đường Bịa Đặt, xã Giả Định",
    "father_name": "Cha Kịch Bản",
    "mother_name": "Mẹ Tưởng Tâm",
    "parent_phone": "00%2$s",
    "health_card": "HS40000%2$s",
    "disability": "none",
    "policy_group": "none",
    "swims": "yes",
}
# As `field_values.comparable` folds them.
PUPIL_KEYS = {"personal_id": "0009%2$s", "health_card": "hs40000%2$s"}

Number = ColumnElement[Any]
Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Territory:
    """How large the department is: schools, staff and classes of each, pupils of each class."""

    schools: int
    districts: int
    staff: int
    classes: int
    pupils: int

    @property
    def school_ids(self) -> range:
        """The schools stand after the department and its district offices."""
        first = DEPARTMENT + self.districts + 1
        return range(first, first + self.schools)

    @property
    def office_persons(self) -> int:
        """Each office has a head and an officer."""
        return 2 * (1 + self.districts)


def build(connection: Connection, size: Territory, told: Told) -> None:
    """Fill an empty store; commits as it goes. `told` hears how far it has come."""
    assert size.staff >= LEADING + size.classes, "every class has a homeroom teacher of its own"
    connection.execute(insert(FieldDefinition), list(field_rows()))
    _offices(connection, size)
    _schools(connection, size)
    _staff(connection, size, told)
    _classes(connection, size)
    _pupils(connection, size, told)
    for model in (OrganisationUnit, Person, StaffMember, SchoolClass, Pupil):
        sequence = func.pg_get_serial_sequence(literal(model.__tablename__), "id")
        last = select(func.max(model.id)).scalar_subquery()
        connection.execute(select(func.setval(sequence, last)))
    connection.commit()


def _offices(connection: Connection, size: Territory) -> None:
    connection.execute(insert(OrganisationUnit), [_office(number) for number in range(1 + size.districts)])
    lines = [{"unit_id": office + 1, "superior_id": DEPARTMENT} for office in range(1, 1 + size.districts)]
    connection.execute(insert(ReportingLine), [{**line, "from_on": LONG_AGO} for line in lines])
    persons = range(1, size.office_persons + 1)
    people = [{"id": one, "full_name": f"Cán Bộ Thử {one}", "honorific": "Cô"} for one in persons]
    connection.execute(insert(Person), people)
    # Odd numbers lead, even ones are officers.
    connection.execute(
        insert(Appointment),
        [
            {
                "person_id": one,
                "unit_id": (one + 1) // 2,
                "position": Position.HEAD if one % 2 else Position.OFFICER,
                "from_on": LONG_AGO,
            }
            for one in persons
        ],
    )


def _office(number: int) -> dict[str, Any]:
    name = f"Phòng GDĐT Thử {number}" if number else "Sở GDĐT Thử"
    return {
        "id": DEPARTMENT + number,
        "kind": UnitKind.DISTRICT_OFFICE if number else UnitKind.DEPARTMENT,
        "code": f"phong-{number}" if number else "so",
        "name": name,
        "short_name": name,
        "search_text": name.casefold(),
    }


def _schools(connection: Connection, size: Territory) -> None:
    def unit(n: Number) -> Mapping[str, Any]:
        return {
            "id": n + size.school_ids.start - 1,
            "kind": literal(str(UnitKind.SCHOOL)),
            "code": "truong-" + cast(n, String),
            "name": "Trường Tiểu học Thử " + cast(n, String),
            "short_name": "TH Thử " + cast(n, String),
            "levels": literal(str(SchoolLevel.TH)),
            "search_text": "truong tieu hoc thu " + cast(n, String),
        }

    def line(n: Number) -> Mapping[str, Any]:
        superior = DEPARTMENT + 1 + (n - 1) % size.districts
        return {
            "unit_id": n + size.school_ids.start - 1,
            "superior_id": superior,
            "from_on": literal(LONG_AGO),
        }

    _fill(connection, OrganisationUnit, size.schools, unit)
    _fill(connection, ReportingLine, size.schools, line)


def _staff(connection: Connection, size: Territory, told: Told) -> None:
    count = size.schools * size.staff

    def person(n: Number) -> Mapping[str, Any]:
        return {
            "id": n + size.office_persons,
            "full_name": "Giáo Viên Thử " + cast(n, String),
            "honorific": literal("Cô"),
            "sort_key": "thu " + _eight(n),
            "search_text": "giao vien thu " + cast(n, String),
            "email": "gv" + cast(n, String) + "@truong-mau.example",
        }

    def appointment(n: Number) -> Mapping[str, Any]:
        place = (n - 1) % size.staff
        named = {0: str(Position.HEAD), 1: str(Position.OFFICER)}
        return {
            "person_id": n + size.office_persons,
            "unit_id": _school_of(n, size.staff, size),
            "position": _case(place, named, str(Position.TEACHER)),
            "from_on": literal(LONG_AGO),
        }

    def member(n: Number) -> Mapping[str, Any]:
        return {
            "id": n,
            "unit_id": _school_of(n, size.staff, size),
            "person_id": n + size.office_persons,
            "employment": literal(str(Employment.PERMANENT)),
            "category": literal(str(StaffCategory.TEACHER)),
            "duty": literal("Giáo viên"),
            "joined_on": literal(LONG_AGO),
            **_record(STAFF_RECORD, n),
        }

    for model, row in ((Person, person), (Appointment, appointment), (StaffMember, member)):
        _fill(connection, model, count, row, told)
    for key, value in STAFF_KEYS.items():
        _fill(connection, RecordKey, count, _key("staff", key, value, size.staff, size), told)


def _classes(connection: Connection, size: Territory) -> None:
    def room(n: Number) -> Mapping[str, Any]:
        school, place = (n - 1) // size.classes, (n - 1) % size.classes
        grade = 1 + place % GRADES
        return {
            "id": n,
            "unit_id": school + size.school_ids.start,
            "name": cast(grade, String) + func.chr(cast(65 + place // GRADES, Integer)),
            "grade": grade,
            "school_year": literal(SCHOOL_YEAR),
            "homeroom_teacher_id": size.office_persons + school * size.staff + LEADING + 1 + place,
        }

    _fill(connection, SchoolClass, size.schools * size.classes, room)


def _pupils(connection: Connection, size: Territory, told: Told) -> None:
    count = size.schools * size.classes * size.pupils
    of_school = size.classes * size.pupils

    def pupil(n: Number) -> Mapping[str, Any]:
        return {
            "id": n,
            "unit_id": _school_of(n, of_school, size),
            "class_id": 1 + (n - 1) // size.pupils,
            "full_name": "Học Sinh Thử " + cast(n, String),
            "sort_key": "thu " + _eight(n),
            "joined_on": literal(LONG_AGO),
            **_record(PUPIL_RECORD, n),
        }

    _fill(connection, Pupil, count, pupil, told)
    for key, value in PUPIL_KEYS.items():
        _fill(connection, RecordKey, count, _key("pupil", key, value, of_school, size), told)


def _key(
    kind: str, field_key: str, value: str, of_school: int, size: Territory
) -> Callable[[Number], Mapping[str, Any]]:
    def row(n: Number) -> Mapping[str, Any]:
        return {
            "kind": literal(kind),
            "subject_id": n,
            "unit_id": _school_of(n, of_school, size),
            "field_key": literal(field_key),
            "value": func.format(value, n, _eight(n)),
        }

    return row


def _record(values: Mapping[str, str], n: Number) -> dict[str, Any]:
    times = orjson.dumps(dict.fromkeys(values, CONFIRMED_AT)).decode()
    return {
        "record": func.format(orjson.dumps(values).decode(), n, _eight(n)),
        "record_times": literal(times, String),
    }


def _school_of(n: Number, of_school: int, size: Territory) -> Number:
    return size.school_ids.start + (n - 1) // of_school


def _eight(n: Number) -> Number:
    """Write a number with eight digits."""
    return func.lpad(cast(n, String), 8, "0")


def _case(place: Number, named: Mapping[int, str], other: str) -> Number:
    return case(*((place == number, literal(name)) for number, name in named.items()), else_=literal(other))


def _fill(
    connection: Connection,
    model: type[Base],
    count: int,
    row: Callable[[Number], Mapping[str, Any]],
    told: Told = lambda what, done, total: None,
) -> None:
    """Add a row for each number from 1, in portions; what the row does not name gets the model's default."""
    table: Any = model.__table__
    for first in range(1, count + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, count)
        n = func.generate_series(first, last, type_=BigInteger).column_valued("n")
        columns = row(n)
        names: Sequence[str] = list(columns)
        connection.execute(insert(table).from_select(names, select(*columns.values())))
        connection.commit()
        told(table.name, last, count)

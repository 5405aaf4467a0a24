"""The invented province: the same each time, plainly invented, and odd exactly where it was made so."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.calendar import Setting
from models.organisation import OrganisationUnit, SchoolLevel, UnitKind
from models.person import Account, Person, Position
from models.school import Employment, Pupil, SchoolClass, StaffMember, TeachingAssignment
from tests.conftest import Store
from web.demo import accounts
from web.demo.loading import Loaded, load
from web.demo.province.invention import invent, school_year_of
from web.demo.province.places import SCHOOLS
from web.demo.province.shapes import Oddity
from web.demo.province.words import INVENTED
from web.record_choices import ETHNIC_GROUPS
from workflows.clock import FixedClock
from workflows.passwords import Passwords
from workflows.queries import organisation
from workflows.queries.records import records
from workflows.queries.records.records import Record

TODAY = date(2023, 6, 5)
PASSWORDS = Passwords(time_cost=1, memory_kib=8)


@dataclass
class Demonstration:
    """The loaded province and a session that reads it."""

    loaded: Loaded
    session: Session


@pytest.fixture(scope="module")
def demonstration(
    make_sqlite_store: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demonstration]:
    store: Store = make_sqlite_store(tmp_path_factory.mktemp("demonstration"))  # type: ignore[operator]
    with store.make_session() as session:
        loaded = load(session, FixedClock(datetime(2023, 6, 5, 1, tzinfo=UTC)), PASSWORDS)
        session.commit()
    with store.make_reading_session() as session:
        yield Demonstration(loaded, session)
    store.close()


def test_the_same_seed_and_day_give_the_same_province() -> None:
    once, again = invent(TODAY), invent(TODAY)

    assert once.digest() == again.digest()
    assert invent(TODAY, "another").digest() != once.digest()


def test_there_is_a_province_of_the_promised_size(demonstration: Demonstration) -> None:
    session = demonstration.session

    kinds = Counter(session.scalars(select(OrganisationUnit.kind)))
    levels = set().union(*(unit.levels for unit in session.scalars(select(OrganisationUnit))))

    assert kinds == {UnitKind.DEPARTMENT: 1, UnitKind.DISTRICT_OFFICE: 2, UnitKind.SCHOOL: 12}
    assert levels == set(SchoolLevel)
    assert 380 <= (session.scalar(select(func.count(StaffMember.id))) or 0) <= 420
    assert 5_700 <= (session.scalar(select(func.count(Pupil.id))) or 0) <= 6_300
    assert set(session.scalars(select(StaffMember.employment))) == set(Employment)
    assert len(ETHNIC_GROUPS) == 54


def test_reporting_line_has_schools_below_districts_and_department(demonstration: Demonstration) -> None:
    units, session = demonstration.loaded.units, demonstration.session

    def below(code: str) -> set[str]:
        return {unit.code for unit in organisation.schools_below(session, units[code], TODAY)}

    assert len(below("so-mau")) == 12
    assert len(below("quan-mau")) == 6
    assert below("so-mau") - below("quan-mau") - below("huyen-vi-du") == {"thpt-mau", "gdtx-mau"}


def test_every_school_has_the_positions_its_review_needs(demonstration: Demonstration) -> None:
    for place in SCHOOLS:
        unit_id = demonstration.loaded.units[place.code]
        held = {
            position: len(organisation.holders_of(demonstration.session, position, unit_id, TODAY))
            for position in Position
        }

        assert held[Position.HEAD] == 1
        assert held[Position.DEPUTY_HEAD] == 2
        assert held[Position.OFFICER] == 2
        assert held[Position.TEACHER] >= len(place.grades)


def test_everybody_can_log_in(demonstration: Demonstration) -> None:
    session = demonstration.session

    logins = session.execute(
        select(Account.login, Account.password_hash, Person.full_name).join(Person)
    ).all()

    assert len(logins) == session.scalar(select(func.count(Person.id)))
    assert len({login for login, _, _ in logins}) == len(logins)
    assert PASSWORDS.match(logins[0].password_hash, accounts.PASSWORD)


def test_offered_accounts_exist_and_are_told_apart(demonstration: Demonstration) -> None:
    setting = demonstration.session.get_one(Setting, accounts.SETTING).value

    offered = [one for group in setting["groups"] for one in group["accounts"]]

    assert len({one["login"] for one in offered}) == len(offered) == 12
    assert all(one["login"] in demonstration.loaded.people for one in offered)
    assert all(one["what"] and one["what_en"] and one["name"] for one in offered)
    assert "Cô Lê Thị Mẫu" in {one["name"] for one in offered}


def test_every_name_and_number_is_plainly_invented(demonstration: Demonstration) -> None:
    session = demonstration.session
    names = [*session.scalars(select(Person.full_name)), *session.scalars(select(Pupil.full_name))]
    untouched = [name for name in names if "  " not in name and name.isprintable() and _composed(name)]

    assert all(any(f" {word}" in name for word in INVENTED) for name in untouched)
    for record in session.scalars(select(Pupil.record)):
        assert record["personal_id"].startswith(("999", "000"))
        assert record["parent_phone"].startswith("0000")
    for record in session.scalars(select(StaffMember.record)):
        assert record["personal_id"].startswith("000")
        assert record["phone"].startswith("0000")
        assert record["email"].endswith(".example")


def _composed(name: str) -> bool:
    return not re.search("[\u0300-\u036f]", name)


def test_classes_have_their_teachers(demonstration: Demonstration) -> None:
    session = demonstration.session
    with_grades = set(session.scalars(select(TeachingAssignment.class_id)))

    for school_class in session.scalars(select(SchoolClass)):
        # Kindergartens give no grades.
        assert (school_class.id in with_grades) is (school_class.grade > 0)
    assert all(room.homeroom.unit == room.unit for room in demonstration.loaded.province.rooms)
    assert all(
        room.homeroom.employment is not Employment.VISITING for room in demonstration.loaded.province.rooms
    )


def test_findings_are_exactly_those_planted(demonstration: Demonstration) -> None:
    loaded, session = demonstration.loaded, demonstration.session
    found: list[Oddity] = []

    for (unit, room), class_id in loaded.classes.items():
        for one in records.records_of_class(session, class_id, today=TODAY):
            place = loaded.pupils[unit, room].index(one.subject_id)
            found += _oddities("pupil", unit, room, place, one)
    for unit, staff_ids in loaded.staff.items():
        staff = session.scalars(select(StaffMember).where(StaffMember.id.in_(staff_ids))).all()
        for one in records.records_of(session, "staff", staff, today=TODAY):
            found += _oddities("staff", unit, "", staff_ids.index(one.subject_id), one)

    assert Counter(found) == Counter(loaded.province.planted)
    assert {oddity.finding for oddity in found} >= {
        *("missing", "duplicate", "stale", "never_confirmed", "too_few_digits", "loose_marks"),
        *("double_blanks", "edge_blanks", "not_a_date", "implausible_year", "pattern"),
    }


def _oddities(kind: str, unit: str, room: str, index: int, record: Record) -> Iterator[Oddity]:
    for finding in record.findings:
        yield Oddity(kind, unit, room, index, finding.field_key, finding.kind)


def test_classes_have_none_to_six_odd_pupils(demonstration: Demonstration) -> None:
    loaded = demonstration.loaded
    class_ids = list(loaded.classes.values())

    quality = records.quality_of_classes(demonstration.session, class_ids, today=TODAY)

    assert {one.with_findings for one in quality.values()} == set(range(7))
    assert quality[loaded.classes["thcs-mau", "6A"]] == records.ClassQuality(45, 5)
    assert quality[loaded.classes["thcs-mau", "7B"]] == records.ClassQuality(44, 0)
    assert quality[loaded.classes["thcs-mau", "7C"]] == records.ClassQuality(45, 2)


def test_clean_records_stay_clean_when_a_visitor_jumps_ahead(demonstration: Demonstration) -> None:
    loaded = demonstration.loaded
    class_id = loaded.classes["thcs-mau", "7B"]

    later = records.records_of_class(demonstration.session, class_id, today=TODAY + timedelta(days=90))

    assert all(not one.findings for one in later)


@pytest.mark.parametrize(
    ("day", "school_year"),
    [
        (date(2023, 8, 31), "2022-2023"),
        (date(2023, 9, 1), "2023-2024"),
        (date(2024, 1, 1), "2023-2024"),
    ],
)
def test_school_year_begins_in_september(day: date, school_year: str) -> None:
    assert school_year_of(day) == school_year


@pytest.mark.parametrize("day", [date(2023, 9, 1), date(2024, 2, 29), date(2026, 11, 22)])
def test_any_day_gives_a_province_with_numbers_given_once(day: date) -> None:
    province = invent(day)
    doubled = {
        (oddity.unit, oddity.room, oddity.index)
        for oddity in province.planted
        if oddity.finding == "duplicate"
    }
    numbers = [
        child.record["personal_id"]
        for room in province.rooms
        for index, child in enumerate(room.children)
        if (room.unit, room.name, index) not in doubled
    ]

    assert len(numbers) == len(set(numbers))
    assert all(child.joined_on <= day for room in province.rooms for child in room.children)
    assert all(one.joined_on <= day for one in province.employees)


def test_names_of_a_class_differ(demonstration: Demonstration) -> None:
    for room in demonstration.loaded.province.rooms:
        pairs = combinations((child.full_name for child in room.children), 2)
        assert all(one != other for one, other in pairs)

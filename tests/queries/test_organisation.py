"""Reads of the organisation: the reporting line on a date, who sees and holds what, rosters."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organisation import OrganisationUnit, ReportingLine, UnitKind
from models.person import Appointment, Person, Position
from models.school import SchoolClass
from tests.cast import SCHOOL_YEAR, World, build_world
from tests.conftest import Store
from workflows.actor import Actor, Held
from workflows.clock import FixedClock
from workflows.queries import organisation
from workflows.queries.organisation import subtree_ids

TODAY = date(2023, 6, 5)
# Districts were abolished on that day: the school reports to a commune from then on (C11).
MOVED_ON = date(2025, 7, 1)


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    with world.store.make_session() as opened:
        yield opened


@pytest.fixture
def commune(session: Session, world: World) -> int:
    unit = OrganisationUnit(kind=UnitKind.COMMUNE, code="commune", name="Xã Ảo", short_name="Xã Ảo")
    session.add(unit)
    session.flush()
    session.add(ReportingLine(unit_id=unit.id, superior_id=world.units["department"], from_on=MOVED_ON))
    line = session.scalars(select(ReportingLine).where(ReportingLine.unit_id == world.units["school"])).one()
    line.until_on = MOVED_ON - timedelta(days=1)
    session.flush()
    session.add(ReportingLine(unit_id=world.units["school"], superior_id=unit.id, from_on=MOVED_ON))
    session.flush()
    return unit.id


def test_subtree_follows_a_move_in_the_middle(session: Session, world: World, commune: int) -> None:
    units = world.units
    last_day = MOVED_ON - timedelta(days=1)

    assert subtree_ids(session, units["district"], last_day) == {
        units["district"],
        units["school"],
        units["other_school"],
    }
    assert subtree_ids(session, units["district"], MOVED_ON) == {units["district"], units["other_school"]}
    assert subtree_ids(session, commune, last_day) == {commune}
    assert subtree_ids(session, commune, MOVED_ON) == {commune, units["school"]}
    assert subtree_ids(session, units["department"], MOVED_ON) == {*units.values(), commune}


def test_subtree_is_empty_of_reporters_before_any_line_began(session: Session, world: World) -> None:
    assert subtree_ids(session, world.units["department"], date(2019, 1, 1)) == {world.units["department"]}


def test_subtree_ends_when_the_line_runs_in_a_circle(session: Session, world: World) -> None:
    units = world.units
    session.add(
        ReportingLine(unit_id=units["department"], superior_id=units["school"], from_on=date(2021, 1, 1))
    )
    session.flush()

    assert subtree_ids(session, units["school"], TODAY) == set(units.values())
    assert len(organisation.superiors_of(session, units["school"], TODAY)) == 2


def test_superiors_climb_to_the_top(session: Session, world: World, commune: int) -> None:
    def line(on: date) -> list[str]:
        return [unit.code for unit in organisation.superiors_of(session, world.units["school"], on)]

    assert line(TODAY) == ["district", "department"]
    assert line(MOVED_ON) == ["commune", "department"]
    assert organisation.superior_of(session, world.units["department"], TODAY) is None


def test_schools_below_are_listed_by_name(session: Session, world: World) -> None:
    schools = organisation.schools_below(session, world.units["department"], TODAY)

    assert [school.code for school in schools] == ["other_school", "school"]


@pytest.mark.parametrize(
    ("position", "unit", "seen"),
    [
        (Position.ADMINISTRATOR, "department", {"department", "district", "school", "other_school"}),
        (Position.OFFICER, "department", {"department", "district", "school", "other_school"}),
        (Position.OFFICER, "district", {"district", "school", "other_school"}),
        (Position.HEAD, "district", {"district", "school", "other_school"}),
        (Position.HEAD, "school", {"school"}),
        (Position.DEPUTY_HEAD, "school", {"school"}),
        (Position.OFFICER, "school", set()),
        (Position.TEACHER, "school", set()),
        (Position.EMPLOYEE, "district", set()),
    ],
)
def test_territory_depends_on_the_position(
    session: Session, world: World, position: Position, unit: str, seen: set[str]
) -> None:
    actor = Actor(1, (Held(world.units[unit], position),))

    reached = set(session.scalars(select(organisation.visible_units(actor, TODAY).c.unit_id)))

    assert reached == {world.units[key] for key in seen}
    for key, unit_id in world.units.items():
        assert organisation.sees_unit(session, actor, unit_id, TODAY) is (key in seen)


def test_who_holds_nothing_sees_nothing(session: Session, world: World) -> None:
    assert not organisation.sees_unit(session, Actor(1), world.units["school"], TODAY)


def test_holders_of_a_role_are_those_of_the_day(session: Session, world: World) -> None:
    unit_id = world.units["district"]
    old = Person(full_name="Cũ Ảo", sort_key="")
    session.add(old)
    session.flush()
    session.add(
        Appointment(
            person_id=old.id,
            unit_id=unit_id,
            position=Position.HEAD,
            from_on=date(2019, 1, 1),
            until_on=date(2020, 9, 1),
        )
    )
    session.flush()

    def heads(on: date) -> list[str]:
        return [person.full_name for person in organisation.holders_of(session, Position.HEAD, unit_id, on)]

    assert heads(date(2020, 8, 31)) == ["Cũ Ảo"]
    assert set(heads(date(2020, 9, 1))) == {"Cũ Ảo", "Trưởng Phòng Mẫu"}
    assert heads(TODAY) == ["Trưởng Phòng Mẫu"]
    assert len(organisation.appointments_of(session, unit_id, TODAY)) == 3


def test_staff_counts_who_is_there_on_the_day(session: Session, world: World) -> None:
    unit_id = world.units["school"]
    staff = organisation.staff_of(session, unit_id, TODAY)
    staff[0].left_on = TODAY
    session.flush()

    assert len(organisation.staff_of(session, unit_id, TODAY - timedelta(days=1))) == 6
    assert len(organisation.staff_of(session, unit_id, TODAY)) == 5


def test_rosters_come_in_the_order_of_lists(session: Session, world: World) -> None:
    unit_id = world.units["school"]
    session.add(
        SchoolClass(
            unit_id=unit_id,
            name="10A1",
            grade=10,
            school_year=SCHOOL_YEAR,
            homeroom_teacher_id=world.people["homeroom"],
        )
    )
    session.flush()

    classes = organisation.classes_of(session, unit_id, SCHOOL_YEAR)
    staff = organisation.staff_of(session, unit_id, TODAY)
    assignments = organisation.assignments_of(session, unit_id, SCHOOL_YEAR)
    pupils = organisation.pupils_of(session, unit_id, TODAY)

    assert [one.name for one in classes] == ["6A", "6B", "10A1"]
    assert classes[0].homeroom_teacher.full_name == "Chủ Nhiệm Thử"
    keys = [one.person.sort_key for one in staff]
    assert keys == sorted(keys)
    assert staff[0].person.full_name.split()[-1] == "Ảo"
    assert [(one.school_class.name, one.subject_name) for one in assignments] == [
        ("6A", "Toán"),
        ("6B", "Toán"),
    ]
    assert len(pupils) == 6
    assert pupils[:3] == organisation.pupils_of_class(session, world.classes["6A"], TODAY)

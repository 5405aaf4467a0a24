"""Classes, homeroom teachers and subjects: who may, what is refused, and what a later review asks for."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from models.journal import JournalEntry, JournalKind
from models.school import SchoolClass, TeachingAssignment
from tests.cast import SCHOOL_YEAR, World, build_world
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.administration import classes
from workflows.commands.administration.classes import NewClass
from workflows.errors import (
    AlreadyDone,
    FormRefused,
    NotPermitted,
    Refusal,
    UnitUnknown,
    ValueMissing,
    ValueNotOffered,
    ValueTooLong,
)
from workflows.errors.accounts import (
    AssignmentUnknown,
    ClassThere,
    ClassUnknown,
    NotOfTheUnit,
    SchoolOnly,
    SchoolYearBad,
    TaughtAlready,
)
from workflows.queries.administration import classes as queries
from workflows.queries.organisation import assignments_of

TODAY = date(2023, 6, 5)


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def add(
    world: World, who: str = "administrator", unit: str = "school", key: str | None = None, **changes: Any
) -> int:
    """Let somebody add class 7A, or as `changes` say."""
    given = {"name": "7A", "grade": "7", "school_year": SCHOOL_YEAR, "teacher": "deputy", **changes}
    teacher = given.pop("teacher")
    new = NewClass(**given, teacher_id=world.people.get(teacher))
    return world.do(
        lambda work: (
            classes.add_class(
                work,
                actor=world.actor(work, who),
                unit_id=world.units.get(unit, 0),
                new=new,
                request_key=key,
            ).id
        )
    )


def do(world: World, command: Any, who: str = "administrator", room: str = "6A", **given: Any) -> None:
    world.do(
        lambda work: (
            command(
                work,
                actor=world.actor(work, who),
                unit_id=world.units["school"],
                class_id=world.classes.get(room, 999),
                **given,
            )
            and None
        )
    )


def assign(
    world: World, who: str = "administrator", subject: str = "Ngữ văn", teacher: str = "colleague"
) -> None:
    do(world, classes.assign_teacher, who, subject=subject, teacher_id=world.people.get(teacher))


def taught(world: World) -> list[tuple[str, str]]:
    rows = world.read(lambda s: assignments_of(s, world.units["school"], SCHOOL_YEAR))
    return [(one.subject_name, one.teacher.full_name) for one in rows if one.school_class.name == "6A"]


def math(world: World) -> int:
    query = select(TeachingAssignment.id).filter_by(class_id=world.classes["6A"], subject_name="Toán")
    return world.read(lambda session: session.scalars(query).one())


def kinds(world: World) -> list[JournalKind]:
    return world.read(lambda s: list(s.scalars(select(JournalEntry.kind).order_by(JournalEntry.id))))


def test_a_class_is_added_and_listed(world: World) -> None:
    add(world)

    rows = world.read(lambda s: queries.class_rows(s, world.units["school"], SCHOOL_YEAR, TODAY))
    assert [(one.school_class.name, one.pupils, one.subjects) for one in rows] == [
        ("6A", 3, 1),
        ("6B", 3, 1),
        ("7A", 0, 0),
    ]
    assert rows[2].school_class.homeroom_teacher.full_name == "Phó Hiệu Trưởng Thử"
    assert kinds(world) == [JournalKind.CLASS_ADDED]


@pytest.mark.parametrize("who", ["principal", "deputy", "homeroom", "district_head", "inspector", "stranger"])
def test_only_the_administrator_of_the_department_keeps_classes(world: World, who: str) -> None:
    acts = (
        lambda: add(world, who),
        lambda: do(world, classes.change_homeroom_teacher, who, teacher_id=world.people["deputy"]),
        lambda: assign(world, who),
        lambda: do(world, classes.end_assignment, who, assignment_id=math(world)),
    )
    for act in acts:
        with pytest.raises(NotPermitted):
            act()

    assert kinds(world) == []


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"name": ""}, "name", ValueMissing),
        ({"name": "x" * 41}, "name", ValueTooLong),
        ({"name": "6A"}, "name", ClassThere),
        ({"grade": ""}, "grade", ValueNotOffered),
        ({"grade": "5"}, "grade", ValueNotOffered),
        ({"grade": "７"}, "grade", ValueNotOffered),
        ({"school_year": "2023"}, "school_year", SchoolYearBad),
        ({"school_year": "2023-2025"}, "school_year", SchoolYearBad),
        ({"teacher": "nobody"}, "teacher", ValueMissing),
        ({"teacher": "stranger"}, "teacher", NotOfTheUnit),
    ],
)
def test_a_class_that_does_not_fit_is_refused_at_the_field(
    world: World, changes: dict[str, str], field: str, problem: type[Refusal]
) -> None:
    with pytest.raises(FormRefused) as refused:
        add(world, **changes)

    assert list(refused.value.problems) == [field]
    assert isinstance(refused.value.problems[field], problem)


def test_offices_have_no_classes_and_requests_one_effect(world: World) -> None:
    with pytest.raises(SchoolOnly):
        add(world, unit="district")
    with pytest.raises(UnitUnknown):
        add(world, unit="nowhere")
    add(world, key="k1")
    with pytest.raises(AlreadyDone):
        add(world, key="k1")

    assert kinds(world) == [JournalKind.CLASS_ADDED]


def test_another_homeroom_teacher_is_named(world: World) -> None:
    do(world, classes.change_homeroom_teacher, teacher_id=world.people["deputy"])

    room = world.read(lambda session: session.get_one(SchoolClass, world.classes["6A"]))
    assert room.homeroom_teacher_id == world.people["deputy"]
    entry = world.read(lambda session: session.scalars(select(JournalEntry)).one())
    assert (entry.details["before"], entry.details["teacher"]) == (
        world.people["homeroom"],
        world.people["deputy"],
    )
    with pytest.raises(ClassUnknown):
        do(world, classes.change_homeroom_teacher, room="9Z", teacher_id=world.people["deputy"])


def test_a_subject_is_taught_ended_and_taught_again_on_the_same_row(world: World) -> None:
    before = math(world)
    with pytest.raises(FormRefused) as refused:
        assign(world, subject="toán")
    assert isinstance(refused.value.problems["subject"], TaughtAlready)

    do(world, classes.end_assignment, assignment_id=before)
    assert taught(world) == []
    assign(world)
    assign(world, subject="toán")

    assert taught(world) == [("Ngữ văn", "Bộ Môn Ảo"), ("Toán", "Bộ Môn Ảo")]
    assert math(world) == before
    assert kinds(world) == [
        JournalKind.TEACHING_ENDED,
        JournalKind.TEACHING_ASSIGNED,
        JournalKind.TEACHING_ASSIGNED,
    ]


@pytest.mark.parametrize(
    ("given", "field", "problem"),
    [
        ({"subject": ""}, "subject", ValueMissing),
        ({"subject": "x" * 81}, "subject", ValueTooLong),
        ({"teacher": "nobody"}, "teacher", ValueMissing),
        ({"teacher": "stranger"}, "teacher", NotOfTheUnit),
    ],
)
def test_an_assignment_that_does_not_fit_is_refused_at_the_field(
    world: World, given: dict[str, str], field: str, problem: type[Refusal]
) -> None:
    with pytest.raises(FormRefused) as refused:
        assign(world, **given)

    assert isinstance(refused.value.problems[field], problem)


def test_what_has_ended_or_is_of_another_class_does_not_end(world: World) -> None:
    do(world, classes.end_assignment, assignment_id=math(world))

    for assignment_id, room in ((math(world), "6A"), (math(world), "6B"), (999, "6A")):
        with pytest.raises(AssignmentUnknown):
            do(world, classes.end_assignment, room=room, assignment_id=assignment_id)


def test_a_review_asks_for_no_grades_of_what_has_ended(world: World) -> None:
    do(world, classes.end_assignment, assignment_id=math(world))
    world.publish_shipped()

    world.open_campaign()

    rooms = [task.subject_name for task in world.open_tasks(element_id="enter_grades")]
    assert len(rooms) == 1
    assert "6B" in rooms[0]


def test_the_school_year_turns_in_august(world: World) -> None:
    assert queries.school_year_of(date(2023, 7, 31)) == "2022-2023"
    assert queries.school_year_of(date(2023, 8, 1)) == "2023-2024"
    years = world.read(lambda s: queries.school_years(s, world.units["school"], date(2023, 9, 1)))
    assert years == ["2023-2024", "2022-2023"]

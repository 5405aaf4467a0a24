"""Instances by state: who sees which, found by unit, procedure and name, page by page, on indexes."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.campaign import SubjectKind
from models.instance import ChildGroup, Finding, GroupState, Incident, InstanceState, ProcessInstance
from models.person import Person
from models.school import Employment, SchoolClass, StaffCategory, StaffMember, TeachingAssignment
from models.task import Task
from tests.bench.stores import settle
from tests.cast import World, build_world
from tests.commands.operating.runs import PEOPLE, WHY, begin_tree, child, children_of, operate, simple
from tests.conftest import Store
from tests.engine.diagrams import definitions, element, end, flow, many, start
from tests.plans import plan_of
from workflows.actor import Actor
from workflows.clock import FixedClock
from workflows.commands.operating.cancelling import cancel
from workflows.commands.operating.holding import resume, suspend
from workflows.errors import NotPermitted
from workflows.queries.operating.instances import (
    InstancePage,
    View,
    Wanted,
    counts_of,
    instances_of,
    page_of_ids,
)
from workflows.queries.operating.rights import operated_units

TODAY = date(2023, 6, 5)


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def look(world: World, query: Callable[[Session, Actor], Any], who: str = "administrator") -> Any:
    def act(work):  # type: ignore[no-untyped-def]
        return query(work.session, world.actor(work, who))

    return world.do(act)


def listed(world: World, wanted: Wanted, **options: Any) -> list[int]:
    page: InstancePage = look(world, lambda s, a: instances_of(s, a, wanted, TODAY, **options))
    return [row.id for row in page.rows]


def test_each_view_lists_its_own(world: World) -> None:
    world.publish("simple", simple("a"))
    running, held, gone = (world.begin("simple") for _ in range(3))
    top = begin_tree(world)
    first = children_of(world)[0].id
    operate(world, suspend, instance_id=held, reason=WHY)
    operate(world, suspend, instance_id=first, reason=WHY)
    operate(world, cancel, instance_id=gone, reason=WHY)
    finding = Incident(instance_id=first, finding=Finding.STUCK, cause="x", opened_at=world.clock.now())
    world.do(lambda work: work.session.add(finding))

    assert listed(world, Wanted()) == [top, running]
    assert held in listed(world, Wanted(key="simple"))
    assert listed(world, Wanted(View.SUSPENDED)) == [first, held]
    assert listed(world, Wanted(View.CANCELLED)) == [gone]
    assert listed(world, Wanted(View.INCIDENT)) == [first]
    assert listed(world, Wanted(View.FINISHED)) == []
    counts = look(world, lambda s, a: counts_of(s, a, TODAY))
    assert [counts[view] for view in View] == [2, 2, 1, 0, 1]


def test_what_goes_on_is_held_no_more_though_a_child_ended_while_it_was(world: World) -> None:
    top = begin_tree(world)
    operate(world, suspend, instance_id=top, reason=WHY)
    operate(world, cancel, instance_id=children_of(world)[0].id, reason=WHY)
    assert listed(world, Wanted(View.SUSPENDED)) == [top]

    operate(world, resume, instance_id=top, reason=WHY)

    assert listed(world, Wanted(View.SUSPENDED)) == []
    assert listed(world, Wanted()) == [top]
    assert look(world, lambda s, a: counts_of(s, a, TODAY))[View.SUSPENDED] == 0


def test_search_finds_what_waits_for_its_turn(world: World) -> None:
    world.publish("child", child())
    call = element("callActivity", "each", many(PEOPLE, sequential=True), calledElement="child")
    world.publish(
        "parent", definitions(start() + call + end() + flow("s", "each", "e"), key="parent").decode()
    )
    world.begin("parent")
    first, second, third = (one.id for one in children_of(world))

    assert listed(world, Wanted(key="child")) == [third, second, first]
    assert listed(world, Wanted(text=str(second))) == [second]


def test_search_finds_what_waits_for_a_person(world: World) -> None:
    world.publish("simple", simple("a"))
    one, other = world.begin("simple"), world.begin("simple")
    # Both wait for who leads the school until somebody has claimed them.
    assert listed(world, Wanted(text="hieu truong mau")) == [other, one]
    task = next(task.id for task in world.open_tasks() if task.instance_id == other)
    person = world.people["homeroom"]
    world.do(lambda work: setattr(work.session.get_one(Task, task), "assignee_id", person))

    assert listed(world, Wanted(text="chu nhiem thu")) == [other]
    assert listed(world, Wanted(text="hieu truong mau")) == [one]


def test_filters_find_children_too(world: World) -> None:
    top = begin_tree(world)
    people = [one.id for one in children_of(world)]
    school = world.units["school"]
    member = world.staff_id("homeroom")
    world.do(lambda work: work.session.get_one(ProcessInstance, people[0]).__setattr__("subject_id", member))

    assert listed(world, Wanted(key="child")) == people[::-1]
    assert listed(world, Wanted(key="nothing")) == []
    assert listed(world, Wanted(unit_id=school)) == [*people[::-1], top]
    assert listed(world, Wanted(unit_id=world.units["other_school"])) == []
    assert listed(world, Wanted(text="chu nhiem thu")) == [people[0]]
    assert listed(world, Wanted(text="THCS mau", key="parent")) == [top]
    assert listed(world, Wanted(text="%")) == []
    # A mark alone is no letter of any name.
    assert listed(world, Wanted(text="\u0301")) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("6A", ["6A"]),
        ("lớp 6a", ["6A"]),
        ("LOP 6A", ["6A"]),
        ("6A thcs mau", ["6A"]),
        ("6A THCS Khác", []),
        ("6", []),
        ("la 1", ["Lá 1"]),
        ("Lá1", ["Lá 1"]),
        ("lớp", []),
    ],
)
def test_classes_are_found_by_name_in_every_unit(world: World, words: str, found: list[str]) -> None:
    world.publish("simple", simple("a"))
    kinds = [("6A", world.classes["6A"]), ("Lá 1", add_class(world, "Lá 1"))]
    runs = {name: world.begin("simple") for name, _ in kinds}
    world.begin("simple")

    def about(work):  # type: ignore[no-untyped-def]
        for name, class_id in kinds:
            run = work.session.get_one(ProcessInstance, runs[name])
            run.subject_kind, run.subject_id = SubjectKind.CLASS, class_id

    world.do(about)

    assert listed(world, Wanted(text=words)) == [runs[name] for name in found]


def test_what_is_taught_in_a_class_is_found_with_its_name_or_the_procedure(world: World) -> None:
    world.publish("simple", simple("a"))
    run = world.begin("simple")

    def about(work):  # type: ignore[no-untyped-def]
        taught = work.session.scalars(
            select(TeachingAssignment).where(TeachingAssignment.class_id == world.classes["6A"])
        ).first()
        taught.subject_name = "Lịch sử và Địa lí"
        one = work.session.get_one(ProcessInstance, run)
        one.subject_kind, one.subject_id = SubjectKind.ASSIGNMENT, taught.id

    world.do(about)

    assert listed(world, Wanted(text="6A")) == []
    assert listed(world, Wanted(text="6a lich su")) == [run]
    assert listed(world, Wanted(text="6A toán")) == []
    assert listed(world, Wanted(text="6A", key="simple")) == [run]


def test_a_run_is_found_by_its_number(world: World) -> None:
    world.publish("simple", simple("a"))
    run = world.begin("simple")
    world.begin("simple")

    assert listed(world, Wanted(text=f" {run} ")) == [run]


def test_everybody_of_a_name_is_found_however_many_they_are(world: World) -> None:
    world.publish("simple", simple("a"))
    run = world.begin("simple")
    member = world.do(lambda work: add_namesakes(work, world.units["school"], 60))
    world.do(lambda work: work.session.get_one(ProcessInstance, run).__setattr__("subject_id", member))
    world.do(
        lambda work: work.session.get_one(ProcessInstance, run).__setattr__("subject_kind", SubjectKind.STAFF)
    )

    assert listed(world, Wanted(text="trùng tên")) == [run]


def add_namesakes(work: Any, unit_id: int, number: int) -> int:
    """Employ many people with one name; gives the last of them."""
    people = [
        Person(full_name="Lê Thị Trùng Tên", sort_key=f"x{one}", search_text="le thi trung ten")
        for one in range(number)
    ]
    work.session.add_all(people)
    work.session.flush()
    members = [
        StaffMember(
            unit_id=unit_id,
            person_id=person.id,
            employment=Employment.CONTRACT,
            category=StaffCategory.TEACHER,
            joined_on=TODAY,
        )
        for person in people
    ]
    work.session.add_all(members)
    work.session.flush()
    return members[-1].id


def add_class(world: World, name: str) -> int:
    def act(work):  # type: ignore[no-untyped-def]
        like = work.session.get_one(SchoolClass, world.classes["6A"])
        made = SchoolClass(
            unit_id=like.unit_id,
            name=name,
            grade=1,
            school_year=like.school_year,
            homeroom_teacher_id=like.homeroom_teacher_id,
        )
        work.session.add(made)
        work.session.flush()
        return made.id

    return world.do(act)


def test_pages_follow_one_another(world: World) -> None:
    world.publish("simple", simple("a"))
    ids = [world.begin("simple") for _ in range(5)]

    first = look(world, lambda s, a: instances_of(s, a, Wanted(), TODAY, limit=2))
    second = look(world, lambda s, a: instances_of(s, a, Wanted(), TODAY, limit=2, after=first.next))
    last = look(world, lambda s, a: instances_of(s, a, Wanted(), TODAY, limit=2, after=second.next))

    assert [row.id for page in (first, second, last) for row in page.rows] == ids[::-1]
    assert last.next is None


@pytest.mark.parametrize("who", ["principal", "district_head", "department_officer", "stranger"])
def test_only_administrators_of_a_department_look(world: World, who: str) -> None:
    with pytest.raises(NotPermitted):
        look(world, lambda s, a: instances_of(s, a, Wanted(), TODAY), who)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(), "ix_process_instance_top"),
        (Wanted(View.FINISHED), "ix_process_instance_top"),
        (Wanted(View.SUSPENDED), "ix_process_instance_held"),
        (Wanted(View.INCIDENT), "ix_incident_open"),
        (Wanted(unit_id=3), "ix_process_instance_unit"),
        (Wanted(text="chu nhiem thu"), "ix_process_instance_unit"),
        (Wanted(text="6A"), "ix_process_instance_unit"),
        (Wanted(text="hieu truong mau"), "ix_task_assignee"),
        (Wanted(key="simple"), "ix_process_instance_version"),
    ],
)
def test_no_list_reads_the_whole_table(world: World, wanted: Wanted, index: str) -> None:
    world.publish("simple", simple("a"))
    world.begin("simple")
    fill(world, 6000)
    settle(world.store)

    query = look(
        world,
        lambda session, actor: page_of_ids(
            session, operated_units(session, actor, TODAY), wanted, TODAY, None, 51
        ),
    )
    assert query is not None
    found = plan_of(world.store, query)

    assert "Seq Scan on process_instance" not in found
    # PostgreSQL may weigh two indexes that both serve.
    assert world.store.kind == "postgresql" or index in found, found


def fill(world: World, number: int) -> None:
    """Many children and finished ones of other units, a few runs that nobody called."""

    def act(work):  # type: ignore[no-untyped-def]
        version_id = work.session.scalar(select(ProcessInstance.version_id))
        units = list(world.units.values())
        rows = [
            {
                "version_id": version_id if one % 50 == 0 else other,
                "unit_id": units[one % len(units)],
                "subject_kind": SubjectKind.STAFF,
                "subject_id": 1000 + one,
                "subject_name": "",
                "area": "",
                "position": 0,
                "group_id": group if one % 40 else None,
                "state": InstanceState.RUNNING if one % 3 else InstanceState.FINISHED,
                "start_values": {},
                "revision": 0,
                "started_at": work.now,
            }
            for one in range(number)
        ]
        work.session.execute(insert(ProcessInstance), rows)

    other = world.publish("other", simple("a", key="other"))

    def add_group(work):  # type: ignore[no-untyped-def]
        one = ChildGroup(
            parent_id=work.session.scalar(select(ProcessInstance.id)),
            token="x",
            element_id="x",
            version_id=other,
            state=GroupState.OPEN,
            opened_at=work.now,
        )
        work.session.add(one)
        work.session.flush()
        return one.id

    group = world.do(add_group)
    world.do(act)

"""What happens around the steps: joiners and leavers, the ladder of a late officer, extensions."""

from datetime import date

import pytest
from sqlalchemy import select

from models.campaign import RosterState, SubjectKind
from models.journal import JournalEntry, JournalKind
from models.notification import Message, Notification
from models.person import Person
from models.school import Employment, StaffCategory, StaffMember
from tests.cast import STAFF, World
from tests.commands.chain import (
    CONFIRMED,
    assign,
    classes_done,
    confirm,
    entries,
    local,
    staff_done,
    the_school,
)
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.steering import deadlines, roster
from workflows.errors import DayOutOfReach, FormRefused, WorkUnfinished
from workflows.unit_of_work import UnitOfWork


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return the_school(store, clock)


@pytest.mark.parametrize("day", ["31/12/9999", "1899-01-01", "06/06/2023", "04/06/2022"])
def test_a_day_nobody_could_mean_is_refused_at_its_field(world: World, day: str) -> None:
    assign(world)
    for name in STAFF:
        confirm(world, name)

    with pytest.raises(FormRefused) as refused:
        world.complete("officer", "synchronise", sync_result="Xong", synchronised_on=day)

    assert isinstance(refused.value.problems["synchronised_on"], DayOutOfReach)


def test_a_joiner_and_a_leaver_in_the_middle_keep_the_total_exact(world: World) -> None:
    assign(world)
    for name in STAFF[:-1]:
        confirm(world, name)
    joiner = world.do(lambda work: _hire(work, world))
    world.do(
        lambda work: roster.join(
            work,
            actor=world.actor(work, "principal"),
            campaign_id=world.campaign_id,
            kind=SubjectKind.STAFF,
            subject_id=joiner,
        )
    )
    assert world.steps()["review_record"] == 2

    world.do(
        lambda work: roster.leave(
            work,
            actor=world.actor(work, "principal"),
            campaign_id=world.campaign_id,
            kind=SubjectKind.STAFF,
            subject_id=world.staff_id("visiting"),
            reason="hết hợp đồng",
        )
    )
    assert world.steps()["review_record"] == 1
    world.complete("officer", "review_record", "except", subject="Người Mới", reason="chưa nhận việc")
    world.complete("principal", "accept_exception", "accept", subject="Người Mới")

    states = [entry.state for entry in entries(world, SubjectKind.STAFF).values()]
    assert (
        states.count(RosterState.DONE),
        states.count(RosterState.LEFT),
        states.count(RosterState.EXCUSED),
    ) == (
        5,
        1,
        1,
    )
    assert world.steps()["synchronise"] == 1


def test_the_last_leaver_lets_the_school_go_on(world: World) -> None:
    assign(world)
    for name in STAFF[:-1]:
        confirm(world, name)

    world.do(
        lambda work: roster.leave(
            work,
            actor=world.actor(work, "principal"),
            campaign_id=world.campaign_id,
            kind=SubjectKind.STAFF,
            subject_id=world.staff_id("visiting"),
            reason="hết hợp đồng",
        )
    )

    assert world.steps()["synchronise"] == 1


def _hire(work: UnitOfWork, world: World) -> int:
    person = Person(full_name="Người Mới Đến", sort_key="den", honorific="Cô", email="")
    work.session.add(person)
    work.session.flush()
    member = StaffMember(
        unit_id=world.units["school"],
        person_id=person.id,
        employment=Employment.CONTRACT,
        category=StaffCategory.TEACHER,
        duty="",
        joined_on=date(2023, 6, 6),
        record={},
        record_times={},
    )
    work.session.add(member)
    work.session.flush()
    return member.id


def test_the_whole_ladder_of_a_late_officer(world: World) -> None:
    assign(world)
    told = []
    for day in ("2023-06-14", "2023-06-15", "2023-06-16", "2023-06-20"):
        world.clock.set(local(f"{day}T17:30"))
        world.run_worker()
        told.append((day, _people_told(world)))

    names = {id_: name for name, id_ in world.people.items()}
    reached = [{(message, names[person]) for message, person in step} for _, step in told]
    assert (Message.TASK_DUE_SOON, "officer") in reached[0]
    assert (Message.TASK_OVERDUE, "officer") in reached[1]
    assert (Message.TASK_ESCALATED, "principal") in reached[2]
    assert (Message.TASK_ESCALATED, "inspector") in reached[3]
    escalations = select(JournalEntry).where(JournalEntry.kind == JournalKind.ESCALATED)
    assert world.read(lambda session: session.scalars(escalations).all())


def _people_told(world: World) -> set[tuple[Message, int]]:
    query = select(Notification.message, Notification.person_id)
    return world.read(lambda session: {(message, person) for message, person in session.execute(query)})


def test_an_extension_moves_open_tasks_and_drawn_timers(world: World) -> None:
    assign(world)
    before = world.task("review_record", "Chủ Nhiệm")

    moved = world.do(
        lambda work: deadlines.extend(
            work,
            actor=world.actor(work, "department_officer"),
            campaign_id=world.campaign_id,
            key="staff",
            level="THCS",
            unit_id=None,
            due_at=local("2023-06-29T17:00"),
            reason="mưa bão",
        )
    )

    after = world.task("review_record", "Chủ Nhiệm")
    assert moved >= 6
    query = select(Notification.person_id, Notification.details, Notification.task_id).where(
        Notification.message == Message.DEADLINE_EXTENDED
    )
    told = world.read(lambda session: session.execute(query).all())
    assert len({row.person_id for row in told}) == len(told)
    (officer,) = [row for row in told if row.person_id == world.people["officer"]]
    assert officer.details["count"] >= 6
    assert officer.details["due_at"] == "2023-06-29T10:00:00+00:00"
    assert officer.task_id is None
    assert after.due_at == local("2023-06-29T17:00") > before.due_at
    assert after.next_rung_at > before.next_rung_at
    world.clock.set(local("2023-06-16T09:00"))
    world.run_worker()
    assert "look_into_delay" not in {
        task.element_id for task in world.open_tasks(unit_id=world.units["school"]) if task.role == "head"
    } or all(task.unit_id != world.units["school"] for task in world.open_tasks(element_id="look_into_delay"))


def test_a_late_school_is_shown_to_its_head(world: World) -> None:
    assign(world)
    world.clock.set(local("2023-06-16T09:00"))
    world.run_worker()

    delays = world.open_tasks(element_id="look_into_delay", unit_id=world.units["school"])
    assert len(delays) == 1


def test_a_school_is_not_confirmed_while_somebody_who_joined_late_is_open(world: World) -> None:
    staff_done(world)
    classes_done(world)
    joiner = world.do(lambda work: _hire(work, world))
    world.do(
        lambda work: roster.join(
            work,
            actor=world.actor(work, "principal"),
            campaign_id=world.campaign_id,
            kind=SubjectKind.STAFF,
            subject_id=joiner,
        )
    )

    with pytest.raises(WorkUnfinished, match="1"):
        world.complete("principal", "confirm_school", "confirm", **CONFIRMED)

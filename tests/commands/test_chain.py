"""P1 and the whole chain to the accepted report, through the commands, for schools of every level."""

import pytest
from sqlalchemy import select

from models.campaign import RosterState, SubjectKind
from models.document import Document
from models.instance import Incident, InstanceState, ProcessInstance
from models.school import Grade, StaffMember
from tests.cast import STAFF, World
from tests.commands.chain import (
    CONFIRMED,
    approve_all,
    assign,
    classes_done,
    confirm,
    entries,
    report_staff,
    staff_done,
    the_school,
)
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.work import tasks
from workflows.commands.work.answers import Answer
from workflows.errors import FormRefused, NotPermitted


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return the_school(store, clock)


@pytest.mark.parametrize(
    ("levels", "superior", "acceptor"),
    [
        ("MN", "district", "inspector"),
        ("TH", "district", "inspector"),
        ("THCS", "district", "second_inspector"),
        ("THPT", "department", "department_officer"),
        ("GDTX", "department", "department_officer"),
        ("TH,THCS", "district", "inspector"),
    ],
)
def test_a_school_of_every_level_reaches_the_accepted_report(
    store: Store, clock: FixedClock, levels: str, superior: str, acceptor: str
) -> None:
    world = the_school(store, clock, levels=levels, superior=superior)

    staff_done(world)
    classes_done(world)
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)
    world.complete(acceptor, "accept_report", "accept")

    assert entries(world, SubjectKind.SCHOOL)[f"Trường {levels} Mẫu"].state is RosterState.DONE
    for kind in (SubjectKind.STAFF, SubjectKind.CLASS, SubjectKind.PUPIL):
        assert {entry.state for entry in entries(world, kind).values()} == {RosterState.DONE}
    assert world.steps() == {"assign_officer": 1}  # of the other school
    kinds = world.read(lambda session: session.scalars(select(Document.kind)).all())
    assert sorted(set(kinds)) == ["class_minutes", "person_confirmation", "school_report", "staff_handover"]
    assert not world.read(lambda session: session.scalars(select(Incident)).all())


def test_the_superior_returns_the_report(world: World) -> None:
    staff_done(world)
    classes_done(world)
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)

    world.complete("inspector", "accept_report", "return", reason="thiếu báo cáo lớp ghép")

    task = world.task("confirm_school")
    assert task.returned_reason == "thiếu báo cáo lớp ghép"
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED, remarks="đã bổ sung báo cáo")
    world.complete("second_inspector", "accept_report", "accept")
    assert entries(world, SubjectKind.SCHOOL)["Trường THCS Mẫu"].state is RosterState.DONE


def test_only_the_superior_of_the_line_accepts(world: World) -> None:
    staff_done(world)
    classes_done(world)
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)

    for name in ("department_officer", "principal", "stranger"):
        with pytest.raises(NotPermitted):
            world.complete(name, "accept_report", "accept")


def test_the_four_criteria_must_be_confirmed_by_name(world: World) -> None:
    staff_done(world)
    classes_done(world)

    with pytest.raises(FormRefused) as refused:
        world.complete("principal", "confirm_school", "confirm", correct="on", complete="on", clean="on")

    assert set(refused.value.problems) == {"live"}


def test_the_head_returns_named_persons_only(world: World) -> None:
    assign(world)
    for name in STAFF:
        confirm(world, name)
    report_staff(world)
    returned = {world.staff_id("homeroom"): "sai trình độ", world.staff_id("visiting"): "thiếu hợp đồng"}

    world.complete("principal", "head_check", "return", returned=returned)

    assert world.steps()["review_record"] == 2
    assert {task.returned_reason for task in world.open_tasks(element_id="review_record")} == set(
        returned.values()
    )
    for name in ("homeroom", "visiting"):
        confirm(world, name, "đã đối chiếu")
    report_staff(world)
    world.complete("principal", "head_check", "accept")
    rounds = {name: entry.round for name, entry in entries(world, SubjectKind.STAFF).items()}
    assert sorted(rounds.values()) == [1, 1, 1, 1, 2, 2]


def test_the_step_is_not_done_while_one_person_is_open(world: World) -> None:
    assign(world)
    for name in STAFF[:-1]:
        confirm(world, name)

    assert "synchronise" not in world.steps()
    world.complete("officer", "review_record", "except", subject="Thỉnh Giảng", reason="đi học xa")
    assert "synchronise" not in world.steps()
    assert world.task("accept_exception").note == "đi học xa"
    world.complete("principal", "accept_exception", "accept", subject="Thỉnh Giảng")

    assert world.steps()["synchronise"] == 1
    assert entries(world, SubjectKind.STAFF)["Thỉnh Giảng Giả"].state is RosterState.EXCUSED


def test_a_person_refuses_what_is_wrong_in_their_record(world: World) -> None:
    assign(world)
    world.complete("officer", "review_record", "ready", subject="Chủ Nhiệm")

    world.complete("homeroom", "confirm_record", "disagree", subject="Chủ Nhiệm", reason="sai ngày sinh")

    assert world.task("review_record", "Chủ Nhiệm").returned_reason == "sai ngày sinh"


def test_nobody_confirms_for_somebody_else(world: World) -> None:
    assign(world)
    world.complete("officer", "review_record", "ready", subject="Chủ Nhiệm")
    task = world.task("confirm_record", "Chủ Nhiệm")

    with pytest.raises(NotPermitted):
        world.do(
            lambda work: tasks.complete(
                work, task_id=task.id, actor=world.actor(work, "officer"), answer=Answer("confirm")
            )
        )
    with pytest.raises(NotPermitted):
        world.do(
            lambda work: tasks.hand_over(
                work,
                task_id=task.id,
                actor=world.actor(work, "principal"),
                to_person_id=world.people["officer"],
                reason="bận",
            )
        )


def test_every_instance_ends_when_the_campaign_is_done(world: World) -> None:
    staff_done(world)
    classes_done(world)
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)
    world.complete("inspector", "accept_report", "accept")

    running = select(ProcessInstance).where(
        ProcessInstance.unit_id == world.units["school"], ProcessInstance.state == InstanceState.RUNNING
    )
    assert not world.read(lambda session: session.scalars(running).all())
    assert world.read(lambda session: session.scalars(select(Grade.final)).all()) == [8.0] * 6


def test_confirming_a_record_makes_it_live(world: World) -> None:
    assign(world)
    confirm(world, "homeroom")
    approve_all(world, "review_pupils", "6A")

    now = world.clock.now().isoformat()
    member = world.read(lambda session: session.get_one(StaffMember, world.staff_id("homeroom")))
    assert {"birth_date", "personal_id"} <= set(member.record_times)
    assert set(member.record_times.values()) == {now}
    assert all(set(pupil.record_times.values()) == {now} for pupil in world.pupils("6A"))

"""Newcomers on the roster page: namesakes, mistakes, reports sent up, accounts; and what a leaver leaves behind."""

import pytest
from flask import Flask
from sqlalchemy import select

from models.campaign import RosterState, SubjectKind
from models.journal import JournalEntry, JournalKind
from models.person import Appointment, Person
from models.school import StaffMember
from tests.cast import World
from tests.conftest import Store
from tests.web.territory import Enter, entrance, running_world
from tests.web.test_roster import NEW_STAFF, proof
from web.composition import Composition
from workflows.clock import FixedClock

NAME = NEW_STAFF["full_name"]


@pytest.fixture
def world(sqlite_store: Store, clock: FixedClock, parts: Composition) -> World:
    return running_world(sqlite_store, clock, parts)


@pytest.fixture
def enter(app: Flask, world: World) -> Enter:
    return entrance(app)


@pytest.fixture
def at(world: World) -> str:
    return f"/campaigns/{world.campaign_id}/roster/{world.units['school']}"


def member_named(world: World, name: str = NAME) -> StaffMember:
    query = select(StaffMember).join(Person).where(Person.full_name == name)
    return world.read(lambda session: session.scalars(query).one())


def test_a_namesake_is_asked_about_once_and_nothing_is_lost(world: World, enter: Enter, at: str) -> None:
    client = enter("principal")
    client.send(f"{at}/staff", **NEW_STAFF)
    again = {**NEW_STAFF, "full_name": "mới đến  thử", "request_key": "t" * 32}

    asked = client.send(f"{at}/staff", **again)

    assert asked.status_code == 422
    assert 'name="same_name"' in asked.text
    assert "Giáo viên Nhạc" in asked.text
    assert proof(world, SubjectKind.STAFF).joined == 1
    assert client.send(f"{at}/staff", **again, same_name="1").status_code == 303
    assert proof(world, SubjectKind.STAFF).joined == 2


def test_who_left_the_roster_is_not_entered_a_second_time_unasked(
    world: World, enter: Enter, at: str
) -> None:
    client = enter("principal")
    client.send(f"{at}/staff", **NEW_STAFF)
    gone = {"kind": "staff", "subject": member_named(world).id, "reason": "Chuyển trường"}
    client.send(f"{at}/leave", **gone, request_key="l" * 32)

    asked = client.send(f"{at}/staff", **{**NEW_STAFF, "request_key": "t" * 32})

    assert asked.status_code == 422
    assert 'name="same_name"' in asked.text
    assert "đã rời danh sách này ngày 05/06/2023" in asked.text
    again = {**NEW_STAFF, "request_key": "t" * 32, "same_name": "1"}
    assert client.send(f"{at}/staff", **again).status_code == 303


def test_a_pupil_of_a_name_that_is_there_is_asked_about(world: World, enter: Enter, at: str) -> None:
    known = world.pupils("6A")[0].full_name
    form = {"kind": "pupil", "full_name": known, "class_id": world.classes["6B"]}

    asked = enter("principal").send(f"{at}/pupils", **form, request_key="p" * 32)

    assert asked.status_code == 422
    assert 'name="same_name"' in asked.text


def test_the_typed_name_stands_in_the_record(world: World, enter: Enter, at: str) -> None:
    enter("principal").send(f"{at}/staff", **NEW_STAFF)

    assert member_named(world).record == {"full_name": NAME}


def test_who_was_entered_by_mistake_goes_without_a_trace_in_the_figures(
    world: World, enter: Enter, at: str
) -> None:
    officer = str(world.people["officer"])
    world.complete("principal", "assign_officer", "assign", subject="THCS", officer=officer)
    client, before = enter("principal"), world.steps()["review_record"]
    client.send(f"{at}/staff", **NEW_STAFF)
    member = member_named(world)
    assert "Nhập nhầm" in client.get(at).text

    client.send(f"{at}/mistakes", kind="staff", subject=member.id, request_key="m" * 32)

    staff = proof(world, SubjectKind.STAFF)
    assert (staff.start, staff.joined, staff.left, staff.must) == (6, 0, 0, 6)
    assert world.steps()["review_record"] == before
    # Nobody is offered them again, and they teach here no more.
    assert NAME not in client.get(at).text.split('id="new"')[1]
    held = select(Appointment.until_on).filter_by(person_id=member.person_id)
    assert None not in world.read(lambda session: session.scalars(held).all())
    told = select(JournalEntry).filter_by(kind=JournalKind.SUBJECT_LEFT)
    assert [one.details["mistake"] for one in world.read(lambda session: session.scalars(told).all())] == [
        True
    ]


def test_whom_somebody_worked_on_is_no_mistake_any_more(world: World, enter: Enter, at: str) -> None:
    officer = str(world.people["officer"])
    world.complete("principal", "assign_officer", "assign", subject="THCS", officer=officer)
    client = enter("principal")
    client.send(f"{at}/staff", **NEW_STAFF)
    world.complete("officer", "review_record", "except", subject=NAME, reason="chưa nhận việc")

    answer = client.send(f"{at}/mistakes", kind="staff", subject=member_named(world).id, request_key="m" * 32)

    assert answer.status_code == 422
    assert "Nhập nhầm" not in client.get(at).text
    start = client.send(
        f"{at}/mistakes", kind="staff", subject=world.staff_id("visiting"), request_key="n" * 32
    )
    assert start.status_code == 422
    assert proof(world, SubjectKind.STAFF).must == 7


@pytest.mark.parametrize("first", ["leave", "mistakes"])
@pytest.mark.parametrize("second", ["leave", "mistakes"])
def test_who_is_off_the_roster_already_is_told_by_whom_and_when(
    world: World, enter: Enter, at: str, first: str, second: str
) -> None:
    client = enter("principal")
    client.send(f"{at}/staff", **NEW_STAFF)
    form = {"kind": "staff", "subject": member_named(world).id, "reason": "Chuyển trường"}
    client.send(f"{at}/{first}", **form, request_key="1" * 32)

    answer = client.send(f"{at}/{second}", **form, request_key="2" * 32)

    assert answer.status_code == 409
    told = f"{NAME} đã được cô Hiệu Trưởng Mẫu đưa ra khỏi danh sách lúc 08:00 05/06/2023"
    assert told in answer.text
    assert enter("stranger").send(f"{at}/{second}", **form).status_code == 403


@pytest.mark.parametrize(("who", "status"), [("inspector", 403), ("stranger", 403), ("homeroom", 403)])
def test_only_the_head_takes_somebody_out(world: World, enter: Enter, at: str, who: str, status: int) -> None:
    enter("principal").send(f"{at}/staff", **NEW_STAFF)
    subject = member_named(world).id

    assert enter(who).send(f"{at}/mistakes", kind="staff", subject=subject).status_code == status
    assert proof(world, SubjectKind.STAFF).joined == 1


def test_who_joined_without_an_account_is_pointed_out(world: World, enter: Enter, at: str) -> None:
    client = enter("principal")

    client.send(f"{at}/staff", **NEW_STAFF)

    page, person_id = client.get(at).text, member_named(world).person_id
    assert f"/organisation/{world.units['school']}/people/{person_id}" in page
    progress = f"/progress/people/{person_id}?campaign={world.campaign_id}&unit={world.units['school']}"
    assert "chưa có tài khoản" in client.get(progress).text


def test_a_leaver_with_a_class_and_open_tasks_is_named_with_them(world: World, enter: Enter, at: str) -> None:
    client, homeroom = enter("principal"), world.staff_id("homeroom")
    task = world.task("review_pupils", "6A")

    moved = client.send(
        f"{at}/leave", kind="staff", subject=homeroom, reason="Chuyển công tác", request_key="1" * 32
    )

    page = client.get(moved.location).text
    assert "chủ nhiệm lớp 6A" in page
    assert f"/tasks/{task.id}" in page
    progress = client.get(f"/progress?campaign={world.campaign_id}&unit={world.units['school']}").text
    assert "cần người thay" in progress
    assert world.task("review_pupils", "6A").assignee_id == world.people["homeroom"]


def test_once_the_report_is_up_the_page_says_what_to_do(world: World, enter: Enter, at: str) -> None:
    client = enter("principal")
    entry = select(StaffMember.id).where(StaffMember.unit_id == world.units["school"])
    assert world.read(lambda session: session.scalars(entry).all())

    def accepted(work):  # type: ignore[no-untyped-def]
        from models.campaign import RosterEntry

        school = work.session.scalars(
            select(RosterEntry).filter_by(kind=SubjectKind.SCHOOL, subject_id=world.units["school"])
        ).one()
        school.state = RosterState.DONE

    world.do(accepted)

    refused = client.send(f"{at}/staff", **NEW_STAFF)

    assert refused.status_code == 422
    assert "đợt sau" in refused.text
    assert NAME in refused.text
    assert proof(world, SubjectKind.STAFF).joined == 0

"""The head sends back exactly what is wrong: classes, persons or grades, while all else stays accepted (C5)."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.document import Document
from models.instance import Incident
from tests.cast import World
from tests.commands.chain import (
    CONFIRMED,
    approve_all,
    class_reported,
    classes_done,
    confirm,
    enter_grades,
    entries,
    report_staff,
    staff_done,
    the_school,
)
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.work import records
from workflows.errors import FormRefused, NotPermitted, SubjectUnknown
from workflows.unit_of_work import UnitOfWork


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return the_school(store, clock)


def class_entry(world: World, name: str = "6A") -> RosterEntry:
    return entries(world, SubjectKind.CLASS)[name]


@pytest.mark.parametrize("step", ["review_pupils", "enter_grades"])
def test_a_head_who_refuses_support_does_not_return_the_class(world: World, step: str) -> None:
    who = "homeroom" if step == "review_pupils" else "visiting"
    world.complete(who, step, "cannot", subject="6A", reason="nghỉ ốm")

    world.complete("principal", "assign_support", "refuse", subject="6A", reason="chỉ còn hai em")

    assert world.task(step, "6A").returned_reason == "chỉ còn hai em"
    assert (class_entry(world).state, class_entry(world).round) == (RosterState.OPEN, 1)


def reported(world: World) -> None:
    staff_done(world)
    classes_done(world)
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)


def returned_by_superior(world: World) -> None:
    reported(world)
    world.complete("inspector", "accept_report", "return", reason="lớp 6A và một nhân sự chưa đạt")


def return_class(world: World, reason: str = "thiếu mã định danh") -> None:
    world.complete("principal", "confirm_school", "return_classes", returned={world.classes["6A"]: reason})


def sign_again(world: World) -> None:
    world.complete("homeroom", "sign_minutes", "report", subject="6A")
    world.complete("principal", "check_class", "confirm", subject="6A")


def steps_of_school(world: World) -> dict[str, int]:
    steps = Counter(task.element_id for task in world.open_tasks(unit_id=world.units["school"]))
    return dict(steps)


def test_a_returned_class_comes_back_alone_to_its_teacher_with_the_reason(world: World) -> None:
    returned_by_superior(world)

    return_class(world)

    assert steps_of_school(world) == {"review_returned": 1}
    task = world.task("review_returned", "6A")
    assert (task.assignee_id, task.returned_reason) == (world.people["homeroom"], "thiếu mã định danh")
    assert (class_entry(world).state, class_entry(world).round) == (RosterState.RETURNED, 2)
    assert class_entry(world, "6B").state is RosterState.DONE
    assert {entry.state for entry in entries(world, SubjectKind.PUPIL).values()} == {RosterState.DONE}


def test_a_returned_class_is_corrected_signed_and_the_school_reports_again(world: World) -> None:
    returned_by_superior(world)
    return_class(world)

    world.complete("homeroom", "review_returned", "done", subject="6A", reason="đã rà lại")
    sign_again(world)
    assert steps_of_school(world) == {"confirm_school": 1}
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)
    world.complete("inspector", "accept_report", "accept")

    assert class_entry(world).state is RosterState.DONE
    assert entries(world, SubjectKind.SCHOOL)["Trường THCS Mẫu"].state is RosterState.DONE
    assert steps_of_school(world) == {}
    minutes = class_minutes(world)
    assert len(minutes) == 3  # 6A twice, 6B once
    assert [one["reason"] for one in minutes[-1]["returns"]] == ["thiếu mã định danh"]
    assert len(minutes[-1]["informed"]) == 1  # the parents were informed in the first round


def test_single_pupils_of_a_returned_class_are_reviewed_again(world: World) -> None:
    returned_by_superior(world)
    return_class(world)
    world.complete("homeroom", "review_returned", "done", subject="6A", reason="đã rà lại")
    world.complete("homeroom", "sign_minutes", "report", subject="6A")
    first = world.pupils("6A")[0]

    world.complete("principal", "check_class", "return_pupils", subject="6A", returned={first.id: "trùng mã"})

    approve_all(world, "review_returned", "6A")
    world.complete("homeroom", "review_returned", "done", subject="6A")
    sign_again(world)
    assert entries(world, SubjectKind.PUPIL)[first.full_name].round == 2
    assert steps_of_school(world) == {"confirm_school": 1}


def test_grades_of_a_returned_class_go_to_the_subject_teacher_with_the_words_of_the_homeroom_teacher(
    world: World,
) -> None:
    returned_by_superior(world)
    return_class(world, "điểm Toán học kỳ 2 sai")

    world.complete("homeroom", "review_returned", "grades", subject="6A", reason="xem điểm Toán em thứ hai")

    task = world.task("enter_grades", "6A")
    assert (task.assignee_id, task.note) == (world.people["visiting"], "xem điểm Toán em thứ hai")
    assert class_entry(world).round == 2
    world.complete("visiting", "enter_grades", "done", subject="6A")
    sign_again(world)
    assert steps_of_school(world) == {"confirm_school": 1}


def test_the_head_who_checks_a_class_returns_its_grades(world: World) -> None:
    class_reported(world, "6A", "homeroom")

    world.complete("principal", "check_class", "return_grades", subject="6A", reason="thiếu điểm giữa kỳ")

    task = world.task("enter_grades", "6A")
    assert (task.assignee_id, task.returned_reason) == (world.people["visiting"], "thiếu điểm giữa kỳ")
    assert (class_entry(world).state, class_entry(world).round) == (RosterState.RETURNED, 2)
    enter_grades(world, "6A")
    assert "inform_parents" not in {one.element_id for one in world.open_tasks(subject_name="6A")}
    sign_again(world)
    assert class_entry(world).state is RosterState.DONE


def test_returned_persons_are_reviewed_again_by_the_same_officer(world: World) -> None:
    returned_by_superior(world)

    world.complete(
        "principal", "confirm_school", "return_persons", returned={world.staff_id("visiting"): "hết hợp đồng"}
    )

    assert steps_of_school(world) == {"review_record": 1}
    task = world.task("review_record", "Thỉnh Giảng")
    assert (task.assignee_id, task.returned_reason) == (world.people["officer"], "hết hợp đồng")
    confirm(world, "visiting", "đã đối chiếu")
    report_staff(world)
    world.complete("principal", "head_check", "accept")
    assert steps_of_school(world) == {"confirm_school": 1}
    states = {(entry.state, entry.round) for entry in entries(world, SubjectKind.STAFF).values()}
    assert states == {(RosterState.DONE, 1), (RosterState.DONE, 2)}


def test_classes_and_persons_come_back_one_after_the_other_as_often_as_needed(world: World) -> None:
    returned_by_superior(world)
    for _ in range(2):
        return_class(world)
        world.complete("homeroom", "review_returned", "done", subject="6A", reason="đã rà lại")
        sign_again(world)
        world.complete(
            "principal", "confirm_school", "return_persons", returned={world.staff_id("deputy"): "sai ngạch"}
        )
        confirm(world, "deputy", "đã đối chiếu")
        report_staff(world)
        world.complete("principal", "head_check", "accept")

    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)
    world.complete("inspector", "accept_report", "accept")

    assert steps_of_school(world) == {}
    assert class_entry(world).round == 3
    assert not world.read(lambda session: session.scalars(select(Incident)).all())


def test_the_alarm_of_the_class_deadline_gives_a_returned_class_a_working_day(world: World) -> None:
    returned_by_superior(world)
    world.clock.set(datetime(2023, 6, 20, 2, tzinfo=UTC))
    world.run_worker()

    return_class(world)
    world.run_worker()

    assert steps_of_school(world) == {"review_returned": 1}


def test_only_classes_of_the_school_with_a_reason_each_can_be_returned(world: World) -> None:
    returned_by_superior(world)

    with pytest.raises(SubjectUnknown):
        world.complete("principal", "confirm_school", "return_classes", returned={999_999: "lạ"})
    for returned in ({}, {world.classes["6A"]: " "}):
        with pytest.raises(FormRefused):
            world.complete("principal", "confirm_school", "return_classes", returned=returned)
    with pytest.raises(NotPermitted):
        world.complete("stranger", "confirm_school", "return_classes", returned={world.classes["6A"]: "x"})

    assert steps_of_school(world) == {"confirm_school": 1}
    assert class_entry(world).state is RosterState.DONE


def class_minutes(world: World) -> list[dict[str, Any]]:
    query = select(Document.content).where(Document.kind == "class_minutes").order_by(Document.id)
    contents = world.read(lambda session: session.scalars(query).all())
    return sorted(contents, key=lambda content: content["class_name"] == "6A")


def test_a_returned_class_needs_a_correction_or_an_answer_that_reaches_the_papers(world: World) -> None:
    returned_by_superior(world)
    return_class(world)

    with pytest.raises(FormRefused) as refused:
        world.complete("homeroom", "review_returned", "done", subject="6A")
    assert list(refused.value.problems) == ["reason"]

    world.complete("homeroom", "review_returned", "done", subject="6A", reason="đã đối chiếu, đủ mã")
    assert world.task("sign_minutes", "6A").note == "đã đối chiếu, đủ mã"
    sign_again(world)
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)
    newest = select(Document).order_by(Document.id.desc())
    of_school, of_class = (newest.filter_by(kind=kind) for kind in ("school_report", "class_minutes"))
    report = world.read(lambda session: session.scalars(of_school).first())
    minutes = world.read(lambda session: session.scalars(of_class).first())
    assert minutes is not None
    assert [row["answer"] for row in minutes.content["returns"]] == ["đã đối chiếu, đủ mã"]
    assert report is not None
    assert [(row["name"], row["reason"], row["answer"]) for row in report.content["returns"]] == [
        (report.content["returns"][0]["name"], "lớp 6A và một nhân sự chưa đạt", "Đã gửi lại"),
        ("6A", "thiếu mã định danh", "đã đối chiếu, đủ mã"),
    ]


def test_a_correction_answers_for_a_returned_class(world: World) -> None:
    returned_by_superior(world)
    return_class(world)
    pupil = world.pupils("6A")[0]

    def correct(work: UnitOfWork) -> None:
        records.correct(
            work,
            kind="pupil",
            subject_id=pupil.id,
            values={"birth_date": "04/02/2011"},
            revision=pupil.revision,
            actor=world.actor(work, "homeroom"),
            task_id=world.task("review_returned", "6A").id,
        )

    world.do(correct)

    world.complete("homeroom", "review_returned", "done", subject="6A")


def test_a_returned_person_needs_a_correction_or_an_answer(world: World) -> None:
    staff_done(world)
    classes_done(world)
    deputy = world.staff_id("deputy")
    world.complete("principal", "confirm_school", "return_persons", returned={deputy: "thiếu bằng cấp"})

    with pytest.raises(FormRefused):
        world.complete("officer", "review_record", "ready", subject="Phó Hiệu Trưởng Thử")
    world.complete(
        "officer", "review_record", "ready", subject="Phó Hiệu Trưởng Thử", reason="đã bổ sung bản sao"
    )

    assert world.task("confirm_record", "Phó Hiệu Trưởng Thử").note == "đã bổ sung bản sao"


def test_who_was_never_returned_is_asked_for_no_answer(world: World) -> None:
    world.complete(
        "principal", "assign_officer", "assign", subject="Mẫu", officer=str(world.people["officer"])
    )

    world.complete("officer", "review_record", "ready", subject="Phó Hiệu Trưởng Thử")


def test_a_returned_report_goes_up_again_with_words_where_nothing_was_returned_or_corrected(
    world: World,
) -> None:
    returned_by_superior(world)

    with pytest.raises(FormRefused) as refused:
        world.complete("principal", "confirm_school", "confirm", **CONFIRMED)
    assert list(refused.value.problems) == ["remarks"]

    world.complete(
        "principal", "confirm_school", "confirm", **CONFIRMED, remarks="đã đối chiếu, số liệu đúng"
    )
    assert steps_of_school(world) == {"accept_report": 1}


def test_a_class_returned_from_the_report_answers_for_it(world: World) -> None:
    returned_by_superior(world)
    return_class(world)
    world.complete("homeroom", "review_returned", "done", subject="6A", reason="đã rà lại")
    sign_again(world)

    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)

    assert steps_of_school(world) == {"accept_report": 1}

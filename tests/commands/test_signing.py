"""Signing through the shipped procedures: what is shown, what is stored, what is refused."""

from typing import Any

import pytest
from sqlalchemy import update

from models.catalogue import FieldDefinition
from models.journal import JournalEntry
from models.person import Appointment, Person
from models.school import StaffMember
from models.task import Task
from tests.cast import World, build_world
from tests.conftest import Store
from tests.signing_steps import (
    approve,
    assign_officer,
    confirm,
    documents,
    full_name,
    get_help,
    holds,
    look,
    print_now,
    review_class,
    signatures,
)
from workflows.clock import FixedClock
from workflows.commands.evidence import printing
from workflows.commands.evidence.contents.parties import LONGEST_CAPACITY
from workflows.commands.work import records, taking_back, tasks
from workflows.commands.work.answers import Answer
from workflows.errors import DocumentVoid, ShownChanged, SignatureMissing
from workflows.records.minutes import content_digest

PDF = b"%PDF-"


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    """Give an authority whose campaign has just begun."""
    built = build_world(store, clock)
    built.publish_shipped()
    built.open_campaign()
    return built


def test_a_person_signs_exactly_what_was_shown(world: World) -> None:
    assign_officer(world)
    world.complete("officer", "review_record", "ready", subject=full_name("visiting"))

    shown = look(world, "visiting", "confirm_record", full_name("visiting"))
    world.clock.advance(hours=2)
    again = look(world, "visiting", "confirm_record", full_name("visiting"))
    world.complete("visiting", "confirm_record", "confirm", subject=full_name("visiting"))

    (document,) = documents(world)
    (signature,) = signatures(world, document)
    assert shown == again
    assert document.content == shown.content
    assert document.digest == shown.digest == content_digest(document.content)
    assert document.number == "1/BB-THCSM"
    assert document.content["person"]["name"] == full_name("visiting")
    assert document.content["officer"]["name"] == full_name("officer")
    assert document.content["employment"] == "Thỉnh giảng"
    assert signature.signer_id == world.people["visiting"]
    assert signature.block == "person"
    assert signature.capacity == "Giáo viên, Trường THCS Mẫu"
    assert signature.signed_at == world.clock.now()
    assert holds(world, document)


def test_corrections_of_the_campaign_stand_in_the_confirmation(world: World) -> None:
    assign_officer(world)
    task = world.task("review_record", full_name("visiting"))
    staff_id = world.staff_id("visiting")
    world.do(
        lambda work: records.correct(
            work,
            kind="staff",
            subject_id=staff_id,
            values={"birth_date": "13/04/1985"},
            revision=1,
            actor=world.actor(work, "officer"),
            task_id=task.id,
        )
    )

    confirm(world, "visiting")

    (document,) = documents(world)
    (correction,) = document.content["corrections"]
    assert correction == {
        "label": "Ngày sinh",
        "before": "12/04/1985",
        "after": "13/04/1985",
        "corrected_on": "2023-06-05",
    }
    assert {"label": "Ngày sinh", "value": "13/04/1985"} in document.content["fields"]


def test_sensitive_values_are_not_in_the_document_but_their_change_is_noticed(world: World) -> None:
    world.do(
        lambda work: work.session.execute(
            update(FieldDefinition).where(FieldDefinition.key == "personal_id").values(sensitive=True)
        )
    )
    assign_officer(world)
    world.complete("officer", "review_record", "ready", subject=full_name("visiting"))
    shown = look(world, "visiting", "confirm_record", full_name("visiting"))

    change_record(world, "visiting", personal_id="000000000777")

    changed = look(world, "visiting", "confirm_record", full_name("visiting"))
    printed = [row["value"] for row in changed.content["fields"] if row["label"] == "Mã định danh"]
    assert printed == ["Đã rà soát, không in vào biên bản"]
    assert "000000000777" not in str(changed.content)
    assert changed.digest != shown.digest


def change_record(world: World, who: str, **values: str) -> None:
    staff_id = world.staff_id(who)

    def change(work: Any) -> None:
        member = work.session.get_one(StaffMember, staff_id)
        member.record = {**member.record, **values}

    world.do(change)


def sign_with(world: World, who: str, step: str, outcome: str, digest: str | None, subject: str = "") -> None:
    task_id = world.task(step, subject).id
    answer = Answer(outcome, shown_digest=digest)
    world.do(lambda work: tasks.complete(work, task_id=task_id, actor=world.actor(work, who), answer=answer))


def test_nothing_is_signed_without_a_password_or_over_something_else(world: World) -> None:
    assign_officer(world)
    subject = full_name("visiting")
    world.complete("officer", "review_record", "ready", subject=subject)
    shown = look(world, "visiting", "confirm_record", subject)

    with pytest.raises(SignatureMissing):
        sign_with(world, "visiting", "confirm_record", "confirm", None, subject)
    change_record(world, "visiting", birth_date="1985-04-30")
    with pytest.raises(ShownChanged):
        sign_with(world, "visiting", "confirm_record", "confirm", shown.digest, subject)

    assert documents(world) == []
    assert world.task("confirm_record", subject)
    world.complete("visiting", "confirm_record", "confirm", subject=subject)
    assert documents(world)[0].number == "1/BB-THCSM"


def test_a_page_opened_before_midnight_is_signed_anew(world: World) -> None:
    assign_officer(world)
    subject = full_name("visiting")
    world.complete("officer", "review_record", "ready", subject=subject)
    shown = look(world, "visiting", "confirm_record", subject)

    world.clock.advance(days=1)

    with pytest.raises(ShownChanged):
        sign_with(world, "visiting", "confirm_record", "confirm", shown.digest, subject)


def test_sending_back_needs_no_signature(world: World) -> None:
    assign_officer(world)
    subject = full_name("visiting")
    world.complete("officer", "review_record", "ready", subject=subject)
    task_id = world.task("confirm_record", subject).id

    answer = Answer("disagree", reason="Sai ngày sinh")
    world.do(
        lambda work: tasks.complete(work, task_id=task_id, actor=world.actor(work, "visiting"), answer=answer)
    )

    assert documents(world) == []
    assert world.task("review_record", subject).returned_reason == "Sai ngày sinh"


def test_a_signature_taken_back_is_kept_and_marked(world: World) -> None:
    review_class(world, "colleague", "6B")
    world.clock.advance(minutes=1)
    task_id = world.complete("colleague", "sign_minutes", "report", subject="6B")
    (document,) = documents(world)
    before = print_now(world, document.id)

    world.do(lambda work: taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, "colleague")))

    (signature,) = signatures(world, document)
    assert signature.withdrawn_at == world.clock.now()
    assert world.read(lambda session: printing.kept_pdf(session, document.id)) is None
    with pytest.raises(DocumentVoid):
        print_now(world, document.id)
    world.clock.advance(minutes=5)
    world.complete("colleague", "sign_minutes", "report", subject="6B")
    assert [document.id] == [one.id for one in documents(world)]
    assert [one.withdrawn_at is None for one in signatures(world, document)] == [False, True]
    after = print_now(world, document.id)
    assert after != before
    assert after.startswith(PDF)
    assert holds(world, document)


def test_a_helper_signs_on_behalf_of_the_teacher(world: World) -> None:
    get_help(world)
    ids = review_class(world, "officer", "6A", objection="Sai nơi sinh")

    world.complete("officer", "sign_minutes", "report", subject="6A")

    (document,) = documents(world)
    (signature,) = signatures(world, document)
    content = document.content
    assert content["homeroom_teacher"]["name"] == full_name("homeroom")
    assert content["helper"] == {
        "name": full_name("officer"),
        "capacity": "Giáo viên",
        "assigned_by": full_name("principal"),
        "assigned_on": "2023-06-05",
        "reason": "Nghỉ ốm dài ngày",
    }
    assert [row["confirmed"] for row in content["pupils"]] == [True] * len(ids)
    assert content["returns"] == []
    assert content["objections"][0]["about"] == "Sai nơi sinh"
    assert content["objections"][0]["settled_on"] == "2023-06-05"
    assert content["informed"] == [
        {"channel": "Họp phụ huynh", "on": "2023-06-05", "pupils": len(ids), "note": ""}
    ]
    assert content["grades"][0]["entered_by"] == full_name("visiting")
    assert signature.signer_id == world.people["officer"]
    assert signature.on_behalf_of_id == world.people["homeroom"]
    assert "thay mặt cô Chủ Nhiệm Thử, giáo viên chủ nhiệm lớp 6A" in signature.capacity
    assert holds(world, document)


@pytest.mark.parametrize("helped", [False, True])
def test_grades_that_nobody_had_to_change_were_still_entered_by_somebody(world: World, helped: bool) -> None:
    review_class(world, "colleague", "6B")

    def forget(work: Any) -> None:
        work.session.execute(
            update(JournalEntry).where(JournalEntry.kind == "grades_entered").values(kind="task_claimed")
        )
        if helped:
            entered = update(Task).where(Task.element_id == "enter_grades", Task.state == "completed")
            work.session.execute(entered.values(accountable_id=world.people["homeroom"]))

    world.do(forget)

    (row,) = look(world, "colleague", "sign_minutes", "6B").content["grades"]
    behalf = f", thay mặt {full_name('homeroom')}" if helped else ""
    assert row["entered_by"] == full_name("visiting") + behalf
    assert row["entered_on"] == "2023-06-05"


def test_a_returned_pupil_makes_new_minutes_with_the_round_and_the_reason(world: World) -> None:
    ids = review_class(world, "colleague", "6B")
    world.complete("colleague", "sign_minutes", "report", subject="6B")
    world.complete(
        "principal", "check_class", "return_pupils", subject="6B", returned={ids[1]: "Thiếu nơi sinh"}
    )
    approve(world, "colleague", "review_returned", "6B", ids[1:2])
    world.complete("colleague", "review_returned", "done", subject="6B")

    world.complete("colleague", "sign_minutes", "report", subject="6B")

    first, second = documents(world, "class_minutes")
    assert (first.number, second.number) == ("1/BB-THCSM", "2/BB-THCSM")
    assert first.content["returns"] == []
    assert second.content["returns"] == [
        {
            "name": second.content["pupils"][1]["name"],
            "round": 1,
            "reason": "Thiếu nơi sinh",
            "returned_by": full_name("principal"),
            "returned_on": "2023-06-05",
            "settled_on": "2023-06-05",
            "answer": second.content["returns"][0]["answer"],
        }
    ]
    assert [row["returned"] for row in second.content["pupils"]] == [0, 1, 0]


def test_a_returned_class_signed_again_unchanged_is_another_document(world: World) -> None:
    review_class(world, "colleague", "6B")
    world.complete("colleague", "sign_minutes", "report", subject="6B")
    world.complete("principal", "check_class", "return_class", subject="6B", reason="Xem lại toàn bộ")
    world.complete("colleague", "review_returned", "done", subject="6B", reason="Đã xem lại")

    world.complete("colleague", "sign_minutes", "report", subject="6B")

    newest = documents(world, "class_minutes")[-1]
    assert [(row["name"], row["reason"]) for row in newest.content["returns"]] == [
        ("Cả lớp", "Xem lại toàn bộ")
    ]
    assert newest.number == "2/BB-THCSM"


def test_signers_of_one_unit_take_numbers_one_after_the_other(world: World) -> None:
    assign_officer(world)
    for who in ("visiting", "deputy"):
        confirm(world, who)
    world.clock.advance(days=250)
    confirm(world, "homeroom")

    numbers = [document.number for document in documents(world)]
    assert numbers == ["1/BB-THCSM", "2/BB-THCSM", "1/BB-THCSM"]


def test_a_long_capacity_is_cut_to_its_column(world: World) -> None:
    def lengthen(work: Any) -> None:
        person = work.session.get_one(Person, world.people["homeroom"])
        person.full_name = " ".join(["Công Tằng Tôn Nữ"] * 7)
        work.session.execute(
            update(StaffMember)
            .where(StaffMember.person_id == world.people["officer"])
            .values(
                duty="Nhân viên văn thư kiêm phụ trách công nghệ thông tin và cơ sở dữ liệu của nhà trường"
            )
        )

    world.do(lengthen)
    get_help(world)
    review_class(world, "officer", "6A")
    world.complete("officer", "sign_minutes", "report", subject="6A")

    (document,) = documents(world)
    assert len(signatures(world, document)[0].capacity) <= LONGEST_CAPACITY


def test_an_ended_appointment_leaves_the_words_of_that_day(world: World) -> None:
    assign_officer(world)
    confirm(world, "principal")
    (document,) = documents(world)
    ended = update(Appointment).where(Appointment.person_id == world.people["principal"])

    world.do(lambda work: work.session.execute(ended.values(until_on=world.clock.now().date())))
    world.clock.advance(days=30)

    assert signatures(world, document)[0].capacity == "Hiệu trưởng, Trường THCS Mẫu"
    assert holds(world, document)

"""Signing through the shipped procedures: what is shown, what is stored, what is refused, what can be checked."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, update

from models.catalogue import FieldDefinition
from models.document import Document, Signature
from models.instance import Incident
from models.journal import JournalEntry, JournalKind
from models.person import Appointment, Person
from models.school import StaffMember
from tests.cast import PEOPLE, STAFF, World, build_world
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands import grades, printing, pupils, records, signing, taking_back, tasks
from workflows.commands.answers import Answer
from workflows.commands.contents.parties import LONGEST_CAPACITY
from workflows.commands.grades import Marks
from workflows.errors import DocumentVoid, ShownChanged, SignatureMissing
from workflows.records.minutes import content_digest
from workflows.records.signatures import check_document, entries_of, signatures_of

PDF = b"%PDF-"


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    """Give an authority whose campaign has just begun."""
    built = build_world(store, clock)
    built.publish_shipped()
    built.open_campaign()
    return built


def full_name(who: str) -> str:
    return PEOPLE[who][0]


def assign_officer(world: World) -> None:
    world.complete(
        "principal", "assign_officer", "assign", subject="THCS", officer=str(world.people["officer"])
    )


def confirm(world: World, who: str) -> None:
    world.complete("officer", "review_record", "ready", subject=full_name(who))
    world.complete(who, "confirm_record", "confirm", subject=full_name(who))


def approve(world: World, who: str, step: str, class_name: str, pupil_ids: Sequence[int]) -> None:
    task = world.task(step, class_name)
    world.do(
        lambda work: pupils.approve(work, task_id=task.id, actor=world.actor(work, who), pupil_ids=pupil_ids)
    )


def review_class(world: World, who: str, class_name: str, objection: str = "") -> list[int]:
    """Bring a class to the point where its minutes are signed; give its pupils."""
    ids = [pupil.id for pupil in world.pupils(class_name)]
    approve(world, who, "review_pupils", class_name, ids)
    world.complete(who, "review_pupils", "done", subject=class_name)
    task = world.task("enter_grades", class_name)
    world.do(
        lambda work: grades.enter(
            work,
            task_id=task.id,
            actor=world.actor(work, "visiting"),
            marks={pupil_id: Marks("8", "9") for pupil_id in ids},
        )
    )
    world.complete("visiting", "enter_grades", "done", subject=class_name)
    world.complete(
        who, "inform_parents", "informed", subject=class_name, channel="meeting", informed_on="05/06/2023"
    )
    if objection:
        world.complete(who, "hear_objections", "objection", subject=class_name, returned={ids[0]: objection})
        approve(world, who, "review_reopened", class_name, ids[:1])
        world.complete(who, "review_reopened", "done", subject=class_name)
    world.complete(who, "hear_objections", "none", subject=class_name)
    return ids


def get_help(world: World) -> None:
    world.complete("homeroom", "review_pupils", "cannot", subject="6A", reason="Nghỉ ốm dài ngày")
    world.complete(
        "principal", "assign_support", "assign", subject="6A", supporter=str(world.people["officer"])
    )


def documents(world: World, kind: str = "") -> list[Document]:
    query = select(Document).order_by(Document.id)
    return world.read(lambda session: list(session.scalars(query.filter_by(kind=kind) if kind else query)))


def signatures(world: World, document: Document) -> list[Signature]:
    return world.read(lambda session: list(signatures_of(session, document.id)))


def look(world: World, who: str, step: str, subject: str = "") -> signing.Shown:
    """Look at what a page would show before signing."""
    task_id = world.task(step, subject).id
    return world.read(
        lambda session: signing.shown(
            session,
            world.engine,
            signing.signing_task(session, task_id, world.people[who]),
            world.clock.now(),
        )
    )


def print_now(world: World, document_id: int) -> bytes:
    printed = world.read(lambda session: printing.print_document(session, document_id))
    return world.do(lambda work: printing.keep(work, printed))


def holds(world: World, document: Document) -> bool:
    return world.read(
        lambda session: (
            check_document(
                session, session.get_one(Document, document.id), signatures_of(session, document.id)
            ).holds
        )
    )


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
        }
    ]
    assert [row["returned"] for row in second.content["pupils"]] == [0, 1, 0]


def test_a_returned_class_signed_again_unchanged_is_another_document(world: World) -> None:
    review_class(world, "colleague", "6B")
    world.complete("colleague", "sign_minutes", "report", subject="6B")
    world.complete("principal", "check_class", "return_class", subject="6B", reason="Xem lại toàn bộ")
    world.complete("colleague", "review_returned", "done", subject="6B")

    world.complete("colleague", "sign_minutes", "report", subject="6B")

    newest = documents(world, "class_minutes")[-1]
    assert [(row["name"], row["reason"]) for row in newest.content["returns"]] == [
        ("Cả lớp", "Xem lại toàn bộ")
    ]
    assert newest.number == "2/BB-THCSM"


def finish_school(world: World) -> None:
    assign_officer(world)
    for who in STAFF:
        confirm(world, who)
    world.complete("officer", "synchronise", "done", sync_result="6/6 hồ sơ", synchronised_on="05/06/2023")
    world.complete("officer", "report_and_hand_over", "report")
    world.complete("principal", "head_check", "accept")
    for class_name, who in (("6A", "homeroom"), ("6B", "colleague")):
        review_class(world, who, class_name)
        world.complete(who, "sign_minutes", "report", subject=class_name)
        world.complete("principal", "check_class", "confirm", subject=class_name)
    world.complete("principal", "confirm_school", "confirm", correct="1", complete="1", clean="1", live="1")


def test_every_kind_of_a_whole_school_is_printed_and_holds(world: World) -> None:
    finish_school(world)

    assert world.do(lambda work: printing.make_pending(work, limit=100)) == len(STAFF) + 4
    assert world.do(lambda work: printing.make_pending(work)) == 0

    kinds = {document.kind for document in documents(world)}
    assert kinds == {"person_confirmation", "staff_handover", "class_minutes", "school_report"}
    for document in documents(world):
        pdf = world.read(lambda session, id_=document.id: printing.kept_pdf(session, id_))
        assert pdf is not None
        assert pdf.startswith(PDF)
        assert print_now(world, document.id) == pdf
        assert holds(world, document)
    numbers = [document.number for document in documents(world)]
    assert numbers == [f"{number}/BB-THCSM" for number in range(1, 10)] + ["10/BC-THCSM"]


def test_the_handover_and_the_report_count_what_was_reviewed(world: World) -> None:
    finish_school(world)

    (handover,) = documents(world, "staff_handover")
    (report,) = documents(world, "school_report")
    assert handover.content["officer"]["name"] == full_name("officer")
    assert handover.content["head"] == {"name": full_name("principal"), "capacity": "Hiệu trưởng"}
    assert [row["confirmed"] for row in handover.content["staff"]] == [True] * len(STAFF)
    assert handover.content["synchronised"] == {"on": "2023-06-05", "result": "6/6 hồ sơ"}
    assert report.content["receiver"] == "Phòng GD&ĐT Quận Mẫu"
    assert [row["minutes"] for row in report.content["classes"]] == ["8/BB-THCSM", "9/BB-THCSM"]
    assert [row["confirmed"] for row in report.content["classes"]] == [3, 3]
    assert report.content["staff"] == [
        {"group": "Giáo viên", "total": len(STAFF), "confirmed": len(STAFF), "excepted": 0}
    ]
    assert set(report.content["criteria"]) == {"correct", "complete", "clean", "live"}


def test_the_four_criteria_that_the_head_confirmed_are_kept_in_words(world: World) -> None:
    finish_school(world)

    (report,) = documents(world, "school_report")
    (entry,) = world.read(lambda session: entries_of(session, report)).values()
    assert [label.split(":")[0] for label, value in entry.details["said"] if value == "Có"] == [
        "Đúng",
        "Đủ",
        "Sạch",
        "Sống",
    ]
    assert entry.details["said"][-1] == ["Kết quả", "Ký báo cáo cấp trên"]
    assert entry.details["answer"]["correct"] is True


@pytest.mark.parametrize(
    "alter",
    [
        update(Document).values(content={"person": "somebody else"}),
        update(Document).values(number="99/BB-THCSM"),
        update(Document).values(pdf=b"%PDF-forged"),
        update(Document).values(pdf=None),
        update(Signature).values(capacity="Hiệu trưởng"),
        update(Signature).values(block="head"),
        update(Signature).values(digest="0" * 64),
    ],
    ids=["content", "number", "pdf", "no_pdf", "capacity", "block", "digest"],
)
def test_what_was_altered_behind_our_back_is_found(world: World, alter: Any) -> None:
    assign_officer(world)
    confirm(world, "visiting")
    (document,) = documents(world)
    print_now(world, document.id)
    assert holds(world, document)

    world.do(lambda work: work.session.execute(alter))

    assert not holds(world, document)


def test_a_document_that_cannot_be_printed_does_not_stop_the_others(world: World) -> None:
    assign_officer(world)
    confirm(world, "visiting")
    confirm(world, "deputy")
    bad, _ = documents(world)
    forged = update(Document).where(Document.id == bad.id).values(content={**bad.content, "employment": ""})
    world.do(lambda work: work.session.execute(forged))

    assert world.do(lambda work: printing.make_pending(work)) == 1
    assert world.do(lambda work: printing.make_pending(work)) == 0

    (incident,) = world.read(lambda session: list(session.scalars(select(Incident))))
    assert incident.instance_id == bad.instance_id
    assert incident.cause.startswith("1/BB-THCSM")


def test_two_who_print_at_once_keep_one_pdf(world: World) -> None:
    assign_officer(world)
    confirm(world, "visiting")
    (document,) = documents(world)
    first, second = (
        world.read(lambda session: printing.print_document(session, document.id)) for _ in range(2)
    )

    kept = [world.do(lambda work, one=one: printing.keep(work, one)) for one in (first, second)]

    printed = select(JournalEntry).where(JournalEntry.kind == JournalKind.DOCUMENT_PRINTED)
    assert kept[0] == kept[1]
    assert len(world.read(lambda session: list(session.scalars(printed)))) == 1


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

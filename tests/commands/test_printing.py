"""Documents of a whole school: what they count, their PDFs, and that every alteration is found."""

from typing import Any

import pytest
from sqlalchemy import select, update

from models.document import Document, Signature
from models.instance import Incident
from models.journal import JournalEntry, JournalKind
from models.school import StaffMember
from tests.cast import STAFF, World, build_world
from tests.conftest import Store
from tests.signing_steps import assign_officer, confirm, documents, finish_school, full_name, holds, print_now
from workflows.clock import FixedClock
from workflows.commands.evidence import printing
from workflows.records.signatures import entries_of

PDF = b"%PDF-"


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    """Give an authority whose campaign has just begun."""
    built = build_world(store, clock)
    built.publish_shipped()
    built.open_campaign()
    return built


def test_every_kind_of_a_whole_school_is_printed_and_holds(world: World) -> None:
    finish_school(world)

    assert world.print_pending(limit=100) == len(STAFF) + 4
    assert world.print_pending() == 0

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


def test_the_report_says_what_the_head_confirms_and_apart_from_it_what_is_still_seen(world: World) -> None:
    world.do(
        lambda work: work.session.execute(
            update(StaffMember)
            .where(StaffMember.id == world.staff_id("visiting"))
            .values(record={"personal_id": "12345"})
        )
    )
    finish_school(world)

    (report,) = documents(world, "school_report")
    assert set(report.content["criteria"].values()) == {True}
    assert report.content["statements"][-1].endswith("xác nhận dữ liệu của đơn vị đúng, đủ, sạch, sống.")
    assert report.content["odd"] == {"correct": 7, "complete": 1, "clean": 0, "live": 0}
    assert [row["odd"] for row in report.content["classes"]] == [3, 3]
    assert report.content["difficulties"] == []
    assert print_now(world, report.id).startswith(b"%PDF-")


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

    assert world.print_pending() == 1
    assert world.print_pending() == 0

    (incident,) = world.read(lambda session: list(session.scalars(select(Incident))))
    assert incident.instance_id == bad.instance_id
    assert incident.cause.startswith("1/BB-THCSM")


def test_others_write_while_the_worker_prints(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assign_officer(world)
    confirm(world, "visiting")
    confirm(world, "deputy")
    set_page, written = printing.render_minutes, []

    def while_somebody_writes(*arguments: Any, **options: Any) -> bytes:
        world.do(lambda work: written.append(work.session.execute(update(Document).values(title="x"))))
        return set_page(*arguments, **options)

    monkeypatch.setattr(printing, "render_minutes", while_somebody_writes)

    assert world.print_pending() == len(written) == 2


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

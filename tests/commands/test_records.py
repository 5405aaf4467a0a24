"""Corrections of records: who may, what is refused and kept, what is written beside the value."""

from typing import Any

import pytest
from sqlalchemy import func, select

from models.campaign import SubjectKind
from models.catalogue import FieldDefinition
from models.journal import JournalEntry, JournalKind, RecordAccess
from models.person import Name
from models.school import Pupil, RecordKey, StaffMember
from models.task import Task
from tests.cast import World, build_world
from tests.conftest import Store
from tests.engine.diagrams import definitions, end, flow, start, user
from workflows.clock import FixedClock
from workflows.commands.running import moves
from workflows.commands.running.runs import insert_run
from workflows.commands.work import records, tasks
from workflows.errors import (
    AlreadyDone,
    ConcurrentChange,
    FieldErrors,
    FieldUnknown,
    NotPermitted,
    RecordChanged,
    SubjectUnknown,
)
from workflows.policy.person_names import sort_key
from workflows.queries.records.records import Record
from workflows.unit_of_work import UnitOfWork

FIELDS = (
    {"key": "full_name", "label": "Họ và tên", "label_en": "Full name", "required": True},
    {"key": "phone", "label": "Điện thoại", "label_en": "Telephone", "type": "phone", "fresh_for_days": 365},
    {
        "key": "gender",
        "label": "Giới tính",
        "label_en": "Gender",
        "type": "select",
        "options": {"male": {"label": "Nam", "label_en": "Male"}},
    },
    {"key": "card", "label": "Thẻ", "label_en": "Card", "pattern": r"[A-Z]{2}\d{4}", "hint": "AB1234"},
)


@pytest.fixture
def world(sqlite_store: Store, clock: FixedClock) -> World:
    return with_fields(build_world(sqlite_store, clock))


def with_fields(world: World) -> World:
    """Add the fields that these tests need to the catalogue."""
    with world.store.make_session() as session:
        for kind in ("staff", "pupil"):
            session.add_all(
                FieldDefinition(kind=kind, position=number, **field)
                for number, field in enumerate(FIELDS, start=10)
            )
        session.commit()
    return world


def correct(world: World, who: str = "principal", subject: Any = None, **changes: Any) -> Record:
    """Let somebody correct the first pupil of 6A, or what is named, as `changes` say."""
    subject = subject or world.pupils()[0]
    rest = {name: changes.pop(name) for name in ("task_id", "request_key") if name in changes}
    revision = changes.pop("revision", subject.revision)
    return world.do(
        lambda work: records.correct(
            work,
            kind="staff" if isinstance(subject, StaffMember) else "pupil",
            subject_id=subject.id,
            values=changes,
            revision=revision,
            actor=world.actor(work, who),
            **rest,
        )
    )


def open_review(world: World, review: str, kind: SubjectKind, subject_id: int, assignee: str) -> int:
    """Start a procedure with one step about a subject and give its task."""
    step = user("review", rs__assignee=assignee, rs__due="workdays(3)", rs__review=review)
    xml = definitions(start() + step + end() + flow("s", "review", "e"))
    version_id = world.publish("p", xml.decode())

    def begin(work: UnitOfWork) -> None:
        run = insert_run(
            work.connection,
            work.now,
            version_id=version_id,
            campaign_id=None,
            unit_id=world.units["school"],
            subject_kind=kind,
            subject_id=subject_id,
            subject_name="",
            start_values={},
        )
        moves.start(work, run)

    world.do(begin)
    return world.task("review").id


def stored(world: World, subject: Any) -> Any:
    return world.read(lambda session: session.get_one(type(subject), subject.id))


def corrections(world: World) -> list[JournalEntry]:
    query = select(JournalEntry).filter_by(kind=JournalKind.RECORD_CORRECTED).order_by(JournalEntry.id)
    return world.read(lambda session: list(session.scalars(query)))


def test_correction_normalises_and_is_journalled(world: World) -> None:
    pupil = world.pupils()[0]

    shown = correct(world, birth_date="12/04/2011", phone=" 0000  123 456 ", gender="male")

    after = stored(world, pupil)
    assert after.record["birth_date"] == "2011-04-12"
    assert after.record["phone"] == "0000 123 456"
    assert after.record_times["phone"] == world.clock.now().isoformat()
    assert shown.revision == after.revision == pupil.revision + 1
    (entry,) = corrections(world)
    assert entry.actor_id == world.people["principal"]
    assert entry.details == {
        "kind": "pupil",
        "subject_id": pupil.id,
        "before": {"birth_date": "2011-02-03", "phone": None, "gender": None},
        "after": {"birth_date": "2011-04-12", "phone": "0000 123 456", "gender": "male"},
    }


def test_bad_values_are_refused_per_field_and_nothing_is_lost(world: World) -> None:
    pupil = world.pupils()[0]
    typed = {
        "birth_date": "30/02/2011",
        "phone": "0000 12",
        "gender": "other",
        "personal_id": "12a",
        "full_name": "Tên Mẫu" * 30,
        "card": "AB1234",
    }

    with pytest.raises(FieldErrors) as refused:
        correct(world, **typed)

    kinds = {key: str(finding.kind) for key, finding in refused.value.errors.items()}
    assert kinds == {
        "birth_date": "not_a_date",
        "phone": "too_few_digits",
        "gender": "not_an_option",
        "personal_id": "not_digits",
        "full_name": "pattern",
    }
    assert refused.value.typed == typed
    assert stored(world, pupil).record == pupil.record
    assert corrections(world) == []


def test_what_looks_wrong_but_fits_is_kept_as_a_finding(world: World) -> None:
    shown = correct(world, card="AB12", full_name="")

    assert {(one.field_key, str(one.kind)) for one in shown.findings} >= {
        ("card", "pattern"),
        ("full_name", "missing"),
    }


def test_old_fault_does_not_keep_the_rest_from_being_mended(world: World) -> None:
    pupil = world.pupils()[0]
    with world.store.make_session() as session:
        row = session.get_one(Pupil, pupil.id)
        row.record = {"birth_date": "31/02/2011", "personal_id": "000111222333", "phone": "0000 1"}
        session.commit()
    pupil = world.pupils()[0]

    shown = correct(world, birth_date="31/02/2011", personal_id="000111222333", phone="0000123456")

    assert shown.fields[0].value == "31/02/2011"
    assert corrections(world)[0].details["after"] == {"phone": "0000123456"}


def test_saving_again_tidies_loose_marks_and_blanks(world: World) -> None:
    pupil = world.pupils()[0]
    with world.store.make_session() as session:
        session.get_one(Pupil, pupil.id).record = {"full_name": "La\u0302m  A\u0309o "}
        session.commit()

    correct(world, full_name="La\u0302m  A\u0309o ")

    after = stored(world, pupil)
    assert (after.record["full_name"], after.full_name) == ("Lâm Ảo", "Lâm Ảo")
    assert after.sort_key == sort_key("Lâm Ảo")


def test_unchanged_values_leave_no_trace(world: World) -> None:
    pupil = world.pupils()[0]

    shown = correct(world, birth_date="03/02/2011", phone="")

    assert shown.revision == pupil.revision
    assert corrections(world) == []


def test_name_of_staff_follows_on_lists(world: World) -> None:
    member = world.read(lambda session: session.get_one(StaffMember, world.staff_id("colleague")))

    correct(world, subject=member, full_name="Bộ Môn Hư Cấu")

    person = stored(world, member).person
    assert (person.full_name, person.search_text) == ("Bộ Môn Hư Cấu", "bo mon hu cau")


def test_second_writer_learns_who_was_first(world: World) -> None:
    pupil = world.pupils()[0]
    correct(world, "principal", pupil, phone="0000123456")
    world.clock.advance(minutes=5)

    with pytest.raises(RecordChanged) as refused:
        correct(world, "deputy", pupil, phone="0000999999")

    assert refused.value.params == {
        "who": Name("Cô", "Hiệu Trưởng Mẫu"),
        "when": world.clock.advance(minutes=-5),
    }
    assert stored(world, pupil).record["phone"] == "0000123456"


def test_change_by_an_import_is_noticed_too(world: World) -> None:
    pupil = world.pupils()[0]
    with world.store.make_session() as session:
        session.get_one(Pupil, pupil.id).record = {}
        session.commit()

    with pytest.raises(ConcurrentChange):
        correct(world, "principal", pupil, phone="0000123456")


def test_the_same_request_twice_corrects_once(world: World) -> None:
    pupil = world.pupils()[0]
    correct(world, "principal", pupil, phone="0000123456", request_key="k1")

    with pytest.raises(AlreadyDone):
        correct(world, "principal", pupil, phone="0000123456", request_key="k1")

    assert len(corrections(world)) == 1


def test_unique_values_are_found_by_index_after_a_correction(world: World) -> None:
    mine, classmate = world.pupils()[:2]
    correct(world, subject=mine, personal_id="000111222333")

    doubled = correct(world, subject=classmate, personal_id="000111222333")
    mended = correct(world, subject=stored(world, classmate), personal_id="000111222334")
    emptied = correct(world, subject=stored(world, mine), personal_id="")

    assert [str(one.kind) for one in doubled.findings if one.field_key == "personal_id"] == ["duplicate"]
    assert [one for one in mended.findings if one.field_key == "personal_id"] == []
    assert [str(one.kind) for one in emptied.findings if one.field_key == "personal_id"] == ["missing"]
    keys = world.read(lambda s: s.execute(select(RecordKey.subject_id, RecordKey.value)).all())
    assert [tuple(key) for key in keys] == [(classmate.id, "000111222334")]


def test_unknown_field_is_refused(world: World) -> None:
    with pytest.raises(FieldUnknown):
        correct(world, left_on="2023-06-05")


@pytest.mark.parametrize("who", ["homeroom", "officer", "district_head", "administrator", "stranger"])
def test_without_a_task_only_who_leads_the_unit_corrects(world: World, who: str) -> None:
    with pytest.raises(NotPermitted):
        correct(world, who, phone="0000123456")


def test_homeroom_teacher_corrects_pupils_of_the_class_under_review(world: World) -> None:
    task_id = open_review(world, "pupils", SubjectKind.CLASS, world.classes["6A"], "homeroom_teacher()")

    correct(world, "homeroom", phone="0000123456", task_id=task_id)
    with pytest.raises(SubjectUnknown):
        correct(world, "homeroom", world.pupils("6B")[0], phone="0000123456", task_id=task_id)
    with pytest.raises(NotPermitted):
        correct(world, "colleague", world.pupils("6A")[1], phone="0000123456", task_id=task_id)

    (entry,) = corrections(world)
    assert (entry.task_id, entry.actor_id, entry.on_behalf_of_id) == (
        task_id,
        world.people["homeroom"],
        None,
    )
    assert entry.instance_id is not None


def test_helper_corrects_on_behalf_of_the_accountable_teacher(world: World) -> None:
    task_id = open_review(world, "pupils", SubjectKind.CLASS, world.classes["6A"], "homeroom_teacher()")
    world.do(
        lambda work: tasks.hand_over(
            work,
            task_id=task_id,
            actor=world.actor(work, "principal"),
            to_person_id=world.people["colleague"],
            reason="Cô nghỉ ốm",
        )
    )

    correct(world, "colleague", phone="0000123456", task_id=task_id)

    (entry,) = corrections(world)
    assert entry.actor_id == world.people["colleague"]
    assert entry.on_behalf_of_id == world.people["homeroom"]


def test_review_of_one_person_opens_that_record_only(world: World) -> None:
    officer = world.read(lambda session: session.get_one(StaffMember, world.staff_id("officer")))
    other = world.read(lambda session: session.get_one(StaffMember, world.staff_id("visiting")))
    task_id = open_review(world, "record", SubjectKind.STAFF, officer.id, "person()")

    correct(world, "officer", officer, phone="0000123456", task_id=task_id)
    with pytest.raises(SubjectUnknown):
        correct(world, "officer", other, phone="0000123456", task_id=task_id)

    assert len(corrections(world)) == 1


def test_step_without_a_record_corrects_nothing(world: World) -> None:
    task_id = open_review(world, "grades", SubjectKind.CLASS, world.classes["6A"], "homeroom_teacher()")

    with pytest.raises(NotPermitted):
        correct(world, "homeroom", phone="0000123456", task_id=task_id)


def test_each_look_is_kept(world: World) -> None:
    for _ in range(2):
        world.do(
            lambda work: records.note_look(
                work, actor=world.actor(work, "homeroom"), kind="pupil", subject_id=1, task_id=None
            )
        )

    assert world.read(lambda s: s.scalar(select(func.count()).select_from(RecordAccess))) == 2


def test_correction_works_on_every_store(store: Store, clock: FixedClock) -> None:
    world = with_fields(build_world(store, clock))
    task_id = open_review(world, "pupils", SubjectKind.CLASS, world.classes["6A"], "homeroom_teacher()")
    pupil = world.pupils()[0]

    correct(world, "homeroom", personal_id="000111222333", task_id=task_id)
    with pytest.raises(RecordChanged):
        correct(world, "homeroom", pupil, personal_id="000111222334", task_id=task_id)

    assert world.read(lambda s: s.scalar(select(func.count()).select_from(Task))) == 1

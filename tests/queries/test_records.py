"""Records under review: findings beside the fields, duplicates by index, corrections, number of queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from models.campaign import Campaign, CampaignState, SubjectKind
from models.catalogue import FieldDefinition
from models.instance import InstanceState, ProcessInstance
from models.journal import JournalKind
from models.school import Pupil, RecordKey, StaffMember
from tests.cast import SCHOOL_YEAR, World, build_world
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.work.freshness import confirm_fresh
from workflows.commands.work.records import key_rows
from workflows.policy.quality import Criterion
from workflows.queries.records import records
from workflows.queries.records.corrections import (
    Correction,
    correction_details,
    corrections_in,
    last_correction,
)
from workflows.records.journal import record
from workflows.unit_of_work import UnitOfWork

TODAY = date(2023, 6, 5)


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    built = build_world(store, clock)
    with store.make_session() as session:
        session.add(
            FieldDefinition(
                kind="pupil",
                key="phone",
                label="Điện thoại",
                label_en="Telephone",
                type="phone",
                fresh_for_days=365,
                position=3,
            )
        )
        session.add(
            FieldDefinition(
                kind="pupil", key="seat", label="Chỗ", label_en="Seat", unique_in="unit", position=4
            )
        )
        session.commit()
    return built


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """Collect the statements that a block executes."""
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", note)
    yield statements
    event.remove(bind, "before_cursor_execute", note)


def change(session: Session, subject: StaffMember | Pupil, **values: Any) -> None:
    """Put values into a record as an import does, with their keys."""
    stored = session.get_one(type(subject), subject.id)
    stored.record = {**stored.record, **values}
    kind = "staff" if isinstance(subject, StaffMember) else "pupil"
    fields = records.catalogue_of(session, kind)
    session.query(RecordKey).filter_by(kind=kind, subject_id=stored.id).delete()
    for row in key_rows(kind, stored.id, stored.unit_id, stored.record, fields):
        session.add(RecordKey(**row))
    session.flush()


def found(record_: records.Record) -> dict[str, list[str]]:
    """Name the findings by field."""
    return {field.definition.key: [str(one.kind) for one in field.findings] for field in record_.fields}


def test_finding_stands_beside_its_field(world: World) -> None:
    with world.store.make_session() as session:
        pupil = world.pupils()[0]
        change(session, pupil, birth_date="31/02/2011", personal_id="00012345678", phone="0000123456")

        shown = records.record_of(session, "pupil", pupil.id, today=TODAY)

        assert found(shown) == {
            "birth_date": ["not_a_date"],
            "personal_id": ["too_few_digits"],
            "phone": ["never_confirmed"],
            "seat": [],
        }
        assert shown.criteria == {
            Criterion.CORRECT: False,
            Criterion.COMPLETE: True,
            Criterion.CLEAN: True,
            Criterion.LIVE: False,
        }
        assert (shown.name, shown.class_id, shown.revision) == (
            pupil.full_name,
            world.classes["6A"],
            pupil.revision + 1,
        )


def test_duplicate_is_named_as_far_as_the_reader_may_know(world: World) -> None:
    with world.store.make_session() as session:
        mine, classmate, other = world.pupils("6A")[0], world.pupils("6A")[1], world.pupils("6B")[0]
        for pupil in (mine, classmate, other):
            change(session, pupil, personal_id="000111222333")
        session.get_one(Pupil, other.id).unit_id = world.units["school"]

        shown = records.record_of(session, "pupil", mine.id, today=TODAY)

        (finding,) = shown.findings
        assert finding.params["others"] == f"{classmate.full_name}, lớp 6B"


def test_duplicate_ignores_how_a_number_is_written(world: World) -> None:
    with world.store.make_session() as session:
        mine, classmate = world.pupils()[:2]
        change(session, mine, personal_id=" 000111222333")
        change(session, classmate, personal_id="000 111 222 333")

        shown = records.record_of(session, "pupil", mine.id, today=TODAY)

        assert found(shown)["personal_id"] == ["edge_blanks", "duplicate"]


def test_duplicate_of_who_has_left_does_not_count(world: World) -> None:
    with world.store.make_session() as session:
        mine, gone = world.pupils()[:2]
        for pupil in (mine, gone):
            change(session, pupil, personal_id="000111222333")
        session.get_one(Pupil, gone.id).left_on = TODAY

        shown = records.record_of(session, "pupil", mine.id, today=TODAY)

        assert shown.findings == ()


def test_value_unique_in_its_unit_may_stand_in_another(world: World) -> None:
    with world.store.make_session() as session:
        mine, elsewhere, here = world.pupils()
        change(session, mine, seat="12")
        change(session, elsewhere, seat="12")
        session.get_one(Pupil, elsewhere.id).unit_id = world.units["other_school"]
        session.query(RecordKey).filter_by(subject_id=elsewhere.id).update(
            {"unit_id": world.units["other_school"]}
        )
        alone = records.record_of(session, "pupil", mine.id, today=TODAY)
        change(session, here, seat="12")
        doubled = records.record_of(session, "pupil", mine.id, today=TODAY)

        assert found(alone)["seat"] == []
        assert found(doubled)["seat"] == ["duplicate"]


def test_duplicate_among_staff_names_a_colleague(world: World) -> None:
    with world.store.make_session() as session:
        officer = session.get_one(StaffMember, world.staff_id("officer"))
        visiting = session.get_one(StaffMember, world.staff_id("visiting"))
        for member in (officer, visiting):
            change(session, member, personal_id="000111222333")

        shown = records.record_of(session, "staff", officer.id, today=TODAY)

        (finding,) = shown.findings
        assert finding.params["others"] == "Thỉnh Giảng Giả"


def test_class_is_read_in_as_few_queries_as_a_pupil(world: World) -> None:
    with world.store.make_session() as session:
        for pupil in world.pupils():
            change(session, pupil, phone="12")
        with counted(session) as of_class:
            shown = records.records_of_class(session, world.classes["6A"], today=TODAY)
        session.expunge_all()
        with counted(session) as of_pupil:
            records.record_of(session, "pupil", shown[0].subject_id, today=TODAY)

        assert len(shown) == 3
        assert len(of_class) == len(of_pupil) == 3


def test_quality_of_classes_counts_pupils_with_findings(world: World) -> None:
    with world.store.make_session() as session:
        for number, pupil in enumerate(world.pupils("6A") + world.pupils("6B")):
            change(session, pupil, personal_id=f"00011122233{number}" if number else None)

        quality = records.quality_of_classes(session, list(world.classes.values()), today=TODAY)

        assert quality[world.classes["6A"]] == records.ClassQuality(pupils=3, with_findings=1)
        assert quality[world.classes["6B"]] == records.ClassQuality(pupils=3, with_findings=0)


def test_confirmation_makes_a_record_live(world: World) -> None:
    pupils = world.pupils()
    with world.store.make_session() as session:
        for pupil in pupils:
            change(session, pupil, phone="0000123456")
        session.commit()

    world.do(lambda work: confirm_fresh(work, kind="pupil", subject_ids=[one.id for one in pupils[:2]]))

    shown = world.read(lambda s: records.records_of_class(s, world.classes["6A"], today=TODAY))
    assert [found(one)["phone"] for one in shown] == [[], [], ["never_confirmed"]]
    assert shown[0].fields[0].confirmed_at == world.clock.now()
    later = TODAY + timedelta(days=366)
    stale = world.read(lambda s: records.record_of(s, "pupil", pupils[0].id, today=later))
    assert found(stale)["phone"] == ["stale"]


def test_corrections_of_a_round_join_per_field(world: World) -> None:
    pupil, school = world.pupils()[0], world.units["school"]
    version_id = world.publish("p", "<none/>")
    corrected_at = [world.clock.now() + timedelta(hours=hours) for hours in (0, 1, 2)]
    changes = [({"seat": None}, {"seat": "1"}), ({"seat": "1"}, {"seat": "2"})]
    changes.append(({"seat": "2", "phone": "1"}, {"seat": "3", "phone": "1"}))

    def begin(work: UnitOfWork) -> int:
        campaign = Campaign(
            title="Thử",
            unit_id=school,
            school_year=SCHOOL_YEAR,
            state=CampaignState.RUNNING,
            opened_at=work.now,
            opened_by_id=world.people["principal"],
        )
        work.session.add(campaign)
        work.session.flush()
        instance = ProcessInstance(
            version_id=version_id,
            campaign_id=campaign.id,
            unit_id=school,
            subject_kind=SubjectKind.CLASS,
            subject_id=world.classes["6A"],
            state=InstanceState.RUNNING,
            started_at=work.now,
        )
        work.session.add(instance)
        work.session.flush()
        for at, (before, after) in zip(corrected_at, changes, strict=True):
            work.now = at
            record(
                work,
                JournalKind.RECORD_CORRECTED,
                unit_id=school,
                campaign_id=campaign.id,
                instance_id=instance.id,
                actor_id=world.people["homeroom"],
                details=correction_details("pupil", pupil.id, before, after),
            )
        return campaign.id

    campaign_id = world.do(begin)

    def seat(since: datetime | None) -> Correction:
        corrections = world.read(
            lambda session: corrections_in(
                session,
                campaign_id=campaign_id,
                unit_id=school,
                subject_kind=SubjectKind.CLASS,
                subject_id=world.classes["6A"],
                since=since,
            )
        )
        # A value that came back to what it was is no change.
        assert set(corrections["pupil", pupil.id]) == {"seat"}
        return corrections["pupil", pupil.id]["seat"]

    assert (seat(None).before, seat(None).after, seat(None).at) == (None, "3", corrected_at[2])
    assert (seat(corrected_at[0]).before, seat(corrected_at[0]).after) == ("1", "3")
    assert (by := seat(None).by) is not None
    assert by.full_name == "Chủ Nhiệm Thử"


def test_last_correction_is_of_exactly_this_record(world: World) -> None:
    def correct(work: UnitOfWork) -> None:
        for subject_id in (12, 1, 112):
            record(
                work,
                JournalKind.RECORD_CORRECTED,
                unit_id=world.units["school"],
                actor_id=world.people["homeroom"],
                details=correction_details("pupil", subject_id, {}, {"seat": str(subject_id)}),
            )

    world.do(correct)

    def last(kind: str, subject_id: int) -> Any:
        entry = world.read(lambda s: last_correction(s, world.units["school"], kind, subject_id))
        return entry and entry.details["after"]["seat"]

    assert last("pupil", 1) == "1"
    assert last("pupil", 12) == "12"
    assert last("pupil", 2) is None
    assert last("staff", 1) is None

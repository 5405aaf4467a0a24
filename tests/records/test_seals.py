"""Seals: no change that is made behind the product's back survives them unseen."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import date
from functools import partial
from hashlib import sha256

import pytest
from sqlalchemy import select, text, update

from models.calendar import Setting
from models.journal import JournalEntry, JournalKind, JournalSeal
from models.organisation import OrganisationUnit, ReportingLine, UnitKind
from models.person import Person
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.engine import ProcessEngine
from workflows.records.journal import record, record_each
from workflows.records.sealing import STATE_KEY, seal_due
from workflows.records.seals import Seal, as_stored, digest_of, stored_entries
from workflows.records.verification import verify
from workflows.unit_of_work import UnitOfWork, begin_work

Begin = Callable[[], AbstractContextManager[UnitOfWork]]
DEPARTMENT, DISTRICT, SCHOOL, OTHER_SCHOOL = 1, 2, 3, 4
PRINCIPAL = 1


def no_diagrams(version_id: int) -> bytes:
    raise LookupError(version_id)


@pytest.fixture
def begin(store: Store, clock: FixedClock) -> Begin:
    with store.make_session.begin() as session:
        for unit_id, kind in enumerate(
            (UnitKind.DEPARTMENT, UnitKind.DISTRICT_OFFICE, UnitKind.SCHOOL, UnitKind.SCHOOL), start=1
        ):
            name = f"Đơn vị {unit_id}"
            session.add(
                OrganisationUnit(id=unit_id, kind=kind, code=str(unit_id), name=name, short_name=name)
            )
        session.add(Person(id=PRINCIPAL, full_name="Trần Văn Mẫu"))
        session.flush()
        for unit_id, superior_id in ((DISTRICT, DEPARTMENT), (SCHOOL, DISTRICT), (OTHER_SCHOOL, DISTRICT)):
            session.add(ReportingLine(unit_id=unit_id, superior_id=superior_id, from_on=date(2020, 1, 1)))
    return partial(begin_work, store.make_session, ProcessEngine(no_diagrams), clock)


def approve(work: UnitOfWork, unit_id: int = SCHOOL, **details: object) -> int:
    return record(
        work,
        JournalKind.SUBJECT_APPROVED,
        unit_id=unit_id,
        actor_id=PRINCIPAL,
        details={"subject": 1, **details},
    ).value


def seal_all(begin: Begin, clock: FixedClock) -> int:
    """Seal until the heads have arrived at the top; on PostgreSQL each level waits until it has settled."""
    sealed = 0
    for _ in range(8):
        with begin() as work:
            sealed += seal_due(work)
        clock.advance(minutes=1)
    return sealed


@pytest.fixture
def sealed(begin: Begin, clock: FixedClock) -> Begin:
    """Seal ten entries of a school in two runs, and five of another school between them."""
    for _ in range(2):
        with begin() as work:
            for number in range(5):
                approve(work, pupil=number)
            record_each(
                work, JournalKind.SUBJECT_RETURNED, [{"subject": 9}], unit_id=OTHER_SCHOOL, actor_id=PRINCIPAL
            )
        seal_all(begin, clock)
    return begin


def entry_ids(begin: Begin, unit_id: int = SCHOOL) -> list[int]:
    with begin() as work:
        return list(
            work.session.scalars(
                select(JournalEntry.id).where(JournalEntry.unit_id == unit_id).order_by(JournalEntry.id)
            )
        )


def breaks(begin: Begin, *unit_ids: int) -> list[str]:
    with begin() as work:
        return [found.message for unit_id in unit_ids or (SCHOOL,) for found in verify(work.session, unit_id)]


def tamper(begin: Begin, statement: str, **values: object) -> None:
    with begin() as work:
        work.session.execute(text(statement), values)


def test_an_untouched_journal_verifies_at_every_level(sealed: Begin) -> None:
    assert breaks(sealed, DEPARTMENT, DISTRICT, SCHOOL, OTHER_SCHOOL) == []
    with sealed() as work:
        seals = work.session.scalars(select(JournalSeal).where(JournalSeal.unit_id == SCHOOL)).all()
        assert [(seal.number, seal.entries) for seal in seals] == [(1, 5), (2, 5)]
        levels = set(work.session.scalars(select(JournalSeal.unit_id)))
        assert levels == {DEPARTMENT, DISTRICT, SCHOOL, OTHER_SCHOOL}


def test_sealing_comes_to_rest(sealed: Begin, clock: FixedClock) -> None:
    assert seal_all(sealed, clock) == 0


def test_sealing_goes_on_where_its_limit_stopped_it(begin: Begin, clock: FixedClock) -> None:
    with begin() as work:
        for _ in range(5):
            approve(work)
    sealed = 0
    for _ in range(20):
        with begin() as work:
            sealed += seal_due(work, limit=2)
        clock.advance(minutes=1)

    assert sealed >= 5
    assert breaks(begin, SCHOOL, DISTRICT, DEPARTMENT) == []
    with begin() as work:
        covered = work.session.scalars(
            select(JournalSeal.entries).where(JournalSeal.unit_id == SCHOOL).order_by(JournalSeal.number)
        )
        assert list(covered) == [2, 2, 1]


def test_entries_not_sealed_yet_are_no_break(sealed: Begin) -> None:
    with sealed() as work:
        approve(work)

    assert breaks(sealed) == []


@pytest.mark.parametrize(
    "change",
    [
        "details = replace(details, '1', '2')",
        "kind = 'subject_returned'",
        "at = (SELECT min(at) FROM journal_entry)",
        "actor_id = NULL",
        "on_behalf_of_id = 1",
        "task_id = 5",
        "instance_id = 5",
        "campaign_id = 5",
        "request_key = 'another'",
    ],
)
def test_a_changed_entry_is_found(sealed: Begin, change: str) -> None:
    tamper(sealed, f"UPDATE journal_entry SET {change} WHERE id = :id", id=entry_ids(sealed)[-1])

    assert breaks(sealed) == ["What stands under seal 2 is not what was sealed."]


def test_an_entry_moved_to_another_unit_is_found_at_both(sealed: Begin) -> None:
    moved = entry_ids(sealed)[2]

    tamper(sealed, "UPDATE journal_entry SET unit_id = :other WHERE id = :id", other=OTHER_SCHOOL, id=moved)

    assert breaks(sealed, SCHOOL) == ["Seal 1 stands over 5 entries, but there are 4."]
    assert breaks(sealed, OTHER_SCHOOL) == ["Seal 1 stands over 1 entries, but there are 2."]


def test_a_deleted_entry_is_found(sealed: Begin) -> None:
    tamper(sealed, "DELETE FROM journal_entry WHERE id = :id", id=entry_ids(sealed)[7])

    assert breaks(sealed) == ["Seal 2 stands over 5 entries, but there are 4."]


def test_all_entries_of_a_seal_deleted_are_found(sealed: Begin) -> None:
    gone = entry_ids(sealed)[:5]

    tamper(sealed, "DELETE FROM journal_entry WHERE id >= :first AND id <= :last AND unit_id = 3",
           first=gone[0], last=gone[-1])  # fmt: skip

    assert breaks(sealed) == ["Seal 1 stands over 5 entries, but there are 0."]


def test_an_entry_slipped_in_is_found(sealed: Begin) -> None:
    # The other school's id is free once it has been moved away.
    free = entry_ids(sealed, OTHER_SCHOOL)[1]
    tamper(sealed, "DELETE FROM journal_entry WHERE id = :id", id=free)

    tamper(
        sealed,
        "INSERT INTO journal_entry (id, at, kind, unit_id, details)"
        + " SELECT :id, at, kind, unit_id, details FROM journal_entry WHERE id = :model",
        id=free,
        model=entry_ids(sealed)[0],
    )

    assert breaks(sealed) == [f"Entry {free} stands among sealed entries but under no seal."]


def test_entries_put_in_another_order_are_found(sealed: Begin) -> None:
    one, two = entry_ids(sealed)[1:3]

    for old, new in ((one, -1), (two, one), (-1, two)):
        tamper(sealed, "UPDATE journal_entry SET id = :new WHERE id = :old", old=old, new=new)

    assert breaks(sealed) == ["What stands under seal 1 is not what was sealed."]


def test_a_value_of_no_known_form_is_a_break_and_no_error(sqlite_store: Store, clock: FixedClock) -> None:
    begin: Begin = partial(begin_work, sqlite_store.make_session, ProcessEngine(no_diagrams), clock)
    with begin() as work:
        record(work, JournalKind.REMINDED, unit_id=SCHOOL, actor_id=None, details={})
        seal_due(work)

    tamper(begin, "UPDATE journal_entry SET details = x'00ff', at = 'yesterday'")

    assert breaks(begin) == ["What stands under seal 1 is not what was sealed."]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("entries = 4", "Seal 1 stands over 4 entries, but there are 5."),
        ("first_entry_id = 0", "Seal 1 does not begin where the seal before it ends."),
        (
            "sealed_at = (SELECT max(sealed_at) FROM journal_seal)",
            "What stands under seal 1 is not what was sealed.",
        ),
        ("digest = 'f'", "Seal 1 is not the one that was kept by the superior unit."),
    ],
)
def test_a_changed_seal_is_found(sealed: Begin, change: str, message: str) -> None:
    tamper(sealed, f"UPDATE journal_seal SET {change} WHERE unit_id = 3 AND number = 1")

    assert message in breaks(sealed)


def test_a_deleted_seal_is_found(sealed: Begin) -> None:
    tamper(sealed, "DELETE FROM journal_seal WHERE unit_id = 3 AND number = 1")

    assert "Seal 1 is missing." in breaks(sealed)


@pytest.mark.parametrize("unit_id", [SCHOOL, DISTRICT, DEPARTMENT])
def test_an_end_cut_off_is_found_one_level_up(sealed: Begin, unit_id: int) -> None:
    with sealed() as work:
        last = work.session.scalars(
            select(JournalSeal).where(JournalSeal.unit_id == unit_id).order_by(JournalSeal.number.desc())
        ).first()
        assert last is not None
        first, number = last.first_entry_id, last.number

    tamper(sealed, "DELETE FROM journal_entry WHERE unit_id = :unit AND id >= :id", unit=unit_id, id=first)
    tamper(sealed, "DELETE FROM journal_seal WHERE unit_id = :unit AND number = :number",
           unit=unit_id, number=number)  # fmt: skip

    assert breaks(sealed, unit_id) == [f"Seal {number} is missing."]


def test_a_chain_made_anew_is_found_one_level_up(sealed: Begin) -> None:
    tamper(sealed, "UPDATE journal_entry SET details = '{}' WHERE id = :id", id=entry_ids(sealed)[0])
    with sealed() as work:
        seals = work.session.scalars(
            select(JournalSeal).where(JournalSeal.unit_id == SCHOOL).order_by(JournalSeal.number)
        ).all()
        previous = ""
        for seal in seals:
            entries = work.session.execute(
                stored_entries()
                .where(JournalEntry.unit_id == SCHOOL)
                .where(JournalEntry.id.between(seal.first_entry_id, seal.last_entry_id))
                .order_by(JournalEntry.id)
            ).all()
            figures = Seal(
                SCHOOL,
                seal.number,
                seal.first_entry_id,
                seal.last_entry_id,
                seal.entries,
                as_stored(seal.sealed_at),
            )
            seal.digest = previous = digest_of(previous, figures, entries)

    assert breaks(sealed) == [
        "Seal 1 is not the one that was kept by the superior unit.",
        "Seal 2 is not the one that was kept by the superior unit.",
    ]


def test_heads_stay_findable_after_the_unit_moved_to_another_superior(
    sealed: Begin, clock: FixedClock
) -> None:
    today = date(2023, 6, 6)
    with sealed() as work:
        work.session.execute(
            update(ReportingLine).where(ReportingLine.unit_id == SCHOOL).values(until_on=date(2023, 6, 5))
        )
        work.session.add(ReportingLine(unit_id=SCHOOL, superior_id=DEPARTMENT, from_on=today))
    clock.advance(days=1)
    with sealed() as work:
        approve(work)
    seal_all(sealed, clock)
    assert breaks(sealed, SCHOOL, DISTRICT, DEPARTMENT) == []

    tamper(sealed, "UPDATE journal_seal SET digest = 'f' WHERE unit_id = 3 AND number = 1")

    assert "Seal 1 is not the one that was kept by the superior unit." in breaks(sealed)


def test_a_head_that_cannot_be_read_is_a_break(sealed: Begin) -> None:
    tamper(sealed, "UPDATE journal_entry SET details = '{' WHERE kind = 'journal_sealed' AND unit_id = 2")

    assert all("cannot be read" in message for message in breaks(sealed))
    assert breaks(sealed, DISTRICT)


def test_a_lost_state_of_sealing_does_not_seal_twice(sealed: Begin, clock: FixedClock) -> None:
    tamper(sealed, "DELETE FROM setting WHERE key = :key", key=STATE_KEY)
    with sealed() as work:
        approve(work)

    seal_all(sealed, clock)

    assert breaks(sealed, SCHOOL, DISTRICT) == []


def test_the_digest_can_be_computed_by_hand(begin: Begin, clock: FixedClock) -> None:
    with begin() as work:
        entry_id = approve(work)
    seal_all(begin, clock)

    with begin() as work:
        seal = work.session.scalars(select(JournalSeal).where(JournalSeal.unit_id == SCHOOL)).one()
    at = "2023-06-05T01:00:00.000000Z"
    lines = (
        f'["",{SCHOOL},1,{entry_id},{entry_id},1,"{as_stored(seal.sealed_at)}"]\n'
        f'[{entry_id},"{at}","subject_approved",{SCHOOL},null,null,null,{PRINCIPAL},null,"{{\\"subject\\":1}}",null]\n'
    )
    assert seal.digest == sha256(lines.encode()).hexdigest()


@pytest.mark.postgresql
def test_an_entry_that_appears_late_is_waited_for(request: pytest.FixtureRequest, clock: FixedClock) -> None:
    store: Store = request.getfixturevalue("make_postgresql_store")()
    begin: Begin = partial(begin_work, store.make_session, ProcessEngine(no_diagrams), clock)
    slow = store.make_session()
    early = record(
        UnitOfWork(lambda: slow, slow.connection(), ProcessEngine(no_diagrams), clock.now()),
        JournalKind.REMINDED,
        unit_id=SCHOOL,
        actor_id=None,
        details={},
    ).value
    with begin() as work:
        late = record(work, JournalKind.REMINDED, unit_id=SCHOOL, actor_id=None, details={}).value
    assert early < late

    assert seal_all(begin, clock) == 0
    slow.commit()
    assert seal_all(begin, clock) == 2
    assert breaks(begin) == []
    slow.close()
    store.close()


def test_several_workers_seal_each_entry_once(begin: Begin, clock: FixedClock) -> None:
    with begin() as work:
        for _ in range(40):
            approve(work)

    def seal_a_while(_: int) -> None:
        for _ in range(20):
            with begin() as work:
                seal_due(work, limit=3)
            clock.advance(seconds=20)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(seal_a_while, range(4)))
    seal_all(begin, clock)

    assert breaks(begin, SCHOOL, DISTRICT, DEPARTMENT) == []
    with begin() as work:
        covered = work.session.scalars(select(JournalSeal.entries).where(JournalSeal.unit_id == SCHOOL))
        assert sum(covered) == 40
        assert work.session.get_one(Setting, STATE_KEY).value["sealed_to"] >= 40

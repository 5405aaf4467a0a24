"""The journal: entries as recorded, and requests that come a second time."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import pytest
from sqlalchemy import func, select

from models.journal import JournalEntry, JournalKind
from models.person import Person
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.engine import ProcessEngine
from workflows.errors import AlreadyDone
from workflows.records.journal import record, record_each, refuse_repeated
from workflows.unit_of_work import UnitOfWork, begin_work

Begin = Callable[[], AbstractContextManager[UnitOfWork]]
SCHOOL = 3
PRINCIPAL = 1


def no_diagrams(version_id: int) -> bytes:
    raise LookupError(version_id)


@pytest.fixture
def begin(store: Store, clock: FixedClock) -> Begin:
    with store.make_session.begin() as session:
        session.add(Person(id=PRINCIPAL, full_name="Trần Văn Mẫu"))
    return partial(begin_work, store.make_session, ProcessEngine(no_diagrams), clock)


def test_record_keeps_who_acted_on_whose_behalf(begin: Begin, clock: FixedClock) -> None:
    with begin() as work:
        work.session.add(Person(id=2, full_name="Lê Thị Mẫu"))
        work.session.flush()
        entry_id = record(
            work,
            JournalKind.TASK_COMPLETED,
            unit_id=SCHOOL,
            campaign_id=11,
            instance_id=12,
            task_id=13,
            actor_id=PRINCIPAL,
            on_behalf_of_id=2,
            details={"outcome": "approved", "ghi chú": "đủ"},
        ).value

    with begin() as work:
        entry = work.session.get_one(JournalEntry, entry_id)
        assert (entry.at, entry.kind, entry.unit_id) == (clock.now(), JournalKind.TASK_COMPLETED, SCHOOL)
        assert (entry.campaign_id, entry.instance_id, entry.task_id) == (11, 12, 13)
        assert (entry.actor_id, entry.on_behalf_of_id) == (PRINCIPAL, 2)
        assert entry.details == {"outcome": "approved", "ghi chú": "đủ"}


def test_a_repeated_request_is_refused_with_what_it_did(begin: Begin) -> None:
    with begin() as work:
        refuse_repeated(work, "key")
        refuse_repeated(work, None)
        entry_id = record(
            work,
            JournalKind.TASK_CLAIMED,
            unit_id=SCHOOL,
            task_id=7,
            actor_id=PRINCIPAL,
            details={},
            request_key="key",
        ).value

    with begin() as work, pytest.raises(AlreadyDone) as refused:
        refuse_repeated(work, "key")

    assert (refused.value.entry_id, refused.value.task_id) == (entry_id, 7)


def test_forty_five_pupils_are_forty_five_entries(begin: Begin) -> None:
    with begin() as work:
        decisions = [{"subject": number} for number in range(45)]
        record_each(work, JournalKind.SUBJECT_APPROVED, decisions, unit_id=SCHOOL, actor_id=PRINCIPAL)
        record_each(work, JournalKind.SUBJECT_APPROVED, [], unit_id=SCHOOL, actor_id=PRINCIPAL)

    with begin() as work:
        assert work.session.scalar(select(func.count()).select_from(JournalEntry)) == 45

"""The demonstration's campaigns: one finished, one in the middle, with something for every visitor to do."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.calendar import Setting
from models.campaign import Campaign, CampaignState, RosterEntry, RosterState, SubjectKind
from models.instance import Incident, ProcessInstance, Timer, TimerState
from models.journal import JournalEntry, JournalKind
from models.organisation import OrganisationUnit
from models.person import Account
from models.process import ProcessVersion
from models.school import StaffMember
from models.task import Task, TaskState
from tests.conftest import Store
from web.demo import accounts, campaigns
from web.demo.loading import load
from workflows.actor import actor_of
from workflows.clock import FixedClock
from workflows.commands.administration import shipping
from workflows.engine import ProcessEngine
from workflows.passwords import Passwords
from workflows.queries.records.records import records_of
from workflows.unit_of_work import begin_work

PROCEDURES = Path(__file__).parents[3] / "bpmn"
# A Wednesday morning in the season of reviews.
NOW = datetime(2023, 6, 7, 3, tzinfo=UTC)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def session(
    make_sqlite_store: Callable[[Path], Store], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    store = make_sqlite_store(tmp_path_factory.mktemp("campaigns"))

    def source(version_id: int) -> bytes:
        with store.make_reading_session() as reading:
            return reading.get_one(ProcessVersion, version_id).xml.encode()

    engine, clock = ProcessEngine(source), FixedClock(NOW)
    with begin_work(store.make_session, engine, clock) as work:
        shipping.ship(work, PROCEDURES)
        load(work.session, clock, Passwords(time_cost=1, memory_kib=8))
    campaigns.stage(store.make_session, engine, clock)
    with store.make_reading_session() as reading:
        yield reading
    store.close()


def count(session: Session, *conditions: object) -> int:
    return session.scalar(select(func.count(RosterEntry.id)).where(*conditions)) or 0  # type: ignore[arg-type]


def test_one_campaign_is_finished_with_everything_done(session: Session) -> None:
    finished = session.scalars(select(Campaign).where(Campaign.state == CampaignState.CLOSED)).one()

    states = set(session.scalars(select(RosterEntry.state).where(RosterEntry.campaign_id == finished.id)))
    open_tasks = session.scalar(
        select(func.count()).where(Task.campaign_id == finished.id, Task.state == TaskState.OPEN)
    )
    ended = session.scalars(
        select(ProcessInstance.ended_at).where(ProcessInstance.campaign_id == finished.id)
    ).all()

    assert states == {RosterState.DONE}
    assert open_tasks == 0
    assert all(ended)


def test_the_other_stands_in_the_middle(session: Session) -> None:
    running = session.scalars(select(Campaign).where(Campaign.state == CampaignState.RUNNING)).one()
    of_running = RosterEntry.campaign_id == running.id

    for kind in (SubjectKind.STAFF, SubjectKind.CLASS, SubjectKind.PUPIL, SubjectKind.SCHOOL):
        states = {
            state: count(session, of_running, RosterEntry.kind == kind, RosterEntry.state == state)
            for state in RosterState
        }
        assert states[RosterState.DONE]
        assert states[RosterState.OPEN]
        assert states[RosterState.RETURNED]
    late = session.scalar(
        select(func.count()).where(
            Task.campaign_id == running.id, Task.state == TaskState.OPEN, Task.due_at < NOW
        )
    )
    assert late
    assert 10 < late < 100


def test_the_school_of_the_guides_has_work_at_every_step(session: Session) -> None:
    unit_id = session.scalars(select(OrganisationUnit.id).filter_by(code="thcs-mau")).one()

    steps = set(
        session.scalars(select(Task.element_id).where(Task.unit_id == unit_id, Task.state == TaskState.OPEN))
    )

    assert steps >= {
        *("review_record", "confirm_record", "accept_exception", "review_pupils", "enter_grades"),
        *("inform_parents", "sign_minutes", "check_class", "review_returned"),
    }


def test_visitors_find_something_to_do(session: Session) -> None:
    offered = session.get_one(Setting, accounts.SETTING).value

    idle = []
    for account in (one for group in offered["groups"] for one in group["accounts"]):
        person_id = session.scalars(select(Account.person_id).filter_by(login=account["login"])).one()
        actor = actor_of(session.connection(), person_id, NOW.date())
        own = select(Task.id).where(Task.state == TaskState.OPEN, Task.assignee_id == person_id)
        found = session.scalars(own).first()
        for held in actor.held:
            role = select(Task.id).where(Task.state == TaskState.OPEN, Task.assignee_id.is_(None))
            role = role.where(Task.role_unit_id == held.unit_id, Task.role == held.position)
            found = found or session.scalars(role).first()
        if found is None:
            idle.append(account["login"].partition(".")[0])

    # Those who follow and administer have pages of their own; one kindergarten waits for its district.
    assert set(idle) <= {"truongphong", "vanphong1", "quantri", "hieutruong"}


def test_the_officer_on_the_login_page_still_has_records_with_findings(session: Session) -> None:
    person_id = session.scalars(select(Account.person_id).filter_by(login="canbo1.thcs-mau")).one()
    waiting = session.scalars(
        select(Task.subject_id).where(
            Task.state == TaskState.OPEN, Task.element_id == "review_record", Task.assignee_id == person_id
        )
    )
    staff = session.scalars(select(StaffMember).where(StaffMember.id.in_(waiting))).all()

    records = records_of(session, "staff", staff, today=NOW.date())

    assert sum(bool(one.findings) for one in records) >= 2


def test_time_has_passed_without_incident(session: Session) -> None:
    kinds = set(session.scalars(select(JournalEntry.kind)))
    overdue_timers = session.scalar(
        select(func.count()).where(Timer.state == TimerState.WAITING, Timer.due_at <= NOW)
    )

    assert {JournalKind.REMINDED, JournalKind.ESCALATED, JournalKind.TIMER_FIRED} <= kinds
    assert overdue_timers == 0
    assert session.scalars(select(Incident.id)).all() == []


def test_the_ladder_was_climbed_at_the_planned_instants(session: Session) -> None:
    kinds = (JournalKind.REMINDED, JournalKind.ESCALATED)
    climbed = session.scalars(select(JournalEntry).where(JournalEntry.kind.in_(kinds))).all()

    assert climbed
    late = [one.id for one in climbed if one.at != datetime.fromisoformat(one.details["planned_at"])]
    assert late == []


def test_each_school_acted_in_order_of_time(session: Session) -> None:
    entries = session.execute(
        select(JournalEntry.unit_id, JournalEntry.at).order_by(JournalEntry.unit_id, JournalEntry.id)
    ).all()

    backwards = [
        unit_id
        for (unit_id, at), (next_unit, next_at) in pairwise(entries)
        if unit_id == next_unit and next_at < at
    ]

    assert backwards == []

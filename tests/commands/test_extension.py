"""An extension reaches everything that hangs on the deadline, and nothing else; its history tells of it (C3)."""

import pytest
from sqlalchemy import select

from models.campaign import Deadline, DeadlineExtension
from models.instance import Timer, TimerState
from models.journal import JournalEntry, JournalKind
from models.notification import Message, Notification
from models.organisation import OrganisationUnit, SchoolLevel
from models.task import Task, TaskState
from tests.cast import World
from tests.commands.chain import assign, local, the_school
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.steering import deadlines
from workflows.commands.steering.extended import hangs_on
from workflows.commands.work import notes, taking_back
from workflows.errors import NotTakenBack
from workflows.notify.messages import text_of
from workflows.unit_of_work import UnitOfWork

LATER = "2023-06-29T17:00"


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    """A school with an officer; the staff deadline is 17:00 on Thursday, 15 June."""
    world = the_school(store, clock)
    assign(world)
    return world


def at(world: World, instant: str) -> World:
    world.clock.set(local(instant))
    world.run_worker()
    return world


def extend(world: World, due_at: str = LATER, key: str = "staff", level: str = "THCS") -> int:
    return world.do(
        lambda work: deadlines.extend(
            work,
            actor=world.actor(work, "department_officer"),
            campaign_id=world.campaign_id,
            key=key,
            level=level,
            unit_id=None,
            due_at=local(due_at),
            reason="mưa bão",
        )
    )


def entries(world: World, task_id: int) -> list[JournalEntry]:
    query = select(JournalEntry).where(
        JournalEntry.task_id == task_id, JournalEntry.kind == JournalKind.DEADLINE_EXTENDED
    )
    return world.read(lambda session: list(session.scalars(query)))


def delays(world: World) -> list[Task]:
    return world.open_tasks(element_id="look_into_delay", unit_id=world.units["school"])


def test_what_had_moved_on_before_the_deadline_is_late_no_more(world: World) -> None:
    at(world, "2023-06-12T09:00")
    world.complete("officer", "review_record", "ready", subject="Chủ Nhiệm")
    assert world.task("confirm_record").due_at == local("2023-06-14T17:00")
    at(world, "2023-06-19T09:00")

    extend(world)

    # Two working days, as the step has it, from the day of the extension.
    confirming = world.task("confirm_record")
    assert confirming.due_at == local("2023-06-21T17:00")
    at(world, "2023-06-20T17:30")
    assert world.task("confirm_record").rungs_climbed == 1


def test_what_opened_after_the_deadline_is_late_no_more(world: World) -> None:
    at(world, "2023-06-16T09:00")
    world.complete("officer", "review_record", "ready", subject="Chủ Nhiệm")
    at(world, "2023-06-21T09:00")
    assert world.task("confirm_record").due_at < local("2023-06-21T09:00")

    extend(world)

    assert not [
        task.element_id
        for task in world.open_tasks(unit_id=world.units["school"])
        if task.due_at <= world.clock.now() and task.element_id in ("review_record", "confirm_record")
    ]


def test_who_still_has_time_does_not_get_it_anew(world: World) -> None:
    at(world, "2023-06-12T09:00")
    world.complete("officer", "review_record", "ready", subject="Chủ Nhiệm")
    at(world, "2023-06-13T09:00")

    extend(world)

    assert world.task("confirm_record").due_at == local("2023-06-14T17:00")


def test_the_history_of_a_task_says_who_moved_what_to_when_and_why(world: World) -> None:
    task = world.task("review_record", "Chủ Nhiệm")

    extend(world)

    (entry,) = entries(world, task.id)
    assert entry.actor_id == world.people["department_officer"]
    assert entry.details["before"] == "2023-06-15T10:00:00+00:00"
    assert entry.details["due_at"] == "2023-06-29T10:00:00+00:00"
    assert entry.details["reason"] == "mưa bão"


def test_a_notice_of_something_late_keeps_the_due_time_of_then(world: World) -> None:
    at(world, "2023-06-15T17:30")

    extend(world)

    query = select(Notification).where(
        Notification.message == Message.TASK_OVERDUE, Notification.person_id == world.people["officer"]
    )
    said = world.do(lambda work: [text_of(one, "vi", work.engine) for one in work.session.scalars(query)])
    assert said
    assert all("Hạn là 17:00 thứ Năm 15/06/2023." in text for text in said)


def test_an_extension_of_a_level_keeps_the_instant_that_was_issued_for_it(world: World) -> None:
    def rules(work: UnitOfWork) -> None:
        school = work.session.get_one(OrganisationUnit, world.units["school"])
        school.levels = frozenset({SchoolLevel.TH, SchoolLevel.THCS})
        for level, day in (("TH", 20), ("THCS", 12)):
            due_at = local(f"2023-06-{day}T17:00")
            work.session.add(Deadline(campaign_id=world.campaign_id, key="staff", level=level, due_at=due_at))

    world.do(rules)

    extend(world, "2023-06-19T17:00", level="THCS")

    # The school's own instant is the later one of its two levels.
    assert world.task("review_record", "Chủ Nhiệm").due_at == local("2023-06-15T17:00")
    query = select(DeadlineExtension.due_before_at)
    assert world.read(lambda session: session.scalars(query).all()) == [local("2023-06-12T17:00")]


def test_another_deadline_moves_nothing_of_this_one(world: World) -> None:
    at(world, "2023-06-16T09:00")
    late = world.task("review_record", "Chủ Nhiệm")
    assert len(delays(world)) == 1

    extend(world, key="report")

    assert world.task("review_record", "Chủ Nhiệm").due_at == late.due_at
    assert len(delays(world)) == 1
    assert entries(world, late.id) == []


def test_a_step_that_the_old_deadline_opened_goes_and_opens_again_at_the_new_one(world: World) -> None:
    at(world, "2023-06-16T09:00")
    (delay,) = delays(world)

    extend(world)

    assert delays(world) == []
    gone = world.read(lambda session: session.get_one(Task, delay.id))
    assert gone.state is TaskState.WITHDRAWN
    assert entries(world, delay.id)[0].details["withdrawn"] == "look_into_delay"
    query = select(Notification).where(Notification.message == Message.TASK_WITHDRAWN)

    def said(work: UnitOfWork) -> list[tuple[int, str]]:
        found = work.session.scalars(query).all()
        return [(one.person_id, text_of(one, "vi", world.engine)) for one in found]

    assert world.do(said) == [
        (
            world.people["principal"],
            "Không còn phải làm: xem xét việc chậm, Trường THCS Mẫu. Hạn đã dời đến 17:00 thứ Năm 29/06/2023.",
        )
    ]
    at(world, "2023-06-29T17:30")
    assert [task.instance_id for task in delays(world)].count(delay.instance_id) == 1
    waiting = select(Timer).where(Timer.state == TimerState.WAITING, Timer.element_id == "staff_deadline")
    assert world.read(lambda session: session.scalars(waiting).all()) == []


def test_a_step_that_somebody_has_begun_stays(world: World) -> None:
    at(world, "2023-06-16T09:00")
    (delay,) = delays(world)
    world.do(
        lambda work: notes.save_draft(
            work, task_id=delay.id, actor=world.actor(work, "principal"), typed={"f.measures": "thiếu máy"}
        )
    )

    extend(world)

    assert [task.id for task in delays(world)] == [delay.id]


def test_after_an_extension_there_is_no_state_to_go_back_to(world: World) -> None:
    assigned = world.read(
        lambda session: session.scalars(
            select(Task.id).where(Task.element_id == "assign_officer", Task.state == TaskState.COMPLETED)
        ).one()
    )

    extend(world)

    with pytest.raises(NotTakenBack):
        world.do(
            lambda work: taking_back.withdraw(work, task_id=assigned, actor=world.actor(work, "principal"))
        )


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ("deadline('staff')", True),
        ('min(workdays(2), deadline( "staff" ))', True),
        ("deadline('class')", False),
        ("deadline(which)", True),
        ("workdays(1)", False),
        (None, False),
    ],
)
def test_rules_that_hang_on_a_deadline(rule: str | None, answer: bool) -> None:
    assert hangs_on(rule, "staff") is answer

"""Whom the ladder speaks to: people by name who answer for a unit, and the late one learns of it (C1, C4)."""

from datetime import datetime

import pytest
from sqlalchemy import select, update

from models.journal import JournalEntry, JournalKind
from models.notification import Message, Notification
from models.person import Appointment
from tests.cast import World
from tests.commands.chain import assign, local, the_school
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.due import told
from workflows.notify.messages import text_of
from workflows.unit_of_work import UnitOfWork


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    """A school whose officer has not reviewed anybody."""
    world = the_school(store, clock)
    assign(world)
    return world


def after(world: World, day: str) -> World:
    """Let the worker find what is due on a day."""
    world.clock.set(local(f"{day}T17:30"))
    world.run_worker()
    return world


def reached(world: World, to: str) -> list[str]:
    """Give whom a rung of the officer's task would reach now."""
    task = world.task("review_record", "Chủ Nhiệm")
    names = {id_: name for name, id_ in world.people.items()}
    return [names[one] for one in world.do(lambda work: told.people_of(work, task, to))]


def leaves(world: World, *names: str) -> None:
    """End the appointments of some people."""
    ids = [world.people[name] for name in names]

    def end(work: UnitOfWork) -> None:
        work.session.execute(
            update(Appointment)
            .where(Appointment.person_id.in_(ids))
            .values(until_on=local("2023-06-01T00:00"))
        )

    world.do(end)


def escalated(world: World, name: str) -> int:
    query = select(Notification.id).where(
        Notification.message == Message.TASK_ESCALATED, Notification.person_id == world.people[name]
    )
    return len(world.read(lambda session: session.scalars(query).all()))


def test_the_head_of_the_superior_unit_is_told_beside_its_officers(world: World) -> None:
    after(world, "2023-06-20")

    assert escalated(world, "district_head") >= 6
    assert escalated(world, "inspector") == escalated(world, "second_inspector")
    assert escalated(world, "district_head") == escalated(world, "inspector")
    entries = select(JournalEntry).where(JournalEntry.kind == JournalKind.ESCALATED)
    upwards = [
        one for one in world.read(lambda s: s.scalars(entries).all()) if one.details["to"] == "superior"
    ]
    assert upwards[0].details["people"][0] == world.people["district_head"]


def test_the_late_one_reads_by_name_who_was_told(world: World) -> None:
    after(world, "2023-06-20")

    query = select(Notification).where(
        Notification.person_id == world.people["officer"], Notification.message == Message.TASK_OVERDUE
    )

    def last(work: UnitOfWork) -> str:
        notice = work.session.scalars(query.order_by(Notification.id.desc())).first()
        assert notice is not None
        return text_of(notice, "vi", world.engine)

    told_of = world.do(last)
    assert (
        "Đã báo đơn vị cấp trên (cô Trưởng Phòng Mẫu, thầy Chuyên Viên Một, cô Chuyên Viên Hai)." in told_of
    )


@pytest.mark.parametrize(
    ("gone", "to", "people"),
    [
        ((), "head", ["principal"]),
        ((), "superior", ["district_head", "inspector", "second_inspector"]),
        ((), "office", ["department_officer"]),
        (("principal",), "head", ["deputy"]),
        (("principal", "deputy"), "head", ["district_head", "inspector", "second_inspector"]),
        (("inspector", "second_inspector"), "superior", ["district_head"]),
        (("district_head", "inspector", "second_inspector"), "superior", ["department_officer"]),
    ],
)
def test_a_rung_never_speaks_to_nobody(
    world: World, gone: tuple[str, ...], to: str, people: list[str]
) -> None:
    leaves(world, *gone)

    assert reached(world, to) == people


def test_a_late_head_is_reported_to_the_superior_unit_once(world: World) -> None:
    """The rungs to the head and to the superior unit would reach the same people: they are one."""
    world.complete("officer", "review_record", "ready", subject="Hiệu Trưởng Mẫu")
    confirming = world.task("confirm_record")

    after(world, "2023-06-20")
    after(world, "2023-06-30")

    (rung,) = [one for one in rungs(world, confirming.id) if one.kind is JournalKind.ESCALATED]
    assert (rung.details["to"], rung.details["drawn"]) == ("superior", "head")
    assert rung.details["people"][0] == world.people["district_head"]
    assert notices(world, confirming.id, "district_head") == [Message.TASK_ESCALATED]


def test_a_unit_that_loses_its_head_is_still_reported_to_the_superior_unit(world: World) -> None:
    """What an earlier rung said stays what it said: the head was told then, the superior unit not yet."""
    task = world.task("review_record", "Chủ Nhiệm")
    after(world, "2023-06-16")
    leaves(world, "principal", "deputy")

    after(world, "2023-06-20")

    assert [one.details["to"] for one in rungs(world, task.id)][-2:] == ["head", "superior"]


def test_a_worker_that_comes_late_tells_each_person_once_of_the_highest_rung(world: World) -> None:
    task = world.task("review_record", "Chủ Nhiệm")

    after(world, "2023-06-20")

    assert notices(world, task.id, "officer") == [Message.TASK_OVERDUE]
    assert notices(world, task.id, "principal") == [Message.TASK_ESCALATED]
    climbed = rungs(world, task.id)
    assert [one.details["to"] for one in climbed] == ["assignee", "assignee", "head", "superior"]
    planned = [datetime.fromisoformat(one.details["planned_at"]) for one in climbed]
    assert planned == sorted(set(planned))
    assert all(one.at == world.clock.now() for one in climbed)


def rungs(world: World, task_id: int) -> list[JournalEntry]:
    kinds = (JournalKind.REMINDED, JournalKind.ESCALATED)
    query = select(JournalEntry).where(JournalEntry.task_id == task_id, JournalEntry.kind.in_(kinds))
    return world.read(lambda session: list(session.scalars(query.order_by(JournalEntry.id))))


def notices(world: World, task_id: int, name: str) -> list[Message]:
    """Give what the ladder told somebody about a task."""
    query = select(Notification.message).where(
        Notification.task_id == task_id,
        Notification.person_id == world.people[name],
        Notification.message.in_((Message.TASK_DUE_SOON, Message.TASK_OVERDUE, Message.TASK_ESCALATED)),
    )
    return world.read(lambda session: list(session.scalars(query.order_by(Notification.id))))

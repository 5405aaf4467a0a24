"""Whom the ladder speaks to: people by name who answer for a unit, and the late one learns of it (C1, C4)."""

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
        (("principal", "deputy"), "head", ["district_head"]),
        (("inspector", "second_inspector"), "superior", ["district_head"]),
        (("district_head", "inspector", "second_inspector"), "superior", ["department_officer"]),
    ],
)
def test_a_rung_never_speaks_to_nobody(
    world: World, gone: tuple[str, ...], to: str, people: list[str]
) -> None:
    leaves(world, *gone)

    assert reached(world, to) == people


def test_a_late_head_is_not_reported_to_themself(world: World) -> None:
    world.complete("officer", "review_record", "ready", subject="Hiệu Trưởng Mẫu")
    confirming = world.task("confirm_record")

    reported = world.do(lambda work: told.people_of(work, confirming, "head"))

    assert reported == [world.people["district_head"]]

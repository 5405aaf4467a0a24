"""Two presses at the same moment: whoever comes second meets what the first one did, on both databases."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from models.calendar import LocalDay
from models.journal import JournalEntry, JournalKind
from models.person import Appointment, Position
from tests.cast import World, build_world
from tests.commands.test_concurrency import at_once
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.administration import calendar, organisation
from workflows.commands.steering import deadlines, urging
from workflows.errors import AlreadyDone, FormRefused, NotPermitted, UnitUnknown
from workflows.errors.steering import UrgedAlready
from workflows.queries.calendars import Touched
from workflows.unit_of_work import UnitOfWork

OFF = date(2023, 6, 16)


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def adding(world: World, who: str, unit: int, key: str | None = None) -> Callable[[UnitOfWork], Touched]:
    return lambda work: calendar.add_days(
        work,
        actor=world.actor(work, who),
        unit_id=unit,
        first=OFF,
        last=OFF,
        works=False,
        name="Nghỉ bão",
        request_key=key,
    )


def pressing(world: World, who: str, key: str) -> Callable[[UnitOfWork], int]:
    return lambda work: urging.urge(
        work,
        actor=world.actor(work, who),
        campaign_id=world.campaign_id,
        unit_id=world.units["school"],
        words="Đề nghị xong",
        request_key=key * 32,
    )


def count(world: World, kind: JournalKind) -> int:
    query = select(func.count()).where(JournalEntry.kind == kind)
    return world.read(lambda session: session.scalar(query)) or 0


def test_the_same_days_pressed_twice_are_one(world: World) -> None:
    results = at_once(world, [adding(world, "administrator", world.units["school"], "k" * 32)] * 2)

    assert {type(one) for one in results} == {Touched, AlreadyDone}
    assert count(world, JournalKind.LOCAL_DAYS_ADDED) == 1


def test_the_same_day_sent_from_two_pages_is_entered_once(world: World) -> None:
    unit = world.units["school"]
    results = at_once(world, [adding(world, "administrator", unit, one * 32) for one in "ab"])

    assert {type(one) for one in results} == {Touched, FormRefused}
    assert world.read(lambda session: session.scalar(select(func.count(LocalDay.id)))) == 1


@pytest.mark.parametrize("who", ["principal", "inspector", "department_officer", "deputy", "stranger"])
def test_others_enter_no_days(world: World, who: str) -> None:
    with pytest.raises(NotPermitted):
        world.do(adding(world, who, world.units["school"]))
    with pytest.raises(UnitUnknown):
        world.do(adding(world, who, 424242))


def test_urging_pressed_twice_is_one_and_so_are_the_same_words_of_two(world: World) -> None:
    world.publish_shipped()
    world.open_campaign()

    twice = at_once(world, [pressing(world, "inspector", "a")] * 2)
    other = at_once(world, [pressing(world, "department_officer", "b"), pressing(world, "inspector", "c")])

    assert {type(one) for one in twice} == {int, AlreadyDone}
    assert {type(one) for one in other} == {UrgedAlready}
    assert count(world, JournalKind.URGED) == 1


def test_an_extension_pressed_twice_is_one(world: World) -> None:
    world.publish_shipped()
    world.open_campaign()

    def extend(work: UnitOfWork) -> int:
        return deadlines.extend(
            work,
            actor=world.actor(work, "department_officer"),
            campaign_id=world.campaign_id,
            key="class",
            level="",
            unit_id=None,
            due_at=datetime(2023, 6, 28, 10, tzinfo=UTC),
            reason="Mưa bão",
            request_key="e" * 32,
        )

    assert {type(one) for one in at_once(world, [extend] * 2)} == {int, AlreadyDone}


def test_an_appointment_pressed_twice_is_one(world: World) -> None:
    def appoint(work: UnitOfWork) -> Appointment:
        return organisation.appoint(
            work,
            actor=world.actor(work, "administrator"),
            person_id=world.people["homeroom"],
            unit_id=world.units["school"],
            position=Position.OFFICER,
            from_on=date(2023, 6, 5),
            request_key="p" * 32,
        )

    assert {type(one) for one in at_once(world, [appoint] * 2)} == {Appointment, AlreadyDone}

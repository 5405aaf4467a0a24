"""Appointments and moves of the reporting line: who may, what is refused, what the journal keeps."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from models.journal import JournalEntry, JournalKind
from models.organisation import ReportingLine
from models.person import Appointment, Position
from tests.cast import World, build_world
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.administration import organisation
from workflows.errors import (
    AlreadyAppointed,
    AlreadyDone,
    AppointmentGone,
    DatesReversed,
    LineMovedLater,
    LineRunsInCircle,
    NotPermitted,
    PersonUnknown,
    Refusal,
    UnitUnknown,
)
from workflows.queries.organisation import holders_of, subtree_ids, superiors_of

TODAY = date(2023, 6, 5)
LAST_DAY, NEW_DAY = date(2023, 6, 30), date(2023, 7, 1)


@pytest.fixture
def world(sqlite_store: Store, clock: FixedClock) -> World:
    return build_world(sqlite_store, clock)


def appoint(world: World, who: str, **changes: Any) -> int:
    """Let somebody make the colleague an officer of the school, or as `changes` say."""
    wanted: dict[str, Any] = {
        "person_id": world.people["colleague"],
        "unit_id": world.units["school"],
        "position": Position.OFFICER,
        "from_on": TODAY,
        **changes,
    }
    return world.do(lambda work: organisation.appoint(work, actor=world.actor(work, who), **wanted).id)


def move(world: World, who: str, unit: str, superior: str, from_on: date = NEW_DAY, **rest: Any) -> None:
    world.do(
        lambda work: (
            organisation.move_reporting_line(
                work,
                actor=world.actor(work, who),
                unit_id=world.units[unit],
                superior_id=world.units[superior],
                from_on=from_on,
                **rest,
            )
            and None
        )
    )


def entries(world: World, kind: JournalKind) -> list[JournalEntry]:
    return world.read(lambda s: list(s.scalars(select(JournalEntry).filter_by(kind=kind))))


def test_head_appoints_an_officer_of_the_unit(world: World) -> None:
    appoint(world, "principal", until_on=LAST_DAY)

    def officers(on: date) -> list[str]:
        found = world.read(lambda s: holders_of(s, Position.OFFICER, world.units["school"], on))
        return [person.full_name for person in found]

    assert officers(LAST_DAY) == ["Bộ Môn Ảo"]
    assert officers(NEW_DAY) == []
    (entry,) = entries(world, JournalKind.APPOINTED)
    assert entry.actor_id == world.people["principal"]
    assert entry.details == {
        "person": world.people["colleague"],
        "position": "officer",
        "from": "2023-06-05",
        "until": "2023-06-30",
    }


@pytest.mark.parametrize("who", ["deputy", "officer", "homeroom", "inspector", "district_head", "stranger"])
def test_nobody_else_appoints_in_a_school(world: World, who: str) -> None:
    with pytest.raises(NotPermitted):
        appoint(world, who)


@pytest.mark.parametrize("position", [Position.HEAD, Position.ADMINISTRATOR])
def test_heads_and_administrators_are_named_from_above(world: World, position: Position) -> None:
    with pytest.raises(NotPermitted):
        appoint(world, "principal", position=position)

    appoint(world, "administrator", position=position)

    assert len(entries(world, JournalKind.APPOINTED)) == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"until_on": date(2023, 6, 4)}, DatesReversed),
        ({"position": Position.TEACHER}, AlreadyAppointed),
        ({"position": Position.TEACHER, "from_on": date(2019, 1, 1), "until_on": TODAY}, AlreadyAppointed),
        ({"person_id": 999}, PersonUnknown),
        ({"unit_id": 999}, UnitUnknown),
    ],
)
def test_impossible_appointment_is_refused(
    world: World, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        appoint(world, "administrator", **changes)

    assert entries(world, JournalKind.APPOINTED) == []


def test_position_held_in_another_period_is_no_obstacle(world: World) -> None:
    appoint(world, "principal", until_on=LAST_DAY)

    appoint(world, "principal", from_on=NEW_DAY)

    assert len(entries(world, JournalKind.APPOINTED)) == 2


def test_appointment_ends_after_its_last_day(world: World) -> None:
    appointment_id = appoint(world, "principal")

    def end(until_on: date) -> None:
        world.do(
            lambda work: organisation.end_appointment(
                work,
                actor=world.actor(work, "principal"),
                unit_id=world.units["school"],
                appointment_id=appointment_id,
                until_on=until_on,
            )
        )

    with pytest.raises(DatesReversed):
        end(date(2023, 6, 4))
    end(LAST_DAY)
    world.clock.advance(days=60)
    with pytest.raises(AppointmentGone):
        end(date(2023, 12, 31))

    assert world.read(lambda s: s.get_one(Appointment, appointment_id).until_on) == LAST_DAY
    assert len(entries(world, JournalKind.APPOINTMENT_ENDED)) == 1


def test_line_moves_on_a_day_and_keeps_the_past(world: World) -> None:
    move(world, "administrator", "school", "department")

    def line(on: date) -> list[str]:
        return [unit.code for unit in world.read(lambda s: superiors_of(s, world.units["school"], on))]

    assert line(LAST_DAY) == ["district", "department"]
    assert line(NEW_DAY) == ["department"]
    below = world.read(lambda s: subtree_ids(s, world.units["district"], NEW_DAY))
    assert world.units["school"] not in below
    (entry,) = entries(world, JournalKind.REPORTING_LINE_MOVED)
    assert entry.details["before"] == world.units["district"]


def test_line_is_put_right_on_the_day_it_began(world: World) -> None:
    move(world, "administrator", "school", "district")

    move(world, "administrator", "school", "department")

    lines = world.read(
        lambda s: s.scalars(
            select(ReportingLine).filter_by(unit_id=world.units["school"]).order_by(ReportingLine.from_on)
        ).all()
    )
    assert [(line.superior_id, line.from_on) for line in lines][1:] == [(world.units["department"], NEW_DAY)]


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (lambda world: move(world, "district_head", "school", "department"), NotPermitted),
        (lambda world: move(world, "principal", "school", "department"), NotPermitted),
        (lambda world: move(world, "administrator", "district", "school"), LineRunsInCircle),
        (lambda world: move(world, "administrator", "district", "district"), LineRunsInCircle),
        (
            lambda world: move(world, "administrator", "school", "department", date(2020, 8, 1)),
            LineMovedLater,
        ),
    ],
)
def test_wrong_move_is_refused(world: World, act: Callable[[World], None], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        act(world)

    assert entries(world, JournalKind.REPORTING_LINE_MOVED) == []


def test_the_same_request_twice_moves_once(world: World) -> None:
    move(world, "administrator", "school", "department", request_key="k1")

    with pytest.raises(AlreadyDone):
        move(world, "administrator", "school", "department", request_key="k1")

    assert len(entries(world, JournalKind.REPORTING_LINE_MOVED)) == 1

"""Adding and changing units, and lines and appointments at their edges: who may, what is refused, what is kept."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from models.journal import JournalEntry, JournalKind
from models.organisation import OrganisationUnit, SchoolLevel
from models.person import Account, Appointment, Position
from tests.cast import World, build_world
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.administration import organisation, units
from workflows.commands.administration.units import UnitFacts
from workflows.errors import (
    AlreadyDone,
    FormRefused,
    LineRunsInCircle,
    NotPermitted,
    Refusal,
    UnitUnknown,
    ValueMissing,
    ValueNotOffered,
    ValueTooLong,
)
from workflows.errors.accounts import CodeBad, CodeTaken, LastAdministrator, SuperiorUnfit
from workflows.queries.organisation import superiors_of

TODAY = date(2023, 6, 5)
FACTS = {"name": "Trường TH Mới Ảo", "short_name": "TH Mới", "place": "Quận Mẫu", "contact": "Văn phòng"}


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def add(world: World, who: str = "administrator", superior: str = "district", **changes: Any) -> int:
    """Let somebody add a school below a unit, or as `changes` say."""
    facts = UnitFacts(**{**FACTS, "levels": ("TH",), **changes.pop("facts", {})})
    wanted: dict[str, Any] = {"kind": "school", "code": "", **changes}
    wanted.setdefault("superior_id", world.units.get(superior))
    return world.do(lambda work: units.add_unit(work, actor=world.actor(work, who), facts=facts, **wanted).id)


def unit(world: World, unit_id: int) -> OrganisationUnit:
    return world.read(lambda session: session.get_one(OrganisationUnit, unit_id))


def entries(world: World, kind: JournalKind) -> list[JournalEntry]:
    return world.read(lambda s: list(s.scalars(select(JournalEntry).filter_by(kind=kind))))


def test_a_unit_is_added_below_its_superior(world: World) -> None:
    added = add(world)

    made = unit(world, added)
    assert (made.code, made.short_name, made.levels) == ("th-moi", "TH Mới", {SchoolLevel.TH})
    assert made.search_text == "th moi truong th moi ao th-moi"
    above = world.read(lambda session: [one.code for one in superiors_of(session, added, TODAY)])
    assert above == ["district", "department"]
    (entry,) = entries(world, JournalKind.UNIT_ADDED)
    assert (entry.unit_id, entry.actor_id) == (added, world.people["administrator"])
    assert entry.details["superior"] == world.units["district"]


def test_a_second_unit_of_the_name_gets_another_code(world: World) -> None:
    codes = [unit(world, add(world)).code for _ in range(3)]

    assert codes == ["th-moi", "th-moi-2", "th-moi-3"]


@pytest.mark.parametrize("who", ["district_head", "inspector", "principal", "department_officer", "stranger"])
def test_only_the_administrator_of_the_department_adds_and_changes_units(world: World, who: str) -> None:
    with pytest.raises(NotPermitted):
        add(world, who)
    with pytest.raises(NotPermitted):
        change(world, "school", who)

    assert entries(world, JournalKind.UNIT_ADDED) == entries(world, JournalKind.UNIT_CHANGED) == []


def test_the_administrator_of_a_school_keeps_no_units(world: World) -> None:
    world.do(
        lambda work: work.session.add(
            Appointment(
                person_id=world.people["deputy"],
                unit_id=world.units["school"],
                position=Position.ADMINISTRATOR,
                from_on=TODAY,
            )
        )
    )

    with pytest.raises(NotPermitted):
        change(world, "school", "deputy")


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"facts": {"name": ""}}, "name", ValueMissing),
        ({"facts": {"name": "x" * 201}}, "name", ValueTooLong),
        ({"facts": {"name": "x" * 100, "short_name": ""}}, "short_name", ValueMissing),
        ({"facts": {"contact": "x" * 301}}, "contact", ValueTooLong),
        ({"facts": {"levels": ()}}, "levels", ValueMissing),
        ({"facts": {"levels": ("ĐH",)}}, "levels", ValueNotOffered),
        ({"kind": "department"}, "kind", ValueNotOffered),
        ({"kind": "castle"}, "kind", ValueNotOffered),
        ({"code": "school"}, "code", CodeTaken),
        ({"code": "Trường Mới"}, "code", CodeBad),
        ({"code": "x" * 41}, "code", CodeBad),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(
    world: World, changes: dict[str, Any], field: str, problem: type[Refusal]
) -> None:
    with pytest.raises(FormRefused) as refused:
        add(world, **changes)

    assert isinstance(refused.value.problems[field], problem)
    assert entries(world, JournalKind.UNIT_ADDED) == []


def test_nothing_reports_to_a_school_or_to_nobody(world: World) -> None:
    with pytest.raises(SuperiorUnfit):
        add(world, superior="school")
    with pytest.raises(UnitUnknown):
        add(world, superior_id=999)


def test_the_same_request_twice_adds_once(world: World) -> None:
    add(world, request_key="k1")

    with pytest.raises(AlreadyDone):
        add(world, request_key="k1")

    assert len(entries(world, JournalKind.UNIT_ADDED)) == 1


def change(world: World, key: str, who: str = "administrator", **facts: Any) -> None:
    given = UnitFacts(**{**FACTS, "levels": ("THCS",), **facts})
    world.do(
        lambda work: (
            units.change_unit(work, actor=world.actor(work, who), unit_id=world.units[key], facts=given)
            and None
        )
    )


def test_changed_facts_are_kept_with_what_they_were(world: World) -> None:
    change(world, "school", name="Trường THCS Mẫu Mới", short_name="", contact="Cô Trực")

    changed = unit(world, world.units["school"])
    assert (changed.name, changed.short_name) == ("Trường THCS Mẫu Mới", "Trường THCS Mẫu Mới")
    (entry,) = entries(world, JournalKind.UNIT_CHANGED)
    assert entry.details["before"]["name"] == "Trường THCS Mẫu"
    assert entry.details["after"] == {
        "name": "Trường THCS Mẫu Mới",
        "short_name": "Trường THCS Mẫu Mới",
        "contact": "Cô Trực",
    }


def test_a_circle_that_would_close_later_is_refused(world: World) -> None:
    commune = add(world, superior="department", kind="commune", facts={"levels": ()})
    move: Callable[[int, int, date], Any] = lambda unit_id, superior_id, on: world.do(  # noqa: E731
        lambda work: organisation.move_reporting_line(
            work,
            actor=world.actor(work, "administrator"),
            unit_id=unit_id,
            superior_id=superior_id,
            from_on=on,
        )
    )
    move(commune, world.units["district"], date(2023, 7, 1))

    with pytest.raises(LineRunsInCircle):
        move(world.units["district"], commune, date(2023, 6, 20))
    with pytest.raises(SuperiorUnfit):
        move(commune, world.units["school"], date(2023, 8, 1))


def test_the_last_administrator_stays(world: World) -> None:
    first = world.read(
        lambda s: s.scalars(select(Appointment.id).filter_by(position=Position.ADMINISTRATOR)).one()
    )

    def end_first() -> None:
        world.do(
            lambda work: organisation.end_appointment(
                work,
                actor=world.actor(work, "administrator"),
                unit_id=world.units["department"],
                appointment_id=first,
                until_on=TODAY,
            )
        )

    with pytest.raises(LastAdministrator):
        end_first()
    world.do(
        lambda work: work.session.add_all(
            [
                Appointment(
                    person_id=world.people["department_officer"],
                    unit_id=world.units["department"],
                    position=Position.ADMINISTRATOR,
                    from_on=TODAY,
                ),
                Account(person_id=world.people["department_officer"], login="second", password_hash="-"),
            ]
        )
    )
    end_first()

    assert len(entries(world, JournalKind.APPOINTMENT_ENDED)) == 1

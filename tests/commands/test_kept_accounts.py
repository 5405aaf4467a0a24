"""Accounts of other people: who may open, reset and close which, and what the journal keeps of it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.journal import JournalEntry, JournalKind
from models.organisation import UnitKind
from models.person import Account, Appointment, Person, Position
from models.school import Employment, StaffCategory, StaffMember
from tests.cast import World, build_world
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.administration import logins, people, units
from workflows.commands.administration.people import Named, Place
from workflows.commands.administration.units import UnitFacts
from workflows.errors import (
    AlreadyDone,
    FormRefused,
    NotPermitted,
    PersonUnknown,
    Refusal,
    UnitUnknown,
    ValueMissing,
    ValueNotOffered,
    ValueTooLong,
)
from workflows.errors.accounts import (
    AccountGone,
    AccountThere,
    EmailBad,
    LoginBad,
    LoginTaken,
    NobodyWithoutAccount,
    OwnAccount,
)

TODAY = date(2023, 6, 5)
NOBODY = ("deputy", "officer", "homeroom", "inspector", "district_head", "department_officer", "stranger")
ACTS = (logins.open_account, logins.reset_password, logins.close_account, logins.reopen_account)


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def act(world: World, command: Any, who: str, whose: str, unit: str = "school", **given: Any) -> None:
    """Let somebody do something with the account of somebody."""
    if command is logins.open_account:
        given.setdefault("login", "")
    if command in (logins.open_account, logins.reset_password):
        given.setdefault("password_hash", "new hash")
    world.do(
        lambda work: (
            command(
                work,
                actor=world.actor(work, who),
                unit_id=world.units[unit],
                person_id=world.people[whose],
                **given,
            )
            and None
        )
    )


def account(world: World, whose: str) -> Account:
    query = select(Account).where(Account.person_id == world.people[whose])
    return world.read(lambda session: session.scalars(query).one())


def entries(world: World) -> list[JournalEntry]:
    return world.read(lambda session: list(session.scalars(select(JournalEntry).order_by(JournalEntry.id))))


@pytest.mark.parametrize("who", ["administrator", "principal"])
def test_an_account_is_opened_with_a_start_password(world: World, who: str) -> None:
    act(world, logins.open_account, who, "homeroom")

    opened = account(world, "homeroom")
    assert (opened.login, opened.password_hash, opened.is_active) == ("thucn.school", "new hash", True)
    assert opened.start_password_ends_at == world.clock.now() + logins.START_PASSWORD_LASTS
    (entry,) = entries(world)
    assert (entry.kind, entry.unit_id) == (JournalKind.ACCOUNT_OPENED, world.units["school"])
    assert entry.details == {"person": world.people["homeroom"], "login": "thucn.school"}


@pytest.mark.parametrize("who", NOBODY)
def test_nobody_else_touches_accounts(world: World, who: str) -> None:
    act(world, logins.open_account, "administrator", "visiting")
    for command in ACTS:
        for whose in ("homeroom", "visiting"):
            with pytest.raises(NotPermitted):
                act(world, command, who, whose)

    assert account(world, "visiting").is_active
    assert len(entries(world)) == 1


@pytest.mark.parametrize("command", ACTS)
def test_a_head_does_not_reach_into_other_units(world: World, command: Any) -> None:
    with pytest.raises(PersonUnknown):
        act(world, command, "principal", "stranger")
    with pytest.raises(NotPermitted):
        act(world, command, "principal", "stranger", unit="other_school")
    with pytest.raises(NotPermitted):
        act(world, command, "district_head", "inspector", unit="district")


@pytest.mark.parametrize("position", [Position.HEAD, Position.ADMINISTRATOR])
def test_a_head_does_not_log_in_as_somebody_named_from_above(world: World, position: Position) -> None:
    appoint(world, "colleague", "school", position, TODAY + timedelta(days=7))

    for command in ACTS:
        with pytest.raises(NotPermitted):
            act(world, command, "principal", "colleague")


def test_a_head_does_not_log_in_as_somebody_of_two_units(world: World) -> None:
    appoint(world, "colleague", "district", Position.OFFICER)
    world.do(
        lambda work: work.session.add(
            StaffMember(
                unit_id=world.units["other_school"],
                person_id=world.people["visiting"],
                employment=Employment.VISITING,
                category=StaffCategory.TEACHER,
                joined_on=TODAY,
            )
        )
    )

    for whose in ("colleague", "visiting"):
        with pytest.raises(NotPermitted):
            act(world, logins.open_account, "principal", whose)
    with pytest.raises(NotPermitted):
        open_all(world, "principal", "homeroom", "visiting")
    act(world, logins.open_account, "administrator", "visiting")
    assert account(world, "visiting").login == "giatg.school"


def appoint(world: World, whose: str, unit: str, position: Position, from_on: date = TODAY) -> None:
    world.do(
        lambda work: work.session.add(
            Appointment(
                person_id=world.people[whose], unit_id=world.units[unit], position=position, from_on=from_on
            )
        )
    )


def test_a_reset_replaces_the_password_and_lifts_the_lock(world: World) -> None:
    act(world, logins.open_account, "principal", "homeroom")

    def lock(work: Any) -> None:
        found = work.session.scalars(select(Account)).one()
        found.failed_logins, found.locked_until_at = 3, world.clock.now() + timedelta(minutes=15)
        found.start_password_ends_at = None

    world.do(lock)
    act(world, logins.reset_password, "principal", "homeroom", password_hash="newer hash")

    after = account(world, "homeroom")
    assert (after.password_hash, after.failed_logins, after.locked_until_at) == ("newer hash", 0, None)
    assert after.start_password_ends_at is not None
    assert entries(world)[-1].kind is JournalKind.PASSWORD_RESET


def test_an_account_is_closed_and_opened_again_once(world: World) -> None:
    act(world, logins.open_account, "principal", "homeroom")
    states = []
    for command in (logins.close_account,) * 2 + (logins.reopen_account,) * 2:
        act(world, command, "principal", "homeroom")
        states.append(account(world, "homeroom").is_active)

    assert states == [False, False, True, True]
    assert [one.kind for one in entries(world)[1:]] == [
        JournalKind.ACCOUNT_CLOSED,
        JournalKind.ACCOUNT_REOPENED,
    ]


@pytest.mark.parametrize("command", ACTS[1:])
def test_ones_own_account_and_none_are_refused(world: World, command: Any) -> None:
    act(world, logins.open_account, "administrator", "administrator", unit="department")

    with pytest.raises(OwnAccount):
        act(world, command, "administrator", "administrator", unit="department")
    with pytest.raises(AccountGone):
        act(world, command, "principal", "homeroom")


@pytest.mark.parametrize(
    ("login", "problem"), [("ông hiệu", LoginBad), ("a", LoginBad), ("taken.school", LoginTaken)]
)
def test_a_login_that_does_not_work_is_said_at_its_field(
    world: World, login: str, problem: type[Refusal]
) -> None:
    act(world, logins.open_account, "principal", "colleague", login="taken.school")

    with pytest.raises(FormRefused) as refused:
        act(world, logins.open_account, "principal", "homeroom", login=login)

    assert isinstance(refused.value.problems["login"], problem)


def test_an_account_is_opened_once(world: World) -> None:
    act(world, logins.open_account, "principal", "homeroom", request_key="k1")

    with pytest.raises(AlreadyDone):
        act(world, logins.open_account, "principal", "homeroom", request_key="k1", password_hash="other")
    with pytest.raises(AccountThere):
        act(world, logins.open_account, "principal", "homeroom", password_hash="other")

    assert account(world, "homeroom").password_hash == "new hash"


def open_all(world: World, who: str, *names: str, key: str | None = None) -> list[str]:
    hashes = {world.people[name]: f"hash of {name}" for name in names}
    return world.do(
        lambda work: [
            one.login
            for one in logins.open_accounts(
                work,
                actor=world.actor(work, who),
                unit_id=world.units["school"],
                hashes=hashes,
                request_key=key,
            )
        ]
    )


def test_several_accounts_are_opened_in_one_act_under_names_of_their_own(world: World) -> None:
    def rename(work: Any) -> None:
        work.session.get_one(Person, world.people["colleague"]).full_name = "Cao Nam Thử"

    world.do(rename)
    act(world, logins.open_account, "principal", "visiting")

    made = open_all(world, "principal", "homeroom", "colleague", "visiting", key="k1")

    assert made == ["thucn.school", "thucn2.school"]
    assert account(world, "visiting").password_hash == "new hash"
    with pytest.raises(AlreadyDone):
        open_all(world, "principal", "homeroom", key="k1")
    with pytest.raises(NobodyWithoutAccount):
        open_all(world, "principal", "homeroom", "colleague")
    assert [one.kind for one in entries(world)] == [JournalKind.ACCOUNT_OPENED] * 3


def add(world: World, who: str = "administrator", unit: str = "school", **changes: str) -> int:
    given = {
        "full_name": "Mới  Đến Ảo",
        "honorific": "Cô",
        "email": "moi@truong.example",
        "position": "teacher",
        "category": "teacher",
        "employment": "contract",
        "duty": "Giáo viên Nhạc",
        **changes,
    }
    named = Named(**{name: given.pop(name) for name in ("full_name", "honorific", "email")})
    return world.do(
        lambda work: (
            people.add_person(
                work,
                actor=world.actor(work, who),
                unit_id=world.units.get(unit, 0),
                named=named,
                place=Place(**given),
            ).id
        )
    )


def test_a_person_is_added_to_a_school_and_to_an_office(world: World) -> None:
    in_school, in_office = add(world), add(world, unit="district", position="officer", category="")

    member = world.read(lambda s: s.scalars(select(StaffMember).filter_by(person_id=in_school)).one())
    assert (member.person.full_name, member.person.search_text) == ("Mới Đến Ảo", "moi den ao")
    assert (member.category, member.employment, member.joined_on) == (
        StaffCategory.TEACHER,
        Employment.CONTRACT,
        TODAY,
    )
    held = world.read(
        lambda s: s.scalars(
            select(Appointment)
            .where(Appointment.person_id.in_([in_school, in_office]))
            .order_by(Appointment.id)
        ).all()
    )
    assert [(one.position, one.from_on) for one in held] == [
        (Position.TEACHER, TODAY),
        (Position.OFFICER, TODAY),
    ]
    assert [one.kind for one in entries(world)] == [JournalKind.PERSON_ADDED] * 2


@pytest.mark.parametrize("who", [*NOBODY, "principal"])
def test_only_the_administrator_adds_and_renames_people(world: World, who: str) -> None:
    with pytest.raises(NotPermitted):
        add(world, who)
    with pytest.raises(NotPermitted):
        change(world, who)


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"full_name": ""}, "full_name", ValueMissing),
        ({"full_name": "— "}, "full_name", ValueMissing),
        ({"full_name": "x" * 121}, "full_name", ValueTooLong),
        ({"honorific": "Ngài"}, "honorific", ValueNotOffered),
        ({"position": "king"}, "position", ValueNotOffered),
        ({"category": ""}, "category", ValueNotOffered),
        ({"employment": "x"}, "employment", ValueNotOffered),
        ({"duty": "x" * 121}, "duty", ValueTooLong),
        ({"email": "moi@truong"}, "email", EmailBad),
        ({"email": "a@b.vn\nBcc: c@d.vn"}, "email", EmailBad),
        ({"email": "x" * 200 + "@b.vn"}, "email", ValueTooLong),
    ],
)
def test_a_person_who_does_not_fit_is_refused_at_the_field(
    world: World, changes: dict[str, str], field: str, problem: type[Refusal]
) -> None:
    with pytest.raises(FormRefused) as refused:
        add(world, **changes)

    assert list(refused.value.problems) == [field]
    assert isinstance(refused.value.problems[field], problem)
    assert entries(world) == []


def test_nobody_is_added_nowhere(world: World) -> None:
    with pytest.raises(UnitUnknown):
        add(world, unit="nowhere")


def change(world: World, who: str = "administrator", whose: str = "homeroom") -> None:
    act(world, people.change_person, who, whose, named=Named(full_name="Tên Mới", honorific="Cô", email=""))


def test_a_name_is_put_right_and_the_old_one_kept_in_the_journal(world: World) -> None:
    change(world)

    person = world.read(lambda session: session.get_one(Person, world.people["homeroom"]))
    assert (person.full_name, person.search_text, person.email) == ("Tên Mới", "ten moi", "")
    (entry,) = entries(world)
    assert entry.details["before"]["name"] == "Chủ Nhiệm Thử"
    with pytest.raises(PersonUnknown):
        change(world, whose="stranger")


def test_a_new_unit_is_filled_with_its_first_people(world: World) -> None:
    facts = UnitFacts(name="Xã Ảo", short_name="", place="", contact="")
    world.units["commune"] = world.do(
        lambda work: (
            units.add_unit(
                work,
                actor=world.actor(work, "administrator"),
                superior_id=world.units["department"],
                kind=UnitKind.COMMUNE,
                code="",
                facts=facts,
            ).id
        )
    )
    world.people["new head"] = add(world, unit="commune", position="head")

    act(world, logins.open_account, "administrator", "new head", unit="commune")

    assert account(world, "new head").login == "aomd.xa-ao"

"""The page of the working calendar: days off and days worked of a unit, entered, held for all below, taken back."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models.calendar import LocalDay
from models.journal import JournalEntry, JournalKind
from models.task import Task
from tests.cast import World
from tests.conftest import Store
from tests.web.conftest import Cast, Client
from tests.web.territory import Enter, entrance, running_world
from web.composition import Composition
from workflows.clock import FixedClock
from workflows.commands.running.terms import calendar_of
from workflows.policy.calendar import national_days

ClientOf = Callable[[str], Client]
# The present is Monday, 5 June 2023.
BREAK = {
    "first": "2023-06-16",
    "last": "19/06/2023",
    "works": "0",
    "name": "Nghỉ thi",
    "request_key": "b" * 32,
}


@pytest.fixture
def admin(client_of: ClientOf) -> Client:
    return client_of("admin")


@pytest.fixture
def at(cast: Cast) -> str:
    return f"/organisation/{cast.district}/calendar"


def entered(parts: Composition) -> list[tuple[int, date, bool, str]]:
    with parts.read_sessions() as session:
        rows = session.scalars(select(LocalDay).order_by(LocalDay.unit_id, LocalDay.day))
        return [(one.unit_id, one.day, one.is_working, one.name) for one in rows]


def kinds(parts: Composition) -> list[JournalKind]:
    with parts.read_sessions() as session:
        return list(session.scalars(select(JournalEntry.kind).order_by(JournalEntry.id)))


def test_a_break_holds_below_without_its_weekend_and_once(
    admin: Client, at: str, cast: Cast, parts: Composition, work: Callable[[], Any]
) -> None:
    first, second = admin.send(at, **BREAK), admin.send(at, **BREAK)

    assert (first.status_code, second.status_code, second.location) == (303, 303, first.location)
    assert entered(parts) == [
        (cast.district, date(2023, 6, 16), False, "Nghỉ thi"),
        (cast.district, date(2023, 6, 19), False, "Nghỉ thi"),
    ]
    assert kinds(parts) == [JournalKind.LOCAL_DAYS_ADDED]
    with work() as unit_of_work:
        below = calendar_of(unit_of_work, cast.school)
        assert not below.is_working(date(2023, 6, 16))
        assert below.add_workdays(datetime(2023, 6, 15, 1, tzinfo=UTC), 1).date() == date(2023, 6, 20)
    page = admin.get(f"/organisation/{cast.school}/calendar").text
    assert "Nghỉ thi" in page
    assert 'name="day"' not in page


def test_a_sunday_is_worked_and_taken_back(admin: Client, at: str, cast: Cast, parts: Composition) -> None:
    worked = {
        **BREAK,
        "first": "2023-06-18",
        "last": "",
        "works": "1",
        "name": "Học bù",
        "request_key": "w" * 32,
    }
    assert admin.send(at, **worked).status_code == 303
    assert entered(parts) == [(cast.district, date(2023, 6, 18), True, "Học bù")]
    number = re.search(r'name="day" value="(\d+)"', admin.get(at).text)
    assert number

    none = admin.send(f"{at}/remove", request_key="x" * 32)
    back = admin.send(f"{at}/remove", day=number[1], request_key="y" * 32)
    again = admin.send(f"{at}/remove", day=number[1], request_key="y" * 32)
    gone = admin.send(f"{at}/remove", day=number[1], request_key="z" * 32)

    assert [one.status_code for one in (none, back, again, gone)] == [422, 303, 303, 422]
    assert entered(parts) == []
    assert kinds(parts) == [JournalKind.LOCAL_DAYS_ADDED, JournalKind.LOCAL_DAYS_REMOVED]
    with parts.read_sessions() as session:
        kept = session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc())).first()
        assert kept is not None
        assert kept.details["days"] == [{"day": "2023-06-18", "works": True, "name": "Học bù"}]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first": ""}, "first"),
        ({"first": "mai"}, "first"),
        ({"first": "2023-06-02", "last": ""}, "first"),
        ({"first": "2026-01-05", "last": ""}, "first"),
        ({"first": "2023-06-17", "last": "2023-06-18"}, "first"),
        ({"last": "2023-06-15"}, "last"),
        ({"last": "2024-06-15"}, "last"),
        ({"last": "9999-99-99"}, "last"),
        ({"works": "2"}, "works"),
        ({"works": "1", "last": ""}, "first"),
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
    ],
)
def test_refused_days_keep_what_was_typed(
    admin: Client, at: str, parts: Composition, changes: dict[str, str], field: str
) -> None:
    given = {**BREAK, **changes}
    answer = admin.send(at, **given)

    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    assert f'value="{given["first"]}"' in answer.text
    assert f'value="{given["name"]}"' in answer.text
    assert entered(parts) == []


def test_a_day_is_entered_once_for_a_unit(admin: Client, at: str) -> None:
    assert admin.send(at, **BREAK).status_code == 303

    off = admin.send(at, **{**BREAK, "request_key": "2" * 32})
    worked = admin.send(at, **{**BREAK, "works": "1", "request_key": "3" * 32})

    assert (off.status_code, worked.status_code) == (422, 422)
    assert "16/06/2023 đã được nhập" in worked.text


@pytest.mark.parametrize("login", ["teacher", "head", "office", "school_admin"])
def test_others_do_not_come_here(client_of: ClientOf, cast: Cast, parts: Composition, login: str) -> None:
    client, own = client_of(login), f"/organisation/{cast.school}/calendar"

    assert client.get(own).status_code == 403
    assert client.send(own, **BREAK).status_code == 403
    assert client.send(f"{own}/remove", day="1").status_code == 403
    assert entered(parts) == []


def test_the_administration_leads_to_the_calendar_of_the_department(admin: Client, cast: Cast) -> None:
    assert 'href="/organisation/calendar"' in admin.get("/organisation").text
    assert admin.get("/organisation/calendar").location == f"/organisation/{cast.department}/calendar"
    page = admin.get(f"/organisation/{cast.department}/calendar").text
    assert "Quốc khánh" in page
    assert "2023-09-04" in page
    assert "Tết Nguyên Đán" in admin.get(f"/organisation/{cast.department}/calendar?year=2024").text
    assert admin.get(f"/organisation/{cast.department}/calendar?year=nonsense").status_code == 200


def test_national_days_name_what_is_worked_in_lieu() -> None:
    days = {one.day: one for one in national_days(2024)}

    # 29 April was off for a Saturday worked in May.
    assert days[date(2024, 5, 4)].works
    assert not days[date(2024, 4, 29)].works
    assert next(one.name for one in national_days(2024, "en")) == "New Year's Day"


@pytest.fixture
def world(sqlite_store: Store, clock: FixedClock, parts: Composition) -> World:
    return running_world(sqlite_store, clock, parts)


def test_running_work_keeps_its_time_and_the_page_says_how_much(
    world: World, app: Flask, parts: Composition
) -> None:
    def due_times() -> list[datetime]:
        return world.read(lambda session: list(session.scalars(select(Task.due_at).order_by(Task.id))))

    enter: Enter = entrance(app)
    before, administrator = due_times(), enter("administrator")
    answer = administrator.send(
        f"/organisation/{world.units['school']}/calendar", **{**BREAK, "first": "2023-06-06", "last": ""}
    )

    assert answer.status_code == 303
    assert re.search(r"[1-9]\d* việc đang mở và \d+ bộ hẹn giờ", administrator.get(answer.location).text)
    assert due_times() == before


def test_days_that_are_over_stay(
    client_of: ClientOf, admin: Client, at: str, parts: Composition, clock: FixedClock
) -> None:
    assert admin.send(at, **BREAK).status_code == 303
    number = re.search(r'name="day" value="(\d+)"', admin.get(at).text)
    assert number
    clock.advance(days=12)

    answer = client_of("admin").send(f"{at}/remove", day=number[1], request_key="r" * 32)

    assert answer.status_code == 422
    assert "16/06/2023 đã qua" in answer.text
    assert len(entered(parts)) == 2
    assert answer.text.count('name="day"') == 1

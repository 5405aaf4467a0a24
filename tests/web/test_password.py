"""Choosing a password: at the first login with a start password, from the menu, and what ends with the old one."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from models.calendar import Setting
from models.journal import JournalEntry, JournalKind
from models.person import Account
from tests.web.conftest import PASSWORD, Client
from web.composition import Composition
from workflows.clock import FixedClock
from workflows.commands.administration.logins import START_PASSWORD_LASTS

ClientOf = Callable[[str], Client]
Work = Callable[[], Any]
NEW = "con cò bay lả bay la"
FORM = {"current_password": PASSWORD, "password": NEW, "password_again": NEW}


@pytest.fixture
def starting(client_of: ClientOf, work: Work, clock: FixedClock) -> Client:
    """Give the teacher, who has just logged in with a start password."""
    set_start_password(work, clock)
    return client_of("teacher")


def set_start_password(work: Work, clock: FixedClock) -> None:
    with work() as unit_of_work:
        found = unit_of_work.session.scalars(select(Account).where(Account.login == "teacher")).one()
        found.start_password_ends_at = clock.now() + START_PASSWORD_LASTS


def kinds(parts: Composition) -> list[JournalKind]:
    with parts.read_sessions() as session:
        return list(session.scalars(select(JournalEntry.kind)))


def test_a_start_password_opens_one_page_only(starting: Client) -> None:
    for address in ("/inbox", "/notices", "/submitted", "/documents", "/"):
        answer = starting.get(address)
        assert answer.status_code == 302
        assert answer.location.startswith("/password?next=")
    assert starting.get("/notices", headers={"Accept": "application/json"}).status_code == 403
    assert starting.send("/notices/mails", at_once="1").status_code == 403

    page = starting.get("/password?next=/notices")

    assert page.status_code == 200
    assert "current_password" not in page.text
    assert "tab-bar" not in page.text


def test_the_own_password_opens_everything(starting: Client, client: Client, parts: Composition) -> None:
    changed = starting.send("/password", password=NEW, password_again=NEW, next="/notices")

    assert (changed.status_code, changed.location) == (303, "/notices")
    assert starting.get("/notices").status_code == 200
    assert client.send("/login", login="teacher", password=PASSWORD).status_code == 401
    assert client.send("/login", login="teacher", password=NEW).status_code == 303
    assert kinds(parts) == [JournalKind.PASSWORD_CHANGED]


def test_a_start_password_ends(client: Client, work: Work, clock: FixedClock) -> None:
    set_start_password(work, clock)
    clock.advance(days=31)

    refused = client.send("/login", login="teacher", password=PASSWORD)
    wrong = client.send("/login", login="teacher", password="x")

    assert (refused.status_code, wrong.status_code) == (401, 401)
    assert "đã hết hiệu lực lúc 08:00 05/07/2023" in refused.text
    assert "đã hết hiệu lực" not in wrong.text


def test_a_changed_password_ends_the_other_sessions(client_of: ClientOf, parts: Composition) -> None:
    here, elsewhere = client_of("teacher"), client_of("teacher")
    stolen = elsewhere.get_cookie("rasoat")
    assert stolen is not None
    page = here.get("/password")
    assert 'name="current_password"' in page.text

    changed = here.send("/password", **FORM, next="//evil.example", request_key="p" * 32)

    assert (changed.status_code, changed.location) == (303, "/")
    assert "Đã đổi mật khẩu" in here.get("/notices").text
    assert elsewhere.get("/notices").status_code == 302
    thief = elsewhere.application.test_client()
    thief.set_cookie("rasoat", stolen.value)
    assert thief.get("/notices").status_code == 302


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"current_password": "wrong"}, "current_password"),
        ({"current_password": ""}, "current_password"),
        ({"password": "", "password_again": ""}, "password"),
        ({"password": "ngắn quá", "password_again": "ngắn quá"}, "password"),
        ({"password": "x" * 257, "password_again": "x" * 257}, "password"),
        ({"password": "Nguyễn Văn Ví Dụ 1", "password_again": "Nguyễn Văn Ví Dụ 1"}, "password"),
        ({"password": PASSWORD, "password_again": PASSWORD}, "password"),
        ({"password_again": "something else"}, "password_again"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_nothing_typed_comes_back(
    client_of: ClientOf, parts: Composition, changes: dict[str, str], field: str
) -> None:
    teacher = client_of("teacher")

    answer = teacher.send("/password", **{**FORM, **changes})

    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    assert answer.text.count("is-invalid") == 1
    assert NEW not in answer.text
    assert kinds(parts) == []
    assert teacher.get("/notices").status_code == 200


def test_who_sits_down_at_an_open_page_cannot_try_for_ever(client_of: ClientOf) -> None:
    teacher = client_of("teacher")

    answers = [
        teacher.send("/password", **{**FORM, "current_password": f"guess {number}"}).text
        for number in range(6)
    ]
    right = teacher.send("/password", **FORM)

    assert "Mật khẩu hiện tại không đúng" in answers[0]
    assert "nhiều lần" in answers[5]
    assert right.status_code == 422


def test_a_password_that_comes_too_late_is_not_carried_along(client_of: ClientOf, clock: FixedClock) -> None:
    teacher = client_of("teacher")
    token = teacher.token()
    clock.advance(minutes=31)

    asked = teacher.post(
        "/password", data={"csrf_token": token, **FORM}, headers={"Origin": "http://localhost"}
    )

    assert asked.status_code == 401
    assert NEW not in asked.text
    assert PASSWORD not in asked.text


def test_accounts_that_a_demonstration_offers_stay(
    client_of: ClientOf, work: Work, parts: Composition
) -> None:
    offered = {"password": PASSWORD, "groups": [{"accounts": [{"login": "teacher"}]}]}
    with work() as unit_of_work:
        unit_of_work.session.add(Setting(key="demo_accounts", value=offered))

    refused = client_of("teacher").send("/password", **FORM)
    other = client_of("head").send("/password", **FORM)

    assert refused.status_code == 422
    assert "bản dùng thử" in refused.text
    assert other.status_code == 303
    assert kinds(parts) == [JournalKind.PASSWORD_CHANGED]


def test_the_menu_leads_here(client_of: ClientOf) -> None:
    assert 'href="/password"' in client_of("teacher").get("/notices").text

"""Logging in and out, lock-out, ended sessions, safe redirects, languages."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models.calendar import Setting
from models.person import Account
from tests.conftest import Store
from tests.web.conftest import PASSWORD, Cast, Client
from web.app import create_app
from web.composition import Composition
from web.config import Config
from workflows.clock import FixedClock

JSON = {"Accept": "application/json"}
SAME_ORIGIN = {"Origin": "http://localhost"}


def account(parts: Composition, login: str) -> Account:
    with parts.read_sessions() as session:
        return session.scalars(select(Account).where(Account.login == login)).one()


def test_visitor_is_sent_to_the_login_page_and_back_to_the_page_asked_for(client: Client) -> None:
    asked = client.get("/notices?before=9")
    assert asked.status_code == 302
    assert asked.location == "/login?next=/notices?before%3D9"

    entered = client.send(asked.location, login="teacher", password=PASSWORD, next="/notices?before=9")

    assert entered.status_code == 303
    assert entered.location == "/notices?before=9"
    assert "Thầy Nguyễn Văn Ví Dụ" in client.get("/notices").text


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\n/x"]
)
def test_login_never_leads_to_another_site(client: Client, address: str) -> None:
    entered = client.send("/login", login="teacher", password=PASSWORD, next=address)

    assert entered.location == "/"


def test_wrong_password_and_unknown_name_answer_alike(client: Client) -> None:
    wrong = client.send("/login", login="teacher", password="x")
    unknown = client.send("/login", login="nobody", password="x")

    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in wrong.text
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in unknown.text
    assert 'value="teacher"' in wrong.text


def test_account_locks_after_failures_and_opens_again(
    client: Client, parts: Composition, clock: FixedClock
) -> None:
    answers = [client.send("/login", login="teacher", password="x") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 401, 429]

    assert client.send("/login", login="teacher", password=PASSWORD).status_code == 429
    assert account(parts, "teacher").locked_until_at is not None

    clock.advance(minutes=16)
    assert client.send("/login", login="teacher", password=PASSWORD).status_code == 303
    assert account(parts, "teacher").last_login_at == clock.now()


def test_one_address_may_not_try_for_ever(client: Client) -> None:
    token = client.token()
    answers = [
        client.post("/login", data={"csrf_token": token, "login": "nobody", "password": "x"}).status_code
        for _ in range(61)
    ]

    assert answers[-1] == 429
    assert answers[0] == 401


def test_inactive_account_cannot_log_in_nor_go_on(
    client_of: Callable[[str], Client], work: Callable[[], Any], parts: Composition
) -> None:
    teacher = client_of("teacher")
    with work() as unit_of_work:
        found = unit_of_work.session.scalars(select(Account).where(Account.login == "teacher")).one()
        found.is_active = False

    assert teacher.get("/notices").status_code == 302
    assert teacher.send("/login", login="teacher", password=PASSWORD).status_code == 401


def test_changed_password_ends_every_session(
    client_of: Callable[[str], Client], work: Callable[[], Any], parts: Composition
) -> None:
    teacher = client_of("teacher")
    with work() as unit_of_work:
        found = unit_of_work.session.scalars(select(Account).where(Account.login == "teacher")).one()
        found.password_hash = parts.passwords.hash("another")

    assert teacher.get("/notices").status_code == 302


def test_session_ends_when_idle_and_at_its_absolute_limit(
    client_of: Callable[[str], Client], clock: FixedClock
) -> None:
    teacher = client_of("teacher")
    clock.advance(minutes=29)
    assert teacher.get("/notices").status_code == 200
    clock.advance(minutes=29)
    assert teacher.get("/notices").status_code == 200
    clock.advance(minutes=31)
    assert teacher.get("/notices").status_code == 302

    busy = client_of("teacher")
    for _ in range(12 * 3 - 1):
        clock.advance(minutes=20)
        assert busy.get("/notices").status_code == 200
    clock.advance(minutes=20)
    assert busy.get("/notices").status_code == 302


def test_ended_session_goes_on_in_place_with_the_same_form(
    client_of: Callable[[str], Client], clock: FixedClock
) -> None:
    teacher = client_of("teacher")
    token = teacher.token()
    clock.advance(minutes=31)
    form = {"csrf_token": token, "language": "en"}

    refused = teacher.post("/language", data=form, headers={"Rasoat-Form": "1", "Accept": "text/html"})
    assert refused.status_code == 401
    challenge = refused.get_json()
    assert challenge["login_url"] == "/login/again"

    wrong = teacher.post(
        "/login/again", data={"csrf_token": token, "login": "teacher", "password": "x"}, headers=JSON
    )
    assert wrong.status_code == 422
    assert wrong.get_json()["message"]
    right = teacher.post(
        "/login/again", data={"csrf_token": token, "login": "teacher", "password": PASSWORD}, headers=JSON
    )
    assert right.status_code == 200
    assert right.get_json()["csrf_token"]

    again = teacher.post("/language", data=form, headers={"Rasoat-Form": "1", "Accept": "text/html"})
    assert again.status_code == 204
    assert again.headers["Rasoat-Location"]


def test_somebody_else_cannot_go_on_with_the_session(
    client_of: Callable[[str], Client], clock: FixedClock
) -> None:
    teacher = client_of("teacher")
    token = teacher.token()
    clock.advance(minutes=31)

    other = teacher.post(
        "/login/again", data={"csrf_token": token, "login": "head", "password": PASSWORD}, headers=JSON
    )

    assert other.status_code == 422
    assert teacher.get("/notices").status_code == 302


def test_ended_session_keeps_a_form_without_scripts(
    client_of: Callable[[str], Client], clock: FixedClock
) -> None:
    teacher = client_of("teacher")
    token = teacher.token()
    clock.advance(minutes=31)

    asked = teacher.post("/language", data={"csrf_token": token, "language": "en"}, headers=SAME_ORIGIN)
    assert asked.status_code == 401
    assert 'name="kept.language" value="en"' in asked.text
    assert 'value="teacher"' in asked.text

    form = {"csrf_token": token, "login": "teacher", "action": "/language", "kept.language": "en"}
    wrong = teacher.post("/login/resume", data={**form, "password": "x"}, headers=SAME_ORIGIN)
    assert wrong.status_code == 401
    assert 'name="kept.language" value="en"' in wrong.text
    carried = teacher.post("/login/resume", data={**form, "password": PASSWORD}, headers=SAME_ORIGIN)
    assert carried.status_code == 200
    assert 'name="language" value="en"' in carried.text
    assert 'action="/language"' in carried.text


def test_logging_out_forgets_the_session(client_of: Callable[[str], Client]) -> None:
    teacher = client_of("teacher")

    assert teacher.send("/logout").location == "/login"
    assert teacher.get("/notices").status_code == 302


def test_language_is_kept_with_the_account(client_of: Callable[[str], Client], parts: Composition) -> None:
    teacher = client_of("teacher")
    assert '<html lang="vi">' in teacher.get("/notices").text

    answer = teacher.send("/language", language="en", next="/notices")

    assert answer.location == "/notices"
    page = teacher.get("/notices").text
    assert '<html lang="en">' in page
    assert "Log out" in page
    assert account(parts, "teacher").locale == "en"


def test_login_page_speaks_the_language_asked_for(client: Client) -> None:
    assert "Đăng nhập" in client.get("/login").text
    assert "Log in" in client.get("/login?lang=en").text
    assert "Log in" in client.get("/login").text
    assert "Đăng nhập" in client.get("/login?lang=vi&next=/notices").text
    assert client.get("/login?lang=xx").status_code == 200


def test_language_asked_for_on_the_login_page_stays_with_the_account(
    client: Client, parts: Composition, cast: Cast
) -> None:
    client.get("/login?lang=en")

    client.send("/login", login="teacher", password=PASSWORD)

    assert '<html lang="en">' in client.get("/notices").text
    assert account(parts, "teacher").locale == "en"
    # Whoever comes after them asked for nothing.
    client.send("/logout")
    client.send("/login", login="head", password=PASSWORD)
    assert '<html lang="vi">' in client.get("/notices").text


def test_demonstration_lists_its_accounts_by_group(
    config: Config, clock: FixedClock, sqlite_store: Store
) -> None:
    listed = [{"login": "head", "name": "Cô Lê Thị Mẫu", "what": "Duyệt từng lớp", "what_en": "Approves"}]
    group = {"label": "Nhà trường", "label_en": "School", "accounts": listed}
    with sqlite_store.make_session() as session:
        session.add(Setting(key="demo_accounts", value={"password": "mau-thu", "groups": [group]}))
        session.commit()

    client = create_app(config, clock=clock).test_client()

    page = client.get("/login").text
    assert page.index("Nhà trường") < page.index("Cô Lê Thị Mẫu") < page.index("Duyệt từng lớp")
    assert "mau-thu" in page
    assert "Approves" in client.get("/login?lang=en").text


def test_store_with_real_data_shows_no_passwords(client: Client) -> None:
    assert "demo-accounts" not in client.get("/login").text


def test_empty_store_says_what_to_run(app: Flask) -> None:
    assert "python3 run.py init" in app.test_client().get("/login").text


def test_store_with_people_does_not(client: Client) -> None:
    assert "python3 run.py init" not in client.get("/login").text

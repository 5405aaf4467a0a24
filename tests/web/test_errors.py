"""Refusals, HTTP errors and surprises as people and scripts see them; never a 500 for what somebody sent."""

import errno
import inspect
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale, gettext
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from models.person import Name
from tests.web.conftest import Applications, Client
from web.access import access, public, signed_in
from web.composition import Composition, composition
from web.config import Config
from web.errors import REFUSED, STATUS, status_of
from web.wording import say
from workflows import errors
from workflows.clock import FixedClock
from workflows.errors import Refusal, accounts, decisions, operating

JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true", "Accept": "text/html"}
ALL = [
    kind
    for module in (errors, accounts, operating, decisions)
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, Refusal)
]


@pytest.fixture
def app(applications: Applications, config: Config, clock: FixedClock) -> Iterator[Flask]:
    """Give an application with routes that fail in every way."""
    given = applications.give(config, clock, add_failing_routes)
    yield given
    composition(given).database.dispose()


def add_failing_routes(app: Flask) -> None:
    """Add routes that fail in every way."""

    def raising(error: BaseException) -> Callable[..., Any]:
        def view(**_: object) -> str:
            raise error

        return access(public)(view)

    away = OperationalError("SELECT 1", {}, Exception("server closed the connection"))
    for name, error in {
        "surprise": ZeroDivisionError("nobody expected this"),
        "away": away,
        "full": full_file(),
        "no-room": OSError(errno.ENOSPC, "No space left on device", "attachments"),
        "wrong-statement": OperationalError("SELEKT 1", {}, sqlite3.OperationalError('near "SELEKT"')),
        "taken": errors.TaskTaken(who=Name("Cô", "Mẫu")),
        "stuck": errors.InstanceStuck("a", "b"),
    }.items():
        app.add_url_rule(f"/{name}", name, raising(error), methods=["GET", "POST"])
    app.add_url_rule("/number/<int:number>", "number", access(public)(lambda number: str(number)))
    app.add_url_rule("/keep", "keep", access(signed_in)(lambda: "kept"), methods=["POST"])


def full_file() -> OperationalError:
    """Give what SQLAlchemy raises when SQLite has no room left."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as full:
            connection.execute("CREATE TABLE more (filling)")
    return OperationalError("CREATE TABLE more", {}, full.value)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_refusal_has_a_message_and_a_status(kind: type[Refusal]) -> None:
    assert (kind.__doc__ or "").strip()
    assert 400 <= status_of(kind) <= 500
    assert status_of(kind) in {*STATUS.values(), REFUSED}


def test_refusal_is_said_in_the_readers_language(app: Flask) -> None:
    taken = errors.TaskTaken(who=Name("Cô", "Lê Thị Mẫu"))
    with app.test_request_context("/?lang=vi"):
        assert say(taken).startswith("Cô Lê Thị Mẫu đã nhận việc này.")
    with app.test_request_context("/?lang=en"):
        assert say(taken).startswith("Lê Thị Mẫu already has this task.")


def test_refusal_is_a_page_a_fragment_or_json(client: Client) -> None:
    page = client.get("/taken", headers={"Referer": "http://localhost/notices"})
    fragment = client.get("/taken", headers=HTMX)
    data = client.get("/taken", headers=JSON)

    assert {page.status_code, fragment.status_code, data.status_code} == {409}
    assert 'href="/notices"' in page.text
    assert "<html" not in fragment.text
    assert 'role="alert"' in fragment.text
    assert data.get_json()["message"].startswith("Cô Mẫu đã nhận việc này.")


def test_page_of_an_error_never_leads_to_another_site(client: Client) -> None:
    page = client.get("/taken", headers={"Referer": "http://evil.example/x"})

    assert "evil.example" not in page.text


def test_surprise_has_a_number_and_is_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/surprise", headers=JSON)

    assert answer.status_code == 500
    reference = answer.get_json()["reference"]
    assert reference in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "nobody expected this" not in answer.text
    page = client.get("/surprise")
    assert "<main" in page.text
    assert "Mã tham chiếu" in page.text or "hãy nêu mã" in page.text


def test_surprise_of_somebody_signed_in_is_a_page_too(client_of: Callable[[str], Client]) -> None:
    answer = client_of("teacher").get("/surprise")

    assert answer.status_code == 500
    assert "<main" in answer.text


def test_database_away_asks_to_come_back(client_of: Callable[[str], Client]) -> None:
    answer = client_of("teacher").get("/away")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


@pytest.mark.parametrize("address", ["/inbox", "/login", "/nowhere", "/favicon.ico", "/away"])
@pytest.mark.parametrize("headers", [{}, JSON, HTMX], ids=["page", "json", "fragment"])
def test_whoever_is_signed_in_is_asked_to_come_back_too(
    parts: Composition,
    client_of: Callable[[str], Client],
    caplog: pytest.LogCaptureFixture,
    address: str,
    headers: dict[str, str],
) -> None:
    teacher = client_of("teacher")
    take_away(parts)

    with caplog.at_level(logging.INFO):
        caplog.clear()
        answer = teacher.get(address, headers=headers)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "Cơ sở dữ liệu" in (answer.get_json()["message"] if headers == JSON else answer.text)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert address in caplog.text


def test_database_away_keeps_the_readers_language(
    parts: Composition, client_of: Callable[[str], Client]
) -> None:
    teacher = client_of("teacher")
    teacher.send("/language", language="en")
    assert "To do" in teacher.get("/inbox").text
    take_away(parts)

    assert "The database does not answer at the moment." in teacher.get("/inbox").text


def test_pages_keep_their_looks_while_the_database_is_away(
    parts: Composition, client_of: Callable[[str], Client]
) -> None:
    teacher = client_of("teacher")
    take_away(parts)

    with teacher.get("/static/app.css") as answer:
        assert answer.status_code == 200


def take_away(parts: Composition) -> None:
    """Put the database where nobody can open it."""
    parts.database.dispose()
    file = Path(parts.database.url.database or "")
    file.rename(file.with_suffix(".away"))
    file.mkdir()


@pytest.mark.parametrize("place", ["full", "no-room"])
def test_full_disk_is_explained(
    client_of: Callable[[str], Client], caplog: pytest.LogCaptureFixture, place: str
) -> None:
    answer = client_of("teacher").get(f"/{place}")

    assert answer.status_code == 503
    assert "Máy chủ hết chỗ chứa" in answer.text
    assert "Traceback" not in caplog.text


def test_wrong_statement_is_no_database_that_is_away(client_of: Callable[[str], Client]) -> None:
    assert client_of("teacher").get("/wrong-statement").status_code == 500


def test_process_that_is_stuck_is_logged_and_explained(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get("/stuck")

    assert answer.status_code == 500
    assert "không đi tiếp được" in answer.text
    assert "InstanceStuck" in caplog.text


def test_page_that_is_not_there_says_what_to_do_next(client_of: Callable[[str], Client]) -> None:
    page = client_of("teacher").get("/nowhere").text

    assert "Hãy kiểm tra lại địa chỉ" in page
    assert 'href="/inbox"' in page.split("<main")[1]


def test_page_without_the_right_says_whom_to_ask(client_of: Callable[[str], Client]) -> None:
    answer = client_of("teacher").get("/progress")

    assert answer.status_code == 403
    assert "hỏi thủ trưởng đơn vị" in answer.text
    assert 'href="/inbox"' in answer.text.split("<main")[1]


def test_wrong_address_and_wrong_method_have_pages(client: Client) -> None:
    assert client.get("/nowhere").status_code == 404
    wrong = client.get("/logout")
    assert wrong.status_code == 405
    assert "POST" in wrong.headers["Allow"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/number/9223372036854775807", 200),
        ("/number/9223372036854775808", 404),
        ("/number/99999999999999999999999999", 404),
        ("/number/-1", 404),
        ("/login?next=%00", 400),
        ("/login%00", 400),
        ("/login?lang=%FF%FE", 200),
        ("/notices?before=99999999999999999999999", 302),
    ],
)
def test_odd_addresses_are_no_surprise(client: Client, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_odd_forms_are_no_surprise(client: Client) -> None:
    token = client.token()

    def enter(**form: Any) -> TestResponse:
        return client.post("/login", data={"csrf_token": token, **form})

    assert enter(login="a\0b", password="x").status_code == 400
    assert enter(login="x" * 100_000, password="y" * 100_000).status_code == 401
    assert enter().status_code == 401
    assert enter(login=["a", "b"], password="x").status_code == 401
    raw = f"csrf_token={token}&login=%ED%A0%80%FF&password=%C3%28"
    kind = "application/x-www-form-urlencoded"
    assert client.post("/login", data=raw, content_type=kind).status_code == 401


def test_too_large_a_request_is_refused_with_a_page(client: Client, app: Flask) -> None:
    answer = client.post("/login", data={"login": "x" * (11 * 1024 * 1024)})

    assert answer.status_code == 413
    assert "10 MB" in answer.text


def test_form_without_a_token_keeps_what_was_typed(client_of: Callable[[str], Client]) -> None:
    teacher = client_of("teacher")
    typed = {"comment": "Thiếu mã định danh <b>", "password": "geheim", "request_key": "k1"}

    answer = teacher.post("/keep?page=2", data=typed, headers={"Origin": "http://localhost"})

    assert answer.status_code == 400
    assert 'action="/keep?page=2"' in answer.text
    assert "Thiếu mã định danh &lt;b&gt;" in answer.text
    assert 'value="k1"' in answer.text
    assert "geheim" not in answer.text


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
def test_form_of_another_site_is_not_offered_for_sending(
    client_of: Callable[[str], Client], headers: dict[str, str]
) -> None:
    answer = client_of("teacher").post("/keep", data={"comment": "mine"}, headers=headers)

    assert answer.status_code == 400
    assert 'value="mine"' not in answer.text


def test_script_with_an_old_token_gets_a_fresh_one(client_of: Callable[[str], Client]) -> None:
    teacher = client_of("teacher")

    refused = teacher.post("/keep", headers=JSON)
    assert refused.status_code == 400
    token = refused.get_json()["csrf_token"]

    assert teacher.post("/keep", headers={**JSON, "X-CSRFToken": token}).text == "kept"


def test_script_of_a_visitor_is_asked_to_log_in(client: Client) -> None:
    for headers in (JSON, HTMX, {"Rasoat-Form": "1"}):
        answer = client.post("/keep", headers=headers)
        assert answer.status_code == 401
        assert answer.get_json()["login_url"] == "/login/again"


def _walk(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _walk(below)


def test_all_refusals_live_in_one_place() -> None:
    ours = {kind for kind in _walk(Refusal) if not kind.__module__.startswith("tests")}

    # Those of rehearsals are for programs and files, never for a page.
    places = {kind.__module__ for kind in ours}
    assert all(place.startswith(("workflows.errors", "workflows.rehearsal.")) for place in places)


def test_every_refusal_is_said_in_vietnamese(app: Flask) -> None:
    texts = {
        (kind.__doc__ or "").strip() for kind in _walk(Refusal) if not kind.__module__.startswith("tests")
    }

    with app.test_request_context(), force_locale("vi"):
        assert [text for text in sorted(texts) if gettext(text) == text] == []

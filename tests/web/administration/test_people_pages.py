"""The pages of people and accounts: what each role sees and does, start passwords shown once, double posts."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from models.journal import JournalEntry, JournalKind
from models.person import Account, Appointment, Person, Position
from tests.web.conftest import Cast, Client
from web.composition import Composition
from workflows.policy.person_names import fold, sort_key

ClientOf = Callable[[str], Client]
PERSON = {
    "full_name": "Mới Đến Ảo",
    "honorific": "Cô",
    "email": "moi@truong.example",
    "position": "teacher",
    "category": "teacher",
    "employment": "contract",
    "duty": "Giáo viên Nhạc",
    "with_account": "1",
    "login": "",
}
SECRET = re.compile(r'<code class="slip-password">([^<]+)</code>')
OWN = "con cò bay lả bay la"


@pytest.fixture
def newcomers(work: Callable[[], Any], cast: Cast) -> list[int]:
    """Let three teachers come to the school, without accounts."""
    ids = []
    with work() as unit_of_work:
        for name in ("Một Mới Ảo", "Hai Mới Ảo", "Ba Mới Ảo"):
            person = Person(full_name=name, honorific="Cô", sort_key=sort_key(name), search_text=fold(name))
            unit_of_work.session.add(person)
            unit_of_work.session.flush()
            unit_of_work.session.add(
                Appointment(
                    person_id=person.id,
                    unit_id=cast.school,
                    position=Position.TEACHER,
                    from_on=date(2023, 6, 1),
                )
            )
            ids.append(person.id)
    return ids


def kinds(parts: Composition) -> list[JournalKind]:
    with parts.read_sessions() as session:
        return list(session.scalars(select(JournalEntry.kind).order_by(JournalEntry.id)))


def account(parts: Composition, person_id: int) -> Account | None:
    with parts.read_sessions() as session:
        return session.scalars(select(Account).where(Account.person_id == person_id)).first()


def at(cast: Cast, rest: str = "") -> str:
    return f"/organisation/{cast.school}/people{rest}"


def test_a_new_person_logs_in_with_the_slip(
    client_of: ClientOf, client: Client, cast: Cast, parts: Composition
) -> None:
    admin = client_of("admin")
    assert admin.get(at(cast, "/new")).status_code == 200
    given = {**PERSON, "request_key": "n" * 32}

    slip = admin.send(at(cast), **given)
    again = admin.send(at(cast), **given)

    assert slip.status_code == 200
    assert slip.headers["Cache-Control"] == "no-store"
    (password,) = SECRET.findall(slip.text)
    assert "aomd.thcs-mau" in slip.text
    assert again.status_code == 303
    assert "chỉ hiện một lần" in admin.get(again.location).text
    assert not SECRET.search(admin.get(again.location).text)
    entered = client.send("/login", login="aomd.thcs-mau", password=password)
    assert entered.status_code == 303
    assert client.get("/inbox").location.startswith("/password")
    assert client.send("/password", password=OWN, password_again=OWN).status_code == 303
    assert client.get("/inbox").status_code == 200
    assert kinds(parts) == [
        JournalKind.PERSON_ADDED,
        JournalKind.ACCOUNT_OPENED,
        JournalKind.PASSWORD_CHANGED,
    ]


def test_no_start_password_is_stored_in_clear(client_of: ClientOf, cast: Cast, parts: Composition) -> None:
    slip = client_of("admin").send(at(cast), **PERSON, request_key="n" * 32)
    (password,) = SECRET.findall(slip.text)

    raw = parts.database.raw_connection()
    dump = "\n".join(raw.driver_connection.iterdump())  # type: ignore[union-attr]
    raw.close()

    assert "aomd.thcs-mau" in dump
    assert password not in dump
    assert password.replace("-", "") not in dump


def test_a_person_without_account_is_added_too(client_of: ClientOf, cast: Cast, parts: Composition) -> None:
    admin = client_of("admin")

    added = admin.send(at(cast), **{**PERSON, "with_account": ""}, request_key="n" * 32)

    assert added.status_code == 303
    page = admin.get(added.location).text
    assert "Mới Đến Ảo" in page
    assert "Giáo viên Nhạc · hợp đồng" in page
    assert kinds(parts) == [JournalKind.PERSON_ADDED]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"full_name": ""}, "full_name"),
        ({"email": "x"}, "email"),
        ({"position": ""}, "position"),
        ({"login": "không được"}, "login"),
        ({"login": "teacher"}, "login"),
    ],
)
def test_a_refused_person_keeps_what_was_typed(
    client_of: ClientOf, cast: Cast, parts: Composition, changes: dict[str, str], field: str
) -> None:
    answer = client_of("admin").send(at(cast), **{**PERSON, **changes}, request_key="n" * 32)

    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    assert 'value="Giáo viên Nhạc"' in answer.text
    assert not SECRET.search(answer.text)
    assert kinds(parts) == []


@pytest.mark.parametrize("login", ["admin", "head"])
def test_one_sheet_for_all_who_have_no_account(
    client_of: ClientOf, cast: Cast, parts: Composition, newcomers: list[int], login: str
) -> None:
    keeper = client_of(login)
    page = keeper.get(at(cast)).text
    assert "Tạo tài khoản cho 3 người" in page
    form = {"person": newcomers, "request_key": "s" * 32}

    sheet = keeper.send(at(cast, "/accounts"), **form)
    again = keeper.send(at(cast, "/accounts"), **form)

    passwords = SECRET.findall(sheet.text)
    assert len(set(passwords)) == 3
    assert all(name in sheet.text for name in ("aomm.thcs-mau", "aohm.thcs-mau", "aobm.thcs-mau"))
    assert again.status_code == 303
    first = account(parts, newcomers[0])
    assert first is not None
    assert first.start_password_ends_at is not None
    listed = keeper.get(at(cast)).text
    assert "Tạo tài khoản cho" not in listed
    assert "mật khẩu ban đầu, đến 05/07/2023" in listed
    late = keeper.send(at(cast, "/accounts"), **{**form, "request_key": "t" * 32})
    assert late.status_code == 422


def test_the_head_resets_a_forgotten_password(
    client_of: ClientOf, client: Client, cast: Cast, parts: Composition
) -> None:
    head, teacher = client_of("head"), client_of("teacher")
    address = at(cast, f"/{cast.persons['teacher']}")
    assert "Quên mật khẩu" in head.get(address).text

    slip = head.send(f"{address}/reset", request_key="r" * 32)
    again = head.send(f"{address}/reset", request_key="r" * 32)

    (password,) = SECRET.findall(slip.text)
    assert teacher.get("/notices").status_code == 302
    assert again.status_code == 303
    assert client.send("/login", login="teacher", password=password).status_code == 303
    assert kinds(parts) == [JournalKind.PASSWORD_RESET]


def test_an_account_is_closed_and_opened_again(client_of: ClientOf, cast: Cast, parts: Composition) -> None:
    head, teacher = client_of("head"), client_of("teacher")
    address = at(cast, f"/{cast.persons['teacher']}")

    closed = head.send(f"{address}/close", request_key="c" * 32)

    assert closed.status_code == 303
    assert "Mở lại tài khoản" in head.get(closed.location).text
    assert teacher.get("/notices").status_code == 302
    assert f'id="person-{cast.persons["teacher"]}"' in head.get(at(cast, "?show=closed")).text
    head.send(f"{address}/reopen", request_key="o" * 32)
    assert kinds(parts) == [JournalKind.ACCOUNT_CLOSED, JournalKind.ACCOUNT_REOPENED]


@pytest.mark.parametrize("act", ["account", "reset", "close", "reopen"])
def test_a_head_leaves_administrators_and_strangers_alone(
    client_of: ClientOf, cast: Cast, parts: Composition, act: str
) -> None:
    head = client_of("head")

    own = head.send(at(cast, f"/{cast.persons['head']}/{act}"))
    named_above = head.send(at(cast, f"/{cast.persons['school_admin']}/{act}"))
    stranger = head.send(at(cast, f"/{cast.persons['office']}/{act}"))
    other_unit = head.send(f"/organisation/{cast.district}/people/{cast.persons['office']}/{act}")

    assert own.status_code in (403, 409, 422)
    assert (named_above.status_code, stranger.status_code, other_unit.status_code) == (
        403,
        404,
        404 if act in ("account", "reset") else 403,
    )
    assert kinds(parts) == []
    page = head.get(at(cast, f"/{cast.persons['school_admin']}")).text
    assert "quản trị của Sở" in page
    assert "Khóa tài khoản" not in page


@pytest.mark.parametrize("login", ["teacher", "office", "school_admin"])
def test_nobody_else_comes_here(client_of: ClientOf, cast: Cast, parts: Composition, login: str) -> None:
    client = client_of(login)
    person = f"/{cast.persons['teacher']}"

    for address in ("", person, "/new"):
        assert client.get(at(cast, address)).status_code == 403
    for act in (
        "",
        "/accounts",
        *(f"{person}/{one}" for one in ("facts", "account", "reset", "close", "reopen")),
    ):
        assert client.send(at(cast, act), **PERSON, person=cast.persons["teacher"]).status_code == 403
    assert kinds(parts) == []


def test_a_head_keeps_accounts_and_nothing_else(client_of: ClientOf, cast: Cast, parts: Composition) -> None:
    head, person = client_of("head"), f"/{cast.persons['teacher']}"

    assert f'href="/organisation/{cast.school}/people"' in head.get("/notices").text
    assert head.get(at(cast)).status_code == 200
    assert head.get(at(cast, person)).status_code == 200
    assert head.get(at(cast, "/new")).status_code == 403
    assert head.send(at(cast), **PERSON).status_code == 403
    assert head.send(at(cast, f"{person}/facts"), **PERSON).status_code == 403
    assert head.get(f"/organisation/{cast.district}/people").status_code == 404
    assert kinds(parts) == []


def test_names_and_addresses_are_put_right(client_of: ClientOf, cast: Cast, parts: Composition) -> None:
    admin, address = client_of("admin"), at(cast, f"/{cast.persons['teacher']}")
    given = {"full_name": "Tên Mới Ảo", "honorific": "Thầy", "email": ""}

    refused = admin.send(f"{address}/facts", **{**given, "email": "kept@nowhere"})
    changed = admin.send(f"{address}/facts", **given, request_key="f" * 32)

    assert refused.status_code == 422
    assert 'value="kept@nowhere"' in refused.text
    assert changed.status_code == 303
    assert "Thầy Tên Mới Ảo" in admin.get(address).text
    assert kinds(parts) == [JournalKind.PERSON_CHANGED]


@pytest.mark.parametrize(
    "query", ["?page=99999999999999999999", "?show=x&q=%25", "?show=left", "?show=without"]
)
def test_any_address_of_the_list_answers(client_of: ClientOf, cast: Cast, query: str) -> None:
    assert client_of("admin").get(at(cast, query)).status_code == 200


@pytest.mark.parametrize("form", [{}, {"person": "x"}, {"person": "-1"}, {"person": "99999999999999999999"}])
def test_a_sheet_for_nobody_is_refused(client_of: ClientOf, cast: Cast, form: dict[str, str]) -> None:
    assert client_of("admin").send(at(cast, "/accounts"), **form).status_code == 422

"""The pages of units: list, search, facts, line and appointments; who comes to them, and what a refusal keeps."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from models.journal import JournalEntry, JournalKind
from models.organisation import OrganisationUnit, ReportingLine
from models.person import Appointment, Position
from tests.web.conftest import Cast, Client
from web.composition import Composition

ClientOf = Callable[[str], Client]
FACTS = {"name": "Trường TH Ảo", "short_name": "TH Ảo", "place": "Quận Mẫu", "contact": "", "levels": "TH"}
NOTHING = {"name": "", "short_name": "kept", "place": "kept too", "contact": "x"}


@pytest.fixture
def admin(client_of: ClientOf) -> Client:
    return client_of("admin")


def kinds(parts: Composition) -> list[JournalKind]:
    with parts.read_sessions() as session:
        return list(session.scalars(select(JournalEntry.kind)))


def test_the_tab_leads_to_units_by_place(admin: Client, cast: Cast) -> None:
    assert 'href="/organisation"' in admin.get("/procedures").text
    top = admin.get("/organisation").text
    assert "Phòng GD&amp;ĐT Quận Mẫu" in top
    assert "Trường THCS Mẫu" not in top

    below = admin.get(f"/organisation?under={cast.district}").text

    assert "THCS Mẫu" in below
    assert "Cô Lê Thị Mẫu" in below


def test_a_search_finds_units_anywhere(admin: Client, parts: Composition, cast: Cast) -> None:
    with parts.sessions() as session:
        session.get_one(OrganisationUnit, cast.school).search_text = "truong thcs mau"
        session.commit()

    found = admin.get("/organisation?q=trường mẫu&kind=school&level=THCS").text
    nothing = admin.get("/organisation?q=không có&page=99999999999999999999").text

    assert f'id="unit-{cast.school}"' in found
    assert f'id="unit-{cast.district}"' not in found
    assert "Không có đơn vị nào" in nothing


@pytest.mark.parametrize("login", ["teacher", "head", "office", "school_admin"])
def test_only_administrators_of_the_department_come_here(
    client_of: ClientOf, cast: Cast, parts: Composition, login: str
) -> None:
    client, unit = client_of(login), f"/organisation/{cast.school}"

    for address in ("/organisation", unit, f"/organisation/new?under={cast.district}"):
        assert client.get(address).status_code == 403
    for address in ("facts", "line", "appointments", "appointments/1/end", "units"):
        assert client.send(f"{unit}/{address}", **FACTS).status_code == 403
    assert kinds(parts) == []


def test_a_unit_is_added_once_by_two_posts(admin: Client, cast: Cast, parts: Composition) -> None:
    form = admin.get(f"/organisation/new?under={cast.district}")
    assert form.status_code == 200
    given = {**FACTS, "kind": "school", "request_key": "a" * 32, "next": "/organisation"}

    first = admin.send(f"/organisation/{cast.district}/units", **given)
    second = admin.send(f"/organisation/{cast.district}/units", **given)

    assert (first.status_code, second.status_code) == (303, 303)
    page = admin.get(first.location).text
    assert "th-ao" in page
    assert "Phòng GD&amp;ĐT Quận Mẫu" in page
    assert kinds(parts) == [JournalKind.UNIT_ADDED]


def test_a_refused_unit_keeps_what_was_typed(admin: Client, cast: Cast) -> None:
    answer = admin.send(f"/organisation/{cast.district}/units", **NOTHING, kind="school", code="Ô")

    assert answer.status_code == 422
    for field in ("name", "levels", "code"):
        assert f'id="field-{field}-error"' in answer.text
    assert 'value="kept too"' in answer.text


def test_facts_are_changed_and_refused_in_place(admin: Client, cast: Cast, parts: Composition) -> None:
    address = f"/organisation/{cast.school}/facts"

    refused = admin.send(address, **NOTHING)
    changed = admin.send(address, **{**FACTS, "levels": ["TH", "THCS"]}, request_key="f" * 32)

    assert refused.status_code == 422
    assert 'value="kept"' in refused.text
    assert changed.status_code == 303
    assert "Tiểu học, THCS" in admin.get(changed.location).text
    assert kinds(parts) == [JournalKind.UNIT_CHANGED]


def test_the_line_is_moved_and_its_history_stays(admin: Client, cast: Cast, parts: Composition) -> None:
    moved = admin.send(
        f"/organisation/{cast.school}/line",
        superior=cast.department,
        line_from_on="2023-07-01",
        request_key="l" * 32,
    )

    assert moved.status_code == 303
    page = admin.get(moved.location).text
    assert "30/06/2023" in page
    assert "01/07/2023" in page
    with parts.read_sessions() as session:
        lines = session.scalars(select(ReportingLine.superior_id).filter_by(unit_id=cast.school))
        assert set(lines) == {cast.district, cast.department}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"superior": "", "line_from_on": "2023-07-01"}, 'id="field-superior-error"'),
        ({"superior": "1", "line_from_on": ""}, 'id="field-line_from_on-error"'),
        ({"superior": "1", "line_from_on": "30/02/2023"}, 'id="field-line_from_on-error"'),
        ({"superior": "1", "line_from_on": "0001-01-01"}, 'id="field-line_from_on-error"'),
        ({"superior": "1", "line_from_on": "9999-12-31"}, "từ 01/01/1945 đến 31/12/2033"),
        ({"superior": "1", "line_from_on": "2019-01-01"}, "hãy chọn ngày sau đó"),
        ({"superior": "999999", "line_from_on": "2023-07-01"}, "Không có đơn vị này"),
        ({"superior": "3", "line_from_on": "2023-07-01"}, "cấp trên"),
    ],
)
def test_a_wrong_move_is_said_in_its_form(
    admin: Client, cast: Cast, parts: Composition, form: dict[str, str], said: str
) -> None:
    answer = admin.send(f"/organisation/{cast.school}/line", **form)

    assert 400 <= answer.status_code < 500
    assert said in answer.text
    assert kinds(parts) == []


def test_somebody_is_appointed_and_the_appointment_ends(
    admin: Client, cast: Cast, parts: Composition
) -> None:
    address = f"/organisation/{cast.school}/appointments"
    found = admin.get(f"/organisation/{cast.school}?who=pham van phong").text
    assert "Cô Phạm Thị Văn Phòng · Phòng GD&amp;ĐT Quận Mẫu" in found
    given = {
        "person": cast.persons["office"],
        "position": "officer",
        "from_on": "2023-06-05",
        "until_on": "",
        "request_key": "b" * 32,
    }

    for _ in range(2):
        assert admin.send(address, **given).status_code == 303
    again = admin.send(address, **{**given, "request_key": "c" * 32})

    assert again.status_code == 422
    assert "Cô Phạm Thị Văn Phòng" in again.text
    with parts.read_sessions() as session:
        (held,) = session.scalars(select(Appointment).filter_by(unit_id=cast.school, position="officer"))
    empty = admin.send(f"{address}/{held.id}/end", **{f"last_{held.id}": ""})
    assert empty.status_code == 422
    assert f'id="field-last_{held.id}-error"' in empty.text
    ended = admin.send(f"{address}/{held.id}/end", **{f"last_{held.id}": "30/06/2023"}, request_key="e" * 32)
    assert ended.status_code == 303
    assert "30/06/2023" in admin.get(ended.location).text
    assert kinds(parts) == [JournalKind.APPOINTED, JournalKind.APPOINTMENT_ENDED]


def test_an_appointment_of_nobody_or_to_nothing_is_refused(admin: Client, cast: Cast) -> None:
    address = f"/organisation/{cast.school}/appointments"

    nobody = admin.send(address, person="", position="officer", from_on="2023-06-05")
    king = admin.send(address, person=cast.persons["office"], position="king", from_on="2023-06-05")
    turned = admin.send(
        address,
        person=cast.persons["office"],
        position="officer",
        from_on="2023-06-05",
        until_on="2023-06-04",
    )
    stranger = admin.send(address, person="987654321", position="officer", from_on="2023-06-05")

    assert 'id="field-person-error"' in nobody.text
    assert 'id="field-position-error"' in king.text
    assert 'value="2023-06-04"' in turned.text
    assert [one.status_code for one in (nobody, king, turned, stranger)] == [422, 422, 422, 404]
    gone = admin.send(f"{address}/987654321/end", last_987654321="2023-06-05")
    assert gone.status_code == 404


def test_an_appointment_of_another_unit_is_not_found_here(
    admin: Client, cast: Cast, parts: Composition
) -> None:
    with parts.read_sessions() as session:
        (head,) = session.scalars(select(Appointment).filter_by(unit_id=cast.school, position=Position.HEAD))

    answer = admin.send(
        f"/organisation/{cast.district}/appointments/{head.id}/end", **{f"last_{head.id}": "2023-06-05"}
    )

    assert answer.status_code == 404
    assert kinds(parts) == []


def test_a_unit_that_loses_its_head_says_so(admin: Client, cast: Cast, parts: Composition) -> None:
    address = f"/organisation/{cast.school}"
    with parts.read_sessions() as session:
        (head,) = session.scalars(select(Appointment).filter_by(unit_id=cast.school, position=Position.HEAD))
    assert "chưa có thủ trưởng" not in admin.get(address).text

    admin.send(f"{address}/appointments/{head.id}/end", **{f"last_{head.id}": "2023-06-04"})

    assert admin.get(address).text.count("chưa có thủ trưởng") == 2
    assert admin.get(address).text.count("chưa có thủ trưởng") == 1


def test_a_head_is_named_here(admin: Client, cast: Cast, parts: Composition) -> None:
    admin.send(
        f"/organisation/{cast.school}/appointments",
        person=cast.persons["teacher"],
        position="head",
        from_on="2023-06-05",
    )

    with parts.read_sessions() as session:
        heads = session.scalars(select(Appointment.person_id).filter_by(position=Position.HEAD)).all()
    assert cast.persons["teacher"] in heads

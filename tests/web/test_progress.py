"""The pages about progress over HTTP: numbers, lists, urging, workbooks, and who is refused."""

import re
from datetime import UTC, date, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from models.journal import JournalEntry, JournalKind
from models.person import Appointment, Person, Position
from models.task import Task
from tests.cast import World
from tests.conftest import Store
from tests.web.territory import Enter, entrance, running_world
from web.composition import Composition
from workflows.clock import FixedClock
from workflows.unit_of_work import UnitOfWork


@pytest.fixture
def world(sqlite_store: Store, clock: FixedClock, parts: Composition) -> World:
    return running_world(sqlite_store, clock, parts)


@pytest.fixture
def enter(app: Flask, world: World) -> Enter:
    return entrance(app)


def key(page: str) -> str:
    match = re.search(r'name="request_key" value="(\w+)"', page)
    assert match is not None
    return match[1]


def rows(page: str) -> list[str]:
    """List the units of the table in their order."""
    return re.findall(r'class="unit-name" href="[^"]*">([^<]+)</a>', page)


def test_a_superior_sees_schools_with_numbers_and_why_they_wait(world: World, enter: Enter) -> None:
    page = enter("inspector").get("/progress").text

    assert rows(page) == ["Trường TH Thử", "Trường THCS Mẫu"]
    assert "0/8" in page
    assert "chờ cô Hiệu Trưởng Mẫu (thủ trưởng Trường THCS Mẫu) từ hôm nay" in page
    assert "Đôn đốc" in page


def test_a_deadline_of_today_is_said_once(world: World, enter: Enter, clock: FixedClock) -> None:
    clock.set(datetime(2023, 6, 16, 3, tzinfo=UTC))

    page = enter("inspector").get("/progress").text

    assert "17:00 hôm nay" in page
    assert "17:00 thứ Sáu 16/06" not in page
    assert 'data-label="Đôn đốc"' not in page


def test_a_department_sees_offices_and_schools(world: World, enter: Enter) -> None:
    page = enter("administrator").get("/progress").text

    assert rows(page)[0] == "Phòng GD&amp;ĐT Quận Mẫu"
    assert "tree-1" in page


def test_an_office_closes_and_opens_by_its_address(world: World, enter: Enter) -> None:
    page = enter("administrator").get("/progress?open=").text

    assert rows(page) == ["Phòng GD&amp;ĐT Quận Mẫu"]
    assert f"open={world.units['district']}" in page


def test_a_head_sees_classes_and_people(world: World, enter: Enter) -> None:
    page = enter("principal").get("/progress").text

    assert "Theo lớp" in page
    assert {"6A", "6B", "Cô Chủ Nhiệm Thử"} <= set(rows(page))
    assert "0/3" in page


@pytest.mark.parametrize(
    "path", ["", "/figures", "/entries", "/tasks?late=1", "/progress.xlsx", "/progress.pdf"]
)
def test_nobody_looks_into_another_territory(world: World, enter: Enter, path: str) -> None:
    join = "&" if "?" in path else "?"
    at = f"/progress{path}{join}campaign={world.campaign_id}&unit={world.units['school']}"

    assert enter("stranger").get(at).status_code == 404
    assert enter("homeroom").get(at).status_code == 403
    assert enter("principal").get(at).status_code == 200


def test_another_campaign_of_nobody_is_not_found(world: World, enter: Enter) -> None:
    assert enter("inspector").get("/progress?campaign=99999").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "unit=abc&campaign=x&kind=nonsense&level=XX&open=a.b..9999999999999999999999",
        "kind=staff",
        "kind=pupil&level=THCS",
        "kind=class&open=1.2.3",
        "level=THPT",
    ],
)
def test_whatever_stands_in_the_address_is_answered(world: World, enter: Enter, query: str) -> None:
    assert enter("inspector").get(f"/progress?{query}").status_code == 200


def test_lists_behind_the_numbers(world: World, enter: Enter) -> None:
    client = enter("principal")

    entries = client.get("/progress/entries?state=open&kind=staff").text
    assert "Thỉnh Giảng Giả" in entries
    assert entries.count("data-row ") == 6
    assert client.get("/progress/entries?kind=pupil&state=must&page=2").status_code == 200
    assert "Học Sinh 6A Số 01" in client.get(f"/progress/entries?kind=pupil&class={world.classes['6A']}").text


def test_late_tasks_are_listed_with_who_is_waited_for(world: World, enter: Enter) -> None:
    world.clock.set(datetime(2023, 6, 17, 3, tzinfo=UTC))

    page = enter("principal").get("/progress/tasks?late=1").text

    assert "chờ cô Chủ Nhiệm Thử (GVCN 6A) từ 9 ngày làm việc" in page
    assert "quá hạn" in page


def test_drill_down_to_the_person(world: World, enter: Enter) -> None:
    client, person = enter("principal"), world.people["homeroom"]

    page = client.get(f"/progress/people/{person}").text

    assert "Cô Chủ Nhiệm Thử" in page
    assert "Rà soát từng học sinh" in page
    assert client.get(f"/progress/people/{world.people['stranger']}").status_code == 404
    assert client.get("/progress/people/999999").status_code == 404


def test_the_page_of_a_person_says_by_name_who_was_told(world: World, enter: Enter) -> None:
    world.clock.set(datetime(2023, 6, 21, 10, 30, tzinfo=UTC))
    world.run_worker()

    page = enter("principal").get(f"/progress/people/{world.people['homeroom']}").text

    assert (
        "17:00 19/06/2023 (báo lúc 17:30 21/06/2023): đã báo thủ trưởng đơn vị (cô Hiệu Trưởng Mẫu)" in page
    )
    assert "đã báo đơn vị cấp trên (cô Trưởng Phòng Mẫu," in page


def test_urging_is_kept_and_shown_once(world: World, enter: Enter) -> None:
    client = enter("inspector")
    address = f"/progress/urge?campaign={world.campaign_id}&unit={world.units['district']}"
    form = {
        "urged_unit": world.units["school"],
        "words": "Đề nghị xong trước 08/06",
        "request_key": key(client.get("/progress").text),
    }

    assert client.send(address, **form).status_code == 303
    client.send(address, **form)

    entries = select(func.count()).where(JournalEntry.kind == JournalKind.URGED)
    assert world.read(lambda session: session.scalar(entries)) == 1
    assert "1 lần (05/06)" in client.get("/progress").text


def test_words_that_are_too_long_come_back(world: World, enter: Enter) -> None:
    client = enter("inspector")
    words = "Đề nghị " * 100

    answer = client.send(
        "/progress/urge", urged_unit=world.units["school"], words=words, request_key="a" * 32
    )

    assert answer.status_code == 422
    assert words.strip() in answer.text
    assert "is-invalid" in answer.text


def test_urging_that_reaches_nobody_is_refused_and_one_without_a_head_reaches_who_has_the_work(
    world: World, enter: Enter
) -> None:
    def leave(work: UnitOfWork, *positions: Position) -> None:
        held = update(Appointment).where(
            Appointment.position.in_(positions), Appointment.unit_id == world.units["school"]
        )
        work.session.execute(held.values(until_on=date(2022, 12, 31)))

    def wait_for_the_head(work: UnitOfWork) -> None:
        work.session.execute(
            update(Task)
            .where(Task.unit_id == world.units["school"])
            .values(assignee_id=None, role="head", role_unit_id=world.units["school"])
        )

    form = {"urged_unit": world.units["school"], "words": "Đề nghị xong"}
    world.do(lambda work: leave(work, Position.HEAD))
    reached = enter("inspector").send("/progress/urge", **form, request_key="d" * 32)
    world.do(wait_for_the_head)
    nobody = enter("inspector").send("/progress/urge", **form, request_key="e" * 32)

    assert reached.status_code == 303
    assert "Đã đôn đốc 0 người" not in enter("inspector").get("/progress").text
    assert nobody.status_code == 422
    assert "chưa có thủ trưởng" in nobody.text
    assert "Đề nghị xong" in nobody.text
    entries = select(func.count()).where(JournalEntry.kind == JournalKind.URGED)
    assert world.read(lambda session: session.scalar(entries)) == 1


def test_nobody_urges_outside_of_their_territory(world: World, enter: Enter) -> None:
    answer = enter("stranger").send(
        "/progress/urge", urged_unit=world.units["school"], words="", request_key="b" * 32
    )

    assert answer.status_code == 403


def test_the_fragment_holds_the_numbers_only(world: World, enter: Enter) -> None:
    part = enter("inspector").get("/progress/figures", headers={"Rasoat-Background": "1"}).text

    assert "<html" not in part
    assert 'id="numbers"' in part
    assert "Trường THCS Mẫu" in part


def test_the_drawing_has_its_table(world: World, enter: Enter) -> None:
    world.clock.advance(days=3)

    page = enter("inspector").get("/progress").text

    assert 'class="burn-line"' in page
    assert "Xem dưới dạng bảng" in page
    assert page.count('<th scope="row">') >= 4


def sheet(content: bytes) -> str:
    """Give the text of a workbook and its formulas, if any."""
    with ZipFile(BytesIO(content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/"))


def test_workbooks_hold_text_and_no_formula(world: World, enter: Enter) -> None:
    def rename(work: UnitOfWork) -> None:
        person = work.session.get_one(Person, world.people["homeroom"])
        person.full_name = "=HYPERLINK(1)"

    world.do(rename)

    answer = enter("principal").get("/progress/progress.xlsx")

    content = sheet(answer.data)
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "=HYPERLINK(1)" in content
    assert "<f>" not in content
    assert "GVCN 6A" in content


def test_without_campaigns_the_page_says_what_comes(app: Flask, client_of: Enter) -> None:
    assert "Chưa có đợt rà soát nào" in client_of("head").get("/progress").text


def test_a_closed_campaign_stays_to_be_seen(world: World, enter: Enter) -> None:
    from workflows.commands.steering.campaigns import close_campaign

    world.do(
        lambda work: close_campaign(
            work, actor=world.actor(work, "department_officer"), campaign_id=world.campaign_id
        )
    )

    page = enter("inspector").get("/progress").text

    assert "đã đóng" in page
    assert "0/8" in page
    assert 'name="urged_unit"' not in page

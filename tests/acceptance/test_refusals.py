"""What is refused: strangers everywhere, wrong passwords, files and drawings that mean harm. Nothing is left behind."""

from collections.abc import Callable, Iterator
from io import BytesIO
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from models.document import Signature
from models.process import ProcessDefinition, ProcessDraft
from models.task import Attachment
from tests.acceptance import chain
from tests.acceptance.chain import SIGN, done, full_name, sign
from tests.acceptance.house import House, Model
from tests.acceptance.page import Page
from tests.acceptance.person import PASSWORD, Person, Sent
from tests.cast import STAFF
from tests.web.drawings import drawing

Live = Callable[[Model], House]
# Pages that show everybody their own.
OWN = {"/", "/login", "/inbox", "/submitted", "/done", "/notices", "/documents", "/progress", "/campaigns"}
CROWD = ("principal", "officer", "homeroom", "visiting", "inspector", "department_officer", "administrator")
OF_EACH_KIND = 2
# What each of the crowd found behind the links of the busy house.
ANSWERS: dict[str, dict[str, int]] = {}


@pytest.fixture(scope="session")
def busy(make_model: Callable[..., Model]) -> Model:
    """Keep a house in which something of everything has happened; its trail holds every request."""

    def a_day(house: House) -> None:
        done(house["principal"].task("Kiểm tra kết quả").press("Chấp nhận"))
        task = house["homeroom"].task("Rà soát từng học sinh", "6A")
        task.choose_file("PDF, ảnh", "bien-ban.pdf", b"%PDF-1.7 thu").press("Đính kèm")
        house["homeroom"].task("Rà soát từng học sinh", "6A").fill(
            "Ý kiến của thầy/cô", "hai em trùng tên"
        ).press("Gửi ý kiến")
        chain.class_reported(house, "6A")
        for name in CROWD:
            ANSWERS[name] = crawl(house[name])

    return make_model(chain.open_campaign, chain.staff_reported, a_day)


def crawl(person: Person) -> dict[str, int]:
    """Follow the links from the start page on, some of each kind, and give what each address answered."""
    kinds: dict[str, int] = {}
    answers: dict[str, int] = {}
    waiting = ["/"]
    urls = person.app.url_map.bind("localhost")
    while waiting:
        page = person.visit(waiting.pop(0))
        answers[page.address] = page.status
        for link in map(page.absolute, page.links):
            if not link.startswith("/") or link.startswith("/static") or link in answers or link in waiting:
                continue
            kind = str(urls.match(urlsplit(link).path)[0])
            kinds[kind] = kinds.get(kind, 0) + 1
            if kinds[kind] <= OF_EACH_KIND:
                waiting.append(link)
    return answers


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("name", CROWD)
def test_every_link_leads_somewhere(name: str) -> None:
    answers = ANSWERS[name]

    assert len(answers) > 5
    assert {address: status for address, status in answers.items() if status != 200} == {}


def requests_of(trail: list[Sent]) -> Iterator[Sent]:
    """Give each request of the trail once; the same form is one request whatever its keys."""
    seen = set()
    for sent in trail:
        mark = (sent.address, None if sent.fields is None else tuple(sorted(set(sent.fields))))
        if mark not in seen and urlsplit(sent.address).path != "/login":
            seen.add(mark)
            yield sent


def words_in(content: bytes) -> str:
    """Give the text of an answer, of a workbook that of its sheets."""
    if content.startswith(b"PK"):
        with ZipFile(BytesIO(content)) as book:
            content = b"".join(book.read(name) for name in book.namelist())
    return content.decode(errors="replace")


def send(client: FlaskClient, sent: Sent, token: str) -> tuple[int, str]:
    """Send somebody else's request with one's own token."""
    if sent.fields is None:
        answer = client.get(sent.address)
    else:
        texts = [(name, value) for name, value in sent.fields.items(multi=True) if isinstance(value, str)]
        fields: MultiDict[str, str] = MultiDict(texts)
        fields["csrf_token"], fields["request_key"] = token, f"{hash(sent.address)}"
        answer = client.post(sent.address, data=fields)
    return answer.status_code, words_in(answer.get_data())


def test_a_stranger_is_refused_wherever_others_were(live: Live, busy: Model) -> None:
    house = live(busy)
    stranger = house["stranger"]
    names = [full_name(name) for name in STAFF] + [pupil.full_name for pupil in house.world.pupils("6A")]
    token = str(stranger.visit("/inbox").part('//meta[@name="csrf-token"]').get("content"))
    length = house.journal_length()
    wrong = []

    for sent in requests_of(busy.house.trail):
        status, text = send(stranger._client, sent, token)
        own = urlsplit(sent.address).path in OWN and sent.fields is None
        shown = [name for name in names if name in text]
        if status >= 500 or shown or (status == 200 and not own and sent.fields is not None):
            wrong.append((sent.address, sent.fields is not None, status, shown))

    assert wrong == []
    assert house.journal_length() == length


def test_a_visitor_is_sent_to_the_login(live: Live, busy: Model) -> None:
    house = live(busy)
    visitor = house.app.test_client()
    wrong = []

    for sent in requests_of(busy.house.trail):
        status, text = send(visitor, sent, "")
        if status not in (302, 400, 401, 404) or "Học Sinh" in text:
            wrong.append((sent.address, status))

    assert wrong == []


def count(house: House, table: type) -> int:
    return house.world.read(lambda session: session.scalar(select(func.count()).select_from(table)) or 0)


def test_a_wrong_password_signs_nothing_and_keeps_everything(live: Live, opened: Model) -> None:
    house = live(opened)
    chain.assign_officer(house)
    done(house["officer"].task("Rà soát hồ sơ", full_name("homeroom")).press("Mời xác nhận"))
    task = house["homeroom"].task("Xác nhận thông tin")
    reason = task.part('//textarea[@name="reason.disagree"]')
    reason.text = "đang xem lại"

    refused = sign(task, "Ký xác nhận", "sai mật khẩu")

    assert refused.status == 422
    assert refused.has("Mật khẩu không đúng")
    assert refused.part('//textarea[@name="reason.disagree"]').text == "đang xem lại"
    assert "sai mật khẩu" not in refused.response.text
    assert count(house, Signature) == 0
    assert sign(refused, "Ký xác nhận", "").status == 422
    done(refused.fill(SIGN, PASSWORD).press("Ký xác nhận"))
    assert count(house, Signature) == 1


def test_values_that_do_not_fit_come_back_as_they_were_typed(live: Live, opened: Model) -> None:
    house = live(opened)
    chain.assign_officer(house)
    chain.review_staff(house, *STAFF)
    task = house["officer"].task("Đồng bộ lên CSDL ngành")

    refused = task.fill("Kết quả đồng bộ", "6/6 hồ sơ").fill("Ngày đồng bộ", "31/02/2023").press("Đã đồng bộ")

    assert refused.status == 422
    assert refused.value("Kết quả đồng bộ") == "6/6 hồ sơ"
    assert refused.value("Ngày đồng bộ") == "31/02/2023"
    assert house["officer"].has_task("Đồng bộ lên CSDL ngành")
    done(refused.fill("Ngày đồng bộ", "05/06/2023").press("Đã đồng bộ"))


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("trang.html", b"<script>alert(1)</script>", 422),
        ("virus.pdf", b"MZ\x90\x00", 422),
        ("anh.png.exe", b"\x89PNG\r\n\x1a\n", 422),
        ("rong.pdf", b"", 422),
        ("lon.pdf", b"%PDF-" + b"0" * (10 * 1024 * 1024), 422),
        # More than a page with a field for files reads at all.
        ("qua-lon.pdf", b"%PDF-" + b"0" * (40 * 1024 * 1024), 413),
    ],
)
def test_files_that_mean_harm_leave_nothing_behind(
    live: Live, opened: Model, name: str, content: bytes, status: int
) -> None:
    house = live(opened)
    task = house["homeroom"].task("Rà soát từng học sinh", "6A")

    refused = task.choose_file("PDF, ảnh", name, content).press("Đính kèm")

    assert refused.status == status, refused
    assert count(house, Attachment) == 0
    assert not [file for file in house.config.attachments_folder.rglob("*") if file.is_file()]


def test_an_attachment_is_a_download_and_never_a_page(live: Live, busy: Model) -> None:
    house = live(busy)

    answer = house["homeroom"].visit("/submitted").follow("6A").follow("bien-ban.pdf").response

    assert answer.get_data() == b"%PDF-1.7 thu"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def upload(house: House, content: bytes) -> Page:
    page = house["administrator"].visit("/procedures")
    return page.choose_file("Tệp BPMN", "quy-trinh.bpmn", content).press("Tải lên")


HOSTILE = {
    "doctype": drawing().replace("<bpmn:definitions", '<!DOCTYPE x [<!ENTITY a "aaa">]><bpmn:definitions', 1),
    "malformed": drawing()[:-30],
    "no drawing": "<html><body>Xin chào</body></html>",
    "no text": "\x00\x01\x02",
    "empty": "",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_drawings_that_mean_harm_leave_nothing_behind(live: Live, opened: Model, content: str) -> None:
    house = live(opened)
    before = count(house, ProcessDefinition)

    refused = upload(house, content.encode())

    assert refused.status == 422, refused
    assert refused.alert
    assert (count(house, ProcessDefinition), count(house, ProcessDraft)) == (before, 0)


def test_the_roster_comes_as_a_workbook(live: Live, busy: Model) -> None:
    house = live(busy)
    roster = f"/campaigns/{house.world.campaign_id}/roster/{house.world.units['school']}/roster.xlsx"

    book = words_in(house["principal"].visit(roster).response.get_data())

    assert all(full_name(name) in book for name in STAFF)

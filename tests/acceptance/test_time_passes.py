"""The clock: reminders and escalation up the line, mails that go at once, extensions, sessions that end (C3, C4)."""

from collections.abc import Callable, Iterator

import pytest
from aiosmtpd.controller import Controller

from tests.acceptance import chain
from tests.acceptance.chain import SIGN, full_name, history, said
from tests.acceptance.house import House, Model
from tests.acceptance.person import PASSWORD
from tests.notify.conftest import MailServer, free_port

Live = Callable[..., House]


@pytest.fixture
def post_office() -> Iterator[MailServer]:
    """Run a real mail server that takes what comes."""
    server = MailServer(port=free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop()


def subjects_to(server: MailServer, name: str) -> list[str]:
    """Give the subjects of the mails to somebody that are about our school."""
    mails = [mail for to, mail in server.received if to == f"{name}@truong-mau.example"]
    return [str(mail["Subject"]) for mail in mails if "Trường THCS Mẫu" in mail["Subject"]]


@pytest.mark.smtp
def test_the_whole_ladder_of_a_late_officer(live: Live, opened: Model, post_office: MailServer) -> None:
    house = live(opened, mail=post_office.settings)
    chain.assign_officer(house)
    chain.review_staff(house, "principal", "deputy", "officer", "homeroom", "colleague")
    house.run_worker()
    post_office.received.clear()
    late = full_name("visiting")

    house.at("2023-06-14T17:30").run_worker()
    said(house["officer"].visit("/notices"), "Sắp đến hạn", late)
    assert subjects_to(post_office, "officer") == []

    house.at("2023-06-15T17:30").run_worker()
    said(house["officer"].open_inbox(), "Quá hạn", late)
    assert any("Quá hạn" in subject for subject in subjects_to(post_office, "officer"))
    assert subjects_to(post_office, "principal") == []

    house.at("2023-06-16T17:30").run_worker()
    said(house["officer"].open_inbox(), "đã báo thủ trưởng đơn vị 16/06")
    assert any("Quá hạn" in subject for subject in subjects_to(post_office, "principal"))
    said(house["principal"].open_inbox(), "Xem xét việc chậm")
    assert subjects_to(post_office, "inspector") == []

    house.at("2023-06-20T17:30").run_worker()
    said(house["officer"].open_inbox(), "đã báo đơn vị cấp trên 20/06")
    assert subjects_to(post_office, "inspector")
    assert subjects_to(post_office, "second_inspector")
    told = history(house["officer"].task("Rà soát hồ sơ", late))
    for step in ("nhắc người xử lý", "báo thủ trưởng đơn vị", "báo đơn vị cấp trên"):
        assert step in told, told


@pytest.mark.smtp
def test_a_mail_names_no_pupil_and_leads_to_the_very_task(
    live: Live, classes_reported: Model, post_office: MailServer
) -> None:
    house = live(classes_reported, mail=post_office.settings)
    house.run_worker()
    post_office.received.clear()
    name = "Học Sinh 6A Số 02"
    task = house["principal"].task("Duyệt lớp", "6A").tick(f"Trả lại: {name}")
    task.fill(f"Lý do cho {name}", "trùng mã định danh").press("Trả lại học sinh")

    house.run_worker()

    mail = next(mail for to, mail in post_office.received if to.startswith("homeroom@"))
    body = str(mail.get_content())
    assert "6A" in mail["Subject"]
    assert name not in body
    address = next(word for word in body.split() if "/tasks/" in word).partition("://")[2]
    said(house["homeroom"].visit("/" + address.partition("/")[2]), "Sửa theo ý kiến Hiệu trưởng", name)


def test_an_extension_moves_what_is_open(live: Live, opened: Model) -> None:
    house = live(opened)
    chain.assign_officer(house)
    said(house["officer"].task("Rà soát hồ sơ", full_name("visiting")), "17:00 thứ Năm 15/06")

    page = house["department_officer"].visit(f"/campaigns/{house.world.campaign_id}")
    page.fill("Hạn nào", "Rà soát nhân sự").fill("Áp dụng cho ai", "THCS")
    refused = page.fill("Hạn mới (giờ Việt Nam)", "2023-06-29T17:00").press("Gia hạn")
    assert refused.status == 422
    assert refused.value("Hạn mới (giờ Việt Nam)") == "2023-06-29T17:00"
    asked = said(refused.fill("Lý do", "mưa bão").press("Gia hạn"), "Các mốc sau sẽ đến hạn trước mốc mới")
    extended = said(asked.press("Chỉ gia hạn mốc này"), "mưa bão")

    assert "29/06" in extended.text
    said(house["officer"].task("Rà soát hồ sơ", full_name("visiting")), "17:00 thứ Năm 29/06")
    said(house["officer"].visit("/notices"), "Gia hạn", "17:00 thứ Năm 29/06/2023")
    house.at("2023-06-16T09:00").run_worker()
    assert not house["principal"].has_task("Xem xét việc chậm", "nhân sự")
    assert "Quá hạn" not in house["officer"].open_inbox().text
    house.at("2023-06-29T17:30").run_worker()
    said(house["officer"].open_inbox(), "Quá hạn", full_name("visiting"))


def test_an_extension_for_one_school_is_not_shown_to_another(live: Live, opened: Model) -> None:
    house = live(opened)
    address = f"/campaigns/{house.world.campaign_id}"
    page = house["department_officer"].visit(address).fill("Áp dụng cho ai", "Trường THCS Mẫu")
    page = page.fill("Hạn mới (giờ Việt Nam)", "2023-06-29T17:00").fill("Lý do", "cháy phòng máy")
    page.press("Gia hạn").press("Chỉ gia hạn mốc này")

    theirs, ours = house["stranger"].visit(address), house["principal"].visit(address)

    said(ours, "cháy phòng máy", "29/06")
    assert not theirs.has("cháy phòng máy")
    assert not theirs.has("29/06")


def test_an_ended_session_asks_for_the_password_and_goes_on_with_what_was_typed(
    live: Live, classes_reported: Model
) -> None:
    house = live(classes_reported)
    page = house["principal"].task("Duyệt lớp", "6A")
    house.world.clock.advance(hours=2)

    ended = page.press("Trả lại cả lớp", because="chưa đối chiếu học bạ")

    assert ended.status == 401
    assert ended.has("Phiên làm việc đã hết", "chưa đối chiếu học bạ")
    wrong = ended.fill("Mật khẩu", "không phải").press("Đăng nhập và tiếp tục")
    assert wrong.has("chưa đối chiếu học bạ")
    again = wrong.fill("Mật khẩu", PASSWORD).press("Đăng nhập và tiếp tục")
    chain.done(again.press("Gửi"))
    said(house["homeroom"].task("Sửa theo ý kiến", "6A"), "chưa đối chiếu học bạ")


def test_a_session_that_ended_while_signing_asks_for_both_passwords(live: Live, opened: Model) -> None:
    house = live(opened)
    chain.assign_officer(house)
    house["officer"].task("Rà soát hồ sơ", full_name("homeroom")).press("Mời xác nhận")
    page = house["homeroom"].task("Xác nhận thông tin")
    house.world.clock.advance(hours=2)

    ended = chain.sign(page, "Ký xác nhận")
    again = ended.fill("Mật khẩu", PASSWORD).press("Đăng nhập và tiếp tục").press("Gửi")

    # The password of a signature is never carried along.
    assert PASSWORD not in ended.response.text
    assert again.status == 422
    chain.done(again.fill(SIGN, PASSWORD).press("Ký xác nhận"))

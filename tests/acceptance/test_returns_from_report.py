"""The head returns classes and persons from the form of the report, after the superior has returned the school."""

from collections.abc import Callable

import pytest

from tests.acceptance import chain
from tests.acceptance.chain import done, full_name, said
from tests.acceptance.house import House, Model
from tests.acceptance.page import Page

Live = Callable[[Model], House]
REPORT = "Xác nhận, báo cáo cấp trên"


@pytest.fixture(scope="session")
def before_report(make_model: Callable[..., Model]) -> Model:
    """Keep a house whose head is about to report."""

    def accept_everything(house: House) -> None:
        done(house["principal"].task("Kiểm tra kết quả").press("Chấp nhận"))
        for class_name in ("6A", "6B"):
            chain.class_reported(house, class_name)
            done(house["principal"].task("Duyệt lớp", class_name).press("Duyệt"))

    return make_model(chain.open_campaign, chain.staff_reported, accept_everything, levels="MN")


def mark(task: Page, name: str, reason: str) -> Page:
    return task.tick(f"Trả lại: {name}").fill(f"Lý do cho {name}", reason)


def test_marks_of_the_other_kind_wait_for_the_next_round(live: Live, before_report: Model) -> None:
    house = live(before_report)
    person = full_name("visiting")
    task = said(house["principal"].task(REPORT), "Mỗi nút chỉ trả lại phần của mình")

    mark(mark(task, "6A", "thiếu mã định danh"), person, "thiếu hợp đồng").press("Trả lại từng lớp")
    assert not house["officer"].tasks()
    done(
        house["homeroom"].task("Sửa theo ý kiến Hiệu trưởng", "6A").press("Đã sửa xong", because="đã bổ sung")
    )
    chain.sign_minutes(house, "6A")
    done(house["principal"].task("Duyệt lớp", "6A").press("Duyệt"))

    again = said(house["principal"].task(REPORT), "Trả lại từng lớp")
    # The boxes that a return leaves alone are no answers: there is nothing to tell of the step before.
    assert not again.root.xpath('//section[contains(@class, "previous")]')
    assert again.value(f"Lý do cho {person}") == "thiếu hợp đồng"
    done(again.press("Trả lại từng người"))
    said(house["officer"].task("Rà soát hồ sơ", person), "Trả lại: thiếu hợp đồng")

"""Several people at one piece of work: helpers, colleagues, two at once, one hand too quick, and the way back."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import func, select

from models.journal import JournalEntry, JournalKind
from models.person import Appointment, Position
from tests.acceptance import chain
from tests.acceptance.chain import called, done, full_name, history, said, sign
from tests.acceptance.house import House, Model
from tests.acceptance.page import Page

Live = Callable[[Model], House]


@pytest.fixture(scope="session")
def report_sent(make_model: Callable[..., Model]) -> Model:
    """Keep a house whose report lies at the district office, where two officers could take it."""

    def school_confirmed(house: House) -> None:
        done(house["principal"].task("Kiểm tra kết quả").press("Chấp nhận"))
        for class_name in ("6A", "6B"):
            chain.class_reported(house, class_name)
            done(house["principal"].task("Duyệt lớp", class_name).press("Duyệt"))
        chain.confirm_school(house)

    return make_model(chain.open_campaign, chain.staff_reported, school_confirmed, levels="MN")


def test_a_helper_acts_under_their_own_name_and_both_names_stand_in_the_history(
    live: Live, opened: Model
) -> None:
    house = live(opened)
    task = house["homeroom"].task("Rà soát từng học sinh", "6A")
    done(task.press("Báo Hiệu trưởng: cần hỗ trợ", because="nghỉ thai sản"))
    task = said(house["principal"].task("Phân công người hỗ trợ", "6A"), "nghỉ thai sản")
    done(task.fill("Người hỗ trợ", called("deputy")).press("Phân công"))

    inbox = said(house["deputy"].open_inbox(), "thay mặt cô Chủ Nhiệm Thử")
    assert not house["homeroom"].has_task("Rà soát từng học sinh", "6A")
    task = chain.approve_pupils(house["deputy"].task("Rà soát từng học sinh", "6A"), 3)
    done(task.press("Đã rà soát xong"))
    chain.enter_grades(house, "6A")
    chain.inform_parents(house, "6A", "deputy")
    done(house["deputy"].task("Tiếp nhận ý kiến", "6A").press("Không còn ý kiến, lập biên bản"))
    chain.sign_minutes(house, "6A", "deputy")

    assert inbox.status == 200
    task = house["principal"].task("Duyệt lớp", "6A")
    assert "Thầy Phó Hiệu Trưởng Thử (thay mặt cô Chủ Nhiệm Thử)" in history(task)
    minutes = house["principal"].visit("/documents").follow("Biên bản bàn giao dữ liệu lớp 6A")
    said(minutes, full_name("deputy"), full_name("homeroom"))


def test_one_of_two_officers_takes_the_report_on(live: Live, report_sent: Model) -> None:
    house = live(report_sent)
    first, second = house["inspector"], house["second_inspector"]
    late = second.task("Tiếp nhận báo cáo")
    assert "Nhận xử lý" in late.buttons

    taken = first.task("Tiếp nhận báo cáo").press("Nhận xử lý")

    said(taken, "Chấp nhận báo cáo")
    assert not second.has_task("Tiếp nhận báo cáo")
    refused = late.press("Trả lại trường", because="thiếu chữ ký")
    assert refused.status == 409
    assert refused.has("Thầy Chuyên Viên Một đã nhận việc này", "thiếu chữ ký")
    taken.press("Trả về cho mọi người")
    done(second.task("Tiếp nhận báo cáo").press("Chấp nhận báo cáo"))


def test_of_two_at_once_the_second_is_told_who_and_when_and_loses_nothing(
    live: Live, report_sent: Model
) -> None:
    house = live(report_sent)
    pages = {name: house[name].task("Tiếp nhận báo cáo") for name in ("inspector", "second_inspector")}

    done(pages["inspector"].press("Chấp nhận báo cáo"))
    second = pages["second_inspector"].press("Trả lại trường", because="lớp 6B thiếu một em")

    assert second.status == 409
    assert second.has("Thầy Chuyên Viên Một đã xử lý", "08:00", "lớp 6B thiếu một em")
    again = house["second_inspector"].visit(pages["second_inspector"].address)
    said(again, "lớp 6B thiếu một em")


def test_two_heads_at_once_approve_a_class_once(live: Live, classes_reported: Model) -> None:
    house = live(classes_reported)
    _appoint_second_head(house, "deputy")
    pages = {name: house[name].task("Duyệt lớp", "6A") for name in ("principal", "deputy")}

    done(pages["deputy"].press("Duyệt"))
    second = pages["principal"].press("Trả lại cả lớp", because="chưa đối chiếu học bạ")

    assert second.status == 409
    assert second.has("Thầy Phó Hiệu Trưởng Thử đã xử lý", "chưa đối chiếu học bạ")
    assert not house["homeroom"].tasks()


def test_a_double_click_has_one_effect_and_the_same_answer(live: Live, classes_reported: Model) -> None:
    house = live(classes_reported)
    page = house["principal"].task("Duyệt lớp", "6A")

    first = page.press("Duyệt")
    length = house.journal_length()
    second = page.press("Duyệt")

    done(first)
    assert (second.status, second.address) == (first.status, first.address)
    assert second.text == first.text
    assert house.journal_length() == length


def test_a_signature_sent_twice_is_one_signature(live: Live, opened: Model) -> None:
    house = live(opened)
    chain.assign_officer(house)
    done(house["officer"].task("Rà soát hồ sơ", full_name("homeroom")).press("Mời xác nhận"))
    page = house["homeroom"].task("Xác nhận thông tin")

    answers = [sign(page, "Ký xác nhận"), sign(page, "Ký xác nhận")]

    assert answers[0].address == answers[1].address
    signed = select(func.count(JournalEntry.id)).where(JournalEntry.kind == JournalKind.SIGNED)
    assert house.world.read(lambda session: session.scalar(signed)) == 1


def test_what_was_submitted_is_taken_back_while_nobody_has_acted(live: Live, classes_reported: Model) -> None:
    house = live(classes_reported)
    submitted = said(house["homeroom"].visit("/submitted"), "Ký biên bản, báo cáo")

    again = submitted.press("Thu hồi")

    said(again, "Ký biên bản, báo cáo Hiệu trưởng")
    assert not house["principal"].has_task("Duyệt lớp", "6A")
    done(sign(again, "Ký biên bản, báo cáo Hiệu trưởng"))
    assert house["principal"].has_task("Duyệt lớp", "6A")


def test_nothing_is_taken_back_after_somebody_has_acted(live: Live, classes_reported: Model) -> None:
    house = live(classes_reported)
    submitted = house["homeroom"].visit("/submitted")
    done(house["principal"].task("Duyệt lớp", "6A").press("Duyệt"))

    refused = submitted.press("Thu hồi")

    assert refused.status == 409
    assert refused.has("Không thu hồi được nữa")


def test_a_task_is_handed_over_and_the_first_stays_accountable(live: Live, opened: Model) -> None:
    house = live(opened)
    task = house["homeroom"].task("Rà soát từng học sinh", "6A").fill("Cho ai", called("colleague"))
    refused = task.press("Chuyển xử lý")
    assert refused.status == 422
    assert refused.value("Cho ai") == called("colleague")

    said(refused.press("Chuyển xử lý", because="đi công tác"), "Đã chuyển xử lý")

    said(house["colleague"].open_inbox(), "thay mặt cô Chủ Nhiệm Thử")
    task = house["colleague"].task("Rà soát từng học sinh", "6A")
    assert "chuyển" in history(task)
    done(chain.approve_pupils(task, 3).press("Đã rà soát xong"))


def test_three_classes_are_approved_in_one_act(live: Live, classes_reported: Model) -> None:
    house = live(classes_reported)
    inbox = house["principal"].open_inbox()
    for class_name in ("6A", "6B", "6C"):
        inbox.tick(f"Chọn: Duyệt lớp {class_name}")

    answer = inbox.press("Duyệt các mục đã chọn")

    said(answer, "Đã xong 3 việc")
    assert not house["principal"].has_task("Duyệt lớp")
    completed = select(JournalEntry.details).where(JournalEntry.kind == JournalKind.TASK_COMPLETED)
    rows = house.world.read(lambda session: session.scalars(completed).all())
    assert sum(row["step"] == "check_class" for row in rows) == 3


def approve_two(house: House) -> Page:
    inbox = house["principal"].open_inbox()
    for class_name in ("6A", "6B"):
        inbox.tick(f"Chọn: Duyệt lớp {class_name}")
    return said(inbox.press("Duyệt các mục đã chọn"), "Đã xong 2 việc")


def test_what_was_approved_together_is_taken_back_with_one_press(live: Live, classes_reported: Model) -> None:
    house = live(classes_reported)

    answer = approve_two(house).press("Thu hồi cả 2")

    said(answer, "Đã thu hồi 2 việc", "Duyệt lớp 6A", "Duyệt lớp 6B", "Duyệt lớp 6C")


def test_taking_one_of_them_back_leaves_the_others_at_hand(live: Live, classes_reported: Model) -> None:
    house = live(classes_reported)

    answer = approve_two(house).press("Thu hồi: Duyệt lớp 6A")

    said(answer, "Duyệt lớp 6A", "Duyệt lớp 6C")
    assert not house["principal"].has_task("Duyệt lớp 6B")
    said(answer.press("Thu hồi: Duyệt lớp 6B"), "Duyệt lớp 6B")


def _appoint_second_head(house: House, name: str) -> None:
    with house.world.store.make_session() as session:
        session.add(
            Appointment(
                person_id=house.world.people[name],
                unit_id=house.world.units["school"],
                position=Position.HEAD,
                from_on=date(2023, 6, 1),
            )
        )
        session.commit()

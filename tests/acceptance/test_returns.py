"""Sending back exactly what is wrong, with a reason; what was accepted stays accepted (P1.5, P2.4, P2.5, C5)."""

from collections.abc import Callable

from tests.acceptance import chain
from tests.acceptance.chain import done, full_name, said, sign
from tests.acceptance.house import House, Model
from tests.acceptance.page import Page

Live = Callable[[Model], House]


def send_back(task: Page, button: str, **reasons: str) -> Page:
    """Tick those who are sent back, with the reason for each, and press the button."""
    for name, reason in reasons.items():
        task.tick(f"Trả lại: {name}").fill(f"Lý do cho {name}", reason)
    return task.press(button)


def test_the_head_returns_named_persons_and_only_these_are_reviewed_again(
    live: Live, staff_reported: Model
) -> None:
    house = live(staff_reported)
    wrong = {full_name("homeroom"): "sai trình độ đào tạo", full_name("visiting"): "thiếu hợp đồng"}

    done(send_back(house["principal"].task("Kiểm tra kết quả"), "Trả lại từng người", **wrong))

    assert len(house["officer"].tasks()) == 2
    for name, reason in wrong.items():
        said(house["officer"].task("Rà soát hồ sơ", name), f"Trả lại: {reason}")
    chain.review_staff(house, "homeroom", "visiting", answer="đã bổ sung")
    chain.report_staff(house)
    done(house["principal"].task("Kiểm tra kết quả").press("Chấp nhận"))


def test_a_person_without_a_reason_is_not_returned_and_what_was_typed_stays(
    live: Live, staff_reported: Model
) -> None:
    house = live(staff_reported)
    task = house["principal"].task("Kiểm tra kết quả")
    name, other = full_name("homeroom"), full_name("visiting")

    refused = send_back(task, "Trả lại từng người", **{name: "sai trình độ đào tạo", other: ""})

    assert refused.status == 422
    assert refused.value(f"Lý do cho {name}") == "sai trình độ đào tạo"
    assert not house["officer"].tasks()
    done(refused.fill(f"Lý do cho {other}", "thiếu hợp đồng").press("Trả lại từng người"))
    assert len(house["officer"].tasks()) == 2


def test_the_head_returns_single_pupils_and_the_others_stay_approved(
    live: Live, classes_reported: Model
) -> None:
    house = live(classes_reported)
    name = "Học Sinh 6A Số 02"

    done(send_back(house["principal"].task("Duyệt lớp", "6A"), "Trả lại học sinh", **{name: "trùng mã"}))

    task = said(house["homeroom"].task("Sửa theo ý kiến Hiệu trưởng", "6A"), "trùng mã", "1 em chưa duyệt")
    task = task.fill(f"Trả lời: {name}", "hai em khác nhau").press(f"Không cần sửa, gửi trả lời: {name}")
    done(task.press("Đã sửa xong"))
    chain.sign_minutes(house, "6A")
    done(house["principal"].task("Duyệt lớp", "6A").press("Duyệt"))


def test_the_head_returns_a_whole_class(live: Live, classes_reported: Model) -> None:
    house = live(classes_reported)
    task = house["principal"].task("Duyệt lớp", "6A")
    refused = task.press("Trả lại cả lớp")
    assert refused.status == 422
    assert refused.has("Hãy ghi lý do")

    done(refused.press("Trả lại cả lớp", because="chưa đối chiếu học bạ"))

    assert not house["principal"].has_task("Duyệt lớp", "6A")
    assert house["principal"].has_task("Duyệt lớp", "6B")
    task = said(house["homeroom"].task("Sửa theo ý kiến Hiệu trưởng", "6A"), "chưa đối chiếu học bạ")
    done(task.press("Đã sửa xong", because="đã đối chiếu"))
    chain.sign_minutes(house, "6A")
    assert house["principal"].has_task("Duyệt lớp", "6A")


def test_an_objection_of_parents_reopens_that_pupil_only(live: Live, opened: Model) -> None:
    house = live(opened)
    chain.pupils_reviewed(house, "6A")
    chain.inform_parents(house, "6A")
    teacher, name = house["homeroom"], "Học Sinh 6A Số 01"

    task = teacher.task("Tiếp nhận ý kiến phụ huynh", "6A")
    done(send_back(task, "Có ý kiến, rà soát lại học sinh", **{name: "sai ngày sinh"}))

    task = said(teacher.task("Rà soát lại theo ý kiến", "6A"), "sai ngày sinh", "1 em chưa duyệt")
    assert task.press("Đã rà soát lại").status == 422
    task = task.fill(f"Trả lời: {name}", "đúng giấy khai sinh").press(f"Không cần sửa, gửi trả lời: {name}")
    done(task.press("Đã rà soát lại"))
    done(teacher.task("Tiếp nhận ý kiến phụ huynh", "6A").press("Không còn ý kiến, lập biên bản"))
    chain.sign_minutes(house, "6A")


def test_a_person_does_not_sign_what_is_wrong(live: Live, opened: Model) -> None:
    house = live(opened)
    chain.assign_officer(house)
    done(house["officer"].task("Rà soát hồ sơ", full_name("homeroom")).press("Mời xác nhận"))

    task = house["homeroom"].task("Xác nhận thông tin")
    done(task.press("Chưa đúng, trả lại cán bộ", because="sai ngày sinh"))

    task = said(house["officer"].task("Rà soát hồ sơ", full_name("homeroom")), "Trả lại: sai ngày sinh")
    done(task.fill("Ngày sinh", "12/04/1986").press("Mời xác nhận"))
    task = said(house["homeroom"].task("Xác nhận thông tin"), "Nội dung đã sửa trong đợt", "12/04/1985")
    done(sign(task, "Ký xác nhận"))


def test_whoever_cannot_be_reviewed_is_excused_by_the_head_only(live: Live, opened: Model) -> None:
    house = live(opened)
    chain.assign_officer(house)
    chain.review_staff(house, "principal", "deputy", "officer", "homeroom", "colleague")
    task = house["officer"].task("Rà soát hồ sơ", full_name("visiting"))

    done(task.press("Không rà soát được", because="đi học dài hạn"))

    assert not house["officer"].has_task("Đồng bộ")
    said(house["principal"].task("Xét lý do không rà soát"), "đi học dài hạn").press("Chấp nhận lý do")
    assert house["officer"].has_task("Đồng bộ")


def test_the_superior_returns_the_report(live: Live, staff_reported: Model) -> None:
    house = live(staff_reported)
    done(house["principal"].task("Kiểm tra kết quả").press("Chấp nhận"))
    for class_name in ("6A", "6B"):
        chain.class_reported(house, class_name)
        done(house["principal"].task("Duyệt lớp", class_name).press("Duyệt"))
    chain.confirm_school(house)

    task = house["inspector"].task("Tiếp nhận báo cáo", "Trường THCS Mẫu")
    done(task.press("Trả lại trường", because="thiếu báo cáo lớp ghép"))

    said(house["principal"].task("Xác nhận, báo cáo cấp trên"), "Trả lại: thiếu báo cáo lớp ghép")
    chain.confirm_school(house, "đã gửi kèm báo cáo lớp ghép")
    judged = said(
        house["second_inspector"].task("Tiếp nhận báo cáo", "Trường THCS Mẫu"),
        "Lần trước bị trả lại: thiếu báo cáo lớp ghép",
        "Từ đó chưa trả lại lớp nào, người nào.",
        "đã gửi kèm báo cáo lớp ghép",
    )
    done(judged.press("Chấp nhận báo cáo"))

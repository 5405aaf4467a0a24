"""P1 and P2 as people walk through them: inbox, page of the task, form, button, signature."""

from sqlalchemy import select

from models.campaign import Campaign
from tests.acceptance.house import House
from tests.acceptance.page import Page, words_of
from tests.acceptance.person import PASSWORD
from tests.cast import PEOPLE, STAFF

SIGN = "Mật khẩu của thầy/cô để ký"
HOMEROOM = {"6A": "homeroom", "6B": "colleague", "6C": "deputy"}


def said(page: Page, *texts: str) -> Page:
    """Check that a page came and says all of this."""
    assert page.status == 200, page
    assert page.has(*texts), (texts, page)
    return page


def done(page: Page, what: str = "") -> Page:
    """Check that the page after an act says that it is done."""
    return said(page, "Xong:", what)


def called(name: str) -> str:
    """Give a member of the cast as pages write them: honorific and full name."""
    full_name, honorific, _, _ = PEOPLE[name]
    return f"{honorific} {full_name}"


def full_name(name: str) -> str:
    return PEOPLE[name][0]


def open_campaign(house: House, opener: str = "department_officer") -> None:
    """Open a campaign as the officer of the department does, from the list of campaigns."""
    campaigns = house[opener].visit("/progress").follow("Mở đợt rà soát")
    form = campaigns.fill("Tên đợt rà soát", "Rà soát 2023").fill("Năm học", "2022-2023")
    dates = {"staff": "15", "class": "16", "school": "19", "report": "21"}
    for key, day in dates.items():
        form.part(f'//input[@name="deadline_{key}"]').set("value", f"2023-06-{day}T17:00")
    look = said(form.press("Tiếp: xem sẽ rà soát những gì"), "Mở đợt rà soát này?", "17:00 thứ Năm 15/06")
    said(look.press("Mở đợt cho 2 trường"), "Rà soát 2023")
    house.world.campaign_id = house.world.read(lambda session: session.scalars(select(Campaign.id)).one())


def assign_officer(house: House) -> None:
    task = house["principal"].task("Giao cán bộ phụ trách", "Trường")
    done(task.fill("Cán bộ phụ trách", called("officer")).press("Giao nhiệm vụ"), "Giao cán bộ phụ trách")


def review_staff(house: House, *names: str, answer: str | None = None) -> None:
    """The officer goes through the records, and each person confirms and signs their own."""
    for name in names:
        done(house["officer"].task("Rà soát hồ sơ", full_name(name)).press("Mời xác nhận", because=answer))
        done(sign(house[name].task("Xác nhận thông tin", full_name(name)), "Ký xác nhận"))


def report_staff(house: House) -> None:
    """The officer synchronises, signs the hand-over and reports."""
    task = house["officer"].task("Đồng bộ lên CSDL ngành")
    done(task.fill("Kết quả đồng bộ", "6/6 hồ sơ").fill("Ngày đồng bộ", "05/06/2023").press("Đã đồng bộ"))
    done(sign(house["officer"].task("Báo cáo, bàn giao xác nhận"), "Ký bàn giao, báo cáo"))


def staff_reported(house: House) -> None:
    """P1 up to the check of the head."""
    assign_officer(house)
    review_staff(house, *STAFF)
    report_staff(house)


def approve_pupils(teacher_task: Page, number: int) -> Page:
    """Approve all pupils without findings in one act."""
    return said(teacher_task.press(f"Duyệt {number} em còn lại"), "đã duyệt cả lớp")


def enter_grades(house: House, class_name: str, teacher: str = "visiting") -> None:
    task = house[teacher].task("Nhập điểm", class_name)
    for pupil in house.world.pupils(class_name):
        task.fill(f"Giữa kỳ: {pupil.full_name}", "7,5").fill(f"Tổng kết: {pupil.full_name}", "8")
    done(task.press("Đã nhập xong"), "Nhập điểm")


def pupils_reviewed(house: House, class_name: str) -> None:
    """P2.1 and P2.2: every pupil approved, every mark entered."""
    teacher, number = house[HOMEROOM[class_name]], len(house.world.pupils(class_name))
    task = approve_pupils(teacher.task("Rà soát từng học sinh", class_name), number)
    done(task.press("Đã rà soát xong"), "Rà soát từng học sinh")
    if house["visiting"].has_task("Nhập điểm", class_name):
        enter_grades(house, class_name)


def inform_parents(house: House, class_name: str, who: str | None = None) -> None:
    task = house[who or HOMEROOM[class_name]].task("Thông báo cha mẹ học sinh", class_name)
    task.fill("Hình thức thông báo", "Họp phụ huynh").fill("Ngày thông báo", "05/06/2023")
    done(task.press("Đã thông báo"), "Thông báo cha mẹ học sinh")


def class_reported(house: House, class_name: str) -> None:
    """P2 of one class up to the check of the head."""
    teacher = house[HOMEROOM[class_name]]
    pupils_reviewed(house, class_name)
    inform_parents(house, class_name)
    done(teacher.task("Tiếp nhận ý kiến phụ huynh", class_name).press("Không còn ý kiến, lập biên bản"))
    sign_minutes(house, class_name)


def sign_minutes(house: House, class_name: str, who: str | None = None) -> None:
    task = house[who or HOMEROOM[class_name]].task("Ký biên bản, báo cáo", class_name)
    done(sign(task, "Ký biên bản, báo cáo Hiệu trưởng"))


def confirm_school(house: House, remarks: str = "") -> None:
    """The head confirms the four criteria by name and signs the report (C9)."""
    task = house["principal"].task("Xác nhận, báo cáo cấp trên").fill("Ý kiến báo cáo", remarks)
    for criterion in ("Đúng:", "Đủ:", "Sạch:", "Sống:"):
        task.tick(criterion)
    done(sign(task, "Ký báo cáo cấp trên"), "Xác nhận, báo cáo cấp trên")


def sign(task: Page, button: str, password: str = PASSWORD) -> Page:
    """Type the password and press the button that signs."""
    return task.fill(SIGN, password).press(button)


def history(page: Page) -> str:
    """Give the history on the page of a task."""
    return words_of(page.part('//details[starts-with(normalize-space(summary), "Vết xử lý")]'))

"""The accounts that the login page of a demonstration offers, one for each thing worth seeing."""

from collections.abc import Callable
from typing import Any

from models.person import Position
from web.demo.province.shapes import Employee, Province

SETTING = "demo_accounts"
# Shown on the login page: it guards nothing.
PASSWORD = "mau-thu-vi-du"  # noqa: S105

Choice = Callable[[Province], Employee]


def _login(login: str) -> Choice:
    return lambda province: next(one for one in province.employees if one.login == login)


def _homeroom(unit: str, room: str) -> Choice:
    return lambda province: province.room(unit, room).homeroom


def _subject_teacher(unit: str, subject: str) -> Choice:
    """Find a teacher of a subject who has no class of their own."""

    def choose(province: Province) -> Employee:
        able = [one for one in province.staff_of(unit) if one.subject == subject]
        with_class = {room.homeroom.login for room in province.rooms}
        return next((one for one in able if one.login not in with_class), able[-1])

    return choose


def _employee(unit: str) -> Choice:
    """Find somebody who is under review and reviews nobody."""
    return lambda province: next(
        one for one in province.staff_of(unit) if one.positions == (Position.EMPLOYEE,)
    )


GROUPS: tuple[tuple[str, str, tuple[tuple[Choice, str, str], ...]], ...] = (
    (
        "Trường THCS Mẫu",
        "A lower secondary school",
        (
            (
                _login("hieutruong.thcs-mau"),
                "Hiệu trưởng: phân công, duyệt từng lớp, báo cáo",
                "Principal: assigns, decides class by class, reports",
            ),
            (_login("phohieutruong1.thcs-mau"), "Phó hiệu trưởng", "Deputy principal"),
            (
                _login("canbo1.thcs-mau"),
                "Cán bộ phụ trách rà soát hồ sơ nhân sự",
                "Officer: reviews the staff records",
            ),
            (
                _homeroom("thcs-mau", "6A"),
                "Chủ nhiệm lớp 6A: rà soát 45 học sinh trên một trang",
                "Homeroom teacher of 6A: 45 pupils on one page",
            ),
            (
                _subject_teacher("thcs-mau", "Tin học"),
                "Giáo viên bộ môn: nhập điểm, hỗ trợ rà soát",
                "Subject teacher: enters grades, helps with reviews",
            ),
            (
                _employee("thcs-mau"),
                "Nhân viên: tự xác nhận hồ sơ của mình",
                "Employee: confirms their own record",
            ),
        ),
    ),
    (
        "Trường khác",
        "Other schools",
        (
            (_login("hieutruong.mn-mau"), "Hiệu trưởng mầm non", "Principal of a kindergarten"),
            (
                _login("hieutruong.thpt-mau"),
                "Hiệu trưởng THPT: báo cáo thẳng lên Sở",
                "Principal of an upper secondary school: reports to the department",
            ),
        ),
    ),
    (
        "Phòng Giáo dục và Đào tạo",
        "District office",
        (
            (
                _login("truongphong.quan-mau"),
                "Trưởng phòng: theo dõi, đôn đốc các trường trong quận",
                "Head: follows and urges the schools of the district",
            ),
            (
                _login("chuyenvien1.quan-mau"),
                "Chuyên viên: nhận báo cáo của trường",
                "Officer: receives the schools' reports",
            ),
        ),
    ),
    (
        "Sở Giáo dục và Đào tạo",
        "Department",
        (
            (
                _login("vanphong1.so-mau"),
                "Văn phòng Sở: mở đợt rà soát, gia hạn, theo dõi toàn tỉnh",
                "Office: opens campaigns, extends deadlines, follows the province",
            ),
            (
                _login("quantri.so-mau"),
                "Quản trị: xem, sửa và ban hành quy trình",
                "Administrator: looks at, changes and publishes procedures",
            ),
        ),
    ),
)


def offered(province: Province) -> dict[str, Any]:
    """Give the value of the setting: the password and the accounts in groups."""
    return {
        "password": PASSWORD,
        "groups": [
            {
                "label": label,
                "label_en": label_en,
                "accounts": [_offered(choose(province), what, what_en) for choose, what, what_en in accounts],
            }
            for label, label_en, accounts in GROUPS
        ],
    }


def _offered(employee: Employee, what: str, what_en: str) -> dict[str, str]:
    name = f"{employee.honorific} {employee.full_name}"
    return {"login": employee.login, "name": name, "what": what, "what_en": what_en}

"""Contents of minutes at the size of real schools, with names made up."""

from typing import Any

FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Đặng", "Bùi", "Đỗ", "Vũ")
MIDDLE = ("Văn", "Thị", "Đức", "Ngọc", "Thị Thanh", "Hoàng Bảo", "Thị Quỳnh")
GIVEN = ("An", "Ánh", "Bình", "Chi", "Dũng", "Đào", "Hòa", "Huệ", "Khuê", "Ngữ", "Thuỷ", "Ưng", "Yến")


def name(number: int) -> str:
    return f"{FAMILY[number % 9]} {MIDDLE[number % 7]} {GIVEN[number % 13]}"


def minutes(*blocks: tuple[str, str]) -> dict[str, Any]:
    return {
        "heading": {
            "superior": "Phòng Giáo dục và Đào tạo quận Mẫu",
            "unit": "Trường Trung học cơ sở Nguyễn Bỉnh Khiêm Mẫu",
            "number": "12/BB-THCSM",
            "place": "Hải Phòng",
            "dated_on": "2023-06-08",
        },
        "campaign": "Rà soát, cập nhật dữ liệu giáo viên và học sinh trên CSDL ngành, năm 2023",
        "basis": ["Công văn số 1329/SGDĐT-GDTX&ĐH ngày 18/5/2023 của Sở Giáo dục và Đào tạo"],
        "statements": ["Các bên thống nhất nội dung nêu trên.", "Biên bản được lưu tại đơn vị"],
        "blocks": [{"key": key, "heading": heading} for key, heading in blocks],
        "recipients": ["Như trên", "Hiệu trưởng (để báo cáo)", "Lưu: VT, hồ sơ rà soát"],
    }


def person_confirmation() -> dict[str, Any]:
    return minutes(("person", "Người xác nhận"), ("officer", "Cán bộ phụ trách")) | {
        "person": {"name": "Nguyễn Thị Quỳnh Ngữ", "capacity": "Giáo viên Ngữ văn"},
        "employment": "Hợp đồng",
        "officer": {"name": "Trần Văn Ưng", "capacity": "Nhân viên văn thư"},
        "fields": [
            {"label": "Họ và tên", "value": "Nguyễn Thị Quỳnh Ngữ"},
            {"label": "Ngày sinh", "value": "31/12/1985"},
            {"label": "Số định danh cá nhân", "value": "031185001234"},
            {
                "label": "Địa chỉ thư điện tử công vụ",
                "value": "nguyenthiquynhngu.giaovien@haiphong-mau.edu.vn",
            },
            *(
                {"label": f"Trường dữ liệu thứ {number}", "value": f"Giá trị {number}"}
                for number in range(5, 27)
            ),
        ],
        "corrections": [
            {
                "label": "Số định danh cá nhân",
                "before": "03118500123",
                "after": "031185001234",
                "corrected_on": "2023-06-05",
            },
            {"label": "Điện thoại", "before": "", "after": "0912345678", "corrected_on": "2023-06-05"},
        ],
        "criteria": {"correct": True, "complete": True, "clean": True, "live": True},
    }


def staff_handover(people: int = 60) -> dict[str, Any]:
    away = {
        7: ("Vắng mặt", "Nghỉ thai sản từ 01/4/2023, sẽ rà soát khi trở lại công tác"),
        31: ("Đã chuyển", "Chuyển công tác"),
    }
    return minutes(("officer", "Bên giao"), ("head", "Bên nhận")) | {
        "officer": {"name": "Trần Văn Ưng", "capacity": "Cán bộ phụ trách rà soát"},
        "head": {"name": "Lê Thị Khuê", "capacity": "Hiệu trưởng"},
        "staff": [
            {
                "name": name(number),
                "duty": "Giáo viên Giáo dục thể chất" if number % 4 else "Tổ trưởng tổ Khoa học tự nhiên",
                "employment": ("Biên chế", "Hợp đồng", "Thỉnh giảng")[number % 3],
                "confirmed": number not in away,
                "outcome": away[number][0] if number in away else "Đã xác nhận",
                "on": "" if number in away else "2023-06-06",
                "reason": away[number][1] if number in away else "",
            }
            for number in range(1, people + 1)
        ],
        "movements": [
            {"name": name(31), "kind": "Chuyển đi", "on": "2023-06-02", "reason": "Quyết định 45/QĐ-PGDĐT"},
        ],
        "synchronised": {"on": "2023-06-07", "result": "60/60 hồ sơ đã đồng bộ."},
    }


def class_minutes(pupils: int = 45) -> dict[str, Any]:
    return minutes(
        ("teacher", "Giáo viên chủ nhiệm"), ("helper", "Người hỗ trợ"), ("head", "Hiệu trưởng")
    ) | {
        "school_year": "2022–2023",
        "class_name": "9A12",
        "homeroom_teacher": {"name": "Phạm Thị Thanh Huệ", "capacity": "Giáo viên Toán"},
        "helper": {
            "name": "Trần Văn Ưng",
            "capacity": "Nhân viên văn thư",
            "assigned_by": "Hiệu trưởng Lê Thị Khuê",
            "assigned_on": "2023-06-01",
            "reason": "Giáo viên chủ nhiệm nghỉ ốm từ 30/5 đến 03/6/2023.",
        },
        "pupils": [
            {
                "name": name(number)
                if number != 17
                else "Công Tằng Tôn Nữ Hoàng Thị Nguyệt Quỳnh Trang Nhã Uyên",
                "code": f"HS{2200 + number}",
                "confirmed": number != 44,
                "outcome": "Đã xác nhận" if number != 44 else "Đã chuyển trường",
                "returned": 1 if number in (3, 17) else 0,
                "note": "Chuyển ngày 02/6/2023" if number == 44 else "",
            }
            for number in range(1, pupils + 1)
        ],
        "movements": [
            {"name": name(44), "kind": "Chuyển đi", "on": "2023-06-02", "reason": "Theo gia đình"},
        ],
        "returns": [
            {
                "name": name(3),
                "round": 1,
                "reason": "Số định danh thiếu 1 chữ số",
                "returned_by": "Lê Thị Khuê",
                "returned_on": "2023-06-05",
                "settled_on": "2023-06-06",
            },
        ],
        "grades": [
            {
                "subject": "Ngữ văn",
                "teacher": "Nguyễn Thị Quỳnh Ngữ",
                "entered_by": "Trần Văn Ưng (hỗ trợ)",
                "entered_on": "2023-06-04",
            },
            {
                "subject": "Vật lí",
                "teacher": "Đỗ Văn An",
                "entered_by": "Đỗ Văn An",
                "entered_on": "2023-06-03",
            },
        ],
        "informed": [
            {"channel": "Họp cha mẹ học sinh", "on": "2023-06-03", "pupils": 38, "note": "Có biên bản họp"},
            {"channel": "Sổ liên lạc điện tử", "on": "2023-06-04", "pupils": 7, "note": ""},
        ],
        "objections": [
            {
                "name": name(17),
                "raised_on": "2023-06-04",
                "about": "Sai nơi thường trú",
                "result": "Đã sửa theo giấy tờ gia đình cung cấp",
                "settled_on": "2023-06-05",
            },
        ],
    }


def school_report(classes: int = 30) -> dict[str, Any]:
    return minutes(("head", "Hiệu trưởng")) | {
        "school_year": "2022–2023",
        "levels": "Trung học cơ sở",
        "head": {"name": "Lê Thị Khuê", "capacity": "Hiệu trưởng"},
        "receiver": "Phòng Giáo dục và Đào tạo quận Mẫu",
        "classes": [
            {
                "name": f"{6 + number % 4}A{number // 4 + 1}",
                "homeroom_teacher": name(number),
                "pupils": 45,
                "confirmed": 45 if number else 44,
                "returned": number % 3,
                "odd": number % 2,
                "confirmed_on": "2023-06-07",
                "minutes": f"{100 + number}/BB-THCSM",
            }
            for number in range(classes)
        ],
        "staff": [
            {"group": "Cán bộ quản lý", "total": 3, "confirmed": 3, "excepted": 0},
            {"group": "Giáo viên (cả hợp đồng, thỉnh giảng)", "total": 50, "confirmed": 48, "excepted": 2},
            {"group": "Nhân viên", "total": 7, "confirmed": 7, "excepted": 0},
        ],
        "exceptions": [{"name": name(7), "reason": "Nghỉ thai sản từ 01/4/2023"}],
        "criteria": {"correct": True, "complete": True, "clean": True, "live": False},
        "records": 1395,
        "odd": {"correct": 16, "complete": 2, "clean": 0, "live": 0},
        "difficulties": ["Hệ thống chậm vào giờ cao điểm; đề nghị mở thêm thời gian buổi tối."],
    }


SAMPLES = {
    "person_confirmation": person_confirmation,
    "staff_handover": staff_handover,
    "class_minutes": class_minutes,
    "school_report": school_report,
}

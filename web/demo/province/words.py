"""Word lists of the demonstration: Vietnamese syllables, put together so that people are plainly invented."""

SURNAMES = (
    *("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô", "Dương", "Lý"),
    *("Đinh", "Đoàn", "Lương", "Mai", "Phan", "Trịnh", "Đào", "Tạ", "Hà", "Cao", "Hồ", "Võ"),
)
# One of these stands in every name: model, trial, false, unreal, imagined, draft, scripted …
INVENTED = (
    *("Mẫu", "Thử", "Giả", "Ảo", "Tưởng", "Nháp", "Phỏng", "Bịa", "Vẽ", "Ví Dụ", "Giả Định"),
    *("Thí Điểm", "Mô Phỏng", "Minh Họa", "Hư Cấu", "Tưởng Tượng", "Kịch Bản"),
)
MIDDLE_MALE = ("Văn", "Đức", "Hữu", "Quang", "Công", "Xuân", "Đình", "Duy", "Gia", "Minh")
MIDDLE_FEMALE = ("Thị", "Thu", "Ngọc", "Thanh", "Kim", "Bích", "Diệu", "Hồng", "Mai", "Phương")
GIVEN_MALE = (
    *("An", "Bách", "Bảo", "Bình", "Châu", "Chính", "Cường", "Đạt", "Dũng", "Duy", "Giang", "Hải", "Hiếu"),
    *("Hoàng", "Hùng", "Huy", "Khang", "Khánh", "Khoa", "Kiên", "Lâm", "Long", "Lộc", "Mạnh", "Minh", "Nam"),
    *("Nghĩa", "Nhân", "Phong", "Phúc", "Quân", "Quang", "Quý", "Sang", "Sơn", "Tài", "Tâm", "Thắng"),
    *("Thành", "Thiện", "Toàn", "Trí", "Trung", "Tú", "Tuấn", "Tùng", "Vinh", "Vương", "Ý"),
)
GIVEN_FEMALE = (
    *(
        "An",
        "Ánh",
        "Băng",
        "Bích",
        "Chi",
        "Cúc",
        "Diệp",
        "Dung",
        "Duyên",
        "Đào",
        "Giang",
        "Hà",
        "Hạnh",
        "Hân",
    ),
    *("Hiền", "Hoa", "Hòa", "Hồng", "Huệ", "Hương", "Khuê", "Lan", "Linh", "Loan", "Ly", "Mai", "My", "Nga"),
    *("Ngân", "Ngọc", "Nguyệt", "Nhi", "Nhung", "Oanh", "Phương", "Quyên", "Quỳnh", "Tâm", "Thảo", "Thoa"),
    *("Thu", "Thủy", "Thư", "Trang", "Trâm", "Trúc", "Tuyết", "Uyên", "Vân", "Yến"),
)
STREETS = ("Bịa Đặt", "Giả Định", "Hư Cấu", "Minh Họa", "Tưởng Tượng", "Thử Nghiệm", "Ví Dụ", "Vô Danh")
WARDS = ("phường Mẫu", "phường Thử", "phường Nháp", "xã Giả Định", "xã Ảo Ảnh", "xã Ví Dụ", "thị trấn Tưởng")
BIRTH_PLACES = ("tỉnh Mẫu", "tỉnh Thử", "tỉnh Ví Dụ", "thành phố Tưởng Tượng")

TRAINING = ("Sư phạm", "Khoa học giáo dục", "Quản lý giáo dục")
OFFICE_TRAINING = ("Kế toán", "Văn thư lưu trữ", "Công nghệ thông tin", "Điều dưỡng", "Thư viện")
EMPLOYEE_DUTIES = (
    "Kế toán",
    "Văn thư",
    "Nhân viên công nghệ thông tin",
    "Y tế học đường",
    "Thư viện",
    "Bảo vệ",
)

# Subject and how many teachers of each 26 have it.
LOWER_SECONDARY = (
    *(("Toán", 5), ("Ngữ văn", 5), ("Tiếng Anh", 3), ("Khoa học tự nhiên", 4), ("Lịch sử và Địa lí", 3)),
    *(
        ("Giáo dục công dân", 1),
        ("Công nghệ", 1),
        ("Tin học", 1),
        ("Giáo dục thể chất", 2),
        ("Nghệ thuật", 1),
    ),
)
UPPER_SECONDARY = (
    *(("Toán", 6), ("Ngữ văn", 5), ("Tiếng Anh", 4), ("Vật lí", 4), ("Hóa học", 3), ("Sinh học", 3)),
    *(("Lịch sử", 3), ("Địa lí", 2), ("Giáo dục kinh tế và pháp luật", 1), ("Tin học", 2)),
    *(("Công nghệ", 1), ("Giáo dục thể chất", 2)),
)
CONTINUING = (
    *(("Toán", 3), ("Ngữ văn", 3), ("Vật lí", 2), ("Hóa học", 2), ("Sinh học", 1), ("Lịch sử", 2)),
    ("Địa lí", 2),
)
# In primary school the homeroom teacher has these …
PRIMARY_HOMEROOM = ("Tiếng Việt", "Toán", "Đạo đức", "Hoạt động trải nghiệm")
# … and these have teachers of their own.
PRIMARY_SPECIAL = (
    *(("Tiếng Anh", 2), ("Tin học và Công nghệ", 1), ("Âm nhạc", 1), ("Mĩ thuật", 1)),
    ("Giáo dục thể chất", 1),
)

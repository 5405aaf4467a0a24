"""The choices that the fields of records offer: key, Vietnamese label, English label."""

Choices = dict[str, tuple[str, str]]

GENDERS: Choices = {"male": ("Nam", "Male"), "female": ("Nữ", "Female")}
CONTRACTS: Choices = {
    "permanent": ("Viên chức biên chế", "Permanent"),
    "contract": ("Hợp đồng lao động", "Contract"),
    "visiting": ("Thỉnh giảng", "Visiting"),
}
QUALIFICATIONS: Choices = {
    "secondary": ("Trung cấp", "Intermediate"),
    "college": ("Cao đẳng", "College"),
    "bachelor": ("Đại học", "Bachelor"),
    "master": ("Thạc sĩ", "Master"),
    "doctor": ("Tiến sĩ", "Doctorate"),
}
TITLES: Choices = {
    "grade_1": ("Hạng I", "Grade I"),
    "grade_2": ("Hạng II", "Grade II"),
    "grade_3": ("Hạng III", "Grade III"),
    "none": ("Chưa xếp hạng", "Not graded"),
}
LANGUAGE_LEVELS: Choices = {
    "A1": ("Bậc 1 (A1)", "Level 1 (A1)"),
    "A2": ("Bậc 2 (A2)", "Level 2 (A2)"),
    "B1": ("Bậc 3 (B1)", "Level 3 (B1)"),
    "B2": ("Bậc 4 (B2)", "Level 4 (B2)"),
    "C1": ("Bậc 5 (C1)", "Level 5 (C1)"),
}
RATINGS: Choices = {
    "excellent": ("Hoàn thành xuất sắc nhiệm vụ", "Excellent"),
    "good": ("Hoàn thành tốt nhiệm vụ", "Good"),
    "fulfilled": ("Hoàn thành nhiệm vụ", "Fulfilled"),
    "failed": ("Không hoàn thành nhiệm vụ", "Not fulfilled"),
}
DISABILITIES: Choices = {
    "none": ("Không", "None"),
    "mobility": ("Vận động", "Mobility"),
    "hearing": ("Nghe, nói", "Hearing, speech"),
    "sight": ("Nhìn", "Sight"),
    "mental": ("Trí tuệ", "Intellectual"),
    "other": ("Khác", "Other"),
}
POLICY_GROUPS: Choices = {
    "none": ("Không thuộc diện", "None"),
    "poor": ("Hộ nghèo", "Poor household"),
    "near_poor": ("Hộ cận nghèo", "Near-poor household"),
    "orphan": ("Mồ côi", "Orphan"),
    "merit": ("Con người có công", "Child of a person with merit"),
}
# The 54 groups in the order of the official list, which gives them their codes.
_GROUPS = (
    *("Kinh", "Tày", "Thái", "Hoa", "Khơ-me", "Mường", "Nùng", "Hmông", "Dao", "Gia-rai"),
    *("Ngái", "Ê-đê", "Ba-na", "Xơ-đăng", "Sán Chay", "Cơ-ho", "Chăm", "Sán Dìu", "Hrê", "Mnông"),
    *("Ra-glai", "Xtiêng", "Bru - Vân Kiều", "Thổ", "Giáy", "Cơ-tu", "Gié-Triêng", "Mạ", "Khơ-mú", "Co"),
    *("Ta-ôi", "Chơ-ro", "Kháng", "Xinh-mun", "Hà Nhì", "Chu-ru", "Lào", "La Chí", "La Ha", "Phù Lá"),
    *("La Hủ", "Lự", "Lô Lô", "Chứt", "Mảng", "Pà Thẻn", "Cơ Lao", "Cống", "Bố Y", "Si La"),
    *("Pu Péo", "Brâu", "Ơ-đu", "Rơ-măm"),
)
ETHNIC_GROUPS: Choices = {f"{number:02d}": (name, name) for number, name in enumerate(_GROUPS, start=1)}

"""The words minutes use, in Vietnamese as they are printed: positions, employment, outcomes, levels."""

from collections.abc import Mapping

from models.campaign import RosterState
from models.organisation import OrganisationUnit, SchoolLevel, UnitKind
from models.person import Position
from models.school import Employment, StaffCategory
from workflows.policy.person_names import initials

HEADS: Mapping[UnitKind, str] = {
    UnitKind.DEPARTMENT: "Giám đốc",
    UnitKind.DIVISION: "Trưởng phòng",
    UnitKind.DISTRICT_OFFICE: "Trưởng phòng",
    UnitKind.COMMUNE: "Chủ tịch",
    UnitKind.SCHOOL: "Hiệu trưởng",
}
HEAD_OF_CENTRE = "Giám đốc"
POSITIONS: Mapping[Position, str] = {
    Position.OFFICER: "Chuyên viên",
    Position.TEACHER: "Giáo viên",
    Position.EMPLOYEE: "Nhân viên",
    Position.ADMINISTRATOR: "Quản trị viên",
}
OFFICER_OF_SCHOOL = "Cán bộ phụ trách"
EMPLOYMENTS: Mapping[str, str] = {
    Employment.PERMANENT: "Biên chế",
    Employment.CONTRACT: "Hợp đồng",
    Employment.VISITING: "Thỉnh giảng",
}
CATEGORIES: Mapping[str, str] = {
    StaffCategory.MANAGER: "Cán bộ quản lý",
    StaffCategory.TEACHER: "Giáo viên",
    StaffCategory.EMPLOYEE: "Nhân viên",
}
LEVELS: Mapping[SchoolLevel, str] = {
    SchoolLevel.MN: "Mầm non",
    SchoolLevel.TH: "Tiểu học",
    SchoolLevel.THCS: "Trung học cơ sở",
    SchoolLevel.THPT: "Trung học phổ thông",
    SchoolLevel.GDTX: "Giáo dục thường xuyên",
}
OUTCOMES: Mapping[RosterState, str] = {
    RosterState.OPEN: "Chưa rà soát",
    RosterState.RETURNED: "Đang rà soát lại",
    RosterState.DONE: "Đã xác nhận",
    RosterState.EXCUSED: "Miễn rà soát",
    RosterState.LEFT: "Đã rời đơn vị",
}
JOINED, LEFT = "Bổ sung", "Rời đi"


def position_in(unit: OrganisationUnit, position: Position) -> str:
    """Name a position as it is called in that kind of unit."""
    if position in (Position.HEAD, Position.DEPUTY_HEAD):
        head = HEAD_OF_CENTRE if _is_centre(unit) else HEADS[unit.kind]
        return head if position is Position.HEAD else f"Phó {head}"
    if position is Position.OFFICER and unit.kind is UnitKind.SCHOOL:
        return OFFICER_OF_SCHOOL
    return POSITIONS[position]


def levels_of(unit: OrganisationUnit) -> str:
    """Name the levels a school teaches."""
    return ", ".join(LEVELS[level] for level in SchoolLevel if level in unit.levels)


def abbreviation(unit: OrganisationUnit) -> str:
    """Shorten a unit for the numbers of its documents: "Trường THCS Mẫu" gives "THCSM"."""
    words = [word for word in unit.short_name.split() if word != "Trường"]
    return "".join(word if word.isupper() else initials(word).replace(".", "") for word in words)


def _is_centre(unit: OrganisationUnit) -> bool:
    return unit.levels == frozenset({SchoolLevel.GDTX})

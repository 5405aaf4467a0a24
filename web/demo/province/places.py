"""The units of the demonstration: one department, two district offices, twelve schools of all levels."""

from dataclasses import dataclass
from datetime import date

from models.organisation import SchoolLevel, UnitKind

DEPARTMENT = "so-mau"
# Long before any campaign, so that every date of the demonstration finds its line.
LINE_FROM = date(2010, 9, 1)

MN, TH, THCS, THPT, GDTX = SchoolLevel
# Kindergarten groups count down to school age: -3 for the youngest, -1 for the year before grade 1.
_GROUPS, _PRIMARY, _LOWER, _UPPER = range(-3, 0), range(1, 6), range(6, 10), range(10, 13)
GRADES = {MN: _GROUPS, TH: _PRIMARY, THCS: _LOWER, THPT: _UPPER, GDTX: _UPPER}


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as it stands in the demonstration."""

    code: str
    kind: UnitKind
    name: str
    short_name: str
    place: str
    superior: str | None
    levels: frozenset[SchoolLevel] = frozenset()
    # Grades taught, how many classes each has, and pupils of a class from and to.
    grades: tuple[int, ...] = ()
    parallel: int = 0
    size: tuple[int, int] = (0, 0)

    @property
    def levels_in_order(self) -> list[SchoolLevel]:
        """The levels from the youngest pupils up."""
        return [level for level in SchoolLevel if level in self.levels]

    def level_of(self, grade: int) -> SchoolLevel:
        """Tell which of the school's levels teaches a grade."""
        return next(level for level in self.levels_in_order if grade in GRADES[level])

    def classes_of(self, level: SchoolLevel) -> int:
        """Count the classes of a level."""
        return self.parallel * sum(self.level_of(grade) is level for grade in self.grades)

    @property
    def contact(self) -> str:
        """Who answers questions: a number that cannot be dialled, an address that cannot be reached."""
        return f"{self.short_name} · 0000 {sum(self.code.encode()):06d} · ho-tro@{self.code}.example"


def _school(
    code: str,
    name: str,
    short: str,
    superior: str,
    levels: set[SchoolLevel],
    shape: tuple[range, int, int, int],
) -> Place:
    place = {"quan-mau": "Quận Mẫu", "huyen-vi-du": "Huyện Ví Dụ"}.get(superior, "Tỉnh Mẫu")
    grades, parallel, least, most = shape
    return Place(
        code=code,
        kind=UnitKind.SCHOOL,
        name=name,
        short_name=short,
        place=place,
        superior=superior,
        levels=frozenset(levels),
        grades=tuple(grades),
        parallel=parallel,
        size=(least, most),
    )


OFFICES = (
    Place(
        DEPARTMENT, UnitKind.DEPARTMENT, "Sở Giáo dục và Đào tạo tỉnh Mẫu", "Sở GD&ĐT Mẫu", "Tỉnh Mẫu", None
    ),
    Place(
        "quan-mau",
        UnitKind.DISTRICT_OFFICE,
        "Phòng Giáo dục và Đào tạo quận Mẫu",
        "Phòng GD&ĐT Quận Mẫu",
        "Quận Mẫu",
        DEPARTMENT,
    ),
    Place(
        "huyen-vi-du",
        UnitKind.DISTRICT_OFFICE,
        "Phòng Giáo dục và Đào tạo huyện Ví Dụ",
        "Phòng GD&ĐT Huyện Ví Dụ",
        "Huyện Ví Dụ",
        DEPARTMENT,
    ),
)
SCHOOLS = (
    _school("mn-mau", "Trường Mầm non Mẫu", "MN Mẫu", "quan-mau", {MN}, (_GROUPS, 3, 24, 28)),
    _school("mn-thu", "Trường Mầm non Thử", "MN Thử", "quan-mau", {MN}, (_GROUPS, 3, 23, 27)),
    _school("th-mau", "Trường Tiểu học Mẫu", "TH Mẫu", "quan-mau", {TH}, (_PRIMARY, 3, 32, 36)),
    _school("th-thu", "Trường Tiểu học Thử", "TH Thử", "quan-mau", {TH}, (_PRIMARY, 3, 32, 36)),
    _school("thcs-mau", "Trường THCS Mẫu", "THCS Mẫu", "quan-mau", {THCS}, (_LOWER, 4, 40, 45)),
    _school("thcs-thu", "Trường THCS Thử", "THCS Thử", "quan-mau", {THCS}, (_LOWER, 4, 39, 44)),
    _school("mn-vi-du", "Trường Mầm non Ví Dụ", "MN Ví Dụ", "huyen-vi-du", {MN}, (_GROUPS, 2, 23, 27)),
    _school("th-vi-du", "Trường Tiểu học Ví Dụ", "TH Ví Dụ", "huyen-vi-du", {TH}, (_PRIMARY, 3, 31, 35)),
    _school("thcs-vi-du", "Trường THCS Ví Dụ", "THCS Ví Dụ", "huyen-vi-du", {THCS}, (_LOWER, 4, 38, 43)),
    _school(
        "lc-tuong-tuong",
        "Trường TH&THCS Tưởng Tượng",
        "TH&THCS Tưởng Tượng",
        "huyen-vi-du",
        {TH, THCS},
        (range(1, 10), 2, 32, 38),
    ),
    _school("thpt-mau", "Trường THPT Mẫu", "THPT Mẫu", DEPARTMENT, {THPT}, (_UPPER, 6, 42, 45)),
    _school(
        "gdtx-mau",
        "Trung tâm Giáo dục thường xuyên tỉnh Mẫu",
        "GDTX Mẫu",
        DEPARTMENT,
        {GDTX},
        (_UPPER, 3, 36, 40),
    ),
)
PLACES = OFFICES + SCHOOLS

"""The classes of the demonstration's schools: pupils, homeroom teachers, who teaches what."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle

from models.organisation import SchoolLevel
from models.school import Employment, StaffCategory
from web.demo.province.people import Inventor, pupil_record
from web.demo.province.places import Place
from web.demo.province.shapes import Child, Employee, Room
from web.demo.province.staffing import CARE, HOMEROOM, SUBJECTS
from web.demo.province.words import PRIMARY_HOMEROOM, PRIMARY_SPECIAL

# Groups of a kindergarten by years left until school.
GROUP_NAMES = {-3: "Mầm", -2: "Chồi", -1: "Lá"}
# Classes that guides and pictures name, with as many pupils as they say.
FIXED_SIZE = {("thcs-mau", "6A"): 45, ("thcs-mau", "7B"): 44, ("thcs-mau", "7C"): 45}


def rooms(place: Place, inventor: Inventor, staff: list[Employee], first_day: date) -> Iterator[Room]:
    """Open the classes of a school and fill them; `first_day` is the first day of the school year."""
    teachers = [one for one in staff if one.category is StaffCategory.TEACHER]
    homerooms = _homeroom_teachers(place, teachers)
    for grade in place.grades:
        level = place.level_of(grade)
        for number in range(place.parallel):
            room = Room(place.code, _name(grade, number), grade, next(homerooms[level]))
            size = FIXED_SIZE.get((place.code, room.name)) or inventor.random.randint(*place.size)
            room.children = [_child(inventor, grade, first_day) for _ in range(size)]
            room.teaching = list(_teaching(level, room, teachers, number + grade))
            yield room


def _name(grade: int, number: int) -> str:
    if grade < 0:
        return f"{GROUP_NAMES[grade]} {number + 1}"
    return f"{grade}A{number + 1}" if grade >= 10 else f"{grade}{'ABCDEFGH'[number]}"


def _homeroom_teachers(place: Place, teachers: list[Employee]) -> dict[SchoolLevel, Iterator[Employee]]:
    """Choose homeroom teachers for each level; who is only visiting has no class."""
    chosen: dict[SchoolLevel, Iterator[Employee]] = {}
    for level in place.levels_in_order:
        if level in (SchoolLevel.MN, SchoolLevel.TH):
            fit = [one for one in teachers if one.subject == HOMEROOM]
        else:
            taught = {name for name, _ in SUBJECTS[level]}
            fit = [
                one for one in teachers if one.subject in taught and one.employment is not Employment.VISITING
            ]
        chosen[level] = cycle(fit)
    return chosen


def _child(inventor: Inventor, grade: int, first_day: date) -> Child:
    male = inventor.chance(0.51)
    name = inventor.name(male)
    # School begins in the year of the sixth birthday; kindergarten groups have no grade 0 between.
    born_in = first_day.year - 5 - grade if grade > 0 else first_day.year - 6 - grade
    record = pupil_record(inventor, name, male, born_in)
    joined_on = min(first_day, inventor.today - timedelta(days=100))
    return Child(name, joined_on, record, inventor.times(record))


def _teaching(
    level: SchoolLevel, room: Room, teachers: list[Employee], turn: int
) -> Iterator[tuple[str, Employee]]:
    if level is SchoolLevel.MN:
        # Kindergartens give no grades.
        return
    if level is SchoolLevel.TH:
        yield from ((subject, room.homeroom) for subject in PRIMARY_HOMEROOM)
    for subject, _ in PRIMARY_SPECIAL if level is SchoolLevel.TH else SUBJECTS[level]:
        able = [one for one in teachers if one.subject == subject and one.subject not in (HOMEROOM, CARE)]
        yield subject, room.homeroom if room.homeroom in able else able[turn % len(able)]

"""Who works in the offices and schools of the demonstration, in which positions, under which login."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from models.organisation import SchoolLevel, UnitKind
from models.person import Position
from models.school import Employment, StaffCategory
from web.demo.province.people import Inventor, staff_record
from web.demo.province.places import Place
from web.demo.province.shapes import Employee
from web.demo.province.words import (
    CONTINUING,
    EMPLOYEE_DUTIES,
    LOWER_SECONDARY,
    OFFICE_TRAINING,
    PRIMARY_SPECIAL,
    TRAINING,
    UPPER_SECONDARY,
)
from workflows.policy.person_names import fold

# Classes that the numbers of teachers in `web.demo.province.words` are made for.
CLASSES_SERVED = {SchoolLevel.THCS: 16, SchoolLevel.THPT: 18, SchoolLevel.GDTX: 9}
SUBJECTS = {
    SchoolLevel.THCS: LOWER_SECONDARY,
    SchoolLevel.THPT: UPPER_SECONDARY,
    SchoolLevel.GDTX: CONTINUING,
}
# People whom guides and pictures name: principal, deputy and a homeroom teacher of one school.
NAMED = {
    ("thcs-mau", 0): ("Trần Văn Ví Dụ", True),
    ("thcs-mau", 1): ("Phạm Thị Ảo", False),
    ("thcs-mau", 4): ("Lê Thị Mẫu", False),
}
HOMEROOM = "Chủ nhiệm"
CARE = "Chăm sóc"


@dataclass(frozen=True, slots=True)
class Post:
    """A post to fill: login (empty: made of the name), duty, positions."""

    login: str
    duty: str
    positions: tuple[Position, ...]
    category: StaffCategory | None = None
    subject: str = ""


def office_posts(kind: UnitKind) -> list[Post]:
    """List the posts of a department or a district office; several officers share its tasks."""
    if kind is UnitKind.DEPARTMENT:
        head, deputy, officer, word = "Giám đốc Sở", "Phó Giám đốc Sở", "Chuyên viên Văn phòng Sở", "vanphong"
        logins = ("giamdoc", "phogiamdoc")
    else:
        head, deputy, officer, word = "Trưởng phòng", "Phó Trưởng phòng", "Chuyên viên", "chuyenvien"
        logins = ("truongphong", "photruongphong")
    posts = [
        Post(logins[0], head, (Position.HEAD,)),
        Post(logins[1], deputy, (Position.DEPUTY_HEAD,)),
        *(Post(f"{word}{number}", officer, (Position.OFFICER,)) for number in (1, 2, 3)),
    ]
    if kind is UnitKind.DEPARTMENT:
        posts.append(Post("quantri", "Quản trị hệ thống", (Position.ADMINISTRATOR,)))
    return posts


def school_posts(place: Place) -> list[Post]:
    """List the posts of a school: managers, teachers as its classes need them, employees."""
    if SchoolLevel.GDTX in place.levels:
        head, word = "Giám đốc", "giamdoc"
    else:
        head, word = "Hiệu trưởng", "hieutruong"
    manager, employee = StaffCategory.MANAGER, StaffCategory.EMPLOYEE
    posts = [
        Post(word, head, (Position.HEAD,), manager),
        *(Post(f"pho{word}{number}", f"Phó {head}", (Position.DEPUTY_HEAD,), manager) for number in (1, 2)),
        Post("canbo1", "Cán bộ phụ trách dữ liệu", (Position.EMPLOYEE, Position.OFFICER), employee),
    ]
    posts += teacher_posts(place)
    count = 6 if len(place.grades) > 3 or place.parallel > 3 else 4
    posts += [Post("", duty, (Position.EMPLOYEE,), employee) for duty in EMPLOYEE_DUTIES[:count]]
    return posts


def teacher_posts(place: Place) -> list[Post]:
    """List the teachers' posts: two for a kindergarten group, one for a primary class, else by subject."""
    subjects: list[str] = []
    for level in place.levels_in_order:
        classes = place.classes_of(level)
        if level is SchoolLevel.MN:
            subjects += [HOMEROOM] * classes + [CARE] * classes
        elif level is SchoolLevel.TH:
            subjects += [HOMEROOM] * classes
            subjects += [name for name, count in PRIMARY_SPECIAL for _ in range(count)]
        else:
            share = classes / CLASSES_SERVED[level]
            subjects += [name for name, count in SUBJECTS[level] for _ in range(max(1, round(count * share)))]
    posts = [
        Post("", _duty(subject), (Position.TEACHER,), StaffCategory.TEACHER, subject) for subject in subjects
    ]
    # The last one also assists with data: a second officer to choose from (P1.1).
    last = posts[-1]
    posts[-1] = Post(
        "canbo2", last.duty, (Position.TEACHER, Position.OFFICER), StaffCategory.TEACHER, last.subject
    )
    return posts


def _duty(subject: str) -> str:
    if subject == HOMEROOM:
        return "Giáo viên chủ nhiệm"
    return "Giáo viên" if subject == CARE else f"Giáo viên {subject}"


def employees(place: Place, inventor: Inventor) -> Iterator[Employee]:
    """Fill the posts of a unit with invented people."""
    school = place.kind is UnitKind.SCHOOL
    taken: Counter[str] = Counter()
    for number, post in enumerate(school_posts(place) if school else office_posts(place.kind)):
        male = inventor.chance(0.08 if SchoolLevel.MN in place.levels else 0.4)
        name, male = NAMED.get((place.code, number)) or (inventor.name(male), male)
        login = f"{post.login or _login_of(name, taken)}.{place.code}"
        employment = _employment(inventor, post)
        employee = Employee(
            unit=place.code,
            full_name=name,
            male=male,
            honorific=_honorific(school, male),
            login=login,
            duty=post.duty,
            positions=post.positions,
            joined_on=inventor.day_between(date(2011, 9, 1), date(inventor.today.year - 1, 8, 1)),
            category=post.category,
            employment=employment,
            subject=post.subject,
        )
        if school:
            training = _training(post)
            employee.record = staff_record(inventor, name, male, login, employment, training)
            employee.record_times = inventor.times(employee.record)
        yield employee


def _employment(inventor: Inventor, post: Post) -> Employment:
    # Homeroom teachers and managers are there every day; others may be on contract or visiting (P1.3).
    if post.login or post.subject == HOMEROOM or inventor.chance(0.8):
        return Employment.PERMANENT
    visiting = post.category is StaffCategory.TEACHER and inventor.chance(0.35)
    return Employment.VISITING if visiting else Employment.CONTRACT


def _honorific(school: bool, male: bool) -> str:
    if school:
        return "Thầy" if male else "Cô"
    return "Ông" if male else "Bà"


def _training(post: Post) -> Sequence[str]:
    if post.category is StaffCategory.EMPLOYEE:
        return OFFICE_TRAINING
    named = post.subject if post.subject not in ("", HOMEROOM, CARE) else ""
    return (f"Sư phạm {named}",) if named else TRAINING


def _login_of(name: str, taken: Counter[str]) -> str:
    """Shorten a name as school accounts do, "Lê Thị Mẫu" to "mault"; a second one gets a 2."""
    *others, given = fold(name).split()
    login = given + "".join(word[0] for word in others)
    taken[login] += 1
    return login if taken[login] == 1 else f"{login}{taken[login]}"

"""How tasks are named in sentences: the step with whom or what it is about, and whom a ladder speaks to."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext

from models.campaign import SubjectKind
from models.organisation import OrganisationUnit
from models.person import Person
from models.school import Employment, StaffMember
from models.task import Task
from web import formats
from web.composition import composition
from web.i18n import page_language, pick
from web.request_work import read_session
from workflows.engine import Outcome, Step
from workflows.policy.permissions import FILLED_BY_HEAD
from workflows.queries.work.inbox_facts import AboutSubject

Staff = Mapping[int, StaffMember]
# As many people as a line can name.
NAMED = 3


def step_of(version_id: int, element_id: str) -> Step:
    """Give a step as published in its version."""
    return composition().engine.specification(version_id).steps[element_id]


def step_name(step: Step) -> str:
    """Name a step in the reader's language."""
    return pick(step) or step.element_id


def outcome_label(outcome: Outcome) -> str:
    """Name an outcome as the diagram does."""
    return pick(outcome, "label") or outcome.key


def employment(value: Employment) -> str:
    """Say how somebody is employed."""
    return {
        Employment.PERMANENT: gettext("permanent staff"),
        Employment.CONTRACT: gettext("on contract"),
        Employment.VISITING: gettext("visiting"),
    }[value]


def subject_of(about: AboutSubject, name: str, staff: Staff) -> str:
    """Say what a task is about, inside a sentence: a person with the form of address, a class, a unit."""
    member = staff.get(about.subject_id) if about.subject_kind == SubjectKind.STAFF else None
    if member is not None:
        person = formats.addressed(member.person)
        if member.employment is Employment.PERMANENT:
            return person
        return f"{person} ({employment(member.employment)})"
    if about.subject_kind in (SubjectKind.CLASS, SubjectKind.ASSIGNMENT) and name:
        return gettext("class %(name)s", name=name)
    return name


def sentence(step: Step, about: AboutSubject, name: str, staff: Staff) -> str:
    """Say what is to be done about whom: "Rà soát hồ sơ · cô Lê Thị Mẫu", "Duyệt lớp 7B"."""
    what, subject = step_name(step), subject_of(about, name, staff)
    if not subject:
        return what
    shared = gettext("class %(name)s", name="").strip()
    if about.subject_kind == SubjectKind.CLASS and what.lower().endswith(f" {shared}"):
        return f"{what} {name}"
    return f"{what} · {subject}"


def rung_target(to: str) -> str:
    """Say whom a rung of the ladder speaks to."""
    return {
        "assignee": gettext("the assignee"),
        "accountable": gettext("the accountable person"),
        "head": gettext("the head of the unit"),
        "superior": gettext("the superior unit"),
        "office": gettext("the department's office"),
    }.get(to, to)


def told_target(to: str, people: Sequence[Person]) -> str:
    """Say whom a rung speaks to by name: "đơn vị cấp trên (cô Trưởng Phòng Mẫu và 2 người khác)"."""
    target = rung_target(to)
    if not people:
        return target
    names = ", ".join(formats.addressed(one) for one in people[:NAMED])
    if len(people) > NAMED:
        rest = gettext("and %(num)d more", num=len(people) - NAMED)
        names = f"{names} {rest}"
    return f"{target} ({names})"


def vacancy_of(task: Task, holders: Sequence[Person]) -> str:
    """Say that nobody can act on an open task because nobody holds the post that has it, and who fills it; else ""."""
    if holders or task.assignee_id is not None or not task.role:
        return ""
    unit = read_session().get(OrganisationUnit, task.role_unit_id or 0)
    said = {"role": position_name(task.role), "unit": unit.short_name if unit else ""}
    if task.role in FILLED_BY_HEAD:
        return gettext(
            "Nobody is %(role)s of %(unit)s at present, so nobody can act: the head or the administrator of the "
            "department has to appoint somebody, who then has this task.",
            **said,
        )
    return gettext(
        "Nobody is %(role)s of %(unit)s at present, so nobody can act: the administrator of the department has to "
        "appoint somebody, who then has this task.",
        **said,
    )


def position_name(role: str) -> str:
    """Name a position."""
    return {
        "head": gettext("head"),
        "deputy_head": gettext("deputy head"),
        "officer": gettext("officer"),
        "teacher": gettext("teacher"),
        "employee": gettext("employee"),
        "administrator": gettext("administrator"),
    }.get(role, role)


def capitalised(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]


def english() -> bool:
    """Tell whether the page is in English."""
    return page_language() == "en"

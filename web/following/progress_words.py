"""Sentences about progress: who is waited for and since when, what a deadline or an outcome is called."""

from collections.abc import Mapping
from datetime import date, datetime
from math import ceil
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.journal import JournalKind
from models.organisation import SchoolLevel
from models.person import Person, Position
from models.school import Employment, StaffCategory
from models.task import Task
from web.composition import composition
from web.following.place import Line, Place
from web.formats import addressed, instant, number
from web.i18n import pick
from web.request_work import local_day, now, today, working_calendar
from web.work.task_words import told_target
from workflows.engine import Step
from workflows.policy.deadline_order import TITLES
from workflows.policy.forecast import Pace
from workflows.queries.following.holdings import Holding
from workflows.queries.following.progress import Counts
from workflows.queries.following.waiting import Waiting
from workflows.queries.work.behind import Rung

POSITIONS: Mapping[str, Any] = {
    Position.HEAD: _l("the head"),
    Position.DEPUTY_HEAD: _l("the deputy head"),
    Position.OFFICER: _l("the officer"),
    Position.TEACHER: _l("the teachers"),
    Position.EMPLOYEE: _l("the employees"),
    Position.ADMINISTRATOR: _l("the administrator"),
}
POSITION_TITLES: Mapping[str, Any] = {
    Position.HEAD: _l("Head"),
    Position.DEPUTY_HEAD: _l("Deputy head"),
    Position.OFFICER: _l("Officer"),
    Position.TEACHER: _l("Teacher"),
    Position.EMPLOYEE: _l("Employee"),
    Position.ADMINISTRATOR: _l("Administrator"),
}
KIND_TITLES: Mapping[str, Any] = {
    "all": _l("Staff and classes"),
    "staff": _l("Staff"),
    "class": _l("Classes"),
    "pupil": _l("Pupils"),
}
SUBJECTS: Mapping[str, Any] = {
    SubjectKind.STAFF: _l("staff member"),
    SubjectKind.CLASS: _l("class"),
    SubjectKind.PUPIL: _l("pupil"),
    SubjectKind.SCHOOL: _l("school"),
}
# Sign and colour of a state (macro `chip`) and its name.
STATES: Mapping[RosterState, tuple[str, Any]] = {
    RosterState.OPEN: ("running", _l("open")),
    RosterState.RETURNED: ("returned", _l("returned")),
    RosterState.DONE: ("done", _l("done")),
    RosterState.EXCUSED: ("done", _l("excused")),
    RosterState.LEFT: ("idle", _l("left")),
}
DEADLINES: Mapping[str, Any] = {key: _l(title) for key, title in TITLES.items()}
LEVELS: Mapping[str, Any] = {
    SchoolLevel.MN: _l("Kindergarten"),
    SchoolLevel.TH: _l("Primary"),
    SchoolLevel.THCS: _l("Lower secondary"),
    SchoolLevel.THPT: _l("Upper secondary"),
    SchoolLevel.GDTX: _l("Continuing education"),
}
EMPLOYMENTS: Mapping[str, Any] = {
    Employment.PERMANENT: _l("permanent"),
    Employment.CONTRACT: _l("contract"),
    Employment.VISITING: _l("visiting"),
}
CATEGORIES: Mapping[str, Any] = {
    StaffCategory.MANAGER: _l("Manager"),
    StaffCategory.TEACHER: _l("Teacher"),
    StaffCategory.EMPLOYEE: _l("Employee"),
}


def step_of(task: Task) -> Step | None:
    """Give the step of a task as published in its version."""
    return composition().engine.specification(task.version_id).steps.get(task.element_id)


def step_name(task: Task) -> str:
    """Name the step of a task."""
    step = step_of(task)
    return pick(step) if step else task.element_id


def who(waiting: Waiting) -> str:
    """cô Lê Thị Mẫu, GVCN 6A · cán bộ phụ trách Phòng GD&ĐT Quận Mẫu"""
    task = waiting.task
    if task.assignee is not None:
        name = addressed(task.assignee)
        if waiting.homeroom_of:
            name = gettext("%(who)s, homeroom teacher of %(room)s", who=name, room=waiting.homeroom_of)
        return gettext("%(who)s (off the roster: name a successor)", who=name) if waiting.has_left else name
    role = POSITIONS.get(task.role or "", task.role or "")
    unit = waiting.role_unit.short_name if waiting.role_unit else ""
    if len(waiting.holders) == 1:
        person = addressed(waiting.holders[0])
        return gettext("%(who)s, %(role)s of %(unit)s", who=person, role=role, unit=unit)
    if not waiting.holders:
        return gettext("%(role)s of %(unit)s, whom nobody is at present", role=role, unit=unit)
    return gettext("%(role)s of %(unit)s, nobody has taken it yet", role=role, unit=unit)


def why(waiting: Waiting) -> str:
    """chờ cô Lê Thị Mẫu, GVCN 6A, từ 3 ngày làm việc; việc của cô Lê Thị Mẫu, GVCN 6A, đang được … tạm giữ từ …"""
    if waiting.held is not None:
        return gettext("a task of %(who)s, %(held)s", who=who(waiting), held=_held(waiting.held))
    if waiting.is_stuck:
        return gettext(
            "%(waiting)s; an incident is open and administrators have been told", waiting=_waits(waiting)
        )
    return _waits(waiting)


def _waits(waiting: Waiting) -> str:
    days = working_calendar().workdays_between(waiting.since, now())
    if days <= 0:
        return gettext("waiting for %(who)s since today", who=who(waiting))
    return ngettext(
        "waiting for %(who)s for %(num)d working day",
        "waiting for %(who)s for %(num)d working days",
        days,
        who=who(waiting),
    )


def _held(holding: Holding) -> str:
    since = instant(holding.since)
    if holding.by is None:
        return gettext("held by an administrator since %(since)s", since=since)
    return gettext("held by %(who)s (administrator) since %(since)s", who=addressed(holding.by), since=since)


def unit_why(line: Line) -> str:
    """Say in a cell why a unit waits."""
    if line.is_held_whole:
        return f"{held_whole(line)}: {all_open(line)}"
    return why(line.waiting) if line.waiting else ""


def held_whole(line: Line) -> str:
    """Say who holds all that is open in a unit; the task due first was held by the one act, if it was one."""
    if line.held.acts == 1 and line.waiting and line.waiting.held:
        return _held(line.waiting.held)
    return gettext("held by administrators")


def all_open(line: Line) -> str:
    """Name what is held where nothing is left to do: toàn bộ việc đang mở (22)"""
    return gettext("all open tasks (%(num)s)", num=number(line.branch.own.tasks))


def held_in_part(line: Line) -> str:
    """Say how much of a unit's open work an administrator holds."""
    return ngettext(
        "an administrator holds %(num)d of its %(all)s open tasks",
        "an administrator holds %(num)d of its %(all)s open tasks",
        line.held.tasks,
        all=number(line.branch.own.tasks),
    )


def rung_line(rung: Rung, people: Mapping[int, Person]) -> str:
    """17:00 16/06: đã báo thủ trưởng đơn vị (cô Hiệu Trưởng Mẫu)"""
    told = told_target(rung.to, [people[one] for one in rung.people if one in people])
    when = instant(rung.due_at)
    if rung.late_by_far:
        when = gettext("%(due)s (told %(when)s)", due=when, when=instant(rung.at))
    if rung.kind is JournalKind.REMINDED:
        return gettext("%(when)s: reminded %(whom)s", when=when, whom=told)
    return gettext("%(when)s: told %(whom)s", when=when, whom=told)


def pace_line(pace: Pace) -> str:
    """cần 46/ngày, đang 3,2/ngày"""
    present = number(round(pace.present, 0 if pace.present >= 10 else 1))
    if pace.needed is None:
        return gettext("doing %(present)s a day", present=present)
    return gettext(
        "needs %(needed)s a day, doing %(present)s", needed=number(ceil(pace.needed)), present=present
    )


def forecast_note(line: Line) -> str:
    """muộn nhất: Trường THCS Mẫu; cần 46/ngày, đang 3,2/ngày: what explains the day of a forecast"""
    told = []
    if line.held_by is not None:
        told.append(gettext("the last: %(unit)s", unit=line.held_by.short_name))
    late = line.misses_deadline or line.day_is_useless
    if line.pace is not None and late and not (told and line.pace.suffices):
        told.append(pace_line(line.pace))
    return "; ".join(told)


def came_back(counts: Counts) -> str:
    """2 + 1 báo cáo: what was returned, entries and reports apart as in the list of figures"""
    reports = counts.reports_returned
    told = ngettext("%(num)d report", "%(num)d reports", reports) if reports else ""
    return " + ".join(
        one for one in (number(counts.returned) if counts.returned or not told else "", told) if one
    )


def late_day(place: Place, line: Line) -> str:
    """Give the day on which a unit far behind will be done, if that is within the school year."""
    if line.forecast is None or line.forecast.on > place.year_ends_on:
        return ""
    return short_day(line.forecast.on)


def standing(counts: Counts) -> tuple[str, str]:
    """Say what a unit with no entry left open still waits for: sign (macro `chip`) and words."""
    if counts.reports_returned:
        words = ngettext("report returned", "%(num)d reports returned", counts.reports_returned)
        return "returned", words
    if counts.reports_waiting:
        words = ngettext(
            "report waits for acceptance", "%(num)d reports wait for acceptance", counts.reports_waiting
        )
        return "running", words
    if counts.tasks:
        return "running", ngettext("%(num)d task left", "%(num)d tasks left", counts.tasks)
    return "done", gettext("all done")


def short_day(value: date) -> str:
    """15/06, with the year when it is not this one"""
    local = local_day(value) if isinstance(value, datetime) else value
    return f"{local:%d/%m}" if local.year == today().year else f"{local:%d/%m/%Y}"


def state_title(entry: RosterEntry) -> str:
    """Name the state of an entry."""
    return str(STATES[entry.state][1])


def frozen_title(entry: RosterEntry) -> str:
    """Giáo viên Toán · biên chế: what a staff member was when the roster was frozen."""
    frozen = entry.frozen
    duty = frozen.get("duty") or CATEGORIES.get(frozen.get("category", ""), "")
    return " · ".join(str(one) for one in (duty, EMPLOYMENTS.get(frozen.get("employment", ""), "")) if one)


def level_title(code: str) -> str:
    """Name a school level, or all of them for ""."""
    return str(LEVELS[code]) if code in LEVELS else gettext("All levels")

"""What a notice says: one template a message and language, with blocks for the list in the product and for the mail.

A mail travels and is forwarded, so it gets less: pupils, parents and the person under review by initials, no free text
that somebody typed. Who acts in office is named.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import joinedload, object_session
from sqlalchemy.orm.interfaces import ORMOption

from models.campaign import Campaign, SubjectKind
from models.notification import Notification
from models.organisation import OrganisationUnit
from models.person import Person
from models.task import Task
from workflows.policy.calendar import LOCAL_ZONE
from workflows.policy.person_names import initials

LOCALES = ("vi", "en")
ZONE = ZoneInfo(LOCAL_ZONE)
DAYS = {
    "vi": ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
CLASS_WORD = {"vi": "lớp", "en": "class"}
NAMELESS = {"vi": "thầy/cô", "en": "you"}
AND_MORE = {"vi": "và {} người khác", "en": "and {} more"}
# As many as a sentence can hold.
NAMED = 3
# Whom a rung of the ladder speaks to, as a sentence says it.
RUNGS = {
    "vi": {
        "assignee": "người xử lý",
        "accountable": "người chịu trách nhiệm",
        "head": "thủ trưởng đơn vị",
        "superior": "đơn vị cấp trên",
        "office": "Văn phòng Sở",
    },
    "en": {
        "assignee": "the assignee",
        "accountable": "the accountable person",
        "head": "the head of the unit",
        "superior": "the superior unit",
        "office": "the department's office",
    },
}
# Who has a task that a position has and nobody took on.
POSITIONS = {
    "vi": {
        "head": "thủ trưởng",
        "deputy_head": "phó thủ trưởng",
        "officer": "cán bộ phụ trách",
        "teacher": "giáo viên",
        "employee": "nhân viên",
        "administrator": "quản trị",
    },
    "en": {"deputy_head": "deputy head"},
}
# Their subject is a person, whose name stays out of mails.
PERSONAL = (SubjectKind.STAFF, SubjectKind.PUPIL)
# To be given to a query of notices whose texts are wanted: without them each notice asks again.
FOR_TEXT: tuple[ORMOption, ...] = (
    joinedload(Notification.person),
    joinedload(Notification.campaign).load_only(Campaign.title, Campaign.title_en),
    joinedload(Notification.task).options(
        joinedload(Task.unit), joinedload(Task.assignee), joinedload(Task.completed_by)
    ),
)

# Three are somebody's way to say that there is more.
_TWO_STOPS = re.compile(r"(?<!\.)\.\.(?!\.)")

# Plain text: nothing to escape; pages escape the text as any other.
_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=False,  # noqa: S701
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["capital"] = lambda text: text[:1].upper() + text[1:]


class Diagrams(Protocol):
    """Where the names of steps come from; the engine will do."""

    def specification(self, version_id: int, /) -> Any:
        """Give what the published diagram says."""
        ...


def text_of(notification: Notification, locale: str, diagrams: Diagrams) -> str:
    """Give the sentence that stands for a notice in the person's list; plain text, not escaped."""
    facts = facts_of(notification, locale, diagrams, private=False)
    return block(notification.message, locale, "notice", facts)


def block(message: str, locale: str, name: str, facts: Mapping[str, object]) -> str:
    """Render one block of a message's template, as one line."""
    template = _environment.get_template(f"{known(locale)}/{message}.txt")
    text = "".join(template.blocks[name](template.new_context(dict(facts))))
    return _one_stop(" ".join(text.split()))


def page(message: str, locale: str, facts: Mapping[str, object]) -> str:
    """Render the whole template of a message: the body of its mail."""
    return _one_stop(_environment.get_template(f"{known(locale)}/{message}.txt").render(facts).strip()) + "\n"


def _one_stop(text: str) -> str:
    """End sentences with one full stop: initials ("cô L.T.M.") and titles may bring one of their own."""
    return _TWO_STOPS.sub(".", text)


def known(locale: str | None) -> str:
    """Give the language to write in; Vietnamese unless the person chose another one that we have."""
    return locale if locale in LOCALES else LOCALES[0]


def facts_of(
    notification: Notification, locale: str, diagrams: Diagrams, *, private: bool
) -> dict[str, object]:
    """Collect what templates may say; with `private` nothing that must not stand in a mail."""
    locale = known(locale)
    task, campaign, details = notification.task, notification.campaign, notification.details
    due_at = details.get("due_at") or (task.due_at if task else None)
    actor = _person(notification, details.get("actor")) or (task.completed_by if task else None)
    title = "" if campaign is None else (locale == "en" and campaign.title_en) or campaign.title
    until_at = details.get("until_at")
    return {
        "what": what_of(task, locale, diagrams, private=private) if task else "",
        "which": _which(details.get("steps", ()), locale, diagrams),
        "about": _about(details.get("about", ()), locale, private=private),
        "unit": task.unit.short_name if task else details.get("unit", ""),
        "due": when(datetime.fromisoformat(due_at) if isinstance(due_at, str) else due_at, locale),
        "until": when(datetime.fromisoformat(until_at) if until_at else None, locale),
        "holder": _holder(notification, task, locale, private=private) if task else "",
        "actor": _name(notification, actor, locale, private=private),
        "campaign": title,
        "count": details.get("count", 1),
        "extended": bool(details.get("extended")),
        "stopped": bool(details.get("stopped")),
        "moved": bool(details.get("moved")),
        "accepted": _accepted(task, details.get("accepted"), locale, diagrams) if task else "",
        "position": details.get("position", ""),
        **_place(details, locale, diagrams),
        "escalated_to": _escalated_to(notification, locale, private=private),
        "reason": ""
        if private
        else " ".join(str(details.get("reason") or details.get("words") or "").split()),
        "you": _you(notification.person, locale),
    }


def when(instant: datetime | None, locale: str) -> str:
    """Write an instant as people here read it: "17:00 thứ Năm 15/06/2023"."""
    if instant is None:
        return ""
    local = instant.astimezone(ZONE)
    return f"{local:%H:%M} {DAYS[known(locale)][local.weekday()]} {local:%d/%m/%Y}"


def what_of(task: Task, locale: str, diagrams: Diagrams, *, private: bool) -> str:
    """Name the task inside a sentence: "duyệt lớp 6A", "rà soát hồ sơ, L.T.M."."""
    name = _step_name(task.version_id, task.element_id, locale, diagrams)
    subject = task.subject_name
    if not subject or task.subject_kind in (SubjectKind.SCHOOL, SubjectKind.UNIT):
        return name
    if task.subject_kind in PERSONAL:
        return f"{name}, {initials(subject) if private else subject}"
    if task.subject_kind is not SubjectKind.CLASS:
        return f"{name}, {subject}"
    word = CLASS_WORD[locale]
    if subject.lower().startswith(word):
        return f"{name}, {subject}"
    return f"{name} {subject}" if name.lower().endswith(word) else f"{name}, {word} {subject}"


def _step_name(version_id: int, element_id: str, locale: str, diagrams: Diagrams) -> str:
    step = diagrams.specification(version_id).steps[element_id]
    name: str = (locale == "en" and step.name_en) or step.name or element_id
    # A word, not an abbreviation: "Duyệt lớp" but "GVCN rà soát".
    return name[0].lower() + name[1:] if name[1:2].islower() else name


def _accepted(task: Task, key: str | None, locale: str, diagrams: Diagrams) -> str:
    """Name the outcome with which another unit accepted what was sent to it: "Chấp nhận báo cáo"."""
    outcomes = diagrams.specification(task.version_id).steps[task.element_id].outcomes if key else ()
    chosen = next((one for one in outcomes if one.key == key), None)
    return ((locale == "en" and chosen.label_en) or chosen.label) if chosen else ""


def _about(about: Sequence[tuple[str, str, str]], locale: str, *, private: bool) -> str:
    """Name what several tasks or a whole run were about, with the unit: "lớp 6A, THCS Mẫu"."""
    names = []
    for kind, subject, _ in about:
        if kind in PERSONAL:
            names.append(initials(subject) if private else subject)
        elif kind == SubjectKind.CLASS:
            word = CLASS_WORD[locale]
            names.append(subject if subject.lower().startswith(word) else f"{word} {subject}")
        elif kind not in (SubjectKind.SCHOOL, SubjectKind.UNIT):
            names.append(subject)
    names = [*names[:NAMED], "…"] if len(names) > NAMED else names
    return ", ".join((*names, *dict.fromkeys(unit for *_, unit in about)))


def _which(steps: Sequence[tuple[int, str]], locale: str, diagrams: Diagrams) -> str:
    """Name the steps of tasks that were opened together: "rà soát từng học sinh, nhập điểm"."""
    names = [_step_name(version_id, element_id, locale, diagrams) for version_id, element_id in steps]
    return ", ".join(dict.fromkeys(names))


def _place(details: Mapping[str, Any], locale: str, diagrams: Diagrams) -> dict[str, str]:
    """Name the procedure that cannot go on, and where in it."""
    if "version" not in details:
        return {"procedure": "", "step": ""}
    drawn, element = diagrams.specification(details["version"]), details.get("element", "")
    english = locale == "en"
    return {
        "procedure": (english and drawn.name_en) or drawn.name or drawn.key,
        "step": (english and drawn.names_en.get(element)) or drawn.names.get(element, ""),
    }


def _escalated_to(notification: Notification, locale: str, *, private: bool) -> str:
    """Say to whom something late was reported, by name: "đơn vị cấp trên (cô Trưởng Phòng Mẫu)"."""
    details = notification.details
    to = RUNGS[locale].get(details.get("escalated_to", ""), "")
    told = [person for person in (_person(notification, one) for one in details.get("told", [])) if person]
    if not to or not told:
        return to
    names = ", ".join(_name(notification, person, locale, private=private) for person in told[:NAMED])
    more = f" {AND_MORE[locale].format(len(told) - NAMED)}" if len(told) > NAMED else ""
    return f"{to} ({names}{more})"


def _person(notification: Notification, person_id: int | None) -> Person | None:
    session = object_session(notification)
    return session.get(Person, person_id) if session and person_id else None


def _name(notification: Notification, person: Person | None, locale: str, *, private: bool) -> str:
    if person is None:
        return ""
    if private and person.id == notification.person_id:
        return _you(person, locale)
    name = initials(person.full_name) if private and _is_reviewed(notification, person) else person.full_name
    return f"{person.honorific.lower()} {name}".strip() if locale == "vi" else name


def _holder(notification: Notification, task: Task, locale: str, *, private: bool) -> str:
    """Name who has a task: the person, or the position and its unit: "thủ trưởng THCS Mẫu"."""
    if task.assignee is not None or not task.role:
        return _name(notification, task.assignee, locale, private=private)
    session = object_session(notification)
    unit = session.get(OrganisationUnit, task.role_unit_id) if session and task.role_unit_id else None
    position = POSITIONS[locale].get(task.role, task.role)
    return f"{position} {unit.short_name}" if unit else position


def _is_reviewed(notification: Notification, person: Person) -> bool:
    """Tell whether the task is about this person's own record."""
    task = notification.task
    return task is not None and task.subject_kind in PERSONAL and task.subject_name == person.full_name


def _you(person: Person, locale: str) -> str:
    return (locale == "vi" and person.honorific.lower()) or NAMELESS[locale]

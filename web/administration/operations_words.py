"""How running instances are spoken of: what a run is about, its state, why it waits, and what a variable holds."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from models.campaign import SubjectKind
from models.instance import InstanceState, Timer
from web import formats
from web.composition import composition
from web.i18n import page_language, pick
from web.request_work import local_day, today
from web.wording import translated
from workflows.engine import Field, Option
from workflows.queries.operating.instance import TokenKind
from workflows.queries.operating.instances import InstanceRow, View
from workflows.queries.operating.why import Sentence, Waited

VIEWS = {
    View.RUNNING: _l("Running"),
    View.SUSPENDED: _l("Held"),
    View.INCIDENT: _l("With incidents"),
    View.FINISHED: _l("Finished"),
    View.CANCELLED: _l("Cancelled"),
}
TOKENS: Mapping[TokenKind, object] = {
    "step": _l("a step of people"),
    "timer": _l("a timer"),
    "message": _l("a message"),
    "signal": _l("a signal"),
    "call": _l("runs that it called"),
    "other": _l("the other branches"),
}
# The states of chips (`macros/chips.html`).
CHIPS = {
    InstanceState.PENDING: ("idle", _l("waits for its turn")),
    InstanceState.RUNNING: ("running", _l("running")),
    InstanceState.FINISHED: ("done", _l("finished")),
    InstanceState.CANCELLED: ("idle", _l("cancelled")),
}
# The colours of steps by how long half of their tasks took: what a level means, and below which length.
HEAT: Mapping[int, tuple[object, timedelta | None]] = {
    1: (_l("less than an hour"), timedelta(hours=1)),
    2: (_l("less than a day"), timedelta(days=1)),
    3: (_l("less than 3 days"), timedelta(days=3)),
    4: (_l("less than a week"), timedelta(weeks=1)),
    5: (_l("a week or more"), None),
}
# A longer value stands behind a fold.
SHORT = 120


def procedure_of(row: InstanceRow) -> str:
    """Name the procedure of a run as its own version does."""
    return pick(composition().engine.specification(row.version_id)) or pick(row)


def title_of(row: InstanceRow) -> str:
    """Name a run by its procedure and whom or what it is about: "Rà soát lớp · lớp 6A"."""
    name = row.subject_name
    if row.subject_kind in (SubjectKind.CLASS, SubjectKind.ASSIGNMENT) and name:
        name = gettext("class %(name)s", name=name)
    return f"{procedure_of(row)} · {name or row.unit_name}"


def not_on_version(given: str, row: InstanceRow | None, version_id: int) -> str:
    """Say why a number that was typed names no run that can leave a version."""
    if row is None:
        if given.lstrip("#").isdecimal():
            return gettext("There is no run with the number %(number)s.", number=given)
        return gettext("“%(text)s” is not the number of a run.", text=given)
    if row.version_id == version_id:
        return gettext("Run %(number)s (%(title)s) has ended.", number=row.id, title=title_of(row))
    return gettext(
        "Run %(number)s (%(title)s) is on version %(version)s of “%(procedure)s”.",
        number=row.id,
        title=title_of(row),
        version=row.number,
        procedure=procedure_of(row),
    )


def sentence(why: Sentence, name_of: Callable[[str], str] = str) -> str:
    """Say why an instance waits, elements by name, with the sentences that belong behind."""
    english = page_language() == "en"
    params = {
        name: (why.params.get(f"{name}_en") if english else None) or one for name, one in why.params.items()
    }
    if "element" in params:
        params["element"] = name_of(str(params["element"]))
    if isinstance(waited := params.get("waited"), Waited):
        params["waited"] = _waited(waited)
    return " ".join([ended(translated(why.msgid, params)), *(sentence(one, name_of) for one in why.more)])


def _waited(waited: Waited) -> str:
    """từ hôm nay, từ 3 ngày làm việc; a day on which nobody works is named: từ 03/06/2023"""
    if waited.days > 0:
        return ngettext("for %(num)d working day", "for %(num)d working days", waited.days)
    opened_on = local_day(waited.since)
    return (
        gettext("since today")
        if opened_on == today()
        else gettext("since %(when)s", when=formats.day(opened_on))
    )


def ended(said: str) -> str:
    """End a sentence; a cause is written by whatever failed."""
    return said if said.endswith((".", "!", "?")) else f"{said}."


def failing(timer: Timer) -> str:
    """Say why a timer failed, and when it is tried again."""
    cause = ended(translated("%(cause)s", {"cause": timer.failure}))
    again = gettext("It is tried again at %(when)s.", when=formats.instant(timer.due_at))
    return f"{cause[:1].upper()}{cause[1:]} {again}"


def reason(msgid: str, params: Mapping[str, object], name_of: Callable[[str], str]) -> str:
    """Say why an instance stays on its version, its element by name."""
    element = str(params.get("element") or "")
    return translated(msgid, {**params, "element": name_of(element)} if element else params)


def written(value: object, field: Field | None = None) -> str:
    """Write a value as people here do; lists and groups as the language of diagrams does."""
    match value:
        case None:
            return gettext("not set")
        case str() if (on := _day_of(value, field)) is not None:
            return formats.day(on)
        case str() if (option := _option_of(value, field)) is not None:
            return pick(option, "label")
        case bool():
            return gettext("yes") if value else gettext("no")
        case str():
            return value
        case int() | float():
            return formats.number(value)
        case datetime():
            return formats.instant(value)
        case date():
            return formats.day(value)
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def editable(value: object, field: Field | None = None) -> str:
    """Write a value as the form that corrects it takes it back."""
    match value:
        case None:
            return ""
        case str() if (on := _day_of(value, field)) is not None:
            return formats.day(on)
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case datetime() | date():
            return value.isoformat()
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def _day_of(text: str, field: Field | None) -> date | None:
    """Give the day that a form's date field keeps as text."""
    if field is None or field.type != "date":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _option_of(key: str, field: Field | None) -> Option | None:
    """Give the choice of a form that is kept by its key."""
    return next((one for one in (field.options if field else ()) if one.key == key), None)


def kind_of(value: object, field: Field | None) -> str:
    """Say by which kind of input a variable is corrected: yesno, person, choice, line or lines."""
    if isinstance(value, bool) or (value is None and field is not None and field.type == "checkbox"):
        return "yesno"
    if field is not None and field.type == "person":
        return "person"
    if field is not None and field.options and isinstance(value, str | None):
        return "choice"
    return "lines" if isinstance(value, list | dict) or len(editable(value)) > SHORT else "line"


def length(seconds: float) -> str:
    """Say how long something took in the one unit that tells most: minutes, hours or days."""
    took = timedelta(seconds=seconds)
    for unit, say in _UNITS:
        if took >= unit:
            return say(round(took / unit, 1))
    return gettext("less than a minute")


def heat_of(seconds: float) -> int:
    """Give the colour of a step that takes so long: 1 (quick) to 5 (slow)."""
    took = timedelta(seconds=seconds)
    return next((level for level, (_, below) in HEAT.items() if below is None or took < below), len(HEAT))


def _times(number: float) -> int:
    """What decides between the singular and the plural: 1.5 is more than one."""
    return 1 if number == 1 else 2


def _days(number: float) -> str:
    return ngettext("%(number)s day", "%(number)s days", _times(number), number=formats.number(number))


def _hours(number: float) -> str:
    return ngettext("%(number)s hour", "%(number)s hours", _times(number), number=formats.number(number))


def _minutes(number: float) -> str:
    return ngettext("%(num)d minute", "%(num)d minutes", round(number))


_UNITS: tuple[tuple[timedelta, Callable[[float], str]], ...] = (
    (timedelta(days=1), _days),
    (timedelta(hours=1), _hours),
    (timedelta(minutes=1), _minutes),
)

"""The content of minutes as a page shows it before somebody signs: the same words, as lists and tables.

Minutes are Vietnamese documents; their headings are translated for readers, their content is not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext

from web import formats
from web.work.record_view import criteria_labels
from workflows.commands.evidence.signing import Shown

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with facts (label, value), lines, or a table below it."""

    title: str
    facts: Sequence[tuple[str, str]] = ()
    lines: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = field(default_factory=list)


def parts_of(shown: Shown) -> list[Part]:
    """Lay out what is signed."""
    parts = _BUILDERS[shown.kind](shown.content)
    return [part for part in parts if part.facts or part.lines or part.rows]


def statements_of(shown: Shown) -> list[str]:
    """Give the sentences that a signature confirms."""
    return list(shown.content.get("statements", ()))


def _day(iso: Any) -> str:
    try:
        return formats.day(date.fromisoformat(str(iso)))
    except ValueError:
        return str(iso or "")


def _party(person: Mapping[str, str]) -> str:
    return ", ".join(part for part in (person.get("name"), person.get("capacity")) if part)


def _criteria(criteria: Mapping[str, bool]) -> Part:
    return Part(
        gettext("Four criteria"),
        facts=[
            (label, gettext("met") if criteria.get(str(one)) else gettext("not met"))
            for one, label in criteria_labels().items()
        ],
    )


def _table(title: str, rows: Sequence[Mapping[str, Any]], **columns: str) -> Part:
    return Part(
        title,
        columns=list(columns.values()),
        rows=[[_cell(key, row.get(key)) for key in columns] for row in rows],
    )


def _cell(key: str, value: Any) -> str:
    if key == "on" or key.endswith("_on"):
        return _day(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return formats.number(value)
    return str(value or "")


def _person_confirmation(content: Content) -> list[Part]:
    return [
        Part(
            "",
            facts=[
                (gettext("Person"), f"{_party(content['person'])} ({content['employment']})"),
                (gettext("Officer"), _party(content["officer"])),
            ],
        ),
        Part(
            gettext("Record as confirmed"),
            facts=[(row["label"], row["value"] or "–") for row in content["fields"]],
        ),
        _table(
            gettext("Corrected in this review"),
            content["corrections"],
            label=gettext("Field"),
            before=gettext("Before"),
            after=gettext("After"),
            corrected_on=gettext("On"),
        ),
        _criteria(content["criteria"]),
    ]


def _movements(content: Content) -> Part:
    return _table(
        gettext("Joined or left since the roster was drawn up"),
        content["movements"],
        name=gettext("Name"),
        kind=gettext("What"),
        on=gettext("On"),
        reason=gettext("Reason"),
    )


def _staff_handover(content: Content) -> list[Part]:
    done = content["synchronised"]
    synchronised = [(gettext("Synchronised"), f"{_day(done['on'])}: {done['result']}")] if done else []
    return [
        Part(
            "",
            facts=[
                (gettext("Handed over by"), _party(content["officer"])),
                (gettext("Received by"), _party(content["head"])),
                *synchronised,
            ],
        ),
        _table(
            gettext("Staff"),
            content["staff"],
            name=gettext("Name"),
            duty=gettext("Duty"),
            employment=gettext("Employment"),
            outcome=gettext("Outcome"),
            on=gettext("On"),
            reason=gettext("Reason"),
        ),
        _movements(content),
    ]


def _class_minutes(content: Content) -> list[Part]:
    helper = content["helper"]
    confirmed = sum(row["confirmed"] for row in content["pupils"])
    return [
        Part(
            "",
            facts=[
                (gettext("Class"), f"{content['class_name']}, {content['school_year']}"),
                (gettext("Homeroom teacher"), _party(content["homeroom_teacher"])),
                *([(gettext("Helper"), _party(helper))] if helper else []),
                (gettext("Pupils confirmed"), f"{confirmed}/{len(content['pupils'])}"),
            ],
        ),
        _table(
            gettext("Notes on pupils"),
            [row for row in content["pupils"] if row["note"]],
            name=gettext("Name"),
            note=gettext("Note"),
        ),
        _table(
            gettext("Parents informed"),
            content["informed"],
            channel=gettext("Channel"),
            on=gettext("On"),
            pupils=gettext("Pupils"),
            note=gettext("Note"),
        ),
        _table(
            gettext("Objections"),
            content["objections"],
            name=gettext("Name"),
            raised_on=gettext("On"),
            about=gettext("About"),
            result=gettext("Result"),
        ),
        _table(
            gettext("Returned and settled"),
            content["returns"],
            name=gettext("Name"),
            reason=gettext("Reason"),
            returned_by=gettext("By"),
            returned_on=gettext("On"),
            answer=gettext("Answer"),
            settled_on=gettext("Settled"),
        ),
        _table(
            gettext("Grades"),
            content["grades"],
            subject=gettext("Subject"),
            teacher=gettext("Teacher"),
            entered_by=gettext("Entered by"),
            entered_on=gettext("On"),
        ),
        _movements(content),
        _table(
            gettext("Pupils"),
            content["pupils"],
            name=gettext("Name"),
            code=gettext("Code"),
            outcome=gettext("Outcome"),
            note=gettext("Note"),
        ),
    ]


def _school_report(content: Content) -> list[Part]:
    return [
        Part(
            "",
            facts=[
                (gettext("School year"), content["school_year"]),
                (gettext("Levels"), content["levels"]),
                (gettext("Head"), _party(content["head"])),
                (gettext("Receiver"), content["receiver"]),
            ],
        ),
        _table(
            gettext("Classes"),
            content["classes"],
            name=gettext("Class"),
            homeroom_teacher=gettext("Homeroom teacher"),
            pupils=gettext("Pupils"),
            confirmed=gettext("Confirmed"),
            returned=gettext("Returned"),
            odd=gettext("To look at"),
            confirmed_on=gettext("On"),
            minutes=gettext("Minutes"),
        ),
        _table(
            gettext("Staff"),
            content["staff"],
            group=gettext("Group"),
            total=gettext("In all"),
            confirmed=gettext("Confirmed"),
            excepted=gettext("Excused"),
        ),
        _table(
            gettext("Not reviewed, with the reason accepted"),
            content["exceptions"],
            name=gettext("Name"),
            reason=gettext("Reason"),
        ),
        _table(
            gettext("Returned, and what was answered"),
            content.get("returns", ()),
            name=gettext("Name"),
            reason=gettext("Reason"),
            returned_by=gettext("By"),
            returned_on=gettext("On"),
            answer=gettext("Answer"),
        ),
        _criteria(content["criteria"]),
        Part(
            gettext("Still to look at by the automatic check"),
            facts=[
                (label, f"{content['odd'][str(one)]}/{content['records']}")
                for one, label in criteria_labels().items()
            ],
        ),
        Part(gettext("Difficulties"), lines=content["difficulties"]),
    ]


def _signed_step(content: Content) -> list[Part]:
    return [
        Part(
            "",
            facts=[
                (gettext("Unit"), content["unit"]),
                (gettext("Campaign"), content["campaign"]),
                (gettext("Step"), content["step"]),
                (gettext("About"), content["subject"]),
            ],
            lines=[content["about"]] if content["about"] else [],
        )
    ]


_BUILDERS: Mapping[str, Callable[[Content], list[Part]]] = {
    "person_confirmation": _person_confirmation,
    "staff_handover": _staff_handover,
    "class_minutes": _class_minutes,
    "school_report": _school_report,
    "signed_step": _signed_step,
}

"""A record under review as a page shows it: values as people write them, findings beside them, what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask_babel import gettext

from models.catalogue import FieldDefinition
from web import formats
from web.i18n import page_language, pick
from web.wording import translated
from web.work.task_form import Typed
from workflows.policy.field_values import as_date
from workflows.policy.quality import Criterion, Finding, has_value
from workflows.queries.records.records import Record, RecordField

INPUTS = {
    "date": ("text", "numeric"),
    "number": ("text", "decimal"),
    "phone": ("tel", "tel"),
    "email": ("email", "email"),
    "personal_id": ("text", "numeric"),
}
SHOWN_OF_SENSITIVE = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a field with fixed values."""

    value: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One field: the value as written, as it stands in the input, and what is said beside it."""

    key: str
    name: str
    label: str
    written: str
    masked: str
    stored: str
    # What the input holds when nobody has typed anything.
    shown: str
    value: str
    input_type: str
    input_mode: str
    choices: tuple[Choice, ...]
    hint: str
    findings: tuple[str, ...]
    problem: str
    changed_from: str | None
    # The change took out blanks and nothing else.
    only_blanks: bool
    source: str

    @property
    def open(self) -> bool:
        """Whether the input stands open: something is wrong here, or something was typed that is not saved."""
        return bool(self.findings or self.problem) or self.edited

    @property
    def edited(self) -> bool:
        """Whether the input holds something else than the record."""
        return self.value not in (self.written, self.stored)


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one heading."""

    title: str
    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One of the four criteria, computed: met or not."""

    label: str
    met: bool


def sections_of(
    record: Record,
    sent: Typed,
    problems: Mapping[str, Any],
    *,
    own: bool,
    judging: bool = False,
    prefix: str = "r.",
) -> list[Section]:
    """Lay out a record by the sections of the catalogue; nothing of somebody's `own` record is masked for them."""
    views = []
    for section, fields in groupby(record.fields, key=lambda one: one.definition.section):
        listed = list(fields)
        title = pick(listed[0].definition, "section") or section
        views.append(
            Section(title, tuple(_field(one, sent, problems, prefix, own, judging) for one in listed))
        )
    return views


def fields_of(
    record: Record, sent: Typed, problems: Mapping[str, Any], prefix: str, *, judging: bool = False
) -> list[FieldView]:
    """Lay out every field of a record in the order of the catalogue.

    Who is `judging` what was corrected reads it in clear, before and after: ends alone do not tell two addresses
    apart.
    """
    return [_field(one, sent, problems, prefix, judging=judging) for one in record.fields]


def changes_in(record: Record, given: Mapping[str, str]) -> dict[str, str]:
    """Give those of the values typed that differ from the record, as far as somebody reading it would see."""
    fields = {one.definition.key: one for one in record.fields}
    changes = {}
    for key, text in given.items():
        one = fields.get(key)
        stored = "" if one is None or one.value is None else str(one.value)
        if one is None or text not in (stored, written(one.definition, one.value)):
            changes[key] = text
    return changes


def both_values(record: Record, given: Mapping[str, str]) -> str:
    """Say of each value typed what stands in the record instead, for who has to choose between the two."""
    changes = changes_in(record, given)
    return "; ".join(
        gettext(
            "%(label)s: the record has “%(theirs)s”, you typed “%(mine)s”",
            label=pick(one.definition, "label"),
            theirs=written(one.definition, one.value) or gettext("empty"),
            mine=written(one.definition, changes[one.definition.key]) or gettext("empty"),
        )
        for one in record.fields
        if one.definition.key in changes
    )


def criteria_of(record: Record) -> list[CriterionView]:
    """Say which of the four criteria the record meets."""
    return [CriterionView(label, record.criteria[one]) for one, label in criteria_labels().items()]


def criteria_labels() -> dict[Criterion, str]:
    """Name the four criteria."""
    return {
        Criterion.CORRECT: gettext("correct"),
        Criterion.COMPLETE: gettext("complete"),
        Criterion.CLEAN: gettext("clean"),
        Criterion.LIVE: gettext("live"),
    }


def finding_text(finding: Finding) -> str:
    """Say what is wrong."""
    return translated(finding.message, finding.params_in(page_language()))


def finding_texts(record: Record) -> list[str]:
    """Say all that is wrong with a record, each with the field it is about."""
    labels = {one.definition.key: pick(one.definition, "label") for one in record.fields}
    return [f"{labels[one.field_key]}: {finding_text(one)}" for one in record.findings]


def written(definition: FieldDefinition, value: Any) -> str:
    """Write a value as people write it."""
    if value in (None, ""):
        return ""
    text = str(value)
    if definition.type == "select":
        option = definition.options.get(text)
        if option is None:
            return text
        english = option.get("label_en") if page_language() == "en" else None
        return str(english or option.get("label") or text)
    day = as_date(text) if definition.type == "date" else None
    return formats.day(day) if day else text


def _field(
    one: RecordField,
    sent: Typed,
    problems: Mapping[str, Any],
    prefix: str,
    own: bool = False,
    judging: bool = False,
) -> FieldView:
    definition, name = one.definition, f"{prefix}{one.definition.key}"
    masks = definition.sensitive and not own and not (judging and one.correction is not None)
    stored = "" if one.value is None else str(one.value)
    shown = written(definition, one.value)
    in_input = stored if definition.type == "select" else shown
    input_type, input_mode = INPUTS.get(definition.type, ("text", "text"))
    problem = problems.get(name, "")
    changed_from = None
    if one.correction is not None:
        before = written(definition, one.correction.before)
        changed_from = (masked(before) if masks else before) or gettext("empty")
    return FieldView(
        key=definition.key,
        name=name,
        label=pick(definition, "label"),
        written=shown,
        masked=masked(shown) if masks else "",
        value=sent.get(name, in_input) if sent.has(name) else in_input,
        stored=stored,
        shown=in_input,
        input_type=input_type,
        input_mode=input_mode,
        choices=tuple(_choices(definition, stored)),
        hint=pick(definition, "hint"),
        findings=tuple(finding_text(finding) for finding in one.findings),
        problem=finding_text(problem) if isinstance(problem, Finding) else str(problem),
        changed_from=changed_from,
        only_blanks=one.correction is not None and one.correction.only_blanks,
        source=_source(one),
    )


def _choices(definition: FieldDefinition, stored: str) -> Sequence[Choice]:
    if definition.type != "select":
        return ()
    choices = [Choice(key, written(definition, key)) for key in definition.options]
    if stored and stored not in definition.options:
        # What stands there now must not change because somebody opened the list.
        choices.insert(0, Choice(stored, stored))
    return [Choice("", "–"), *choices]


def masked(text: str) -> str:
    """Show only the end of a sensitive value; who works on it opens it."""
    if len(text) <= SHOWN_OF_SENSITIVE:
        return "•••" if text else ""
    return "•••••" + text[-SHOWN_OF_SENSITIVE:]


def _source(one: RecordField) -> str:
    if one.correction is not None and one.correction.by is not None:
        return gettext(
            "corrected by %(who)s, %(at)s",
            who=formats.addressed(one.correction.by),
            at=formats.when(one.correction.at),
        )
    if not has_value(one.value):
        return ""  # What is empty comes from nowhere.
    if one.confirmed_at is not None:
        return gettext("sector database, confirmed on %(on)s", on=formats.day(one.confirmed_at))
    return gettext("sector database")

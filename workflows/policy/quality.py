"""The four criteria of data quality, computed for one record: correct, complete, clean, live (P6.4, C9)."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Literal, Self

from models.catalogue import FieldDefinition
from workflows.policy.field_values import Fault, FaultKind, digits_expected, incorrect, normalise, untidy

FIXED_DIGITS = re.compile(r"\^?(?:\\d|\[0-9\])\{(\d{1,3})\}\$?")
OTHERS_NAMED = 3


class Criterion(StrEnum):
    """Đúng, đủ, sạch, sống."""

    CORRECT = "correct"
    COMPLETE = "complete"
    CLEAN = "clean"
    LIVE = "live"


MISSING, DUPLICATE, STALE, NEVER_CONFIRMED = "missing", "duplicate", "stale", "never_confirmed"


def N_(text: str) -> str:
    """Mark a text for the catalogue of translations."""
    return text


# Of each kind of finding: the criterion it breaks, and the message (a msgid).
FINDINGS: Mapping[str, tuple[Criterion, str]] = {
    MISSING: (Criterion.COMPLETE, N_("Not filled in.")),
    FaultKind.PATTERN: (Criterion.CORRECT, N_("Does not have the required form: %(hint)s")),
    FaultKind.TOO_FEW_DIGITS: (
        Criterion.CORRECT,
        N_("Must have %(expected)s digits, has %(found)s: %(difference)s too few."),
    ),
    FaultKind.TOO_MANY_DIGITS: (
        Criterion.CORRECT,
        N_("Must have %(expected)s digits, has %(found)s: %(difference)s too many."),
    ),
    FaultKind.NOT_DIGITS: (
        Criterion.CORRECT,
        N_("Must be %(expected)s digits; these do not belong: %(characters)s"),
    ),
    FaultKind.OLD_IDENTITY_CARD: (
        Criterion.CORRECT,
        N_("Has %(found)s digits like an old identity card; the personal identifier has %(expected)s."),
    ),
    FaultKind.PHONE_START: (Criterion.CORRECT, N_("A telephone number begins with 0 or +84.")),
    FaultKind.NOT_A_NUMBER: (Criterion.CORRECT, N_("“%(value)s” is not a number.")),
    FaultKind.NOT_A_DATE: (Criterion.CORRECT, N_("“%(value)s” is not a date; write it as 31/12/1980.")),
    FaultKind.IMPLAUSIBLE_YEAR: (Criterion.CORRECT, N_("The year %(year)s cannot be right.")),
    FaultKind.NOT_AN_OPTION: (Criterion.CORRECT, N_("“%(value)s” is not among the choices.")),
    FaultKind.EMAIL_AT: (
        Criterion.CORRECT,
        N_("An e-mail address has exactly one @; here there are %(found)s."),
    ),
    FaultKind.EMAIL_MAILBOX: (Criterion.CORRECT, N_("What stands before the @ is not valid: “%(mailbox)s”.")),
    FaultKind.EMAIL_DOMAIN: (Criterion.CORRECT, N_("What stands after the @ is not valid: “%(domain)s”.")),
    FaultKind.EDGE_BLANKS: (Criterion.CLEAN, N_("There are blanks before or after the text.")),
    FaultKind.DOUBLE_BLANKS: (Criterion.CLEAN, N_("There are several blanks in a row.")),
    FaultKind.INVISIBLE_CHARACTERS: (Criterion.CLEAN, N_("There are invisible characters: %(characters)s.")),
    FaultKind.LOOSE_MARKS: (
        Criterion.CLEAN,
        N_("Letters and their marks are stored apart; save the field again."),
    ),
    FaultKind.FOREIGN_LETTERS: (Criterion.CLEAN, N_("There are letters of another alphabet: %(characters)s")),
    FaultKind.WRECKED_TEXT: (Criterion.CLEAN, N_("The text was read in a wrong encoding; type it again.")),
    DUPLICATE: (Criterion.CLEAN, N_("The same value stands with %(others)s")),
    STALE: (
        Criterion.LIVE,
        N_("Last confirmed on %(on)s, %(days)s days ago; it must be confirmed every %(limit)s days."),
    ),
    NEVER_CONFIRMED: (Criterion.LIVE, N_("Never confirmed; it must be confirmed every %(limit)s days.")),
}


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What a field of the catalogue demands; `fresh_for_days` counts calendar days."""

    key: str
    label: str
    label_en: str = ""
    type: str = "text"
    required: bool = False
    pattern: str = ""
    hint: str = ""
    hint_en: str = ""
    unique_in: Literal["", "unit", "all"] = ""
    fresh_for_days: int | None = None
    options: frozenset[str] = frozenset()

    @classmethod
    def of(cls, definition: FieldDefinition) -> Self:
        """Take the rule from a row of the catalogue."""
        return cls(
            key=definition.key,
            label=definition.label,
            label_en=definition.label_en,
            type=definition.type,
            required=definition.required,
            pattern=definition.pattern,
            hint=definition.hint,
            hint_en=definition.hint_en,
            unique_in="unit" if definition.unique_in == "unit" else "all" if definition.unique_in else "",
            fresh_for_days=definition.fresh_for_days,
            options=frozenset(definition.options),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with one field."""

    field_key: str
    kind: str
    params: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def criterion(self) -> Criterion:
        """Which of the four criteria it breaks."""
        return FINDINGS[self.kind][0]

    @property
    def message(self) -> str:
        """The msgid of what is wrong; its `%(name)s` come from `params_in`."""
        return FINDINGS[self.kind][1]

    def params_in(self, locale: str) -> dict[str, str | int]:
        """Give the parameters of the message, in English where the catalogue knows English."""
        params = {key: value for key, value in self.params.items() if not key.endswith("_en")}
        if locale == "en":
            params |= {key: self.params[f"{key}_en"] for key in params if self.params.get(f"{key}_en")}
        return params


@dataclass(frozen=True, slots=True)
class Other:
    """Another record with the same value, as the reader may see it named."""

    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """The findings of a record, in the order of its fields; `empty` when no field has a value."""

    findings: tuple[Finding, ...]
    empty: bool = False

    def meets(self, criterion: Criterion) -> bool:
        """Tell whether this criterion is met."""
        return self.criteria[criterion]

    @property
    def criteria(self) -> dict[Criterion, bool]:
        """All four criteria, each met or not."""
        return criteria_met(self.findings, empty=self.empty)


def criteria_met(findings: Iterable[Finding], *, empty: bool) -> dict[Criterion, bool]:
    """Say which criteria nothing breaks; where there is no value at all, nothing is correct, clean or live."""
    broken = {finding.criterion for finding in findings}
    if empty:
        broken |= {Criterion.CORRECT, Criterion.CLEAN, Criterion.LIVE}
    return {criterion: criterion not in broken for criterion in Criterion}


def has_value(value: object) -> bool:
    """Tell whether a field holds something that people would call a value."""
    return value is not None and isinstance(normalise(str(value)), str)


def assess(
    rules: Sequence[FieldRule],
    values: Mapping[str, object],
    *,
    confirmed_on: Mapping[str, date],
    duplicates: Mapping[str, Sequence[Other]],
    today: date,
) -> Assessment:
    """Hold the values of one record against the rules of its fields.

    `confirmed_on` names the day each field was last changed or confirmed; `duplicates` the other records with
    the same value, as the reader may see them named, found by the caller with `field_values.comparable`.
    """
    return Assessment(
        tuple(
            finding
            for rule in rules
            for finding in _findings(
                rule, values.get(rule.key), confirmed_on.get(rule.key), duplicates.get(rule.key, ()), today
            )
        ),
        empty=not any(has_value(values.get(rule.key)) for rule in rules),
    )


def _findings(
    rule: FieldRule, value: object, confirmed_on: date | None, others: Sequence[Other], today: date
) -> Iterator[Finding]:
    text = normalise(str(value)) if value is not None else None
    if not isinstance(text, str):
        if rule.required:
            yield Finding(rule.key, MISSING)
        return
    incorrectness = _incorrectness(rule, text)
    if incorrectness:
        yield Finding(rule.key, incorrectness.kind, incorrectness.params)
    if isinstance(value, str):
        for fault in untidy(rule.type, value):
            yield Finding(rule.key, fault.kind, fault.params)
    if rule.unique_in and others:
        named = _named([one.name for one in others], "và %d nơi khác")
        named_en = _named([one.name_en for one in others], "and %d more")
        yield Finding(rule.key, DUPLICATE, {"others": named, "others_en": named_en})
    if rule.fresh_for_days is not None:
        yield from _staleness(rule.key, rule.fresh_for_days, confirmed_on, today)


def _incorrectness(rule: FieldRule, text: str) -> Fault | None:
    if rule.type == "select":
        return None if text in rule.options else Fault(FaultKind.NOT_AN_OPTION, {"value": text})
    fault = incorrect(rule.type, text)
    if fault or not rule.pattern:
        return fault
    digits = FIXED_DIGITS.fullmatch(rule.pattern)
    if digits:
        return digits_expected(text, int(digits[1]))
    if _compiled(rule.pattern).fullmatch(text):
        return None
    return Fault(FaultKind.PATTERN, {"hint": rule.hint or rule.pattern, "hint_en": rule.hint_en})


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _named(others: Sequence[str], rest: str) -> str:
    """Name some of the others; several behind one name, as of one class, are counted."""
    counted = [f"{name} ({count})" if count > 1 else name for name, count in Counter(others).items()]
    named = ", ".join(counted[:OTHERS_NAMED])
    return f"{named} {rest % (len(counted) - OTHERS_NAMED)}" if len(counted) > OTHERS_NAMED else named


def _staleness(key: str, limit: int, confirmed_on: date | None, today: date) -> Iterator[Finding]:
    if confirmed_on is None:
        yield Finding(key, NEVER_CONFIRMED, {"limit": limit})
    elif (today - confirmed_on).days > limit:
        on = confirmed_on.strftime("%d/%m/%Y")
        yield Finding(key, STALE, {"on": on, "days": (today - confirmed_on).days, "limit": limit})

"""The form that opens a campaign or moves a deadline: local dates and times in, rules out, nothing typed is lost."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request

from models.organisation import SchoolLevel
from web import typed
from web.request_work import ZONE
from workflows.commands.steering.campaigns import DEADLINE_KEYS, DeadlineRule, require_complete
from workflows.errors import FormRefused, Refusal, SchoolYearEmpty, ValueTooLong
from workflows.errors.steering import ValueNotAnInstant

LONGEST_TITLE = 200
# Day, month, year, hour, minute.
PARTS = 5
# A year is written in full.
FIRST_YEAR = 1000
# Reviews of a school year end about then: month, day.
REVIEWS_END = (6, 15)
TEXTS = ("title", "title_en", "school_year")


@dataclass(frozen=True, slots=True)
class CampaignForm:
    """What was typed, word for word, and what is wrong with it, by field."""

    typed: Mapping[str, str]
    problems: Mapping[str, Refusal]
    rules: Sequence[DeadlineRule] = ()

    def value(self, name: str) -> str:
        return self.typed.get(name, "")

    def has_levels(self, key: str) -> bool:
        """Tell whether a deadline has dates for single levels."""
        return any(self.value(field_of(key, level)) for level in SchoolLevel)


def field_of(key: str, level: str = "") -> str:
    """Name the field of a deadline."""
    return f"deadline_{key}" + (f"_{level}" if level else "")


def fields() -> list[str]:
    """Name all fields of the form."""
    levels = ["", *SchoolLevel]
    return [*TEXTS, *(field_of(key, level) for key in DEADLINE_KEYS for level in levels)]


def read_form(now: datetime, years: Collection[str]) -> CampaignForm:
    """Read what was posted and check it as opening the campaign will; `years` are those that have classes."""
    given = {name: typed.tidy(request.form.get(name, "")) for name in fields()}
    problems: dict[str, Refusal] = {}
    rules: list[DeadlineRule] = []
    for key in DEADLINE_KEYS:
        for level in ("", *SchoolLevel):
            text = given[field_of(key, level)]
            instant = local_instant(text)
            if text and instant is None:
                problems[field_of(key, level)] = ValueNotAnInstant(example=example_of(now))
            elif instant is not None:
                rules.append(DeadlineRule(key, str(level), instant))
    for name in ("title", "title_en"):
        if len(given[name]) > LONGEST_TITLE:
            problems[name] = ValueTooLong(most=LONGEST_TITLE)
    if given["school_year"] and given["school_year"] not in years:
        problems["school_year"] = SchoolYearEmpty(year=given["school_year"])
    try:
        require_complete(given["title"], given["school_year"], rules, now)
    except FormRefused as refusal:
        problems = {**refusal.problems, **problems}
    return CampaignForm(given, problems, rules)


def example_of(now: datetime) -> str:
    """Write an instant as people here do: the end of a working day in the next season of reviews."""
    local = now.astimezone(ZONE)
    year = local.year if (local.month, local.day) < REVIEWS_END else local.year + 1
    month, day = REVIEWS_END
    return f"{day:02}/{month:02}/{year} 17:00"


def local_instant(text: str) -> datetime | None:
    """Read a local date and time, or None when it is not one.

    Day, month, year and then the time as people here write them, or the time first ("17:00 15/06/2023", "17h00"),
    with any signs or blanks between the numbers; also as browsers and programs write an instant.
    """
    numbers = [int(one) for one in re.findall(r"[0-9]{1,4}", text)]
    if re.search(r"[^0-9T\s/.,:hH-]", text) or len(numbers) != PARTS:
        return None
    if re.match(r"\s*[0-9]{4}", text):
        year, month, day, hour, minute = numbers
    elif re.match(r"\s*[0-9]{1,2}\s*[:hH]", text):
        hour, minute, day, month, year = numbers
    else:
        day, month, year, hour, minute = numbers
    if year < FIRST_YEAR:
        return None
    try:
        return datetime(year, month, day, hour, minute, tzinfo=ZONE)
    except ValueError:
        return None

"""Reads what people typed or what stands in an address; nothing else should touch `request.form`."""

import unicodedata
from collections.abc import Collection
from datetime import date, datetime

from flask import request
from werkzeug.datastructures import MultiDict

from web.security import LARGEST_ID
from workflows.errors import DayOutOfReach, ValueNotADate, ValueTooLong
from workflows.policy.reach import days_within_reach

# As browsers send a date, and as people here write one.
DAY_FORMS = ("%Y-%m-%d", "%d/%m/%Y")


def text(name: str, most: int = 1_000) -> str:
    """Give a posted text without blanks around it, in NFC: names typed on a Mac arrive decomposed.

    Refuses longer ones with ValueTooLong.
    """
    value = tidy(request.form.get(name, ""))
    if len(value) > most:
        raise ValueTooLong(most=most)
    return value


def tidy(value: str) -> str:
    """Put a text into the form in which texts are stored and compared."""
    return unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()


def number(name: str) -> int | None:
    """Give a posted id or count, or None when it is not one."""
    return _number(request.form, name)


def day(name: str, today: date) -> date | None:
    """Give a posted day, or None when the field is empty.

    Refuses what is not one with ValueNotADate, and one that is too far from today with DayOutOfReach.
    """
    first, last = days_within_reach(today)
    value = tidy(request.form.get(name, ""))
    for form in DAY_FORMS if value else ():
        try:
            found = datetime.strptime(value[:20], form).date()
        except ValueError:
            continue
        if not first <= found <= last:
            raise DayOutOfReach(first=first, last=last)
        return found
    if value:
        raise ValueNotADate
    return None


def choice(name: str, allowed: Collection[str], default: str) -> str:
    """Give a posted or asked word if it is one of those allowed."""
    value = request.values.get(name, default)
    return value if value in allowed else default


def asked(name: str, most: int = 200) -> str:
    """Give a text of the address (filter, search), cut to a sensible length."""
    return tidy(request.args.get(name, ""))[:most]


def asked_number(name: str) -> int | None:
    """Give an id of the address, or None when it is not one."""
    return _number(request.args, name)


def _number(values: "MultiDict[str, str]", name: str) -> int | None:
    return read_id(values.get(name, ""))


def read_id(given: str) -> int | None:
    """Read an id or a count; None for anything else."""
    if not given.isascii() or not given.isdecimal() or len(given) > len(str(LARGEST_ID)):
        return None
    value = int(given)
    return value if value <= LARGEST_ID else None

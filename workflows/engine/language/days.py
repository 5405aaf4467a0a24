"""The days between which a drawn date may lie: today, or so many days before or after it."""

import re
from datetime import date, timedelta

DAY = re.compile(r"today(?:([+-])([0-9]{1,4})d)?")


def day_of(text: str, today: date) -> date:
    """Give the day that a text such as "today-365d" names; refuses any other with ValueError."""
    found = DAY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    days = timedelta(days=int(found[2] or 0))
    return today - days if found[1] == "-" else today + days

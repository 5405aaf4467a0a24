"""Later deadlines follow one that overtakes them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from workflows.policy.calendar import WorkingCalendar
from workflows.policy.deadline_order import followers

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


# Thursday, Friday, Tuesday, Thursday.
DUES = {
    "staff": [local("2023-06-15T17:00")],
    "class": [local("2023-06-16T17:00")],
    "school": [local("2023-06-20T17:00")],
    "report": [local("2023-06-22T17:00")],
}


@pytest.mark.parametrize(
    ("key", "due_at", "moved"),
    [
        ("staff", "2023-06-19T17:00", []),
        ("staff", "2023-06-20T17:00", []),
        ("staff", "2023-06-21T17:00", [("school", "26/06 17:00"), ("report", "28/06 17:00")]),
        ("class", "2023-06-24T23:59", [("school", "27/06 17:00"), ("report", "29/06 17:00")]),
        ("school", "2023-06-23T17:00", [("report", "27/06 17:00")]),
        ("report", "2023-07-23T17:00", []),
    ],
)
def test_later_deadlines_follow_by_the_same_working_days(
    key: str, due_at: str, moved: list[tuple[str, str]]
) -> None:
    found = followers(key, local(due_at), lambda one: DUES[one], WorkingCalendar())

    assert [(one.key, one.after.astimezone(ZONE).strftime("%d/%m %H:%M")) for one in found] == moved

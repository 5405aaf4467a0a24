"""The ladder of C4 as tables: a task due on Thursday 19/11/2026 at 17:00."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from workflows.engine.specification import Rung
from workflows.policy.calendar import WorkingCalendar
from workflows.policy.escalation import Standing, climb, rung_instants, step_on

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CALENDAR = WorkingCalendar()
LADDER = (
    Rung(after="-2d", to="assignee", kind="remind"),
    Rung(after="0", to="assignee", kind="remind"),
    Rung(after="4h", to="head", kind="escalate"),
    Rung(after="2d", to="superior", kind="escalate"),
)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


DUE_AT = local("2026-11-19T17:00")


def shown(standing: Standing) -> tuple[int, str | None, str | None]:
    rung = standing.next
    when = standing.next_at.astimezone(ZONE).strftime("%d/%m %H:%M") if standing.next_at else None
    return standing.climbed, rung.rung.to if rung else None, when


def test_rungs_lie_in_working_time_round_the_deadline():
    rungs = rung_instants(LADDER, DUE_AT, CALENDAR)

    assert [(r.number, r.rung.to, r.at.astimezone(ZONE).strftime("%d/%m %H:%M")) for r in rungs] == [
        (1, "assignee", "17/11 17:00"),
        (2, "assignee", "19/11 17:00"),
        (3, "head", "20/11 11:30"),
        (4, "superior", "23/11 17:00"),
    ]


def test_rungs_are_climbed_in_order_of_time_however_they_are_drawn():
    rungs = rung_instants(tuple(reversed(LADDER)), DUE_AT, CALENDAR)

    assert [r.rung.after for r in rungs] == ["-2d", "0", "4h", "2d"]


@pytest.mark.parametrize(
    ("opened_at", "standing"),
    [
        pytest.param("2026-11-16T08:00", (0, "assignee", "17/11 17:00"), id="in good time"),
        pytest.param("2026-11-17T17:00", (1, "assignee", "19/11 17:00"), id="reminder before is past"),
        pytest.param("2026-11-18T08:00", (1, "assignee", "19/11 17:00"), id="one day before"),
        pytest.param("2026-11-19T17:00", (1, "assignee", "19/11 17:00"), id="opens as it is due"),
        pytest.param("2026-11-20T09:00", (1, "assignee", "19/11 17:00"), id="overdue: only the latest rung"),
        pytest.param("2026-11-20T15:00", (2, "head", "20/11 11:30"), id="overdue: the head at once"),
        pytest.param(
            "2026-12-20T15:00", (3, "superior", "23/11 17:00"), id="long overdue: one notice, not four"
        ),
    ],
)
def test_a_task_steps_on_where_it_opens(opened_at, standing):
    assert shown(step_on(LADDER, DUE_AT, local(opened_at), CALENDAR)) == standing


def test_an_overdue_task_without_overdue_rungs_is_left_alone():
    reminders = (Rung(after="-2d", to="assignee"), Rung(after="-1d", to="assignee"))

    assert shown(step_on(reminders, DUE_AT, local("2026-11-25T08:00"), CALENDAR)) == (2, None, None)


@pytest.mark.parametrize(
    ("now", "climbed", "reached", "standing"),
    [
        ("2026-11-17T17:00", 0, ["assignee"], (1, "assignee", "19/11 17:00")),
        ("2026-11-19T17:05", 1, ["assignee"], (2, "head", "20/11 11:30")),
        ("2026-11-19T17:05", 2, [], (2, "head", "20/11 11:30")),
        ("2026-11-20T12:00", 1, ["assignee", "head"], (3, "superior", "23/11 17:00")),
        ("2026-12-20T12:00", 0, ["assignee", "assignee", "head", "superior"], (4, None, None)),
        ("2026-12-20T12:00", 4, [], (4, None, None)),
    ],
)
def test_climbing_takes_all_rungs_that_are_due(now, climbed, reached, standing):
    rungs, stands = climb(LADDER, DUE_AT, climbed, local(now), CALENDAR)

    assert [one.rung.to for one in rungs] == reached
    assert shown(stands) == standing


@pytest.mark.parametrize(
    ("new_due", "climbed", "standing"),
    [
        pytest.param("2026-11-30T17:00", 3, (0, "assignee", "26/11 17:00"), id="all lies ahead again"),
        pytest.param("2026-11-23T17:00", 3, (1, "assignee", "23/11 17:00"), id="the reminder stays past"),
        pytest.param("2026-11-20T11:30", 3, (2, "head", "20/11 17:00"), id="overdue still: the head again"),
        pytest.param(
            "2026-11-20T11:30", 1, (1, "assignee", "20/11 11:30"), id="overdue still: this one is new"
        ),
        pytest.param(
            "2026-11-17T17:00", 3, (3, "superior", "19/11 17:00"), id="brought forward: superior now"
        ),
        pytest.param("2026-11-17T17:00", 4, (4, None, None), id="brought forward: all climbed already"),
    ],
)
def test_a_moved_deadline_places_the_task_anew(new_due, climbed, standing):
    moved_at = local("2026-11-20T14:00")

    assert shown(step_on(LADDER, local(new_due), moved_at, CALENDAR, climbed=climbed)) == standing


def test_no_ladder_no_rung():
    assert step_on((), DUE_AT, DUE_AT, CALENDAR) == Standing(0, None)
    assert climb((), DUE_AT, 0, DUE_AT, CALENDAR) == ((), Standing(0, None))

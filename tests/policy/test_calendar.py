"""The working calendar against real years: Tết, swapped days, days in lieu, local days, midnights."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.policy.calendar import LocalDay, WorkingCalendar, parse_offset

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CALENDAR = WorkingCalendar()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def shown(instant: datetime) -> str:
    assert instant.tzinfo is UTC
    return instant.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("day", "works", "name"),
    [
        ("2026-02-13", True, None),
        ("2026-02-14", False, None),
        ("2026-02-16", False, "Giao thừa Tết Nguyên Đán"),
        ("2026-02-20", False, "Mùng bốn Tết Nguyên Đán"),
        ("2026-02-23", True, None),
        ("2026-04-27", False, "Ngày Giỗ Tổ Hùng Vương (nghỉ bù)"),
        ("2026-08-22", True, "Ngày làm bù"),
        ("2026-08-31", False, "Ngày nghỉ (thay cho ngày 22/08/2026)"),
        ("2026-11-24", False, "Ngày Văn hóa Việt Nam"),
        ("2023-06-08", True, None),
    ],
)
def test_a_day_is_worked_or_not_as_announced(day, works, name):
    day = date.fromisoformat(day)

    assert (CALENDAR.is_working(day), CALENDAR.day_name(day)) == (works, name)


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        ("2026-11-16T08:15", 3, "2026-11-19 17:00"),
        ("2026-11-16T23:59", 3, "2026-11-19 17:00"),
        ("2026-11-20T09:00", 1, "2026-11-23 17:00"),
        ("2026-11-21T09:00", 1, "2026-11-23 17:00"),
        ("2026-11-23T09:00", 1, "2026-11-25 17:00"),
        ("2026-02-12T10:00", 3, "2026-02-24 17:00"),
        ("2026-08-21T10:00", 1, "2026-08-22 17:00"),
        ("2026-08-28T10:00", 1, "2026-09-03 17:00"),
        ("2026-12-31T10:00", 1, "2027-01-04 17:00"),
        ("2027-01-04T10:00", -1, "2026-12-31 17:00"),
        ("2026-02-24T10:00", -3, "2026-02-12 17:00"),
        ("2026-11-21T10:00", -1, "2026-11-20 17:00"),
        ("2026-11-16T08:15", 0, "2026-11-16 17:00"),
        ("2026-11-16T17:01", 0, "2026-11-17 17:00"),
        ("2026-11-21T08:00", 0, "2026-11-23 17:00"),
        ("2026-01-01T10:00", 500, "2028-01-05 17:00"),
    ],
)
def test_a_term_in_workdays_ends_at_closing_time(start, n, end):
    assert shown(CALENDAR.add_workdays(local(start), n)) == end


def test_a_term_may_end_at_another_hour():
    assert shown(CALENDAR.add_workdays(local("2026-11-16T08:15"), 2, at=time(11, 30))) == "2026-11-18 11:30"


def test_the_day_is_the_local_one_not_that_of_utc():
    just_after_midnight_here = datetime(2026, 11, 16, 17, 30, tzinfo=UTC)
    just_before_midnight_here = datetime(2026, 11, 16, 16, 30, tzinfo=UTC)

    assert shown(CALENDAR.add_workdays(just_before_midnight_here, 1)) == "2026-11-17 17:00"
    assert shown(CALENDAR.add_workdays(just_after_midnight_here, 1)) == "2026-11-18 17:00"
    assert CALENDAR.workdays_between(just_before_midnight_here, just_after_midnight_here) == 1


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-16T08:00", 2, "2026-11-16 10:00"),
        ("2026-11-16T10:30", 2, "2026-11-16 14:00"),
        ("2026-11-16T10:30", 1, "2026-11-16 11:30"),
        ("2026-11-16T12:00", 1, "2026-11-16 14:00"),
        ("2026-11-16T16:00", 4, "2026-11-17 10:30"),
        ("2026-11-20T18:00", 0.5, "2026-11-23 08:00"),
        ("2026-11-21T18:00", 8, "2026-11-23 17:00"),
        ("2026-11-16T10:00", -2, "2026-11-16 08:00"),
        ("2026-11-16T17:00", -4, "2026-11-16 13:00"),
        ("2026-11-16T17:00", -5, "2026-11-16 10:30"),
        ("2026-11-16T08:00", -1, "2026-11-13 16:30"),
        ("2026-11-22T12:00", -4, "2026-11-20 13:00"),
        ("2026-11-22T12:00", 0, "2026-11-22 12:00"),
    ],
)
def test_workhours_pass_only_while_people_work(start, hours, end):
    assert shown(CALENDAR.add_workhours(local(start), hours)) == end


@pytest.mark.parametrize(
    ("due", "offset", "rung"),
    [
        ("2026-11-19T17:00", "0", "2026-11-19 17:00"),
        ("2026-11-19T17:00", "-2d", "2026-11-17 17:00"),
        ("2026-11-19T17:00", "+1d", "2026-11-20 17:00"),
        ("2026-11-20T17:00", "1d", "2026-11-23 17:00"),
        ("2026-11-23T17:00", "1d", "2026-11-25 17:00"),
        ("2026-11-21T12:00", "0", "2026-11-21 12:00"),
        ("2026-11-21T12:00", "-1d", "2026-11-20 12:00"),
        ("2026-11-19T17:00", "4h", "2026-11-20 11:30"),
        ("2026-11-19T17:00", "-4h", "2026-11-19 13:00"),
        ("2026-02-23T17:00", "-1d", "2026-02-13 17:00"),
    ],
)
def test_an_offset_moves_a_deadline_in_working_time(due, offset, rung):
    assert shown(CALENDAR.shift(local(due), offset)) == rung


@pytest.mark.parametrize("offset", ["", "d", "1", "1w", "1.5h", "--1d", "1d ", "1 d", "999999d", "١d"])
def test_an_offset_that_says_nothing_is_refused(offset):
    with pytest.raises(ValueError):
        parse_offset(offset)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-11-16", "2026-11-16", 0),
        ("2026-11-16", "2026-11-19", 3),
        ("2026-11-20", "2026-11-22", 0),
        ("2026-11-21", "2026-11-23", 1),
        ("2026-11-19", "2026-11-16", -3),
        ("2026-11-22", "2026-11-20", -1),
        ("2026-02-12", "2026-02-24", 3),
        ("2025-12-31", "2027-01-04", 250),
    ],
)
def test_workdays_are_counted_as_terms_are(start, end, days):
    assert CALENDAR.workdays_between(date.fromisoformat(start), date.fromisoformat(end)) == days


def test_a_school_day_off_and_a_saturday_lesson_change_the_term():
    school = WorkingCalendar(
        {
            date(2026, 11, 20): LocalDay(works=False, name="Kỷ niệm Ngày Nhà giáo Việt Nam"),
            date(2026, 11, 21): LocalDay(works=True, name="Học bù"),
        }
    )

    assert shown(school.add_workdays(local("2026-11-19T08:00"), 1)) == "2026-11-21 17:00"
    assert shown(school.add_workhours(local("2026-11-19T16:00"), 2)) == "2026-11-21 08:30"
    assert school.day_name(date(2026, 11, 20)) == "Kỷ niệm Ngày Nhà giáo Việt Nam"
    assert CALENDAR.is_working(date(2026, 11, 20))


@given(
    start=st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC)),
    n=st.integers(-400, 400).filter(bool),
)
def test_the_end_of_a_term_is_a_workday_as_far_away_as_counted(start, n):
    end = CALENDAR.add_workdays(start, n)

    assert CALENDAR.workdays_between(start, end) == n
    assert CALENDAR.is_working(end.astimezone(ZONE).date())


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    hours=st.integers(1, 100),
)
def test_workhours_there_and_back_never_overshoot(start, hours):
    there = CALENDAR.add_workhours(start, hours)

    assert there - start >= timedelta(hours=hours)
    assert CALENDAR.add_workhours(CALENDAR.add_workhours(there, -hours), hours) == there


@pytest.mark.parametrize(
    "act",
    [
        lambda: CALENDAR.add_workdays(datetime(2026, 11, 16), 1),
        lambda: CALENDAR.add_workhours(datetime(2026, 11, 16), 1),
        lambda: CALENDAR.shift(datetime(2026, 11, 16), "0"),
        lambda: CALENDAR.add_workdays(local("2026-11-16T08:00"), 10**9),
        lambda: CALENDAR.add_workhours(local("2026-11-16T08:00"), float("inf")),
        lambda: CALENDAR.add_workhours(local("2026-11-16T08:00"), float("nan")),
        lambda: WorkingCalendar(hours=()),
        lambda: WorkingCalendar(hours=((time(13), time(17)), (time(7), time(11)))),
    ],
)
def test_nonsense_is_refused(act):
    with pytest.raises(ValueError):
        act()

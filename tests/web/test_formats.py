"""How dates, due times, numbers and names are written."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from models.person import Person
from web import formats

# The clock stands at 08:00 on Monday, 5 June 2023.
AFTERNOON = datetime(2023, 6, 5, 10, tzinfo=UTC)


@pytest.fixture(params=["vi"])
def reader(request: pytest.FixtureRequest, app: Flask) -> object:
    with app.test_request_context(f"/?lang={request.param}"):
        yield request.param


@pytest.mark.parametrize(
    ("due_at", "text", "state"),
    [
        (datetime(2023, 6, 5, 10, tzinfo=UTC), "17:00 hôm nay", "today"),
        (datetime(2023, 6, 6, 10, tzinfo=UTC), "còn 1 ngày làm việc", "soon"),
        (datetime(2023, 6, 7, 10, tzinfo=UTC), "còn 2 ngày làm việc", "soon"),
        (datetime(2023, 6, 12, 10, tzinfo=UTC), "còn 5 ngày làm việc", "later"),
        (datetime(2023, 6, 2, 10, tzinfo=UTC), "quá hạn 1 ngày làm việc", "late"),
        (datetime(2023, 6, 4, 22, tzinfo=UTC), "quá hạn 3 giờ", "late"),
        (datetime(2023, 6, 5, 0, 50, tzinfo=UTC), "vừa quá hạn", "late"),
    ],
)
def test_due_time_is_said_in_working_days(reader: str, due_at: datetime, text: str, state: str) -> None:
    assert formats.due(due_at) == text
    assert formats.due_state(due_at) == state


@pytest.mark.parametrize(
    ("done_at", "text", "state"),
    [
        (datetime(2023, 6, 5, 9, tzinfo=UTC), "xong đúng hạn", "done"),
        (datetime(2023, 6, 5, 11, tzinfo=UTC), "xong trễ", "done_late"),
        (datetime(2023, 6, 8, 9, tzinfo=UTC), "xong trễ 3 ngày làm việc", "done_late"),
    ],
)
def test_done_work_says_whether_it_was_late(reader: str, done_at: datetime, text: str, state: str) -> None:
    assert formats.due(AFTERNOON, done_at) == text
    assert formats.due_state(AFTERNOON, done_at) == state


def test_dates_and_times_are_local(reader: str) -> None:
    late_evening = datetime(2023, 6, 15, 17, 30, tzinfo=UTC)

    assert formats.day(late_evening) == "16/06/2023"
    assert formats.day(date(2023, 6, 5)) == "05/06/2023"
    assert formats.hour(late_evening) == "00:30"
    assert formats.instant(AFTERNOON) == "17:00 05/06/2023"
    assert formats.when(datetime(2023, 6, 15, 10, tzinfo=UTC)) == "17:00 thứ Năm 15/06"
    assert formats.when(datetime(2024, 6, 15, 10, tzinfo=UTC)) == "17:00 thứ Bảy 15/06/2024"


def test_numbers_have_vietnamese_separators(reader: str) -> None:
    assert formats.number(9360) == "9.360"
    assert formats.number(7.5) == "7,5"
    assert formats.filesize(1_572_864) == "1,5 MB"


@pytest.mark.parametrize(("ratio", "text"), [(0.778, "78 %"), (0.999, "99 %"), (1, "100 %"), (None, "–")])
def test_hundred_percent_is_never_rounded_up(reader: str, ratio: float | None, text: str) -> None:
    assert formats.percent(ratio) == text


def test_people_are_addressed(app: Flask) -> None:
    somebody = Person(full_name="Lê Thị Mẫu", honorific="Cô")
    with app.test_request_context("/?lang=vi"):
        assert formats.person(somebody) == "Cô Lê Thị Mẫu"
        assert formats.addressed(somebody) == "cô Lê Thị Mẫu"
        assert formats.you(somebody) == "cô"
    with app.test_request_context("/?lang=en"):
        assert formats.person(somebody) == "Lê Thị Mẫu"
        assert formats.number(9360) == "9,360"
        assert formats.due(datetime(2023, 6, 6, 10, tzinfo=UTC)) == "1 working day left"

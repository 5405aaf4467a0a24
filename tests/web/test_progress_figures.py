"""What the figures of a territory say: deadlines, forecasts, reports sent and returned, the lists behind them."""

import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from models.calendar import LocalDay
from models.campaign import Deadline, RosterEntry, RosterState, SubjectKind
from tests.cast import World
from tests.commands.chain import CONFIRMED, classes_done, staff_done
from tests.conftest import Store
from tests.web.conftest import Client
from tests.web.territory import Enter, entrance, running_world
from web.composition import Composition
from workflows.clock import FixedClock
from workflows.unit_of_work import UnitOfWork


@pytest.fixture
def world(sqlite_store: Store, clock: FixedClock, parts: Composition) -> World:
    return running_world(sqlite_store, clock, parts)


@pytest.fixture
def enter(app: Flask, world: World) -> Enter:
    return entrance(app)


def rows(page: str) -> list[str]:
    """List the units of the table in their order."""
    return re.findall(r'class="unit-name" href="[^"]*">([^<]+)</a>', page)


def reported(world: World) -> None:
    staff_done(world)
    classes_done(world)
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)


def line_of(page: str, name: str) -> str:
    """Give the row of a unit in the table."""
    return next(row for row in page.split("<tr data-row")[1:] if f">{name}</a>" in row)


def test_a_school_whose_report_waits_is_not_finished_and_not_urged_by_whom_it_waits_for(
    world: World, enter: Enter
) -> None:
    reported(world)

    row = line_of(enter("inspector").get("/progress").text, "Trường THCS Mẫu")

    assert "8/8" in row
    assert "chờ tiếp nhận" in row
    assert "đã xong hết" not in row
    assert 'name="urged_unit"' not in row
    assert 'name="urged_unit"' in line_of(enter("administrator").get("/progress").text, "Trường THCS Mẫu")
    answer = enter("inspector").send(
        "/progress/urge", urged_unit=world.units["school"], words="", request_key="c" * 32
    )
    assert answer.status_code == 422


def test_a_returned_report_is_counted_and_comes_first(world: World, enter: Enter) -> None:
    reported(world)
    world.complete("inspector", "accept_report", "return", reason="thiếu báo cáo lớp ghép")

    page = enter("inspector").get("/progress").text

    row = line_of(page, "Trường THCS Mẫu")
    assert rows(page)[0] == "Trường THCS Mẫu"
    assert "báo cáo bị trả lại" in row
    assert "đã xong hết" not in row
    assert f"unit={world.units['school']}&amp;reports=returned" in row
    assert ">1 báo cáo</a>" in row
    assert 'name="urged_unit"' in row


def test_a_day_far_behind_is_told_while_it_lies_in_the_school_year(world: World, enter: Enter) -> None:
    def one_is_done(work: UnitOfWork) -> None:
        entry = work.session.scalars(select(RosterEntry).where(RosterEntry.kind == SubjectKind.STAFF)).first()
        assert entry is not None
        entry.state, entry.decided_at = RosterState.DONE, datetime(2023, 6, 9, 3, tzinfo=UTC)

    world.do(one_is_done)
    world.clock.set(datetime(2023, 6, 12, 3, tzinfo=UTC))
    row = line_of(enter("inspector").get("/progress").text, "Trường THCS Mẫu")

    assert "không kịp hạn" in row
    assert re.search(r"\d\d/0[78]", row.split('data-label="Dự kiến xong"')[1])


def test_a_whole_is_not_forecast_before_the_unit_it_waits_for(world: World, enter: Enter) -> None:
    at = datetime(2023, 6, 9, 3, tzinfo=UTC)

    def one_is_slow_and_one_is_quick(work: UnitOfWork) -> None:
        entry = work.session.scalars(select(RosterEntry).where(RosterEntry.kind == SubjectKind.STAFF)).first()
        assert entry is not None
        entry.state, entry.decided_at = RosterState.DONE, at
        for number in range(20):
            done = number < 18
            other = RosterEntry(
                campaign_id=world.campaign_id,
                unit_id=world.units["other_school"],
                kind=SubjectKind.STAFF,
                subject_id=900 + number,
                name=f"Giáo viên {number}",
                sort_key=f"{number:02}",
                state=RosterState.DONE if done else RosterState.OPEN,
                decided_at=at if done else None,
            )
            work.session.add(other)

    world.do(one_is_slow_and_one_is_quick)
    world.clock.set(datetime(2023, 6, 12, 3, tzinfo=UTC))

    page = enter("inspector").get("/progress").text

    row = line_of(page, "Trường THCS Mẫu")
    day = re.search(r"\d\d/0[678]", row.split('data-label="Dự kiến xong"')[1])
    head = page.split('class="figures"')[0]
    assert day is not None
    assert day[0] in head
    assert "muộn nhất: Trường THCS Mẫu" in head
    assert "muộn nhất" not in row


def test_what_was_granted_to_one_school_does_not_move_the_deadline_of_all(world: World, enter: Enter) -> None:
    from workflows.commands.steering.deadlines import extend

    before = enter("inspector").get("/progress").text.split('class="figures"')[0]
    world.do(
        lambda work: extend(
            work,
            actor=world.actor(work, "department_officer"),
            campaign_id=world.campaign_id,
            key="staff",
            level="",
            unit_id=world.units["school"],
            due_at=datetime(2023, 6, 29, 10, tzinfo=UTC),
            reason="Trường bị ngập",
            request_key=None,
        )
    )

    after = enter("inspector").get("/progress").text.split('class="figures"')[0]
    own = enter("principal").get("/progress").text.split('class="figures"')[0]

    dues = re.findall(r'<time datetime="([^"]+)"', before)
    assert set(re.findall(r'<time datetime="([^"]+)"', after)) == set(dues)
    assert "gia hạn cho 1 trường đến 29/06" in after
    assert "2023-06-29" in own
    assert "gia hạn cho" not in own


def behind(client: Client, page: str, words: str) -> str:
    """Follow the figure of these words to the list behind it."""
    figure = next(one for one in page.split("<li>")[1:] if f"<span>{words}</span>" in one)
    address = re.search(r'href="([^"]+)"', figure)
    assert address is not None
    return client.get(unescape(address[1])).text


def test_the_figures_of_reports_open_the_reports_and_nothing_else(world: World, enter: Enter) -> None:
    reported(world)
    client = enter("inspector")

    waiting = behind(client, client.get("/progress").text, "báo cáo chờ tiếp nhận")
    world.complete("inspector", "accept_report", "return", reason="thiếu báo cáo lớp ghép")
    returned = behind(client, client.get("/progress").text, "báo cáo bị trả lại")

    assert waiting.count("data-row ") == returned.count("data-row ") == 1
    assert "Tiếp nhận báo cáo" in waiting
    assert "thiếu báo cáo lớp ghép" in returned


def test_a_finished_school_is_late_with_nothing_and_its_number_opens_what_is_done(
    world: World, enter: Enter
) -> None:
    reported(world)
    world.complete("inspector", "accept_report", "accept")
    world.clock.set(datetime(2023, 7, 20, 3, tzinfo=UTC))

    page = enter("inspector").get("/progress").text
    own = enter("principal").get("/progress").text

    assert "đã xong hết" in own
    assert "quá hạn" not in own.split('class="figures"')[0]
    assert "state=done" in line_of(page, "Trường THCS Mẫu").split("8/8")[0].rpartition("<a")[2]


def test_working_days_are_counted_by_the_calendar_of_the_territory(world: World, enter: Enter) -> None:
    def left(page: str) -> list[str]:
        return re.findall(r"còn (\d+) ngày làm việc", page)

    officer, address = enter("department_officer"), f"/campaigns/{world.campaign_id}"
    before = [left(officer.get(one).text) for one in (address, "/progress")]
    off = [
        LocalDay(unit_id=world.units["department"], day=date(2023, 6, day), is_working=False, name="Bão")
        for day in (6, 7)
    ]
    world.do(lambda work: work.session.add_all(off))

    after = [left(officer.get(one).text) for one in (address, "/progress")]

    assert all(before)
    assert after == [[str(int(one) - 2) for one in counted] for counted in before]


def test_a_deadline_that_is_over_is_told_of_schools_that_are_late(world: World, enter: Enter) -> None:
    at = datetime(2023, 6, 6, 10, tzinfo=UTC)
    rule = Deadline(campaign_id=world.campaign_id, key="staff", level="THCS", due_at=at)
    world.do(lambda work: work.session.add(rule))

    def heading() -> str:
        return enter("department_officer").get("/progress?kind=staff").text.split('class="figures"')[0]

    assert "1 trường hết hạn sớm hơn, từ 06/06" in heading()
    world.clock.advance(days=2)
    assert "1 trường đã hết hạn" in heading()

    staff_done(world)

    assert "hết hạn" not in heading()

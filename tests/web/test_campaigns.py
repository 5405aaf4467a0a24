"""Opening, extending and closing a campaign over HTTP: nothing typed is lost, only the issuer acts."""

import re
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from models.campaign import Campaign, CampaignState, Deadline, DeadlineExtension, RosterEntry
from models.person import Appointment, Position
from models.school import Pupil, SchoolClass, TeachingAssignment
from tests.cast import SCHOOL_YEAR, World
from tests.conftest import Store
from tests.web.territory import Enter, entrance, running_world
from web.composition import Composition
from web.following.campaign_form import example_of, local_instant
from workflows.clock import FixedClock
from workflows.unit_of_work import UnitOfWork

DATES = {
    "deadline_staff": "2023-06-20T17:00",
    "deadline_class": "2023-06-21T17:00",
    "deadline_school": "2023-06-22T17:00",
    "deadline_report": "2023-06-23T17:00",
}


@pytest.fixture
def world(sqlite_store: Store, clock: FixedClock, parts: Composition) -> World:
    return running_world(sqlite_store, clock, parts)


@pytest.fixture
def enter(app: Flask, world: World) -> Enter:
    return entrance(app)


def form(**changes: str) -> dict[str, str]:
    return {
        "title": "Rà soát lần hai",
        "title_en": "Second review",
        "school_year": SCHOOL_YEAR,
        **DATES,
        "deadline_staff_THCS": "2023-06-19T17:00",
        **changes,
    }


def campaigns(world: World) -> list[Campaign]:
    return world.read(lambda session: list(session.scalars(select(Campaign).order_by(Campaign.id))))


def extension(**changes: str) -> dict[str, str]:
    return {
        "key": "class",
        "scope": "all",
        "due_at": "2023-06-28T17:00",
        "reason": "Mưa bão",
        "request_key": "e" * 32,
        "act": "one",
        **changes,
    }


def extensions(world: World) -> list[DeadlineExtension]:
    return world.read(lambda session: list(session.scalars(select(DeadlineExtension))))


def test_what_will_be_frozen_is_shown_before(world: World, enter: Enter) -> None:
    answer = enter("inspector").send("/campaigns/new", **form())

    shown = re.findall(r"<strong>(\d+)</strong><span>([^<,]+)", answer.text)
    assert [(int(number), what) for number, what in shown] == [
        (2, "trường"),
        (6, "người"),
        (2, "lớp"),
        (6, "học sinh"),
    ]
    assert len(campaigns(world)) == 1
    assert "“Rà soát thử” của Sở GD&amp;ĐT Mẫu đang chạy tại các trường này" in answer.text
    assert "không phải ngày làm việc" not in answer.text


def test_what_is_missing_is_said_before(world: World, enter: Enter) -> None:
    def take_away(work: UnitOfWork) -> None:
        work.session.execute(update(Pupil).values(left_on=date(2023, 1, 1)))
        work.session.execute(update(TeachingAssignment).values(ended_on=date(2023, 1, 1)))
        heads = update(Appointment).where(Appointment.position == Position.HEAD)
        work.session.execute(heads.values(until_on=date(2022, 12, 31)))

    whole = enter("inspector").send("/campaigns/new", **form()).text
    world.do(take_away)
    lacking = enter("inspector").send("/campaigns/new", **form()).text

    assert "2 trường chưa có thủ trưởng" not in whole
    assert "2 trường chưa có thủ trưởng" in lacking
    assert "2 lớp chưa có học sinh" in lacking
    assert "2 lớp chưa phân công giáo viên bộ môn" in lacking


def test_kindergarten_groups_lack_no_subject_teachers(world: World, enter: Enter) -> None:
    def make_kindergarten(work: UnitOfWork) -> None:
        work.session.execute(update(TeachingAssignment).values(ended_on=date(2023, 1, 1)))
        work.session.execute(update(SchoolClass).values(grade=-1))

    world.do(make_kindergarten)
    page = enter("inspector").send("/campaigns/new", **form()).text

    assert "chưa phân công giáo viên bộ môn" not in page


def test_a_new_deadline_in_the_past_is_refused_in_words_of_its_own(world: World, enter: Enter) -> None:
    page = enter("inspector").send("/campaigns/new", **form(deadline_staff_THCS="2020-01-01T00:00")).text

    assert "Hạn phải ở trong tương lai." in page


def test_an_extension_without_reason_is_refused_in_words_of_its_own(world: World, enter: Enter) -> None:
    at = f"/campaigns/{world.campaign_id}/extend"
    page = enter("department_officer").send(at, **extension(reason="")).text

    assert "Hãy ghi lý do gia hạn" in page


def test_examples_of_dates_lie_ahead() -> None:
    assert example_of(datetime(2026, 11, 22, tzinfo=UTC)) == "15/06/2027 17:00"
    assert example_of(datetime(2026, 6, 14, tzinfo=UTC)) == "15/06/2026 17:00"


def test_a_deadline_on_a_day_off_is_marked_before(world: World, enter: Enter) -> None:
    answer = enter("inspector").send("/campaigns/new", **form(deadline_report="2023-06-25T17:00"))

    assert answer.text.count("không phải ngày làm việc") == 1


def test_class_reviews_that_end_before_the_staff_are_pointed_out_before(world: World, enter: Enter) -> None:
    client = enter("inspector")
    said = "“Rà soát lớp” kết thúc trước “Rà soát nhân sự”"

    assert said not in client.send("/campaigns/new", **form()).text
    answer = client.send("/campaigns/new", **form(deadline_class="2023-06-16T17:00"))

    assert answer.status_code == 200
    assert said in answer.text


def test_schools_without_classes_in_the_year_are_named_before(world: World, enter: Enter) -> None:
    page = enter("inspector").send("/campaigns/new", **form()).text

    assert f"1 trường không có lớp nào trong năm học {SCHOOL_YEAR}" in page


def test_the_confirmed_campaign_opens_once(world: World, enter: Enter) -> None:
    client = enter("inspector")
    confirmed = form(act="open", request_key="k" * 32)

    first = client.send("/campaigns/new", **confirmed)
    client.send("/campaigns/new", **confirmed)

    assert first.status_code == 303
    _, opened = campaigns(world)
    assert (opened.title, opened.unit_id) == ("Rà soát lần hai", world.units["district"])
    count = select(func.count()).where(RosterEntry.campaign_id == opened.id)
    assert world.read(lambda session: session.scalar(count)) == 16
    page = client.get(first.headers["Location"]).text
    assert "17:00 thứ Hai 19/06" in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"deadline_report": ""}, "deadline_report"),
        ({"deadline_class": "nonsense"}, "deadline_class"),
        ({"deadline_school": "2023-06-01T17:00"}, "deadline_school"),
        ({"deadline_staff_THCS": "2020-01-01T00:00"}, "deadline_staff_THCS"),
        ({"deadline_report": "9999-12-31T17:00"}, "deadline_report"),
        ({"deadline_report": "2025-06-09T17:00"}, "deadline_report"),
        ({"deadline_school": "2023-06-19T17:00"}, "deadline_school"),
        ({"deadline_report": "2023-06-21T17:00"}, "deadline_report"),
        ({"deadline_staff_THCS": "2023-06-22T17:01"}, "deadline_staff_THCS"),
        ({"school_year": "2099-2100"}, "school_year"),
    ],
)
@pytest.mark.parametrize("act", ["look", "open"])
def test_a_refused_form_keeps_everything(
    world: World, enter: Enter, changes: dict[str, str], field: str, act: str
) -> None:
    given = form(**changes)

    answer = enter("inspector").send("/campaigns/new", act=act, **given)

    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    for name, value in given.items():
        if name != "school_year":
            assert f'value="{value}"' in answer.text
    assert len(campaigns(world)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "15/06/2023 17:00",
        "15.6.2023, 17:00",
        "15-06-2023 17h00",
        "15 06 2023 17 00",
        "17:00 15/06/2023",
        "17h00 15/6/2023",
        "2023-06-15T17:00",
        "2023-06-15 17:00",
    ],
)
def test_an_instant_is_typed_as_people_here_write_it(text: str) -> None:
    assert local_instant(text) == datetime(2023, 6, 15, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "15/06/2023", "31/02/2023 17:00", "15/06/23 17:00", "15/06/2023 25:00", "mai 17:00", "1" * 50],
)
def test_what_is_no_instant_is_none(text: str) -> None:
    assert local_instant(text) is None


def test_dates_of_a_campaign_are_typed_and_come_back_the_vietnamese_way(world: World, enter: Enter) -> None:
    client, typed = enter("inspector"), "31/02/2023 17:00"
    page = client.get("/campaigns/new").text

    answer = client.send(
        "/campaigns/new", **form(deadline_class=typed, deadline_staff="20/06/2023 17:00", act="look")
    )

    assert "datetime-local" not in page
    assert page.count('placeholder="dd/mm/yyyy HH:MM"') >= 4
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text
    assert "15/06/2023 17:00" in answer.text.split('id="field-deadline_class-error"')[1].split("</div>")[0]
    assert 'id="field-deadline_staff-error"' not in answer.text


def test_who_goes_back_finds_everything(world: World, enter: Enter) -> None:
    answer = enter("inspector").send("/campaigns/new", act="edit", **form())

    assert 'value="Second review"' in answer.text
    assert 'value="2023-06-19T17:00"' in answer.text


@pytest.mark.parametrize("who", ["administrator", "principal", "homeroom"])
def test_others_do_not_open_campaigns(world: World, enter: Enter, who: str) -> None:
    client = enter(who)

    assert client.get("/campaigns/new").status_code == 403
    assert client.send("/campaigns/new", act="open", **form()).status_code == 403


def test_nobody_opens_for_another_unit(world: World, enter: Enter) -> None:
    given = form(act="open", unit=str(world.units["department"]))

    assert enter("inspector").send("/campaigns/new", **given).status_code == 403


def test_an_extension_is_kept_with_from_to_and_why(world: World, enter: Enter) -> None:
    client = enter("department_officer")

    answer = client.send(f"/campaigns/{world.campaign_id}/extend", **extension())

    assert answer.status_code == 303
    page = re.sub(r"<[^>]+>", "", client.get(f"/campaigns/{world.campaign_id}").text)
    assert "17:00 thứ Sáu 16/06 → 17:00 thứ Tư 28/06" in page
    assert "Mưa bão" in page


def test_an_extension_beyond_later_deadlines_is_shown_first_and_moves_them_along(
    world: World, enter: Enter
) -> None:
    client, at = enter("department_officer"), f"/campaigns/{world.campaign_id}/extend"

    looked = client.send(at, **extension(act="look"))

    assert looked.status_code == 200
    assert "Xác nhận toàn trường" in looked.text
    assert 'value="all"' in looked.text
    assert "Mưa bão" in looked.text
    assert extensions(world) == []
    assert client.send(at, **extension(act="all")).status_code == 303
    assert {one.key for one in extensions(world)} == {"class", "school", "report"}
    assert "is-invalid" not in client.send(at, **extension(act="edit")).text


def test_a_holiday_is_named_before_a_deadline_is_put_on_it(world: World, enter: Enter) -> None:
    client, at = enter("department_officer"), f"/campaigns/{world.campaign_id}/extend"

    extended = client.send(at, **extension(act="look", key="report", due_at="2023-09-01T17:00"))
    opened = enter("inspector").send("/campaigns/new", **form(deadline_report="2023-09-01T17:00"))

    assert "không phải ngày làm việc: Quốc khánh" in extended.text
    assert "không phải ngày làm việc: Quốc khánh" in opened.text


def test_a_deadline_in_the_night_of_a_saturday_is_shown_first(world: World, enter: Enter) -> None:
    client, at = enter("department_officer"), f"/campaigns/{world.campaign_id}/extend"

    looked = client.send(at, **extension(act="look", key="report", due_at="2023-07-08T23:59"))

    assert "không phải ngày làm việc" in looked.text or "ngày nghỉ" in looked.text
    assert extensions(world) == []
    assert (
        client.send(at, **extension(act="look", key="report", due_at="2023-07-07T17:00")).status_code == 303
    )


@pytest.mark.parametrize(
    ("scope", "level", "whose"), [("level:THCS", "THCS", None), ("unit:school", "", "school")]
)
def test_an_extension_for_some(world: World, enter: Enter, scope: str, level: str, whose: str | None) -> None:
    unit_id = world.units[whose] if whose else None

    enter("department_officer").send(
        f"/campaigns/{world.campaign_id}/extend",
        **extension(scope=f"unit:{unit_id}" if unit_id else scope),
    )

    (one,) = extensions(world)
    assert (one.level, one.unit_id) == (level, unit_id)


def test_the_form_says_which_deadlines_of_their_own_an_extension_for_all_moves(
    world: World, enter: Enter
) -> None:
    client, at = enter("department_officer"), f"/campaigns/{world.campaign_id}"
    plain = client.get(at).text
    client.send(f"{at}/extend", **extension(scope="level:THCS", due_at="2023-06-20T17:00"))

    page = client.get(at).text.split('id="extend"')[1]
    client.send(f"{at}/extend", **extension(due_at="2023-06-30T17:00", request_key="f" * 32))

    assert "“Hạn chung” cũng dời" not in plain
    assert "“Hạn chung” cũng dời các hạn riêng sau đây" in page
    assert re.search(r"Rà soát lớp: THCS <time[^>]*>17:00 thứ Ba 20/06", page)
    moved = world.read(lambda session: set(session.scalars(select(Deadline.due_at).filter_by(key="class"))))
    assert moved == {datetime(2023, 6, 30, 10, tzinfo=UTC)}


@pytest.mark.parametrize("act", ["look", "one", "all"])
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"due_at": "someday"}, "due_at"),
        ({"due_at": "2023-06-06T17:00"}, "due_at"),
        ({"due_at": "0001-01-01T00:00"}, "due_at"),
        ({"due_at": "2090-01-01T17:00"}, "due_at"),
        ({"due_at": "9999-12-31T17:00"}, "due_at"),
        ({"scope": "planet:mars"}, "scope"),
        ({"scope": "unit:424242"}, "scope"),
        ({"key": "lunch"}, "key"),
    ],
)
def test_a_refused_extension_keeps_what_was_typed(
    world: World, enter: Enter, changes: dict[str, str], field: str, act: str
) -> None:
    given = extension(act=act, **changes)

    answer = enter("department_officer").send(f"/campaigns/{world.campaign_id}/extend", **given)

    assert answer.status_code == 422
    assert "is-invalid" in answer.text
    assert field == "reason" or given["reason"] in answer.text
    assert f'value="{given["due_at"]}"' in answer.text
    assert extensions(world) == []


@pytest.mark.parametrize(("who", "status"), [("inspector", 403), ("principal", 403), ("homeroom", 403)])
def test_only_the_issuer_extends_and_closes(world: World, enter: Enter, who: str, status: int) -> None:
    client = enter(who)
    at = f"/campaigns/{world.campaign_id}"

    assert client.send(f"{at}/extend", **extension()).status_code == status
    assert client.send(f"{at}/close", request_key="c" * 32).status_code == status
    assert campaigns(world)[0].state is CampaignState.RUNNING
    assert "btn-return" not in client.get(at).text


def test_closing_ends_what_runs(world: World, enter: Enter) -> None:
    client = enter("department_officer")

    assert client.send(f"/campaigns/{world.campaign_id}/close", request_key="c" * 32).status_code == 303

    assert campaigns(world)[0].state is CampaignState.CLOSED
    assert world.steps() == {}
    late = client.send(f"/campaigns/{world.campaign_id}/extend", **extension())
    assert late.status_code == 409


def test_the_list_shows_running_and_closed_ones(world: World, enter: Enter) -> None:
    assert "Rà soát thử" in enter("principal").get("/campaigns").text
    assert enter("inspector").get("/campaigns/424242").status_code == 404

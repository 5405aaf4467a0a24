"""The list behind the bell: one row a task, the newest word on it."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from models.notification import Message
from tests.cast import World
from tests.commands.chain import CONFIRMED, classes_done, staff_done
from tests.conftest import Store
from tests.web.territory import Enter, entrance, running_world
from web.composition import Composition
from workflows.clock import FixedClock
from workflows.notify.outbox import announce


@pytest.fixture
def world(sqlite_store: Store, clock: FixedClock, parts: Composition) -> World:
    return running_world(sqlite_store, clock, parts)


@pytest.fixture
def enter(app: Flask, world: World) -> Enter:
    return entrance(app)


def test_notices_of_one_task_are_one_row_with_the_newest(world: World, enter: Enter) -> None:
    task = world.task("review_pupils", "6A")
    for message in (Message.TASK_DUE_SOON, Message.TASK_OVERDUE):
        world.do(
            lambda work, message=message: announce(
                work, message, person_ids=[world.people["homeroom"]], task_id=task.id
            )
        )

    page = enter("homeroom").get("/notices").text

    assert page.count(f'href="/tasks/{task.id}"') == 1
    assert "Quá hạn: " in page
    assert "Sắp đến hạn: " not in page.partition("thông báo trước đó")[0]


def test_what_was_opened_says_which_and_rows_look_alike(world: World, enter: Enter) -> None:
    page = enter("homeroom").get("/notices").text

    assert "việc mới, " not in page
    assert "rà soát từng học sinh" in page
    assert len(re.findall(r'id="notice-', page)) == page.count('class="task-row-title"')


def test_what_is_reported_late_says_who_has_it_also_while_a_position_has_it(
    world: World, enter: Enter
) -> None:
    task = world.task("assign_officer", "Trường THCS Mẫu")
    world.do(
        lambda work: announce(
            work, Message.TASK_ESCALATED, person_ids=[world.people["inspector"]], task_id=task.id
        )
    )

    page = enter("inspector").get("/notices").text

    assert "Người xử lý: thủ trưởng Trường THCS Mẫu." in page


def test_notices_stand_in_order_of_time_page_by_page(world: World, enter: Enter, clock: FixedClock) -> None:
    later = clock.now()
    # Written later, about an earlier instant: a worker caught up.
    for number in range(60):
        clock.set(later - timedelta(hours=number))
        world.do(
            lambda work, number=number: announce(
                work, Message.ACCESS_CHANGED, person_ids=[world.people["stranger"]], details={"count": number}
            )
        )
    clock.set(later)
    client = enter("stranger")

    first = client.get("/notices").text
    leads = re.search(r'href="(/notices\?before=\d+)"', first)
    assert leads
    second = client.get(leads[1]).text
    shown = [re.findall(r'class="task-row-due"><time datetime="([^"]+)"', page) for page in (first, second)]

    assert len(shown[0]) == 50
    assert len(shown[1]) >= 10
    assert [*shown[0], *shown[1]] == sorted([*shown[0], *shown[1]], reverse=True)


def test_who_sent_a_report_is_told_when_it_was_accepted(world: World, enter: Enter) -> None:
    staff_done(world)
    classes_done(world)
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)
    world.complete("inspector", "accept_report", "accept")

    page = enter("principal").get("/notices").text

    assert "Chấp nhận báo cáo: Trường THCS Mẫu. Người xử lý: thầy Chuyên Viên Một." in page
    assert "Chấp nhận báo cáo: Trường THCS Mẫu" not in enter("inspector").get("/notices").text

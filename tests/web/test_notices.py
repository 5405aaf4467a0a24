"""The list behind the bell: one row a task, the newest word on it."""

import re

import pytest
from flask import Flask

from models.notification import Message
from tests.cast import World
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
    assert "Sắp đến hạn: " not in page


def test_what_was_opened_says_which_and_rows_look_alike(world: World, enter: Enter) -> None:
    page = enter("homeroom").get("/notices").text

    assert "việc mới, " not in page
    assert "rà soát từng học sinh" in page
    assert len(re.findall(r'id="notice-', page)) == page.count('class="task-row-title"')

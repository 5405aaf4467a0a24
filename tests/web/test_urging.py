"""Urging a unit: each one's words stay readable, and two fingers do not urge twice (C4, P4.3)."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.journal import JournalEntry, JournalKind
from models.notification import Message, Notification
from tests.cast import World
from tests.conftest import Store
from tests.web.conftest import Client
from tests.web.territory import Enter, entrance, running_world
from web.composition import Composition
from workflows.clock import FixedClock
from workflows.notify.outbox import announce

FIRST, SECOND = "Đề nghị xong trước 08/06", "Nhờ thầy cô gửi ngay hôm nay"


@pytest.fixture
def world(sqlite_store: Store, clock: FixedClock, parts: Composition) -> World:
    return running_world(sqlite_store, clock, parts)


@pytest.fixture
def enter(app: Flask, world: World) -> Enter:
    return entrance(app)


def urge(client: Client, world: World, words: str, key: str) -> tuple[int, str]:
    answer = client.send(
        f"/progress/urge?campaign={world.campaign_id}",
        urged_unit=world.units["school"],
        words=words,
        request_key=key * 32,
    )
    return answer.status_code, answer.text


def times_urged(world: World) -> int:
    entries = select(func.count()).where(JournalEntry.kind == JournalKind.URGED)
    return world.read(lambda session: session.scalar(entries)) or 0


def test_the_words_of_every_urging_stay_readable(world: World, enter: Enter, clock: FixedClock) -> None:
    inspector = enter("inspector")
    assert urge(inspector, world, FIRST, "a")[0] == 303
    clock.advance(minutes=5)
    assert urge(inspector, world, SECOND, "b")[0] == 303

    principal = enter("principal")
    notices = principal.get("/notices").text
    told = select(Notification.task_id).where(
        Notification.person_id == world.people["principal"], Notification.message == Message.URGED
    )
    task_id = world.read(lambda session: session.scalars(told).first())
    page = principal.get(f"/tasks/{task_id}").text

    for words in (FIRST, SECOND):
        assert words in notices
        assert words in page
    assert "08:00 thứ Hai 05/06" in page
    assert "08:05 thứ Hai 05/06" in page
    # It was not written for them.
    own = world.task("review_pupils", "6A")
    assert FIRST not in enter("homeroom").get(f"/tasks/{own.id}").text


def test_the_same_words_within_an_hour_are_refused_with_who_and_when(
    world: World, enter: Enter, clock: FixedClock
) -> None:
    assert urge(enter("inspector"), world, "", "a")[0] == 303
    clock.advance(minutes=20)

    status, page = urge(enter("department_officer"), world, "  ", "b")

    assert status == 422
    assert "lúc 08:00 05/06/2023" in page
    assert times_urged(world) == 1
    assert urge(enter("department_officer"), world, SECOND, "c")[0] == 303
    clock.advance(minutes=41)
    assert urge(enter("inspector"), world, "", "d")[0] == 303
    assert times_urged(world) == 3


def test_earlier_notices_of_a_task_stay_at_hand_with_their_days(
    world: World, enter: Enter, clock: FixedClock
) -> None:
    task = world.task("review_pupils", "6A")
    for message in (Message.TASK_DUE_SOON, Message.TASK_OVERDUE):
        world.do(
            lambda work, message=message: announce(
                work, message, person_ids=[world.people["homeroom"]], task_id=task.id
            )
        )
        clock.set(clock.now() + timedelta(days=1))

    page = enter("homeroom").get("/notices").text

    newest, _, earlier = page.partition("<details><summary>2 thông báo trước đó</summary>")
    assert "Quá hạn: " in newest
    assert "Sắp đến hạn: " in earlier
    assert "thứ Hai 05/06" in earlier

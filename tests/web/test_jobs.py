"""The order of the worker's jobs: mails wait for the ladder, but not for ever."""

from dataclasses import replace

import pytest
from flask import Flask

from models.calendar import Setting
from tests.cast import World, build_world
from tests.commands.chain import local
from tests.conftest import Store
from web.composition import Composition
from web.config import Config
from web.jobs import BEATS_HELD, after_the_ladder, to_real_people
from workflows.clock import FixedClock
from workflows.unit_of_work import begin_work


@pytest.fixture
def world(sqlite_store: Store, clock: FixedClock) -> World:
    world = build_world(sqlite_store, clock)
    world.publish_shipped()
    world.open_campaign()
    return world


def test_mails_go_once_the_ladder_has_been_climbed(world: World) -> None:
    sent: list[int] = []

    def send(limit: int) -> int:
        sent.append(limit)
        return 3

    run = after_the_ladder(lambda: begin_work(world.store.make_session, world.engine, world.clock), send)
    assert run(50) == 3
    world.clock.set(local("2023-06-16T17:30"))

    assert run(50) == 0
    assert sent == [50]
    world.run_worker()
    assert run(20) == 3
    assert sent == [50, 20]


def test_a_ladder_that_does_not_get_on_holds_mails_for_a_while_only(world: World) -> None:
    world.clock.set(local("2023-06-16T17:30"))
    run = after_the_ladder(
        lambda: begin_work(world.store.make_session, world.engine, world.clock), lambda limit: limit
    )

    answers = [run(50) for _ in range(2 * (BEATS_HELD + 1))]

    assert answers == ([0] * BEATS_HELD + [50]) * 2


@pytest.mark.parametrize(
    ("accounts", "mails", "sent"), [(False, False, 50), (True, False, 0), (True, True, 50)]
)
def test_a_demonstration_mails_nobody_unless_told_to(
    app: Flask, parts: Composition, config: Config, accounts: bool, mails: bool, sent: int
) -> None:
    if accounts:
        with begin_work(parts.sessions, parts.engine, parts.clock) as work:
            work.session.add(Setting(key="demo_accounts", value={"password": "x", "groups": []}))
    told = replace(parts, config=replace(config, demo_mails=mails))

    assert to_real_people(told, lambda limit: limit)(50) == sent

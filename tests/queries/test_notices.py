"""A person's notices: pages in the order of time, by the index of person and time."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from models.notification import MailState, Message, Notification
from tests.bench.stores import settle
from tests.cast import World, build_world
from tests.conftest import Store
from tests.plans import plan_of
from workflows.clock import FixedClock
from workflows.queries.notices import PAGE, notices_of, page_query

MANY = 4_000


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def test_pages_hold_every_notice_once_and_walk_the_index_of_time(world: World) -> None:
    mine = world.people["homeroom"]
    fill(world)
    settle(world.store)

    first = world.read(lambda s: notices_of(s, mine))
    second = world.read(lambda s: notices_of(s, mine, before=first.older))
    plan = plan_of(world.store, page_query(mine, first.older))

    shown = [(one.created_at, one.id) for page in (first, second) for one in page.notices]
    assert shown == sorted(shown, reverse=True)
    assert len(set(shown)) == 2 * PAGE
    assert "ix_notification_person" in plan
    # The place bounds the walk: pages far down cost what the first costs.
    assert "person_id=? AND created_at<?" in plan or "ROW(created_at, id) <" in plan, plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
    assert "Seq Scan" not in plan


def fill(world: World) -> None:
    """Enter notices to several people, several of them at one instant, not in the order of time."""
    people = [world.people["homeroom"], world.people["officer"]]
    with world.store.make_session() as session:
        rows = [
            {
                "person_id": people[number % 2],
                "message": Message.TASK_OPENED,
                "unit_id": world.units["school"],
                "context": {},
                "mail_state": MailState.NONE,
                "created_at": world.clock.now() - timedelta(minutes=number * 7919 % 500),
            }
            for number in range(MANY)
        ]
        session.execute(insert(Notification), rows)
        session.commit()

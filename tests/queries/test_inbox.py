"""The inbox: what a person can act on, page by page, found by walking one index for each source."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from models.task import Task
from tests.bench.figures import Progress
from tests.bench.inbox import DAYS, fill
from tests.bench.school import STEPS
from tests.bench.stores import settle
from tests.conftest import MONDAY, Store
from workflows.actor import Actor
from workflows.queries.work.inbox import InboxRow, inbox_of, page_statement
from workflows.queries.work.inbox_list import Cursor, InboxFilter, Order, shape_of, values_of
from workflows.queries.work.inbox_place import next_in, place_of

SOURCES = ("ix_task_assignee", "ix_task_role")
ELEMENT, _ = STEPS["review"]


@pytest.mark.parametrize("order", Order)
def test_pages_hold_everything_once_in_the_order_asked_for(store: Store, order: Order) -> None:
    # One task in four is the person's, one in four waits for the role.
    actor = fill(store, 400, Progress(False), share=4)
    _return_some(store)

    seen, after = [], None
    with store.make_reading_session() as session:
        while True:
            page = inbox_of(session, actor, InboxFilter(order=order), DAYS, after, limit=30)
            seen += [_sorts_by(row, order) for row in page.rows]
            if page.next is None:
                break
            after = Cursor.read(str(page.next), order)

    assert len(seen) == 200
    assert seen == sorted(set(seen), reverse=order is Order.RECEIVED)


@pytest.mark.parametrize("order", Order)
def test_neighbours_of_a_task_are_those_of_its_list(store: Store, order: Order) -> None:
    actor, wanted = fill(store, 80, Progress(False), share=4), InboxFilter(order=order)
    _return_some(store)

    with store.make_reading_session() as session:
        rows = inbox_of(session, actor, wanted, DAYS).rows
        places = [place_of(session, actor, wanted, DAYS, Cursor.of(row, order)) for row in rows]
        after_last = next_in(session, actor, wanted, DAYS, Cursor.of(rows[-1], order))

    ids = [row.id for row in rows]
    assert [place.number for place in places if place] == list(range(1, 41))
    assert [place.previous for place in places if place] == [None, *ids[:-1]]
    assert [place.following for place in places if place] == [*ids[1:], None]
    assert after_last == ids[0]


def test_returned_work_stands_before_the_new_work_of_its_day(store: Store) -> None:
    actor = fill(store, 40, Progress(False), share=2)
    soon, late = MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=9)
    due = (MONDAY - timedelta(hours=1), soon, late, late)
    with store.make_session() as session:
        mine = session.scalars(select(Task).where(Task.assignee_id == actor.person_id).limit(4)).all()
        for task, due_at in zip(mine, due, strict=True):
            task.due_at = due_at
        mine[2].returned_reason = "thiếu mã định danh"
        ids = [task.id for task in mine]
        session.commit()

    with store.make_reading_session() as session:
        rows = [row.id for row in inbox_of(session, actor, InboxFilter(), DAYS).rows]

    # What is overdue since this morning is a group of its own, before all that is due today.
    assert [one for one in rows if one in ids] == [ids[0], ids[2], ids[1], ids[3]]


def _sorts_by(row: InboxRow, order: Order) -> tuple[Any, ...]:
    return DAYS.place(row) if order is Order.DUE else (getattr(row, order.column.key), row.id)


def _return_some(store: Store) -> None:
    """Send a part of the work back."""
    with store.make_session() as session:
        session.execute(update(Task).where(Task.id % 3 == 0).values(returned_reason="thiếu mã định danh"))
        session.commit()


def test_a_page_walks_the_indexes_of_open_tasks_and_sorts_nothing(store: Store) -> None:
    # So many that sorting them would cost more than a page.
    actor = fill(store, 5_000, Progress(False), share=2)
    settle(store)
    expected = ("Limit", "Index Scan") if store.kind == "postgresql" else ("SEARCH",)
    with store.make_reading_session() as session:
        second = inbox_of(session, actor, InboxFilter(), DAYS).next

    for after in (None, second):
        plans = _plans(store, actor, InboxFilter(), after)

        assert tuple(plan.index for plan in plans) == SOURCES
        assert {plan.ways for plan in plans} == {expected}
        # A later page begins where the one before ended, it does not read up to there again.
        assert all(("due_at" in plan.bounds) == (after is not None) for plan in plans)

    school = next(held.unit_id for held in actor.held)
    for narrowed in (InboxFilter(unit_id=school), InboxFilter(element_id=ELEMENT), InboxFilter(words="thu")):
        plans = _plans(store, actor, narrowed)

        assert tuple(plan.index for plan in plans) == SOURCES
        assert {plan.ways for plan in plans} == {expected}


@pytest.mark.parametrize("order", [Order.RECEIVED, Order.NAME])
def test_other_orders_sort_what_a_source_holds_and_no_more(store: Store, order: Order) -> None:
    # One task in fifty is the person's: the others stay untouched.
    actor = fill(store, 5_000, Progress(False), share=50)
    settle(store)

    plans = _plans(store, actor, InboxFilter(order=order))

    assert tuple(plan.index for plan in plans) == SOURCES


@dataclass
class _Plan:
    """How the database would go about one source: the index, the bounds within it, the ways it takes."""

    index: str
    bounds: str
    ways: tuple[str, ...]


def _plans(store: Store, actor: Actor, wanted: InboxFilter, after: Cursor | None = None) -> list[_Plan]:
    statement = page_statement(shape_of(actor, wanted), after is not None)
    filled = statement.params({**values_of(actor, wanted, after, DAYS), "most": 51})
    sql = str(filled.compile(store.engine, compile_kwargs={"literal_binds": True}))
    with store.engine.connect() as connection:
        if store.kind == "sqlite":
            steps = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
            return _sqlite_plans([step for step in steps if step.startswith(("SEARCH", "SCAN task", "USE"))])
        answer = connection.execute(text(f"EXPLAIN (FORMAT JSON) {sql}".replace(":", "\\:"))).scalar_one()
    top = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    assert top["Node Type"] == "Append"
    return [_postgresql_plan(node) for node in top["Plans"]]


def _sqlite_plans(steps: Sequence[str]) -> list[_Plan]:
    plans: list[_Plan] = []
    for step in steps:
        found = re.search(r"USING (?:COVERING )?INDEX (\w+) (.*)", step)
        if found is not None:
            plans.append(_Plan(found[1], found[2], ("SEARCH",)))
        else:
            plans[-1].ways += (step,)
    return plans


def _postgresql_plan(node: dict[str, Any]) -> _Plan:
    ways = [node["Node Type"]]
    while "Plans" in node:
        (node,) = node["Plans"]
        ways.append(node["Node Type"])
    return _Plan(node["Index Name"], node["Index Cond"], tuple(ways))

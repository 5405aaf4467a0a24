"""The inbox: what a person can act on, page by page, found by walking one index for each source."""

import json
import re
from typing import Any

from sqlalchemy import Select, text

from tests.bench.figures import Progress
from tests.bench.inbox import fill
from tests.bench.stores import settle
from tests.conftest import MONDAY, Store
from workflows.queries.work.inbox import Cursor, InboxFilter, inbox_of, page_queries

EVERYTHING = InboxFilter()
INDEXES = ["ix_task_assignee", "ix_task_role"]


def test_pages_hold_everything_once_in_the_order_of_due_times(store: Store) -> None:
    # One task in four is the person's, one in four waits for the role.
    actor = fill(store, 400, Progress(False), share=4)

    seen, after = [], None
    with store.make_reading_session() as session:
        while True:
            page = inbox_of(session, actor, EVERYTHING, after, limit=30)
            seen += [(row.due_at, row.id) for row in page.rows]
            if page.next is None:
                break
            after = Cursor.read(str(page.next))

    assert len(seen) == 200
    assert seen == sorted(set(seen))


def test_a_page_walks_the_indexes_of_open_tasks_and_sorts_nothing(store: Store) -> None:
    # So many that sorting them would cost more than a page.
    actor = fill(store, 20_000, Progress(False), share=2)
    settle(store)

    for after in (None, Cursor(MONDAY, 1_000)):
        plans = [_plan(store, query) for query in page_queries(actor, EVERYTHING, after, 51)]

        assert [plan.index for plan in plans] == INDEXES
        expected = ("Limit", "Index Scan") if store.kind == "postgresql" else ("SEARCH",)
        assert {plan.ways for plan in plans} == {expected}
        # A later page begins where the one before ended, it does not read up to there again.
        assert all(("due_at" in plan.bounds) == (after is not None) for plan in plans)


class _Plan:
    """How the database would go about a query: the ways it takes, the index, the bounds within it."""

    ways: tuple[str, ...]
    index: str
    bounds: str


def _plan(store: Store, query: Select[*tuple[Any, ...]]) -> _Plan:
    sql = str(query.compile(store.engine, compile_kwargs={"literal_binds": True}))
    plan = _Plan()
    with store.engine.connect() as connection:
        if store.kind == "sqlite":
            steps = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
            plan.ways = tuple(step.split()[0] for step in steps)
            found = re.search(r"USING (?:COVERING )?INDEX (\w+) (.*)", steps[0])
            assert found is not None, steps
            plan.index, plan.bounds = found.groups()
            return plan
        answer = connection.execute(text(f"EXPLAIN (FORMAT JSON) {sql}".replace(":", "\\:"))).scalar_one()
    node = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    ways = [node["Node Type"]]
    while "Plans" in node:
        (node,) = node["Plans"]
        ways.append(node["Node Type"])
    plan.ways, plan.index, plan.bounds = tuple(ways), node["Index Name"], node["Index Cond"]
    return plan

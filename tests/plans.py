"""How a database would go about a query, in its own words."""

from typing import Any

from sqlalchemy import Select, text

from tests.conftest import Store


def plan_of(store: Store, query: Select[Any] | str) -> str:
    """Give the plan, a line for each step; the values of a query are written into it as they are."""
    compiled = (
        query
        if isinstance(query, str)
        else query.compile(store.engine, compile_kwargs={"literal_binds": True})
    )
    explain = "EXPLAIN QUERY PLAN" if store.kind == "sqlite" else "EXPLAIN"
    with store.engine.connect() as connection:
        rows = connection.execute(text(f"{explain} {compiled}".replace(":", "\\:")))
        return "\n".join(str(row[-1]) for row in rows)

"""The PostgreSQL server goes away while a page is read."""

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.faults.installation import Houses
from web.request_work import read_session


@pytest.mark.postgresql
@pytest.mark.slow
def test_server_gone_after_the_last_read_of_a_page(houses: Houses, tmp_path: Path) -> None:
    with houses.open("postgresql", tmp_path) as place:
        house = place.house
        with house.app.test_request_context("/"):
            own = read_session().scalar(text("SELECT pg_backend_pid()"))

            houses.stores.server.execute(f"SELECT pg_terminate_backend({own})")

        # The context has ended without an error, and the next page finds a connection.
        assert house["principal"].open_inbox().status == 200

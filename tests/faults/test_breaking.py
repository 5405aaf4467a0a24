"""The PostgreSQL server is restarted at once under load, and the lines to it break in the middle of COMMIT."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from tests.acceptance.house import found_house
from tests.bench.stores import Stores, open_stores
from tests.conftest import MONDAY
from tests.faults.breaking import line_cut_in_commit, server_restarted_at_once
from tests.faults.installation import ROUNDS, open_installation, through
from tests.faults.proxy import Proxy
from web.request_work import read_session
from workflows.clock import FixedClock

pytestmark = [pytest.mark.postgresql, pytest.mark.slow]


@pytest.fixture(scope="module")
def stores() -> Iterator[Stores]:
    """Give stores that are as durable as in production, on a server of their own."""
    with open_stores() as opened:
        yield opened


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_server_restarted_at_once(stores: Stores, tmp_path: Path, round_number: int) -> None:
    with stores.empty("postgresql") as store, open_installation(store, tmp_path) as place:
        verdict = server_restarted_at_once(place, stores.server, Random(round_number))

        assert verdict.faults == []
        for process in place.processes.all:
            assert "Traceback" not in process.written, process.written


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_line_cut_in_commit(stores: Stores, tmp_path: Path, round_number: int) -> None:
    proxy = Proxy(stores.server.folder)
    with (
        stores.empty("postgresql") as store,
        open_installation(store, tmp_path, through(store.url, proxy)) as place,
    ):
        verdict = line_cut_in_commit(place, proxy, Random(round_number))

        assert verdict.faults == []
        for process in place.processes.all:
            assert "Traceback" not in process.written, process.written
    proxy.close()


def test_server_gone_after_the_last_read_of_a_page(stores: Stores, tmp_path: Path) -> None:
    with stores.empty("postgresql") as store:
        house = found_house(store, FixedClock(MONDAY), tmp_path)
        with house.app.test_request_context("/"):
            own = read_session().scalar(text("SELECT pg_backend_pid()"))

            stores.server.execute(f"SELECT pg_terminate_backend({own})")

        # The context has ended without an error, and the next page finds a connection.
        assert house["principal"].open_inbox().status == 200
        house.close()

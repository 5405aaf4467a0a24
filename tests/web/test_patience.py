"""A process that starts while the database server is away asks again, says so now and then, and goes on."""

import logging
import sqlite3
from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from web import patience
from web.patience import once_it_answers


def failing(times: int, error: Exception) -> Callable[[], str]:
    left = [OperationalError("", {}, error)] * times

    def act() -> str:
        if left:
            raise left.pop()
        return "done"

    return act


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize(
    "error", [psycopg.OperationalError("connection refused"), psycopg.errors.CannotConnectNow("starting up")]
)
def test_who_is_away_is_asked_again_and_said_once(caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    with caplog.at_level(logging.ERROR):
        assert once_it_answers(failing(5, error)) == "done"

    assert [str(error) in record.getMessage() for record in caplog.records] == [True]


@pytest.mark.parametrize(
    "error", [psycopg.errors.DiskFull("full"), sqlite3.OperationalError("no such table")]
)
def test_what_waiting_does_not_mend_is_raised(error: Exception) -> None:
    with pytest.raises(OperationalError):
        once_it_answers(failing(1, error))

"""Whether a process and its database answer, told to whoever asks, and nothing else."""

import pytest
from flask import Flask

from tests.web.test_errors import take_away
from web.composition import Composition


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_health_is_told_to_anybody(app: Flask, method: str) -> None:
    answer = app.test_client().open("/health", method=method)

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.text == ("ok\n" if method == "GET" else "")


def test_without_its_database_a_process_is_not_healthy(app: Flask, parts: Composition) -> None:
    take_away(parts)

    answer = app.test_client().get("/health")

    assert (answer.status_code, answer.text) == (503, "no database\n")

"""What proxies say about the visitor reaches the application that `serve` runs, when it is told of them."""

import urllib.request
from dataclasses import replace
from threading import Thread

import pytest
from flask import Flask, request

from tests.web.conftest import Applications
from web import server
from web.access import access, public
from web.config import Config
from workflows.clock import FixedClock

SAID = {
    "X-Forwarded-For": "192.0.2.66, 192.0.2.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "rasoat.example",
}


def add_mirror(app: Flask) -> None:
    @app.get("/mirror")
    @access(public)
    def mirror() -> str:
        return f"{request.remote_addr} {request.scheme} {request.host.partition(':')[0]}"


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [(0, "127.0.0.1 http 127.0.0.1"), (1, "192.0.2.7 https rasoat.example")],
)
def test_only_proxies_in_front_are_believed(
    applications: Applications, config: Config, clock: FixedClock, proxies: int, seen: str
) -> None:
    config = replace(config, trusted_proxies=proxies)
    app = applications.give(config, clock, add_mirror)
    listening = server.listen(app, config, "127.0.0.1", 0)
    thread = Thread(target=listening.run, daemon=True)
    thread.start()

    asked = urllib.request.Request(f"http://127.0.0.1:{listening.effective_port}/mirror", headers=SAID)
    with urllib.request.urlopen(asked, timeout=10) as answer:
        told = answer.read().decode()
    listening.close()

    assert told == seen

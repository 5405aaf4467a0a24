"""The door for other programs: token, words for what is wrong, one effect for a repeated request."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models.event import SentEvent
from tests.cast import build_world
from tests.conftest import Store
from tests.engine.diagrams import MESSAGE, element, line, user
from web.app import create_app
from web.composition import Composition, composition
from web.config import BadSetting, Config, config_from_environment
from workflows.clock import FixedClock

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, event_token=SECRET)


def send(app: Flask, given: Any, token: str = SECRET, **headers: str) -> Any:
    client: FlaskClient = app.test_client()
    return client.post("/events", json=given, headers={"Authorization": f"Bearer {token}", **headers})


def test_message_nobody_waits_for_is_kept_once(app: Flask, parts: Composition) -> None:
    answers = [
        send(app, {"message": "answer", "values": {"note": "x"}}, **{"Idempotency-Key": "k1"})
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json["repeated"] for answer in answers] == [False, True]
    assert answers[0].json["kept"] is True
    with parts.read_sessions() as session:
        assert [sent.name for sent in session.scalars(select(SentEvent))] == ["answer"]


def test_values_that_the_event_does_not_take_are_named(
    app: Flask, sqlite_store: Store, clock: FixedClock
) -> None:
    world = build_world(sqlite_store, clock)
    catch = element("receiveTask", "c", messageRef="msg", rs__takes="note")
    world.publish("p", line(("c", catch), ("a", user("a", rs__assignee="head()")), extra=MESSAGE).decode())
    waiting = world.begin("p")

    answer = send(app, {"message": "answer", "values": {"note": "x", "initiator": 2}})

    assert answer.json == {
        "delivered_to": waiting,
        "kept": False,
        "repeated": False,
        "ignored": ["initiator"],
    }


def test_signal_says_how_many_it_reaches(app: Flask) -> None:
    assert send(app, {"signal": "stop"}).json == {"reached": 0, "repeated": False}


@pytest.mark.parametrize("token", ["", "wrong", SECRET[:-1]])
def test_without_the_token_nothing_is_taken(app: Flask, token: str) -> None:
    answer = send(app, {"message": "answer"}, token)

    assert answer.status_code == 401
    assert "Bearer" in answer.json["error"]


def test_without_the_setting_there_is_no_door(config: Config, clock: FixedClock) -> None:
    app = create_app(replace(config, event_token=""), clock=clock, system_clock=clock)

    assert send(app, {"message": "answer"}, "").status_code == 404
    composition(app).database.dispose()


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {},
        {"message": "a", "signal": "b"},
        {"message": 1},
        {"message": ""},
        {"message": "a", "values": []},
        {"message": "a", "instance": True},
        {"message": "a", "other": 1},
        {"signal": "a", "correlation": {}},
        {"message": "x" * 201},
    ],
)
def test_what_cannot_be_meant_gets_a_sentence(app: Flask, given: object) -> None:
    answer = send(app, given)

    assert answer.status_code == 400
    assert answer.json["error"]


def test_body_that_is_no_json_gets_a_sentence(app: Flask) -> None:
    answer = app.test_client().post("/events", data=b"{", headers={"Authorization": f"Bearer {SECRET}"})

    assert (answer.status_code, bool(answer.json["error"])) == (400, True)


def test_short_token_is_refused_at_the_start(tmp_path: Any) -> None:
    with pytest.raises(BadSetting, match="EVENT_TOKEN"):
        config_from_environment({"RASOAT_DATA": str(tmp_path), "RASOAT_EVENT_TOKEN": "short"})

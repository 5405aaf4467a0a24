"""The door for other programs: token, words for what is wrong, one effect for a repeated request."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from models.event import SentEvent
from models.instance import Incident
from tests.cast import build_world
from tests.commands.operating.runs import WHY, operate
from tests.commands.test_events import catching
from tests.conftest import Store
from tests.engine.diagrams import MESSAGE, element, line, user
from tests.web.test_errors import take_away
from web.app import create_app
from web.composition import Composition, composition
from web.config import BadSetting, Config, config_from_environment
from workflows.clock import FixedClock
from workflows.commands.operating.holding import suspend

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
        "why": None,
    }


def test_what_is_kept_says_why(app: Flask, sqlite_store: Store, clock: FixedClock) -> None:
    world = build_world(sqlite_store, clock)
    world.publish("catching", catching(correlation="student"))
    waiting = world.begin("catching", student=7)

    nobody = send(app, {"message": "other", "instance": waiting})
    without = send(app, {"message": "answer", "instance": waiting})
    operate(world, suspend, instance_id=waiting, reason=WHY)
    held = send(app, {"message": "answer", "instance": waiting, "correlation": {"student": 7}})

    assert [answer.json["why"] for answer in (nobody, without, held)] == [
        "nobody_waits",
        "correlation",
        "held",
    ]


def test_the_door_speaks_its_own_form_while_the_database_is_away(app: Flask, parts: Composition) -> None:
    take_away(parts)

    answer = send(app, {"message": "answer"})

    assert answer.status_code == 503
    assert list(answer.json) == ["error"]
    assert answer.headers["Retry-After"]


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
        {"message": "a", "correlation": {"b": "x" * 500}},
        {"message": "a", "values": {"b": 10**30}},
        {"message": "a", "values": {"b": float("nan")}},
        {"signal": "a", "values": {"b": "\ud800"}},
        {"message": "a\ud800"},
        {"message": "a\0"},
        {"message": "a", "values": {"b": ["\0"]}},
        {"message": "a", "correlation": {"b\0": 1}},
        {"message": "a", "instance": 10**30},
        {"message": "a", "instance": 999999},
    ],
)
def test_what_cannot_be_meant_gets_a_sentence(app: Flask, given: object) -> None:
    answer = send(app, given)

    assert answer.status_code == 400
    assert answer.json["error"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000], ids=["open", "no text", "deep"])
def test_body_that_is_no_json_gets_a_sentence(app: Flask, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
    answer = app.test_client().post("/events", data=body, headers=headers)

    assert (answer.status_code, bool(answer.json["error"])) == (400, True)


def test_message_that_its_run_cannot_take_is_kept_for_the_worker(
    app: Flask, sqlite_store: Store, clock: FixedClock
) -> None:
    world = build_world(sqlite_store, clock)
    catch = element("receiveTask", "c", messageRef="msg")
    then = element("userTask", "a", rs__assignee="999999")
    world.publish("p", line(("c", catch), ("a", then), extra=MESSAGE).decode())
    waiting = world.begin("p")

    answers = [send(app, {"message": "answer"}, **{"Idempotency-Key": "k1"}) for _ in range(2)]

    assert [answer.json["kept"] for answer in answers] == [True, True]
    for _ in range(3):
        world.run_due()
        clock.advance(minutes=6)
    assert world.read(lambda session: session.scalars(select(Incident.instance_id)).all()) == [waiting]


@pytest.mark.parametrize("other", [{"message": "other"}, {"signal": "answer"}])
def test_key_with_another_content_is_refused(app: Flask, other: dict[str, Any]) -> None:
    send(app, {"message": "answer"}, **{"Idempotency-Key": "k1"})

    answer = send(app, other, **{"Idempotency-Key": "k1"})

    assert (answer.status_code, bool(answer.json["error"])) == (409, True)


def test_short_token_is_refused_at_the_start(tmp_path: Any) -> None:
    with pytest.raises(BadSetting, match="EVENT_TOKEN"):
        config_from_environment({"RASOAT_DATA": str(tmp_path), "RASOAT_EVENT_TOKEN": "short"})

"""The same form sent twice: one effect, and the second answer leads to the first one's page and says it was done."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cast import World
from tests.conftest import Store
from tests.web.conftest import Cast, Client
from tests.web.drawings import drawing
from tests.web.territory import Enter, entrance, running_world
from tests.web.test_campaigns import extension, form
from tests.web.test_procedures import upload
from web.composition import Composition
from workflows.clock import FixedClock
from workflows.errors import ConcurrentChange

DONE = "Thao tác này đã được thực hiện"


@pytest.fixture
def world(sqlite_store: Store, clock: FixedClock, parts: Composition) -> World:
    return running_world(sqlite_store, clock, parts)


@pytest.fixture
def enter(app: Flask, world: World) -> Enter:
    return entrance(app)


def twice(client: Client, address: str, **sent: Any) -> tuple[str | None, str | None, str]:
    """Send a form twice; give both addresses and the page of the second one."""
    first, second = client.send(address, **sent), client.send(address, **sent)
    assert (first.status_code, second.status_code) == (303, 303)
    return first.location, second.location, _page(client, second.location)


def _page(client: FlaskClient, address: str | None) -> str:
    assert address is not None
    return client.get(address).text


def test_a_campaign_opened_twice_is_shown(world: World, enter: Enter) -> None:
    first, second, page = twice(
        enter("inspector"), "/campaigns/new", **form(act="open", request_key="k" * 32)
    )

    assert second == first != "/campaigns/new"
    assert DONE in page


def test_an_extension_sent_twice_leads_to_the_deadlines(world: World, enter: Enter) -> None:
    at = f"/campaigns/{world.campaign_id}"
    first, second, page = twice(enter("department_officer"), f"{at}/extend", **extension())

    assert second == first == f"{at}#deadlines"
    assert DONE in page


def test_urging_sent_twice_leads_to_the_same_place(world: World, enter: Enter) -> None:
    first, second, page = twice(
        enter("inspector"),
        f"/progress/urge?campaign={world.campaign_id}&unit={world.units['district']}",
        urged_unit=world.units["school"],
        words="Đề nghị xong",
        request_key="u" * 32,
    )

    assert second == first
    assert DONE in page


def test_a_unit_added_twice_is_shown(client_of: Callable[[str], Client], cast: Cast) -> None:
    sent: dict[str, Any] = {
        "kind": "school",
        "name": "Trường Tiểu học Thử",
        "levels": "TH",
        "request_key": "n" * 32,
    }
    first, second, page = twice(
        client_of("admin"), f"/organisation/{cast.district}/units", next="/organisation", **sent
    )

    assert second == first != "/organisation"
    assert DONE in page


def test_a_draft_thrown_away_twice_is_gone_and_nothing_else(client_of: Callable[[str], Client]) -> None:
    admin = client_of("admin")
    upload(admin, drawing())
    first, second, page = twice(admin, "/procedures/small_review/discard", revision="1")

    assert second == first == "/procedures"
    assert "Không còn bản nháp nào để bỏ." in page


def test_two_presses_that_meet_in_the_database_are_one(
    world: World, enter: Enter, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workflows.commands.steering import urging

    client, at = enter("inspector"), f"/progress/urge?campaign={world.campaign_id}"
    sent: dict[str, Any] = {"urged_unit": world.units["school"], "words": "", "request_key": "m" * 32}
    first = client.send(at, **sent)

    def meet(*_: object, **__: object) -> None:
        raise ConcurrentChange

    # What the database says to the later of two at the same instant.
    monkeypatch.setattr(urging, "urge", meet)
    second = client.send(at, **sent)

    assert second.location == first.location
    other = client.send(at, **{**sent, "request_key": "o" * 32})
    assert other.status_code == 409

"""Who may come to which route: deny by default, and every route with owner, stranger and nobody."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.web.conftest import Client
from web.access import RouteWithoutRule, access, public, require_rules, rule_of
from web.app import create_app
from web.config import Config
from workflows.clock import FixedClock


def test_route_without_a_rule_keeps_the_application_from_starting(
    config: Config, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from web import notices

    def rogue() -> str:
        return "open to all"

    monkeypatch.setattr(notices.bp, "_got_registered_once", False)
    notices.bp.add_url_rule("/rogue", "rogue", rogue)
    try:
        with pytest.raises(RouteWithoutRule, match=r"notices\.rogue"):
            create_app(config, clock=clock)
    finally:
        notices.bp.deferred_functions.pop()


def test_route_with_a_rule_starts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.view_functions, "extra", access(public)(lambda: "fine"))

    require_rules(app)


def test_every_route_that_is_not_public_refuses_visitors(app: Flask, client: Client) -> None:
    for rule in app.url_map.iter_rules():
        assigned = rule_of(app, rule.endpoint)
        assert assigned is not None
        if assigned.admits is None:
            continue
        address = rule.rule.replace("<int:number>", "1").replace("<key>", "x").replace("<int:", "<")
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = client.open(
                address.split("<")[0] or "/", method=method, headers={"Accept": "application/json"}
            )
            assert answer.status_code in (401, 404, 405), (rule, answer.status_code)


@pytest.mark.parametrize("login", ["teacher", "head", "office", "school_admin"])
def test_only_administrators_of_the_department_keep_procedures(
    client_of: Callable[[str], Client], login: str
) -> None:
    stranger = client_of(login)

    assert stranger.get("/procedures").status_code == 403
    assert stranger.send("/procedures", key="mine", name="Mine").status_code == 403
    assert "Quản trị</span>" not in stranger.get("/notices").text


def test_administrator_sees_the_tab_and_the_page(client_of: Callable[[str], Client]) -> None:
    admin = client_of("admin")

    assert admin.get("/procedures").status_code == 200
    assert "Quản trị</span>" in admin.get("/notices").text


def test_headers_keep_the_browser_on_our_side(client_of: Callable[[str], Client]) -> None:
    answer = client_of("teacher").get("/notices")

    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_cookie_is_out_of_reach_of_scripts_and_other_sites(client: Client) -> None:
    cookie = client.get("/login").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_cookie_travels_by_https_only_where_the_address_says_so(config: Config, clock: FixedClock) -> None:
    from dataclasses import replace

    secure = create_app(replace(config, base_url="https://rasoat.example"), clock=clock).test_client()

    assert "Secure" in secure.get("/login").headers["Set-Cookie"]

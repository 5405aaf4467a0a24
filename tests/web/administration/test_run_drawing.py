"""The drawing of a run in a browser: it begins at an open step, bears a hidden frame, and says what its signs mean."""
# ruff: noqa: F811  (fixtures of another module)

from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.browsing import PHONE, served
from tests.engine.diagrams import border, end, flow, timer
from tests.web.administration.test_operations import (  # noqa: F401  (fixtures)
    ADMIN,
    office,
    opened_world,
    sqlite_store,
)
from tests.web.conftest import PASSWORD
from tests.web.drawings import drawing
from tests.web.work.office import Office

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ALARM = border("alarm", "approve", timer("timeDuration", "P9D"), interrupts=False) + end("told")
FAR = (
    '<bpmndi:BPMNShape id="alarm_shape" bpmnElement="alarm">'
    '<dc:Bounds x="2400" y="1900" width="36" height="36" /></bpmndi:BPMNShape>'
)
INSIDE = (
    "() => { const frame = document.querySelector('.diagram-canvas').getBoundingClientRect();"
    " const box = document.querySelector('[data-element-id=approve]').getBoundingClientRect();"
    " return box.left >= frame.left && box.right <= frame.right"
    " && box.top >= frame.top && box.bottom <= frame.bottom; }"
)
DISPLAY = "(how) => { document.querySelector('.diagram-box').style.display = how; }"


def test_phone_shows_an_open_step_first_and_bears_a_frame_that_is_hidden(
    office: Office, open_page: Callable[..., Any]
) -> None:
    xml = drawing(extra=ALARM + flow("alarm", "told"))
    plane = '<bpmndi:BPMNPlane id="plane" bpmnElement="small_review">'
    office.world.publish("small_review", xml.replace(plane, plane + FAR))
    run_id = office.world.begin("small_review")
    faults: list[str] = []
    with served(office.app) as base:
        page = open_page(*PHONE)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{base}/login")
        page.fill("#field-login", ADMIN)
        page.fill("#field-password", PASSWORD)
        page.click(".login form button")
        page.goto(f"{base}/operations/{run_id}")
        page.locator(".diagram-box").scroll_into_view_if_needed()
        page.wait_for_selector(".diagram-box[data-diagram-state=drawn]")

        assert page.evaluate(INSIDE)
        assert "đang mở" in page.inner_text(".diagram-legend")
        for how in ("none", ""):
            page.evaluate(DISPLAY, how)
            page.wait_for_timeout(200)
        assert page.evaluate(INSIDE)
    assert faults == []

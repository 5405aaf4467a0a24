"""The studio in a browser: files are judged before they are opened, saves come one after the other, phones may look."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.acceptance.browsing import AXE, DESKTOP, PHONE, served
from tests.web.conftest import PASSWORD, Client
from tests.web.drawings import BOMB, SHAPES, UNREACHED, drawing
from tests.web.test_procedures import JSON, upload

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODELER = "document.querySelector('[data-modeler]').modeler"
RENAME = (
    f"(name) => {MODELER}.get('modeling').updateProperties("
    f"{MODELER}.get('elementRegistry').get('approve'), {{ name }})"
)
NAME = f"{MODELER}.get('elementRegistry').get('approve').businessObject.name"


@pytest.fixture
def admin(client_of: Callable[[str], Client]) -> Client:
    """Give the client of the administrator, with a draft to work on."""
    client = client_of("admin")
    upload(client, drawing())
    return client


@pytest.fixture
def sit_down(app: Flask, admin: Client, open_page: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Give a function that opens the studio as the administrator."""
    with served(app) as base:

        def open_studio(size: tuple[int, int] = DESKTOP, **options: Any) -> Any:
            page = open_page(*size, **options)
            page.goto(f"{base}/login")
            page.fill("#field-login", "admin")
            page.fill("#field-password", PASSWORD)
            page.click(".login form button")
            page.goto(f"{base}/procedures/small_review/edit")
            if options.get("java_script_enabled", True):
                page.wait_for_selector("[data-modeler][data-diagram-state=drawn]")
            return page

        yield open_studio


def choose(page: Any, xml: str, name: str = "small.bpmn") -> None:
    """Choose a file to open."""
    file = {"name": name, "mimeType": "application/xml", "buffer": xml.encode()}
    page.set_input_files("input[data-upload]", file)


def wait_for_text(page: Any, place: str, text: str) -> None:
    """Wait until a place says something."""
    page.locator(f"{place}:has-text('{text}')").wait_for()


@pytest.mark.parametrize("xml", [BOMB, "hello", "<a/>"], ids=["bomb", "text", "foreign"])
def test_hostile_file_is_named_with_reason_and_remedy_and_changes_nothing(
    sit_down: Callable[..., Any], admin: Client, xml: str
) -> None:
    page = sit_down()

    choose(page, xml, "lạ.bpmn")
    wait_for_text(page, "[data-studio-opened]", "Không mở được tệp lạ.bpmn")

    assert page.locator("[data-studio-opened] li small").count() == 1
    assert "Bản đang vẽ và bản nháp giữ nguyên" in page.inner_text("[data-studio-opened]")
    assert "bản nháp lưu lúc 08:00" in page.inner_text("[data-about]")
    assert page.evaluate(NAME) == "Duyệt"
    assert admin.get("/procedures/small_review/draft.bpmn").text == drawing()


def test_file_with_errors_is_opened_only_when_chosen(sit_down: Callable[..., Any], admin: Client) -> None:
    page = sit_down()
    wrong = drawing(step="Từ tệp", extra=UNREACHED)

    choose(page, wrong)
    wait_for_text(page, "[data-studio-opened]", "lỗi phải sửa")
    page.get_by_role("button", name="Giữ bản đang vẽ").click()
    assert page.evaluate(NAME) == "Duyệt"

    choose(page, wrong)
    page.get_by_role("button", name="Mở tệp này thay bản đang vẽ").click()
    wait_for_text(page, "[data-problems]", "Lạc (lost)")
    assert page.evaluate(NAME) == "Từ tệp"
    assert "Từ tệp" in admin.get("/procedures/small_review/draft.bpmn").text


def test_file_without_shapes_leaves_the_drawing(sit_down: Callable[..., Any], admin: Client) -> None:
    page = sit_down()

    choose(page, drawing(step="Không hình").replace(SHAPES.replace("KEY", "small_review"), ""))
    wait_for_text(page, "[data-studio-opened]", "không vẽ ra được")

    assert page.evaluate(NAME) == "Duyệt"
    assert page.locator("[data-modeler] .djs-shape").count() >= 3


def test_buttons_pressed_while_it_saves_do_not_meet_their_own_save(sit_down: Callable[..., Any]) -> None:
    page = sit_down()
    conflicts: list[str] = []
    page.on("response", lambda answer: conflicts.append(answer.url) if answer.status == 409 else None)

    for number in range(3):
        with page.expect_request("**/draft"):
            page.evaluate(RENAME, f"Tên {number}")
        page.evaluate(RENAME, f"Tên {number} sau cùng")
        with page.expect_navigation():
            page.get_by_role("button", name="Kiểm tra", exact=True).click()
        page.locator(".notice:has-text('Kiểm tra không thấy lỗi')").wait_for()
        page.wait_for_selector("[data-modeler][data-diagram-state=drawn]")
        assert page.evaluate(NAME) == f"Tên {number} sau cùng"
    page.evaluate(RENAME, "Bỏ đi")
    wait_for_text(page, "[data-studio-saved]", "Đã lưu 08:00")
    page.click("summary:has-text('Bỏ bản nháp')")
    page.click("button:has-text('Bỏ bản nháp')")
    page.wait_for_url("**/procedures")

    assert conflicts == []


def test_other_administrator_is_named_and_nothing_is_lost(
    sit_down: Callable[..., Any], admin: Client, client_of: Callable[[str], Client]
) -> None:
    page = sit_down()
    other = client_of("admin2")
    other.send("/procedures/small_review/draft", headers=JSON, xml=drawing(step="Của cô"), revision="1")

    page.evaluate(RENAME, "Của tôi")
    wait_for_text(page, "[data-studio-message]", "Cô Võ Thị Quản Trị")
    assert "08:00" in page.inner_text("[data-studio-message]")
    assert "Của cô" in admin.get("/procedures/small_review/draft.bpmn").text
    with page.expect_navigation():
        page.get_by_role("button", name="Lưu nháp").click()
    page.locator("a:has-text('Tải bản')").wait_for()
    page.wait_for_selector("[data-modeler][data-diagram-state=drawn]")
    assert page.evaluate(NAME) == "Của tôi"
    with page.expect_navigation():
        page.get_by_role("button", name="Lưu nháp").click()
    assert page.locator("a:has-text('Tải bản')").count() == 0

    assert "Của tôi" in admin.get("/procedures/small_review/draft.bpmn").text


def test_time_of_the_save_is_the_servers(sit_down: Callable[..., Any]) -> None:
    page = sit_down(timezone_id="America/New_York")

    page.evaluate(RENAME, "Ở xa")
    wait_for_text(page, "[data-studio-saved]", "Đã lưu 08:00")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_drawing_is_shown_whole_and_nothing_covers_it(
    sit_down: Callable[..., Any], size: tuple[int, int]
) -> None:
    page = sit_down(size)

    def outside() -> Any:
        return page.evaluate(
            "() => { const frame = document.querySelector('.diagram-canvas').getBoundingClientRect();"
            " const palette = document.querySelector('.djs-palette')?.getBoundingClientRect();"
            " return [...document.querySelectorAll('.djs-shape:not(.djs-label-hidden)')]"
            ".map((one) => one.getBoundingClientRect()).filter((box) => box.left < (palette?.right ?? frame.left)"
            " || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom).length; }"
        )

    assert outside() == 0
    if size == DESKTOP:
        page.set_viewport_size({"width": 820, "height": 700})
        page.wait_for_timeout(200)
        assert outside() == 0
    else:
        assert page.locator(".djs-palette").count() == 0
        assert "màn hình rộng hơn" in page.inner_text("[data-studio-narrow]")
        assert page.locator("[data-problems]").is_visible()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))") == []


def test_file_is_opened_without_scripts(sit_down: Callable[..., Any], admin: Client) -> None:
    page = sit_down(java_script_enabled=False)

    file = {"name": "x.bpmn", "mimeType": "application/xml", "buffer": drawing(step="Không JS").encode()}
    page.set_input_files("#diagram-file", file)
    page.get_by_role("button", name="Lưu nháp").click()

    wait_for_text(page, ".notice", "Kiểm tra không thấy lỗi")
    assert "Không JS" in admin.get("/procedures/small_review/draft.bpmn").text


def test_list_of_problems_and_publication_stand_on_the_first_screen(sit_down: Callable[..., Any]) -> None:
    page = sit_down((1280, 900))

    assert page.locator("#problems-title").bounding_box()["y"] < 850
    publish = page.locator("button[value=publish]").bounding_box()
    assert publish["x"] + publish["width"] > 1200
    assert publish["y"] < 300


def test_phone_begins_at_the_start_where_names_can_be_read(
    sit_down: Callable[..., Any], admin: Client
) -> None:
    wide = (
        drawing()
        .replace('x="430" y="160"', 'x="2430" y="160"')
        .replace('x="430" y="178"', 'x="2430" y="178"')
    )
    admin.send("/procedures/small_review/edit", xml=wide, revision="1")

    page = sit_down(PHONE)

    canvas, start = (
        page.locator(place).bounding_box() for place in ("[data-modeler]", "[data-element-id=start]")
    )
    assert start["width"] >= 0.7 * 36
    assert canvas["x"] <= start["x"] < canvas["x"] + 100
    assert "Kéo để xem tiếp" in page.inner_text(".diagram-zoom")
    page.click(".diagram-zoom button:last-child")
    assert page.locator("[data-element-id=start]").bounding_box()["width"] < 0.3 * 36

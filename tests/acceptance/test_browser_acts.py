"""Acts in Chromium, with scripts and without: where the focus is afterwards, what Enter does, a file too large."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import pytest

from models.task import Task
from tests.acceptance import chain
from tests.acceptance.browsing import Hand, served
from tests.acceptance.chain import done
from tests.acceptance.house import House, Model
from tests.acceptance.person import PASSWORD

pytestmark = pytest.mark.browser

FOCUS = "document.activeElement.tagName + '.' + document.activeElement.className"
BOTH_WAYS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
Visit = Callable[[str, bool], tuple[House, Hand]]


@pytest.fixture(scope="module")
def before_signing(make_model: Callable[..., Model]) -> Model:
    """Keep a house whose class 6A waits for the teacher's signature, two others for the head."""

    def prepare(house: House) -> None:
        for class_name in ("6B", "6C"):
            chain.class_reported(house, class_name)
        chain.pupils_reviewed(house, "6A")
        chain.inform_parents(house, "6A")
        task = house["homeroom"].task("Tiếp nhận ý kiến phụ huynh", "6A")
        done(task.press("Không còn ý kiến, lập biên bản"))

    return make_model(chain.open_campaign, prepare, classes=("6A", "6B", "6C"))


@pytest.fixture
def visit(
    before_signing: Model, live: Callable[[Model], House], open_page: Callable[..., Any]
) -> Iterator[Visit]:
    """Give a function that puts somebody before a screen."""
    with ExitStack() as stack:

        def sit_down(name: str, scripts: bool) -> tuple[House, Hand]:
            house = live(before_signing)
            base = stack.enter_context(served(house.app))
            hand = Hand(open_page(java_script_enabled=scripts), base, scripts)
            return house, hand.log_in(name)

        yield sit_down


@BOTH_WAYS
def test_enter_in_the_password_signs(visit: Visit, scripts: bool) -> None:
    house, hand = visit("homeroom", scripts)
    task = house.world.task("sign_minutes", "6A")
    hand.page.goto(f"{hand.base}/tasks/{task.id}")
    hand.page.fill("#sign-password", PASSWORD)

    with hand.next_page():
        hand.page.keyboard.press("Enter")

    assert house.world.read(lambda session: session.get_one(Task, task.id).outcome) == "report"


@BOTH_WAYS
def test_focus_goes_where_the_act_leads(visit: Visit, scripts: bool) -> None:
    _, hand = visit("principal", scripts)
    hand.open_task("Duyệt lớp 6B")

    hand.page.locator("details.outcome summary[data-act='return']").first.click()
    back = hand.page.locator("details.outcome button").filter(has_text="Trả lại cả lớp").last
    with hand.next_page() if not scripts else nullcontext():
        back.click()
    hand.page.wait_for_selector(".notice-refused")
    assert hand.page.evaluate(FOCUS).startswith("TEXTAREA" if scripts else "DIV.notice notice-refused")
    hand.press("Duyệt")
    assert hand.page.evaluate(FOCUS).startswith("H1")
    hand.press("Thu hồi")
    assert hand.page.evaluate(FOCUS).startswith("DIV.notice notice-done")


def test_large_file_is_turned_away_before_it_is_sent(visit: Visit, tmp_path: Path) -> None:
    large = tmp_path / "lớn.pdf"
    large.write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    _, hand = visit("principal", True)
    hand.open_task("Duyệt lớp 6B")
    hand.tap("#files > summary")

    hand.page.set_input_files("#file", large)

    hand.tap("button[data-sends='file']")

    said = hand.page.locator("#file-large").inner_text()
    assert "Tệp quá lớn: tối đa 10 MB. “lớn.pdf”" in said
    assert not hand.page.locator("#file-error").count()
    assert hand.page.evaluate("document.activeElement.id") == "file"


def test_a_password_asked_in_place_leaves_an_open_reason_open(visit: Visit) -> None:
    house, hand = visit("principal", True)
    hand.open_task("Duyệt lớp 6B")
    hand.tap("details.outcome:has-text('Trả lại cả lớp') > summary")
    house.world.clock.advance(hours=2)

    hand.type("textarea[name='reason.return_class']", "chưa đối chiếu học bạ")
    hand.page.wait_for_selector("#session-password", state="visible")
    hand.type("#session-password", PASSWORD)
    hand.tap("dialog[open] button.btn-primary")

    hand.page.wait_for_selector("#session-password", state="hidden")
    assert hand.page.is_visible("textarea[name='reason.return_class']")

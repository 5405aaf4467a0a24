"""The teacher's and the principal's day in Chromium, on a phone and on a desktop: counted interactions, keys, axe."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest
from sqlalchemy import select

from models.campaign import RosterEntry, RosterState, SubjectKind
from tests.acceptance import chain
from tests.acceptance.browsing import DESKTOP, PHONE, Hand, served
from tests.acceptance.chain import full_name
from tests.acceptance.house import House, Model, add_pupils, clean_pupils, found_house, identify, keep
from tests.acceptance.person import PASSWORD
from tests.cast import World
from tests.conftest import MONDAY, Store
from workflows.clock import FixedClock
from workflows.commands.work import pupils

pytestmark = pytest.mark.browser

CLASSES = tuple(f"7{letter}" for letter in ascii_uppercase[:20])
ODD = (4, 14, 23, 31, 40)
SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
Visit = Callable[..., tuple[House, Hand]]


@pytest.fixture(scope="module")
def school(make_sqlite_store: Callable[[Path], Store], tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Keep a school: 45 pupils in 6A, five of them odd, and twenty classes that wait for the principal."""
    folder = tmp_path_factory.mktemp("school")
    store = make_sqlite_store(folder)
    house = found_house(store, FixedClock(MONDAY), folder, pupils=2, classes=("6A", "6B", *CLASSES))
    add_pupils(house.world, "6A", 3, 45)
    clean_pupils(house.world)
    make_odd(house.world)
    chain.open_campaign(house)
    chain.assign_officer(house)
    for name in ("homeroom", "principal"):
        house["officer"].task("Rà soát hồ sơ", full_name(name)).press("Mời xác nhận")
    chain.enter_grades(house, "6A")
    for class_name in CLASSES:
        report_class(house.world, class_name)
    return keep(house)


def make_odd(world: World) -> None:
    """Take away the identifiers of three pupils, and give two others the same one."""
    odd = [world.pupils("6A")[number - 1].id for number in ODD]
    identify(world, {**dict.fromkeys(odd[:3], ""), **dict.fromkeys(odd[3:], "079011999999")})


def report_class(world: World, class_name: str) -> None:
    """Bring a class before the head without pages."""
    task, ids = world.task("review_pupils", class_name), [pupil.id for pupil in world.pupils(class_name)]
    world.do(
        lambda work: pupils.approve(work, task_id=task.id, actor=world.actor(work, "deputy"), pupil_ids=ids)
    )
    world.complete("deputy", "review_pupils", "done", subject=class_name)
    world.complete(
        "deputy", "inform_parents", "informed", subject=class_name, channel="zalo", informed_on="05/06/2023"
    )
    world.complete("deputy", "hear_objections", "none", subject=class_name)
    world.complete("deputy", "sign_minutes", "report", subject=class_name)


@pytest.fixture
def visit(school: Model, live: Callable[[Model], House], open_page: Callable[..., Any]) -> Iterator[Visit]:
    """Give a function that puts somebody before a screen; troubles of the browser fail the test at its end."""
    hands: list[Hand] = []
    with ExitStack() as stack:

        def sit_down(name: str | None, size: tuple[int, int] = DESKTOP, **options: Any) -> tuple[House, Hand]:
            house = live(school)
            base = stack.enter_context(served(house.app))
            scripts = options.get("java_script_enabled", True)
            hands.append(Hand(open_page(*size, **options), base, scripts))
            return house, hands[-1].log_in(name) if name else hands[-1]

        yield sit_down
    assert [trouble for hand in hands for trouble in hand.troubles] == []


@pytest.fixture(scope="session")
def shots() -> Path | None:
    """Give the folder for screenshots that RASOAT_SHOTS names; without it nobody looks at any."""
    chosen = os.environ.get("RASOAT_SHOTS")
    return Path(chosen) if chosen else None


def shoot(hand: Hand, shots: Path | None, name: str) -> None:
    width = hand.page.viewport_size["width"]
    hand.keep_shot(shots, name)
    assert hand.overflow() <= 0, f"{name} is wider than the screen of {width}"


def states(house: House, kind: SubjectKind, class_name: str) -> list[RosterState]:
    query = select(RosterEntry.state).where(
        RosterEntry.kind == kind, RosterEntry.class_id == house.world.classes[class_name]
    )
    return house.world.read(lambda session: list(session.scalars(query)))


@SIZES
def test_the_day_of_a_teacher_with_45_pupils(visit: Visit, shots: Path | None, size: tuple[int, int]) -> None:
    house, hand = visit("homeroom", size)
    shoot(hand, shots, "teacher-inbox")

    hand.open_task("Rà soát từng học sinh")
    shoot(hand, shots, "teacher-class")
    hand.press("Duyệt 40 em còn lại")
    for number in ODD[:-1]:
        row = f"li.pupil:has(.pupil-name:has-text('Học Sinh 6A Số {number:02}'))"
        hand.type(f"{row} input[name$='.personal_id']", f"0790118{number:05}")
        hand.press(f"Duyệt: Học Sinh 6A Số {number:02}")
    # The last one's identifier is no double any more, now that the other's is put right.
    hand.press("Duyệt 1 em còn lại")
    shoot(hand, shots, "teacher-class-done")
    hand.press("Đã rà soát xong")
    hand.open_task("Thông báo cha mẹ học sinh")
    hand.choose("#f-channel", "Họp phụ huynh")
    hand.type("#f-informed_on", "05/06/2023")
    hand.press("Đã thông báo")
    hand.open_task("Tiếp nhận ý kiến phụ huynh")
    return_pupils(hand, "6A", "Có ý kiến, rà soát lại học sinh", (1, 2, 3))
    hand.open_task("Rà soát lại theo ý kiến")
    for number in (1, 2, 3):
        row = f"li.pupil:has(.pupil-name:has-text('Học Sinh 6A Số {number:02}'))"
        hand.tap(f"{row} .pupil-explain > summary")
        hand.type(f"{row} .pupil-why input", "đúng giấy khai sinh bản gốc")
        hand.press(f"Không cần sửa, gửi trả lời: Học Sinh 6A Số {number:02}")
    hand.press("Đã rà soát lại")
    hand.open_task("Tiếp nhận ý kiến phụ huynh")
    hand.press("Không còn ý kiến, lập biên bản")
    hand.open_task("Ký biên bản, báo cáo")
    shoot(hand, shots, "teacher-minutes")
    hand.type("#sign-password", PASSWORD)
    hand.press("Ký biên bản, báo cáo Hiệu trưởng")

    assert states(house, SubjectKind.PUPIL, "6A") == [RosterState.DONE] * 45
    assert house["principal"].has_task("Duyệt lớp 6A")
    assert hand.moves <= 60, hand.moves


def return_pupils(hand: Hand, class_name: str, button: str, numbers: tuple[int, ...]) -> None:
    """Tick pupils among those without findings, say why, and press the button."""
    rest = hand.page.locator("details.pupil-rest")
    if rest.count() and rest.get_attribute("open") is None:
        hand.tap("details.pupil-rest > summary")
    for number in numbers:
        row = f"li.pupil:has(.pupil-name:has-text('Học Sinh {class_name} Số {number:02}'))"
        hand.tap(f"{row} input[type=checkbox]")
        hand.type(f"{row} input.pick-why", "ngày sinh khác giấy khai sinh")
    hand.press(button)


@SIZES
def test_the_day_of_a_principal_with_20_classes(
    visit: Visit, shots: Path | None, size: tuple[int, int]
) -> None:
    house, hand = visit("principal", size)
    shoot(hand, shots, "principal-inbox")
    returned = CLASSES[4], CLASSES[11]

    for class_name in CLASSES:
        if class_name not in returned:
            hand.tap(f"li[data-row]:has-text('Duyệt lớp {class_name}') input[type=checkbox]")
    shoot(hand, shots, "principal-picked")
    hand.press("Duyệt 18 mục đã chọn")
    shoot(hand, shots, "principal-approved")
    for class_name in returned:
        hand.open_task(f"Duyệt lớp {class_name}")
        shoot(hand, shots, "principal-class")
        return_pupils(hand, class_name, "Trả lại học sinh", (1,))

    assert not house["principal"].has_task("Duyệt lớp")
    for class_name in returned:
        assert house["deputy"].has_task("Sửa theo ý kiến Hiệu trưởng", class_name)
    assert hand.moves <= 30, hand.moves


def test_a_draft_is_there_after_the_page_is_loaded_again(visit: Visit) -> None:
    _, hand = visit("homeroom", PHONE)
    hand.open_task("Xác nhận thông tin")

    hand.tap("details.outcome:has-text('Chưa đúng') > summary")
    hand.type("textarea[name='reason.disagree']", "ngày vào ngành khác quyết định")
    hand.page.get_by_text("Đã lưu").wait_for()
    hand.page.reload()

    kept = hand.page.locator("textarea[name='reason.disagree']")
    assert kept.input_value() == "ngày vào ngành khác quyết định"


def test_the_keyboard_is_enough(visit: Visit) -> None:
    _, hand = visit("homeroom")
    hand.key("j", "j", "k")
    first = hand.page.locator("li[data-row]").first
    assert first.evaluate("row => row.contains(document.activeElement)")

    with hand.next_page():
        hand.key("Enter")
    assert "/tasks/" in hand.page.url
    hand.open_task("Xác nhận thông tin")
    hand.key("t")
    assert hand.page.evaluate("document.activeElement.name") == "reason.disagree"

    hand.open_task("Rà soát từng học sinh")
    hand.key("j")
    row = hand.page.evaluate("document.activeElement.closest('[data-row]').id")
    hand.type(f"#{row} input[name$='.personal_id']", "079011855555")
    hand.page.keyboard.press("Tab")
    hand.page.locator(f"#{row} .row-saved:has-text('Đã lưu')").wait_for()
    hand.page.locator(f"#{row} button[value='approve']").focus()
    with hand.next_page():
        hand.key("d")
    hand.until("document.activeElement.closest('[data-row]') !== null")
    assert hand.page.evaluate("document.activeElement.closest('[data-row]').id") != row
    assert hand.page.locator(f"#{row}.pupil-done").count() == 1


def test_a_save_that_is_answered_while_a_button_is_pressed_takes_the_click_from_nobody(visit: Visit) -> None:
    _, hand = visit("homeroom")
    hand.open_task("Rà soát từng học sinh")
    row = f"li.pupil:has(.pupil-name:has-text('Học Sinh 6A Số {ODD[0]:02}'))"
    hand.type(f"{row} input[name$='.personal_id']", "079011855555")
    button = hand.page.locator(f"{row} button[value=approve]")
    box = button.bounding_box()
    assert box is not None
    findings = hand.page.locator(f"{row} .finding").count()

    # Low on the button: when the finding above it goes, another thing lies under the pointer.
    hand.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 3)
    with hand.next_page():
        with hand.page.expect_response("**/autosave"):
            hand.page.mouse.down()
        hand.page.wait_for_timeout(300)
        assert hand.page.locator(f"{row} .finding").count() == findings
        hand.page.mouse.up()

    assert hand.page.locator(f"{row}.pupil-done").count() == 1


def test_keys_decide_a_list_from_row_to_row(visit: Visit) -> None:
    house, hand = visit("principal")
    hand.page.locator(f"li[data-row]:has-text('Duyệt lớp {CLASSES[0]}') a[data-open]").focus()

    with hand.next_page():
        hand.key("d")
    hand.until("document.activeElement.closest('[data-row]') !== null")
    row = hand.page.evaluate("document.activeElement.closest('[data-row]').textContent")
    with hand.next_page():
        hand.key("t")
    hand.until("document.activeElement.name === 'reason.return_class'")

    assert f"Duyệt lớp {CLASSES[1]}" in row
    assert not house["principal"].has_task(f"Duyệt lớp {CLASSES[0]}")


def test_one_box_picks_the_whole_page(visit: Visit) -> None:
    _, hand = visit("principal")

    hand.tap("[data-pick-all]")

    assert hand.page.locator("[data-bulk-bar] button").inner_text() == "Duyệt 20 mục đã chọn"


def test_tabs_and_acts_share_the_bottom_edge_of_a_phone_and_hide_nothing(visit: Visit) -> None:
    _, hand = visit("homeroom", PHONE)
    hand.open_task("Rà soát từng học sinh")

    def edges(selector: str) -> tuple[float, float]:
        box = hand.page.locator(selector).bounding_box()
        assert box is not None
        return box["y"], box["y"] + box["height"]

    acts, tabs = edges(".act-bar"), edges(".tab-bar")
    # The line between them belongs to both.
    assert acts[1] <= tabs[0] + 1
    assert round(tabs[1]) == PHONE[1]
    hand.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    assert edges(".act-bar")[1] <= edges(".tab-bar")[0] + 1


def test_everything_works_without_scripts(visit: Visit) -> None:
    house, hand = visit("homeroom", PHONE, java_script_enabled=False)

    hand.open_task("Xác nhận thông tin")
    hand.type("#sign-password", PASSWORD)
    hand.press("Ký xác nhận")
    hand.open_task("Rà soát từng học sinh")
    hand.press("Duyệt 40 em còn lại")

    assert "40" in hand.page.locator(".notice").first.inner_text()
    assert states(house, SubjectKind.PUPIL, "6A").count(RosterState.DONE) == 40
    assert not house["homeroom"].has_task("Xác nhận thông tin")


def test_an_ended_session_is_gone_on_with_in_place(visit: Visit) -> None:
    house, hand = visit("principal")
    hand.open_task("Duyệt lớp 7A")
    hand.tap("details.outcome:has-text('Trả lại cả lớp') > summary")
    hand.type("textarea[name='reason.return_class']", "chưa đối chiếu học bạ")
    hand.page.get_by_text("Đã lưu").wait_for()
    house.world.clock.advance(hours=2)

    hand.tap("button[name=outcome][value=return_class]")
    hand.type("#session-password", PASSWORD)
    with hand.next_page():
        hand.key("Enter")

    assert house["deputy"].has_task("Sửa theo ý kiến Hiệu trưởng", "7A")


def main_pages(house: House) -> list[tuple[str, str, str]]:
    """Give the main pages: who looks, at what, and its address."""
    campaign, unit = house.world.campaign_id, house.world.units["school"]
    run = house.world.open_tasks()[0].instance_id
    return [
        ("homeroom", "task", house["homeroom"].task("Xác nhận thông tin").address),
        ("homeroom", "class", house["homeroom"].task("Rà soát từng học sinh").address),
        ("visiting", "grades", house["visiting"].task("Nhập điểm", "6B").address),
        ("principal", "inbox", "/inbox"),
        ("principal", "check", house["principal"].task("Duyệt lớp 7A").address),
        ("principal", "progress", f"/progress?campaign={campaign}"),
        ("principal", "roster", f"/campaigns/{campaign}/roster/{unit}"),
        ("principal", "documents", "/documents"),
        ("principal", "document", house["principal"].visit("/documents").follow("Biên bản").address),
        ("principal", "submitted", "/submitted"),
        ("principal", "notices", "/notices"),
        ("department_officer", "campaign", f"/campaigns/{campaign}"),
        ("department_officer", "opening", "/campaigns/new"),
        ("department_officer", "department", f"/progress?campaign={campaign}"),
        ("principal", "accounts", f"/organisation/{unit}/people"),
        ("principal", "password", "/password"),
        ("administrator", "units", "/organisation"),
        ("administrator", "unit", f"/organisation/{unit}"),
        ("administrator", "new unit", f"/organisation/new?under={house.world.units['district']}"),
        ("administrator", "person", f"/organisation/{unit}/people/{house.world.people['homeroom']}"),
        ("administrator", "new person", f"/organisation/{unit}/people/new"),
        ("administrator", "class", f"/organisation/{unit}/classes/{house.world.classes['6A']}"),
        ("administrator", "classes", f"/organisation/{unit}/classes"),
        ("administrator", "calendar of the department", "/organisation/calendar"),
        ("administrator", "procedures", "/procedures"),
        ("administrator", "procedure", "/procedures/class_review"),
        ("administrator", "times", "/procedures/class_review?show=times"),
        ("administrator", "operations", "/operations?key=person_review"),
        ("administrator", "instance", f"/operations/{run}"),
        ("administrator", "cancelling", f"/operations/{run}/cancel"),
        ("administrator", "migrating", "/procedures/class_review/versions/1/migrate"),
        ("administrator", "studio", "/procedures/class_review/edit"),
        ("administrator", "drawing-help", "/procedures/help/drawing"),
    ]


def test_every_main_page_is_accessible(visit: Visit, shots: Path | None) -> None:
    house, hand = visit(None)
    hand.page.goto(f"{hand.base}/login")
    found = {"login": look_at(hand, shots, "login")}
    someone = None

    for name, page, address in main_pages(house):
        if name != someone:
            hand.page.context.clear_cookies()
            hand.log_in(name)
            someone = name
        hand.page.goto(hand.base + address)
        hand.page.wait_for_load_state("networkidle")
        found[page] = look_at(hand, shots, page)

    problems = [f"{page}: {one}" for page, some in found.items() for one in some]
    assert not problems, "\n".join(problems)


def look_at(hand: Hand, shots: Path | None, name: str) -> list[str]:
    """Look at a page on both screens; give what is wrong with it."""
    problems: list[str] = []
    for width, height in (PHONE, DESKTOP):
        hand.page.set_viewport_size({"width": width, "height": height})
        problems += hand.violations()
        if hand.overflow() > 0:
            problems.append(f"wider than the screen of {width} by {hand.overflow()}")
        hand.keep_shot(shots, name)
    return problems

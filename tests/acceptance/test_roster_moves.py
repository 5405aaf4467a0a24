"""Who joins or leaves in the middle: added and taken off on the roster page, and the sum stays exact (P1.3, C6)."""

from collections.abc import Callable

from tests.acceptance import chain
from tests.acceptance.chain import done, full_name, said
from tests.acceptance.house import House, Model
from tests.acceptance.page import Page
from tests.cast import STAFF

Live = Callable[[Model], House]


def roster(house: House, kind: str = "staff") -> Page:
    address = f"/campaigns/{house.world.campaign_id}/roster/{house.world.units['school']}?kind={kind}"
    return said(house["principal"].visit(address))


def proof(page: Page) -> dict[str, list[int]]:
    """Give the sums by what is counted: start, joined, left, must, done, excused, open, returned."""
    return {
        row.xpath("./th")[0].text: [int(one.text_content()) for one in row.xpath("./td")]
        for row in page.root.xpath('//*[@id="proof"]//tbody/tr')
    }


def staff_of(page: Page) -> list[int]:
    return next(iter(proof(page).values()))


def take_off(page: Page, name: str, reason: str) -> Page:
    """Open the row of somebody and take them off with the reason."""
    row = next(one for one in page.root.xpath("//li[@data-row]") if name in one.text_content())
    button = row.xpath('.//button[contains(@class, "btn-return")]')[0]
    button.text = f"Đưa {name} ra"
    return page.press(f"Đưa {name} ra", because=reason)


def test_a_joiner_and_a_leaver_in_the_middle(live: Live, opened: Model) -> None:
    house = live(opened)
    chain.assign_officer(house)
    chain.review_staff(house, *STAFF[:-1])
    page = roster(house)
    assert staff_of(page) == [6, 0, 0, 6, 5, 0, 1, 0]

    page.fill("Họ và tên", "Đinh Thị Mới").fill("Nhiệm vụ", "Giáo viên Nhạc")
    said(page.press("Thêm vào trường và danh sách rà soát"), "Đinh Thị Mới")
    said(take_off(roster(house), full_name("visiting"), "hết hợp đồng, về trường cũ"))

    assert staff_of(roster(house)) == [6, 1, 1, 6, 5, 0, 1, 0]
    assert not house["officer"].has_task("Rà soát hồ sơ", full_name("visiting"))
    task = house["officer"].task("Rà soát hồ sơ", "Đinh Thị Mới")
    done(task.press("Không rà soát được", because="chưa nhận việc"))
    house["principal"].task("Xét lý do không rà soát").press("Chấp nhận lý do")
    assert staff_of(roster(house)) == [6, 1, 1, 6, 5, 1, 0, 0]
    assert house["officer"].has_task("Đồng bộ lên CSDL ngành")


def test_the_last_leaver_lets_the_school_go_on(live: Live, opened: Model) -> None:
    house = live(opened)
    chain.assign_officer(house)
    chain.review_staff(house, *STAFF[:-1])
    assert not house["officer"].has_task("Đồng bộ")

    page = take_off(roster(house), full_name("visiting"), "")
    assert page.status == 422
    assert staff_of(roster(house))[2] == 0
    said(take_off(roster(house), full_name("visiting"), "hết hợp đồng"))

    assert house["officer"].has_task("Đồng bộ")


def test_a_pupil_joins_a_class_under_review(live: Live, opened: Model) -> None:
    house = live(opened)
    task = chain.approve_pupils(house["homeroom"].task("Rà soát từng học sinh", "6A"), 3)
    page = roster(house, "pupil").fill("Họ và tên", "Võ Văn Chuyển Đến")
    page.part('//select[@name="class_id"]/option[normalize-space()="6A"]').set("selected", "selected")

    said(page.press("Thêm vào trường và danh sách rà soát"), "Võ Văn Chuyển Đến")

    assert task.press("Đã rà soát xong").status == 422
    task = said(house["homeroom"].task("Rà soát từng học sinh", "6A"), "4 học sinh", "1 em chưa duyệt")
    done(
        task.fill("Vì sao đúng như vậy: Võ Văn Chuyển Đến", "chưa nhận được học bạ")
        .press("Giữ nguyên, duyệt: Võ Văn Chuyển Đến")
        .press("Đã rà soát xong")
    )

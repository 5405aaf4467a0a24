"""What pages of a run say of the runs below it: cancelled ones as such, items of a sub-process by its name."""
# ruff: noqa: F811  (fixtures of another module)

import json
from html import unescape

from tests.commands.operating.runs import PEOPLE, begin_tree
from tests.engine.diagrams import definitions, element, end, flow, many, start, user
from tests.web.administration.test_operations import (  # noqa: F401  (fixtures)
    ADMIN,
    WHY,
    office,
    opened_world,
    sqlite_store,
)
from tests.web.work.office import Office


def marks_on(page: str) -> dict[str, str]:
    """Read the marks of the drawing of a page."""
    found: dict[str, str] = json.loads(unescape(page.split("data-marks='")[1].split("'")[0]))
    return found


def items_drawing() -> str:
    """A sub-process for each of three people."""
    inside = start("a") + user("enter", rs__assignee="head()") + end("z") + flow("a", "enter", "z")
    each = element("subProcess", "each", many(PEOPLE) + inside, name="Từng môn")
    body = start() + each + end() + flow("s", "each", "e")
    return definitions(body, key="items").decode()


def begin_items(office: Office) -> int:
    """Start a run of it."""
    office.world.publish("items", items_drawing())
    return office.world.begin("items")


def test_what_was_cancelled_is_not_drawn_as_done(office: Office) -> None:
    top = begin_tree(office.world)
    before = marks_on(office.page(ADMIN, f"/operations/{top}"))
    office.post(ADMIN, f"/operations/{top}/cancel", reason=WHY, sure="1")

    assert before["each"] == "open"
    assert marks_on(office.page(ADMIN, f"/operations/{top}"))["each"] == "cancelled"


def test_items_of_a_sub_process_are_named_by_it_and_not_by_their_drawing(office: Office) -> None:
    top = begin_items(office)

    page = office.page(ADMIN, f"/operations/{top}")
    row = page.split('<caption class="visually-hidden">Các lượt được gọi')[1].split("</table>")[0]
    group = page.split(f"/operations/{top}/children/")[1].split('"')[0]
    listed = office.page(ADMIN, f"/operations/{top}/children/{group}")
    procedure = office.page(ADMIN, "/procedures/items")

    assert "Chờ 3 trong 3 mục của “Từng môn”." in page
    assert "một phần của sơ đồ này" in row
    assert "một phần của sơ đồ này" in listed
    assert "một lượt cho mỗi mục" in procedure
    assert "<code></code>" not in procedure

"""The rows of a class in Chromium: what is typed in one is kept, Enter in a reason, the reasons used before."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.school import Pupil
from models.task import Draft
from tests.acceptance import chain
from tests.acceptance.browsing import PHONE, Hand, served
from tests.acceptance.house import House, Model, clean_pupils
from workflows.unit_of_work import UnitOfWork

pytestmark = pytest.mark.browser

BOTH_WAYS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
WHY = "đúng theo giấy khai sinh"
Visit = Callable[..., tuple[House, Hand]]


@pytest.fixture(scope="module")
def in_review(make_model: Callable[..., Model]) -> Model:
    """Keep a house in which 6A is reviewed, its first pupil with an impossible day; two classes wait for the head."""

    def prepare(house: House) -> None:
        for class_name in ("6B", "6C"):
            chain.class_reported(house, class_name)
        clean_pupils(house.world)
        first = house.world.pupils("6A")[0].id

        def spoil(work: UnitOfWork) -> None:
            pupil = work.session.get_one(Pupil, first)
            pupil.record = {**pupil.record, "birth_date": "31/02/2011"}

        house.world.do(spoil)

    return make_model(chain.open_campaign, prepare, classes=("6A", "6B", "6C"))


@pytest.fixture
def visit(in_review: Model, live: Callable[[Model], House], open_page: Callable[..., Any]) -> Iterator[Visit]:
    """Give a function that puts somebody before a screen; troubles of the browser fail the test at its end."""
    hands: list[Hand] = []
    with ExitStack() as stack:

        def sit_down(name: str, scripts: bool = True) -> tuple[House, Hand]:
            house = live(in_review)
            base = stack.enter_context(served(house.app))
            hands.append(Hand(open_page(*PHONE, java_script_enabled=scripts), base, scripts))
            return house, hands[-1].log_in(name)

        yield sit_down
    assert [trouble for hand in hands for trouble in hand.troubles] == []


def state_of(house: House, pupil_id: int) -> RosterState:
    return house.world.read(
        lambda session: (
            session.query(RosterEntry).filter_by(kind=SubjectKind.PUPIL, subject_id=pupil_id).one().state
        )
    )


def test_what_is_typed_in_a_row_is_there_after_the_page_is_loaded_again(visit: Visit) -> None:
    house, hand = visit("homeroom")
    first = house.world.pupils("6A")[0]
    hand.open_task("Rà soát từng học sinh", "6A")
    field, why = f"#p{first.id}-birth_date", f"#why-{first.id}"

    hand.page.locator(field).press_sequentially("!")
    hand.page.locator(f"#p{first.id}-draft", has_text="Đã giữ bản nháp").wait_for()
    hand.tap(f"#pupil-{first.id} .pupil-explain > summary")
    hand.page.locator(f"#p{first.id}-saved.finding-error").wait_for()
    hand.page.locator(why).press_sequentially(WHY)
    hand.page.locator(f"#p{first.id}-draft", has_text="Đã giữ bản nháp").wait_for()
    hand.page.reload()

    assert hand.page.locator(field).input_value() == "!31/02/2011"
    assert hand.page.locator(why).input_value() == WHY
    assert house.world.pupils("6A")[0].record["birth_date"] == "31/02/2011"
    # What the record has is in no draft any more.
    hand.page.fill(field, "03/02/2011")
    hand.tap("h1")
    hand.page.locator(f"#p{first.id}-saved", has_text="không còn bất thường").wait_for()
    hand.page.reload()
    assert hand.page.locator(field).input_value() == "03/02/2011"
    hand.press("Duyệt: ")
    assert state_of(house, first.id) is RosterState.DONE
    assert house.world.read(lambda session: session.query(Draft).count()) == 0


@BOTH_WAYS
def test_enter_in_the_reason_is_the_act_beside_it(visit: Visit, scripts: bool) -> None:
    house, hand = visit("homeroom", scripts)
    first = house.world.pupils("6A")[0]
    hand.open_task("Rà soát từng học sinh", "6A")
    hand.tap(f"#pupil-{first.id} .pupil-explain > summary")
    hand.page.fill(f"#why-{first.id}", WHY)

    with hand.next_page():
        hand.page.keyboard.press("Enter")

    assert state_of(house, first.id) is RosterState.DONE
    assert WHY in hand.page.locator(f"#pupil-{first.id}").inner_text()


def test_reasons_used_before_are_one_tap_beside_who_is_ticked(visit: Visit) -> None:
    house, hand = visit("principal")
    hand.open_task("Duyệt lớp 6B")
    ticked = house.world.pupils("6B")[0]
    hand.tap("details.pupil-rest > summary")
    hand.tap(f"#pupil-{ticked.id} [data-pick]")
    hand.page.fill(f"#why-return_pupils-{ticked.id}", "thiếu ảnh")
    hand.press("Trả lại học sinh")

    hand.go("/inbox")
    hand.open_task("Duyệt lớp 6C")
    one, other = house.world.pupils("6C")[:2]
    hand.tap("details.pupil-rest > summary")
    hand.tap(f"#pupil-{one.id} [data-pick]")
    assert hand.page.locator(".pick-row .reasons").count() == 1
    hand.tap(f"#pupil-{one.id} .reasons button")

    assert hand.page.locator(f"#why-return_pupils-{one.id}").input_value() == "thiếu ảnh"
    assert not hand.page.locator(".pick-row .reasons").is_visible()
    hand.tap(f"#pupil-{other.id} [data-pick]")
    assert hand.overflow() <= 0
    assert hand.violations() == []
    hand.tap(f"#pupil-{other.id} [data-pick]")
    assert hand.page.locator(".pick-row .reasons").count() == 1
    # A mark that was taken away lets the class pass, whatever its hidden reason holds.
    hand.tap(f"#pupil-{one.id} [data-pick]")
    hand.press("Duyệt")
    assert house.world.open_tasks(element_id="check_class") == []

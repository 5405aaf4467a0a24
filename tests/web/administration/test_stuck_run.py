"""The page of a run that cannot go on: its drawing, its sentences, the timer that failed, and what came too late."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.instance import Timer, TimerState
from tests.web.administration.test_operations import ADMIN, WHY, open_incident, run_of
from tests.web.conftest import PASSWORD
from tests.web.work.conftest import office, opened_world, sqlite_store  # noqa: F401  (fixtures)
from tests.web.work.office import Office
from web.formats import instant
from workflows.commands.due.timers import postpone
from workflows.engine import Reason


@pytest.fixture
def at_work(office: Office) -> Office:  # noqa: F811
    """The officer reviews the staff."""
    office.assign_officer()
    return office


def test_drawing_marks_where_it_cannot_go_on_and_calls_nothing_late_that_is_not(at_work: Office) -> None:
    run = run_of(at_work, "review_pupils", "6A")
    address = f"/operations/{run.id}"
    assert '"review_pupils": "open"' in at_work.page(ADMIN, address)

    open_incident(at_work, run.id, "review_pupils")

    page = at_work.page(ADMIN, address)
    assert '"review_pupils": "stuck"' in page
    assert '"late"' not in page


def test_run_says_that_it_waits_since_today_and_then_for_one_working_day(at_work: Office) -> None:
    run = run_of(at_work, "enter_grades", "6A")
    address = f"/operations/{run.id}"

    assert re.search(r"<strong>Chờ [^.]+ từ hôm nay\.", at_work.page(ADMIN, address))
    at_work.post(ADMIN, "/language", language="en")
    assert re.search(r"<strong>Waits for [^.]+ since today\.", at_work.page(ADMIN, address))

    at_work.world.clock.advance(days=1)
    at_work.client(ADMIN).send("/login", login=ADMIN, password=PASSWORD)
    assert re.search(r"<strong>Waits for [^.]+ for 1 working day\.", at_work.page(ADMIN, address))


def test_held_run_with_an_incident_says_both(at_work: Office) -> None:
    run = run_of(at_work, "review_pupils", "6A")
    open_incident(at_work, run.id, "review_pupils")
    at_work.post(ADMIN, f"/operations/{run.id}/suspend", reason=WHY)

    page = at_work.page(ADMIN, f"/operations/{run.id}")

    notice = page.partition("<strong>")[2].partition("</strong>")[0]
    assert "Bị quản trị viên tạm giữ từ" in notice
    assert "gãy" in notice
    heading = page.partition("<h1>")[2].partition("</div>")[0]
    assert "tạm giữ" in heading
    assert "đang chạy" not in heading


def test_timer_that_failed_says_at_once_why_and_when_it_is_tried_again(at_work: Office) -> None:
    world = at_work.world
    found = select(Timer).where(Timer.state == TimerState.WAITING, Timer.element_id != "").order_by(Timer.id)
    timer = world.read(lambda session: session.scalars(found).first())
    assert timer is not None
    drawn = instant(timer.due_at)
    world.clock.set(timer.due_at)
    cause = Reason.behind("KeyError: 'x'", "a fault in the program itself stopped it")
    world.do(lambda work: postpone(work, timer.id, cause))
    at_work.client(ADMIN).send("/login", login=ADMIN, password=PASSWORD)

    page = at_work.page(ADMIN, f"/operations/{timer.instance_id}")

    row = page.partition("Hẹn giờ và thông điệp</h2>")[2].partition("</table>")[0]
    assert drawn in row
    assert "hỏng 1 lần" in row
    assert "Phần mềm có lỗi khi xử lý." in row
    again = instant(timer.due_at + timedelta(seconds=30))
    assert f"Thử lại lúc {again}." in row
    assert f"bị hỏng và sẽ thử lại lúc {again}" in page.partition("<strong>")[2].partition("</strong>")[0]

"""What the page of a task says of how it stands: who has it since when, why nobody has it, what came before."""

from datetime import timedelta

from models.person import Appointment, Position
from models.task import Task
from tests.commands.chain import classes_done, staff_done
from tests.commands.operating.runs import WHY, simple
from tests.web.work.office import Office
from workflows.clock import FixedClock
from workflows.unit_of_work import UnitOfWork


def test_whoever_was_handed_a_task_has_it_since_then(reviewing: Office, clock: FixedClock) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")
    deputy = reviewing.world.people["deputy"]
    assert "từ 08:00" in reviewing.page("principal", f"/tasks/{task_id}")

    clock.advance(minutes=95)
    reviewing.post(
        "officer", f"/tasks/{task_id}/hand-over", to_person=str(deputy), hand_over_reason="tập huấn"
    )

    assert "từ 09:35" in reviewing.page("officer", f"/tasks/{task_id}")


def test_a_task_that_went_with_the_act_before_says_so(confirming: Office) -> None:
    gone = confirming.task_id("confirm_record")
    done = confirming.world.read(
        lambda session: session.query(Task).filter_by(element_id="review_record", state="completed").one().id
    )

    confirming.post("officer", f"/tasks/{done}/withdraw")
    page = confirming.page("homeroom", f"/tasks/{gone}")

    assert "đã thu hồi bước dẫn đến việc này" in page
    assert "Quy trình đã đi hướng khác" not in page


def test_a_task_that_an_administrator_moved_away_says_who_and_why(office: Office) -> None:
    office.world.publish("simple", simple("first", "second"))
    run = office.world.begin("simple")
    gone = office.world.task("first")

    moved = office.post(
        "administrator", f"/operations/{run}/move", token=gone.token, element="second", reason=WHY
    )
    page = office.page("principal", f"/tasks/{gone.id}")

    assert moved.status_code == 303
    assert "đã chuyển quy trình đi chỗ khác lúc" in page
    assert WHY in page.split('id="standing-title"')[1].split("</section>")[0]
    assert "Quy trình đã đi hướng khác" not in page


def test_a_post_that_nobody_holds_is_named_with_who_fills_it(office: Office, clock: FixedClock) -> None:
    world = office.world
    task_id = office.task_id("assign_officer", "THCS")

    def end(work: UnitOfWork) -> None:
        held = work.session.query(Appointment).filter_by(
            unit_id=world.units["school"], position=Position.HEAD
        )
        held.one().until_on = clock.now().date() - timedelta(days=1)

    world.do(end)
    page = office.page("deputy", f"/tasks/{task_id}")

    assert "một trong các người sau" not in page
    assert "Hiện không ai giữ chức vụ" in page
    assert "quản trị viên của Sở" in page


def test_sheet_that_asks_for_an_answer_says_why_it_was_returned(office: Office) -> None:
    staff_done(office.world)
    classes_done(office.world)
    deputy, reason = office.world.staff_id("deputy"), "thiếu bằng cấp"
    office.world.complete("principal", "confirm_school", "return_persons", returned={deputy: reason})

    page = office.page("officer", f"/tasks/{office.task_id('review_record', 'Phó Hiệu Trưởng')}")

    sheet = page.split('class="act-bar"')[1].split("Đã sửa những gì, hoặc vì sao giữ nguyên")[0]
    assert reason in sheet.split("<details")[-1]

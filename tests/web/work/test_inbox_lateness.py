"""What an inbox row says of being late: who was told, when, and how many working days are left."""

from datetime import date

from models.calendar import LocalDay
from tests.web.work.office import Office
from workflows.clock import FixedClock


def test_escalated_row_says_who_was_told_and_when(office: Office, clock: FixedClock) -> None:
    clock.advance(days=3)
    office.world.run_worker()

    page = office.page("principal", "/inbox")

    assert "Quá hạn" in page
    assert "đã báo đơn vị cấp trên" in page


def test_row_and_page_give_the_same_day_of_an_escalation(office: Office, clock: FixedClock) -> None:
    # The worker stood still over the weekend: what was due on Thursday was said on Monday.
    clock.advance(days=7)
    office.world.run_worker()

    row = office.page("principal", "/inbox")
    page = office.page("principal", f"/tasks/{office.task_id('assign_officer', 'THCS')}")

    assert "đã báo Văn phòng Sở 12/06" in row
    said = [part.split("</li>")[0] for part in page.split("✓ báo")[1:]]
    assert said
    assert all("12/06" in one for one in said)


def test_a_late_head_is_not_told_on_to_themselves(office: Office, clock: FixedClock) -> None:
    # Confirming the own record, late: the rung that speaks to the head speaks to the unit above.
    office.assign_officer()
    office.world.complete("officer", "review_record", "ready", subject="Hiệu Trưởng Mẫu")
    task_id = office.task_id("confirm_record", "Hiệu Trưởng Mẫu")
    clock.advance(days=4)
    office.world.run_worker()

    row, page = office.page("principal", "/inbox"), office.page("principal", f"/tasks/{task_id}")

    assert "đã báo đơn vị cấp trên" in row
    assert "báo thủ trưởng" not in row
    assert "✓ báo đơn vị cấp trên" in page


def test_due_time_counts_the_days_off_of_the_unit(office: Office) -> None:
    office.assign_officer()
    assert "còn 8 ngày làm việc" in office.page("officer", "/inbox")

    def close_school(work: object) -> None:
        day, school = date(2023, 6, 7), office.world.units["school"]
        work.session.add(LocalDay(unit_id=school, day=day, is_working=False, name="Nghỉ"))  # type: ignore[attr-defined]

    office.world.do(close_school)

    task_id = office.task_id("review_record", "Chủ Nhiệm")
    assert "còn 7 ngày làm việc" in office.page("officer", "/inbox")
    assert "còn 7 ngày làm việc" in office.page("officer", f"/tasks/{task_id}")

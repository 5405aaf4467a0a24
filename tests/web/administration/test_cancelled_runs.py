"""After a review was cancelled: whoever leads or works there reads by whom, why, and how it is done again."""
# ruff: noqa: F811  (fixtures of another module)

from models.instance import ChildGroup, ProcessInstance
from tests.commands.chain import CONFIRMED, class_reported, staff_done
from tests.web.administration.test_operations import (  # noqa: F401  (fixtures)
    ADMIN,
    WHY,
    office,
    opened_world,
    run_of,
    sqlite_store,
)
from tests.web.work.office import Office


def cancel(office: Office, element_id: str, subject: str) -> int:
    """Let the administrator cancel the run of a task; give the task."""
    task_id = office.task_id(element_id, subject)
    run = run_of(office, element_id, subject)
    assert office.post(ADMIN, f"/operations/{run.id}/cancel", reason=WHY, sure="1").status_code == 303
    return task_id


def above(office: Office, run: ProcessInstance) -> int:
    """Give the run that called another one."""
    return office.world.read(lambda session: session.get_one(ChildGroup, run.group_id).parent_id)


def test_head_reads_it_in_the_notice_and_in_the_lists_of_what_is_open(office: Office) -> None:
    cancel(office, "review_pupils", "6A")
    world = office.world
    where = f"campaign={world.campaign_id}&amp;unit={world.units['school']}"
    said = "Quản Trị Mẫu hủy lúc"

    notices = office.page("principal", "/notices")
    progress = office.page("principal", f"/progress?{where.replace('&amp;', '&')}")
    address = f"/campaigns/{world.campaign_id}/roster/{world.units['school']}?kind=class"
    roster = office.page("principal", address)

    assert "Đã hủy “Rà soát dữ liệu một lớp”, lớp 6A" in notices
    assert f"/progress?{where}" in notices
    for page in (progress, roster):
        assert said in page
        assert WHY in page
        assert "bước “Xác nhận, báo cáo cấp trên”" in page
    assert progress.count(said) == 1


def test_entries_behind_a_number_say_it_and_ask_once_for_all_of_them(office: Office) -> None:
    cancel(office, "review_pupils", "6A")
    address = f"/progress/entries?campaign={office.world.campaign_id}&unit={office.world.units['department']}"

    with office.counting() as sent:
        page = office.page("department_officer", f"{address}&kind=class&state=open")
    pupils = office.page("department_officer", f"{address}&kind=pupil&state=open")

    assert page.count("Quản Trị Mẫu hủy lúc") == 1
    row = page.split("Quản Trị Mẫu hủy lúc")[0].rsplit('id="entry-', 1)[1]
    assert "6A" in row
    assert sum("instance_cancelled" in one or "journal_entry.kind" in one for one in sent) == 1
    assert "hủy lúc" not in pupils


def test_of_a_person_it_is_said_where_the_officer_goes_on(office: Office) -> None:
    office.assign_officer()
    cancel(office, "review_record", "Chủ Nhiệm")

    page = office.page("principal", f"/progress?unit={office.world.units['school']}")

    assert "“Còn người cần rà soát” ở bước “Báo cáo, bàn giao xác nhận”" in page


def test_teacher_reads_on_the_task_who_cancelled_it_and_why(office: Office) -> None:
    task_id = office.task_id("review_pupils", "6A")
    office.post("homeroom", f"/tasks/{task_id}/draft", comment="đang xem em số 3")
    cancel(office, "review_pupils", "6A")

    page = office.page("homeroom", f"/tasks/{task_id}")
    notices = office.page("homeroom", "/notices")

    assert "đã hủy lượt rà soát này" in page
    assert WHY in page
    assert "Quy trình đã đi hướng khác" not in page
    assert "<dt>comment</dt>" not in page
    assert "<dt>Ý kiến" in page
    assert "lớp 6A" in notices


def test_several_tasks_that_are_gone_are_named_by_what_they_were_about(office: Office) -> None:
    school = above(office, run_of(office, "review_pupils", "6A"))
    office.post(ADMIN, f"/operations/{school}/cancel", reason=WHY, sure="1")

    notices = office.page("visiting", "/notices")
    progress = office.page("principal", f"/progress?unit={office.world.units['school']}")

    assert "2 việc (nhập điểm): 6A · Toán, 6B · Toán, Trường THCS Mẫu" in notices
    assert "Không thể làm lại trong đợt này" in progress


def test_head_who_confirms_is_told_what_was_cancelled(office: Office) -> None:
    cancel(office, "review_pupils", "6A")
    world = office.world
    staff_done(world)
    class_reported(world, "6B", "colleague")
    world.complete("principal", "check_class", "confirm", subject="6B")
    task_id = office.task_id("confirm_school")

    page = office.page("principal", f"/tasks/{task_id}")
    refused = office.post(
        "principal",
        f"/tasks/{task_id}/complete",
        outcome="confirm",
        password="mau-thu-vi-du",
        **{f"f.{name}": value for name, value in CONFIRMED.items()},
    )

    assert "Quản Trị Mẫu hủy lúc" in page
    assert refused.status_code == 422
    assert "6A" in refused.text

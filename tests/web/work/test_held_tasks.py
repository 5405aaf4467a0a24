"""What whoever has a task sees while an administrator holds its run."""

from tests.web.work.office import Office


def test_task_of_a_held_run_says_so_and_offers_no_act(office: Office) -> None:
    office.assign_officer()
    task = office.world.task("review_record", "Chủ Nhiệm")
    who, where, held = "officer", f"/tasks/{task.id}", "Quản trị viên đang tạm giữ quy trình này từ"
    assert 'class="act-bar"' in office.page(who, where)

    office.post("administrator", f"/operations/{task.instance_id}/suspend", reason="thử vận hành")
    page, inbox = office.page(who, where), office.page(who, "/inbox")
    late = office.post(who, f"{where}/complete", outcome="ready")

    assert held in page
    assert 'class="act-bar"' not in page
    assert f"{where}/complete" not in page
    row = inbox.split(f'id="task-{task.id}"')[1].split("</li>")[0]
    assert held in row
    assert "<button" not in row
    assert "data-pick" not in row
    assert (late.status_code, held in late.text) == (409, True)


def test_task_of_a_held_run_says_who_holds_it_and_why(office: Office) -> None:
    office.assign_officer()
    task = office.world.task("review_record", "Chủ Nhiệm")

    office.post("administrator", f"/operations/{task.instance_id}/suspend", reason="thử vận hành")
    page = office.page("officer", f"/tasks/{task.id}")

    standing = page.split('id="standing-title"')[1].split("</section>")[0]
    assert "thử vận hành" in standing
    assert "Quản Trị" in standing.split("thử vận hành")[0]


def test_task_that_nobody_has_to_do_promises_no_reminder(office: Office) -> None:
    office.assign_officer()
    task = office.world.task("review_record", "Chủ Nhiệm")
    where = f"/tasks/{task.id}"
    before = office.page("officer", where)

    office.post("administrator", f"/operations/{task.instance_id}/cancel", reason="nhập nhầm", sure="1")
    after = office.page("officer", where)

    assert ["Nhắc và báo" in page for page in (before, after)] == [True, False]
    assert ['class="task-due"' in page for page in (before, after)] == [True, False]

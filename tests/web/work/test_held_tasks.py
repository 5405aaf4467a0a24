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

"""The history on the page of a task: who did what for whom, and what a correction changed."""

import re

from sqlalchemy import update

from models.catalogue import FieldDefinition
from tests.web.work.office import Office
from tests.web.work.test_task_page import staff_member, task


def test_history_tells_who_did_what_for_whom(confirming: Office) -> None:
    page = confirming.page("principal", f"/tasks/{confirming.task_id('confirm_record')}")

    assert "Thầy Cán Bộ Ví Dụ" in page
    assert "hoàn thành “Rà soát hồ sơ”: Mời xác nhận" in page


def test_history_tells_which_field_was_corrected_from_what_to_what(reviewing: Office) -> None:
    hide = update(FieldDefinition).where(FieldDefinition.key == "personal_id").values(sensitive=True)
    reviewing.world.do(lambda work: work.session.execute(hide))
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")
    before = staff_member(reviewing, "homeroom")
    reviewing.post(
        "officer",
        f"/tasks/{task_id}/record",
        r__birth_date="12/04/1986",
        r__personal_id="000099000123",
        revision=before.revision,
    )

    judging = history_of(reviewing.page("officer", f"/tasks/{task_id}"))
    looking = history_of(reviewing.page("principal", f"/tasks/{task_id}"))
    operating = history_of(
        reviewing.page("administrator", f"/operations/{task(reviewing, task_id).instance_id}")
    )

    day = "Ngày sinh: <s>03/02/2011</s> → <b>12/04/1986</b>"
    assert all(day in page for page in (judging, looking))
    assert "→ <b>000099000123</b>" in judging
    assert "→ <b>•••••123</b>" in looking
    assert "000099000123" not in looking
    assert "<li>Ngày sinh</li>" in operating
    assert "12/04/1986" not in operating
    assert f"sửa hồ sơ của {before.person.full_name}" in operating


def history_of(page: str) -> str:
    """Give the history of a page without blanks between its parts."""
    return re.sub(r">\s+<", "><", page.split('<ol class="trail">')[1].split("</ol>")[0])

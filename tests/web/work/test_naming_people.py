"""Whom a step offers where its form names a person."""

from sqlalchemy import update

from models.person import Account
from tests.web.work.office import Office


def test_whom_to_name_is_marked_without_an_account(office: Office) -> None:
    task_id, deputy = office.task_id("assign_officer", "THCS"), office.world.people["deputy"]
    before = office.page("principal", f"/tasks/{task_id}")
    office.world.do(
        lambda work: work.session.execute(
            update(Account).where(Account.person_id == deputy).values(is_active=False)
        )
    )

    page = office.page("principal", f"/tasks/{task_id}")

    chosen = page.split(f'<option value="{deputy}"')[1].split("</option>")[0]
    assert "chưa có tài khoản" in chosen
    assert page.count("(chưa có tài khoản)") == before.count("(chưa có tài khoản)") + 1

"""Several running instances at once: picked in a list, or named by their numbers."""
# ruff: noqa: F811  (fixtures of another module)

import re
from uuid import uuid4

import pytest

from models.journal import JournalKind
from tests.web.administration.test_operations import (  # noqa: F401  (fixtures)
    ADMIN,
    WHY,
    at_work,
    entries,
    instance,
    office,
    opened_world,
    run_of,
    second_version,
    sqlite_store,
)
from tests.web.work.office import Office


def test_numbers_that_name_no_run_of_the_version_are_named_each_with_the_reason(at_work: Office) -> None:
    second_version(at_work, "person_review")
    ours, other = (
        run_of(at_work, "review_record", "Chủ Nhiệm"),
        run_of(at_work, "review_pupils", "6A"),
    )
    ended = run_of(at_work, "review_record", "Bộ Môn")
    at_work.post(ADMIN, f"/operations/{ended.id}/cancel", reason=WHY, sure="1")
    chosen = f"{ours.id}, #{other.id} {ended.id}; 999999 abc"

    page = at_work.client(ADMIN).get(
        "/procedures/person_review/versions/1/migrate",
        query_string={"to": "2", "scope": "chosen", "chosen": chosen},
    )

    wrong = page.text.split('id="chosen-wrong"')[1].split("</ul>")[0]
    assert page.status_code == 200
    assert wrong.count("<li>") == 4
    for said in (
        f"Lượt {other.id}",
        "phiên bản 1 của “Rà soát dữ liệu một lớp”",
        f"Lượt {ended.id}",
        "đã kết thúc",
        "Không có lượt nào mang số 999999",
        "“abc” không phải là số của một lượt",
    ):
        assert said in wrong
    assert "Chuyển 1 lượt sang phiên bản 2" in page.text


def picked(page: str) -> list[str]:
    """Give the boxes of a list of runs."""
    return re.findall(r'type="checkbox" name="run" value="(\d+)"', page)


def test_runs_are_picked_in_the_list_and_held_and_released_together(at_work: Office) -> None:
    page = at_work.page(ADMIN, "/operations?key=person_review")
    ids = picked(page)[:3]
    back = "/operations?key=person_review"

    asked = at_work.client(ADMIN).get(
        "/operations/chosen", query_string={"act": "suspend", "run": ids, "back": back}
    )
    silent = at_work.post(ADMIN, "/operations/chosen/suspend", run=ids, back=back)
    key = uuid4().hex
    form = {"run": ids, "back": back, "reason": WHY}
    answers = [at_work.post(ADMIN, "/operations/chosen/suspend", key, **form) for _ in range(2)]

    assert "Tạm giữ lượt chạy: 3 lượt đã chọn" in asked.text
    assert asked.text.count('name="run"') == 3
    assert (silent.status_code, 'id="field-reason-error"' in silent.text) == (422, True)
    assert [answer.location for answer in answers] == [back, back]
    assert all(instance(at_work, int(one)).suspended_at for one in ids)
    assert len(entries(at_work, JournalKind.INSTANCE_SUSPENDED)) == 3
    released = at_work.post(ADMIN, "/operations/chosen/resume", run=ids, reason=WHY)
    assert released.location == "/operations"
    assert not any(instance(at_work, int(one)).suspended_at for one in ids)


def test_one_refusal_among_picked_runs_stops_none_of_the_others(at_work: Office) -> None:
    ids = picked(at_work.page(ADMIN, "/operations?key=person_review"))[:2]
    at_work.post(ADMIN, f"/operations/{ids[0]}/suspend", reason=WHY)

    answer = at_work.post(ADMIN, "/operations/chosen/suspend", run=ids, reason=WHY)

    assert answer.status_code == 200
    assert (answer.text.count("✗"), answer.text.count("✓")) == (1, 1)
    assert instance(at_work, int(ids[1])).suspended_at


def test_picked_runs_go_to_another_version_of_each_of_their_procedures(at_work: Office) -> None:
    second_version(at_work, "person_review")
    people = picked(at_work.page(ADMIN, "/operations?key=person_review"))[:2]
    classes = picked(at_work.page(ADMIN, "/operations?key=class_review"))[:1]
    client = at_work.client(ADMIN)

    alike = client.get("/operations/chosen", query_string={"act": "migrate", "run": people})
    mixed = client.get("/operations/chosen", query_string={"act": "migrate", "run": people + classes})
    none = client.get("/operations/chosen?act=migrate&run=999999&run=x")

    assert alike.location.startswith("/procedures/person_review/versions/1/migrate?chosen=")
    plan = at_work.page(ADMIN, alike.location)
    assert all(f"/operations/{one}" in plan for one in people)
    assert mixed.status_code == 200
    assert mixed.text.count("/versions/1/migrate?chosen=") == 2
    assert none.location == "/operations"


@pytest.mark.parametrize("who", ["principal", "department_officer"])
def test_nobody_else_picks_runs(at_work: Office, who: str) -> None:
    assert at_work.client(who).get("/operations/chosen?act=suspend&run=1").status_code == 403
    assert at_work.post(who, "/operations/chosen/suspend", run=["1"], reason=WHY).status_code == 403

"""What an operator types: values as the forms of a procedure ask for them, and what a migration can do with it."""
# ruff: noqa: F811  (fixtures of another module)

import pytest

from models.instance import ChildGroup, ProcessInstance
from tests.web.administration.test_operations import (  # noqa: F401  (fixtures)
    ADMIN,
    WHY,
    at_work,
    office,
    opened_world,
    run_of,
    second_version,
    sqlite_store,
)
from tests.web.work.office import Office


def test_outcome_is_corrected_to_one_that_a_step_offers(at_work: Office) -> None:
    run = run_of(at_work, "review_record", "Chủ Nhiệm")
    token = at_work.world.task("review_record", "Chủ Nhiệm").token
    where = f"/operations/{run.id}/correct"

    page = at_work.page(ADMIN, f"{where}?token={token}&name=outcome")
    wrong = at_work.post(ADMIN, where, token=token, name="outcome", value="no such", reason=WHY)
    right = at_work.post(ADMIN, where, token=token, name="outcome", value="ready", reason=WHY)

    assert '<option value="ready"' in page
    assert (wrong.status_code, 'id="field-value-error"' in wrong.text) == (422, True)
    assert right.status_code == 303


def test_button_of_a_migration_counts_the_runs_that_can_move(at_work: Office) -> None:
    stays, moves = (run_of(at_work, "review_record", name) for name in ("Bộ Môn", "Chủ Nhiệm"))
    at_work.world.complete("officer", "review_record", "ready", subject="Chủ Nhiệm")
    second_version(at_work, "person_review", review_record="look_at_record")
    address = "/procedures/person_review/versions/1/migrate?to=2&scope=chosen&chosen="

    both = at_work.page(ADMIN, f"{address}{stays.id},{moves.id}")
    none = at_work.page(ADMIN, f"{address}{stays.id}")

    assert "Chuyển 1 lượt sang phiên bản 2" in both
    assert "Không lượt nào trong số này chuyển được." in none


def test_variables_stand_once_and_choices_by_their_labels(at_work: Office) -> None:
    at_work.world.complete("officer", "review_record", "ready", subject="Chủ Nhiệm")
    run = run_of(at_work, "confirm_record", "Chủ Nhiệm")
    above = run_of(at_work, "review_record", "Bộ Môn")

    page = at_work.page(ADMIN, f"/operations/{run.id}")
    staff = at_work.page(ADMIN, f"/operations/{_above(at_work, above)}")

    assert "Mời xác nhận" in page.split('id="variables"')[1].split("</section>")[0]
    # The call and the timer of its deadline: one list, which says so.
    assert staff.count('id="token-') == 2
    assert staff.count('name=officer"') == 1
    assert "Có hiệu lực trong cả lượt" in staff


def test_people_offered_are_the_people_accepted(at_work: Office) -> None:
    run = run_of(at_work, "review_record", "Chủ Nhiệm")
    token = at_work.world.task("review_record", "Chủ Nhiệm").token
    where = f"/operations/{run.id}/correct"
    stranger = at_work.world.people["department_officer"]

    page = at_work.page(ADMIN, f"{where}?token={token}&name=officer")
    forged = at_work.post(ADMIN, where, token=token, name="officer", value=str(stranger), reason=WHY)
    starter = at_work.page(ADMIN, f"{where}?token={token}&name=initiator")

    assert f'<option value="{stranger}"' not in page
    assert (forged.status_code, 'id="field-value-error"' in forged.text) == (422, True)
    assert f'<option value="{stranger}"' in starter


def _above(office: Office, run: ProcessInstance) -> int:
    group = office.world.read(lambda session: session.get_one(ChildGroup, run.group_id))
    return group.parent_id


def test_only_what_can_replace_a_step_is_offered_and_taken(at_work: Office) -> None:
    stays = run_of(at_work, "review_record", "Bộ Môn")
    second_version(at_work, "person_review", review_record="look_at_record")
    address = f"/procedures/person_review/versions/1/migrate?to=2&scope=chosen&chosen={stays.id}"

    page = at_work.page(ADMIN, address)
    refused = at_work.client(ADMIN).get(f"{address}&replaces.review_record=person_confirmed")
    taken = at_work.page(ADMIN, f"{address}&replaces.review_record=look_at_record")

    choices = page.split('name="replaces.review_record"')[1].split("</select>")[0]
    assert '<option value="look_at_record"' in choices
    assert '<option value="confirm_record"' in choices
    for other in ("review_opened", "reviewed", "person_confirmed"):
        assert f'<option value="{other}"' not in choices
    assert refused.status_code == 422
    assert "không thể thay bằng" in refused.text
    assert 'name="replaces.review_record" value="person_confirmed"' not in refused.text
    assert "Chuyển 1 lượt sang phiên bản 2" in taken


@pytest.mark.parametrize("to", ["99", "1", "abc"])
def test_version_that_is_none_is_said(at_work: Office, to: str) -> None:
    second_version(at_work, "person_review", review_record="look_at_record")

    answer = at_work.client(ADMIN).get(f"/procedures/person_review/versions/1/migrate?to={to}")

    assert answer.status_code == 422
    assert 'id="field-to-error"' in answer.text


def test_move_asks_for_an_element_and_not_for_the_same(at_work: Office) -> None:
    run = run_of(at_work, "review_record", "Chủ Nhiệm")
    token = at_work.world.task("review_record", "Chủ Nhiệm").token
    where = f"/operations/{run.id}/move"

    nothing = at_work.post(ADMIN, where, token=token, element="", reason=WHY)
    same = at_work.post(ADMIN, where, token=token, element="review_record", reason=WHY)

    assert (nothing.status_code, "Hãy chọn bước" in nothing.text) == (422, True)
    assert "“”" not in nothing.text
    assert "đang chờ ở “Rà soát hồ sơ” rồi" in same.text


def test_whom_a_run_is_about_is_named_and_the_rest_of_it_folded(office: Office) -> None:
    run = run_of(office, "review_pupils", "6A").id

    page = office.page(ADMIN, f"/operations/{run}")
    row = page.split("<code>entry</code>")[1].split("</tr>")[0]

    assert "<summary>lớp 6A</summary>" in row
    assert "đối tượng của “Rà soát từng lớp”" in row

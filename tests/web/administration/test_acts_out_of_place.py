"""Forms of operators' acts that have nothing to do as the run stands, and what their lists say of themselves."""
# ruff: noqa: F811  (fixtures of another module)

import pytest

from tests.web.administration.test_operations import ADMIN, WHY, at_work, run_of  # noqa: F401  (fixture)
from tests.web.work.conftest import office, opened_world, sqlite_store  # noqa: F401  (fixtures)
from tests.web.work.office import Office


def test_forms_of_acts_that_have_nothing_to_do_lead_back_to_the_run(
    at_work: Office,
) -> None:
    run = run_of(at_work, "review_record", "Chủ Nhiệm")
    address = f"/operations/{run.id}"
    resume = at_work.client(ADMIN).get(f"{address}/resume")
    moved = at_work.client(ADMIN).get(f"{address}/move?token=gone")
    told = at_work.page(ADMIN, address)
    at_work.post(ADMIN, f"{address}/suspend", reason=WHY)
    suspend = at_work.client(ADMIN).get(f"{address}/suspend")
    said = at_work.page(ADMIN, address)
    at_work.post(ADMIN, f"{address}/cancel", reason=WHY, sure="1")

    answers = [resume, suspend, moved]
    answers += [at_work.client(ADMIN).get(f"{address}/{act}") for act in ("suspend", "resume", "cancel")]

    assert "tạm giữ từ" in said
    assert "Bước này không còn mở nữa." in told
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, address)] * 6


@pytest.mark.parametrize(
    ("view", "said"),
    [("running", True), ("finished", True), ("cancelled", True), ("incident", False), ("suspended", False)],
)
def test_list_says_that_it_holds_only_runs_nobody_called_where_it_does(
    at_work: Office, view: str, said: bool
) -> None:
    page = at_work.page(ADMIN, f"/operations?view={view}")

    assert ("không do lượt nào gọi" in page) is said
    assert page.count("filter-find-help") == (2 if said else 0)


def test_act_that_came_too_late_says_so_without_its_form(at_work: Office) -> None:
    run = run_of(at_work, "review_record", "Chủ Nhiệm")
    token = at_work.world.task("review_record", "Chủ Nhiệm").token
    address = f"/operations/{run.id}"
    at_work.post(ADMIN, f"{address}/suspend", reason=WHY)
    resumed = [at_work.post(ADMIN, f"{address}/resume", reason=WHY) for _ in range(2)]
    move = {"token": token, "element": "confirm_record", "reason": WHY}
    moved = [at_work.post(ADMIN, f"{address}/move", **move) for _ in range(2)]

    assert [answer.status_code for answer in resumed + moved] == [303, 409, 303, 409]
    for late, act in ((resumed[1], "resume"), (moved[1], "move")):
        assert f'action="{address}/{act}"' not in late.text
        assert "Về trang của lượt chạy" in late.text
        assert "notice-refused" in late.text


def test_cancelling_says_what_the_run_above_and_the_campaign_make_of_it(at_work: Office) -> None:
    page = at_work.page(ADMIN, f"/operations/{run_of(at_work, 'review_record', 'Chủ Nhiệm').id}/cancel")

    assert "Lượt bên trên đi tiếp mà không có lượt này." in page
    assert "trong đợt rà soát, phần này vẫn tính là chưa xong. Muốn làm lại thì" in page
    assert "như thể" not in page

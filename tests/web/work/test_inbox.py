"""The inbox: rows, groups, filters, one-tap and bulk approval, claims, and a price that does not grow."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from models.campaign import Deadline
from models.task import Task, TaskState
from tests.web.conftest import Cast, Client
from tests.web.work.office import Office
from workflows.clock import FixedClock
from workflows.unit_of_work import UnitOfWork


def state_of(office: Office, task_id: int) -> TaskState:
    return office.world.read(lambda session: session.get_one(Task, task_id).state)


def test_row_says_who_what_and_until_when(office: Office) -> None:
    office.assign_officer()

    page = office.page("officer", "/inbox")

    assert "Rà soát hồ sơ · cô Chủ Nhiệm Thử" in page
    assert "Rà soát hồ sơ · cô Thỉnh Giảng Giả (thỉnh giảng)" in page
    assert "còn 8 ngày làm việc" in page
    assert "17:00 thứ Năm 15/06" in page


def test_inbox_holds_what_the_person_can_do_and_nothing_else(office: Office) -> None:
    assert "Giao cán bộ phụ trách" in office.page("principal", "/inbox")
    assert "lớp 6A" in office.page("homeroom", "/inbox")
    assert "lớp 6B" not in office.page("homeroom", "/inbox")
    assert "Không còn việc nào" in office.page("deputy", "/inbox")


def test_empty_inbox_of_a_head_names_what_comes_and_leads_to_it(office: Office) -> None:
    office.assign_officer()

    page = office.page("principal", "/inbox").split("<main")[1]

    assert "1 việc đã trình đang ở chỗ người khác" in page
    assert "Sắp tới: rà soát nhân sự" in page
    assert "còn 8 ngày làm việc" in page
    assert "6 người, 2 lớp" in page
    assert 'href="/progress?campaign=1"' in page


def test_empty_inbox_names_deadlines_that_hold_for_schools_below(office: Office) -> None:
    def move(work: UnitOfWork) -> None:
        for level in ("TH", "THCS"):
            rule = {"campaign_id": office.world.campaign_id, "key": "staff", "level": level}
            work.session.add(Deadline(**rule, due_at=datetime(2023, 6, 2, 10, tzinfo=UTC)))

    office.assign_officer()
    office.world.do(move)

    page = office.page("principal", "/inbox").split("<main")[1]

    assert "Sắp tới: rà soát lớp" in page
    assert "Sắp tới: rà soát nhân sự" not in page
    assert "quá hạn" not in page


def test_empty_inbox_counts_what_is_overdue_below_as_the_page_of_progress(office: Office) -> None:
    office.assign_officer()
    past = datetime(2023, 6, 2, 10, tzinfo=UTC)
    late = update(Task).where(Task.element_id == "review_record").values(due_at=past)
    office.world.do(lambda work: work.session.execute(late))

    page = office.page("principal", "/inbox").split("<main")[1]
    shown = re.search(r"(\d+) việc quá hạn trong trường của", page)
    leads = re.search(r'href="(/progress/tasks[^"]*late=1[^"]*)"', page)
    assert shown
    assert leads
    progress = office.page("principal", "/progress")

    assert f"<strong>{shown[1]}</strong><span>trong đó quá hạn" in progress
    assert office.page("principal", leads[1].replace("&amp;", "&")).count("Rà soát hồ sơ") >= int(shown[1])


def test_empty_inbox_of_who_follows_nothing_says_that_tasks_come_by_themselves(office: Office) -> None:
    page = office.page("inspector", "/inbox").split("<main")[1]

    assert "Không còn việc nào" in page


def test_work_due_on_the_next_working_day_stands_by_itself_on_a_weekend(
    reviewing: Office, clock: FixedClock
) -> None:
    def plan(work: UnitOfWork) -> None:
        mine = list(work.session.scalars(select(Task.id).where(Task.element_id == "review_record")))
        monday, thursday = (datetime(2023, 6, day, 10, tzinfo=UTC) for day in (12, 15))
        work.session.execute(update(Task).where(Task.id.in_(mine)).values(due_at=thursday))
        work.session.execute(update(Task).where(Task.id == mine[0]).values(due_at=monday))

    reviewing.world.do(plan)
    monday = reviewing.page("officer", "/inbox")
    clock.advance(days=6)
    sunday = Office(reviewing.app, reviewing.world).page("officer", "/inbox")

    assert "Ngày làm việc tới" not in monday
    assert 'id="group-later"' in monday
    group = sunday.split('id="group-week"')[1].split("</section>")[0]
    assert "Ngày làm việc tới (thứ Hai 12/06)" in group
    assert group.count("data-row id") == 1
    assert sunday.index('id="group-week"') < sunday.index('id="group-later"')


def test_class_row_counts_decisions_and_oddities(checking: Office) -> None:
    world = checking.world
    pupil = world.pupils("6A")[0]

    def spoil(work: object) -> None:
        work.session.get(type(pupil), pupil.id).record = {"birth_date": "31/02/2011"}  # type: ignore[attr-defined]

    world.do(spoil)

    page = checking.page("principal", "/inbox")
    assert "Duyệt lớp 6A" in page
    assert "5/5, <span" in page
    assert "1 bất thường" in page
    assert "0 bất thường" in page


def test_bulk_form_sent_twice_has_one_effect(checking: Office) -> None:
    ids = [checking.task_id("check_class", name) for name in ("6A", "6B")]
    key = uuid4().hex

    first = checking.post("principal", "/inbox/complete", key, task=ids, outcome="confirm")
    second = checking.post("principal", "/inbox/complete", key, task=ids, outcome="confirm")

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location


def test_one_refusal_in_a_bulk_act_stops_nobody_else(checking: Office) -> None:
    good = checking.task_id("check_class", "6A")
    foreign = checking.task_id("assign_officer", "TH Thử")

    answer = checking.post("principal", "/inbox/complete", task=[good, foreign], outcome="confirm")

    assert answer.status_code == 200
    assert state_of(checking, good) is TaskState.COMPLETED
    assert state_of(checking, foreign) is TaskState.OPEN
    assert "Việc nào đã xong, việc nào chưa" in answer.text
    assert "Trường TH Thử" not in answer.text


@pytest.mark.parametrize("outcome", ["return_class", "", "nonsense"])
def test_bulk_form_takes_the_bulk_outcome_only(checking: Office, outcome: str) -> None:
    task_id = checking.task_id("check_class", "6A")

    answer = checking.post("principal", "/inbox/complete", task=[task_id], outcome=outcome)

    assert answer.status_code == 422
    assert state_of(checking, task_id) is TaskState.OPEN


def test_clean_class_is_approved_from_its_row(checking: Office) -> None:
    task_id = checking.task_id("check_class", "6A")

    answer = checking.post("principal", "/inbox/complete?outcome=confirm", only=task_id)

    assert answer.status_code == 303
    assert state_of(checking, task_id) is TaskState.COMPLETED


def test_filter_and_words_stand_in_the_address(office: Office) -> None:
    office.assign_officer()

    page = office.page("officer", "/inbox?q=chu+nhiem")

    assert "Chủ Nhiệm Thử" in page
    assert "Thỉnh Giảng Giả" not in page
    assert "?q=chu+nhiem" in page
    assert "Không có việc nào khớp" in office.page("officer", "/inbox?q=zzz")


def test_class_filter_holds_the_class_and_its_subjects(checking: Office) -> None:
    class_id = checking.world.classes["6A"]

    page = checking.page("principal", f"/inbox?place=class-{class_id}")

    assert "Duyệt lớp 6A" in page
    assert "Duyệt lớp 6B" not in page
    assert f'<option value="class-{class_id}" selected>6A</option>' in page
    # The next page, the task and the act stay in this list.
    assert f"/inbox/complete?place=class-{class_id}" in page


def test_list_is_narrowed_to_a_campaign_and_sorted_by_the_address(checking: Office) -> None:
    page = checking.page("principal", "/inbox?campaign=1&sort=name")

    assert '<option value="name" selected>' in page
    titles = [part.split("<")[0] for part in page.split('data-open href="')[1:]]
    assert page.index("Duyệt lớp 6A") < page.index("Duyệt lớp 6B")
    assert titles
    assert all("sort=name" in one for one in titles)
    assert "Không có việc nào khớp" in checking.page("principal", "/inbox?campaign=99")


def test_what_was_received_last_stands_first_when_asked(office: Office, clock: FixedClock) -> None:
    clock.advance(minutes=5)
    office.bring_to_check("6A", "homeroom")
    clock.advance(minutes=5)
    office.bring_to_check("6B", "colleague")

    by_due, by_arrival = office.page("principal", "/inbox"), office.page("principal", "/inbox?sort=received")

    assert by_due.index("Duyệt lớp 6A") < by_due.index("Duyệt lớp 6B")
    assert by_arrival.index("Duyệt lớp 6B") < by_arrival.index("Duyệt lớp 6A")
    assert "nhận 08:10 thứ Hai 05/06" in by_arrival


def test_focus_goes_on_to_the_row_after_the_one_that_was_approved(checking: Office) -> None:
    first, second = (checking.task_id("check_class", name) for name in ("6A", "6B"))

    answer = checking.post("principal", "/inbox/complete?outcome=confirm&sort=name", only=first)

    assert answer.location == f"/inbox?sort=name&done={first}#task-{second}"


def test_all_rows_with_an_act_are_picked_by_one_box(checking: Office) -> None:
    page = checking.page("principal", "/inbox")

    assert 'data-pick-all="confirm"' in page
    assert "chọn cả 2 việc trên trang này" in page
    assert "data-pick-all" not in checking.page("homeroom", "/inbox")


@pytest.mark.parametrize(
    "query",
    [
        "after=x",
        "sort=x",
        "place=class-x",
        "place=unit",
        "sort=name&after=~",
        "sort=received&after=x~1",
        "after=2023-06-05T00:00:00~9",
        "campaign=abc",
        "unit=99999999999999999999",
        "done=x&done=5",
    ],
)
def test_nonsense_in_the_address_is_ignored(office: Office, query: str) -> None:
    office.page("principal", f"/inbox?{query}")


def test_fifty_rows_a_page_and_the_rest_behind_the_cursor(office: Office) -> None:
    office.assign_officer()

    def multiply(work: object) -> None:
        session = work.session  # type: ignore[attr-defined]
        original = session.query(Task).filter_by(element_id="review_record").first()
        columns = {
            column.key: getattr(original, column.key)
            for column in Task.__table__.columns
            if column.key != "id"
        }
        for number in range(60):
            session.add(Task(**{**columns, "token": f"copy{number}"}))

    office.world.do(multiply)

    page = office.page("officer", "/inbox")

    assert page.count('class="task-row"') == 50
    assert '<span class="tab-count">66</span>' in page
    following = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert office.page("officer", following).count('class="task-row"') == 16


def test_price_of_a_page_does_not_grow_with_its_rows(office: Office) -> None:
    few = office.client("officer")
    few.get("/inbox")
    with office.counting() as before:
        few.get("/inbox")
    office.assign_officer()
    office.page("officer", "/inbox")
    with office.counting() as after:
        office.page("officer", "/inbox")

    assert len(after) <= len(before) + 8
    assert len(after) <= 22, "\n".join(after)


def test_role_of_several_people_can_be_claimed_and_given_back(office: Office) -> None:
    def to_inspectors(work: object) -> None:
        session = work.session  # type: ignore[attr-defined]
        task = session.get(Task, office.task_id("assign_officer", "THCS"))
        task.assignee_id, task.role, task.role_unit_id = None, "officer", office.world.units["district"]

    office.world.do(to_inspectors)
    task_id = office.task_id("assign_officer", "THCS")
    assert "Nhận xử lý" in office.page("inspector", "/inbox")

    answer = office.post("inspector", f"/tasks/{task_id}/claim")

    assert answer.location == f"/tasks/{task_id}"
    assert "Không còn việc nào" in office.page("second_inspector", "/inbox")
    late = office.post("second_inspector", f"/tasks/{task_id}/complete", outcome="assign")
    assert late.status_code == 409
    assert "Chuyên Viên Một" in late.text
    office.post("inspector", f"/tasks/{task_id}/release")
    assert "Nhận xử lý" in office.page("second_inspector", "/inbox")


def test_single_holder_of_a_role_is_not_asked_to_claim(office: Office) -> None:
    assert "Nhận xử lý" not in office.page("principal", "/inbox")


def test_inbox_is_not_for_strangers(office: Office) -> None:
    office.app.test_client_class = type(office.client("principal"))
    assert office.app.test_client().get("/inbox").status_code == 302


def test_empty_inbox_of_a_new_department_leads_its_administrator_on(
    client_of: Callable[[str], Client], cast: Cast
) -> None:
    page = client_of("admin").get("/inbox").text.split("<main")[1]

    assert 'href="/organisation"' in page
    assert f'href="/organisation/{cast.department}/people"' in page
    assert "Đợt rà soát do" in page

"""A class after its review: what the head sends back and sees again, and the grades beside it."""

import pytest

from models.campaign import RosterState
from models.catalogue import FieldDefinition
from models.document import Document
from models.person import Person
from models.school import Grade, Pupil
from models.task import Task, TaskState
from tests.web.conftest import PASSWORD
from tests.web.work.office import Office
from tests.web.work.test_class_page import entries, pupil
from workflows.unit_of_work import UnitOfWork


def test_returned_pupil_is_corrected_or_answered_and_the_head_sees_which(office: Office) -> None:
    office.bring_to_check("6A", "homeroom")
    one, other = office.world.pupils("6A")[:2]
    office.world.complete(
        "principal",
        "check_class",
        "return_pupils",
        subject="6A",
        returned={one.id: "ngày sinh khác giấy", other.id: "trùng tên"},
    )
    office.world.clock.advance(hours=1)
    task_id = office.task_id("review_returned", "6A")
    addresses = {each.id: f"/tasks/{task_id}/pupils/{each.id}" for each in (one, other)}
    page = office.page("homeroom", f"/tasks/{task_id}")
    assert f'name="p{other.id}.birth_date"' in page

    silent = office.post("homeroom", addresses[one.id], act="approve")
    corrected = office.post(
        "homeroom",
        addresses[one.id],
        act="approve",
        **{f"p{one.id}.birth_date": "04/02/2011", f"p{one.id}.revision": one.revision},
    )
    answered = office.post(
        "homeroom", addresses[other.id], act="answer", **{f"why.{other.id}": "hai em trùng tên thật"}
    )

    assert silent.status_code == 422
    assert f'id="why-{one.id}-error"' in silent.text
    assert corrected.status_code == answered.status_code == 303
    for step, outcome in (("review_returned", "done"), ("sign_minutes", "report")):
        office.world.complete("homeroom", step, outcome, subject="6A")
    check = office.page("principal", f"/tasks/{office.task_id('check_class', '6A')}")
    rows = {each.id: check.split(f'id="pupil-{each.id}"')[1].split("</li>\n<li")[0] for each in (one, other)}
    assert "03/02/2011" in rows[one.id]
    assert "04/02/2011" in rows[one.id]
    assert "“hai em trùng tên thật”" in rows[other.id]
    # The list says what came back, and leads to it instead of offering to approve it unseen.
    inbox = office.page("principal", "/inbox")
    assert "2 em từng trả lại: 1 đã sửa, 1 trả lời" in inbox
    assert 'name="only"' not in inbox
    assert "data-pick " not in inbox


def return_pupil(office: Office, reason: str, personal_id: str) -> Pupil:
    """Let the head send back the first pupil of 6A, whose personal id is kept from who only passes by."""
    office.bring_to_check("6A", "homeroom")
    first = pupil(office, 0)

    def plant(work: UnitOfWork) -> None:
        work.session.query(FieldDefinition).filter_by(key="personal_id").update({"sensitive": True})
        stored = work.session.get_one(Pupil, first.id)
        stored.record = {**stored.record, "personal_id": personal_id}

    office.world.do(plant)
    office.world.complete(
        "principal", "check_class", "return_pupils", subject="6A", returned={first.id: reason}
    )
    office.world.clock.advance(hours=1)
    return pupil(office, 0)


def test_head_reads_in_clear_what_was_corrected_in_a_sensitive_field(office: Office) -> None:
    returned = return_pupil(office, "mã định danh sai", "000011112222")
    task_id = office.task_id("review_returned", "6A")
    office.post(
        "homeroom",
        f"/tasks/{task_id}/pupils/{returned.id}",
        act="approve",
        **{f"p{returned.id}.personal_id": "000033332222", f"p{returned.id}.revision": returned.revision},
    )
    for step, outcome in (("review_returned", "done"), ("sign_minutes", "report")):
        office.world.complete("homeroom", step, outcome, subject="6A")

    check = office.page("principal", f"/tasks/{office.task_id('check_class', '6A')}")

    assert "000011112222" in check
    assert "000033332222" in check


def untidied(returned: Pupil) -> dict[str, object]:
    """Give the form of somebody with blanks in the identifier as the page sends it, untouched."""
    prefix = f"p{returned.id}"
    return {f"{prefix}.personal_id": "000011112222", f"{prefix}.revision": returned.revision}


def test_blanks_taken_out_of_a_field_are_no_answer_while_something_else_is_wrong(office: Office) -> None:
    returned = return_pupil(office, "ngày sinh sai", "000011112222 ")

    def spoil(work: UnitOfWork) -> None:
        stored = work.session.get_one(Pupil, returned.id)
        stored.record = {**stored.record, "birth_date": "31/02/2011"}

    office.world.do(spoil)
    task_id, untouched = office.task_id("review_returned", "6A"), untidied(pupil(office, 0))

    silent = office.post("homeroom", f"/tasks/{task_id}/pupils/{returned.id}", act="approve", **untouched)
    answered = office.post(
        "homeroom",
        f"/tasks/{task_id}/pupils/{returned.id}",
        act="answer",
        **untouched,
        **{f"why.{returned.id}": "đúng theo giấy khai sinh"},
    )

    assert silent.status_code == 422
    assert f'id="why-{returned.id}-error"' in silent.text
    assert answered.status_code == 303
    page = office.page("homeroom", f"/tasks/{task_id}")
    assert "chỉ bỏ khoảng trắng" in page


@pytest.mark.parametrize("stored", ["000011112222 ", "0000\u200b11112222"])
def test_who_was_returned_for_blanks_is_put_right_by_taking_them_out(office: Office, stored: str) -> None:
    returned = return_pupil(office, "mã định danh còn khoảng trắng", stored)
    task_id = office.task_id("review_returned", "6A")
    address = f"/tasks/{task_id}/pupils/{returned.id}"
    assert "data-needs-change" in office.page("homeroom", f"/tasks/{task_id}")

    office.post("homeroom", address, act="save", **untidied(returned))
    saved = office.page("homeroom", f"/tasks/{task_id}")
    approved = office.post("homeroom", address, act="approve")

    assert "data-needs-change" not in saved
    assert approved.status_code == 303
    for step, outcome in (("review_returned", "done"), ("sign_minutes", "report")):
        office.world.complete("homeroom", step, outcome, subject="6A")
    minutes = office.world.read(
        lambda session: (
            session.query(Document).filter_by(kind="class_minutes").order_by(Document.id.desc()).first()
        )
    )
    assert minutes is not None
    assert "Giữ nguyên" not in str(minutes.content)


def test_put_right_need_not_wait_for_a_change_that_the_draft_has(office: Office) -> None:
    returned = return_pupil(office, "mã định danh sai", "000011112222")
    task_id = office.task_id("review_returned", "6A")
    prefix = f"p{returned.id}"
    typed = {f"{prefix}.personal_id": "000033332222", f"{prefix}.revision": str(returned.revision)}
    before = office.page("homeroom", f"/tasks/{task_id}")

    office.post("homeroom", f"/tasks/{task_id}/pupils/{returned.id}/draft", **typed)

    assert "data-needs-change" in before
    assert "data-needs-change" not in office.page("homeroom", f"/tasks/{task_id}")


def test_head_returns_three_pupils_with_three_reasons_in_one_post(office: Office) -> None:
    office.bring_to_check("6A", "homeroom")
    task_id = office.task_id("check_class", "6A")
    three = office.world.pupils("6A")[:3]
    reasons = {f"why.return_pupils.{one.id}": f"lý do {number}" for number, one in enumerate(three, start=1)}

    unreasoned = office.post(
        "principal",
        f"/tasks/{task_id}/complete",
        outcome="return_pupils",
        **{"pick.return_pupils": [one.id for one in three], f"why.return_pupils.{three[0].id}": "lý do 1"},
    )
    answer = office.post(
        "principal",
        f"/tasks/{task_id}/complete",
        outcome="return_pupils",
        **{"pick.return_pupils": [one.id for one in three], **reasons},
    )

    assert unreasoned.status_code == 422
    assert unreasoned.text.count("checked") == 3
    for one in three[1:]:
        assert f'id="why-return_pupils-{one.id}-error"' in unreasoned.text
    assert f'id="why-return_pupils-{three[0].id}-error"' not in unreasoned.text
    assert 'value="lý do 1"' in unreasoned.text
    assert answer.status_code == 303
    states = entries(office)
    assert [states[one.id].reason for one in three] == ["lý do 1", "lý do 2", "lý do 3"]
    assert sum(one.state is RosterState.DONE for one in states.values()) == 2
    back = office.page("homeroom", f"/tasks/{office.task_id('review_returned', '6A')}")
    assert "lý do 2" in back
    assert back.count("pupil-returned") == 3
    assert "returned-note" not in back
    assert "lý do 1; " in office.page("homeroom", "/inbox")
    withdrawal = f"/tasks/{task_id}/withdraw"
    for page in (answer.headers["Location"], "/submitted", f"/tasks/{task_id}"):
        assert withdrawal in office.page("principal", page)
    assert office.post("principal", withdrawal).status_code == 303
    again = office.page("principal", f"/tasks/{task_id}")
    assert again.count('name="pick.return_pupils"') == 5
    for number, one in enumerate(three, start=1):
        assert f'value="{one.id}" checked' in again
        assert f'name="why.return_pupils.{one.id}" value="lý do {number}"' in again
    assert {one.state for one in entries(office).values()} == {RosterState.DONE}


def test_approving_while_somebody_is_marked_for_return_is_refused_and_keeps_the_marks(office: Office) -> None:
    office.bring_to_check("6A", "homeroom")
    task_id = office.task_id("check_class", "6A")
    one = pupil(office, 0)
    marked = {"pick.return_pupils": [one.id], f"why.return_pupils.{one.id}": "sai ngày sinh"}
    address = f"/tasks/{task_id}/complete"

    ticked = office.post("principal", address, outcome="confirm", **marked)
    whole = office.post(
        "principal", address, outcome="return_class", **marked, **{"reason.return_class": "thiếu"}
    )

    for answer in (ticked, whole):
        assert answer.status_code == 422
        assert "1 mục đang được đánh dấu trả lại" in answer.text.split("notice-refused")[1].split("</div>")[0]
    assert f'value="{one.id}" checked' in ticked.text
    assert 'value="sai ngày sinh"' in ticked.text
    assert '<details class="panel pupil-rest" open>' in ticked.text
    assert office.world.read(lambda session: session.get_one(Task, task_id).state) is TaskState.OPEN


def test_a_mark_taken_away_returns_nobody_and_its_reason_waits_in_the_draft(office: Office) -> None:
    office.bring_to_check("6A", "homeroom")
    task_id = office.task_id("check_class", "6A")
    one = pupil(office, 0)
    unticked = {f"why.return_pupils.{one.id}": "sai ngày sinh"}

    office.post("principal", f"/tasks/{task_id}/draft", **unticked)

    page = office.page("principal", f"/tasks/{task_id}")
    assert f'name="why.return_pupils.{one.id}" value="sai ngày sinh"' in page
    assert f'value="{one.id}" checked' not in page
    answer = office.post("principal", f"/tasks/{task_id}/complete", outcome="confirm", **unticked)
    assert answer.status_code == 303


def test_reasons_that_end_with_a_full_stop_are_joined_as_one_sentence(office: Office) -> None:
    office.bring_to_check("6A", "homeroom")
    one, other = office.world.pupils("6A")[:2]
    returned = {one.id: "thiếu chữ ký phụ huynh.", other.id: "sai tên."}
    office.world.complete("principal", "check_class", "return_pupils", subject="6A", returned=returned)

    said = office.page("homeroom", "/inbox").split("task-row-reason")[1].split("</span>")[0]

    assert f"thiếu chữ ký phụ huynh; {other.full_name}: sai tên”" in said


def test_returned_class_is_marked_in_the_teachers_inbox(office: Office) -> None:
    office.bring_to_check("6A", "homeroom")
    office.post(
        "principal",
        f"/tasks/{office.task_id('check_class', '6A')}/complete",
        outcome="return_class",
        **{"reason.return_class": "thiếu biên bản họp"},
    )

    assert "“thiếu biên bản họp”" in office.page("homeroom", "/inbox")


def test_grades_are_saved_and_wrong_ones_come_back_beside_their_cell(office: Office) -> None:
    task_id = office.task_id("enter_grades", "6A")
    first, second = office.world.pupils("6A")[:2]

    wrong = office.post(
        "visiting",
        f"/tasks/{task_id}/grades",
        **{f"midterm.{first.id}": "8", f"final.{first.id}": "11", f"final.{second.id}": "7,5"},
    )
    assert wrong.status_code == 422
    assert wrong.text.count(f'id="final-{first.id}-error"') == 1
    assert "Tổng kết: " in wrong.text.split(f'id="final-{first.id}-error"')[1][:20]
    assert 'value="11"' in wrong.text
    assert 'value="7,5"' in wrong.text
    assert office.world.read(lambda session: session.query(Grade).count()) == 0

    right = office.post(
        "visiting",
        f"/tasks/{task_id}/grades",
        **{f"midterm.{first.id}": "8", f"final.{first.id}": "9", f"final.{second.id}": "7,5"},
    )
    assert right.status_code == 303
    page = office.page("visiting", f"/tasks/{task_id}")
    assert 'value="7,5"' in page
    assert "3 em chưa có điểm" in page


def test_grades_are_entered_together_with_completing(office: Office) -> None:
    task_id = office.task_id("enter_grades", "6A")
    pupils = office.world.pupils("6A")

    unfinished = office.post(
        "visiting", f"/tasks/{task_id}/complete", outcome="done", **{f"final.{pupils[0].id}": "9"}
    )
    finished = office.post(
        "visiting",
        f"/tasks/{task_id}/complete",
        outcome="done",
        **{f"final.{one.id}": "8" for one in pupils[1:]},
        **{f"remark.{pupils[0].id}": "miễn học"},
    )

    assert unfinished.status_code == 422
    message = unfinished.text.split("notice-refused")[1].split("</div>")[0]
    assert "4 em chưa có điểm tổng kết" in message
    assert "trả lại" not in message
    assert [f'href="#final-{one.id}"' in message for one in pupils] == [False, True, True, True, True]
    assert finished.status_code == 303
    assert office.world.read(lambda session: session.query(Grade).count()) == 5


def test_head_sees_the_roster_and_returns_named_persons(office: Office) -> None:
    office.assign_officer()
    world = office.world
    for task in world.open_tasks(element_id="review_record"):
        world.complete("officer", "review_record", "ready", subject=task.subject_name)
    for who in ("principal", "deputy", "officer", "homeroom", "colleague", "visiting"):
        name = world.read(lambda session, who=who: session.get_one(Person, world.people[who]).full_name)
        world.complete(who, "confirm_record", "confirm", subject=name)
    world.complete("officer", "synchronise", sync_result="6/6", synchronised_on="05/06/2023")
    signing = office.task_id("report_and_hand_over")
    page = office.page("officer", f"/tasks/{signing}")
    digest = page.split('name="shown" value="')[1].split('"')[0]
    answer = office.post(
        "officer", f"/tasks/{signing}/complete", outcome="report", shown=digest, password=PASSWORD
    )
    assert answer.status_code == 303, answer.text
    task_id = office.task_id("head_check")
    staff_id = world.staff_id("visiting")
    shown = office.page("principal", f"/tasks/{task_id}")
    assert "6/6" in shown
    assert f'name="pick.return" value="{staff_id}"' in shown

    bare = office.post("principal", f"/tasks/{task_id}/complete", outcome="return")
    returned = office.post(
        "principal",
        f"/tasks/{task_id}/complete",
        outcome="return",
        **{"pick.return": [staff_id], f"why.return.{staff_id}": "thiếu hợp đồng"},
    )

    assert bare.status_code == 422
    assert returned.status_code == 303
    assert "“thiếu hợp đồng”" in office.page("officer", "/inbox")
    assert world.read(lambda session: session.get_one(Task, task_id).state) is TaskState.COMPLETED


def test_head_opens_a_record_without_inputs(office: Office) -> None:
    office.bring_to_check("6A", "homeroom")
    first = pupil(office, 0)

    page = office.page("principal", f"/tasks/{office.task_id('check_class', '6A')}?pupil={first.id}")

    assert "Ngày sinh" in page
    assert f'name="p{first.id}.birth_date"' not in page


def test_who_joins_a_class_that_waits_for_the_head_is_named_there_to_be_returned(checking: Office) -> None:
    world, name = checking.world, "Học Sinh Vào Sau"
    task_id = checking.task_id("check_class", "6A")
    at = f"/campaigns/{world.campaign_id}/roster/{world.units['school']}"

    checking.post("principal", f"{at}/pupils", full_name=name, class_id=str(world.classes["6A"]))

    told = checking.page("principal", f"{at}?kind=pupil")
    assert f"khi duyệt lớp, hãy trả lại {name}" in told
    assert f'href="/tasks/{task_id}">Mở công việc</a>' in told
    page = checking.page("principal", f"/tasks/{task_id}")
    assert f"{name} vào danh sách sau khi giáo viên đã làm xong" in page
    assert name in page.split("pupil-rest")[0].split('id="odd-title"')[1]

"""A class on one page: oddities on top, the rest in one act, pupils sent back by name; grades beside it."""

from uuid import uuid4

import pytest

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.journal import JournalEntry, JournalKind, RecordAccess
from models.person import Person
from models.school import Grade, Pupil
from models.task import Task, TaskState
from tests.web.conftest import PASSWORD
from tests.web.work.office import Office

GOOD_ID = "000099000123"


@pytest.fixture
def class_task(office: Office) -> int:
    """Give the homeroom teacher's review of 6A, in which the first pupil's birth date is impossible."""
    first = office.world.pupils("6A")[0].id

    def spoil(work: object) -> None:
        pupil = work.session.get(Pupil, first)  # type: ignore[attr-defined]
        pupil.record = {**pupil.record, "birth_date": "31/02/2011"}

    office.world.do(spoil)
    return office.task_id("review_pupils", "6A")


def entries(office: Office) -> dict[int, RosterEntry]:
    class_id = office.world.classes["6A"]
    return office.world.read(
        lambda session: {
            one.subject_id: one
            for one in session.query(RosterEntry).filter_by(kind=SubjectKind.PUPIL, class_id=class_id)
        }
    )


def pupil(office: Office, number: int) -> Pupil:
    return office.world.pupils("6A")[number]


def test_oddities_stand_on_top_with_the_input_beside_the_finding(office: Office, class_task: int) -> None:
    page = office.page("homeroom", f"/tasks/{class_task}")

    odd, rest = page.split("Không bất thường")[0], page.split("Không bất thường")[1]
    first = pupil(office, 0)
    assert first.full_name in odd
    assert f'name="p{first.id}.birth_date"' in odd
    assert "không phải là ngày" in odd
    assert pupil(office, 1).full_name in rest
    assert "4 không bất thường" in page
    assert "Duyệt 4 em còn lại" in page


def test_the_rest_is_approved_in_one_act_and_recorded_one_by_one(office: Office, class_task: int) -> None:
    clean = [one.id for one in office.world.pupils("6A")[1:]]
    key = uuid4().hex

    answers = [
        office.post("homeroom", f"/tasks/{class_task}/pupils/approve", key, pupil=clean) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [303, 303]
    states = entries(office)
    assert [states[one].state for one in clean] == [RosterState.DONE] * 4
    decisions = office.world.read(
        lambda session: session.query(JournalEntry).filter_by(kind=JournalKind.SUBJECT_APPROVED).count()
    )
    assert decisions == 4


def test_correction_and_approval_of_one_pupil_go_together(office: Office, class_task: int) -> None:
    first = pupil(office, 0)

    answer = office.post(
        "homeroom",
        f"/tasks/{class_task}/pupils/{first.id}",
        act="approve",
        **{f"p{first.id}.birth_date": "03/02/2011", f"p{first.id}.revision": first.revision},
    )

    assert answer.status_code == 303
    assert pupil(office, 0).record["birth_date"] == "2011-02-03"
    assert entries(office)[first.id].state is RosterState.DONE


def test_typing_saves_without_touching_the_inputs(office: Office, class_task: int) -> None:
    first, client = pupil(office, 0), office.client("homeroom")

    answer = office.post(
        "homeroom",
        f"/tasks/{class_task}/pupils/{first.id}/autosave",
        **{f"p{first.id}.birth_date": "03/02/2011", f"p{first.id}.revision": first.revision},
    )

    assert answer.status_code == 200
    assert "Đã lưu 08:00 · không còn bất thường, chờ duyệt" in answer.text
    assert f'id="p{first.id}-birth_date-findings" hx-swap-oob="true"' in answer.text
    assert f'value="{first.revision + 1}"' in answer.text
    assert "<form" not in answer.text
    assert "form-control" not in answer.text
    assert client.get(f"/tasks/{class_task}").status_code == 200


def test_saved_while_typing_and_approved_with_the_old_revision_is_no_conflict(
    office: Office, class_task: int
) -> None:
    first = pupil(office, 0)
    form = {f"p{first.id}.birth_date": "03/02/2011", f"p{first.id}.revision": first.revision}
    office.post("homeroom", f"/tasks/{class_task}/pupils/{first.id}/autosave", **form)

    answer = office.post("homeroom", f"/tasks/{class_task}/pupils/{first.id}", act="approve", **form)

    assert answer.status_code == 303
    assert entries(office)[first.id].state is RosterState.DONE


def test_row_that_somebody_changed_meanwhile_says_so_and_waits(office: Office, class_task: int) -> None:
    first = pupil(office, 0)
    stale = {f"p{first.id}.revision": first.revision}
    address = f"/tasks/{class_task}/pupils/{first.id}"
    office.post("homeroom", f"{address}/autosave", **stale, **{f"p{first.id}.birth_date": "03/02/2011"})

    answer = office.post(
        "homeroom", f"{address}/autosave", **stale, **{f"p{first.id}.birth_date": "04/02/2011"}
    )

    assert answer.status_code in (409, 422)
    assert "Cô Chủ Nhiệm Thử" in answer.text
    assert pupil(office, 0).record["birth_date"] == "2011-02-03"


def test_impossible_value_comes_back_beside_its_field(office: Office, class_task: int) -> None:
    first = pupil(office, 0)

    answer = office.post(
        "homeroom",
        f"/tasks/{class_task}/pupils/{first.id}",
        act="approve",
        **{f"p{first.id}.birth_date": "99/99/2011", f"p{first.id}.revision": first.revision},
    )

    assert answer.status_code == 422
    assert 'value="99/99/2011"' in answer.text
    assert entries(office)[first.id].state is RosterState.OPEN


def test_findings_that_stay_need_a_reason_that_the_head_reads(office: Office, class_task: int) -> None:
    first, why = pupil(office, 0), "đúng theo giấy khai sinh"
    address = f"/tasks/{class_task}/pupils/{first.id}"

    bare = office.post("homeroom", address, act="approve")
    slipped_in = office.post("homeroom", f"/tasks/{class_task}/pupils/approve", pupil=[first.id])
    stays = entries(office)[first.id].state
    explained = office.post("homeroom", address, act="answer", **{f"why.{first.id}": why})

    assert bare.status_code == slipped_in.status_code == 422
    assert f'id="why-{first.id}-error"' in bare.text
    assert stays is RosterState.OPEN
    assert explained.status_code == 303
    assert entries(office)[first.id].state is RosterState.DONE
    (decision,) = office.world.read(
        lambda session: session.query(JournalEntry).filter_by(kind=JournalKind.SUBJECT_APPROVED).all()
    )
    assert decision.details["reason"] == why
    assert why in office.page("homeroom", f"/tasks/{class_task}")
    office.bring_to_check("6A", "homeroom")
    check = office.page("principal", f"/tasks/{office.task_id('check_class', '6A')}")
    assert "không phải là ngày" in check
    assert f"“{why}”" in check


def test_a_pasted_text_is_refused_by_what_the_field_is_for(office: Office, class_task: int) -> None:
    first = pupil(office, 0)

    answer = office.post(
        "homeroom",
        f"/tasks/{class_task}/pupils/{first.id}",
        act="save",
        **{f"p{first.id}.personal_id": "abc" * 200, f"p{first.id}.revision": first.revision},
    )

    assert answer.status_code == 422
    assert "12 chữ số" in answer.text
    assert pupil(office, 0).record["personal_id"] == first.record["personal_id"]


def test_approval_is_taken_back(office: Office, class_task: int) -> None:
    second = pupil(office, 1)
    office.post("homeroom", f"/tasks/{class_task}/pupils/approve", pupil=[second.id])

    office.post("homeroom", f"/tasks/{class_task}/pupils/{second.id}", act="reopen")

    assert entries(office)[second.id].state is RosterState.OPEN


def test_class_is_not_done_while_a_pupil_is_open(office: Office, class_task: int) -> None:
    answer = office.post("homeroom", f"/tasks/{class_task}/complete", outcome="done")

    assert answer.status_code == 422
    assert "Còn 5 em chưa duyệt" in answer.text
    assert "trả lại từng mục" not in answer.text
    alert = answer.text.split("notice-refused")[1].split("</div>")[0]
    assert f"#pupil-{pupil(office, 0).id}" in alert
    assert pupil(office, 1).full_name in alert


def test_saved_row_stays_to_look_at_until_it_is_approved(office: Office, class_task: int) -> None:
    first = pupil(office, 0)
    form = {f"p{first.id}.birth_date": "03/02/2011", f"p{first.id}.revision": first.revision}

    office.post("homeroom", f"/tasks/{class_task}/pupils/{first.id}", act="save", **form)

    page = office.page("homeroom", f"/tasks/{class_task}")
    assert f"không còn bất thường ở {first.full_name}" in page
    odd = page.split('class="panel pupil-rest"')[0]
    assert f'id="pupil-{first.id}"' in odd
    assert f'name="p{first.id}.birth_date"' in odd
    assert "Duyệt 4 em còn lại" in page


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


@pytest.mark.parametrize("act", ["pupils/approve", "pupils/{pupil}", "pupils/{pupil}/autosave"])
@pytest.mark.parametrize("who", ["stranger", "colleague", "principal"])
def test_only_who_has_the_class_decides_on_its_pupils(
    office: Office, class_task: int, who: str, act: str
) -> None:
    one = pupil(office, 1)

    answer = office.post(
        who,
        f"/tasks/{class_task}/{act.format(pupil=one.id)}",
        pupil=[one.id],
        act="approve",
        **{f"p{one.id}.birth_date": "01/01/2000"},
    )

    assert answer.status_code == 403
    assert entries(office)[one.id].state is RosterState.OPEN


def test_pupils_of_another_class_cannot_be_slipped_in(office: Office, class_task: int) -> None:
    foreign = office.world.pupils("6B")[0]

    approved = office.post("homeroom", f"/tasks/{class_task}/pupils/approve", pupil=[foreign.id])
    corrected = office.post(
        "homeroom",
        f"/tasks/{class_task}/pupils/{foreign.id}",
        act="save",
        **{f"p{foreign.id}.birth_date": "01/01/2000", f"p{foreign.id}.revision": 1},
    )

    assert approved.status_code == 422
    assert corrected.status_code == 422
    assert office.world.pupils("6B")[0].record["birth_date"] == "2011-02-03"


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
    assert {one.state for one in entries(office).values()} == {RosterState.DONE}


def test_returned_class_is_marked_in_the_teachers_inbox(office: Office) -> None:
    office.bring_to_check("6A", "homeroom")
    office.post(
        "principal",
        f"/tasks/{office.task_id('check_class', '6A')}/complete",
        outcome="return_class",
        **{"reason.return_class": "thiếu biên bản họp"},
    )

    assert "“thiếu biên bản họp”" in office.page("homeroom", "/inbox")


def test_each_look_at_a_class_is_logged(office: Office, class_task: int) -> None:
    office.page("homeroom", f"/tasks/{class_task}")

    looks = office.world.read(
        lambda session: [(one.kind, one.subject_id) for one in session.query(RecordAccess)]
    )
    assert looks == [("class", office.world.classes["6A"])]


def test_price_of_a_class_does_not_grow_with_its_pupils(office: Office, class_task: int) -> None:
    office.page("homeroom", f"/tasks/{class_task}")

    with office.counting() as statements:
        office.page("homeroom", f"/tasks/{class_task}")

    assert len(statements) <= 45, "\n".join(statements)


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

    unfinished = office.post("visiting", f"/tasks/{task_id}/complete", outcome="done")
    finished = office.post(
        "visiting",
        f"/tasks/{task_id}/complete",
        outcome="done",
        **{f"final.{one.id}": "8" for one in pupils[1:]},
        **{f"remark.{pupils[0].id}": "miễn học"},
    )

    assert unfinished.status_code == 422
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


def test_whole_record_of_a_pupil_is_opened_in_its_row(office: Office, class_task: int) -> None:
    third = pupil(office, 2)
    closed = office.page("homeroom", f"/tasks/{class_task}")
    assert f'name="p{third.id}.birth_date"' not in closed
    assert f"?pupil={third.id}#pupil-{third.id}" in closed

    opened = office.page("homeroom", f"/tasks/{class_task}?pupil={third.id}")

    assert f'name="p{third.id}.birth_date"' in opened
    assert f'name="p{third.id}.personal_id"' in opened
    answer = office.post(
        "homeroom",
        f"/tasks/{class_task}/pupils/{third.id}",
        act="save",
        **{f"p{third.id}.birth_date": "05/05/2011", f"p{third.id}.revision": third.revision},
    )
    assert answer.status_code == 303
    assert pupil(office, 2).record["birth_date"] == "2011-05-05"


def test_head_opens_a_record_without_inputs(office: Office) -> None:
    office.bring_to_check("6A", "homeroom")
    first = pupil(office, 0)

    page = office.page("principal", f"/tasks/{office.task_id('check_class', '6A')}?pupil={first.id}")

    assert "Ngày sinh" in page
    assert f'name="p{first.id}.birth_date"' not in page

"""The page of one task: form, record, drafts, signature, files, comments, handing over and taking back."""

from uuid import uuid4

import pytest
from sqlalchemy import update

from models.catalogue import FieldDefinition
from models.journal import RecordAccess
from models.person import Person
from models.school import StaffMember
from models.task import Draft, Task, TaskState
from tests.web.conftest import PASSWORD
from tests.web.work.office import Office, form_of

JSON = {"Accept": "application/json"}


def task(office: Office, task_id: int) -> Task:
    return office.world.read(lambda session: session.get_one(Task, task_id))


def staff_member(office: Office, name: str) -> StaffMember:
    return office.world.read(lambda session: session.get_one(StaffMember, office.world.staff_id(name)))


def assigning(office: Office) -> int:
    return office.task_id("assign_officer", "THCS")


def test_page_names_accountable_ladder_guidance_and_outcomes(office: Office) -> None:
    page = office.page("principal", f"/tasks/{assigning(office)}")

    assert "Giao cán bộ phụ trách" in page
    assert "Chịu trách nhiệm" in page
    assert "báo đơn vị cấp trên (cô Trưởng Phòng Mẫu, thầy Chuyên Viên Một, cô Chuyên Viên Hai)" in page
    assert "Chọn một người có tài khoản" in page
    assert 'value="assign"' in page
    assert "Giao nhiệm vụ" in page


def test_refused_form_comes_back_full_with_the_message_beside_the_field(office: Office) -> None:
    task_id = assigning(office)

    answer = office.post("principal", f"/tasks/{task_id}/complete", outcome="assign", comment="giữ lại")

    assert answer.status_code == 422
    assert 'id="f-officer-error"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert task(office, task_id).state is TaskState.OPEN


def test_refused_form_keeps_what_was_typed(reviewing: Office) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")

    answer = reviewing.post(
        "officer",
        f"/tasks/{task_id}/complete",
        outcome="except",
        r__birth_date="31/02/1985",
        revision=staff_member(reviewing, "homeroom").revision,
        **{"reason.except": "đi học"},
    )

    assert answer.status_code == 422
    assert 'value="31/02/1985"' in answer.text
    assert ">đi học</textarea>" in answer.text
    assert "không phải là ngày" in answer.text
    assert task(reviewing, task_id).state is TaskState.OPEN


def test_completing_leads_to_the_next_task_of_the_list_with_one_line_to_take_it_back(
    reviewing: Office,
) -> None:
    task_id = reviewing.task_id("review_record", "Bộ Môn")

    answer = reviewing.post("officer", f"/tasks/{task_id}/complete?q=ra+soat", outcome="ready")

    assert answer.status_code == 303
    assert answer.location.startswith("/tasks/")
    assert "q=ra+soat" in answer.location
    assert f"done={task_id}" in answer.location
    page = reviewing.page("officer", answer.location)
    assert "Xong:" in page
    assert f"/tasks/{task_id}/withdraw" in page


def test_same_form_sent_twice_is_answered_alike(office: Office) -> None:
    task_id, key = assigning(office), uuid4().hex
    officer = office.world.people["officer"]

    answers = [
        office.post("principal", f"/tasks/{task_id}/complete", key, outcome="assign", f__officer=officer)
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location


def test_corrections_are_saved_together_with_completing(reviewing: Office) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")
    member = staff_member(reviewing, "homeroom")

    answer = reviewing.post(
        "officer",
        f"/tasks/{task_id}/complete",
        outcome="ready",
        r__birth_date="12/04/1986",
        revision=member.revision,
    )

    assert answer.status_code == 303
    assert staff_member(reviewing, "homeroom").record["birth_date"] == "1986-04-12"


def test_record_that_somebody_else_changed_is_not_overwritten(reviewing: Office) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")
    revision = staff_member(reviewing, "homeroom").revision
    saved = reviewing.post(
        "officer", f"/tasks/{task_id}/record", r__birth_date="12/04/1986", revision=revision
    )
    assert saved.status_code == 303

    late = reviewing.post(
        "officer", f"/tasks/{task_id}/record", r__birth_date="01/01/1990", revision=revision
    )

    assert late.status_code in (409, 422)
    assert 'value="01/01/1990"' in late.text
    assert staff_member(reviewing, "homeroom").record["birth_date"] == "1986-04-12"


def test_task_that_somebody_else_finished_says_who_and_when_and_loses_nothing(office: Office) -> None:
    task_id, people = assigning(office), office.world.people

    def share(work: object) -> None:
        found = work.session.get(Task, task_id)  # type: ignore[attr-defined]
        found.assignee_id, found.role, found.role_unit_id = None, "officer", office.world.units["district"]

    office.world.do(share)
    office.post("inspector", f"/tasks/{task_id}/complete", outcome="assign", f__officer=people["officer"])

    late = office.post(
        "second_inspector", f"/tasks/{task_id}/complete", outcome="assign", f__officer=people["deputy"]
    )

    assert late.status_code == 409
    assert "Thầy Chuyên Viên Một" in late.text
    assert "08:00" in late.text
    assert "Nội dung thầy/cô đã nhập" in late.text
    deputy = office.world.read(lambda session: session.get_one(Person, people["deputy"]).full_name)
    assert f"{deputy}</dd>" in late.text
    assert office.world.read(lambda session: session.query(Draft).count()) == 1
    assert "Nội dung thầy/cô đã nhập" in office.page("second_inspector", f"/tasks/{task_id}")


@pytest.mark.parametrize("who", ["stranger", "colleague"])
def test_who_has_no_part_in_a_task_is_refused(reviewing: Office, who: str) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")
    client = reviewing.client(who)

    assert client.get(f"/tasks/{task_id}").status_code == 403
    assert client.get(f"/tasks/{task_id}/drawing.bpmn").status_code == 403
    for act in (
        "complete",
        "draft",
        "record",
        "claim",
        "release",
        "hand-over",
        "comment",
        "withdraw",
        "files",
    ):
        answer = reviewing.post(
            who, f"/tasks/{task_id}/{act}", outcome="ready", comment="x", r__birth_date="1"
        )
        assert answer.status_code in (403, 422, 409), act
        assert "Chủ Nhiệm" not in answer.text, act


def test_head_looks_without_acting(reviewing: Office) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")

    page = reviewing.page("principal", f"/tasks/{task_id}")

    assert "đang giữ việc này" in page
    assert 'name="outcome"' not in page
    assert 'name="r.birth_date"' not in page


def test_each_look_at_a_record_is_logged(reviewing: Office) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")

    reviewing.page("officer", f"/tasks/{task_id}")
    reviewing.page("principal", f"/tasks/{task_id}")

    looks = reviewing.world.read(
        lambda session: [
            (one.person_id, one.kind, one.subject_id, one.task_id) for one in session.query(RecordAccess)
        ]
    )
    people, staff_id = reviewing.world.people, reviewing.world.staff_id("homeroom")
    assert looks == [(people[who], "staff", staff_id, task_id) for who in ("officer", "principal")]


def test_signing_asks_for_the_password_and_keeps_all_when_it_is_wrong(confirming: Office) -> None:
    task_id = confirming.task_id("confirm_record")
    page = confirming.page("homeroom", f"/tasks/{task_id}")
    digest = page.split('name="shown" value="')[1].split('"')[0]
    assert "Tôi xác nhận các thông tin" in page

    missing = confirming.post("homeroom", f"/tasks/{task_id}/complete", outcome="confirm", shown=digest)
    wrong = confirming.post(
        "homeroom", f"/tasks/{task_id}/complete", outcome="confirm", shown=digest, password="nein"
    )
    changed = confirming.post(
        "homeroom", f"/tasks/{task_id}/complete", outcome="confirm", shown="0" * 64, password=PASSWORD
    )
    right = confirming.post(
        "homeroom", f"/tasks/{task_id}/complete", outcome="confirm", shown=digest, password=PASSWORD
    )

    assert [missing.status_code, wrong.status_code, changed.status_code] == [422, 422, 409]
    assert 'id="sign-password-error"' in wrong.text
    assert right.status_code == 303
    assert task(confirming, task_id).outcome == "confirm"


def test_sensitive_values_are_masked_for_others_and_not_for_the_person_themself(confirming: Office) -> None:
    hide = update(FieldDefinition).where(FieldDefinition.key == "personal_id").values(sensitive=True)
    confirming.world.do(lambda work: work.session.execute(hide))
    address = f"/tasks/{confirming.task_id('confirm_record')}"
    value = staff_member(confirming, "homeroom").record["personal_id"]

    own, others = confirming.page("homeroom", address), confirming.page("principal", address)

    assert value in own
    assert "•••••" not in own
    assert f"•••••{value[-3:]}" in others


def test_an_empty_field_names_no_source(confirming: Office) -> None:
    address = f"/tasks/{confirming.task_id('confirm_record')}"
    before = confirming.page("homeroom", address).count("record-source")
    staff_id = confirming.world.staff_id("homeroom")
    empty = update(StaffMember).where(StaffMember.id == staff_id).values(record={})
    confirming.world.do(lambda work: work.session.execute(empty))

    assert before > 0
    assert confirming.page("homeroom", address).count("record-source") == 0


def test_correction_sent_with_a_signature_is_saved_and_shown_before_signing(confirming: Office) -> None:
    task_id = confirming.task_id("confirm_record")
    page = confirming.page("homeroom", f"/tasks/{task_id}")
    digest = page.split('name="shown" value="')[1].split('"')[0]

    answer = confirming.post(
        "homeroom",
        f"/tasks/{task_id}/complete",
        outcome="confirm",
        shown=digest,
        password=PASSWORD,
        r__birth_date="12/04/1999",
        revision=staff_member(confirming, "homeroom").revision,
    )

    assert answer.location == f"/tasks/{task_id}"
    assert task(confirming, task_id).state is TaskState.OPEN
    assert staff_member(confirming, "homeroom").record["birth_date"] == "1999-04-12"
    again = confirming.page("homeroom", f"/tasks/{task_id}")
    assert "đã sửa" in again
    assert digest not in again


def test_signing_a_record_that_changed_meanwhile_asks_to_read_it_again(confirming: Office) -> None:
    task_id = confirming.task_id("confirm_record")
    old = form_of(confirming.page("homeroom", f"/tasks/{task_id}"))
    confirming.post("homeroom", f"/tasks/{task_id}/record", **{**old, "r.birth_date": "12/04/1999"})

    late = confirming.post(
        "homeroom", f"/tasks/{task_id}/complete", **{**old, "outcome": "confirm", "password": PASSWORD}
    )

    assert late.status_code == 409
    message = late.text.split("notice-refused")[1].split("</div>")[0]
    assert "đọc lại rồi ký" in message.lower()
    assert "12/04/1999" in late.text
    assert task(confirming, task_id).state is TaskState.OPEN


def test_disagreeing_needs_a_reason_and_no_signature(confirming: Office) -> None:
    task_id = confirming.task_id("confirm_record")

    bare = confirming.post("homeroom", f"/tasks/{task_id}/complete", outcome="disagree")
    reasoned = confirming.post(
        "homeroom", f"/tasks/{task_id}/complete", outcome="disagree", **{"reason.disagree": "sai ngày sinh"}
    )

    assert bare.status_code == 422
    assert 'id="reason-disagree-error"' in bare.text
    assert reasoned.status_code == 303
    back = confirming.page("officer", f"/tasks/{confirming.task_id('review_record', 'Chủ Nhiệm')}")
    assert "sai ngày sinh" in back


def test_return_needs_its_reason_only_whatever_stands_in_the_record(confirming: Office) -> None:
    task_id, before = confirming.task_id("confirm_record"), staff_member(confirming, "homeroom")
    typed = {"r.birth_date": "31/02/1985", "r.personal_id": "000099000123", "revision": before.revision}

    answer = confirming.post(
        "homeroom",
        f"/tasks/{task_id}/complete",
        outcome="disagree",
        **typed,
        **{"reason.disagree": "sai ngày sinh"},
    )

    assert answer.status_code == 303
    assert task(confirming, task_id).outcome == "disagree"
    after = staff_member(confirming, "homeroom")
    assert after.record["birth_date"] == before.record["birth_date"]
    assert after.record["personal_id"] == "000099000123"


def test_return_ignores_what_is_wrong_in_the_form_and_keeps_it_for_who_takes_it_back(
    office: Office,
) -> None:
    office.world.complete("homeroom", "review_pupils", "cannot", subject="6A", reason="nghỉ thai sản")
    task_id = office.task_id("assign_support", "6A")
    typed = {"f.supporter": "nobody", "reason.refuse": "lớp chỉ có 5 em"}

    answer = office.post("principal", f"/tasks/{task_id}/complete", outcome="refuse", **typed)

    assert answer.status_code == 303
    assert task(office, task_id).outcome == "refuse"
    office.post("principal", f"/tasks/{task_id}/withdraw")
    drafts = office.world.read(lambda session: session.query(Draft).filter_by(task_id=task_id).all())
    assert [draft.typed for draft in drafts] == [typed]


def test_reasons_used_before_are_offered(confirming: Office) -> None:
    first = confirming.task_id("confirm_record")
    confirming.post(
        "homeroom", f"/tasks/{first}/complete", outcome="disagree", **{"reason.disagree": "thiếu bằng cấp"}
    )
    confirming.world.complete("officer", "review_record", "ready", subject="Chủ Nhiệm", reason="đã bổ sung")

    page = confirming.page("homeroom", f"/tasks/{confirming.task_id('confirm_record')}")

    assert 'data-fill="thiếu bằng cấp"' in page


def test_drawing_is_given_with_the_steps_as_a_list(confirming: Office) -> None:
    task_id = confirming.task_id("confirm_record")

    drawing = confirming.client("homeroom").get(f"/tasks/{task_id}/drawing.bpmn")
    page = confirming.page("homeroom", f"/tasks/{task_id}")

    assert drawing.mimetype == "application/xml"
    assert '"review_record": "done"' in page
    assert "state-done" in page.split("step-list")[1]


def test_place_in_the_list_stands_in_the_head(reviewing: Office) -> None:
    first = reviewing.page("officer", "/inbox").split('id="task-')[1].split('"')[0]

    page = reviewing.page("officer", f"/tasks/{first}")

    assert "<span>1/6</span>" in page
    assert 'rel="next"' in page
    assert 'rel="prev"' not in page


def test_price_of_the_page_is_bounded(confirming: Office) -> None:
    task_id = confirming.task_id("confirm_record")
    confirming.page("homeroom", f"/tasks/{task_id}")

    with confirming.counting() as statements:
        confirming.page("homeroom", f"/tasks/{task_id}")

    assert len(statements) <= 60, len(statements)


def test_page_of_no_task_is_not_found(office: Office) -> None:
    assert office.client("principal").get("/tasks/999999").status_code == 404

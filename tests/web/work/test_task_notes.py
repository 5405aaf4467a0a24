"""What people leave on a task besides its outcome: drafts, comments, files; handing over and taking back."""

from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import update
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from models.catalogue import FieldDefinition
from models.journal import JournalEntry, JournalKind
from models.person import Person
from models.school import StaffMember
from models.task import Attachment, Comment, Draft, Task, TaskState
from tests.web.work.office import Office, form_of

JSON = {"Accept": "application/json"}


def task(office: Office, task_id: int) -> Task:
    return office.world.read(lambda session: session.get_one(Task, task_id))


def assigning(office: Office) -> int:
    return office.task_id("assign_officer", "THCS")


def test_draft_is_kept_and_comes_back(office: Office) -> None:
    task_id, officer = assigning(office), office.world.people["officer"]
    client = office.client("principal")

    answer = client.post(
        f"/tasks/{task_id}/draft",
        data={"csrf_token": client.token(), "f.officer": officer, "password": "geheim", "request_key": "x"},
        headers=JSON,
    )

    assert answer.get_json() == {"saved_at": "08:00"}
    draft = office.world.read(lambda session: session.query(Draft).one())
    assert draft.typed == {"f.officer": str(officer)}
    assert f'<option value="{officer}" selected>' in office.page("principal", f"/tasks/{task_id}")


def drafts(office: Office) -> list[dict[str, object]]:
    return office.world.read(lambda session: [one.typed for one in session.query(Draft)])


def hand_over(office: Office, task_id: int, giver: str, taker: str) -> None:
    answer = office.post(
        giver,
        f"/tasks/{task_id}/hand-over",
        to_person=office.world.people[taker],
        hand_over_reason="đi công tác",
    )
    assert answer.status_code == 303


def test_comment_and_file_do_not_make_a_draft_of_the_record(reviewing: Office) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")
    shown = form_of(reviewing.page("officer", f"/tasks/{task_id}"))
    assert "r.birth_date" in shown

    reviewing.post("officer", f"/tasks/{task_id}/comment", **{**shown, "comment": "Hỏi thêm"})
    file = FileStorage(BytesIO(b"%PDF-1.4 x"), "a.pdf")
    reviewing.post("officer", f"/tasks/{task_id}/files", **{**shown, "file": file})

    assert drafts(reviewing) == []


def test_draft_holds_only_what_was_changed_and_is_gone_after_saving(reviewing: Office) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")
    shown = form_of(reviewing.page("officer", f"/tasks/{task_id}"))
    typed = {**shown, "r.birth_date": "12/04/1986", "reason.except": "đi học"}

    reviewing.post("officer", f"/tasks/{task_id}/draft", **typed)
    (kept,) = drafts(reviewing)
    again = form_of(reviewing.page("officer", f"/tasks/{task_id}"))
    reviewing.post("officer", f"/tasks/{task_id}/record", **again)

    assert kept == {
        "r.birth_date": "12/04/1986",
        "reason.except": "đi học",
        "revision": shown["revision"],
    }
    assert again["r.birth_date"] == "12/04/1986"
    assert drafts(reviewing) == [{"reason.except": "đi học"}]
    last = form_of(reviewing.page("officer", f"/tasks/{task_id}"))
    reviewing.post("officer", f"/tasks/{task_id}/draft", **{**last, "reason.except": ""})
    assert drafts(reviewing) == []
    assert "Bản nháp" not in reviewing.page("officer", f"/tasks/{task_id}")


def test_correction_of_a_colleague_survives_a_comment_before_it(reviewing: Office) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")
    old = form_of(reviewing.page("officer", f"/tasks/{task_id}"))
    reviewing.post("officer", f"/tasks/{task_id}/comment", **{**old, "comment": "Hỏi thêm"})
    hand_over(reviewing, task_id, "principal", "colleague")
    colleague = form_of(reviewing.page("colleague", f"/tasks/{task_id}"))
    reviewing.post("colleague", f"/tasks/{task_id}/record", **{**colleague, "r.personal_id": "001085012345"})
    hand_over(reviewing, task_id, "principal", "officer")

    stale = reviewing.post("officer", f"/tasks/{task_id}/complete", **{**old, "outcome": "ready"})
    page = reviewing.page("officer", f"/tasks/{task_id}")
    answer = reviewing.post("officer", f"/tasks/{task_id}/complete", **{**form_of(page), "outcome": "ready"})

    assert stale.status_code == 422
    assert "đã sửa hồ sơ này" in stale.text
    assert form_of(stale.text)["r.personal_id"] == "001085012345"
    assert "nội dung đã nhập" not in page
    assert answer.status_code == 303
    member = reviewing.world.read(
        lambda session: session.get_one(StaffMember, reviewing.world.staff_id("homeroom"))
    )
    assert member.record["personal_id"] == "001085012345"


def test_act_on_a_record_that_changed_meanwhile_is_refused_and_keeps_what_was_typed(
    reviewing: Office,
) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")
    old = form_of(reviewing.page("officer", f"/tasks/{task_id}"))
    reviewing.post("officer", f"/tasks/{task_id}/record", **{**old, "r.personal_id": "001085012345"})

    late = reviewing.post(
        "officer",
        f"/tasks/{task_id}/complete",
        **{**old, "r.birth_date": "12/04/1986", "outcome": "ready"},
    )

    assert late.status_code == 422
    shown = form_of(late.text)
    assert (shown["r.birth_date"], shown["r.personal_id"]) == ("12/04/1986", "001085012345")
    assert task(reviewing, task_id).state is TaskState.OPEN


def test_mark_of_a_colleague_survives_an_older_page(office: Office) -> None:
    ids = [one.id for one in office.world.pupils("6A")]
    grading = office.task_id("enter_grades", "6A")
    holder = next(
        name for name, id_ in office.world.people.items() if id_ == task(office, grading).assignee_id
    )
    old = form_of(office.page(holder, f"/tasks/{grading}"))
    first, second = ids[:2]
    office.post(holder, f"/tasks/{grading}/grades", **{**old, f"midterm.{first}": "8"})

    office.post(holder, f"/tasks/{grading}/comment", **{**old, "comment": "Hỏi thêm"})
    office.post(holder, f"/tasks/{grading}/grades", **{**old, f"final.{first}": "7", f"final.{second}": "9"})

    assert drafts(office) == []
    shown = form_of(office.page(holder, f"/tasks/{grading}"))
    assert [shown[f"midterm.{first}"], shown[f"final.{first}"], shown[f"final.{second}"]] == ["8", "7", "9"]


def test_draft_without_scripts_comes_back_to_the_page(office: Office) -> None:
    task_id = assigning(office)

    answer = office.post("principal", f"/tasks/{task_id}/draft", f__officer="1")

    assert answer.location == f"/tasks/{task_id}"


def test_draft_is_gone_after_completing(office: Office) -> None:
    task_id, officer = assigning(office), office.world.people["officer"]
    office.post("principal", f"/tasks/{task_id}/draft", f__officer=officer)

    office.post("principal", f"/tasks/{task_id}/complete", outcome="assign", f__officer=officer)

    assert office.world.read(lambda session: session.query(Draft).count()) == 0


def test_comment_that_was_not_sent_yet_is_kept(reviewing: Office) -> None:
    task_id, words = reviewing.task_id("review_record", "Chủ Nhiệm"), "Hỏi thêm về địa chỉ"

    reviewing.post("officer", f"/tasks/{task_id}/draft", comment=words)

    assert f"{words}</textarea>" in reviewing.page("officer", f"/tasks/{task_id}")
    reviewing.post("officer", f"/tasks/{task_id}/comment", comment=words)
    assert f"{words}</textarea>" not in reviewing.page("officer", f"/tasks/{task_id}")


def test_comment_is_written_once_and_told(office: Office) -> None:
    task_id, key = assigning(office), uuid4().hex

    for _ in range(2):
        answer = office.post("principal", f"/tasks/{task_id}/comment", key, comment="Hỏi thêm <b>")
        assert answer.location == f"/tasks/{task_id}#comments"

    assert office.world.read(lambda session: session.query(Comment).count()) == 1
    assert "Hỏi thêm &lt;b&gt;" in office.page("principal", f"/tasks/{task_id}")
    assert office.post("principal", f"/tasks/{task_id}/comment", comment=" ").status_code == 422


def test_file_is_kept_and_given_out_as_a_download_only(office: Office) -> None:
    task_id = assigning(office)
    content = b"%PDF-1.7 " + b"x" * 100

    answer = office.post(
        "principal", f"/tasks/{task_id}/files", file=(BytesIO(content), "../../Quyết định.pdf")
    )

    assert answer.status_code == 303, answer.text
    kept = office.world.read(lambda session: session.query(Attachment).one())
    assert kept.file_name == "Quyết định.pdf"
    given = office.client("principal").get(f"/tasks/{task_id}/files/{kept.id}")
    assert given.data == content
    assert given.headers["Content-Disposition"].startswith("attachment;")
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    assert given.headers["Content-Type"] == "application/pdf"
    assert office.client("stranger").get(f"/tasks/{task_id}/files/{kept.id}").status_code == 403
    other = office.task_id("review_pupils", "6A")
    assert office.client("principal").get(f"/tasks/{other}/files/{kept.id}").status_code == 404


def test_attaching_without_a_file_asks_to_choose_one(office: Office) -> None:
    task_id = assigning(office)

    nothing = office.post("principal", f"/tasks/{task_id}/files")
    unnamed = office.post("principal", f"/tasks/{task_id}/files", file=(BytesIO(b""), ""))

    for answer in (nothing, unnamed):
        assert answer.status_code == 422
        assert "Chọn tệp trước" in answer.text.split('id="file-error"')[1].split("</div>")[0]


@pytest.mark.parametrize("name", ["evil.html", "evil.pdf", ""])
def test_other_files_are_refused_beside_the_field(office: Office, name: str) -> None:
    answer = office.post(
        "principal", f"/tasks/{assigning(office)}/files", file=(BytesIO(b"<script>alert(1)</script>"), name)
    )

    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text


def test_too_long_a_comment_is_refused_beside_the_field_and_kept(office: Office) -> None:
    task_id, long = assigning(office), "dài " * 6_000

    page = office.page("principal", f"/tasks/{task_id}")
    answer = office.post("principal", f"/tasks/{task_id}/comment", comment=long)

    assert answer.status_code == 422
    assert 'id="comment-error"' in answer.text
    assert "4.000 ký tự" in answer.text
    assert long.strip() in answer.text
    # The browser would cut what is pasted without a word.
    assert "maxlength" not in page.split('id="comment"')[1].split(">")[0]


def test_too_long_a_reason_is_refused_and_kept(confirming: Office) -> None:
    task_id, long = confirming.task_id("confirm_record"), "sai " * 300

    answer = confirming.post(
        "homeroom", f"/tasks/{task_id}/complete", outcome="disagree", reason__disagree=long
    )

    assert answer.status_code == 422
    assert "1.000 ký tự" in answer.text
    assert long.strip() in answer.text


@pytest.mark.parametrize("megabytes", [10, 30])
def test_too_large_a_file_is_refused_beside_the_field_and_the_rest_kept(
    office: Office, megabytes: int
) -> None:
    task_id, client = assigning(office), office.client("principal")
    fields = {
        "csrf_token": client.token(),
        "file": FileStorage(BytesIO(b"%PDF-1.7 " + b"x" * (megabytes * 1024 * 1024)), "lớn.pdf"),
        "comment": "viết dở",
        "f.officer": str(office.world.people["officer"]),
    }
    boundary, body = encode_multipart(MultiDict(fields))

    answer = client.post(
        f"/tasks/{task_id}/files", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )

    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text
    assert "10 MB" in answer.text
    assert f'<option value="{office.world.people["officer"]}" selected>' in answer.text
    assert "viết dở" in answer.text


def test_empty_file_is_said_to_be_empty(office: Office) -> None:
    file = FileStorage(BytesIO(b""), "bien-ban.pdf")

    answer = office.post("principal", f"/tasks/{assigning(office)}/files", file=file)

    assert answer.status_code == 422
    assert "tệp rỗng" in answer.text.lower()


def test_what_was_typed_is_listed_in_words_and_masked_as_elsewhere(office: Office) -> None:
    task_id, officer = assigning(office), office.world.people["officer"]
    office.post("principal", f"/tasks/{task_id}/draft", f__officer=officer)
    hand_over(office, task_id, "principal", "deputy")
    named = office.page("principal", f"/tasks/{task_id}").split("Nội dung thầy/cô đã nhập")[1]

    assert f"{officer}</dd>" not in named
    assert office.world.read(lambda s: s.get_one(Person, officer).full_name) in named.split("</dl>")[0]


def test_typed_values_of_a_record_are_listed_as_the_record_shows_them(reviewing: Office) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")
    reviewing.world.do(
        lambda work: work.session.execute(
            update(FieldDefinition).where(FieldDefinition.key == "personal_id").values(sensitive=True)
        )
    )
    typed = {"r.birth_date": "1986-04-12", "r.personal_id": "001085012345"}
    reviewing.post("officer", f"/tasks/{task_id}/draft", **typed, revision="2")
    hand_over(reviewing, task_id, "principal", "colleague")

    page = reviewing.page("officer", f"/tasks/{task_id}")
    listed = page.split("Nội dung thầy/cô đã nhập")[1].split("</dl>")[0]

    assert "12/04/1986" in listed
    assert "<summary>•••••345</summary>" in listed


def test_answer_taken_back_is_there_again(office: Office) -> None:
    task_id, officer = assigning(office), office.world.people["officer"]
    office.post("principal", f"/tasks/{task_id}/complete", outcome="assign", f__officer=officer)

    office.post("principal", f"/tasks/{task_id}/withdraw")

    assert f'<option value="{officer}" selected>' in office.page("principal", f"/tasks/{task_id}")


def test_handed_over_task_names_both(reviewing: Office) -> None:
    task_id = reviewing.task_id("review_record", "Bộ Môn")
    deputy = reviewing.world.people["deputy"]

    unreasoned = reviewing.post("officer", f"/tasks/{task_id}/hand-over", to_person=deputy)
    reasoned = reviewing.post(
        "officer", f"/tasks/{task_id}/hand-over", to_person=deputy, hand_over_reason="đi công tác"
    )

    assert unreasoned.status_code == 422
    assert 'id="hand-over-reason-error"' in unreasoned.text
    assert reasoned.status_code == 303
    row = reviewing.page("deputy", "/inbox")
    assert "thay mặt thầy Cán Bộ Ví Dụ" in row
    assert "Đang thay mặt: thầy Cán Bộ Ví Dụ" in reviewing.page("deputy", f"/tasks/{task_id}")
    answer = reviewing.post("deputy", f"/tasks/{task_id}/complete", outcome="ready")
    assert answer.status_code == 303
    entry = reviewing.world.read(
        lambda session: (
            session.query(JournalEntry).filter_by(task_id=task_id, kind=JournalKind.TASK_COMPLETED).one()
        )
    )
    assert entry.actor_id == deputy
    assert entry.on_behalf_of_id == reviewing.world.people["officer"]


def test_own_act_is_taken_back_while_nobody_has_acted_on_it(reviewing: Office) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")
    reviewing.post("officer", f"/tasks/{task_id}/complete", outcome="ready")
    assert "Thu hồi" in reviewing.page("officer", "/submitted")

    answer = reviewing.post("officer", f"/tasks/{task_id}/withdraw")

    assert answer.location == f"/tasks/{task_id}"
    assert task(reviewing, task_id).state is TaskState.OPEN


def test_act_that_went_on_cannot_be_taken_back(confirming: Office) -> None:
    done = confirming.world.read(
        lambda session: session.query(Task).filter_by(element_id="review_record", state="completed").one().id
    )
    confirming.post("homeroom", f"/tasks/{confirming.task_id('confirm_record')}/draft", f__x="y")

    assert confirming.post("officer", f"/tasks/{done}/withdraw").status_code == 409
    assert confirming.post("deputy", f"/tasks/{done}/withdraw").status_code == 403


def test_submitted_says_where_it_is_and_done_lists_all(confirming: Office) -> None:
    submitted, done = confirming.page("officer", "/submitted"), confirming.page("officer", "/done")

    assert "Xác nhận thông tin" in submitted
    assert "cô Chủ Nhiệm Thử" in submitted
    assert "Mời xác nhận" in done
    assert "Không có việc nào" in confirming.page("deputy", "/submitted")

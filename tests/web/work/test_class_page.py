"""A class on one page: oddities on top, the rest in one act, pupils sent back by name; grades beside it."""

import re
from uuid import uuid4

import pytest

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.document import Document
from models.journal import JournalEntry, JournalKind, RecordAccess
from models.school import Pupil
from tests.web.work.office import Office

GOOD_ID = "000099000123"


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


def test_refused_value_stands_with_its_own_fault_only(office: Office, class_task: int) -> None:
    first = pupil(office, 0)
    field = f"p{first.id}.birth_date"

    answer = office.post(
        "homeroom",
        f"/tasks/{class_task}/pupils/{first.id}/autosave",
        **{field: "12", f"p{first.id}.revision": first.revision},
    )

    beside = answer.text.split(f'id="p{first.id}-birth_date-findings"')[1].split("</span>\n</span>")[0]
    assert beside.count('class="finding') == 1


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


def test_approving_before_the_answer_of_a_save_has_come_loses_neither_the_value_nor_the_approval(
    office: Office, class_task: int
) -> None:
    first, key = pupil(office, 0), uuid4().hex
    address, revision = f"/tasks/{class_task}/pupils/{first.id}", {f"p{first.id}.revision": first.revision}
    typed = {f"p{first.id}.birth_date": "03/02/2011"}
    office.post("homeroom", f"{address}/autosave", key, **revision, **typed)

    typed[f"p{first.id}.personal_id"] = GOOD_ID
    answer = office.post("homeroom", address, key, act="approve", **revision, **typed)

    assert answer.status_code == 303
    assert pupil(office, 0).record["personal_id"] == GOOD_ID
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
    both = "hồ sơ đang ghi “03/02/2011”, Thầy/Cô nhập “04/02/2011”"
    assert both in answer.text
    assert pupil(office, 0).record["birth_date"] == "2011-02-03"

    typed = {f"p{first.id}.birth_date": "04/02/2011"}
    pressed = office.post("homeroom", address, act="save", **stale, **typed)

    assert pressed.status_code in (409, 422)
    row = pressed.text.split(f'id="pupil-{first.id}"')[1].split("</form>")[0]
    assert both in row
    assert 'value="04/02/2011"' in row
    assert pupil(office, 0).record["birth_date"] == "2011-02-03"
    revision = row.split(f'id="p{first.id}-revision" value="')[1].split('"')[0]
    again = office.post("homeroom", address, act="save", **typed, **{f"p{first.id}.revision": revision})
    assert again.status_code == 303
    assert pupil(office, 0).record["birth_date"] == "2011-02-04"


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
    # The minutes are at hand for the head, and carry the reason too.
    minutes = office.world.read(lambda session: session.query(Document).filter_by(kind="class_minutes").one())
    notes = {row["name"]: row["note"] for row in minutes.content["pupils"]}
    assert notes.pop(first.full_name) == f"Giữ nguyên: {why}"
    assert set(notes.values()) == {""}
    assert f'href="/documents/{minutes.id}"' in check
    assert f'href="/documents/{minutes.id}/pdf"' in check
    assert minutes.number in check
    assert f"Giữ nguyên: {why}" in office.page("principal", f"/documents/{minutes.id}")


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


def test_approval_of_several_is_taken_back_as_one(office: Office, class_task: int) -> None:
    address = f"/tasks/{class_task}/pupils"
    several = [pupil(office, place).id for place in (1, 2, 3)]
    office.post("homeroom", f"{address}/approve", pupil=several)
    office.post("homeroom", f"{address}/{several[0]}", act="reopen")
    undo = office.page("homeroom", f"/tasks/{class_task}").split('class="class-undo"')[1].split("</form>")[0]
    assert "2 em được duyệt cùng lúc" in undo

    office.post("homeroom", f"{address}/reopen", pupil=re.findall(r'name="pupil" value="(\d+)"', undo))

    page = office.page("homeroom", f"/tasks/{class_task}")
    assert "Đã thu hồi việc duyệt 2 em" in page
    assert "class-undo" not in page
    assert {entries(office)[one].state for one in several} == {RosterState.OPEN}


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

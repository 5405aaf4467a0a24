"""The rows of a class page: who was looked at stays in place, and what is typed in a row is kept."""

from models.campaign import RosterState
from models.catalogue import FieldDefinition
from models.school import Pupil
from tests.web.work.office import Office
from tests.web.work.test_class_page import entries, pupil
from workflows.unit_of_work import UnitOfWork


def test_who_was_looked_at_stays_in_place_when_approving_settles_what_was_found(
    office: Office, class_task: int
) -> None:
    first, second = pupil(office, 0), pupil(office, 1)
    address = f"/tasks/{class_task}/pupils/{second.id}"

    def age(work: UnitOfWork) -> None:
        work.session.query(FieldDefinition).filter_by(key="birth_date").update({"fresh_for_days": 30})
        old = dict.fromkeys(("birth_date",), "2022-01-01T00:00:00+00:00")
        work.session.get_one(Pupil, second.id).record_times = old
        for other in office.world.pupils("6A")[2:]:
            work.session.get_one(Pupil, other.id).record_times = {"birth_date": work.now.isoformat()}

    def row(page: str) -> str:
        return page.split('class="panel pupil-rest"')[0].split(f'id="pupil-{second.id}"')[1]

    office.world.do(age)
    assert "đã xem 0/2" in office.page("homeroom", f"/tasks/{class_task}")

    office.post("homeroom", address, act="approve")

    page = office.page("homeroom", f"/tasks/{class_task}")
    assert "đã xem 1/2" in page
    assert 'value="reopen"' in row(page).split("</form>")[0]
    office.post("homeroom", address, act="reopen")
    again = office.page("homeroom", f"/tasks/{class_task}")
    assert "đã xem 0/2" in again
    assert "Duyệt 3 em còn lại" in again
    assert f'id="pupil-{first.id}"' in again


def test_who_is_approved_after_loose_letters_are_joined_stays_in_place(
    office: Office, class_task: int
) -> None:
    second = pupil(office, 1)
    prefix = f"p{second.id}"

    def loosen(work: UnitOfWork) -> None:
        stored = work.session.get_one(Pupil, second.id)
        stored.record = {**stored.record, "personal_id": f"{stored.record['personal_id']} "}

    office.world.do(loosen)
    form = {f"{prefix}.personal_id": second.record["personal_id"], f"{prefix}.revision": second.revision + 1}

    office.post("homeroom", f"/tasks/{class_task}/pupils/{second.id}", act="approve", **form)

    assert entries(office)[second.id].state is RosterState.DONE
    assert "đã xem 1/2" in office.page("homeroom", f"/tasks/{class_task}")


def row_of(page: str, one: Pupil) -> str:
    return page.split(f'data-row id="pupil-{one.id}"')[1].split('data-row id="pupil-')[0]


def type_in(office: Office, task_id: int, one: Pupil, **typed: str) -> None:
    """Send the draft of a row, as scripts do while somebody types."""
    given = {
        name.replace("__", f".{one.id}" if name == "why__" else "."): text for name, text in typed.items()
    }
    fields = {(name if name.startswith("why") else f"p{one.id}.{name}"): text for name, text in given.items()}
    answer = office.post(
        "homeroom",
        f"/tasks/{task_id}/pupils/{one.id}/draft",
        **fields,
        **{f"p{one.id}.revision": str(one.revision)},
    )
    assert answer.status_code == 200
    assert answer.json["saved_at"] == "08:00"


def test_what_is_typed_in_a_row_is_there_again_and_not_in_the_record(office: Office, class_task: int) -> None:
    first, third = pupil(office, 0), pupil(office, 2)

    type_in(office, class_task, first, birth_date="03/0", why__="đúng giấy khai sinh")
    type_in(office, class_task, third, birth_date="05/05/2011")
    # The form of the step knows nothing of the rows, and keeps them.
    office.post("homeroom", f"/tasks/{class_task}/draft", **{"reason.ask": "cần người giúp"})

    page = office.page("homeroom", f"/tasks/{class_task}")
    assert 'value="03/0"' in row_of(page, first)
    assert '<details class="pupil-explain" open>' in row_of(page, first)
    assert 'value="đúng giấy khai sinh"' in row_of(page, first)
    assert 'value="05/05/2011"' in row_of(page, third)
    assert f'id="pupil-{third.id}"' in page.split("pupil-rest")[0]
    assert "Duyệt 3 em còn lại" in page
    assert pupil(office, 2).revision == third.revision
    assert pupil(office, 2).record == third.record


def test_draft_of_a_row_that_comes_after_the_save_or_the_approval_is_too_late(
    office: Office, class_task: int
) -> None:
    first, address = pupil(office, 0), f"/tasks/{class_task}/pupils/{pupil(office, 0).id}"
    form = {f"p{first.id}.birth_date": "03/02/2011", f"p{first.id}.revision": str(first.revision)}
    type_in(office, class_task, first, birth_date="03/0")

    office.post("homeroom", f"{address}/autosave", **form)
    type_in(office, class_task, first, birth_date="03/02")
    saved = office.page("homeroom", f"/tasks/{class_task}")
    office.post("homeroom", address, act="approve")
    type_in(office, class_task, pupil(office, 0), birth_date="03/02")
    office.post("homeroom", address, act="reopen")

    for page in (saved, office.page("homeroom", f"/tasks/{class_task}")):
        assert 'value="03/02/2011"' in row_of(page, first)
        assert 'value="03/02"' not in page


def test_draft_of_a_row_that_somebody_else_saved_meanwhile_is_told_before_it_is_saved(
    office: Office, class_task: int
) -> None:
    first = pupil(office, 0)
    type_in(office, class_task, first, birth_date="04/02/2011")

    def correct(work: UnitOfWork) -> None:
        stored = work.session.get_one(Pupil, first.id)
        stored.record = {**stored.record, "birth_date": "2011-02-03"}

    office.world.do(correct)
    row = row_of(office.page("homeroom", f"/tasks/{class_task}"), first)
    revision = row.split(f'id="p{first.id}-revision" value="')[1].split('"')[0]
    form = {f"p{first.id}.birth_date": "04/02/2011", f"p{first.id}.revision": revision}

    answer = office.post("homeroom", f"/tasks/{class_task}/pupils/{first.id}", act="approve", **form)

    assert 'value="04/02/2011"' in row
    assert "hồ sơ đang ghi “03/02/2011”, Thầy/Cô nhập “04/02/2011”" in row
    assert answer.status_code in (409, 422)
    assert f"{first.full_name}: " in answer.text.split('class="notice notice-refused"')[1].split("</div>")[0]
    assert pupil(office, 0).record["birth_date"] == "2011-02-03"


def test_refused_row_is_there_again_after_the_page_was_left(office: Office, class_task: int) -> None:
    first = pupil(office, 0)
    form = {f"p{first.id}.birth_date": "99/99/2011", f"p{first.id}.revision": str(first.revision)}

    refused = office.post("homeroom", f"/tasks/{class_task}/pupils/{first.id}", act="save", **form)

    assert refused.status_code == 422
    assert 'value="99/99/2011"' in row_of(office.page("homeroom", f"/tasks/{class_task}"), first)


def test_enter_in_the_reason_approves_with_it_and_elsewhere_saves_and_keeps_it(
    office: Office, class_task: int
) -> None:
    first, why = pupil(office, 0), "đúng giấy khai sinh"
    address = f"/tasks/{class_task}/pupils/{first.id}"
    reason = {f"why.{first.id}": why}

    office.post("homeroom", address, act="save", **reason)
    kept = office.page("homeroom", f"/tasks/{class_task}")
    elsewhere = office.post("homeroom", address, act="enter", **reason)
    waits = entries(office)[first.id].state
    within = office.post("homeroom", address, act="enter", **{f"why.{first.id}": f"{why} bản gốc"})

    assert f'value="{why}"' in row_of(kept, first)
    assert elsewhere.status_code == within.status_code == 303
    assert waits is RosterState.OPEN
    assert entries(office)[first.id].state is RosterState.DONE
    assert f"“{why} bản gốc”" in office.page("homeroom", f"/tasks/{class_task}")


def test_stranger_keeps_no_draft_in_a_row(office: Office, class_task: int) -> None:
    first = pupil(office, 0)

    answer = office.post(
        "stranger", f"/tasks/{class_task}/pupils/{first.id}/draft", **{f"why.{first.id}": "x"}
    )

    assert answer.status_code == 403


def test_refused_return_is_in_the_draft_as_it_was_sent(office: Office) -> None:
    office.bring_to_check("6A", "homeroom")
    task_id = office.task_id("check_class", "6A")
    ids = [one.id for one in office.world.pupils("6A")[:3]]
    office.post("principal", f"/tasks/{task_id}/draft", **{"pick.return_pupils": ids[:2]})

    refused = office.post(
        "principal", f"/tasks/{task_id}/complete", outcome="return_pupils", **{"pick.return_pupils": ids}
    )

    page = office.page("principal", f"/tasks/{task_id}")
    assert refused.status_code == 422
    assert [f'value="{one}" checked' in page for one in ids] == [True] * 3
    assert "notice-refused" not in page


def test_reasons_used_before_are_at_hand_once_and_not_in_each_row(office: Office) -> None:
    office.bring_to_check("6A", "homeroom")
    first = pupil(office, 0)
    office.world.complete(
        "principal", "check_class", "return_pupils", subject="6A", returned={first.id: "thiếu ảnh"}
    )
    office.bring_to_check("6B", "colleague")

    page = office.page("principal", f"/tasks/{office.task_id('check_class', '6B')}")

    assert (
        page.count('data-fill="thiếu ảnh"') - page.split("template data-reasons")[0].count("data-fill=") == 1
    )
    assert "rows.js" in page


def test_conflict_of_a_row_without_findings_stays_to_look_at_until_it_is_settled(
    office: Office, class_task: int
) -> None:
    third = pupil(office, 2)
    form = {f"p{third.id}.birth_date": "05/05/2011", f"p{third.id}.revision": str(third.revision)}

    def correct(work: UnitOfWork) -> None:
        stored = work.session.get_one(Pupil, third.id)
        stored.record = {**stored.record, "birth_date": "2011-02-09"}

    office.world.do(correct)
    office.post("homeroom", f"/tasks/{class_task}/pupils/{third.id}/autosave", **form)
    others = [one.id for one in office.world.pupils("6A")[1:] if one.id != third.id]
    office.post("homeroom", f"/tasks/{class_task}/pupils/approve", pupil=others)

    page = office.page("homeroom", f"/tasks/{class_task}")
    assert f'id="pupil-{third.id}"' in page.split("pupil-rest")[0]
    assert "hồ sơ đang ghi “09/02/2011”, Thầy/Cô nhập “05/05/2011”" in row_of(page, third)


def test_a_refused_row_leaves_the_comment_beside_it(office: Office, class_task: int) -> None:
    first = pupil(office, 0)
    office.post("homeroom", f"/tasks/{class_task}/draft", comment="Đã hỏi phụ huynh")

    row = {f"p{first.id}.personal_id": "abc", f"p{first.id}.revision": first.revision}
    answer = office.post("homeroom", f"/tasks/{class_task}/pupils/{first.id}", act="approve", **row)

    assert answer.status_code == 422
    assert 'value="abc"' in answer.text
    assert "Đã hỏi phụ huynh</textarea>" in answer.text

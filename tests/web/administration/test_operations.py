"""The operations pages: who comes in, what they show, each act once through HTTP, repeated posts, what is refused."""

import re
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from models.instance import Incident, InstanceState, ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.task import Task
from tests.cast import PROCEDURES
from tests.web.work.conftest import office, opened_world, sqlite_store  # noqa: F401  (fixtures)
from tests.web.work.office import Office

ADMIN = "administrator"
WHY = "thử vận hành"


@pytest.fixture
def at_work(office: Office) -> Office:  # noqa: F811
    """The officer reviews the staff."""
    office.assign_officer()
    return office


def run_of(office: Office, element_id: str, subject: str = "") -> ProcessInstance:  # noqa: F811
    """Give the instance of an open task."""
    task = office.world.task(element_id, subject)
    return instance(office, task.instance_id)


def instance(office: Office, instance_id: int) -> ProcessInstance:  # noqa: F811
    return office.world.read(lambda session: session.get_one(ProcessInstance, instance_id))


def entries(office: Office, kind: JournalKind) -> list[JournalEntry]:  # noqa: F811
    query = select(JournalEntry).where(JournalEntry.kind == kind)
    return office.world.read(lambda session: list(session.scalars(query)))


def open_incident(office: Office, instance_id: int, element_id: str = "") -> int:  # noqa: F811
    """Open an incident as the worker does."""

    def add(work: Any) -> int:
        found = Incident(
            instance_id=instance_id, element_id=element_id, cause="gãy <b>giữa chừng</b>", opened_at=work.now
        )
        work.session.add(found)
        work.session.flush()
        return found.id

    return office.world.do(add)


@pytest.mark.parametrize("who", ["principal", "homeroom", "department_officer"])
@pytest.mark.parametrize("page", ["", "/1", "/1/children/1", "/1/cancel", "/1/suspend"])
def test_others_do_not_come_in(at_work: Office, who: str, page: str) -> None:
    assert at_work.client(who).get(f"/operations{page}").status_code == 403
    if page.count("/") == 2:
        assert at_work.post(who, f"/operations{page}", reason=WHY).status_code == 403


def test_list_says_about_whom_and_why_it_waits_and_keeps_its_filter_in_the_address(at_work: Office) -> None:
    top = at_work.page(ADMIN, "/operations")
    found = at_work.page(ADMIN, "/operations?key=person_review&find=Chủ Nhiệm")
    ended = at_work.page(ADMIN, "/operations?view=finished&key=person_review")

    assert "Đợt rà soát trên địa bàn ·" in top
    assert "Vận hành" in top
    assert "Chủ Nhiệm" in found
    assert "từ hôm nay" in found
    assert 'value="Chủ Nhiệm"' in found
    assert '<option value="person_review" selected' in found
    assert "Không có lượt nào ở đây" in ended


@pytest.mark.parametrize(
    "query",
    [
        "view=nonsense",
        "unit=x",
        "unit=999999",
        "key=none",
        "after=-1",
        "find=%25_",
        "after=99999999999999999999",
        "find=" + "a" * 500,
    ],
)
def test_list_takes_any_address(at_work: Office, query: str) -> None:
    assert at_work.client(ADMIN).get(f"/operations?{query}").status_code == 200


def test_long_list_goes_on_page_by_page(at_work: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.administration.operations.ROWS", 2)
    first = at_work.page(ADMIN, "/operations?key=person_review")
    address = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")

    second = at_work.page(ADMIN, address)

    assert first.count("data-row ") == second.count("data-row ") == 2
    assert "Về đầu danh sách" in second
    assert "Về đầu danh sách" not in first


def test_page_of_an_instance_shows_step_variables_children_and_history(at_work: Office) -> None:
    run = run_of(at_work, "review_record", "Chủ Nhiệm")
    page = at_work.page(ADMIN, f"/operations/{run.id}")
    parent = page.split('class="place"')[1].split("</ol>")[0]

    assert "Bước đang mở" in page
    assert '"review_record": "open"' in page
    assert "officer" in page
    assert "Sửa…" in page
    assert "Rà soát hồ sơ nhân sự" in parent
    assert "Vết xử lý" in page


def test_children_are_listed_by_state(at_work: Office) -> None:
    top = at_work.page(ADMIN, "/operations")
    top_id = int(top.split('id="instance-')[1].split('"')[0])
    page = at_work.page(ADMIN, f"/operations/{top_id}")
    address = page.split(f"/operations/{top_id}/children/")[1].split('"')[0]

    listed = at_work.page(ADMIN, f"/operations/{top_id}/children/{address}?state=running")

    assert "THCS Mẫu" in listed
    assert at_work.client(ADMIN).get(f"/operations/{top_id}/children/99999").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/operations/999999",
        "/operations/0",
        "/operations/x",
        "/operations/1/explode",
        "/operations/999999/cancel",
    ],
)
def test_wrong_addresses_are_not_found(at_work: Office, address: str) -> None:
    assert at_work.client(ADMIN).get(address).status_code == 404
    assert at_work.post(ADMIN, address, reason=WHY).status_code in (404, 405)


def test_run_is_held_and_released_once_each(at_work: Office) -> None:
    run = run_of(at_work, "review_record", "Chủ Nhiệm")
    key = uuid4().hex
    address = f"/operations/{run.id}"

    held = at_work.post(ADMIN, f"{address}/suspend", key, reason=WHY, next=address)
    again = at_work.post(ADMIN, f"{address}/suspend", key, reason=WHY, next=address)
    refused = at_work.post(ADMIN, f"{address}/suspend", reason="lý do khác")
    shown = at_work.page(ADMIN, address)
    released = at_work.post(ADMIN, f"{address}/resume", reason=WHY)

    assert held.status_code == again.status_code == released.status_code == 303
    assert (refused.status_code, "lý do khác" in refused.text) == (409, True)
    assert "tạm giữ" in shown
    assert "Cho chạy tiếp" in shown
    assert len(entries(at_work, JournalKind.INSTANCE_SUSPENDED)) == 1
    assert instance(at_work, run.id).suspended_at is None


def test_reason_is_asked_for_beside_its_field(at_work: Office) -> None:
    run = run_of(at_work, "review_record", "Chủ Nhiệm")

    refused = at_work.post(ADMIN, f"/operations/{run.id}/suspend", reason="  ")
    too_long = at_work.post(ADMIN, f"/operations/{run.id}/suspend", reason="x" * 1001)

    assert refused.status_code == too_long.status_code == 422
    assert 'id="field-reason-error"' in refused.text
    assert "x" * 1001 in too_long.text
    assert instance(at_work, run.id).suspended_at is None


def test_run_is_cancelled_after_a_confirmation(at_work: Office) -> None:
    run = run_of(at_work, "review_record", "Chủ Nhiệm")
    address, key = f"/operations/{run.id}/cancel", uuid4().hex
    assert "Không thể thu hồi" in at_work.page(ADMIN, address)

    unsure, nothing = (at_work.post(ADMIN, address, reason=one) for one in (WHY, " "))
    done = at_work.post(ADMIN, address, key, reason=WHY, sure="1", next="/operations")
    again = at_work.post(ADMIN, address, key, reason=WHY, sure="1", next="/operations")
    late = at_work.post(ADMIN, address, reason=WHY, sure="1")

    assert (unsure.status_code, WHY in unsure.text) == (422, True)
    assert all(f'id="field-{one}-error"' in nothing.text for one in ("reason", "sure"))
    assert done.status_code == again.status_code == 303
    assert late.status_code == 409
    assert instance(at_work, run.id).state is InstanceState.CANCELLED
    assert f"Lý do: {WHY}" in at_work.page(ADMIN, f"/operations/{run.id}").split("Bị hủy lúc")[1]


def test_variable_is_corrected(at_work: Office) -> None:
    run = run_of(at_work, "review_record", "Chủ Nhiệm")
    token = at_work.world.task("review_record", "Chủ Nhiệm").token
    where = f"/operations/{run.id}/correct"
    assert "officer" in at_work.page(ADMIN, f"{where}?token={token}&name=officer")

    wrong = at_work.post(ADMIN, where, token=token, name="officer", value="không phải số", reason=WHY)
    nobody = at_work.post(ADMIN, where, token=token, name="officer", value="999999", reason=WHY)
    unknown = at_work.post(ADMIN, where, token=token, name="__class__", value="1", reason=WHY)
    right = at_work.post(
        ADMIN, where, token=token, name="officer", value=str(at_work.world.people["principal"]), reason=WHY
    )

    assert (wrong.status_code, 'id="field-value-error"' in wrong.text, WHY in wrong.text) == (422, True, True)
    assert unknown.status_code == 404
    assert at_work.client(ADMIN).get(f"{where}?token={token}&name=no_such").status_code == 404
    assert (nobody.status_code, 'id="field-value-error"' in nobody.text, WHY in nobody.text) == (
        422,
        True,
        True,
    )
    assert right.status_code == 303
    (entry,) = entries(at_work, JournalKind.DATA_CORRECTED)
    assert entry.details["after"] == {"officer": at_work.world.people["principal"]}
    page = at_work.page(ADMIN, f"/operations/{run.id}")
    assert re.search(r"<li>officer: <s>Thầy [^<]+</s> → <b>[^<]*Hiệu Trưởng[^<]*</b></li>", page), page


def test_token_is_moved_to_another_element(at_work: Office) -> None:
    run = run_of(at_work, "review_record", "Chủ Nhiệm")
    token = at_work.world.task("review_record", "Chủ Nhiệm").token
    where = f"/operations/{run.id}/move"
    form = at_work.page(ADMIN, f"{where}?token={token}")
    assert 'value="confirm_record"' in form

    nowhere = at_work.post(ADMIN, where, token=token, element="no_such", reason=WHY)
    moved = at_work.post(ADMIN, where, token=token, element="confirm_record", reason=WHY)
    gone = at_work.client(ADMIN).get(f"{where}?token={token}")

    assert (nowhere.status_code, 'id="field-element-error"' in nowhere.text) == (422, True)
    assert moved.status_code == 303
    assert (gone.status_code, gone.location) == (303, f"/operations/{run.id}")
    steps = at_work.world.read(
        lambda session: [
            one.element_id
            for one in session.scalars(select(Task).filter_by(instance_id=run.id, state="open"))
        ]
    )
    assert steps == ["confirm_record"]
    assert "Xác nhận" in at_work.page(ADMIN, f"/operations/{run.id}")


def test_incident_is_shown_tried_again_and_closed(at_work: Office) -> None:
    run = run_of(at_work, "review_record", "Chủ Nhiệm")
    first, second = open_incident(at_work, run.id), open_incident(at_work, run.id)
    other = run_of(at_work, "review_record", "Bộ Môn")
    address = f"/operations/{run.id}"

    listed = at_work.page(ADMIN, "/operations?view=incident")
    shown = at_work.page(ADMIN, address)
    tried = at_work.post(ADMIN, f"{address}/retry", incident=str(first))
    closed = at_work.post(ADMIN, f"{address}/resolve", incident=str(second), reason=WHY)
    twice = at_work.post(ADMIN, f"{address}/resolve", incident=str(second), reason=WHY)
    elsewhere = at_work.post(ADMIN, f"/operations/{other.id}/resolve", incident=str(first), reason=WHY)

    assert "Chủ Nhiệm" in listed
    assert "&lt;b&gt;giữa chừng" in shown
    assert tried.status_code == 422  # nothing is behind it that could be tried
    assert closed.status_code == 303
    assert twice.status_code == 409
    assert elsewhere.status_code == 404
    assert len(entries(at_work, JournalKind.INCIDENT_RESOLVED)) == 1


def test_no_page_of_a_whole_campaign_breaks(at_work: Office) -> None:
    ids = at_work.world.read(lambda session: list(session.scalars(select(ProcessInstance.id))))

    answers = {one: at_work.client(ADMIN).get(f"/operations/{one}").status_code for one in ids}

    assert set(answers.values()) == {200}


def second_version(office: Office, key: str, **replaced: str) -> None:  # noqa: F811
    """Publish a procedure once more, with some texts replaced."""
    xml = (PROCEDURES / key / f"{key}.bpmn").read_text(encoding="utf-8")
    for before, after in replaced.items():
        assert before in xml
        xml = xml.replace(before, after)
    office.world.publish(key, xml)


def test_running_instances_are_tried_dry_and_moved_to_another_version(at_work: Office) -> None:
    second_version(at_work, "person_review")
    address = "/procedures/person_review/versions/1/migrate"
    run = run_of(at_work, "review_record", "Chủ Nhiệm")

    asked = at_work.page(ADMIN, address)
    tried = at_work.page(ADMIN, f"{address}?to=2&scope=chosen&chosen={run.id}")
    before = instance(at_work, run.id).version_id
    key = uuid4().hex
    form = {"to": "2", "scope": "chosen", "chosen": str(run.id)}
    silent = at_work.post(ADMIN, address, **form)
    begun = at_work.post(ADMIN, address, key, reason=WHY, **form)
    again = at_work.post(ADMIN, address, key, reason=WHY, **form)

    assert "Thử trước, chưa thay đổi gì" in asked
    assert "Chuyển 1 lượt sang phiên bản 2" in tried
    assert before == run.version_id
    assert (silent.status_code, 'id="field-reason-error"' in silent.text) == (422, True)
    assert begun.status_code == again.status_code == 303
    assert instance(at_work, run.id).version_id != before
    progress = at_work.page(ADMIN, begun.headers["Location"])
    assert WHY in progress
    assert len(entries(at_work, JournalKind.INSTANCE_MIGRATED)) == 2  # the order, and the one instance
    assert "phiên bản 1 sang 2" in at_work.page(ADMIN, "/procedures/person_review")


def test_what_cannot_move_is_named_with_element_and_reason_and_can_be_replaced(at_work: Office) -> None:
    second_version(at_work, "person_review", review_record="look_at_record")
    address = "/procedures/person_review/versions/1/migrate?to=2&scope=unit"
    unit = run_of(at_work, "review_record", "Chủ Nhiệm").unit_id

    tried = at_work.page(ADMIN, f"{address}&unit={unit}")
    replaced = at_work.page(ADMIN, f"{address}&unit={unit}&replaces.review_record=look_at_record")
    wrong = at_work.client(ADMIN).get(f"{address}&unit={unit}&replaces.review_record=nowhere")

    assert "Không chuyển được" in tried
    assert "Phần tử thay thế" in tried
    assert "Không chuyển được" not in replaced
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/procedures/person_review/versions/1/migrate", 200),
        ("/procedures/person_review/versions/1/migrate?to=1", 422),
        ("/procedures/person_review/versions/1/migrate?to=99&scope=chosen&chosen=x,,1", 422),
        ("/procedures/person_review/versions/9/migrate", 404),
        ("/procedures/nothing/versions/1/migrate", 404),
        ("/procedures/person_review/migrations/1", 404),
    ],
)
def test_pages_of_migrations_take_any_address(at_work: Office, address: str, status: int) -> None:
    assert at_work.client(ADMIN).get(address).status_code == status
    assert at_work.client("principal").get(address).status_code == 403
    assert at_work.post("principal", address, to="1", reason=WHY).status_code in (403, 405)


def test_migration_under_way_is_stopped_with_a_reason(
    at_work: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_version(at_work, "person_review")
    monkeypatch.setattr("workflows.commands.operating.migration.BATCH", 1)
    address = "/procedures/person_review/versions/1/migrate"
    begun = at_work.post(ADMIN, address, to="2", scope="all", reason=WHY)
    page = begun.headers["Location"]

    running, figures = at_work.page(ADMIN, page), at_work.client(ADMIN).get(f"{page}/figures")
    second = at_work.post(ADMIN, address, to="2", scope="all", reason=WHY)
    silent = at_work.post(ADMIN, f"{page}/stop")
    stopped = at_work.post(ADMIN, f"{page}/stop", reason="thôi")
    late = at_work.post(ADMIN, f"{page}/stop", reason="thôi")

    assert '<noscript><meta http-equiv="refresh"' in running
    assert f'hx-get="{page}/figures"' in running
    assert (figures.status_code, "HX-Refresh" in figures.headers, "<main" in figures.text) == (
        200,
        False,
        False,
    )
    ended = at_work.client(ADMIN).get(f"{page}/figures")
    assert (ended.headers["HX-Refresh"], "hx-get" in ended.text) == ("true", False)
    assert second.status_code == 409
    assert silent.status_code == 422
    assert stopped.status_code == 303
    assert late.status_code == 303
    assert "đã kết thúc" in at_work.page(ADMIN, page)
    assert "đã dừng" in at_work.page(ADMIN, page)
    assert "http-equiv" not in at_work.page(ADMIN, page)


def test_time_per_step_stands_on_the_drawing_and_in_a_table(at_work: Office) -> None:
    page = at_work.page(ADMIN, "/procedures/staff_review?show=times")
    empty = at_work.page(ADMIN, "/procedures/grade_entry?show=times")
    plain = at_work.page(ADMIN, "/procedures/staff_review")

    assert "data-heat='{" in page
    assert "chưa đến 1 phút" in page
    assert "Rà soát từng người</th>" in page.split('id="times"')[1]
    assert "Chưa có việc nào của phiên bản này" in empty
    assert "data-heat" not in plain


def test_a_row_of_the_list_costs_a_few_statements(at_work: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = {}
    for rows in (2, 4):
        monkeypatch.setattr("web.administration.operations.ROWS", rows)
        at_work.page(ADMIN, "/operations?key=person_review")
        with at_work.counting() as statements:
            at_work.page(ADMIN, "/operations?key=person_review")
        sent[rows] = len(statements)

    assert sent[4] - sent[2] <= 2 * 8

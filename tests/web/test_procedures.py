"""The administrator's pages: drafts, check, publication, versions, shipped drawings."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from models.campaign import SubjectKind
from models.instance import InstanceState, ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.process import ProcessDefinition, ProcessDraft, ProcessVersion
from models.task import Task, TaskState
from tests.web.conftest import Cast, Client
from tests.web.drawings import BOMB, UNREACHED, drawing
from web.composition import Composition
from workflows.commands.administration import procedures, shipping
from workflows.errors import DiagramRefused, DraftChanged
from workflows.queries.procedures import step_counts

JSON = {"Accept": "application/json"}
REVISION = re.compile(r'name="revision" value="(\d*)"')
NEXT = {"next": "/procedures/small_review"}


@pytest.fixture
def admin(client_of: Callable[[str], Client]) -> Client:
    """Give the client of the department's administrator."""
    return client_of("admin")


def upload(client: Client, xml: str | bytes, address: str = "/procedures", **form: Any) -> Any:
    content = xml.encode() if isinstance(xml, str) else xml
    return client.send(address, file=FileStorage(BytesIO(content), "small.bpmn"), **form)


def revision_on(client: Client, address: str) -> str:
    match = REVISION.search(client.get(address).text)
    assert match is not None
    return match[1]


def publish(client: Client, key: str = "small_review", **form: str) -> Any:
    address = f"/procedures/{key}/publish"
    return client.send(
        address, revision=revision_on(client, address), request_key=form.pop("request_key", "p1"), **form
    )


def count(parts: Composition, table: type[Any]) -> int:
    with parts.read_sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_uploaded_drawing_becomes_a_draft_and_is_published(admin: Client, parts: Composition) -> None:
    assert upload(admin, drawing()).location == "/procedures/small_review/edit"
    page = admin.get("/procedures/small_review/publish").text
    assert "Thêm bước “Duyệt”" in page
    assert "Đây là phiên bản đầu tiên." in page

    answer = publish(admin, note="Bản đầu")

    assert answer.location == "/procedures/small_review"
    page = admin.get("/procedures/small_review").text
    assert "Rà soát nhỏ" in page
    assert "Bản đầu" in page
    assert "thầy Trần Văn Quản Trị" in page
    assert count(parts, ProcessDraft) == 0
    with parts.read_sessions() as session:
        entry = session.scalars(
            select(JournalEntry).where(JournalEntry.kind == JournalKind.PROCEDURE_PUBLISHED)
        ).one()
    assert entry.details["number"] == 1


def test_list_shows_what_the_last_check_found(admin: Client) -> None:
    upload(admin, drawing())
    assert "sẵn sàng ban hành" in admin.get("/procedures").text

    admin.send("/procedures/small_review/edit", xml=drawing(extra=UNREACHED), revision="1")
    assert "chưa kiểm tra" in admin.get("/procedures").text
    admin.get("/procedures/small_review/publish")

    assert re.search(r"\d điểm cần sửa", admin.get("/procedures").text)


def test_drawing_with_errors_stays_a_draft_and_publishes_nothing(admin: Client, parts: Composition) -> None:
    upload(admin, drawing(extra=UNREACHED))

    page = admin.get("/procedures/small_review/publish").text
    assert "Lạc (lost): " in page
    assert "Không có đường nào từ sự kiện bắt đầu tới đây." in page
    assert "Hãy nối phần tử hoặc bỏ đi." in page
    assert 'data-element="lost"' in page

    with parts.read_sessions() as session:
        revision = session.scalars(select(ProcessDraft.revision)).one()
    answer = admin.send("/procedures/small_review/publish", revision=revision, request_key="p1")
    assert answer.status_code == 422
    assert count(parts, ProcessVersion) == 0
    assert count(parts, ProcessDraft) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml",
        b"<a/>",
        BOMB.encode(),
        b"\xff\xfe\x00",
        drawing().replace("small_review", "1 bad key").encode(),
        drawing(extra="x" * 3_000_000).encode(),
    ],
    ids=["empty", "text", "foreign", "bomb", "binary", "bad key", "large"],
)
def test_unreadable_file_is_refused_and_leaves_nothing(
    admin: Client, parts: Composition, content: bytes
) -> None:
    answer = upload(admin, content)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert count(parts, ProcessDefinition) == 0
    assert count(parts, ProcessDraft) == 0


def test_new_procedure_begins_with_an_almost_empty_drawing(admin: Client) -> None:
    answer = admin.send("/procedures", key="leave_request", name='Xin "nghỉ" & về')

    assert answer.location == "/procedures/leave_request/edit"
    page = admin.get(answer.location).text
    assert "&#34;nghỉ&#34;" in page or "&amp;quot;nghỉ" in page
    refused = admin.send("/procedures", key="leave_request", name="again")
    assert refused.status_code == 409
    assert "Đã có quy trình" in refused.text
    assert 'value="again"' in refused.text
    assert admin.send("/procedures", key="a b", name="x").status_code == 422


def test_draft_is_saved_while_drawing(admin: Client, parts: Composition) -> None:
    upload(admin, drawing())
    address = "/procedures/small_review/draft"

    first = admin.send(address, headers=JSON, xml=drawing(step="Ký"), revision="1")
    assert first.status_code == 200
    assert first.get_json() == {
        "revision": 2,
        "problems": [],
        "saved": "Đã lưu 08:00",
        "about": "Kết quả kiểm tra bản nháp lưu lúc 08:00",
    }
    second = admin.send(address, headers=JSON, xml=drawing(step="Ký", extra=UNREACHED), revision="2")
    assert second.get_json()["revision"] == 3
    assert {row["element"] for row in second.get_json()["problems"]} >= {"lost"}
    same = admin.send(address, headers=JSON, xml=drawing(step="Ký", extra=UNREACHED), revision="2")
    assert same.get_json()["revision"] == 3


def test_somebody_elses_draft_is_never_overwritten_unseen(
    admin: Client, client_of: Callable[[str], Client], parts: Composition
) -> None:
    upload(admin, drawing())
    other = client_of("admin2")
    other.send("/procedures/small_review/draft", headers=JSON, xml=drawing(step="Của cô"), revision="1")

    quiet = admin.send(
        "/procedures/small_review/draft", headers=JSON, xml=drawing(step="Của tôi"), revision="1"
    )
    assert quiet.status_code == 409
    assert "Cô Võ Thị Quản Trị" in quiet.get_json()["message"]
    assert "08:00" in quiet.get_json()["message"]
    loud = admin.send("/procedures/small_review/edit", xml=drawing(step="Của tôi"), revision="1")
    assert loud.status_code == 409
    assert "Của tôi" in loud.text
    assert REVISION.search(loud.text)[1] == "2"  # type: ignore[index]

    again = admin.send("/procedures/small_review/edit", xml=drawing(step="Của tôi"), revision="2")
    assert again.status_code == 303
    assert "Của tôi" in admin.get("/procedures/small_review/draft.bpmn").text


def test_upload_does_not_replace_a_draft_unseen(admin: Client, parts: Composition) -> None:
    upload(admin, drawing())

    answer = upload(admin, drawing(step="Khác"))

    assert answer.status_code == 409
    assert "Thầy Trần Văn Quản Trị" in answer.text
    assert "Bản nháp: thầy Trần Văn Quản Trị lưu lúc" in answer.text
    assert "Tệp của thầy/cô: thầy Trần Văn Quản Trị gửi lúc" in answer.text
    replaced = upload(admin, drawing(step="Khác"), "/procedures/small_review/edit", revision="1")
    assert replaced.status_code == 303
    assert "Khác" in admin.get("/procedures/small_review/draft.bpmn").text


def test_check_lists_problems_under_the_drawing(admin: Client) -> None:
    upload(admin, drawing())
    xml = drawing(extra=UNREACHED)

    answer = admin.send("/procedures/small_review/edit", xml=xml, revision="1", then="check")

    page = admin.get(answer.location).text
    assert 'data-element="lost"' in page
    assert "điểm cần xem" in page
    assert "'unsafe-inline'" in admin.get(answer.location).headers["Content-Security-Policy"]


def test_second_version_says_what_changes_and_for_how_many(
    admin: Client, parts: Composition, cast: Cast, work: Callable[[], Any]
) -> None:
    upload(admin, drawing())
    publish(admin)
    _start(work, cast, parts, instances=3)

    admin.send("/procedures/small_review/edit", xml=drawing(step="Ký duyệt", due="workdays(5)"), revision="")
    page = admin.get("/procedures/small_review/publish").text
    assert "Bước “Duyệt” nay gọi là “Ký duyệt” và thay đổi: tên, hạn xử lý" in page
    assert "3 lượt đang chạy giữ phiên bản này đến khi kết thúc" in page
    assert "3 lượt đang chạy, 1 đơn vị" in page
    publish(admin, request_key="p2")

    with parts.read_sessions() as session:
        versions = session.scalars(select(ProcessVersion).order_by(ProcessVersion.number)).all()
        staying = session.scalars(select(ProcessInstance.version_id).distinct()).all()
    assert [version.number for version in versions] == [1, 2]
    assert versions[0].xml == drawing()
    assert staying == [versions[0].id]
    page = admin.get("/procedures/small_review?version=1").text
    assert "3 lượt đang chạy, 1 đơn vị" in page
    assert '{"approve": {"late": 1, "open": 3}}' in page


def test_same_publication_sent_twice_has_one_effect(admin: Client, parts: Composition) -> None:
    upload(admin, drawing())
    address = "/procedures/small_review/publish"
    form = {"revision": revision_on(admin, address), "request_key": "once", **NEXT}

    first = admin.send(address, **form)
    second = admin.send(address, **form)

    assert first.location == second.location == "/procedures/small_review"
    assert count(parts, ProcessVersion) == 1


def test_draft_equal_to_the_published_version_is_not_published(admin: Client, parts: Composition) -> None:
    upload(admin, drawing())
    publish(admin)
    upload(admin, drawing())

    assert publish(admin, request_key="p2").status_code == 409
    assert count(parts, ProcessVersion) == 1


def test_draft_of_another_procedure_is_not_published(admin: Client, parts: Composition) -> None:
    upload(admin, drawing())
    admin.send("/procedures/small_review/edit", xml=drawing("other_review"), revision="1")

    assert (
        "mã là other_review, còn quy trình là small_review"
        in admin.get("/procedures/small_review/publish").text
    )
    answer = admin.send("/procedures/small_review/publish", revision="2", request_key="p1")

    assert answer.status_code == 422
    assert "other_review" in answer.text
    assert count(parts, ProcessVersion) == 0


def test_draft_changed_after_it_was_shown_is_not_published(admin: Client, parts: Composition) -> None:
    upload(admin, drawing())
    shown = revision_on(admin, "/procedures/small_review/publish")
    admin.send("/procedures/small_review/edit", xml=drawing(step="Mới"), revision="1")

    answer = admin.send("/procedures/small_review/publish", revision=shown, request_key="p1")

    assert answer.status_code == 409
    assert count(parts, ProcessVersion) == 0


def test_command_refuses_an_examination_of_another_revision_or_with_errors(
    admin: Client, parts: Composition, cast: Cast, work: Callable[[], Any]
) -> None:
    from workflows.actor import Actor, Held

    actor = Actor(cast.persons["admin"], (Held(cast.department, "administrator"),))  # type: ignore[arg-type]
    upload(admin, drawing(extra=UNREACHED))
    with parts.read_sessions() as session:
        found = procedures.examine(session, parts.engine, 1)
    with pytest.raises(DiagramRefused), work() as unit_of_work:
        procedures.publish(unit_of_work, actor=actor, definition_id=1, note="", examination=found)
    admin.send("/procedures/small_review/edit", xml=drawing(), revision="1")
    with pytest.raises(DraftChanged), work() as unit_of_work:
        procedures.publish(unit_of_work, actor=actor, definition_id=1, note="", examination=found)


def test_draft_can_be_thrown_away(admin: Client, parts: Composition) -> None:
    upload(admin, drawing())

    assert admin.send("/procedures/small_review/discard", revision="7").status_code == 409
    assert admin.send("/procedures/small_review/discard", revision="1").location == "/procedures"
    assert count(parts, ProcessDefinition) == 0


def test_files_are_given_as_they_are(admin: Client) -> None:
    upload(admin, drawing())
    publish(admin)

    shown = admin.get("/procedures/small_review/versions/1.bpmn")
    saved = admin.get("/procedures/small_review/versions/1.bpmn?download=1")
    assert shown.text == saved.text == drawing()
    assert "attachment" in saved.headers["Content-Disposition"]
    assert admin.get("/procedures/small_review/versions/2.bpmn").status_code == 404
    assert admin.get("/procedures/nothing").status_code == 404
    assert admin.get("/procedures/small_review/publish").status_code == 404


def test_shipped_drawings_are_published_once_and_never_over_an_administrators(
    admin: Client, parts: Composition, cast: Cast, work: Callable[[], Any], tmp_path: Path
) -> None:
    place = tmp_path / "bpmn" / "small_review"
    place.mkdir(parents=True)
    file = place / "small_review.bpmn"

    def ship(xml: str) -> int:
        file.write_text(xml)
        with work() as unit_of_work:
            return len(shipping.ship(unit_of_work, tmp_path / "bpmn"))

    assert [ship(drawing()), ship(drawing()), ship(drawing(step="Hai")), ship(drawing())] == [1, 0, 1, 0]
    assert "có sẵn trong sản phẩm" in admin.get("/procedures/small_review").text

    admin.send("/procedures/small_review/edit", xml=drawing(step="Của chúng tôi"), revision="")
    publish(admin)
    assert ship(drawing(step="Ba")) == 0
    (tmp_path / "bpmn" / "broken").mkdir()
    (tmp_path / "bpmn" / "broken" / "broken.bpmn").write_text(drawing("broken", extra=UNREACHED))
    with pytest.raises(DiagramRefused):
        ship(drawing())
    assert count(parts, ProcessDefinition) == 1


def test_counts_of_steps_are_read_from_an_index(parts: Composition) -> None:
    with parts.read_sessions() as session:
        statements: list[str] = []

        from sqlalchemy import event

        def remember(_: Any, __: Any, statement: str, parameters: Any, *rest: Any) -> None:
            statements.append((statement, parameters))  # type: ignore[arg-type]

        event.listen(parts.database, "before_cursor_execute", remember)
        step_counts(session, 1, parts.clock.now())
        event.remove(parts.database, "before_cursor_execute", remember)
        statement, parameters = next(one for one in statements if "FROM task" in one[0])
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert "USING INDEX ix_task_version (version_id=?)" in str(plan)


def _start(work: Callable[[], Any], cast: Cast, parts: Composition, instances: int) -> None:
    from datetime import timedelta

    with work() as unit_of_work:
        session = unit_of_work.session
        version_id = session.scalars(select(ProcessVersion.id)).one()
        for number in range(instances):
            instance = ProcessInstance(
                version_id=version_id,
                unit_id=cast.school,
                subject_kind=SubjectKind.SCHOOL,
                subject_id=cast.school,
                state=InstanceState.RUNNING,
                started_at=unit_of_work.now,
            )
            session.add(instance)
            session.flush()
            session.add(
                Task(
                    instance_id=instance.id,
                    version_id=version_id,
                    unit_id=cast.school,
                    subject_kind=SubjectKind.SCHOOL,
                    subject_id=cast.school,
                    element_id="approve",
                    token=f"t{number}",
                    state=TaskState.OPEN,
                    assignee_id=cast.persons["head"],
                    opened_at=unit_of_work.now,
                    due_at=unit_of_work.now + timedelta(days=number - 1, hours=1),
                )
            )

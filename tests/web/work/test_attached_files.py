"""Files on a task: the same one once only, and taken off again by whoever added it."""

from io import BytesIO
from pathlib import Path

from models.journal import JournalEntry, JournalKind
from models.task import Attachment
from tests.web.work.office import Office

PDF = b"%PDF-1.7 " + b"x" * 100


def attach(office: Office, who: str, task_id: int, name: str, content: bytes = PDF) -> int:
    return int(office.post(who, f"/tasks/{task_id}/files", file=(BytesIO(content), name)).status_code)


def names(office: Office) -> list[tuple[int, str]]:
    return office.world.read(
        lambda session: [(one.id, one.file_name) for one in session.query(Attachment).order_by(Attachment.id)]
    )


def bytes_of(office: Office) -> list[Path]:
    return [one for one in office.parts.config.attachments_folder.rglob("*") if one.is_file()]


def test_the_very_same_file_is_there_already(office: Office) -> None:
    task_id = office.task_id("assign_officer", "THCS")
    assert attach(office, "principal", task_id, "Quyết định.pdf") == 303

    again = office.post("principal", f"/tasks/{task_id}/files", file=(BytesIO(PDF), "Bản sao.pdf"))

    assert again.status_code == 422
    assert "“Quyết định.pdf”" in again.text.split('id="file-error"')[1].split("</div>")[0]
    assert [name for _, name in names(office)] == ["Quyết định.pdf"]


def test_whoever_added_a_file_takes_it_off_again(reviewing: Office) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")
    other = reviewing.task_id("review_record", "Bộ Môn")
    for one in (task_id, other):
        assert attach(reviewing, "officer", one, "Nhầm.pdf") == 303
    (first, _), (second, _) = names(reviewing)

    assert reviewing.post("deputy", f"/tasks/{task_id}/files/{first}/remove").status_code == 403
    assert reviewing.post("officer", f"/tasks/{other}/files/{first}/remove").status_code == 404
    gone = reviewing.post("officer", f"/tasks/{task_id}/files/{first}/remove", f__x="đang gõ")

    assert gone.status_code == 303
    page = reviewing.page("officer", gone.location)
    assert f"/files/{first}" not in page
    assert "gỡ tệp “Nhầm.pdf”" in page
    # The other task has the same bytes.
    assert reviewing.client("officer").get(f"/tasks/{other}/files/{second}").data == PDF
    reviewing.post("officer", f"/tasks/{other}/files/{second}/remove")
    assert bytes_of(reviewing) == []
    kinds = reviewing.world.read(lambda session: [one.kind for one in session.query(JournalEntry)])
    assert kinds.count(JournalKind.FILE_REMOVED) == 2


def test_a_file_of_a_finished_task_stays(reviewing: Office) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")
    attach(reviewing, "officer", task_id, "Hợp đồng.pdf")
    ((kept, _),) = names(reviewing)
    reviewing.post("officer", f"/tasks/{task_id}/complete", outcome="ready")

    late = reviewing.post("officer", f"/tasks/{task_id}/files/{kept}/remove")

    assert late.status_code == 409
    assert f"/files/{kept}/remove" not in reviewing.page("officer", f"/tasks/{task_id}")
    assert names(reviewing) == [(kept, "Hợp đồng.pdf")]

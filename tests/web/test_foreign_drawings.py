"""A file of another tool: uploaded, shown with what was made of it, published, kept as it came, and run mended."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from lxml import etree
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from models.journal import JournalEntry, JournalKind
from models.process import ProcessVersion
from tests.engine.test_foreign_files import FOLDER
from tests.web.conftest import Client
from web.composition import Composition

CAMUNDA = (FOLDER / "camunda.bpmn").read_bytes()
KEY = "leave_request"


@pytest.fixture
def admin(client_of: Callable[[str], Client]) -> Client:
    """Give the client of the department's administrator, with the file uploaded."""
    client = client_of("admin")
    client.send("/procedures", file=FileStorage(BytesIO(CAMUNDA), "leave.bpmn"))
    return client


def publish(client: Client) -> None:
    page = client.get(f"/procedures/{KEY}/publish").text
    revision = re.search(r'name="revision" value="(\d*)"', page)
    assert revision is not None, page
    client.send(f"/procedures/{KEY}/publish", revision=revision[1], request_key="p1")


def test_check_page_shows_what_was_done_beside_the_doubts(admin: Client) -> None:
    page = admin.get(f"/procedures/{KEY}/publish").text

    assert "problem-note" in page
    assert "Đã lấy 2 trường của biểu mẫu." in page
    assert "Tệp giao bước cho nhóm archive, ở đây không có chức vụ này." in page
    assert "Thêm bước “Quyết định”" in page


def test_list_counts_doubts_and_no_notes(admin: Client) -> None:
    assert "5 điểm" in admin.get("/procedures").text  # four of the import and that nothing is drawn


def test_version_keeps_the_file_and_runs_the_copy(admin: Client, parts: Composition) -> None:
    publish(admin)

    with parts.read_sessions() as session:
        version = session.scalars(select(ProcessVersion)).one()
        entry = session.scalars(
            select(JournalEntry).where(JournalEntry.kind == JournalKind.PROCEDURE_PUBLISHED)
        ).one()
    assert version.xml.encode() == CAMUNDA
    assert version.mended_xml is not None
    assert parts.engine.specification(version.id).steps["decide"].assignee == "role('head')"
    assert {note["code"] for note in version.notes or ()} >= {"took_fields", "group_unknown"}
    assert entry.details["digest"] == version.digest != entry.details["mended_digest"]


def test_page_of_the_version_shows_the_notes_and_gives_both_files(admin: Client) -> None:
    publish(admin)

    page = admin.get(f"/procedures/{KEY}").text
    assert "Kết quả kiểm tra khi ban hành" in page
    assert "Tải bản sao đang chạy" in page
    assert admin.get(f"/procedures/{KEY}/versions/1.bpmn").data == CAMUNDA
    copy = etree.fromstring(admin.get(f"/procedures/{KEY}/versions/1.bpmn?running=1").data)
    assert copy.xpath("//@*[local-name()='assignee' and namespace-uri()='urn:rasoat:1']")


def test_same_file_once_more_is_no_new_version(admin: Client) -> None:
    publish(admin)
    admin.send("/procedures", file=FileStorage(BytesIO(CAMUNDA), "leave.bpmn"))

    page = admin.get(f"/procedures/{KEY}/publish").text

    assert "Không có gì thay đổi" in page

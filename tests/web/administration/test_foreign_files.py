"""Files that are broken, hostile or another tool's: one clear answer each, in time, and nothing left behind."""

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from time import monotonic

import pytest
from werkzeug.datastructures import FileStorage

from models.process import ProcessDefinition
from tests.web.conftest import Client
from tests.web.drawings import BOMB, SHAPES, drawing
from tests.web.test_procedures import JSON, REVISION, count, revision_on, upload
from web.composition import Composition

OTHER = '<bpmn:process id="other" isExecutable="true"><bpmn:startEvent id="o" /></bpmn:process>'
TWO = drawing().replace("</bpmn:process>", f"</bpmn:process>{OTHER}")
DEEP = drawing(extra="<bpmn:subProcess>" * 5_000 + "</bpmn:subProcess>" * 5_000)
FOREIGN = {
    "empty": (b"", "Tệp trống."),
    "text": (b"not xml", "dòng 1, cột 1"),
    "another language": (b"<a/>", "bắt đầu bằng a"),
    "bomb": (BOMB.encode(), "DOCTYPE"),
    "doctype": (
        drawing().replace("<bpmn:definitions", "<!DOCTYPE x><bpmn:definitions", 1).encode(),
        "DOCTYPE",
    ),
    "UTF-16": (drawing().encode("utf-16"), "không phải văn bản UTF-8"),
    "Latin-1": (drawing().encode("utf-8").replace("ệ".encode(), b"\xea"), "không phải văn bản UTF-8"),
    "broken": (drawing().replace("</bpmn:process>", "").encode(), "cột"),
    "deep": (DEEP.encode(), "quá sâu"),
    "10 MB": (drawing(extra=" " * 10_000_000).encode(), "Tệp lớn hơn 2 MB."),
    "30 MB": (drawing(extra=" " * 30_000_000).encode(), "Tệp lớn hơn 2 MB."),
}


@pytest.fixture
def admin(client_of: Callable[[str], Client]) -> Client:
    """Give the client of the department's administrator."""
    return client_of("admin")


@pytest.mark.parametrize("case", FOREIGN)
def test_foreign_file_is_refused_with_reason_and_remedy_and_the_draft_stays(
    admin: Client, parts: Composition, case: str
) -> None:
    content, reason = FOREIGN[case]
    upload(admin, drawing())

    for address in ("/procedures", "/procedures/small_review/edit", "/procedures/small_review/look"):
        began = monotonic()
        headers = JSON if address.endswith("look") else None
        answer = upload(admin, content, address, revision="1", headers=headers)

        assert answer.status_code == 422
        assert monotonic() - began < 5
        if headers:
            (found,) = answer.get_json()["problems"]
            assert reason in found["text"]
            assert found["remedy"]
        else:
            assert reason in answer.text
            assert "/procedures/help/drawing" in answer.text
    assert admin.get("/procedures/small_review/draft.bpmn").text == drawing()
    assert revision_on(admin, "/procedures/small_review/edit") == "1"
    assert count(parts, ProcessDefinition) == 1


def test_refused_file_leaves_the_drawing_in_the_form(admin: Client) -> None:
    upload(admin, drawing())

    file = FileStorage(BytesIO(BOMB.encode()), "bomb.bpmn")
    answer = admin.send("/procedures/small_review/edit", file=file, revision="1", xml=drawing(step="Đang vẽ"))

    assert "Đang vẽ" in answer.text
    assert "Bản nháp đã có vẫn giữ nguyên." in answer.text
    assert "&lt;!DOCTYPE" not in answer.text


def test_file_is_judged_before_the_studio_opens_it(admin: Client, parts: Composition) -> None:
    upload(admin, drawing())

    answer = upload(admin, TWO, "/procedures/small_review/look", headers=JSON)

    assert answer.get_json()["xml"] == TWO
    assert "hiện có 2" in answer.get_json()["problems"][0]["text"]
    assert admin.get("/procedures/small_review/draft.bpmn").text == drawing()
    foreign = upload(admin, drawing("other"), "/procedures/small_review/look", headers=JSON).get_json()
    assert "mã là other" in foreign["problems"][0]["text"]


def test_file_with_two_processes_is_no_new_procedure(admin: Client, parts: Composition) -> None:
    answer = upload(admin, TWO)

    assert answer.status_code == 422
    assert "hiện có 2: small_review, other" in answer.text
    assert count(parts, ProcessDefinition) == 0


def test_file_of_another_tool_becomes_a_draft_that_says_what_to_mend(admin: Client) -> None:
    foreign = drawing().replace('isExecutable="true"', 'isExecutable="false"').replace(SHAPES, "")

    answer = upload(admin, foreign.split("  <bpmndi:", 1)[0] + "</bpmn:definitions>")

    page = admin.get(answer.location).text
    assert "không chạy được" in page
    assert "BPMNDI" in page
    assert "Kết quả kiểm tra bản nháp lưu lúc 08:00" in page


@pytest.mark.parametrize(
    ("key", "shown"), [("1 bad key", "“1 bad key”"), ("k" * 99, "“" + "k" * 80 + "…”"), ("", "“”")]
)
def test_refused_key_is_named(admin: Client, key: str, shown: str) -> None:
    answer = upload(admin, drawing(key))

    assert answer.status_code == 422
    assert f"Mã {shown} không dùng được" in answer.text


@pytest.mark.parametrize(
    ("address", "back"),
    [("/procedures", "/procedures"), ("/procedures/small_review/edit", "/procedures/small_review/edit")],
)
def test_file_too_large_to_be_read_gets_the_same_sentence_and_a_way_back(
    admin: Client, address: str, back: str
) -> None:
    answer = upload(admin, b" " * 45_000_000, address)

    assert answer.status_code == 413
    assert "Tệp lớn hơn 2 MB." in answer.text
    assert f'class="btn btn-primary" href="{back}"' in answer.text
    assert "Tối đa 2 MB." in admin.get("/procedures").text


def test_upload_replaces_a_draft_once_it_is_confirmed(
    admin: Client, client_of: Callable[[str], Client]
) -> None:
    upload(admin, drawing())
    page = upload(admin, drawing(step="Khác")).text
    form = re.search(r'<form action="(/procedures/small_review/edit)".*?</form>', page, re.DOTALL)
    assert form is not None
    xml = re.search(r'<textarea name="xml" hidden>(.*?)</textarea>', form[0], re.DOTALL)
    revision = REVISION.search(form[0])
    assert xml is not None
    assert revision is not None
    fields = {"xml": unescape(xml[1]).replace("\n", "\r\n"), "revision": revision[1], "then": "check"}

    assert admin.send(form[1], **fields).status_code == 303
    assert admin.get("/procedures/small_review/draft.bpmn").text == drawing(step="Khác")

    client_of("admin2").send("/procedures/small_review/edit", xml=drawing(step="Cô"), revision="2")
    assert admin.send(form[1], **fields | {"xml": drawing(step="Muộn")}).status_code == 409

"""Files that are broken, hostile or another tool's: one clear answer each, in time, and nothing left behind."""

from collections.abc import Callable
from io import BytesIO
from time import monotonic

import pytest
from werkzeug.datastructures import FileStorage

from models.process import ProcessDefinition
from tests.web.conftest import Client
from tests.web.drawings import BOMB, SHAPES, drawing
from tests.web.test_procedures import JSON, count, revision_on, upload
from web.composition import Composition

TWO = drawing().replace("</bpmn:process>", '</bpmn:process><bpmn:process id="other" />')
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
    "10 MB": (drawing(extra=" " * 10_000_000).encode(), "11 MB"),
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

"""What a new version changes is said truthfully, and who still runs on the old one is linked."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.web.conftest import Cast, Client
from tests.web.drawings import drawing
from tests.web.test_procedures import _start, publish, upload
from web.composition import Composition

SAME = "Không có gì thay đổi"
LOOKS = "Chỉ hình vẽ thay đổi"
CHANGES = {
    "name": (
        lambda xml: xml.replace('name="Rà soát nhỏ"', 'name="Rà soát gọn"'),
        "đổi tên thành “Rà soát gọn”",
    ),
    "English name": (lambda xml: xml.replace("Small review", "Short review"), "Tên tiếng Anh của quy trình"),
    "subject": (lambda xml: xml.replace("isExecutable", 'rs:subject="staff" isExecutable'), "Đối tượng"),
    "remark": (
        lambda xml: xml.replace(
            "</bpmn:process>",
            '<bpmn:textAnnotation id="n"><bpmn:text>x</bpmn:text></bpmn:textAnnotation></bpmn:process>',
        ),
        "Mô tả hoặc ghi chú",
    ),
    "flow": (
        lambda xml: xml.replace(
            '<bpmn:sequenceFlow id="to_end" sourceRef', '<bpmn:sequenceFlow id="to_end" name="x" sourceRef'
        ),
        "Luồng thay đổi",
    ),
    "result": (
        lambda xml: xml.replace('<bpmn:endEvent id="end"', '<bpmn:endEvent id="end" rs:result="outcome"'),
        "Đổi phần tử “end”",
    ),
    "looks": (lambda xml: xml.replace('x="430"', 'x="440"'), LOOKS),
    "nothing": (lambda xml: xml.replace("</bpmn:definitions>", "<!-- x --></bpmn:definitions>"), SAME),
}


@pytest.fixture
def admin(client_of: Callable[[str], Client]) -> Client:
    """Give the client of the department's administrator, with a published procedure."""
    client = client_of("admin")
    upload(client, drawing())
    publish(client)
    return client


@pytest.mark.parametrize("case", CHANGES)
def test_publication_says_what_changes(admin: Client, case: str) -> None:
    change, said = CHANGES[case]
    upload(admin, change(drawing()))

    page = admin.get("/procedures/small_review/publish").text

    assert said in page
    assert [text for text in (SAME, LOOKS) if text in page] == [
        text for text in (SAME, LOOKS) if text == said
    ]


def test_new_version_leads_to_what_still_runs_on_the_old_one(
    admin: Client, parts: Composition, cast: Cast, work: Callable[[], Any]
) -> None:
    _start(work, cast, parts, instances=3)
    upload(admin, drawing(step="Hai"))
    publish(admin, request_key="p2")

    page = admin.get("/procedures/small_review").text

    assert 'href="/procedures/small_review?version=1">3 lượt còn chạy phiên bản 1</a>' in page
    assert "lượt còn chạy phiên bản" not in admin.get("/procedures/small_review?version=1").text


def test_called_procedure_is_named(admin: Client) -> None:
    call = """<bpmn:callActivity id="sub" name="Gọi" calledElement="small_review" />
    <bpmn:sequenceFlow id="f1" sourceRef="sub" targetRef="end" />"""
    calling = drawing("outer", extra=call).replace(
        'sourceRef="approve" targetRef="end"', 'sourceRef="approve" targetRef="sub"'
    )
    upload(admin, calling)
    publish(admin, "outer", request_key="p2")

    page = admin.get("/procedures/outer").text

    assert 'href="/procedures/small_review">Rà soát nhỏ</a>' in page
    assert "<code>small_review</code>" not in page

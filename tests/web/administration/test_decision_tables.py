"""The page of decision tables: uploaded, seen as a table, checked, given back and removed, all without scripts."""

from collections.abc import Callable
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage

from tests.engine.decisions.dmn import file, table
from tests.web.conftest import Client
from tests.web.drawings import drawing
from tests.web.test_procedures import publish, revision_on, upload
from workflows.commands.administration import shipping
from workflows.engine.diagram.reading import MAX_BYTES

PAGE = "/procedures/small_review/decisions"
TASK = '\n    <bpmn:businessRuleTask id="rule" name="Xét mức" rs:decision="level" rs:output="level" />'
RULES = [("<= 5", '"thấp"'), ("> 5", '"cao"')]
LEVEL = file(table(RULES, key="level", inputs=[("len(returned)", "number")])).replace(
    "<inputExpression", '<inputExpression expressionLanguage="urn:rasoat:1"'
)


@pytest.fixture
def admin(client_of: Callable[[str], Client]) -> Client:
    """Give the client of the department's administrator, with a draft that makes a decision."""
    client = client_of("admin")
    drawn = drawing(extra=TASK).replace('targetRef="approve" />', 'targetRef="rule" />', 1)
    drawn = drawn.replace(TASK, TASK + '<bpmn:sequenceFlow id="x" sourceRef="rule" targetRef="approve" />')
    upload(client, drawn)
    return client


def send(client: Client, text: str | bytes, **form: Any) -> Any:
    content = text.encode() if isinstance(text, str) else text
    revision = form.pop("revision", None) or revision_on(client, PAGE)
    return client.send(PAGE, file=FileStorage(BytesIO(content), "level.dmn"), revision=revision, **form)


def test_table_is_shown_checked_and_published_with_the_draft(admin: Client) -> None:
    assert send(admin, LEVEL).status_code == 303
    page = unescape(admin.get(PAGE).text)

    assert '<code>"thấp"</code>' in page
    assert 'data-label="len(returned)"' in page
    assert admin.get(f"{PAGE}/level.dmn").text == LEVEL
    assert publish(admin).status_code == 303
    assert '"cao"' in unescape(admin.get(f"{PAGE}?version=1").text)
    assert admin.get(f"{PAGE}/level.dmn?version=1").text == LEVEL


def test_fault_of_a_table_names_rule_and_column_on_the_page_and_in_the_studio(admin: Client) -> None:
    send(admin, LEVEL.replace("&lt;= 5", "&lt;&gt; 5"))

    for address in (PAGE, "/procedures/small_review/edit", "/procedures/small_review/publish"):
        assert "Quy tắc 1, cột len(returned)" in unescape(admin.get(address).text)


def test_new_draft_and_a_saved_drawing_keep_the_tables(admin: Client) -> None:
    send(admin, LEVEL)
    publish(admin)
    drawn = admin.get("/procedures/small_review/versions/1.bpmn").text.replace("Duyệt", "Xem")

    admin.send("/procedures/small_review/edit", xml=drawn, revision="", then="check")

    assert "thấp" in admin.get(PAGE).text
    assert publish(admin, request_key="p2").status_code == 303


def test_changed_table_alone_is_a_new_version_and_is_said(admin: Client) -> None:
    send(admin, LEVEL)
    publish(admin)

    send(admin, LEVEL.replace("thấp", "rất thấp"))

    assert "Bảng quyết định “level” thay đổi" in unescape(admin.get("/procedures/small_review/publish").text)
    assert publish(admin, request_key="p2").status_code == 303
    assert '"thấp"' in unescape(admin.get(f"{PAGE}?version=1").text)
    assert '"rất thấp"' in unescape(admin.get(f"{PAGE}?version=2").text)


def test_removed_table_is_missed_by_the_check(admin: Client) -> None:
    send(admin, LEVEL)

    answer = admin.send(f"{PAGE}/remove", name="level", revision=revision_on(admin, PAGE))

    assert answer.status_code == 303
    assert "thấp" not in admin.get(PAGE).text
    assert "level" in admin.get(PAGE).text  # the fault of the task that asks for it
    assert admin.get(f"{PAGE}/level.dmn").status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Tệp trống."),
        (b"text", "dòng 1"),
        (b"<a/>", "bắt đầu bằng a"),
        (drawing().encode(), "definitions"),
        (b"\x89PNG\r\n\xff", "UTF-8"),
        (b" " * (MAX_BYTES + 1), "lớn hơn"),
        (b" " * 60_000_000, "lớn hơn"),
        (b"<a>" * 200 + b"</a>" * 200, "quá lớn"),
    ],
)
def test_file_that_is_no_table_is_refused_and_nothing_changes(
    admin: Client, content: bytes, said: str
) -> None:
    send(admin, LEVEL)
    before = revision_on(admin, PAGE)

    answer = send(admin, content)

    assert answer.status_code == (413 if len(content) > 50_000_000 else 422)
    main = unescape(answer.text).split("<main")[1]
    assert said in main
    assert "DMN" in main
    assert not any(word in main for word in ("BPMN", "bản vẽ", "lưu đồ", "Tách quy trình"))
    assert revision_on(admin, PAGE) == before


def test_file_sent_over_the_draft_of_somebody_else_is_refused(admin: Client) -> None:
    assert send(admin, LEVEL, revision="7").status_code == 409
    assert "thấp" not in admin.get(PAGE).text


def test_tables_beside_a_shipped_drawing_are_published_with_it(
    admin: Client, work: Callable[[], Any], tmp_path: Path
) -> None:
    folder = tmp_path / "shipped_review"
    folder.mkdir()
    drawn = admin.get("/procedures/small_review/draft.bpmn").text.replace("small_review", "shipped_review")
    (folder / "shipped_review.bpmn").write_text(drawn, encoding="utf-8")
    shipped = []

    for limit in ("5", "5", "6"):
        (folder / "level.dmn").write_text(LEVEL.replace(" 5<", f" {limit}<"), encoding="utf-8")
        with work() as unit_of_work:
            shipped.append([one.number for one in shipping.ship(unit_of_work, tmp_path)])

    assert shipped == [[1], [], [2]]
    assert "<= 6" in unescape(admin.get("/procedures/shipped_review/decisions").text)


def test_only_administrators_come_here(client_of: Callable[[str], Client], admin: Client) -> None:
    assert client_of("teacher").get(PAGE).status_code == 403

"""What a check says about a drawing stands in the reader's language, short enough to be read, on every page."""

from collections.abc import Callable
from html import escape, unescape

import pytest

from tests.web.conftest import Client
from tests.web.drawings import drawing
from tests.web.test_procedures import JSON, upload

HOSTILE = {
    '__import__("os").system("id")': "chỉ gọi được các hàm có tên",
    "9**9**9**9": "không dùng được 9 ** 9 ** 9 ** 9 ở đây",
    "outcome ==": "không phải là một biểu thức",
    '"a"*10**9': "không dùng được 10 ** 9 ở đây",
    "unit.__class__": "không dùng được mục __class__",
    "now(": "không phải là một biểu thức",
    "(" * 500 + "1" + ")" * 500: "không phải là một biểu thức",
}


def forked(condition: str) -> str:
    """Draw a gateway beside the step whose one flow has this condition."""
    return drawing(
        extra=f"""
    <bpmn:exclusiveGateway id="fork" default="otherwise" />
    <bpmn:sequenceFlow id="to_fork" sourceRef="approve" targetRef="fork" />
    <bpmn:sequenceFlow id="chosen" sourceRef="fork" targetRef="end">
      <bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="otherwise" sourceRef="fork" targetRef="end" />"""
    ).replace('    <bpmn:sequenceFlow id="to_end" sourceRef="approve" targetRef="end" />\n', "")


@pytest.fixture
def admin(client_of: Callable[[str], Client]) -> Client:
    """Give the client of the department's administrator."""
    return client_of("admin")


@pytest.mark.parametrize("draw", [forked, lambda text: drawing(due=escape(text))], ids=["flow", "step"])
@pytest.mark.parametrize("expression", HOSTILE, ids=[text[:12] for text in HOSTILE])
def test_fault_of_an_expression_is_a_sentence_on_every_page(
    admin: Client, draw: Callable[[str], str], expression: str
) -> None:
    xml = draw(expression)

    edit = upload(admin, xml).location
    pages = [admin.get(edit).text, admin.get("/procedures/small_review/publish").text]
    looked = upload(admin, xml, "/procedures/small_review/look", headers=JSON).get_json()
    saved = admin.send("/procedures/small_review/draft", headers=JSON, xml=xml, revision="1").get_json()
    pages += [" ".join(row["text"] for row in answer["problems"]) for answer in (looked, saved)]

    for page in map(unescape, pages):
        assert HOSTILE[expression] in page
        assert "msgid" not in page


def strewn(count: int, tag: str = "task") -> str:
    """Draw this many elements that nothing joins."""
    return drawing(extra="".join(f'<bpmn:{tag} id="t{number}" />' for number in range(count)))


def test_file_of_too_many_elements_is_refused_with_the_bound(admin: Client) -> None:
    answer = upload(admin, strewn(20_000))

    assert answer.status_code == 422
    assert "20005 phần tử; nhiều nhất là 5000" in answer.text
    assert "tách" in answer.text


def test_long_list_of_problems_ends_with_the_count_of_what_it_leaves_out(admin: Client) -> None:
    page = admin.get(upload(admin, strewn(80, "userTask")).location).text

    assert page.count('<li class="problem') == 51
    assert page.index("Còn 110 điểm nữa không liệt kê") > page.rindex("data-element")
    assert "Kiểm tra thấy 160 điểm" in page
    assert "160 điểm cần sửa" in admin.get("/procedures").text
    assert "có 160 lỗi" in admin.send("/procedures/small_review/publish", revision="1", request_key="p1").text


def test_foreign_element_has_its_decisive_problem_only(admin: Client) -> None:
    page = admin.get(upload(admin, strewn(1, "serviceTask")).location).text

    assert page.count('data-element="t0"') == 1
    assert "công việc tự động" in page

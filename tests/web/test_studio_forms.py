"""The form beside the canvas: fields, outcomes and rungs of a step are added, changed, ordered, removed and undone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "web" / "static" / "vendor"
SAMPLE = (ROOT / "tests" / "web" / "every_word.bpmn").read_text(encoding="utf-8")
RS = "{urn:rasoat:1}"
PAGE = """<!doctype html><html lang="{language}"><body>
<p data-studio-message hidden></p><div data-toolbar></div>
<form id="diagram-form" data-process-key="x"><textarea name="xml"></textarea></form>
<div data-modeler style="width: 900px; height: 500px"></div><div><div data-problems></div></div>
<aside data-properties style="width: 360px"></aside></body></html>"""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Studio:
    """One open editor with a selected step."""

    def __init__(self, page: Any, step: str, language: str = "vi", sample: str = SAMPLE) -> None:
        self.page, self.step = page, step
        page.set_content(PAGE.format(language=language))
        page.locator("textarea[name=xml]").fill(sample)
        page.add_style_tag(path=str(VENDOR / "modeler.css"))
        page.add_script_tag(path=str(VENDOR / "modeler.js"))
        page.wait_for_selector('[data-diagram-state="drawn"]')
        page.evaluate(
            "(id) => { const modeler = document.querySelector('[data-modeler]').modeler;"
            " modeler.get('selection').select(modeler.get('elementRegistry').get(id)); }",
            step,
        )

    def show_advanced(self) -> None:
        """Show keys and expressions."""
        self.page.locator(".studio-more").click()

    def input(self, name: str) -> Any:
        """Give one input of the form."""
        return self.page.locator(f'[data-properties] [name="studio-{name}"]')

    def type(self, name: str, text: str) -> None:
        """Fill an input and leave it."""
        self.input(name).fill(text)
        self.input(name).blur()

    def press(self, name: str) -> None:
        """Press a button by its name."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def undo(self) -> None:
        """Undo the last change."""
        self.page.evaluate("document.querySelector('[data-modeler]').modeler.get('commandStack').undo()")

    def attribute(self, name: str) -> str | None:
        """Give an attribute of ours of the step, as a save would write it."""
        return self.saved().get(f"{RS}{name}")

    def found(self, kind: str) -> list[dict[str, str]]:
        """Give the attributes of all elements of ours below the step, as a save would write them."""
        return [dict(element.attrib) for element in self.saved().iter(f"{RS}{kind}")]

    def saved(self) -> Any:
        """Give the step as a save would write it."""
        script = "document.querySelector('[data-modeler]').modeler.saveXML().then(({ xml }) => xml)"
        root = etree.fromstring(self.page.evaluate(script).encode())
        (step,) = root.xpath("//*[@id=$id]", id=self.step)
        return step


@pytest.fixture
def studio(open_page: Callable[..., Any]) -> Callable[..., Studio]:
    return lambda step="confirm", **options: Studio(open_page(width=1400, height=1000), step, **options)


def test_an_outcome_is_added_filled_ordered_and_removed(studio: Callable[..., Studio]) -> None:
    form = studio()

    form.show_advanced()
    form.press("+ Thêm kết quả")
    form.type("addOutcome-3-key", "return_classes")
    form.type("addOutcome-3-label", "Trả lại từng lớp")
    form.input("addOutcome-3-style").select_option("return")
    form.input("addOutcome-3-reason").select_option("required")
    form.input("addOutcome-3-of").select_option("classes")

    assert form.found("outcome")[3] == {
        "key": "return_classes",
        "label": "Trả lại từng lớp",
        "style": "return",
        "reason": "required",
        "of": "classes",
    }
    form.press("Đưa Trả lại từng lớp lên trước")
    assert [outcome["key"] for outcome in form.found("outcome")] == [
        "confirmed",
        "returned",
        "return_classes",
        "classes",
    ]
    form.press("Xóa Ký xác nhận")
    assert [outcome["key"] for outcome in form.found("outcome")] == ["returned", "return_classes", "classes"]
    for _ in range(8):
        form.undo()
    assert [outcome["key"] for outcome in form.found("outcome")] == ["confirmed", "returned", "classes"]


def test_a_field_with_choices_and_a_rung_are_drawn_on_a_bare_step(studio: Callable[..., Studio]) -> None:
    form = studio("assign", language="en")

    form.press("+ Add a field")
    form.type("addField-0-label", "Hình thức")
    form.input("addField-0-type").select_option("select")
    form.type("addField-0-options", "zalo = Zalo\npaper = Phiếu giấy | Paper form")
    form.input("addField-0-required").check()
    form.press("+ Add a rung")

    assert form.found("field") == [
        {"key": "field_1", "type": "select", "label": "Hình thức", "required": "true"}
    ]
    assert form.found("option") == [
        {"key": "zalo", "label": "Zalo"},
        {"key": "paper", "label": "Phiếu giấy", "labelEn": "Paper form"},
    ]
    assert form.found("rung") == [{"after": "1d", "to": "head", "kind": "escalate"}]
    form.press("Remove Hình thức")
    assert form.found("form") == form.found("field") == []
    form.press("Remove 1 working day after due")
    assert form.found("escalation") == []


def test_common_expressions_are_said_and_chosen_in_words(studio: Callable[..., Studio]) -> None:
    form = studio("assign")
    shown = form.page.locator("[data-properties]")
    assert "role(" not in shown.inner_text()
    assert form.input("assignee").evaluate("one => one.selectedOptions[0].textContent") == "Thủ trưởng đơn vị"
    assert form.input("due").evaluate("one => one.selectedOptions[0].textContent") == "2 ngày làm việc"
    assert form.attribute("assignee") == 'role("head")'

    form.input("assignee").select_option(label="Giáo viên chủ nhiệm")
    form.input("due").select_option(label="Hạn rà soát lớp của đợt")

    assert form.attribute("assignee") == "homeroom_teacher()"
    assert form.attribute("due") == "deadline('class')"
    form.show_advanced()
    form.type("assignee-raw", "role('teacher') if unit.kind == 'school' else head()")
    assert form.input("assignee").evaluate("one => one.selectedOptions[0].textContent") == (
        "Theo biểu thức (xem Nâng cao)"
    )
    for _ in range(3):
        form.undo()
    assert form.attribute("assignee") == 'role("head")'


def test_looking_at_a_drawing_changes_nothing_in_it(studio: Callable[..., Studio]) -> None:
    sample = SAMPLE.replace('rs:review="record"', 'rs:review="record" rs:later="a &lt; b"')
    form = studio(sample=sample)
    script = (
        "document.querySelector('[data-modeler]').modeler.saveXML({ format: true }).then(({ xml }) => xml)"
    )
    before = form.page.evaluate(script)

    form.show_advanced()
    form.page.evaluate(
        "(() => { const { modeler } = document.querySelector('[data-modeler]');"
        " for (const one of modeler.get('elementRegistry').getAll()) modeler.get('selection').select(one); })()"
    )

    assert form.page.evaluate(script) == before
    assert 'rs:later="a &#60; b"' in before
    assert form.page.locator("[data-studio-message]").is_hidden()


def test_review_and_bulk_are_chosen_and_undone(studio: Callable[..., Studio]) -> None:
    form = studio()
    assert (form.input("review").input_value(), form.input("bulk").input_value()) == ("record", "confirmed")

    form.input("review").select_option("pupils")
    form.input("bulk").select_option("")

    ours = form.page.evaluate(
        "(() => { const { modeler } = document.querySelector('[data-modeler]');"
        " const { businessObject } = modeler.get('elementRegistry').get('confirm');"
        " return [businessObject.get('rs:review'), businessObject.get('rs:bulk') ?? null]; })()"
    )
    assert ours == ["pupils", None]
    form.undo()
    form.undo()
    assert (form.input("review").input_value(), form.input("bulk").input_value()) == ("record", "confirmed")

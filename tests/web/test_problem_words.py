"""Every problem of a drawing is said in the reader's language: reason, remedy, and whatever stands in them."""

import re

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.engine.test_check import GOOD, REFUSED
from tests.engine.test_hostile_files import HOSTILE
from web.administration import drawing_help
from web.wording import say_problem, translated
from workflows.engine import check
from workflows.engine.decisions.faults import FILE_REMEDY, TABLE_FAULTS
from workflows.engine.decisions.values import KINDS as VALUE_KINDS
from workflows.engine.diagram.faults import FAULTS
from workflows.engine.diagram.kinds import KINDS
from workflows.engine.diagram.rules_content import ATTRIBUTES, ELEMENTS
from workflows.engine.importing.notes import NOTES
from workflows.engine.language.expressions import compiled, compiled_script
from workflows.engine.language.operations import BUILTINS
from workflows.engine.language.vocabulary import ALWAYS_DECLARED, COUNTERS, FUNCTIONS, VALUES
from workflows.errors import ExpressionRefused

# Words of English that no word of Vietnamese equals.
ENGLISH = re.compile(r"\b(the|not|is|with|must|cannot|only|and|elements?|levels?)\b")
WRONG = (
    "f()()", "a.b()", "f(*x)", "f(**x)", "len(x=1)", "lambda: 1", "{1}", "x ** 2", "~x", "b'x'", "_x", "x._y",
    "[x for x in a for y in b]", "[_x for _x in a]", "1 +", "(" * 400, "x" * 3_000, "+".join("x" * 400), "9" * 100,
)  # fmt: skip
WRONG_SCRIPTS = ("import os", "_x = 1", "x =", "x = 1\n" * 20_000)


def raw(params: object) -> list[str]:
    """Give the parameters that are no texts of ours, also those within our texts."""
    found = []
    for value in dict(params).values():  # type: ignore[call-overload]
        found += raw(value["params"]) if isinstance(value, dict) else [str(value)]
    return found


@pytest.mark.parametrize("case", [*REFUSED, *HOSTILE])
def test_problem_speaks_vietnamese(app: Flask, case: str) -> None:
    xml = REFUSED[case][0] if case in REFUSED else HOSTILE[case]
    with app.test_request_context(), force_locale("vi"):
        for problem in check(xml):
            for said in say_problem(problem):
                for own_words in sorted(raw(problem.params), key=len, reverse=True):
                    said = said.replace(own_words, "")
                assert not ENGLISH.search(said), said
                assert "%(" not in said
                assert "{" not in said


def test_every_fault_and_kind_has_its_vietnamese(app: Flask) -> None:
    texts = [text for fault in FAULTS.values() for text in fault] + list(KINDS.values())
    texts += [text for _, *note in NOTES.values() for text in note]
    texts += [
        FILE_REMEDY,
        *(text for fault in TABLE_FAULTS.values() for text in fault),
        *VALUE_KINDS.values(),
    ]
    with app.test_request_context(), force_locale("vi"):
        assert [text for text in texts if translated(text, {}) == text] == []


@pytest.mark.parametrize("text", [*WRONG, *WRONG_SCRIPTS])
def test_refused_expression_says_why_in_vietnamese(app: Flask, text: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        (compiled_script if text in WRONG_SCRIPTS else compiled)(text)
    reason = refused.value.params["reason"]

    with app.test_request_context(), force_locale("vi"):
        assert translated(reason.msgid, reason.params) != reason  # type: ignore[attr-defined]


def test_good_drawing_has_no_problem() -> None:
    assert check(GOOD, ["kid"]) == []


def test_help_page_lists_every_word_of_the_language() -> None:
    listed = {prefix + word.name for _, words, prefix in drawing_help.TABLES for word in words}

    attributes = {name for names in ATTRIBUTES.values() for name in names} | {"nameEn"}
    known = {f"rs:{name}" for name in attributes | ELEMENTS}
    known |= FUNCTIONS | BUILTINS.keys() | COUNTERS | VALUES | ALWAYS_DECLARED
    assert listed == known


def test_examples_of_the_help_page_are_expressions() -> None:
    written = [
        word.written
        for _, words, prefix in drawing_help.TABLES
        for word in words
        if not prefix and word.written
    ]

    for text in (*written, *drawing_help.EXAMPLES):
        for part in text.split(" ") if text.startswith(("unit.", "subject.")) else [text]:
            compiled(part)

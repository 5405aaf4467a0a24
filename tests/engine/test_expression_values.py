"""What expressions reckon with: numbers as on paper, and nothing that no store keeps."""

from datetime import timedelta

import pytest

from tests.engine.diagrams import NOW
from workflows.engine.language.expressions import compiled, compiled_script
from workflows.errors import ExpressionRefused


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("0.1 + 0.2", 0.3),
        ("a + b == 0.3", True),
        ("3 * 1.1", 3.3),
        ("1.1 - 1", 0.1),
        ("0.3 / 0.1", 3),
        ("0.7 // 0.1", 7),
        ("0.3 % 0.1", 0),
        ("-0.5 // 0.2", -3),
        ("-0.5 % 0.2", 0.1),
        ("0.5 % -0.2", -0.1),
        ("sum([0.1, 0.2, 0.3, 4])", 4.6),
        ("1 / 3", 1 / 3),
        ("10 * 0.1", 1),
        ("True + 0.1", 1.1),
        ("hours(1) * 1.5", timedelta(minutes=90)),
    ],
)
def test_numbers_are_reckoned_as_on_paper(source: str, expected: object) -> None:
    assert compiled(source).value({"a": 0.1, "b": 0.2}, {}, NOW) == expected


@pytest.mark.parametrize("source", ["0.5 / 0", "0.5 % 0", "0.0 / 0", "0.5 // 0.0"])
def test_nothing_is_divided_by_nothing(source: str) -> None:
    with pytest.raises(ExpressionRefused):
        compiled(source).value({}, {}, NOW)


@pytest.mark.parametrize(
    "source", ["1e999", "-1e999", "float('nan')", "float('-inf')", "1e308 * 10", "1e308 + 1e308", "[1e999]"]
)
def test_what_is_no_finite_number_is_refused(source: str) -> None:
    with pytest.raises(ExpressionRefused, match="no finite number"):
        compiled(source).value({}, {}, NOW)


@pytest.mark.parametrize("source", [r"'\ud800'", r"{'a\udfff': 1}", r"'\ud83d' + '\ude00'"])
def test_half_a_sign_is_refused_where_it_is_written(source: str) -> None:
    with pytest.raises(ExpressionRefused, match="half a sign"):
        compiled(source)
    with pytest.raises(ExpressionRefused, match="half a sign"):
        compiled_script(f"x = {source}")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a.b == 1", "there is no field b here"),
        ("a['b'] == 1", "there is no field b here"),
        ("text.b == 1", "there is no field b here"),
        ("rows[2]", "there is no field 2 here"),
        ("later.b == 1", "later has no value yet"),
        ("a.c.b == 1", "a.c has no value yet"),
        ("later + 1", "later has no value yet"),
        ("-text", "the values that are there do not fit it"),
        ("text < 1", "the values that are there do not fit it"),
        ("1 / (1 - 1)", "nothing can be divided by 0"),
        ("number(text)", "the text “x” is no number"),
    ],
)
def test_what_cannot_be_computed_is_said_in_words(source: str, reason: str) -> None:
    values = {"a": {"c": None}, "rows": [1], "text": "x", "later": None}

    with pytest.raises(ExpressionRefused) as refused:
        compiled(source).value(values, {}, NOW)

    assert str(refused.value) == f'The expression "{source}" was refused: {reason}'

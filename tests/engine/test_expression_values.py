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

"""What an expression of another tool makes of a path that leads nowhere, and of a text that says a number."""

import pytest

from tests.engine.diagrams import NOW
from workflows.engine.importing.translation import translated
from workflows.engine.language.expressions import compiled
from workflows.errors import ExpressionRefused


def value(text: str, values: dict[str, object]) -> object:
    said = translated(text, decides=True)
    return compiled(said).value(values, {}, NOW, frozenset({"a", "b"}))


@pytest.mark.parametrize("values", [{}, {"a": None}, {"a": {}}, {"a": {"b": None}}])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("= a.b > 1", False),
        ("= not(a.b > 1)", False),
        ("= a.b != null", False),
        ("= a.b = null", True),
        ("= a.b.c = 1", False),
        ("= a.b.c = null", True),
        ("${a.b > 1}", False),
        ("${a.b == null}", True),
        ("${empty a.b}", True),
        ("${a['b'].c == 'x'}", False),
        ("${a.b}", False),
    ],
)
def test_path_of_which_a_part_is_missing_is_not_set(
    text: str, expected: object, values: dict[str, object]
) -> None:
    assert value(text, values) is expected


@pytest.mark.parametrize("text", ["= a.b = 1", "${a.b == null}", "${a['b'] == 1}"])
@pytest.mark.parametrize("found", ["a text", 5, [{"b": 1}]])
def test_what_has_no_fields_stops_instead_of_passing_for_not_set(text: str, found: object) -> None:
    with pytest.raises(ExpressionRefused, match="there is no field b here"):
        value(text, {"a": found})


@pytest.mark.parametrize(
    ("text", "a", "b", "expected"),
    [
        ("${a == 1.0}", "1", None, True),
        ("${a >= b}", "10", 9, True),
        ("${a >= b}", 9, "10", False),
        ("${a >= b}", "10", "9", False),
        ("${a >= b}", "10", None, False),
        ("${a > '9'}", 10, None, True),
        ("${a > '9'}", "10", None, False),
        ("${a + 1 == 2}", "1", None, True),
        ("${a > b + 1}", "7", "5", True),
        ("${-a < 5}", "7", None, True),
        ("${a > 5}", "7", None, True),
        ("${a['b'][1] == null}", {"b": ["x"]}, None, True),
    ],
)
def test_text_says_a_number_where_juel_makes_one_of_it(
    text: str, a: object, b: object, expected: bool
) -> None:
    assert value(text, {"a": a, "b": b}) is expected

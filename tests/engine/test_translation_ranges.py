"""Ranges and lists of FEEL in conditions: what lies within, and what is not set."""

from datetime import UTC, datetime

import pytest

from workflows.engine.importing.translation import feel
from workflows.engine.language.expressions import compiled

NOW = datetime(2023, 6, 5, tzinfo=UTC)
NAMES = frozenset({"amount", "kind", "limit"})


def value(text: str, values: dict[str, object]) -> object:
    return compiled(text).value(values, {}, NOW, NAMES)


@pytest.mark.parametrize("no", [False, True])
@pytest.mark.parametrize(
    ("text", "fitting", "other"),
    [
        ("amount between 1 and 10", (1, 10), (0, 11)),
        ("amount + 1 between 2 and 10", (1, 9), (0, 10)),
        ("amount in [1..10]", (1, 10), (0, 11)),
        ("amount in (1..10)", (2, 9), (1, 10)),
        ("amount in ]1..10[", (2, 9), (1, 10)),
        ("amount in [1..10)", (1, 9), (0, 10)),
        ("amount in [limit..2 * limit]", (5, 10), (4, 11)),
        ("amount in (2, 3)", (2, 3), (1, "2", None)),
        ("amount in [2]", (2,), (1, None)),
        ('amount in ("a", "b")', ("a", "b"), ("c", 1, None)),
        ('amount in ("a", 1, limit)', ("a", 1, 5), ("c", True, None)),
        ('amount between 1 and 10 and limit = 5 and kind in ("a")', (1, 10), (0, 11)),
    ],
)
def test_ranges_and_lists_of_feel(
    text: str, fitting: tuple[object, ...], other: tuple[object, ...], no: bool
) -> None:
    said = feel(f"not({text})" if no else text, decides=True)

    for amount in (*fitting, *other):
        found = value(said, {"amount": amount, "limit": 5, "kind": "a"})
        assert found is ((amount in fitting and amount is not True) is not no), amount


@pytest.mark.parametrize("text", ["amount between 1 and 10", "amount in [1..10]", "3 in [amount..5]"])
@pytest.mark.parametrize("no", [False, True])
def test_what_is_not_set_lies_neither_within_a_range_nor_outside(text: str, no: bool) -> None:
    said = feel(f"not({text})" if no else text, decides=True)

    assert value(said, {"amount": None}) is False

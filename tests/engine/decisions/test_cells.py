"""Each kind of cell, by the meaning that the standard gives it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.engine.decisions.dmn import decided, fits, instant, table

MEANT = [
    ("-", [1, "a", None, True, [1]], []),
    ("", [1, "a", None], []),
    ("5", [5, 5.0], [4, "5", None, True]),
    ("1", [1], [True, "1"]),
    ("-5", [-5], [5]),
    ("1.50", [1.5], [1.51]),
    ("= 5", [5], [6]),
    ("!= 5", [6, None], [5, "5"]),
    ('"a, b"', ["a, b"], ["a", None]),
    (r'"a\"b"', ['a"b'], ["a\\"]),
    ("true", [True], [False, 1, "true", None]),
    ("false", [False], [True, 0, None]),
    ("null", [None], [0, "", False]),
    ("< 5", [4, 4.9], [5, None, "4", True]),
    ("<= 5", [5], [5.1]),
    (">5", [6], [5]),
    (">= -5", [-5], [-6]),
    ("[1..5]", [1, 3, 5], [0, 6, None, "3"]),
    ("[1..5[", [1, 4.9], [5]),
    ("]1..5]", [5, 1.1], [1]),
    ("]1..5[", [3], [1, 5]),
    ("(1..5)", [3], [1, 5]),
    ("[1..5)", [1], [5]),
    ("(1..5]", [5], [1]),
    ("[1.5..2.5]", [2], [1]),
    ("[-5..-1]", [-3], [0]),
    ("1, 5", [1, 5], [3, None]),
    ('"a","b"', ["a", "b"], ["c", "a,b"]),
    ("[1, 5]", [1, 5], [3]),
    ("< 1, [3..4], 9", [0, 3.5, 9], [2, 5]),
    ("not(5)", [4, None], [5]),
    ('not("a", "b")', ["c", None], ["a", "b"]),
    ("not([1..5])", [0, 6], [1, 5, None]),
    ("not(null)", [0, ""], [None]),
    ("not(< 5)", [5], [4, None]),
    ('["a".."c"]', ["a", "b", "c"], ["d"]),
    ("low", [2], [3]),
    ("< low", [1], [2]),
    ("[low..limits.high]", [2, 9], [1, 10]),
    ("some", [7, 8], [9]),
    ("not(some)", [9], [7]),
]
TIMES = [
    ('date("2023-06-01")', ["2023-06-01", date(2023, 6, 1)], ["2023-06-02", "x", None, 5]),
    ('< date("2023-06-01")', ["2023-05-31"], ["2023-06-01"]),
    ('>= date("2023-06-01")', ["2023-06-01", date(2024, 1, 1)], ["2023-05-31"]),
    ('[date("2023-06-01")..date("2023-06-30")]', ["2023-06-30"], ["2023-07-01"]),
    ('not(date("2023-06-01"))', ["2023-06-02"], ["2023-06-01"]),
    # The day of an instant is that of the clocks here.
    (
        'date("2023-06-02")',
        ["2023-06-02T23:00:00+07:00", "2023-06-02T01:00", "2023-06-01T18:00:00Z"],
        ["2023-06-02T18:00:00Z", "2023-06-02T"],
    ),
    ('> date("2023-01-01")', ["2023-06-01T23:00:00+07:00"], ["2023-01-01T23:00:00+07:00"]),
    ('not(date("2023-06-01"))', ["2023-06-02T23:00:00+07:00"], ["2023-06-01T23:00:00+07:00"]),
    ('date("2023-06-02")', [datetime(2023, 6, 1, 18, tzinfo=UTC)], [datetime(2023, 6, 1, 16, tzinfo=UTC)]),
    (
        '<= date and time("2023-06-08T17:00:00")',
        [instant("2023-06-08T17:00"), "2023-06-08T17:00:00"],
        [instant("2023-06-08T17:01")],
    ),
    ('date and time("2023-06-08T10:00:00Z")', [instant("2023-06-08T17:00")], [instant("2023-06-08T10:00")]),
    ('> time("08:00:00")', ["08:30:00"], ["07:59:00", "x"]),
    ('duration("P3D")', [timedelta(days=3), "P3D", "PT72H"], [timedelta(days=2)]),
    ('< duration("P1DT12H")', [timedelta(days=1)], [timedelta(days=2)]),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "let_through", "kept_out"), [*MEANT, *TIMES])
def test_cell_lets_through_what_it_says(cell: str, let_through: list[object], kept_out: list[object]) -> None:
    variables = {"low": 2, "limits": {"high": 9}, "some": [7, 8]}

    assert [value for value in let_through if not fits(cell, value, **variables)] == []
    assert [value for value in kept_out if fits(cell, value, **variables)] == []


@pytest.mark.parametrize(
    ("cell", "given"),
    [
        ("5", 5), ("-1.50", -1.5), ('"a"', "a"), ("true", True), ("null", None), ("", None), ('["a", "b"]', ["a", "b"]),
        ("[]", []), ('date("2023-06-01")', "2023-06-01"), ('time("08:00:00")', "08:00:00"),
        ('date and time("2023-06-08T17:00:00")', instant("2023-06-08T17:00")), ('duration("PT4H")', timedelta(hours=4)),
        ("x", 3), ("x * 2 + 1", 7), ('if x > 2 then "much" else "little"', "much"), ("= x - 1", 2),
    ],
)  # fmt: skip
def test_output_gives_what_it_says(cell: str, given: object) -> None:
    assert decided(table([("-", cell)]), x=3).value == given


MORNING = datetime(2023, 6, 5, 1, tzinfo=UTC)  # 08:00 here


@pytest.mark.parametrize(
    ("cell", "let_through", "kept_out"),
    [
        (
            '< date and time("2023-06-05T12:00:00")',
            ["2023-06-05T08:00:00", MORNING, "2023-06-05", date(2023, 6, 5), "2023-06-04"],
            ["2023-06-05T13:00:00", "2023-06-06", MORNING + timedelta(hours=4), None],
        ),
        (
            '[date and time("2023-06-05T08:00:00")..date and time("2023-06-05T12:00:00")]',
            ["2023-06-05T08:00:00", MORNING],
            ["2023-06-05T17:00:00", "2023-06-05"],
        ),
        ('date("2023-06-05")', ["2023-06-05T17:00:00", MORNING, "2023-06-05"], ["2023-06-06T00:00:00"]),
        ("< noon", ["2023-06-05T08:00:00", MORNING], ["2023-06-05T13:00:00"]),
        ("monday", ["2023-06-05T08:00:00", MORNING, "2023-06-05"], ["2023-06-06"]),
    ],
)
def test_date_column_keeps_the_time_of_day_for_cells_that_name_one(
    cell: str, let_through: list[object], kept_out: list[object]
) -> None:
    dated = table([(cell, "true")], inputs=[("x", "date")])
    around = {"noon": MORNING + timedelta(hours=4), "monday": "2023-06-05"}

    assert [value for value in let_through if not decided(dated, x=value, **around).value] == []
    assert [value for value in kept_out if decided(dated, x=value, **around).value] == []


def test_input_may_be_calculated() -> None:
    priced = table([("> 10", '"dear"'), ("<= 10", '"cheap"')], inputs=[("price * number", "number")])

    assert decided(priced, price=3, number=4).value == "dear"
    assert decided(priced, price=3, number=3).value == "cheap"


def test_numbers_are_reckoned_as_on_paper() -> None:
    exact = table([("0.3", "a * 3"), ("4", "b * 1.1")], inputs=[("a + b", "number")])

    assert decided(exact, a=0.1, b=0.2).value == 0.3
    assert decided(exact, a=1, b=3).value == 3.3


def test_expression_of_our_own_language_stands_beside_feel() -> None:
    own = table([("> 1", "true")], inputs=[("len(returned)", "")]).replace(
        "<inputExpression", '<inputExpression expressionLanguage="urn:rasoat:1"'
    )

    assert decided(own, returned=[1, 2]).value is True

"""Each hit policy: which rules count, and what happens when several hold."""

import pytest

from tests.engine.decisions.dmn import NOW, decided, problems, read, scope, table
from workflows.engine.decisions.deciding import UndecidedError, decide
from workflows.engine.language.expressions import Scope
from workflows.errors import ExpressionRefused

# At 5 the first two hold, at 9 the second and third.
STEPS = [("<= 5", '"low"', "1"), (">= 5", '"mid"', "2"), ("> 8", '"high"', "0.1")]
TWO = [("name", ""), ("points", "")]
ONE = [(rule[0], rule[1]) for rule in STEPS]
POINTS = [(rule[0], rule[2]) for rule in STEPS]


def test_unique_gives_the_one_rule_that_holds() -> None:
    assert decided(table(ONE), x=3).value == "low"
    assert decided(table(STEPS, outputs=TWO), x=3).value == {"name": "low", "points": 1}


def test_unique_names_the_rules_that_hold_at_once() -> None:
    with pytest.raises(UndecidedError, match="rules 1, 2 hold at once"):
        decided(table(ONE), x=5)


@pytest.mark.parametrize(("value", "given"), [(5, "low"), (9, "mid")])
def test_first_takes_the_first(value: int, given: str) -> None:
    assert decided(table(ONE, policy="FIRST"), x=value).value == given


def test_any_takes_what_all_say_and_refuses_what_they_say_differently() -> None:
    agreeing = [("<= 5", "1"), (">= 5", "1"), ("> 8", "2")]

    assert decided(table(agreeing, policy="ANY"), x=5).value == 1
    with pytest.raises(UndecidedError, match="rules 2, 3 hold at once and say different things"):
        decided(table(agreeing, policy="ANY"), x=9)


def test_any_takes_a_number_for_the_same_however_it_is_written() -> None:
    assert decided(table([("-", "1"), ("-", "a")], policy="ANY"), x=0, a=1.0).value == 1
    assert decided(table([("-", "[1, 2]"), ("-", "a")], policy="ANY"), x=0, a=[1.0, 2]).value == [1, 2]
    with pytest.raises(UndecidedError, match="different things"):
        decided(table([("-", "[1, 2]"), ("-", "a")], policy="ANY"), x=0, a=[True, 2])


@pytest.mark.parametrize("values", [(float("inf"), float("-inf")), (float("nan"), 1.0), (1e308, 1e308)])
def test_sum_that_is_no_number_is_not_decided(values: tuple[float, float]) -> None:
    collected = table([("-", "a"), ("-", "b")], policy="COLLECT", aggregation="SUM")

    with pytest.raises(UndecidedError, match="no finite number"):
        decided(collected, x=0, a=values[0], b=values[1])


def test_ranks_among_many_values_are_paid() -> None:
    values = ",".join(f'"v{n}"' for n in range(100))
    listed = read(table([("-", '"v0"')] * 50, policy="OUTPUT ORDER", values={"y": values})).book
    counted = Scope({"x": 0}, {}, NOW)
    before = counted.work

    decide(listed, "d", counted)

    assert before - counted.work >= 50 * 100


def test_any_does_not_take_yes_for_one() -> None:
    with pytest.raises(UndecidedError, match="different things"):
        decided(table([("-", "1"), ("-", "true")], policy="ANY"), x=9)


def test_priority_goes_by_the_order_of_the_output_values() -> None:
    ranked = {"y": '"high", "mid", "low"'}

    assert decided(table(ONE, policy="PRIORITY", values=ranked), x=5).value == "mid"
    assert decided(table(ONE, policy="PRIORITY", values=ranked), x=9).value == "high"


def test_priority_looks_at_the_second_column_where_the_first_is_equal() -> None:
    rules = [("-", '"a"', "1"), ("-", '"b"', "2"), ("-", '"a"', "3")]
    listed = {"name": '"a", "b"', "points": "3, 2, 1"}

    found = decided(table(rules, policy="PRIORITY", outputs=TWO, values=listed), x=0)

    assert found.value == {"name": "a", "points": 3}


def test_output_order_sorts_by_the_output_values() -> None:
    listed = table(ONE, policy="OUTPUT ORDER", values={"y": '"high", "mid", "low"'})

    assert decided(listed, x=9).value == ["high", "mid"]
    assert decided(listed, x=5).value == ["mid", "low"]


@pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER"])
def test_lists_come_in_the_order_of_the_rules(policy: str) -> None:
    assert decided(table(ONE, policy=policy), x=9).value == ["mid", "high"]
    assert decided(table(STEPS, policy=policy, outputs=TWO), x=3).value == [{"name": "low", "points": 1}]


@pytest.mark.parametrize(
    ("aggregation", "given", "nothing"),
    [("SUM", 2.1, None), ("MIN", 0.1, None), ("MAX", 2, None), ("COUNT", 2, 0)],
)
def test_collect_aggregates(aggregation: str, given: object, nothing: object) -> None:
    collected = table(POINTS, policy="COLLECT", aggregation=aggregation)

    assert decided(collected, x=9).value == given
    assert decided(collected, x=None).value == nothing


def test_sum_counts_as_on_paper_and_whole_numbers_stay_whole() -> None:
    assert decided(table([("-", "0.1"), ("-", "0.2")], policy="COLLECT", aggregation="SUM"), x=0).value == 0.3
    assert (
        repr(decided(table([("-", "1"), ("-", "2")], policy="COLLECT", aggregation="SUM"), x=0).value) == "3"
    )


def test_sum_refuses_what_is_no_number() -> None:
    with pytest.raises(UndecidedError, match="SUM"):
        decided(table([("-", '"a"'), ("-", "2")], policy="COLLECT", aggregation="SUM"), x=0)


@pytest.mark.parametrize(
    ("policy", "given"), [("UNIQUE", None), ("FIRST", None), ("ANY", None), ("COLLECT", [])]
)
def test_no_rule_gives_nothing(policy: str, given: object) -> None:
    assert decided(table(ONE, policy=policy), x=None).value == given


@pytest.mark.parametrize(("policy", "given"), [("UNIQUE", "none"), ("COLLECT", ["none"])])
def test_no_rule_gives_the_default_output(policy: str, given: object) -> None:
    assert decided(table(ONE, policy=policy, otherwise={"y": '"none"'}), x=None).value == given


def test_required_decisions_are_made_first() -> None:
    level = table(ONE, key="level", policy="FIRST")
    price = table([('"low"', "10"), ('"mid"', "20")], inputs=[("level", "string")], requires="level")

    assert decided(price, level, x=3).value == 10
    assert decided(price, level, x=6).value == 20


def test_required_decision_is_read_by_its_columns_too() -> None:
    level = table(STEPS, key="level", policy="FIRST", outputs=TWO)
    price = table([('"mid"', "points * 10")], inputs=[("name", "string")], requires="level")
    listed = table(ONE, key="level", policy="COLLECT")

    assert decided(price, level, x=6).value == 20
    assert decided(table([("-", "y")], requires="level"), listed, x=9).value == ["mid", "high"]
    assert decided(table([("-", "level")], requires="level"), listed, x=9).value == ["mid", "high"]


def test_result_comes_in_the_shapes_of_camunda() -> None:
    one, two = decided(table(ONE), x=3), decided(table(ONE, policy="COLLECT"), x=9)

    assert one.shaped("singleEntry") == "low"
    assert one.shaped("singleResult") == {"y": "low"}
    assert two.shaped("collectEntries") == ["mid", "high"]
    assert two.shaped("resultList") == [{"y": "mid"}, {"y": "high"}]
    assert decided(table(ONE), x=None).shaped("singleEntry") is None
    for shape in ("singleEntry", "singleResult"):
        with pytest.raises(UndecidedError, match="2 rows"):
            two.shaped(shape)
    with pytest.raises(UndecidedError, match="2 columns"):
        decided(table(STEPS, outputs=TWO), x=3).shaped("singleEntry")


@pytest.mark.parametrize(
    ("kind", "wrong", "right"),
    [
        ("number", "5", 5), ("string", 5, "5"), ("boolean", "true", True), ("date", "soon", "2023-06-01"),
        ("date", "2023-06-01T", "2023-06-01T08:00:00+07:00"),
        ("dateTime", 5, "2023-06-01T08:00:00"), ("dayTimeDuration", "soon", "P3D"),
    ],
)  # fmt: skip
def test_value_of_another_type_stops_the_run_instead_of_fitting_nothing(
    kind: str, wrong: object, right: object
) -> None:
    asked = table([("-", "1")], inputs=[("x", kind)])

    assert decided(asked, x=right).value == 1
    assert decided(asked, x=None).value == 1
    with pytest.raises(UndecidedError, match=r"column x: a .* where a .* is needed"):
        decided(asked, x=wrong)


def test_output_of_another_type_stops_the_run() -> None:
    with pytest.raises(UndecidedError, match="rule 1, column y"):
        decided(table([("-", "x")], outputs=[("y", "number")]), x="text")


def test_unknown_variable_stops_the_run() -> None:
    with pytest.raises(ExpressionRefused):
        decided(table([("-", "1")]))


def test_work_is_counted() -> None:
    book = read(table([(f"[{n}..{n + 1}[", "1") for n in range(1_000)])).book
    small = Scope({"x": -1}, {}, scope({}).now, work=500)

    with pytest.raises(UndecidedError, match="the table d: too much work"):
        decide(book, "d", small)


def test_rules_that_meet_are_doubts_of_the_check() -> None:
    (found,) = problems(table([("[1..5]", "1"), ("5", "3")]))

    assert (found.code, found.severity, found.params["one"], found.params["other"]) == (
        "overlap",
        "warning",
        "1",
        "2",
    )


@pytest.mark.parametrize(
    ("one", "other", "meets"),
    [
        ("[1..5]", "[5..9]", True), ("[1..5[", "[5..9]", False), ("]1..5]", "1", False), ("< 5", "> 4", True),
        ("< 5", ">= 5", False), ('"a"', '"a","b"', True), ('not("a")', '"a"', False), ('not("a")', '"b"', True),
        ("not(1, 5)", "5", False), ("not([1..5])", "[2..3]", False), ("not([1..5])", "[2..6]", True), ("-", "5", True),
        ("true", "false", False), ("not(true)", "false", True), ("null", "null", True), ("low", "5", False),
        ('< date("2023-06-01")', 'date("2023-05-01")', True), ("1", '"1"', False), ("!= 5", "5", False),
        ('date and time("2023-06-01T08:00:00")', '< date and time("2023-06-01T08:00:00Z")', False),
    ],
)  # fmt: skip
def test_rules_meet_only_where_a_value_surely_fits_both(one: str, other: str, meets: bool) -> None:
    assert [p.code for p in problems(table([(one, "1"), (other, "2")]))] == (["overlap"] if meets else [])


def test_any_doubts_only_rules_that_say_different_things() -> None:
    rules = [("< 5", "1"), ("< 4", "1"), ("< 3", "2")]

    assert [p.params["one"] for p in problems(table(rules, policy="ANY"))] == ["1", "2"]
    assert problems(table(rules, policy="FIRST")) == []

"""What is refused: each with table, rule and column, and what to write instead."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.decisions.dmn import SPACE, decided, file, problems, read, scope, table, text
from workflows.engine.check import check_tables
from workflows.engine.decisions import cells
from workflows.engine.decisions.cells import CellError, read_output, read_test
from workflows.engine.decisions.deciding import UndecidedError, decide
from workflows.engine.decisions.matching import fits
from workflows.engine.decisions.reading import DMN, read_file
from workflows.engine.decisions.values import Clock
from workflows.errors import ExpressionRefused

CELLS = (
    "5 5", "1..5", "[1..", "[1..5", "< ", "<> 5", "'a'", '"a', "a b", "f(x)", "today()", "not 5", "not(5", "5)", "-a",
    "--5", "? > 5", "x in [1..5]", "__import__('os')", "a.__class__", "1e5", "0x1", "[5..1]", "for x in y return x",
    "not(not(5))", 'date("2023-13-01")', 'date("soon")', "date(x)", 'duration("P1M")', 'duration("x")', 'time("25:00")',
    '@"2023-06-01"',
    "5;6", "5,", ",5", "“a”", r'"\u0041"', "_x", "amount due", "5 and 6", "{a: 1}", "function(x) x", "a.b(c)", "-\n-",
)  # fmt: skip
OUTPUTS = (
    "f(x)", "a b", "'a'", "today()", "{a: 1}", "[1..5]", "-", "a.__class__", "for x in y return x", "unit", r'"\u0041"',
)  # fmt: skip


@pytest.mark.parametrize("cell", CELLS)
def test_cell_that_is_none_names_table_rule_and_column(cell: str) -> None:
    (found,) = problems(table([("-", "1"), (cell, "2")], policy="FIRST"))

    assert found.code in ("cell", "cell_nothing")
    assert (found.element_id, found.params["rule"], found.params["column"]) == ("d", "2", "x")
    assert found.remedy
    assert found.severity == "error"


@pytest.mark.parametrize("cell", OUTPUTS)
def test_output_that_is_none_names_table_rule_and_column(cell: str) -> None:
    (found,) = problems(table([("-", cell)]))

    assert (found.code, found.params["rule"], found.params["column"]) == ("output", "1", "y")


@pytest.mark.parametrize(
    ("decisions", "code"),
    [
        ([], "no_decision"),
        ([table([("-", "1")]), table([("-", "2")])], "decision_twice"),
        ([table([("-", "1")], key="1 2")], "decision_id"),
        (['<decision id="d"><literalExpression><text>1</text></literalExpression></decision>'], "decision_logic"),
        (
            [table([("-", "1")]).replace("<decisionTable", "<knowledgeRequirement/><decisionTable")],
            "decision_knowledge",
        ),
        ([table([("-", "1")], requires="other")], "required_missing"),
        ([table([("-", "1")], requires="e"), table([("-", "1")], key="e", requires="d")], "required_circle"),
        ([table([])], "table_empty"),
        ([table([("-", "1")] * 5_001)], "table_large"),
        ([table([("-", "1")], policy="SOME")], "policy"),
        ([table([("-", "1")], policy="COLLECT", aggregation="MEDIAN")], "aggregator"),
        ([table([("-", "1")], policy="FIRST", aggregation="SUM")], "aggregator"),
        (
            [table([("-", "1", "2")], policy="COLLECT", aggregation="SUM", outputs=[("a", ""), ("b", "")])],
            "aggregator_columns",
        ),
        ([table([("-", "1")], policy="PRIORITY")], "values_missing"),
        ([table([("-", '"c"')], policy="PRIORITY", values={"y": '"a", "b"'})], "value_unlisted"),
        ([table([("-", "1")], values={"y": "a b"})], "values"),
        ([table([("-", "1", "2")], outputs=[("a", ""), ("a", "")])], "output_name"),
        ([table([("-", "1", "2")], outputs=[("a", ""), ("b c", "")])], "output_name"),
        ([table([("-", "1")], inputs=[("x", "colour")])], "type"),
        ([table([("-", "1")], inputs=[("f(x)", "")])], "input"),
        ([table([("-", "1")], inputs=[("", "")])], "input"),
        ([table([("-", "1", "2")])], "width"),
        ([table([("-", "1")], otherwise={"y": "f(x)"})], "otherwise"),
        ([table([('"a"', "1")], inputs=[("x", "number")])], "cell_type"),
        ([table([('"2023-06-01"', "1")], inputs=[("x", "date")])], "cell_type"),
        ([table([("-", '"a"')], outputs=[("y", "number")])], "cell_type"),
        ([table([("[5..1]", "1")])], "cell_nothing"),
    ],
)  # fmt: skip
def test_table_that_cannot_be_decided_is_refused(decisions: list[str], code: str) -> None:
    assert code in [found.code for found in problems(*decisions)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"), (b"text", "xml"), (b"<a/>", "not_dmn"), (b"\xff\xfe", "encoding"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><a>&a;</a>', "doctype"), (b"<a>" * 100 + b"</a>" * 100, "too_big"),
        (b'<definitions xmlns="urn:other"/>', "not_dmn"),
    ],
)  # fmt: skip
def test_file_that_is_none_is_refused_as_drawings_are(content: bytes, code: str) -> None:
    (found,) = read_file(content).problems

    assert found.code == code
    assert "BPMN" not in found.remedy


@pytest.mark.parametrize("space", sorted(DMN))
def test_every_release_of_the_standard_is_read(space: str) -> None:
    assert read_file(file(table([("-", "1")]), space=space).encode()).problems == []


def test_type_of_the_file_itself_is_followed() -> None:
    own = '<itemDefinition name="tAmount"><typeRef>number</typeRef></itemDefinition>'

    assert [p.code for p in problems(own, table([('"a"', "1")], inputs=[("x", "tAmount")]))] == ["cell_type"]


def test_other_languages_are_refused_by_name() -> None:
    groovy = table([("-", "1")]).replace("<outputEntry", '<outputEntry expressionLanguage="groovy"')

    (found,) = problems(groovy)

    assert (found.code, str(found.params["detail"])) == ("output", str(found.params["detail"]))
    assert "groovy" in str(found.params["detail"])


def test_check_of_tables_alone_runs_in_the_bounded_process() -> None:
    found = check_tables({"a": file(table([("<> 5", "1")])), "b": "broken", "c": file(table([("5", "1")]))})

    assert [problem.code for problem in found] == ["cell", "xml", "decision_twice"]
    assert check_tables({"a": " " * 3_000_000})[0].code == "file_large"


CLOSED = (
    cells.Whatever, cells.Compared, cells.Within, cells.OneOf, cells.Negated, cells.Constant, cells.Calculated,
)  # fmt: skip
SIGNS = st.sampled_from(
    ["-", "not(", ")", "(", "[", "]", "..", ",", "<", ">=", "=", '"a"', '"', "5", "1.5", "x", "x.y", "date(",
     '"2023-06-01"', "date and time(", "duration(", "true", "null", " ", "and", "if", "then", "else", "__class__",
     "*", "+", "'", "\\", "?", "@"]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(SIGNS, max_size=30).map("".join),
    st.lists(SIGNS, max_size=20).map(" ".join),
)


@settings(max_examples=400, deadline=None)
@given(
    TEXTS,
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.integers(), max_size=3)
    ),
)
def test_no_cell_leaves_the_closed_tree_or_the_budget(cell: str, value: object) -> None:
    around = scope({"x": value})
    try:
        test = read_test(cell)
        assert isinstance(test, CLOSED)
        assert fits(value, test, around, Clock()) in (True, False, None)
    except (CellError, ExpressionRefused):
        pass
    assert around.work >= 0
    try:
        assert isinstance(read_output(cell), CLOSED)
    except CellError:
        pass


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_no_file_breaks_the_reader(cell: str, output: str) -> None:
    plain = "".join(sign for sign in cell + "\0" + output if sign in "\t\n" or " " <= sign < "\ud800")
    reading = read(
        table([(plain, output.encode(errors="ignore").decode().translate(dict.fromkeys(range(32))))])
    )

    for key in reading.book.decisions:
        try:
            decide(reading.book, key, scope({"x": 5}))
        except (UndecidedError, ExpressionRefused):
            pass


def test_long_texts_are_refused_without_being_read() -> None:
    (found,) = problems(table([("5," * 50_000 + "5", "1")]))

    assert found.code == "cell"


def test_nothing_else_in_a_file_is_looked_at() -> None:
    extra = f'<extensionElements><script xmlns="urn:x">{text("a", "b")}</script></extensionElements>'

    assert SPACE in file(extra)
    assert decided(table([("5", "1")]).replace("<decisionTable", f"{extra}<decisionTable"), x=5).value == 1

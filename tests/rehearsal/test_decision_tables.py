"""Decision tables in the whole product: published with the diagram that names them, kept with the version."""

import pytest
from sqlalchemy import select

from models.process import ProcessVersion
from tests.engine.decisions.dmn import file, table
from tests.engine.diagrams import definitions, element, end, flow, start, user
from workflows.errors import DiagramRefused, DraftUnchanged, InstanceStuck
from workflows.rehearsal import Rehearsal

FORM = (
    '<bpmn:extensionElements><rs:form><rs:field key="amount" type="number" label="Số tiền" required="true"/></rs:form>'
    "</bpmn:extensionElements>"
)


def purchase(key: str = "purchase") -> str:
    """Somebody fills in an amount; the table says who approves; the head sees only what is dear."""
    body = start() + user("fill", FORM, rs__assignee="head()")
    body += element("businessRuleTask", "rule", rs__decision="approval", rs__output="approver")
    body += (
        element("exclusiveGateway", "g", default="no")
        + user("approve", rs__assignee="head()")
        + end()
        + end("e2")
    )
    body += flow("s", "fill", "rule", "g") + flow("g", "approve", when="approver == 'head'", name="yes")
    return definitions(body + flow("g", "e2", name="no") + flow("approve", "e"), key=key).decode()


def tables(limit: int = 100, key: str = "approval") -> str:
    rules = [(f"> {limit}", '"head"'), (f"<= {limit}", '"nobody"')]
    return file(table(rules, key=key, inputs=[("amount", "number")]))


@pytest.mark.parametrize(("amount", "opens"), [(101, ["approve"]), (100, [])])
def test_table_decides_where_the_run_goes(amount: int, opens: list[str]) -> None:
    with Rehearsal() as r:
        r.publish(purchase(), tables())
        r.start("purchase")
        r.complete("fill", amount=amount)

        assert [task.element_id for task in r.open_tasks()] == opens


def test_decision_that_two_files_have_is_refused() -> None:
    with Rehearsal() as r, pytest.raises(DiagramRefused) as refused:
        r.publish(purchase(), tables(100), tables(500))

    assert [problem.code for problem in refused.value.problems] == ["decision_twice"]


def test_running_work_stays_on_the_tables_it_began_with() -> None:
    with Rehearsal() as r:
        r.publish(purchase(), tables(100))
        first = r.start("purchase")
        r.publish(purchase(), tables(500))
        second = r.start("purchase")
        for run in (first, second):
            r.complete(r.open_tasks(run)[0], amount=300)

        assert [[task.element_id for task in r.open_tasks(run)] for run in (first, second)] == [
            ["approve"],
            [],
        ]


def test_each_diagram_gets_the_tables_it_names() -> None:
    with Rehearsal() as r:
        r.publish(purchase(), tables(), tables(key="other"))

        kept = r.stage.read(lambda session: session.scalars(select(ProcessVersion.decisions)).all())
    assert [list(files or {}) for files in kept] == [["approval"]]


def test_same_drawing_with_the_same_tables_is_no_new_version() -> None:
    drawing = purchase()
    with Rehearsal() as r:
        r.publish(drawing, tables())

        with pytest.raises(DraftUnchanged):
            r.publish(drawing, tables())


def test_drawing_without_its_table_is_refused() -> None:
    with Rehearsal() as r, pytest.raises(DiagramRefused) as refused:
        r.publish(purchase())

    assert "decision_missing" in [problem.code for problem in refused.value.problems]


def test_rules_that_hold_at_once_are_named() -> None:
    both = file(table([("> 5", '"head"'), ("> 9", '"x"')], key="approval", inputs=[("amount", "")]))
    with Rehearsal() as r:
        r.publish(purchase(), both)
        r.start("purchase")
        with pytest.raises(InstanceStuck, match="rules 1, 2 hold at once"):
            r.complete("fill", amount=10)

"""What a person meets when the diagram cannot take their act, and what the operators learn of it."""

import logging

import pytest
from sqlalchemy import select

from models.instance import Incident
from models.journal import JournalEntry, JournalKind
from models.task import Draft, TaskState
from tests.commands.operating.runs import entries, incidents, operate
from tests.engine.diagrams import definitions, element, end, flow, start, user
from tests.web.work.office import Office
from workflows.commands.operating.incidents import retry

STEP = "/tasks/{}/complete"


def asking() -> str:
    """A step that asks for a number, which need not be given, and a gateway that compares it all the same."""
    form = '<rs:form><rs:field key="n" type="number" label="N"/></rs:form>'
    outcome = '<rs:outcome key="done" label="Done" style="primary"/>'
    extensions = (
        f"<bpmn:extensionElements>{form}<rs:outcomes>{outcome}</rs:outcomes></bpmn:extensionElements>"
    )
    body = start() + user("ask", extensions, rs__assignee="head()")
    body += element("exclusiveGateway", "g", name="Đủ người?") + user("many", rs__assignee="head()") + end()
    flows = flow("s", "ask", "g") + flow("g", "many", when="n > 2") + flow("g", "e", when="n <= 2")
    return definitions(body + flows + flow("many", "e"), key="asking").decode()


@pytest.fixture
def asked(office: Office) -> int:
    """The head is asked; give the task."""
    office.world.publish("asking", asking())
    office.world.begin("asking")
    return office.task_id("ask")


def told(office: Office) -> list[JournalEntry]:
    return entries(office.world, JournalKind.INCIDENT_OPENED)


def opened(office: Office) -> list[Incident]:
    return incidents(office.world)


def test_person_is_told_that_the_procedure_has_a_fault(
    office: Office, asked: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = office.post("principal", STEP.format(asked), outcome="done", comment="giữ lại")

    assert answer.status_code == 409
    assert "Đủ người?" in answer.text
    assert "NoneType" not in answer.text
    assert ">giữ lại</textarea>" in answer.text
    assert office.world.task("ask").state is TaskState.OPEN
    drafts = office.world.read(lambda session: list(session.scalars(select(Draft).filter_by(task_id=asked))))
    assert [draft.typed["comment"] for draft in drafts] == ["giữ lại"]
    assert "g: " in caplog.text


def test_one_incident_is_open_however_often_somebody_presses(office: Office, asked: int) -> None:
    for _ in range(3):
        assert office.post("principal", STEP.format(asked), outcome="done").status_code == 409

    (incident,) = opened(office)
    assert incident.element_id == "g"
    assert "NoneType" in incident.cause
    assert [entry.task_id for entry in told(office)] == [asked]


def test_completing_the_step_later_resolves_the_incident(office: Office, asked: int) -> None:
    office.post("principal", STEP.format(asked), outcome="done")

    answer = office.post("principal", STEP.format(asked), outcome="done", f__n="3")

    assert answer.status_code == 303
    assert opened(office) == []
    assert len(entries(office.world, JournalKind.INCIDENT_RESOLVED)) == 1


def test_completing_another_step_leaves_the_incident(office: Office, asked: int) -> None:
    office.post("principal", STEP.format(asked), outcome="done")
    office.world.begin("asking")
    other = max(task.id for task in office.world.open_tasks(element_id="ask"))

    assert office.post("principal", STEP.format(other), outcome="done", f__n="3").status_code == 303

    assert len(opened(office)) == 1


def test_operator_who_tries_again_lets_the_person_press_again(office: Office, asked: int) -> None:
    office.post("principal", STEP.format(asked), outcome="done")
    (first,) = opened(office)

    operate(office.world, retry, incident_id=first.id)
    assert opened(office) == []
    office.post("principal", STEP.format(asked), outcome="done")

    assert [incident.id > first.id for incident in opened(office)] == [True]


def test_stranger_opens_no_incident(office: Office, asked: int) -> None:
    assert office.post("stranger", STEP.format(asked), outcome="done").status_code == 403
    assert opened(office) == []

"""What a person meets when the diagram cannot take their act, and what the operators learn of it."""

import logging

import pytest
from sqlalchemy import select, update

from models.instance import Incident
from models.journal import JournalEntry, JournalKind
from models.notification import Message, Notification
from models.task import Draft, TaskState
from tests.commands.operating.runs import WHY, entries, incidents, operate, parent, run_of
from tests.engine.diagrams import definitions, element, end, flow, start, user
from tests.web.work.office import Office
from workflows.commands.operating.incidents import resolve, retry
from workflows.errors.operating import TriedByPerson

STEP = "/tasks/{}/complete"
ADMIN = "administrator"


def asking() -> str:
    """A step that asks for a number, which need not be given, and a gateway that compares it all the same."""
    form = '<rs:form><rs:field key="n" type="number" label="N"/></rs:form>'
    outcome = '<rs:outcome key="done" label="Done" style="primary"/>'
    extensions = (
        f"<bpmn:extensionElements>{form}<rs:outcomes>{outcome}</rs:outcomes></bpmn:extensionElements>"
    )
    later = '<bpmn:extensionElements><rs:form><rs:field key="m" type="number" label="M"/></rs:form>'
    later += "</bpmn:extensionElements>"
    body = start() + user("ask", extensions, rs__assignee="head()")
    body += (
        element("exclusiveGateway", "g", name="Đủ người?")
        + user("many", later, rs__assignee="head()")
        + end()
    )
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


def notices(office: Office) -> list[int]:
    query = select(Notification.id).where(Notification.message == Message.INCIDENT_OPENED)
    return office.world.read(lambda session: list(session.scalars(query.order_by(Notification.id))))


def incident_code(page: str) -> str:
    """Give the text for programmers that stands behind a fold."""
    return page.split("Chi tiết kỹ thuật")[1].split("</details>")[0] if "Chi tiết kỹ thuật" in page else "\0"


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
    assert "n has no value yet" in incident.cause
    assert [entry.task_id for entry in told(office)] == [asked]
    assert len(notices(office)) == 1


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


def test_operator_cannot_try_again_what_a_person_did(office: Office, asked: int) -> None:
    office.post("principal", STEP.format(asked), outcome="done")
    (incident,) = opened(office)
    run = f"/operations/{incident.instance_id}"

    offered = office.page(ADMIN, run)
    page = office.page(ADMIN, f"{run}/retry?incident={incident.id}")
    with pytest.raises(TriedByPerson):
        operate(office.world, retry, incident_id=incident.id)
    sent = office.post(ADMIN, f"{run}/retry", incident=str(incident.id))

    assert "Thử lại…" not in offered
    for one in (offered, page):
        assert f'href="/tasks/{asked}"' in one
        assert "cần hoàn thành lại bước “ask”; xong thì sự cố tự đóng" in one
        assert "Đóng…" in one
        assert "Nếu mục đó được phép để trống" in one
    assert f'action="{run}/retry"' not in page
    assert sent.status_code == 422
    assert [one.id for one in opened(office)] == [incident.id]
    assert office.client(ADMIN).get(f"/tasks/{asked}").status_code == 200


def test_closed_incident_opens_again_when_the_person_tries_in_vain(office: Office, asked: int) -> None:
    office.post("principal", STEP.format(asked), outcome="done")
    (first,) = opened(office)

    operate(office.world, resolve, incident_id=first.id, reason=WHY)
    assert opened(office) == []
    office.post("principal", STEP.format(asked), outcome="done")

    assert [incident.id > first.id for incident in opened(office)] == [True]


def test_administrators_are_told_once_with_a_link_to_the_run(office: Office, asked: int) -> None:
    for _ in range(2):
        office.post("principal", STEP.format(asked), outcome="done")
    run = office.world.task("ask").instance_id
    office.world.begin("asking")
    other = max(task.id for task in office.world.open_tasks(element_id="ask"))
    office.post("principal", STEP.format(other), outcome="done")

    page = office.page(ADMIN, "/notices")

    assert page.count("Có sự cố: quy trình") == 1
    assert f'href="/operations/{run}"' in page
    assert "“asking” không đi tiếp được ở “Đủ người?”, Trường THCS Mẫu. Cô Hiệu Trưởng Mẫu đang chờ" in page
    assert "Có sự cố" not in office.page("principal", "/notices")


def test_who_has_read_of_an_incident_is_told_of_the_next(office: Office, asked: int) -> None:
    office.post("principal", STEP.format(asked), outcome="done")
    newest = notices(office)[-1]
    office.client(ADMIN).send("/notices/read", up_to=str(newest))
    office.world.begin("asking")
    other = max(task.id for task in office.world.open_tasks(element_id="ask"))

    office.post("principal", STEP.format(other), outcome="done")

    assert len(notices(office)) == 2


def test_cause_is_a_sentence_with_the_name_of_the_step(office: Office, asked: int) -> None:
    office.post("principal", STEP.format(asked), outcome="done")
    (incident,) = opened(office)
    run = f"/operations/{incident.instance_id}"
    cause = "iểu thức “n &gt; 2” không tính được: n chưa có giá trị."

    for address in (run, "/operations?view=incident", f"{run}/resolve?incident={incident.id}"):
        page = office.page(ADMIN, address)
        plain = page.replace(incident_code(page), "")
        assert cause in page.replace("&#34;", '"')
        assert "NoneType" not in plain
        assert "was refused" not in plain
    assert "Không đi tiếp được ở “Đủ người?”: b" + cause in office.page(ADMIN, run)
    assert "Chi tiết kỹ thuật" in office.page(ADMIN, run)


def test_incident_of_an_earlier_release_still_shows_its_text(office: Office, asked: int) -> None:
    office.post("principal", STEP.format(asked), outcome="done")
    (incident,) = opened(office)
    office.world.do(lambda work: work.session.execute(update(Incident).values(words=None, cause="old text")))

    page = office.page(ADMIN, f"/operations/{incident.instance_id}")

    assert "Không đi tiếp được ở “Đủ người?”: old text." in page
    assert "Chi tiết kỹ thuật" not in page


def test_number_of_open_incidents_stands_beside_operations(office: Office, asked: int) -> None:
    before = office.page(ADMIN, "/procedures")
    office.post("principal", STEP.format(asked), outcome="done")
    after = office.page(ADMIN, "/procedures")

    assert "1 sự cố" not in before
    assert "1 sự cố" in after


def test_variables_of_an_untouched_run_are_listed_and_can_be_corrected(office: Office) -> None:
    office.world.publish("asking", asking())
    office.world.publish("parent", parent(called="asking"))
    office.world.begin("parent")
    task = office.world.task("ask", "An")

    page = office.page(ADMIN, f"/operations/{task.instance_id}")
    address = f"/operations/{task.instance_id}/correct?token={task.token}&name=n"
    form = office.page(ADMIN, address)

    assert run_of(office.world, task.instance_id).engine_state is None
    assert address.replace("&", "&amp;") in page
    assert "kể cả khi để trống" in form


def test_stranger_opens_no_incident(office: Office, asked: int) -> None:
    assert office.post("stranger", STEP.format(asked), outcome="done").status_code == 403
    assert opened(office) == []

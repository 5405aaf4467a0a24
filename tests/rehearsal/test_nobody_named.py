"""A step that a file gives to nobody: whoever started the run has it, else the head of the unit."""

from tests.engine.diagrams import definitions, element, end, flow, start
from tests.engine.test_foreign_files import FOLDER
from workflows.rehearsal import Rehearsal

PLAIN = definitions(start() + element("userTask", "a", name="Xem") + end() + flow("s", "a", "e"))


def test_head_has_the_step_when_nobody_started_the_run() -> None:
    with Rehearsal() as rehearsal:
        (key,) = rehearsal.publish(PLAIN)
        rehearsal.start(key)

        (task,) = rehearsal.open_tasks()
        assert (task.assignee, task.candidates) == (None, ("anybody",))


def test_starter_has_the_step() -> None:
    with Rehearsal() as rehearsal:
        (key,) = rehearsal.publish(PLAIN)
        rehearsal.start(key, initiator=rehearsal.stage.authority.people["superior"])

        (task,) = rehearsal.open_tasks()
        assert task.assignee == "superior"


def test_file_of_another_tool_runs_through_the_whole_product() -> None:
    with Rehearsal() as rehearsal:
        rehearsal.publish((FOLDER / "camunda.bpmn").read_bytes())
        rehearsal.start("leave_request")
        for element_id, values in (
            ("fill", {"days": 3, "kind": "paid"}),
            ("decide", {"approved": True}),
            ("substitute", {}),
        ):
            (task,) = rehearsal.open_tasks()
            assert task.element_id == element_id
            rehearsal.complete(task, **values)

        assert rehearsal.state().state == "finished"

"""Acts of an operator after which a run could not go on: refused in the words of its drawing, nothing is lost."""
# ruff: noqa: F811  (fixtures of another module)

import pytest

from models.instance import InstanceState
from models.task import Task
from tests.engine.diagrams import ERROR, definitions, element, end, event, flow, start, user
from tests.web.administration.test_operations import (  # noqa: F401  (fixtures)
    ADMIN,
    WHY,
    instance,
    office,
    opened_world,
    sqlite_store,
)
from tests.web.work.office import Office

BY_HEAD = {"rs__assignee": "head()", "name": "Xem"}
FAILED = end("failed", event("error", "er"), name="Không đạt")


def calling(key: str, called: str, last: str) -> str:
    """A call, then how it ends."""
    call = element("callActivity", "call", calledElement=called)
    body = start() + call + end() + FAILED + flow("s", "call", last)
    return definitions(body, ERROR, key=key).decode()


def begin(office: Office, last_of_middle: str) -> Task:
    """Start a run that calls one that calls one with a step; give the task of the step."""
    body = start() + user("look", **BY_HEAD) + end() + FAILED + flow("s", "look", "e")
    office.world.publish("low", definitions(body, ERROR, key="low").decode())
    office.world.publish("middle", calling("middle", "low", last_of_middle))
    office.world.publish("high", calling("high", "middle", "e"))
    office.world.begin("high")
    return next(task for task in office.world.open_tasks() if task.element_id == "look")


def test_move_to_an_error_end_that_nobody_catches_keeps_what_was_typed(office: Office) -> None:
    task = begin(office, "e")
    where = f"/operations/{task.instance_id}/move"

    refused = office.post(ADMIN, where, token=task.token, element="failed", reason=WHY)

    assert refused.status_code == 409
    assert "Chưa có gì thay đổi" in refused.text
    assert "“Không đạt”" in refused.text
    assert "“failed”" not in refused.text
    assert '<option value="failed" selected' in refused.text
    assert WHY in refused.text
    assert instance(office, task.instance_id).state is InstanceState.RUNNING


@pytest.mark.parametrize("act", ["cancel", "move"])
def test_run_above_that_cannot_go_on_is_named(office: Office, act: str) -> None:
    task = begin(office, "failed")
    typed = {"cancel": {"sure": "1"}, "move": {"token": task.token, "element": "e"}}[act]

    refused = office.post(ADMIN, f"/operations/{task.instance_id}/{act}", reason=WHY, **typed)

    assert refused.status_code == 409
    assert "“Không đạt”" in refused.text
    assert WHY in refused.text
    assert instance(office, task.instance_id).state is InstanceState.RUNNING

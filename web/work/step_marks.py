"""What has become of the steps of a drawing: the list beside it, and the marks upon it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from models.person import Person
from models.task import Task, TaskState
from web.request_work import now
from web.work.task_words import step_name, step_of
from workflows.engine import Specification
from workflows.queries.work.past import Past


@dataclass(frozen=True, slots=True)
class StepMark:
    """A step of the drawing with its state, for the list beside the drawing."""

    name: str
    state: str
    who: Person | None
    at: datetime | None


def marks_of(drawn: Specification, taken: Iterable[Task], past: Past) -> dict[str, StepMark]:
    """Give the steps by element, each done one in the words of the version it was done in.

    What was done before a migration stands at the element that replaces it, or after all others where none does.
    """
    marks = {element: StepMark(step_name(step), "idle", None, None) for element, step in drawn.steps.items()}
    for task in taken:
        marks[past.known_as(task.element_id, drawn.steps)] = _mark(task)
    return marks


def _mark(task: Task) -> StepMark:
    name = step_name(step_of(task.version_id, task.element_id))
    if task.state is TaskState.COMPLETED:
        return StepMark(name, "done", task.completed_by, task.completed_at)
    state = "returned" if task.returned_reason else "open"
    return StepMark(name, "late" if task.due_at <= now() else state, task.assignee, task.due_at)

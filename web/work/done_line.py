"""The line that follows an act: what is done, with the button that takes it back while that is possible."""

from collections.abc import Sequence
from dataclasses import dataclass

from web.request_work import current_actor, read_session
from web.work.task_words import outcome_label, sentence, step_of
from web.work.undoing import is_undoable
from workflows.commands.work.answers import outcomes_of
from workflows.queries.work.inbox_facts import staff_about
from workflows.queries.work.submitted import just_completed


@dataclass(frozen=True, slots=True)
class DoneLine:
    """A task that was just completed; `undoable` while it can be taken back."""

    task_id: int
    title: str
    outcome: str
    undoable: bool


def done_lines(task_ids: Sequence[int]) -> list[DoneLine]:
    """Describe tasks that the present person completed; others are left out."""
    if not task_ids:
        return []
    reading = read_session()
    rows = just_completed(reading, current_actor().person_id, task_ids)
    staff = staff_about(reading, [row.task for row in rows])
    lines = []
    for row in rows:
        task = row.task
        step = step_of(task.version_id, task.element_id)
        drawn = next((one for one in outcomes_of(step) if one.key == task.outcome), None)
        lines.append(
            DoneLine(
                task.id,
                sentence(step, task, task.subject_name, staff),
                outcome_label(drawn) if drawn else "",
                row.last_move and is_undoable(task.id),
            )
        )
    return lines

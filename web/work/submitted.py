"""What I submitted and others still work on: where each stands now, with whom, since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from models.organisation import OrganisationUnit
from models.person import Person
from models.task import Task
from web import formats, typed
from web.access import access, signed_in
from web.composition import composition
from web.i18n import pick
from web.request_work import current_actor, know_calendars, read_session
from web.work.task_words import (
    Staff,
    capitalised,
    outcome_label,
    position_name,
    sentence,
    step_name,
    step_of,
)
from workflows.commands.work.answers import outcomes_of
from workflows.engine import Outcome
from workflows.queries.work.inbox_facts import staff_about, units_by_id
from workflows.queries.work.submitted import (
    Completed,
    DoneCursor,
    OpenPart,
    parts_besides,
    parts_of,
    submitted_by,
    waiting_in,
)

bp = Blueprint("submitted", __name__, url_prefix="/submitted")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a procedure stands now: the step, who has it, since when, until when."""

    step: str
    who: str
    since: datetime | None
    due_at: datetime | None
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class SubmittedRow:
    """One act of mine with what has become of it."""

    task_id: int
    title: str
    outcome: str
    completed_at: datetime | None
    due_at: datetime
    unit_id: int
    standings: list[Standing]
    undoable: bool
    # Who answers for it, where it was done on somebody else's behalf (P2.3).
    on_behalf_of: Person | None = None


@bp.get("")
@access(signed_in)
def show() -> str:
    """List my last act in each procedure that still runs."""
    reading, actor = read_session(), current_actor()
    page = submitted_by(reading, actor.person_id, DoneCursor.read(typed.asked("before")))
    return render_template(
        "submitted/show.html",
        rows=submitted_rows(reading, page.rows),
        older=url_for("submitted.show", before=str(page.next)) if page.next else None,
    )


def submitted_rows(reading: Session, completed: Sequence[Completed]) -> list[SubmittedRow]:
    """Look up where the procedures of completed tasks stand."""
    staff = staff_about(reading, [row.task for row in completed])
    instance_ids = {row.instance.id for row in completed}
    know_calendars({row.task.unit_id for row in completed})
    waiting, parts = waiting_in(reading, instance_ids), parts_of(reading, instance_ids)
    units = units_by_id(reading, {task.role_unit_id for tasks in waiting.values() for task in tasks})
    ended = {row.instance.id: row.instance.group_id for row in completed if row.ended}
    besides = parts_besides(reading, {group_id for group_id in ended.values() if group_id is not None})
    for instance_id, group_id in ended.items():
        if group_id in besides:
            parts[instance_id] = [besides[group_id]]
    return [_row(row, staff, waiting, units, parts) for row in completed]


def title_of(task: Task, staff: Staff) -> str:
    """Name a task in a sentence."""
    step = step_of(task.version_id, task.element_id)
    return capitalised(sentence(step, task, task.subject_name, staff))


def outcome_of(task: Task) -> Outcome | None:
    """Give the outcome with which a task was completed."""
    step = step_of(task.version_id, task.element_id)
    return next((one for one in outcomes_of(step) if one.key == task.outcome), None)


def _row(
    row: Completed,
    staff: Staff,
    waiting: Mapping[int, list[Task]],
    units: Mapping[int, OrganisationUnit],
    parts: Mapping[int, list[OpenPart]],
) -> SubmittedRow:
    instance_id, outcome = row.instance.id, outcome_of(row.task)
    standings = [_standing(task, units) for task in waiting.get(instance_id, ())]
    standings += [_part(part) for part in parts.get(instance_id, ())]
    return SubmittedRow(
        row.task.id,
        title_of(row.task, staff),
        outcome_label(outcome) if outcome else "",
        row.task.completed_at,
        row.task.due_at,
        row.task.unit_id,
        standings,
        row.last_move,
        row.task.accountable if row.task.accountable_id != row.task.completed_by_id else None,
    )


def _standing(task: Task, units: Mapping[int, OrganisationUnit]) -> Standing:
    if task.assignee is not None:
        who = formats.addressed(task.assignee)
    else:
        # The unit that has the task, which may be another than the one it is about.
        unit = units.get(task.role_unit_id or 0, task.unit)
        who = gettext(
            "%(position)s of %(unit)s", position=position_name(task.role or ""), unit=unit.short_name
        )
    step = step_of(task.version_id, task.element_id)
    return Standing(step_name(step), who, task.opened_at, task.due_at, task.unit_id)


def _part(part: OpenPart) -> Standing:
    specification = composition().engine.specification(part.version_id)
    call = specification.calls.get(part.element_id)
    english = specification.names_en.get(part.element_id, "")
    name = pick(_Named(call.name if call else part.element_id, english))
    who = ngettext("%(num)d still open", "%(num)d still open", part.running)
    return Standing(name, who, None, None)


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    name_en: str

"""What is typed in a pupil's row and not saved yet: a part of the draft of the task, so that a row knows only its own.

Names are those of the row's inputs, `p<id>.<key>` and `why.<id>`; `p<id>.drafted` is the revision of the record that
the row showed.
"""

from flask_babel import gettext
from sqlalchemy import select

from models.campaign import RosterEntry, SubjectKind
from web.request_work import today
from web.work.record_view import both_values, changes_in
from web.work.task_form import Typed
from workflows.actor import Actor
from workflows.commands.work import notes
from workflows.commands.work.held_tasks import hold_task
from workflows.queries.records.records import Record, record_of
from workflows.queries.work.classroom import TO_DECIDE
from workflows.unit_of_work import UnitOfWork

DRAFTED = "drafted"
# Beside the fields of the record: nobody typed these.
UNTYPED = ("revision", DRAFTED)


def typed_in(pupil_id: int, sent: Typed) -> dict[str, str]:
    """Give what was typed into the fields of a pupil's record."""
    return {key: text for key, text in sent.below(f"p{pupil_id}.").items() if key not in UNTYPED}


def unsaved_in(record: Record, sent: Typed) -> dict[str, str]:
    """Give what was typed into a pupil's row and differs from the record."""
    return changes_in(record, typed_in(record.subject_id, sent))


def conflict(record: Record, sent: Typed, told: str = "") -> str:
    """Say that the record was changed since somebody typed, and what it has where something else was typed."""
    told = told or gettext("This record has been changed since you typed here.")
    return f"{told} {both_values(record, typed_in(record.subject_id, sent))}".strip()


def keep(work: UnitOfWork, actor: Actor, task_id: int, pupil_id: int, sent: Typed) -> None:
    """Keep of a row what the record does not have; nothing of a pupil that is approved.

    What was typed beside an older state of the record keeps its revision: it is told when it is saved.
    """
    kept = _not_saved(work, pupil_id, sent) if _waits(work, task_id, pupil_id) else {}
    notes.save_row_draft(work, task_id=task_id, actor=actor, row=pupil_id, typed=kept)


def keep_typing(work: UnitOfWork, actor: Actor, task_id: int, pupil_id: int, sent: Typed) -> None:
    """Keep what somebody types at this moment, unless it comes late: the row was saved or approved meanwhile."""
    if not _waits(work, task_id, pupil_id):
        return
    shown = sent.number(f"p{pupil_id}.revision")
    if shown in (None, record_of(work.session, SubjectKind.PUPIL, pupil_id, today=today()).revision):
        keep(work, actor, task_id, pupil_id, sent)


def _not_saved(work: UnitOfWork, pupil_id: int, sent: Typed) -> dict[str, str]:
    record = record_of(work.session, SubjectKind.PUPIL, pupil_id, today=today())
    kept = {f"p{pupil_id}.{key}": text for key, text in unsaved_in(record, sent).items()}
    if kept:
        kept[f"p{pupil_id}.{DRAFTED}"] = str(sent.number(f"p{pupil_id}.revision") or record.revision)
    if why := sent.get(f"why.{pupil_id}"):
        kept[f"why.{pupil_id}"] = why
    return kept


def _waits(work: UnitOfWork, task_id: int, pupil_id: int) -> bool:
    """Tell whether the pupil is of the class that the task is about, and still to be decided."""
    run = hold_task(work, task_id).run
    state = work.session.scalar(
        select(RosterEntry.state).where(
            RosterEntry.campaign_id == run.campaign_id,
            RosterEntry.class_id == run.subject_id,
            RosterEntry.kind == SubjectKind.PUPIL,
            RosterEntry.subject_id == pupil_id,
        )
    )
    return run.subject_kind is SubjectKind.CLASS and state in TO_DECIDE

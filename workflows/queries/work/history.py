"""What happened in the matter of a task: every run about the same subject in the same campaign, in order."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from models.instance import ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.process import ProcessVersion
from models.task import Task, TaskState
from workflows.queries.work.past import Past

# Enough for a year of rounds; a matter with more shows the last ones.
MOST = 200
# One entry stands for the act as a whole.
SUMMED_UP = (JournalKind.SUBJECT_APPROVED,)

# Built once: every page of a task asks for it, and to build it costs more than to run it.
_TAKEN = (
    select(Task)
    .options(joinedload(Task.completed_by), joinedload(Task.assignee), joinedload(Task.accountable))
    .where(
        Task.instance_id == bindparam("instance_id"), Task.state.in_([TaskState.OPEN, TaskState.COMPLETED])
    )
    .order_by(Task.id)
)


def history_of(session: Session, task: Task) -> Sequence[JournalEntry]:
    """List the entries of a task's matter with the people who acted, oldest first."""
    newest = session.scalars(
        select(JournalEntry)
        .options(joinedload(JournalEntry.actor), joinedload(JournalEntry.on_behalf_of))
        .where(
            JournalEntry.instance_id.in_(_instances_of(task)),
            JournalEntry.kind.not_in(SUMMED_UP),
        )
        .order_by(JournalEntry.id.desc())
        .limit(MOST)
    ).all()
    return newest[::-1]


def _instances_of(task: Task) -> Select[Any]:
    """The runs about the same subject: each return of a person or a class may have begun another one."""
    if task.campaign_id is None:
        return select(ProcessInstance.id).where(ProcessInstance.id == task.instance_id)
    return select(ProcessInstance.id).where(
        ProcessInstance.campaign_id == task.campaign_id,
        ProcessInstance.unit_id == task.unit_id,
        ProcessInstance.subject_kind == task.subject_kind,
        ProcessInstance.subject_id == task.subject_id,
        # A run that went on in another version is about the same matter.
        ProcessInstance.version_id.in_(_versions_beside(task.version_id)),
    )


def _versions_beside(version_id: int) -> Select[Any]:
    """The versions of the procedure that a version belongs to."""
    procedure = select(ProcessVersion.definition_id).where(ProcessVersion.id == version_id).scalar_subquery()
    return select(ProcessVersion.id).where(ProcessVersion.definition_id == procedure)


def people_named(entries: Iterable[JournalEntry]) -> set[int]:
    """Collect the people whom entries name in their details."""
    named: set[int] = set()
    for entry in entries:
        for key in ("to", "from"):
            value = entry.details.get(key)
            if isinstance(value, int):
                named.add(value)
        named.update(one for one in entry.details.get("people", []) if isinstance(one, int))
    return named


def steps_taken(session: Session, instance_id: int) -> Sequence[Task]:
    """List the tasks of an instance that are open or done, for the marks on the drawing."""
    return session.scalars(_TAKEN, {"instance_id": instance_id}).all()


def end_of_last_round(entries: Sequence[JournalEntry], task: Task, past: Past) -> Any:
    """Give when the task's own step was last completed: what changed since is marked; None in the first round."""
    names = past.names_of(task.element_id)
    ended = [
        entry.at
        for entry in entries
        if entry.kind is JournalKind.TASK_COMPLETED
        and entry.details.get("step") in names
        and (task.completed_at is None or entry.at < task.completed_at)
    ]
    return ended[-1] if ended else None

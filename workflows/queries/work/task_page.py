"""One task with what its page shows beside the form: who may see it, remarks, files, people, reasons used before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload

from models.campaign import Campaign, SubjectKind
from models.journal import JournalEntry, JournalKind
from models.person import Appointment, Person, Position
from models.school import StaffMember
from models.task import Attachment, Comment, Draft, Task, TaskState
from workflows.actor import Actor
from workflows.errors import AttachmentGone, NotPermitted, TaskGone
from workflows.queries.organisation import in_force, present, sees_unit

# How many reasons are offered for one tap, and among how many past acts they are looked for.
REASONS, PAST_ACTS = 5, 40
LEADING = (Position.HEAD, Position.DEPUTY_HEAD)


# Built once: every page of a task asks for these, and to build them costs more than to run them.
_TASK = (
    select(Task)
    .options(
        joinedload(Task.instance),
        joinedload(Task.unit),
        joinedload(Task.assignee),
        joinedload(Task.accountable),
        joinedload(Task.completed_by),
    )
    .where(Task.id == bindparam("task_id"))
)
_COMMENTS = (
    select(Comment)
    .options(joinedload(Comment.author))
    .where(Comment.instance_id == bindparam("instance_id"))
    .order_by(Comment.id)
)
_ATTACHMENTS = (
    select(Attachment)
    .options(joinedload(Attachment.added_by))
    .where(Attachment.instance_id == bindparam("instance_id"))
    .order_by(Attachment.id)
)


def task_of(session: Session, task_id: int) -> Task:
    """Read a task with its instance and people; refuses with TaskGone."""
    task = session.scalar(_TASK, {"task_id": task_id})
    if task is None:
        raise TaskGone
    return task


def may_act_on(actor: Actor, task: Task) -> bool:
    """Tell whether the person has the task, or holds the role that has it while nobody claimed it."""
    if task.assignee_id is not None:
        return task.assignee_id == actor.person_id
    return task.role is not None and actor.holds(task.role, task.role_unit_id or 0)


def require_may_see(session: Session, actor: Actor, task: Task, today: date) -> None:
    """Refuse whoever has no part in a task: no act, no answer for it, no right over its unit (C10)."""
    if not _takes_part(actor, task) and not (
        _is_subject(session, actor, task)
        or _acted_before(session, actor, task)
        or sees_unit(session, actor, task.unit_id, today)
    ):
        raise NotPermitted


def _takes_part(actor: Actor, task: Task) -> bool:
    mine = actor.person_id in (task.assignee_id, task.accountable_id, task.completed_by_id)
    holds_role = task.role is not None and actor.holds(task.role, task.role_unit_id or 0)
    return mine or holds_role or any(actor.holds(position, task.unit_id) for position in LEADING)


def _is_subject(session: Session, actor: Actor, task: Task) -> bool:
    if task.subject_kind is not SubjectKind.STAFF:
        return False
    member = session.get(StaffMember, task.subject_id)
    return member is not None and member.person_id == actor.person_id


def _acted_before(session: Session, actor: Actor, task: Task) -> bool:
    acted = select(Task.id).where(
        Task.instance_id == task.instance_id, Task.completed_by_id == actor.person_id
    )
    return session.scalar(acted.limit(1)) is not None


def campaign_of(session: Session, task: Task) -> Campaign | None:
    """Give the campaign a task belongs to."""
    return session.get(Campaign, task.campaign_id) if task.campaign_id is not None else None


def draft_of(session: Session, task_id: int, person_id: int) -> Draft | None:
    """Give what a person typed on a task and has not sent."""
    return session.scalar(select(Draft).where(Draft.task_id == task_id, Draft.person_id == person_id))


def draft_of_last_round(session: Session, task: Task, person_id: int) -> Draft | None:
    """Give what a person left unsent when they completed the same step of the same instance last."""
    query = (
        select(Draft)
        .join(Task, Task.id == Draft.task_id)
        .where(
            Task.instance_id == task.instance_id,
            Task.element_id == task.element_id,
            Task.state == TaskState.COMPLETED,
            Task.id < task.id,
            Draft.person_id == person_id,
        )
        .order_by(Task.id.desc())
        .limit(1)
    )
    return session.scalar(query) if task.state is TaskState.OPEN else None


def comments_of(session: Session, instance_id: int) -> Sequence[Comment]:
    """List the remarks on an instance, oldest first."""
    return session.scalars(_COMMENTS, {"instance_id": instance_id}).all()


def attachments_of(session: Session, instance_id: int) -> Sequence[Attachment]:
    """List the files of an instance, oldest first."""
    return session.scalars(_ATTACHMENTS, {"instance_id": instance_id}).all()


def is_attached(session: Session, digest: str) -> bool:
    """Tell whether any file has the content of a digest."""
    return session.scalar(select(Attachment.id).where(Attachment.digest == digest).limit(1)) is not None


def attachment_of(session: Session, task: Task, attachment_id: int) -> Attachment:
    """Give a file that lies on the instance of a task; refuses others with AttachmentGone."""
    found = session.get(Attachment, attachment_id)
    if found is None or found.instance_id != task.instance_id:
        raise AttachmentGone
    return found


def several_hold(session: Session, task: Task, today: date) -> bool:
    """Tell whether more than one person holds the role that has the task."""
    if task.role is None:
        return False
    holders = select(func.count(Appointment.person_id.distinct())).where(
        Appointment.unit_id == task.role_unit_id,
        Appointment.position == task.role,
        in_force(Appointment, today),
    )
    return (session.scalar(holders) or 0) > 1


def holders_of_role(session: Session, task: Task, today: date) -> Sequence[Person]:
    """List who holds the role that has the task."""
    if task.role is None:
        return []
    return session.scalars(
        _people(
            Appointment.unit_id == task.role_unit_id,
            Appointment.position == task.role,
            in_force(Appointment, today),
        )
    ).all()


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to choose from a list."""

    id: int
    honorific: str
    full_name: str


def colleagues_of(session: Session, unit_id: int, today: date) -> list[Colleague]:
    """List who holds a position in a unit: to whom its tasks may be handed over."""
    people = _people(Appointment.unit_id == unit_id, in_force(Appointment, today))
    # A large unit has hundreds: their names only.
    names = people.with_only_columns(Person.id, Person.honorific, Person.full_name)
    return [Colleague(*row) for row in session.execute(names)]


def people_of(session: Session, unit_id: int, today: date) -> Sequence[Person]:
    """List who works in a unit, with a position or on its staff: whom a form field may name."""
    employed = select(StaffMember.person_id).where(
        StaffMember.unit_id == unit_id, present(StaffMember, today)
    )
    appointed = select(Appointment.person_id).where(
        Appointment.unit_id == unit_id, in_force(Appointment, today)
    )
    return session.scalars(
        select(Person)
        .where(or_(Person.id.in_(employed), Person.id.in_(appointed)))
        .order_by(Person.sort_key, Person.id)
    ).all()


def _people(*conditions: ColumnElement[bool]) -> Any:
    return (
        select(Person)
        .where(Person.id.in_(select(Appointment.person_id).where(*conditions)))
        .order_by(Person.sort_key, Person.id)
    )


def reasons_before(session: Session, person_id: int, element_id: str) -> list[str]:
    """Give the last reasons this person wrote at a step, newest first, each once."""
    acts = session.execute(
        select(Task.instance_id, Task.answer)
        .where(
            Task.completed_by_id == person_id,
            Task.state == TaskState.COMPLETED,
            Task.element_id == element_id,
        )
        .order_by(Task.completed_at.desc())
        .limit(PAST_ACTS)
    ).all()
    if not acts:
        return []
    written = [_reason(answer) for _, answer in acts]
    of_subjects = session.scalars(
        select(JournalEntry)
        .where(
            JournalEntry.instance_id.in_([instance_id for instance_id, _ in acts]),
            JournalEntry.kind == JournalKind.SUBJECT_RETURNED,
            JournalEntry.actor_id == person_id,
        )
        .order_by(JournalEntry.id.desc())
        .limit(PAST_ACTS)
    )
    written += [_reason(entry.details) for entry in of_subjects]
    return list(dict.fromkeys(reason for reason in written if reason))[:REASONS]


def _reason(details: Mapping[str, Any] | None) -> str:
    reason = (details or {}).get("reason")
    return reason.strip() if isinstance(reason, str) else ""

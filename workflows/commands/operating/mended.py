"""Telling whoever tried in vain that they can try again, once an operator did something about it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select

from models.instance import Incident, ProcessInstance
from models.notification import Message, Notification
from models.task import Task, TaskState
from workflows.commands.running.openings import holders
from workflows.notify.outbox import announce
from workflows.queries.operating.incidents import acts_behind
from workflows.queries.operating.mended import mended_since
from workflows.unit_of_work import UnitOfWork


def tell_who_tried(work: UnitOfWork, instance_id: int, reason: str) -> None:
    """Tell those whose act opened an incident of a run that is still open, unless they have not read it yet.

    Whoever has the task by now is told where that is somebody else. Of a run that is held nobody is told: nobody can
    try again until it goes on.
    """
    work.session.flush()
    waiting = work.session.scalars(
        select(Incident).where(Incident.instance_id == instance_id, Incident.resolved_at.is_(None))
    ).all()
    mended = mended_since(work.session, instance_id, waiting)
    held = select(ProcessInstance.suspended_at).where(ProcessInstance.id == instance_id)
    if not mended or work.session.scalar(held) is not None:
        return
    acts = acts_behind(work.session, instance_id)
    tried = {acts[one].task_id: (acts[one].person_id, mended[one].at) for one in mended if one in acts}
    tasks = select(Task).where(Task.id.in_(tried), Task.state == TaskState.OPEN).order_by(Task.id)
    for task in work.session.scalars(tasks).all():
        people = set(holders(work, task.assignee_id, task.role, task.role_unit_id))
        by, mended_at = tried[task.id]
        people = people & {by} or people
        announce(
            work,
            Message.TASK_MENDED,
            person_ids=sorted(people - _told(work, people, task.id, mended_at)),
            task_id=task.id,
            campaign_id=task.campaign_id,
            details={"reason": reason},
        )


def _told(work: UnitOfWork, people: Collection[int], task_id: int, mended_at: datetime) -> set[int]:
    """Give who was told so of this task since, or has not read it yet."""
    known = select(Notification.person_id).where(
        Notification.person_id.in_(people),
        Notification.task_id == task_id,
        Notification.message == Message.TASK_MENDED,
        or_(Notification.read_at.is_(None), Notification.created_at >= mended_at),
    )
    return set(work.session.scalars(known))

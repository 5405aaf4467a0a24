"""Tells who sent a report that the unit above has accepted it; a return needs no such word, it comes as a task."""

from sqlalchemy import select

from models.notification import Message
from models.task import Task, TaskState
from workflows.actor import Actor
from workflows.commands.work.held_tasks import HeldTask
from workflows.engine import Outcome, Step
from workflows.notify.outbox import announce
from workflows.unit_of_work import UnitOfWork


def tell_who_sent(work: UnitOfWork, task: HeldTask, step: Step, outcome: Outcome, actor: Actor) -> None:
    """Tell the last who confirmed the unit in this run, and for whom, when another unit accepts it."""
    run = task.run
    elsewhere = task.role_unit_id not in (None, run.unit_id)
    if step.review != "unit" or outcome.style != "primary" or not elsewhere:
        return
    done = work.session.execute(
        select(Task.version_id, Task.element_id, Task.completed_by_id, Task.accountable_id)
        .where(
            Task.instance_id == run.id,
            Task.state == TaskState.COMPLETED,
            Task.element_id != step.element_id,
        )
        .order_by(Task.completed_at.desc(), Task.id.desc())
    )
    published = work.engine.specification
    sent = next((one for one in done if published(one[0]).steps[one[1]].review == "unit"), None)
    people = [one for one in sent[2:] if one is not None and one != actor.person_id] if sent else []
    announce(
        work,
        Message.TASK_COMPLETED,
        person_ids=people,
        task_id=task.id,
        campaign_id=run.campaign_id,
        details={"accepted": outcome.key},
    )

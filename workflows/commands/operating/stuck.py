"""A person's act that the diagram cannot take: one incident for each cause, closed when the step is done after all."""

from sqlalchemy import select

from models.instance import Incident, InstanceState
from models.journal import JournalKind
from models.task import TaskState
from workflows.actor import Actor
from workflows.commands.operating.incidents import close, task_of
from workflows.commands.work.held_tasks import HeldTask, hold_task
from workflows.errors import InstanceStuck
from workflows.records.journal import record
from workflows.unit_of_work import UnitOfWork


def report(work: UnitOfWork, *, task_id: int, refusal: InstanceStuck) -> HeldTask:
    """Open an incident for an act on a task that was refused; its transaction was rolled back, this one is its own.

    One stays open however often the person tries. A task that somebody has finished meanwhile opens none.
    """
    task = hold_task(work, task_id)
    run, element = task.run, str(refusal.params["element"])
    cause = str(refusal.params["reason"])[:4000]
    if task.state is not TaskState.OPEN or run.state is not InstanceState.RUNNING:
        return task
    known = select(Incident.id).where(
        Incident.instance_id == run.id,
        Incident.element_id == element[:120],
        Incident.cause == cause,
        Incident.resolved_at.is_(None),
    )
    if work.session.scalar(known.limit(1)) is not None:
        return task
    incident = Incident(instance_id=run.id, element_id=element[:120], cause=cause, opened_at=work.now)
    work.session.add(incident)
    work.session.flush()
    record(
        work,
        JournalKind.INCIDENT_OPENED,
        unit_id=run.unit_id,
        campaign_id=run.campaign_id,
        instance_id=run.id,
        task_id=task_id,
        actor_id=None,
        details={"element": element, "cause": cause[:500], "incident": incident.id},
    )
    return task


def close_of_task(work: UnitOfWork, task: HeldTask, actor: Actor) -> None:
    """Close what acts on a task had opened: it is done now."""
    open_ones = select(Incident).where(Incident.instance_id == task.run.id, Incident.resolved_at.is_(None))
    for incident in work.session.scalars(open_ones).all():
        if task_of(work, incident) == task.id:
            close(work, incident, task.run, actor.person_id, "")

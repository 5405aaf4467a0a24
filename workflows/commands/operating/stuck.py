"""A person's act that the diagram cannot take: one incident for each cause, closed when the step is done after all."""

from sqlalchemy import select

from models.instance import Incident, InstanceState
from models.task import TaskState
from workflows.actor import Actor
from workflows.commands.operating.incidents import close, task_of
from workflows.commands.operating.opening import LONGEST_CAUSE, LONGEST_ELEMENT, open_incident, tell_of
from workflows.commands.work.held_tasks import HeldTask, hold_task
from workflows.engine import Reason
from workflows.errors import InstanceStuck
from workflows.failures import failure_of
from workflows.queries.operating.mended import mended_since
from workflows.unit_of_work import UnitOfWork


def report(work: UnitOfWork, *, task_id: int, refusal: InstanceStuck, acted_by: int) -> HeldTask:
    """Open an incident for an act on a task that was refused; its transaction was rolled back, this one is its own.

    The administrators are told. One stays open however often the person tries; of an attempt in vain after they did
    something about it they are told again. A task that somebody has finished meanwhile opens none.
    """
    task = hold_task(work, task_id)
    run, element = task.run, str(refusal.params["element"])
    if element == work.engine.specification(run.version_id).key:
        # The procedure as a whole, not a place in it.
        element = ""
    reason = refusal.params["reason"]
    cause = reason if isinstance(reason, Reason) else failure_of(refusal)
    if task.state is not TaskState.OPEN or run.state is not InstanceState.RUNNING:
        return task
    same = select(Incident).where(
        Incident.instance_id == run.id,
        Incident.element_id == element[:LONGEST_ELEMENT],
        Incident.cause == cause[:LONGEST_CAUSE],
        Incident.resolved_at.is_(None),
    )
    known = work.session.scalar(same.limit(1))
    if known is not None:
        if mended_since(work.session, run.id, [known]):
            tell_of(work, run, known, task_id, acted_by)
        return task
    open_incident(work, run, cause=cause, element=element, task_id=task_id, acted_by=acted_by)
    return task


def close_of_task(work: UnitOfWork, task: HeldTask, actor: Actor) -> None:
    """Close what acts on a task had opened: it is done now."""
    open_ones = select(Incident).where(Incident.instance_id == task.run.id, Incident.resolved_at.is_(None))
    for incident in work.session.scalars(open_ones).all():
        if task_of(work, incident) == task.id:
            close(work, incident, task.run, actor.person_id, "", by_step=True)

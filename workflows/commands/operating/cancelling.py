"""Cancelling an instance: it ends with everything below it, and what called it goes on without it."""

from sqlalchemy import select

from models.instance import Incident
from models.journal import JournalKind
from workflows.actor import Actor
from workflows.commands.operating.acts import (
    begin_act,
    hold_tree,
    in_parts,
    open_tasks,
    record_on,
    tell_withdrawn,
)
from workflows.commands.operating.incidents import close
from workflows.commands.running import groups, moves
from workflows.unit_of_work import UnitOfWork


def cancel(
    work: UnitOfWork, *, actor: Actor, instance_id: int, reason: str, request_key: str | None = None
) -> int:
    """End an instance with all that runs below it; give how many ended. Whoever had a task is told.

    A child's group goes on as if the child had left: with the next one, or with what follows. What a roster counts
    stays as it is: taking somebody off the roster is an act of the school.
    """
    run, why = begin_act(work, actor, instance_id, reason, request_key)
    ids = hold_tree(work, instance_id)
    tasks = open_tasks(work, ids)
    for part in in_parts(ids):
        groups.cancel_instances(work, list(part))
        for incident in work.session.scalars(
            select(Incident).where(Incident.instance_id.in_(part), Incident.resolved_at.is_(None))
        ):
            close(work, incident, run, actor.person_id, why)
    tell_withdrawn(work, tasks, why)
    details = {"reason": why, "instances": len(ids), "tasks": len(tasks)}
    record_on(work, JournalKind.INSTANCE_CANCELLED, run, actor.person_id, details, request_key)
    if run.group_id is not None:
        work.session.flush()
        moves.child_ended(work, run)
    return len(ids)

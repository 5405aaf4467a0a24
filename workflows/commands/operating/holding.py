"""Suspending and resuming: an instance and all below it stand still, and go on as if nothing had been.

While they are held nobody completes their tasks, no timer fires, no message arrives and no ladder is climbed. Deadlines
are instants and do not move along: what became due meanwhile is due when they go on.
"""

from sqlalchemy import select, update

from models.instance import ChildGroup, Incident, ProcessInstance
from models.journal import JournalKind
from workflows.actor import Actor
from workflows.commands.operating.acts import UNFINISHED, begin_act, record_on, tree_of
from workflows.commands.operating.mended import tell_who_tried
from workflows.commands.running import routing
from workflows.commands.running.runs import Run, in_parts
from workflows.errors.operating import HeldFromAbove, InstanceSuspended, NotSuspended
from workflows.unit_of_work import UnitOfWork


def suspend(
    work: UnitOfWork, *, actor: Actor, instance_id: int, reason: str, request_key: str | None = None
) -> int:
    """Hold an instance with everything that runs below it; give how many were held by it.

    What was held below on its own before stays held on its own. Refuses what is held already (InstanceSuspended).
    """
    run, why = begin_act(work, actor, instance_id, reason, request_key)
    if run.suspended_at is not None:
        raise InstanceSuspended(since=run.suspended_at)
    held = 0
    # What moves at this moment may add children; once it is held itself, nothing more comes below it.
    while free := [one for one, held_from in tree_of(work, instance_id) if held_from is None]:
        held += len(free)
        for part in in_parts(free):
            work.session.execute(
                update(ProcessInstance)
                .where(ProcessInstance.id.in_(part), ProcessInstance.held_from_id.is_(None))
                .values(suspended_at=work.now, held_from_id=instance_id),
                execution_options={"synchronize_session": False},
            )
    details = {"reason": why, "instances": held}
    record_on(work, JournalKind.INSTANCE_SUSPENDED, run, actor.person_id, details, request_key)
    return held


def resume(
    work: UnitOfWork, *, actor: Actor, instance_id: int, reason: str, request_key: str | None = None
) -> int:
    """Let a held instance go on with all that is held with it; give how many they are.

    Refuses what is not held (NotSuspended), and what is held together with the instance above it (HeldFromAbove).
    """
    run, why = begin_act(work, actor, instance_id, reason, request_key)
    if run.suspended_at is None:
        raise NotSuspended
    held_from = select(ProcessInstance.held_from_id).where(ProcessInstance.id == instance_id)
    if work.session.scalar(held_from) != instance_id or _parent_is_held(work, run):
        raise HeldFromAbove
    count = 0
    # Who joins at this moment is held as the run they join; once that is free, nobody is held with it any more.
    while released := _release(work, instance_id):
        count += released
    for part in in_parts([one for one, _ in tree_of(work, instance_id)]):
        stuck = select(Incident.instance_id).where(
            Incident.instance_id.in_(part), Incident.resolved_at.is_(None)
        )
        for one in work.session.scalars(stuck.distinct()).all():
            tell_who_tried(work, one or 0, why)
    details = {"reason": why, "instances": count, "since": run.suspended_at.isoformat()}
    record_on(work, JournalKind.INSTANCE_RESUMED, run, actor.person_id, details, request_key)
    return count


def _release(work: UnitOfWork, instance_id: int) -> int:
    routing.look_again(work, select(ProcessInstance.id).where(ProcessInstance.held_from_id == instance_id))
    released = work.session.execute(
        update(ProcessInstance)
        .where(ProcessInstance.held_from_id == instance_id, ProcessInstance.state.in_(UNFINISHED))
        .values(suspended_at=None, held_from_id=None),
        execution_options={"synchronize_session": False},
    )
    return int(released.rowcount)  # type: ignore[attr-defined]


def _parent_is_held(work: UnitOfWork, run: Run) -> bool:
    if run.group_id is None:
        return False
    above = (
        select(ProcessInstance.suspended_at)
        .join(ChildGroup, ChildGroup.parent_id == ProcessInstance.id)
        .where(ChildGroup.id == run.group_id)
    )
    return work.session.scalar(above) is not None

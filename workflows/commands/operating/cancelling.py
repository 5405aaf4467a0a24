"""Cancelling an instance: it ends with everything below it, and what called it goes on without it."""

from contextlib import suppress

from sqlalchemy import select

from models.instance import Incident, InstanceState
from models.journal import JournalKind
from models.notification import Message
from models.organisation import OrganisationUnit
from models.person import Position
from workflows.actor import Actor
from workflows.commands.operating.acts import (
    begin_act,
    hold_tree,
    open_tasks,
    record_on,
    tell_withdrawn,
)
from workflows.commands.operating.incidents import close
from workflows.commands.operating.mending import fields_of, people_above
from workflows.commands.running import groups, moves
from workflows.commands.running.openings import holders
from workflows.commands.running.runs import Run, in_parts
from workflows.errors import StateUnreadable
from workflows.notify.outbox import announce
from workflows.unit_of_work import UnitOfWork


def cancel(
    work: UnitOfWork, *, actor: Actor, instance_id: int, reason: str, request_key: str | None = None
) -> int:
    """End an instance with all that runs below it; give how many ended.

    The head of its unit and the people whom its procedure names are told, and whoever had a task.

    A child's group goes on as if the child had left: with the next one, or with what follows. What a roster counts
    stays as it is: taking somebody off the roster is an act of the school.
    """
    run, why = begin_act(work, actor, instance_id, reason, request_key)
    answering = _who_answers(work, run) - {actor.person_id}
    ids = hold_tree(work, instance_id)
    tasks = open_tasks(work, ids)
    groups.cancel_instances(work, ids)
    for part in in_parts(ids):
        for incident in work.session.scalars(
            select(Incident).where(Incident.instance_id.in_(part), Incident.resolved_at.is_(None))
        ):
            close(work, incident, run, actor.person_id, why)
    tell_withdrawn(work, tasks, why, by=actor.person_id, besides=answering)
    _tell(work, run, answering, actor.person_id, why)
    details = {"reason": why, "instances": len(ids), "tasks": len(tasks)}
    record_on(work, JournalKind.INSTANCE_CANCELLED, run, actor.person_id, details, request_key)
    if run.group_id is not None:
        work.session.flush()
        moves.child_ended(work, run)
    return len(ids)


def _who_answers(work: UnitOfWork, run: Run) -> set[int]:
    """Give the head of the unit and whom the forms of the run, or of those above, put in charge: the officer."""
    named = people_above(work, run) | fields_of(work.engine.specification(run.version_id))
    known = dict(run.start_values)
    if run.state is InstanceState.RUNNING and run.engine_state is not None:
        # A state that cannot be read names nobody: to cancel is the only way out of it.
        with suppress(StateUnreadable):
            for token in work.engine.open_tokens(run.version_id, run.engine_state, work.now):
                known |= token.values
    chosen = (known.get(key) for key, field in named.items() if field.type == "person")
    heads = holders(work, None, Position.HEAD, run.unit_id)
    return {*heads, *(one for one in chosen if isinstance(one, int) and not isinstance(one, bool))}


def _tell(work: UnitOfWork, run: Run, person_ids: set[int], actor_id: int, why: str) -> None:
    unit = work.session.get_one(OrganisationUnit, run.unit_id)
    details = {
        "version": run.version_id,
        "about": [[str(run.subject_kind), run.subject_name, unit.short_name]],
        "at_unit": unit.id,
        "actor": actor_id,
        "reason": why,
    }
    announce(
        work,
        Message.RUN_CANCELLED,
        person_ids=sorted(person_ids),
        campaign_id=run.campaign_id,
        details=details,
    )

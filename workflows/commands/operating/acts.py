"""What every act of an operator has in common: the instance under its lock, the right, a reason, a journal entry."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select, text

from models.instance import InstanceState
from models.journal import JournalKind
from models.notification import Message
from models.task import Task, TaskState
from workflows.actor import Actor
from workflows.commands.running.openings import holders
from workflows.commands.running.runs import Run, in_parts, lock_all, lock_run
from workflows.commands.running.terms import local_date
from workflows.errors import ValueTooLong
from workflows.errors.operating import InstanceEnded, WhyMissing
from workflows.notify.outbox import announce
from workflows.queries.operating.rights import require_may_operate
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

LONGEST_REASON = 1000
UNFINISHED = (InstanceState.PENDING, InstanceState.RUNNING)

# An instance and what still runs below it. Ended runs have nothing open below them.
_TREE = text("""
WITH RECURSIVE below(id, held) AS (
    SELECT id, held_from_id FROM process_instance WHERE id = :instance_id
    UNION ALL
    SELECT child.id, child.held_from_id FROM process_instance child
    JOIN child_group g ON child.group_id = g.id
    JOIN below ON g.parent_id = below.id
    WHERE g.state = 'open' AND child.state IN ('pending', 'running')
)
SELECT id, held FROM below
""")


def begin_act(
    work: UnitOfWork, actor: Actor, instance_id: int, reason: str, request_key: str | None
) -> tuple[Run, str]:
    """Give an unfinished instance under its lock, and the reason as it is kept.

    Refuses unknown and ended instances, who does not administer their department, a reason that is missing or too
    long, and with AlreadyDone a request that came before.
    """
    run = lock_run(work.connection, instance_id)
    require_may_operate(work.session, actor, run.unit_id, local_date(work.now))
    refuse_repeated(work, request_key)
    why = require_reason(reason)
    if run.state not in UNFINISHED:
        raise InstanceEnded
    return run, why


def require_reason(reason: str) -> str:
    """Give the reason without blanks around it; refuses none, and one that is too long."""
    why = reason.strip()
    if not why:
        raise WhyMissing
    if len(why) > LONGEST_REASON:
        raise ValueTooLong(most=LONGEST_REASON)
    return why


def tree_of(work: UnitOfWork, instance_id: int) -> list[tuple[int, int | None]]:
    """Give an instance and all unfinished ones below it, each with where it is held."""
    return [(row[0], row[1]) for row in work.session.execute(_TREE, {"instance_id": instance_id})]


def hold_tree(work: UnitOfWork, instance_id: int) -> list[int]:
    """Lock an instance and all unfinished ones below it, and give their ids.

    One that moves at this moment is waited for, and what it has added below itself is held as well.
    """
    return lock_all(work.connection, lambda: [one for one, _ in tree_of(work, instance_id)])


def record_on(
    work: UnitOfWork,
    kind: JournalKind,
    run: Run,
    actor_id: int | None,
    details: Mapping[str, Any],
    request_key: str | None = None,
) -> None:
    """Add what was done to an instance to its unit's journal."""
    record(
        work,
        kind,
        unit_id=run.unit_id,
        campaign_id=run.campaign_id,
        instance_id=run.id,
        actor_id=actor_id,
        details=details,
        request_key=request_key,
    )


def open_tasks(work: UnitOfWork, instance_ids: Sequence[int]) -> list[Task]:
    """List the open tasks of instances."""
    found: list[Task] = []
    for part in in_parts(instance_ids):
        query = select(Task).where(Task.instance_id.in_(part), Task.state == TaskState.OPEN)
        found += work.session.scalars(query.order_by(Task.id))
    return found


def tell_withdrawn(
    work: UnitOfWork,
    tasks: Collection[Task],
    reason: str,
    *,
    by: int,
    moved: bool = False,
    besides: Collection[int] = (),
) -> None:
    """Tell everybody whose tasks an operator's act has taken away, each once, however many tasks it were.

    `by` is the operator, who `moved` the procedure to another element or else cancelled it; `besides` hear of it
    otherwise.
    """
    lost: dict[int, list[Task]] = {}
    for task in tasks:
        for person_id in holders(work, task.assignee_id, task.role, task.role_unit_id):
            lost.setdefault(person_id, []).append(task)
    for person_id, own in sorted(lost.items()):
        if person_id in besides:
            continue
        steps = sorted({(task.version_id, task.element_id) for task in own})
        many = {"count": len(own), "steps": [list(step) for step in steps]} if len(own) > 1 else {}
        many |= {"about": _about(own)} if many else {}
        announce(
            work,
            Message.TASK_WITHDRAWN,
            person_ids=[person_id],
            task_id=own[0].id if len(own) == 1 else None,
            campaign_id=own[0].campaign_id,
            details={"stopped": True, "moved": moved, "actor": by, "reason": reason, **many},
        )


def _about(tasks: Sequence[Task]) -> list[list[str]]:
    """Name what several tasks were about, each once: its kind, its name, and its unit."""
    found = {(str(task.subject_kind), task.subject_name, task.unit.short_name): None for task in tasks}
    return [list(one) for one in found]

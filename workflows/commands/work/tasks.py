"""What people do with a task: claim, release, complete, hand over."""

from typing import Any

from sqlalchemy import bindparam, update

from models.journal import JournalKind
from models.notification import Message
from models.person import Position
from models.prepared import Prepared
from models.task import Task, TaskState
from workflows.actor import Actor
from workflows.commands.evidence import signing
from workflows.commands.operating import stuck
from workflows.commands.running import moves
from workflows.commands.running.openings import holders
from workflows.commands.work import acceptance, readiness, returns
from workflows.commands.work.answers import Answer, check_answer
from workflows.commands.work.freshness import confirm_fresh
from workflows.commands.work.held_tasks import (
    HeldTask,
    hold_task,
    may_act,
    record_act,
    require_may_act,
    require_open,
    step_of,
)
from workflows.engine import Step
from workflows.errors import (
    NotPermitted,
    ReasonMissing,
    TaskNotNeeded,
    ValueNotOffered,
)
from workflows.notify.outbox import announce
from workflows.queries.work.returned import ANSWERS, RETURNS
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

_complete = Prepared(
    update(Task)
    .where(Task.id == bindparam("task_id"), Task.state == TaskState.OPEN)
    .values(
        state=TaskState.COMPLETED,
        next_rung_at=None,
        assignee_id=bindparam("actor_id"),
        completed_at=bindparam("now"),
        completed_by_id=bindparam("actor_id"),
        outcome=bindparam("outcome"),
        answer=bindparam("answer"),
    )
)


def complete(
    work: UnitOfWork, *, task_id: int, actor: Actor, answer: Answer, request_key: str | None = None
) -> None:
    """Complete a task with the actor's answer.

    Refuses actors without the right, tasks that are no longer open, answers the form does not allow (FormRefused),
    work under review that is unfinished (WorkUnfinished), and signatures over something else than is there now
    (ShownChanged). A repeated request is refused with AlreadyDone and has no second effect.
    """
    task = hold_task(work, task_id)
    if task.state is not TaskState.OPEN:
        refuse_repeated(work, request_key)
    require_open(work, task)
    require_may_act(work, actor, task)
    step, run, on_behalf_of = step_of(work, task), task.run, task.on_behalf_of(actor)
    outcome, values = check_answer(work, step, answer, unit_id=run.unit_id, task_id=task_id)
    readiness.require_another(work, run, outcome, values)
    readiness.require_ready(work, run, step, outcome)
    returns.require_answered_report(work, run, step, outcome, answer.reason, values)
    details: dict[str, Any] = {"step": step.element_id, "outcome": outcome.key}
    if returns.is_answered(work, task, step, outcome, answer.reason):
        details[ANSWERS] = True
    elif returns.returns_subject(step, outcome):
        details[RETURNS] = True
    if answer.reason:
        details["reason"] = answer.reason
    if values:
        details["values"] = values
    moved = dict(values, outcome=outcome.key)
    reason = answer.reason if outcome.style == "return" else ""
    entry = record(
        work,
        JournalKind.TASK_COMPLETED,
        unit_id=run.unit_id,
        campaign_id=run.campaign_id,
        instance_id=run.id,
        task_id=task_id,
        actor_id=actor.person_id,
        on_behalf_of_id=on_behalf_of,
        details=details,
        request_key=request_key,
    )
    if outcome.of is not None:
        reason = returns.return_subjects(
            work, run, task_id, outcome.of, answer.returned, actor.person_id, on_behalf_of
        )
        moved["returned"] = list(answer.returned)
    elif returns.returns_subject(step, outcome):
        returns.return_subject(work, run, answer.reason)
    if signing.needs_signature(step, outcome):
        signing.sign(work, task, step, actor, moved, answer.shown_digest)
    if step.review == "record" and outcome.style == "primary":
        # After the signature, which is over the record as it was shown.
        confirm_fresh(work, kind=str(run.subject_kind), subject_ids=[run.subject_id])
    _close(work, task, actor, outcome.key, {**values, "reason": answer.reason} if answer.reason else values)
    moves.complete(
        work,
        run,
        task_id=task_id,
        token=task.token,
        values=moved,
        reason=reason,
        note=answer.reason.strip() if outcome.style != "return" else "",
        actor_id=actor.person_id,
        on_behalf_of_id=on_behalf_of,
    )
    if task.has_incidents:
        stuck.close_of_task(work, task, actor)
    acceptance.tell_who_sent(work, task, step, outcome, actor)
    if on_behalf_of is not None:
        announce(
            work,
            Message.TASK_COMPLETED,
            person_ids=[on_behalf_of],
            task_id=task_id,
            campaign_id=run.campaign_id,
            details={"outcome": outcome.key, "entry": entry.value},
        )


def _close(work: UnitOfWork, task: HeldTask, actor: Actor, outcome: str, answer: dict[str, Any]) -> None:
    _complete.send(
        work.connection,
        TaskNotNeeded,
        task_id=task.id,
        actor_id=actor.person_id,
        now=work.now,
        outcome=outcome,
        answer=answer,
    )


def claim(work: UnitOfWork, *, task_id: int, actor: Actor, request_key: str | None = None) -> None:
    """Take a task that a role has; refuses when somebody else has it already."""
    task = hold_task(work, task_id)
    if task.assignee_id == actor.person_id:
        refuse_repeated(work, request_key)
        return
    require_open(work, task)
    require_may_act(work, actor, task)
    _assign(work, task_id, actor.person_id)
    record_act(work, task, JournalKind.TASK_CLAIMED, actor, {"step": task.element_id}, request_key)


def release(work: UnitOfWork, *, task_id: int, actor: Actor, request_key: str | None = None) -> None:
    """Give a claimed task back to its role; refuses tasks that were never claimed from one."""
    task = hold_task(work, task_id)
    if task.role is None:
        raise NotPermitted
    if task.assignee_id is None:
        refuse_repeated(work, request_key)
        return
    require_open(work, task)
    require_may_act(work, actor, task)
    _assign(work, task_id, None)
    record_act(work, task, JournalKind.TASK_RELEASED, actor, {"step": task.element_id}, request_key)


def may_hand_over(actor: Actor, task: HeldTask) -> bool:
    """Tell whether the person may give the task to a colleague: who has it, or who leads the unit."""
    leads = actor.holds(Position.HEAD, task.run.unit_id) or actor.holds(
        Position.DEPUTY_HEAD, task.run.unit_id
    )
    return leads or may_act(actor, task)


def hand_over(
    work: UnitOfWork,
    *,
    task_id: int,
    actor: Actor,
    to_person_id: int,
    reason: str,
    request_key: str | None = None,
) -> None:
    """Give one open task to a colleague of the same unit, with a reason.

    The person who had it stays accountable (P2.3): both names stand on what the other does. Refuses who may not,
    people outside the unit, a missing reason, and personal acts (a signature over one's own record).
    """
    task = hold_task(work, task_id)
    if task.state is not TaskState.OPEN or task.assignee_id == to_person_id:
        refuse_repeated(work, request_key)
    require_open(work, task)
    step = step_of(work, task)
    if not may_hand_over(actor, task) or is_personal(step):
        raise NotPermitted
    if not reason.strip():
        raise ReasonMissing
    if to_person_id not in _colleagues(work, task):
        raise ValueNotOffered
    accountable = task.accountable_id or task.assignee_id or actor.person_id
    work.session.execute(
        update(Task)
        .where(Task.id == task_id)
        .values(
            assignee_id=to_person_id,
            accountable_id=None if accountable == to_person_id else accountable,
        ),
        execution_options={"synchronize_session": False},
    )
    details = {
        "step": task.element_id,
        "to": to_person_id,
        "from": task.assignee_id,
        "reason": reason.strip(),
    }
    record_act(work, task, JournalKind.TASK_HANDED_OVER, actor, details, request_key)
    announce(
        work,
        Message.TASK_HANDED_OVER,
        person_ids=[to_person_id],
        task_id=task_id,
        campaign_id=task.run.campaign_id,
        details={"reason": reason.strip(), "actor": actor.person_id},
    )


def is_personal(step: Step) -> bool:
    """Tell whether only the person concerned can do the step: confirming one's own record (P1.2, C2)."""
    return step.signature and step.assignee is not None and step.assignee.strip() == "person()"


def _colleagues(work: UnitOfWork, task: HeldTask) -> set[int]:
    unit_id = task.role_unit_id or task.run.unit_id
    people: set[int] = set()
    for position in Position:
        people.update(holders(work, None, position, unit_id))
    return people


def _assign(work: UnitOfWork, task_id: int, person_id: int | None) -> None:
    work.session.execute(
        update(Task).where(Task.id == task_id).values(assignee_id=person_id),
        execution_options={"synchronize_session": False},
    )

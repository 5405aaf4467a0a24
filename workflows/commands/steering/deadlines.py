"""Extending a deadline: running tasks, their ladders and drawn timers follow (C3)."""

from datetime import datetime

from sqlalchemy import select

from models.campaign import Campaign, CampaignState, Deadline, DeadlineExtension
from models.instance import ProcessInstance, Timer, TimerState
from models.journal import JournalKind
from models.notification import Message
from models.organisation import OrganisationUnit
from models.task import Task, TaskState
from workflows.actor import Actor
from workflows.commands.running import moves
from workflows.commands.running.names import surroundings_of
from workflows.commands.running.openings import due_of, holders
from workflows.commands.running.runs import lock_run
from workflows.commands.running.terms import calendar_of, deadline_of
from workflows.errors import CampaignClosed, DeadlineInThePast, NotPermitted, ReasonMissing, StepNotOpen
from workflows.notify.outbox import announce
from workflows.policy.escalation import step_on
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

# What tells that a rule hangs on a deadline.
_MARK = "deadline("


def extend(
    work: UnitOfWork,
    *,
    actor: Actor,
    campaign_id: int,
    key: str,
    level: str,
    unit_id: int | None,
    due_at: datetime,
    reason: str,
    request_key: str | None = None,
) -> int:
    """Move a deadline for all, a level or one unit, and give the number of tasks that followed.

    Refuses who is not an officer or head of the issuing unit, closed campaigns, a missing reason, and instants
    that are past or not after the present deadline.
    """
    refuse_repeated(work, request_key)
    campaign = work.session.get_one(Campaign, campaign_id, with_for_update=True)
    if not may_extend(actor, campaign):
        raise NotPermitted
    if campaign.state is not CampaignState.RUNNING:
        raise CampaignClosed
    if not reason.strip():
        raise ReasonMissing
    affected = _affected_units(work, campaign_id, level, unit_id)
    present = max((deadline_of(work, campaign_id, key, one) for one in affected), default=work.now)
    if due_at <= work.now or due_at <= present:
        raise DeadlineInThePast
    _store(work, campaign_id, key, level, unit_id, due_at)
    work.session.add(
        DeadlineExtension(
            campaign_id=campaign_id,
            key=key,
            level=level,
            unit_id=unit_id,
            due_before_at=present,
            due_at=due_at,
            reason=reason.strip()[:500],
            extended_at=work.now,
            extended_by_id=actor.person_id,
        )
    )
    work.session.flush()
    work.cache.clear()
    moved = _move_tasks(work, campaign_id, affected)
    _move_timers(work, campaign_id, affected)
    record(
        work,
        JournalKind.DEADLINE_EXTENDED,
        unit_id=unit_id or campaign.unit_id,
        campaign_id=campaign_id,
        actor_id=actor.person_id,
        details={"key": key, "level": level, "unit": unit_id, "due_at": due_at.isoformat(), "reason": reason},
        request_key=request_key,
    )
    return moved


def may_extend(actor: Actor, campaign: Campaign) -> bool:
    """Tell whether the person may move deadlines: officers and heads of the unit that issued them."""
    return any(actor.holds(position, campaign.unit_id) for position in ("head", "deputy_head", "officer"))


def _affected_units(work: UnitOfWork, campaign_id: int, level: str, unit_id: int | None) -> set[int]:
    query = (
        select(ProcessInstance.unit_id, OrganisationUnit.level_codes)
        .join(OrganisationUnit, OrganisationUnit.id == ProcessInstance.unit_id)
        .where(ProcessInstance.campaign_id == campaign_id)
        .distinct()
    )
    return {
        unit
        for unit, levels in work.session.execute(query)
        if (unit_id is None or unit == unit_id) and (not level or level in levels.split(","))
    }


def _store(
    work: UnitOfWork, campaign_id: int, key: str, level: str, unit_id: int | None, due_at: datetime
) -> None:
    """Write the rule; a wider extension also lifts the narrower rules that would end before it."""
    rules = work.session.scalars(
        select(Deadline).where(Deadline.campaign_id == campaign_id, Deadline.key == key)
    ).all()
    for rule in rules:
        narrower = unit_id is None and (not level or rule.level == level)
        if narrower and rule.due_at < due_at:
            rule.due_at = due_at
    if not any(rule.level == level and rule.unit_id == unit_id for rule in rules):
        work.session.add(
            Deadline(campaign_id=campaign_id, key=key, level=level, unit_id=unit_id, due_at=due_at)
        )
    for rule in rules:
        if rule.level == level and rule.unit_id == unit_id:
            rule.due_at = due_at


def _move_tasks(work: UnitOfWork, campaign_id: int, units: set[int]) -> int:
    """Compute due times again, as they would be had the task opened under the new deadline."""
    query = select(Task).where(
        Task.campaign_id == campaign_id, Task.unit_id.in_(units), Task.state == TaskState.OPEN
    )
    moved, now = 0, work.now
    told: dict[int, list[tuple[datetime, int]]] = {}
    for task in work.session.scalars(query.execution_options(yield_per=500)):
        step = work.engine.specification(task.version_id).steps[task.element_id]
        if step.due is None or _MARK not in step.due:
            continue
        # Seen from the day it opened, so that "three working days" does not start anew.
        work.now = task.opened_at
        due_at = due_of(work, lock_run(work.connection, task.instance_id), step, {})
        work.now = now
        if due_at == task.due_at:
            continue
        calendar = calendar_of(work, task.unit_id)
        standing = step_on(step.escalation, due_at, now, calendar, task.rungs_climbed)
        task.due_at, task.rungs_climbed, task.next_rung_at = due_at, standing.climbed, standing.next_at
        moved += 1
        for person_id in holders(work, task.assignee_id, task.role, task.role_unit_id):
            told.setdefault(person_id, []).append((due_at, task.id))
    for person_id, tasks in told.items():
        _tell(work, campaign_id, person_id, tasks)
    work.session.flush()
    return moved


def _tell(work: UnitOfWork, campaign_id: int, person_id: int, tasks: list[tuple[datetime, int]]) -> None:
    """Tell one person once, however many tasks of theirs moved."""
    first, last = min(tasks)[0], max(tasks)[0]
    details: dict[str, object] = {"due_at": first.isoformat()}
    if len(tasks) > 1:
        details["count"] = len(tasks)
    if last != first:
        details["until_at"] = last.isoformat()
    announce(
        work,
        Message.DEADLINE_EXTENDED,
        person_ids=[person_id],
        task_id=tasks[0][1] if len(tasks) == 1 else None,
        campaign_id=campaign_id,
        details=details,
    )


def _move_timers(work: UnitOfWork, campaign_id: int, units: set[int]) -> None:
    query = (
        select(Timer)
        .join(ProcessInstance, ProcessInstance.id == Timer.instance_id)
        .where(
            ProcessInstance.campaign_id == campaign_id,
            ProcessInstance.unit_id.in_(units),
            Timer.state == TimerState.WAITING,
            Timer.expression.contains(_MARK),
        )
    )
    for timer in work.session.scalars(query).all():
        run = lock_run(work.connection, timer.instance_id)
        due_at = work.engine.evaluate(timer.expression, {}, surroundings_of(work, run))
        if isinstance(due_at, datetime) and due_at != timer.due_at:
            try:
                moves.reschedule(work, run, timer.token, due_at)
            except StepNotOpen:
                continue

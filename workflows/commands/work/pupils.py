"""The pupils of a class, each a decision of its own: approve many in one act, return single ones (P2.1, C5)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.journal import JournalKind
from workflows.actor import Actor
from workflows.commands.running.terms import local_date
from workflows.commands.work.answers import LONGEST_REASON
from workflows.commands.work.freshness import confirm_fresh
from workflows.commands.work.held_tasks import HeldTask, hold_task, require_may_act, require_open, step_of
from workflows.errors import (
    FindingsUnexplained,
    NotPermitted,
    ReturnUnanswered,
    SubjectsMissing,
    SubjectUnknown,
    ValueTooLong,
)
from workflows.queries.records.corrections import Corrected, corrections_in
from workflows.queries.work.classroom import PupilEntry, pupils_under_review
from workflows.records.journal import record, record_each, refuse_repeated
from workflows.unit_of_work import UnitOfWork

_TO_DECIDE = (RosterState.OPEN, RosterState.RETURNED)


def approve(
    work: UnitOfWork,
    *,
    task_id: int,
    actor: Actor,
    pupil_ids: Collection[int],
    reasons: Mapping[int, str] | None = None,
    request_key: str | None = None,
) -> int:
    """Record one decision for each pupil named that is still open, and give how many there were.

    `reasons` say by pupil why what was found or returned is right as it is. Refuses who does not have the class's
    review task, pupils of other classes, an empty choice, with FindingsUnexplained findings without a reason, and
    with ReturnUnanswered who was returned and has neither a correction nor an answer.
    """
    task = _class_task(work, task_id, actor, request_key)
    if not pupil_ids:
        raise SubjectsMissing
    entries = _entries(work, task, pupil_ids)
    decided = [entry for entry in entries if entry.state in _TO_DECIDE]
    ids = {entry.subject_id for entry in decided}
    rows = [one for one in _under_review(work, task) if one.entry.subject_id in ids]
    given = _explanations(rows, reasons or {})
    odd = {one.entry.subject_id for one in rows if one.odd}
    for entry in decided:
        entry.state = RosterState.DONE
        entry.decided_at = work.now
        entry.decided_by_id = actor.person_id
        entry.on_behalf_of_id = task.on_behalf_of(actor)
    work.session.flush()
    confirm_fresh(work, kind="pupil", subject_ids=[entry.subject_id for entry in decided])
    _record(work, task, actor, request_key, {"approved": len(decided)})
    record_each(
        work,
        JournalKind.SUBJECT_APPROVED,
        [_decision(entry, given, odd) for entry in decided],
        unit_id=task.run.unit_id,
        campaign_id=task.run.campaign_id,
        instance_id=task.run.id,
        task_id=task.id,
        actor_id=actor.person_id,
        on_behalf_of_id=task.on_behalf_of(actor),
    )
    return len(decided)


def _decision(entry: RosterEntry, given: Mapping[int, str], odd: Collection[int]) -> dict[str, Any]:
    details: dict[str, Any] = {"kind": "pupil", "subject": entry.subject_id, "round": entry.round}
    if entry.subject_id in odd:
        details["odd"] = True
    if entry.subject_id in given:
        details["reason"] = given[entry.subject_id]
    return details


def _explanations(decided: Sequence[PupilEntry], typed: Mapping[int, str]) -> dict[int, str]:
    """Give the reasons of those who need one: a signed paper will say of what stays that it is right."""
    found = {one.entry.subject_id for one in decided if one.unexplained}
    needed = [one.entry.subject_id for one in decided if one.unexplained or one.unanswered]
    given = {pupil_id: typed.get(pupil_id, "").strip() for pupil_id in needed}
    if any(len(text) > LONGEST_REASON for text in given.values()):
        raise ValueTooLong(most=LONGEST_REASON)
    if silent := [pupil_id for pupil_id, text in given.items() if not text]:
        raise FindingsUnexplained(silent) if found.intersection(silent) else ReturnUnanswered(silent)
    return given


def _under_review(work: UnitOfWork, task: HeldTask) -> Sequence[PupilEntry]:
    run = task.run
    corrections: Corrected = {}
    if run.campaign_id is not None:
        corrections = corrections_in(
            work.session,
            campaign_id=run.campaign_id,
            unit_id=run.unit_id,
            subject_kind=run.subject_kind,
            subject_id=run.subject_id,
        )
    return pupils_under_review(
        work.session, run.campaign_id, run.subject_id, today=local_date(work.now), corrections=corrections
    )


def reopen(
    work: UnitOfWork,
    *,
    task_id: int,
    actor: Actor,
    pupil_ids: Collection[int],
    request_key: str | None = None,
) -> int:
    """Take back the approval of pupils while the class is still being reviewed, and give how many there were.

    Refuses as `approve` does; a pupil that is not approved any more is passed over.
    """
    task = _class_task(work, task_id, actor, request_key)
    if not pupil_ids:
        raise SubjectsMissing
    reopened = [entry for entry in _entries(work, task, pupil_ids) if entry.state is RosterState.DONE]
    for entry in reopened:
        entry.state = RosterState.OPEN if entry.round == 1 else RosterState.RETURNED
        entry.decided_at = entry.decided_by_id = entry.on_behalf_of_id = None
    work.session.flush()
    if reopened:
        _record(work, task, actor, request_key, {"reopened": [entry.subject_id for entry in reopened]})
    return len(reopened)


def _class_task(work: UnitOfWork, task_id: int, actor: Actor, request_key: str | None) -> HeldTask:
    """Hold the task on which pupils are decided: the review itself, not the steps that look at its result."""
    task = hold_task(work, task_id)
    refuse_repeated(work, request_key)
    require_open(work, task)
    require_may_act(work, actor, task)
    step = step_of(work, task)
    if step.review != "pupils" or not _decides_pupils(step.outcomes):
        raise NotPermitted
    return task


def _decides_pupils(outcomes: Collection[Any]) -> bool:
    """A step that can return pupils by name judges another's review; it approves them by its own outcome."""
    return not any(outcome.of == "pupils" for outcome in outcomes)


def _entries(work: UnitOfWork, task: HeldTask, pupil_ids: Collection[int]) -> list[RosterEntry]:
    entries = list(
        work.session.scalars(
            select(RosterEntry)
            .where(
                RosterEntry.campaign_id == task.run.campaign_id,
                RosterEntry.class_id == task.run.subject_id,
                RosterEntry.kind == SubjectKind.PUPIL,
                RosterEntry.subject_id.in_(pupil_ids),
                RosterEntry.state != RosterState.LEFT,
            )
            .order_by(RosterEntry.sort_key)
        )
    )
    if len(entries) != len(set(pupil_ids)):
        raise SubjectUnknown
    return entries


def _record(
    work: UnitOfWork, task: HeldTask, actor: Actor, request_key: str | None, details: Mapping[str, Any]
) -> None:
    """One entry for the act as a whole; it carries the request key."""
    record(
        work,
        JournalKind.PUPILS_DECIDED,
        unit_id=task.run.unit_id,
        campaign_id=task.run.campaign_id,
        instance_id=task.run.id,
        task_id=task.id,
        actor_id=actor.person_id,
        on_behalf_of_id=task.on_behalf_of(actor),
        details=details,
        request_key=request_key,
    )

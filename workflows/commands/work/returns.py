"""Returning exactly what is wrong, with a reason; what was accepted stays accepted (C5)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.journal import JournalEntry, JournalKind
from workflows.commands.running.beside import reviewed_beside
from workflows.commands.running.runs import Run
from workflows.commands.work.held_tasks import HeldTask
from workflows.engine import Outcome, Step
from workflows.errors import FormRefused, SubjectUnknown
from workflows.errors.answering import ReturnWithoutAnswer
from workflows.errors.steering import ReviewUnderWay
from workflows.queries.work.returned import is_corrected_since, is_worked_on, report_return
from workflows.queries.work.rounds import not_taken_back
from workflows.records.journal import record
from workflows.unit_of_work import UnitOfWork

_KINDS = {"persons": SubjectKind.STAFF, "pupils": SubjectKind.PUPIL, "classes": SubjectKind.CLASS}

# The round after the first return.
SECOND_ROUND = 2


def returns_subject(step: Step, outcome: Outcome) -> bool:
    """Tell whether an outcome sends back the run's own subject as a whole.

    Only a step that reviews it judges it; a head who refuses support gives the work back, nothing else.
    """
    return outcome.style == "return" and outcome.of is None and step.review is not None


def is_answered(work: UnitOfWork, task: HeldTask, step: Step, outcome: Outcome, reason: str) -> bool:
    """Tell whether an outcome answers in words to the return of the run's own subject as a whole.

    Refuses with FormRefused to send on what was returned when nothing was corrected in the task and nothing is said:
    who judges it again would find it as it was. Only an outcome that may be given words asks for them.
    """
    sends_on = outcome.style == "primary" and outcome.of is None and outcome.reason != "none"
    # The task that a return opens tells why; nearly all steps come after no return, and ask nothing more.
    if not task.returned_reason or not sends_on or step.review not in ("record", "pupils"):
        return False
    if not _is_returned(work, task.run):
        return False
    if reason.strip():
        return True
    if not is_worked_on(work.session, task.id):
        raise FormRefused({"reason": ReturnWithoutAnswer()})
    return False


def require_answered_report(
    work: UnitOfWork, run: Run, step: Step, outcome: Outcome, reason: str, values: Mapping[str, Any]
) -> None:
    """Refuse with FormRefused to sign a returned report again as it was: nothing returned, corrected or said.

    The words are those of the form that is signed, or of the outcome where it may be given a reason.
    """
    about_report = (
        step.review == "unit" and step.minutes is not None and run.subject_kind is SubjectKind.SCHOOL
    )
    if not about_report or outcome.style != "primary" or outcome.of is not None:
        return
    said = [field.key for field in step.fields if field.type in ("textarea", "text")]
    asked = "reason" if outcome.reason != "none" else next(iter(said), None)
    if asked is None or reason.strip() or any(str(values.get(key) or "").strip() for key in said):
        return
    back = report_return(work.session, run.campaign_id, run.unit_id) if _is_returned(work, run) else None
    if back is None or back.since:
        return
    if not is_corrected_since(work.session, run.campaign_id, run.unit_id, back.whole.returned.id):
        raise FormRefused({asked: ReturnWithoutAnswer()})


def _is_returned(work: UnitOfWork, run: Run) -> bool:
    returned = select(RosterEntry.id).where(
        RosterEntry.campaign_id == run.campaign_id,
        RosterEntry.kind == run.subject_kind,
        RosterEntry.subject_id == run.subject_id,
        RosterEntry.state == RosterState.RETURNED,
    )
    return work.session.scalar(returned) is not None


def return_subjects(
    work: UnitOfWork,
    run: Run,
    task_id: int,
    of: str,
    reasons: Mapping[int, str],
    actor_id: int,
    on_behalf_of_id: int | None,
) -> str:
    """Reopen the named persons, pupils or classes and give the reasons in one text, a line for each.

    Refuses with SubjectUnknown whoever is not part of the instance's unit or class, or has left, and with
    ReviewUnderWay who joined late and is still being reviewed.
    """
    kind = _KINDS[of]
    query = select(RosterEntry).where(
        RosterEntry.campaign_id == run.campaign_id,
        RosterEntry.kind == kind,
        RosterEntry.subject_id.in_(reasons),
        RosterEntry.state != RosterState.LEFT,
    )
    if kind is SubjectKind.PUPIL:
        query = query.where(RosterEntry.class_id == run.subject_id)
    else:
        query = query.where(RosterEntry.unit_id == run.unit_id)
    entries = work.session.scalars(query.order_by(RosterEntry.sort_key)).all()
    if len(entries) != len(reasons):
        raise SubjectUnknown
    under_way = reviewed_beside(work, run.campaign_id, run.unit_id, kind)
    if names := [entry.name for entry in entries if entry.subject_id in under_way]:
        raise ReviewUnderWay(name=", ".join(names))
    for entry in entries:
        reason = reasons[entry.subject_id].strip()
        before = _standing(entry)
        reopen(entry, reason)
        record(
            work,
            JournalKind.SUBJECT_RETURNED,
            unit_id=run.unit_id,
            campaign_id=run.campaign_id,
            instance_id=run.id,
            task_id=task_id,
            actor_id=actor_id,
            on_behalf_of_id=on_behalf_of_id,
            details={
                "kind": str(kind),
                "subject": entry.subject_id,
                "name": entry.name,
                "reason": reason,
                "before": before,
            },
        )
    work.session.flush()
    return "\n".join(f"{entry.name}: {entry.reason}" for entry in entries)


def reopen(entry: RosterEntry, reason: str) -> None:
    """Send one subject back for another round."""
    entry.round += entry.state is not RosterState.RETURNED
    entry.state = RosterState.RETURNED
    entry.reason = reason[:1000]
    entry.decided_at = entry.decided_by_id = entry.on_behalf_of_id = None


def _standing(entry: RosterEntry) -> dict[str, Any]:
    """How the entry stood, for whoever takes the return back."""
    return {
        "state": str(entry.state),
        "round": entry.round,
        "reason": entry.reason,
        "decided_at": entry.decided_at.isoformat() if entry.decided_at else None,
        "decided_by": entry.decided_by_id,
        "on_behalf_of": entry.on_behalf_of_id,
    }


def returns_by_name(work: UnitOfWork, task_id: int) -> Sequence[JournalEntry]:
    """Read what a task returned by name and nobody has taken back."""
    return work.session.scalars(
        select(JournalEntry).where(
            JournalEntry.task_id == task_id,
            JournalEntry.kind == JournalKind.SUBJECT_RETURNED,
            not_taken_back(),
        )
    ).all()


def take_back_by_name(work: UnitOfWork, run: Run, task_id: int) -> None:
    """Let everybody whom a task returned by name stand as before; who has left meanwhile stays out."""
    for returned in returns_by_name(work, task_id):
        before = returned.details["before"]
        decided_at = before["decided_at"]
        work.session.execute(
            update(RosterEntry)
            .where(
                RosterEntry.campaign_id == run.campaign_id,
                RosterEntry.kind == returned.details["kind"],
                RosterEntry.subject_id == returned.details["subject"],
                RosterEntry.state == RosterState.RETURNED,
            )
            .values(
                state=RosterState(before["state"]),
                round=before["round"],
                reason=before["reason"],
                decided_at=datetime.fromisoformat(decided_at) if decided_at else None,
                decided_by_id=before["decided_by"],
                on_behalf_of_id=before["on_behalf_of"],
            ),
            execution_options={"synchronize_session": False},
        )


def take_back_subject(work: UnitOfWork, run: Run) -> None:
    """Unmark the instance's own subject; one that was in a later round already is still a returned one."""
    mine = (
        RosterEntry.campaign_id == run.campaign_id,
        RosterEntry.kind == run.subject_kind,
        RosterEntry.subject_id == run.subject_id,
        RosterEntry.state == RosterState.RETURNED,
    )
    off = {"synchronize_session": False}
    work.session.execute(
        update(RosterEntry)
        .where(*mine, RosterEntry.round == SECOND_ROUND)
        .values(state=RosterState.OPEN, round=1, reason=""),
        execution_options=off,
    )
    work.session.execute(
        update(RosterEntry)
        .where(*mine, RosterEntry.round > SECOND_ROUND)
        .values(round=RosterEntry.round - 1),
        execution_options=off,
    )


def return_subject(work: UnitOfWork, run: Run, reason: str) -> None:
    """Mark the instance's own subject as returned; what lies below it stays as it is."""
    work.session.execute(
        update(RosterEntry)
        .where(
            RosterEntry.campaign_id == run.campaign_id,
            RosterEntry.kind == run.subject_kind,
            RosterEntry.subject_id == run.subject_id,
            RosterEntry.state != RosterState.LEFT,
        )
        .values(state=RosterState.RETURNED, round=RosterEntry.round + 1, reason=reason[:1000]),
        execution_options={"synchronize_session": False},
    )

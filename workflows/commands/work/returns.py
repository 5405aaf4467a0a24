"""Returning exactly what is wrong, with a reason; what was accepted stays accepted (C5)."""

from collections.abc import Mapping

from sqlalchemy import select, update

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.journal import JournalKind
from workflows.commands.running.runs import Run
from workflows.engine import Outcome, Step
from workflows.errors import SubjectUnknown
from workflows.records.journal import record
from workflows.unit_of_work import UnitOfWork

_KINDS = {"persons": SubjectKind.STAFF, "pupils": SubjectKind.PUPIL, "classes": SubjectKind.CLASS}


def returns_subject(step: Step, outcome: Outcome) -> bool:
    """Tell whether an outcome sends back the run's own subject as a whole.

    Only a step that reviews it judges it; a head who refuses support gives the work back, nothing else.
    """
    return outcome.style == "return" and outcome.of is None and step.review is not None


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

    Refuses with SubjectUnknown whoever is not part of the instance's unit or class, or has left.
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
    for entry in entries:
        reason = reasons[entry.subject_id].strip()
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
            details={"kind": str(kind), "subject": entry.subject_id, "name": entry.name, "reason": reason},
        )
    work.session.flush()
    return "\n".join(f"{entry.name}: {entry.reason}" for entry in entries)


def reopen(entry: RosterEntry, reason: str) -> None:
    """Send one subject back for another round."""
    entry.round += entry.state is not RosterState.RETURNED
    entry.state = RosterState.RETURNED
    entry.reason = reason[:1000]
    entry.decided_at = entry.decided_by_id = entry.on_behalf_of_id = None


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

"""Opening an incident: its row, an entry in the journal, and a notice to whoever can do something about it."""

from sqlalchemy import select

from models.instance import Finding, Incident, ProcessInstance
from models.journal import JournalKind
from models.notification import Message, Notification
from models.organisation import OrganisationUnit
from workflows.commands.running.runs import Run
from workflows.commands.running.terms import local_date
from workflows.engine import Reason
from workflows.notify.outbox import announce
from workflows.queries.operating.rights import operators_of
from workflows.records.journal import record
from workflows.unit_of_work import UnitOfWork

LONGEST_CAUSE, LONGEST_ELEMENT = 4000, 120


def open_incident(
    work: UnitOfWork,
    run: Run | ProcessInstance,
    *,
    cause: str,
    element: str = "",
    finding: Finding | None = None,
    timer_id: int | None = None,
    sent_id: int | None = None,
    task_id: int | None = None,
    acted_by: int | None = None,
) -> None:
    """Open an incident of an instance; a `cause` that is a Reason is told to people in its words.

    With `acted_by` it is the act of a person on a task that could not be taken: only they can try again.
    """
    incident = Incident(
        instance_id=run.id,
        timer_id=timer_id,
        sent_id=sent_id,
        finding=finding,
        element_id=element[:LONGEST_ELEMENT],
        cause=cause[:LONGEST_CAUSE],
        words=cause.as_plain() if isinstance(cause, Reason) else None,
        opened_at=work.now,
    )
    work.session.add(incident)
    work.session.flush()
    tell_of(work, run, incident, task_id, acted_by)


def tell_of(
    work: UnitOfWork,
    run: Run | ProcessInstance,
    incident: Incident,
    task_id: int | None = None,
    acted_by: int | None = None,
) -> None:
    """Write an incident down and tell the operators: when it opens, and when what they did about it was of no use."""
    element = incident.element_id
    details: dict[str, object] = {"element": element, "cause": incident.cause[:500]}
    if incident.finding is not None:
        details["finding"] = incident.finding
    if acted_by is not None:
        details |= {"incident": incident.id, "by": acted_by}
    record(
        work,
        JournalKind.INCIDENT_OPENED,
        unit_id=run.unit_id,
        campaign_id=run.campaign_id,
        instance_id=run.id,
        task_id=task_id,
        actor_id=None,
        details=details,
    )
    tell_operators(work, run, element, acted_by)


def tell_operators(
    work: UnitOfWork, run: Run | ProcessInstance, element: str = "", acted_by: int | None = None
) -> None:
    """Tell each administrator of the instance's department, unless they have not read of the same place yet.

    A fault in a drawing stops every run that comes to it: one notice is enough for all of them.
    """
    known = ("operators", run.unit_id)
    if known not in work.cache:
        work.cache[known] = operators_of(work.session, run.unit_id, local_date(work.now))
    operators: list[int] = work.cache[known]  # type: ignore[assignment]
    place = {"version": run.version_id, "element": element}
    rows = work.session.execute(
        select(Notification.person_id, Notification.details).where(
            Notification.person_id.in_(operators),
            Notification.read_at.is_(None),
            Notification.message == Message.INCIDENT_OPENED,
        )
    )
    told = {person_id for person_id, details in rows if place.items() <= details.items()}
    unit = work.session.get(OrganisationUnit, run.unit_id)
    announce(
        work,
        Message.INCIDENT_OPENED,
        person_ids=[one for one in operators if one not in told],
        details={
            **place,
            "instance": run.id,
            "unit": unit.short_name if unit else "",
            **({"actor": acted_by} if acted_by is not None else {}),
        },
    )

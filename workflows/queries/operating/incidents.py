"""Incidents: why in words, on which task somebody's act opened one, and how many are open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.instance import Finding, Incident, ProcessInstance
from models.journal import JournalEntry, JournalKind
from workflows.actor import Actor
from workflows.queries.operating.rights import operated_units


def N_(text: str) -> str:
    return text


# What the watchdog finds.
FOUND = {
    Finding.STUCK: N_("nothing in it is open, and it waits for nothing"),
    Finding.UNREADABLE: N_("its stored state cannot be read"),
    Finding.UNSEEN: N_("it waits there, but nobody has the task and nothing will bring it on"),
    Finding.GROUP_LEFT_OPEN: N_("all runs that it called have ended, and it did not go on"),
    Finding.TASK_LEFT_OPEN: N_("a task is open although the run has ended"),
}


def cause_of(incident: Incident) -> Mapping[str, object] | str:
    """Give why something cannot go on, as msgid and parameters; of earlier releases only the text is kept."""
    if incident.words is not None:
        return incident.words
    return {"msgid": FOUND[incident.finding], "params": {}} if incident.finding else incident.cause


def place_of(incident: Incident) -> str:
    """Give the element where something cannot go on, if it is one of the drawing."""
    # Minutes that cannot be printed stand there by the number of their document.
    return "" if " " in incident.element_id else incident.element_id


@dataclass(frozen=True, slots=True)
class ActBehind:
    """The act of a person that opened an incident; entries of earlier releases do not name the person."""

    task_id: int
    person_id: int | None


def acts_behind(session: Session, instance_id: int) -> Mapping[int, ActBehind]:
    """Give the acts that opened incidents of an instance, by incident; the others were opened by something else."""
    opened = session.execute(
        select(JournalEntry.task_id, JournalEntry.details)
        .where(
            JournalEntry.instance_id == instance_id,
            JournalEntry.kind == JournalKind.INCIDENT_OPENED,
            JournalEntry.task_id.is_not(None),
        )
        # Who tried again in vain after something was done is named once more.
        .order_by(JournalEntry.id)
    )
    return {
        details["incident"]: ActBehind(task_id, details.get("by"))
        for task_id, details in opened
        if task_id is not None and "incident" in details
    }


def open_incidents(session: Session, actor: Actor, today: date) -> int:
    """Count the open incidents of what somebody operates; refuses who operates nothing (NotPermitted)."""
    units = operated_units(session, actor, today)
    # From the few that are open to their units, not the other way round.
    own = (ProcessInstance.unit_id + 0).in_(select(units.c.unit_id))
    counted = (
        select(func.count(Incident.id))
        .join(ProcessInstance, ProcessInstance.id == Incident.instance_id)
        .where(Incident.resolved_at.is_(None), own)
    )
    return session.scalar(counted) or 0

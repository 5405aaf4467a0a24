"""Instances by state: a page of what an administrator's department runs, found by unit, procedure or name.

Without a filter only runs that no other run called are listed: the others are many, and are reached through them.
Each list walks one index and stops after a page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from models.campaign import SubjectKind
from models.instance import Incident, InstanceState, ProcessInstance
from models.organisation import OrganisationUnit
from models.process import ProcessDefinition, ProcessVersion
from workflows.actor import Actor
from workflows.queries.operating.named import ids_named
from workflows.queries.operating.rights import operated_units

PAGE = 50
UNFINISHED = (InstanceState.RUNNING, InstanceState.PENDING)


class View(StrEnum):
    """Which instances a list shows.

    Without a search each stands in one list: what is held or has an open incident does not stand among the running
    ones; held with an incident, it stands in both of theirs. A search of the running ones finds all that is unfinished.
    """

    RUNNING = "running"
    SUSPENDED = "suspended"
    INCIDENT = "incident"
    FINISHED = "finished"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to. `text` is part of the name of a person, a class or a unit, or a number."""

    view: View = View.RUNNING
    unit_id: int | None = None
    key: str = ""
    text: str = ""

    @property
    def narrowed(self) -> bool:
        return self.unit_id is not None or bool(self.key or self.text.strip())


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """One instance with what a row shows; `key`, `number` and names are those of its version."""

    id: int
    version_id: int
    definition_id: int
    key: str
    number: int
    name: str
    name_en: str
    unit_id: int
    unit_name: str
    campaign_id: int | None
    subject_kind: SubjectKind
    subject_id: int
    subject_name: str
    state: InstanceState
    suspended_at: datetime | None
    started_at: datetime
    ended_at: datetime | None
    group_id: int | None
    # Open incidents of this very run.
    incidents: int


@dataclass(frozen=True, slots=True)
class InstancePage:
    """A page, the youngest first; `next` is what the next page begins after (None: this is the last)."""

    rows: Sequence[InstanceRow]
    next: int | None


_open_incidents = (
    select(func.count())
    .where(Incident.instance_id == ProcessInstance.id, Incident.resolved_at.is_(None))
    .correlate(ProcessInstance)
    .scalar_subquery()
)
ROW = (
    ProcessInstance.id,
    ProcessInstance.version_id,
    ProcessVersion.definition_id,
    ProcessDefinition.key,
    ProcessVersion.number,
    ProcessDefinition.name,
    ProcessDefinition.name_en,
    ProcessInstance.unit_id,
    OrganisationUnit.short_name,
    ProcessInstance.campaign_id,
    ProcessInstance.subject_kind,
    ProcessInstance.subject_id,
    ProcessInstance.subject_name,
    ProcessInstance.state,
    ProcessInstance.suspended_at,
    ProcessInstance.started_at,
    ProcessInstance.ended_at,
    ProcessInstance.group_id,
    _open_incidents,
)


def instances_of(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    today: date,
    *,
    after: int | None = None,
    limit: int = PAGE,
) -> InstancePage:
    """Give a page of the instances of the departments that somebody administers; refuses others (NotPermitted)."""
    units = operated_units(session, actor, today)
    ids = page_of_ids(session, units, wanted, today, after, limit + 1)
    rows = rows_of(session, list(session.scalars(ids)) if ids is not None else [])
    return InstancePage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def rows_of(session: Session, instance_ids: Sequence[int]) -> list[InstanceRow]:
    """Give the rows of instances by their ids, the youngest first."""
    query = (
        select(*ROW)
        .select_from(ProcessInstance)
        .join(ProcessInstance.version)
        .join(ProcessVersion.definition)
    )
    query = query.join(OrganisationUnit, OrganisationUnit.id == ProcessInstance.unit_id)
    found = session.execute(
        query.where(ProcessInstance.id.in_(instance_ids)).order_by(ProcessInstance.id.desc())
    )
    return [InstanceRow(*row) for row in found]


def chosen_rows(
    session: Session, actor: Actor, instance_ids: Sequence[int], today: date
) -> list[InstanceRow]:
    """Give those of some instances that somebody operates, the youngest first; refuses who operates none."""
    units = operated_units(session, actor, today)
    own = select(ProcessInstance.id).where(
        ProcessInstance.id.in_(instance_ids), ProcessInstance.unit_id.in_(select(units.c.unit_id))
    )
    return rows_of(session, session.scalars(own).all())


def page_of_ids(
    session: Session, units: CTE, wanted: Wanted, today: date, after: int | None, most: int
) -> Select[Any] | None:
    """Build the query for the ids of a page; None where nothing can be found."""
    # Nearly every unit is one of theirs: the list walks the index of its view and asks each row, not each unit.
    own = (ProcessInstance.unit_id + 0).in_(select(units.c.unit_id))
    conditions = [own, *_in_view(wanted)]
    if wanted.unit_id is not None:
        conditions.append(ProcessInstance.unit_id == wanted.unit_id)
    if wanted.key:
        versions = _versions_of(session, wanted.key)
        if not versions:
            return None
        conditions.append(ProcessInstance.version_id.in_(versions))
    if wanted.text.strip():
        conditions.append(
            ProcessInstance.id.in_(ids_named(session, wanted.text, today, with_subjects=bool(wanted.key)))
        )
    if after is not None:
        conditions.append(ProcessInstance.id < after)
    query = select(ProcessInstance.id).where(*conditions)
    return query.order_by(ProcessInstance.id.desc()).limit(most)


def counts_of(session: Session, actor: Actor, today: date) -> dict[View, int]:
    """Count for each view what its list without a filter holds; refuses who administers nothing (NotPermitted)."""
    units = operated_units(session, actor, today)
    counts = {}
    for view in View:
        query = select(func.count()).select_from(ProcessInstance)
        own = (ProcessInstance.unit_id + 0).in_(select(units.c.unit_id))
        counts[view] = session.scalar(query.where(own, *_in_view(Wanted(view)))) or 0
    return counts


def _in_view(wanted: Wanted) -> list[ColumnElement[bool]]:
    match wanted.view:
        case View.SUSPENDED:
            # All below it is held too: listed is where an operator held it. What ended meanwhile stays as it was.
            held = aliased(ProcessInstance)
            where = select(held.held_from_id).where(
                held.held_from_id.is_not(None), held.suspended_at.is_not(None), held.state.in_(UNFINISHED)
            )
            return [ProcessInstance.id.in_(where), ProcessInstance.state.in_(UNFINISHED)]
        case View.INCIDENT:
            # Wherever in a tree it stands: it is what somebody has to look at.
            return [ProcessInstance.id.in_(_having_incident())]
        case View.RUNNING if wanted.narrowed:
            return [ProcessInstance.state.in_(UNFINISHED)]
        case _:
            conditions: list[ColumnElement[bool]] = [
                ProcessInstance.state == InstanceState(wanted.view.value)
            ]
    if wanted.narrowed:
        return conditions
    if wanted.view is View.RUNNING:
        conditions += [ProcessInstance.suspended_at.is_(None), ProcessInstance.id.not_in(_having_incident())]
    return [*conditions, ProcessInstance.group_id.is_(None)]


def _having_incident() -> Select[Any]:
    return select(Incident.instance_id).where(Incident.resolved_at.is_(None))


def _versions_of(session: Session, key: str) -> Sequence[int]:
    return session.scalars(
        select(ProcessVersion.id).join(ProcessVersion.definition).where(ProcessDefinition.key == key)
    ).all()

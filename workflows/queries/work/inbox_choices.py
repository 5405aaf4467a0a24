"""What the filters of an inbox offer: the campaigns, steps, units and classes that occur in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from models.campaign import Campaign, SubjectKind
from models.organisation import OrganisationUnit
from models.school import SchoolClass, TeachingAssignment
from models.task import Task
from workflows.actor import Actor
from workflows.policy.person_names import label_key
from workflows.queries.work.inbox import IS_OPEN, sources_of

# A list to choose from with more than these is worse than the search beside it.
MOST = 200


@dataclass(frozen=True, slots=True)
class InboxChoices:
    """The choices of each filter; steps as (version, element)."""

    campaigns: Sequence[Campaign] = ()
    steps: Sequence[tuple[int, str]] = ()
    units: Sequence[OrganisationUnit] = ()
    classes: Sequence[SchoolClass] = ()


def choices_of(session: Session, actor: Actor) -> InboxChoices:
    """List what occurs among the tasks the person can act on, filtered or not."""
    sources = sources_of(actor)
    seen: set[tuple[int | None, int, str, int]] = set()
    for source in sources:
        query = (
            select(Task.campaign_id, func.max(Task.version_id), Task.element_id, Task.unit_id)
            .where(IS_OPEN, source)
            .group_by(Task.campaign_id, Task.element_id, Task.unit_id)
            .limit(MOST)
        )
        seen.update((row[0], row[1], row[2], row[3]) for row in session.execute(query))
    steps = {element: version for _, version, element, _ in seen}
    return InboxChoices(
        _campaigns(session, {campaign for campaign, _, _, _ in seen if campaign is not None}),
        [(version, element) for element, version in steps.items()],
        _units(session, {unit for _, _, _, unit in seen}),
        _classes(session, sources),
    )


def _campaigns(session: Session, ids: set[int]) -> Sequence[Campaign]:
    return session.scalars(select(Campaign).where(Campaign.id.in_(ids)).order_by(Campaign.id.desc())).all()


def _units(session: Session, ids: set[int]) -> Sequence[OrganisationUnit]:
    return session.scalars(
        select(OrganisationUnit)
        .where(OrganisationUnit.id.in_(ids))
        .order_by(OrganisationUnit.search_text, OrganisationUnit.id)
    ).all()


def _classes(session: Session, sources: Sequence[ColumnElement[bool]]) -> Sequence[SchoolClass]:
    """The classes that tasks are about, and those in which a subject is taught that tasks are about."""
    taught = and_(Task.subject_kind == SubjectKind.ASSIGNMENT, TeachingAssignment.id == Task.subject_id)
    ids: set[int] = set()
    for source in sources:
        query = (
            select(func.coalesce(TeachingAssignment.class_id, Task.subject_id))
            .select_from(Task)
            .outerjoin(TeachingAssignment, taught)
            .where(IS_OPEN, source, Task.subject_kind.in_([SubjectKind.CLASS, SubjectKind.ASSIGNMENT]))
            .distinct()
            .limit(MOST)
        )
        ids.update(session.scalars(query))
    found = session.scalars(select(SchoolClass).where(SchoolClass.id.in_(ids))).all() if ids else []
    return sorted(found, key=lambda one: (label_key(one.name), one.id))

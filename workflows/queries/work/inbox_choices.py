"""What the filters of an inbox offer: the campaigns, steps, units and classes that occur in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.campaign import Campaign, SubjectKind
from models.organisation import OrganisationUnit
from models.school import SchoolClass, TeachingAssignment
from models.task import Task
from workflows.actor import Actor
from workflows.policy.person_names import label_key
from workflows.queries.work.inbox_list import Shape, Statement, over, shape_of, values_of

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
    shape, values = shape_of(actor), values_of(actor)
    seen = session.execute(_occurring(shape), values).all()
    steps = {element: version for _, version, element, _ in seen}
    return InboxChoices(
        _campaigns(session, {campaign for campaign, _, _, _ in seen if campaign is not None}),
        [(version, element) for element, version in steps.items()],
        _units(session, {unit for _, _, _, unit in seen}),
        _classes(session, set(session.scalars(_class_ids(shape), values))),
    )


@lru_cache(maxsize=64)
def _occurring(shape: Shape) -> Statement:
    """Ask for campaign, version, step and unit of the tasks."""
    columns = Task.campaign_id, Task.element_id, Task.unit_id
    version = func.max(Task.version_id).label("version_id")
    return over(
        shape,
        lambda listed: (
            select(Task.campaign_id, version, Task.element_id, Task.unit_id)
            .where(listed)
            .group_by(*columns)
            .limit(MOST)
        ),
    )


@lru_cache(maxsize=64)
def _class_ids(shape: Shape) -> Statement:
    """Ask for the classes that tasks are about, and those in which a subject is taught that tasks are about."""
    taught = and_(Task.subject_kind == SubjectKind.ASSIGNMENT, TeachingAssignment.id == Task.subject_id)
    class_id = func.coalesce(TeachingAssignment.class_id, Task.subject_id).label("class_id")
    about = Task.subject_kind.in_([SubjectKind.CLASS, SubjectKind.ASSIGNMENT])
    return over(
        shape,
        lambda listed: (
            select(class_id)
            .select_from(Task)
            .outerjoin(TeachingAssignment, taught)
            .where(listed, about)
            .distinct()
            .limit(MOST)
        ),
    )


def _campaigns(session: Session, ids: set[int]) -> Sequence[Campaign]:
    return session.scalars(select(Campaign).where(Campaign.id.in_(ids)).order_by(Campaign.id.desc())).all()


def _units(session: Session, ids: set[int]) -> Sequence[OrganisationUnit]:
    return session.scalars(
        select(OrganisationUnit)
        .where(OrganisationUnit.id.in_(ids))
        .order_by(OrganisationUnit.search_text, OrganisationUnit.id)
    ).all()


def _classes(session: Session, ids: set[int]) -> Sequence[SchoolClass]:
    found = session.scalars(select(SchoolClass).where(SchoolClass.id.in_(ids))).all() if ids else []
    return sorted(found, key=lambda one: (label_key(one.name), one.id))

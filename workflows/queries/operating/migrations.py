"""What pages of migrations read: where a version runs, which instances an order names, how far one has come."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from models.instance import ChildGroup, InstanceState, ProcessInstance
from models.migration import Migration, MigrationRefusal
from models.organisation import OrganisationUnit
from models.process import ProcessVersion
from workflows.errors.operating import MigrationGone

PAGE = 50
# Units that a form offers.
UNITS = 500
UNFINISHED = (InstanceState.PENDING, InstanceState.RUNNING)


def _running_on(version_id: int) -> Select[Any]:
    return select(ProcessInstance.id).where(
        ProcessInstance.version_id == version_id, ProcessInstance.state.in_(UNFINISHED)
    )


def units_of(session: Session, version_id: int) -> Sequence[OrganisationUnit]:
    """List the units in which a version runs, by name."""
    running = select(ProcessInstance.unit_id).where(
        ProcessInstance.version_id == version_id, ProcessInstance.state.in_(UNFINISHED)
    )
    query = select(OrganisationUnit).where(OrganisationUnit.id.in_(running))
    return session.scalars(
        query.order_by(OrganisationUnit.short_name, OrganisationUnit.id).limit(UNITS)
    ).all()


def ids_in(session: Session, version_id: int, unit_id: int, most: int) -> Sequence[int]:
    """Give the unfinished instances of a version in a unit, in order."""
    query = _running_on(version_id).where(ProcessInstance.unit_id == unit_id)
    return session.scalars(query.order_by(ProcessInstance.id).limit(most)).all()


def ids_among(session: Session, version_id: int, instance_ids: Collection[int]) -> Sequence[int]:
    """Give those of some instances that run on a version."""
    query = _running_on(version_id).where(ProcessInstance.id.in_(instance_ids))
    return session.scalars(query.order_by(ProcessInstance.id)).all()


def staying_below(session: Session, version_id: int, instance_ids: Collection[int]) -> int:
    """Count the unfinished items of sub-processes of some instances that run on a version and are not among them."""
    items = select(func.count()).select_from(ProcessInstance).join(ProcessInstance.group)
    query = items.where(ProcessInstance.version_id == version_id, ProcessInstance.state.in_(UNFINISHED))
    below = query.where(ChildGroup.area != "", ChildGroup.parent_id.in_(instance_ids))
    return session.scalar(below.where(ProcessInstance.id.not_in(instance_ids))) or 0


def migration_of(session: Session, migration_id: int) -> Migration:
    """Give a migration with its versions; refuses with MigrationGone."""
    found = session.scalar(
        select(Migration)
        .where(Migration.id == migration_id)
        .options(
            joinedload(Migration.from_version).joinedload(ProcessVersion.definition),
            joinedload(Migration.to_version),
            joinedload(Migration.started_by),
        )
    )
    if found is None:
        raise MigrationGone
    return found


def migrations_from(session: Session, version_ids: Collection[int]) -> Sequence[Migration]:
    """List the last migrations away from some versions, the youngest first."""
    query = select(Migration).where(Migration.from_version_id.in_(version_ids))
    loaded = query.options(joinedload(Migration.from_version), joinedload(Migration.to_version))
    return session.scalars(loaded.order_by(Migration.id.desc()).limit(PAGE)).all()


def refusals_of(
    session: Session, migration_id: int, *, after: int = 0, limit: int = PAGE
) -> tuple[Sequence[MigrationRefusal], int | None]:
    """Give a page of what stayed on its version and why, and after what the next page begins."""
    query = select(MigrationRefusal).where(
        MigrationRefusal.migration_id == migration_id, MigrationRefusal.id > after
    )
    found = session.scalars(query.order_by(MigrationRefusal.id).limit(limit + 1)).all()
    return found[:limit], found[limit - 1].id if len(found) > limit else None

"""Who keeps which unit: the administrator of the department everything, the head of a school its people's accounts."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.organisation import OrganisationUnit, UnitKind
from models.person import Appointment, Position
from models.school import StaffMember
from workflows.actor import Actor
from workflows.policy.permissions import FILLED_BY_HEAD
from workflows.queries.organisation import superiors_of


def administers(session: Session, actor: Actor, unit_id: int, on: date) -> bool:
    """Tell whether somebody is administrator of the department to which a unit belongs on a day.

    A unit that reports to nobody yet belongs to any department.
    """
    own = _departments_of(session, actor)
    if not own:
        return False
    above = [unit.id for unit in superiors_of(session, unit_id, on)]
    if own.intersection({unit_id, *above}):
        return True
    unit = session.get(OrganisationUnit, unit_id)
    return unit is not None and unit.kind is not UnitKind.DEPARTMENT and not above


def keeps_accounts(session: Session, actor: Actor, unit_id: int, on: date) -> bool:
    """Tell whether somebody keeps accounts of a unit's people: its administrator, or the head of the school."""
    return leads_school(session, actor, unit_id) or administers(session, actor, unit_id, on)


def leads_school(session: Session, actor: Actor, unit_id: int) -> bool:
    """Tell whether somebody is head of a unit that is a school."""
    if not actor.holds(Position.HEAD, unit_id):
        return False
    unit = session.get(OrganisationUnit, unit_id)
    return unit is not None and unit.kind is UnitKind.SCHOOL


def out_of_reach(
    session: Session, actor: Actor, unit_id: int, person_ids: Collection[int], on: date
) -> set[int]:
    """Name those of a unit's people whose accounts somebody does not keep, although they keep others of the unit.

    Whose password one sets, as them one can log in: the head of a school keeps nobody who holds another position
    than the head may fill, or who belongs to another unit as well.
    """
    if administers(session, actor, unit_id, on):
        return set()
    if not leads_school(session, actor, unit_id):
        return set(person_ids)
    elsewhere = session.scalars(
        select(Appointment.person_id).where(
            Appointment.person_id.in_(person_ids),
            or_(Appointment.until_on.is_(None), Appointment.until_on >= on),
            or_(Appointment.unit_id != unit_id, Appointment.position.not_in(FILLED_BY_HEAD)),
        )
    )
    on_other_lists = session.scalars(
        select(StaffMember.person_id).where(
            StaffMember.person_id.in_(person_ids),
            StaffMember.unit_id != unit_id,
            or_(StaffMember.left_on.is_(None), StaffMember.left_on > on),
        )
    )
    return {*elsewhere, *on_other_lists}


def belongs(session: Session, person_id: int, unit_id: int) -> bool:
    """Tell whether somebody is or ever was of a unit: on its staff list, or appointed in it."""
    listed = select(StaffMember.id).where(StaffMember.unit_id == unit_id, StaffMember.person_id == person_id)
    appointed = select(Appointment.id).where(
        Appointment.person_id == person_id, Appointment.unit_id == unit_id
    )
    return any(session.scalar(one.limit(1)) is not None for one in (listed, appointed))


def _departments_of(session: Session, actor: Actor) -> set[int]:
    held = actor.units_with(Position.ADMINISTRATOR)
    if not held:
        return set()
    departments = select(OrganisationUnit.id).where(
        OrganisationUnit.id.in_(held), OrganisationUnit.kind == UnitKind.DEPARTMENT
    )
    return set(session.scalars(departments))

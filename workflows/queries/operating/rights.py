"""Who operates what: the administrators of a department, all that belongs to it (C10)."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import CTE
from sqlalchemy.orm import Session

from models.person import Position
from workflows.actor import Actor
from workflows.errors import NotPermitted
from workflows.policy import permissions
from workflows.queries.organisation import holders_of, subtree, superiors_of
from workflows.queries.procedures import departments


def operated_departments(session: Session, actor: Actor) -> Sequence[int]:
    """Give the departments that somebody administers; refuses who administers none with NotPermitted."""
    if not actor.units_with(Position.ADMINISTRATOR):
        raise NotPermitted
    return permissions.require_may_operate(actor, departments(session))


def operated_units(session: Session, actor: Actor, today: date) -> CTE:
    """Give the units whose instances somebody operates, as a CTE with the column `unit_id`; refuses as above."""
    return subtree(operated_departments(session, actor), today)


def operators_of(session: Session, unit_id: int, on: date) -> list[int]:
    """Give the people who may operate what runs in a unit: the administrators of its department."""
    line = [unit_id, *(unit.id for unit in superiors_of(session, unit_id, on))]
    return [
        person.id
        for department in departments(session)
        if department in line
        for person in holders_of(session, Position.ADMINISTRATOR, department, on)
    ]


def require_may_operate(session: Session, actor: Actor, unit_id: int, today: date) -> int:
    """Refuse who does not administer the department of a unit; give the department."""
    own = operated_departments(session, actor)
    line = (unit_id, *(unit.id for unit in superiors_of(session, unit_id, today)))
    for department in own:
        if department in line:
            return department
    raise NotPermitted


def may_operate(session: Session, actor: Actor) -> bool:
    """Tell whether somebody operates anything, for the frame of pages."""
    if not actor.units_with(Position.ADMINISTRATOR):
        return False
    return permissions.may_manage_procedures(actor, departments(session))

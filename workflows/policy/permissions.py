"""Who may do what beyond their own tasks, as pure functions over the positions a person holds."""

from collections.abc import Collection

from models.person import Position
from workflows.actor import Actor
from workflows.errors import NotPermitted

# Positions that the head of a unit fills; heads and administrators are named from above.
FILLED_BY_HEAD = frozenset({Position.DEPUTY_HEAD, Position.OFFICER, Position.TEACHER, Position.EMPLOYEE})


def may_manage_procedures(actor: Actor, department_ids: Collection[int]) -> bool:
    """Tell whether somebody keeps the procedures: the administrator of a department.

    A drawing holds for every unit below, so the administrator of a school may not publish one.
    """
    return any(unit_id in department_ids for unit_id in actor.units_with(Position.ADMINISTRATOR))


def require_may_manage_procedures(actor: Actor, department_ids: Collection[int]) -> int:
    """Refuse whoever may not keep the procedures; give the department for which they act."""
    for unit_id in actor.units_with(Position.ADMINISTRATOR):
        if unit_id in department_ids:
            return unit_id
    raise NotPermitted


def require_may_operate(actor: Actor, department_ids: Collection[int]) -> tuple[int, ...]:
    """Refuse who may not look into and mend running instances; give the departments for which they may.

    Only the administrator of a department: an instance may belong to any unit below, and stands in its way.
    """
    own = tuple(unit for unit in actor.units_with(Position.ADMINISTRATOR) if unit in department_ids)
    if not own:
        raise NotPermitted
    return own

"""What the frame of every page shows of the person's place: unit, whom to ask, unread notices."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.notification import Notification
from models.organisation import OrganisationUnit, UnitKind
from models.person import Position
from workflows.actor import Actor
from workflows.queries.organisation import with_superior

# Where somebody holds several positions, the frame names the unit of the weightiest.
WEIGHT = {position: weight for weight, position in enumerate(Position)}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The person's unit and the one above it, with their contacts (C12)."""

    unit: OrganisationUnit | None = None
    superior: OrganisationUnit | None = None
    # The person is head of the unit, and it is a school: they keep its accounts.
    leads_school: bool = False


def surroundings_of(session: Session, actor: Actor, on: date) -> Surroundings:
    """Give the unit a person mainly belongs to on a day, and its superior."""
    if not actor.held:
        return Surroundings()
    main = min(actor.held, key=lambda held: (WEIGHT[held.position], held.unit_id))
    unit, superior = with_superior(session, main.unit_id, on)
    leads = main.position is Position.HEAD and unit is not None and unit.kind is UnitKind.SCHOOL
    return Surroundings(unit, superior, leads)


def unread_notices(session: Session, person_id: int) -> int:
    """Count the notices a person has not read."""
    unread = select(func.count()).where(Notification.person_id == person_id, Notification.read_at.is_(None))
    return session.scalar(unread) or 0

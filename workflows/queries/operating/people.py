"""Whom a variable of a run may name when an operator corrects it: who is offered is who is accepted."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from models.person import Person
from workflows.queries.organisation import superiors_of
from workflows.queries.work.task_page import people_of

# The variable in which every run keeps who started it.
INITIATOR = "initiator"


def people_for(session: Session, variable: str, unit_id: int, today: date) -> Sequence[Person]:
    """List who works in the run's unit, as its forms do; a run is also started by somebody of a unit above."""
    units = [unit_id]
    if variable == INITIATOR:
        units += [unit.id for unit in superiors_of(session, unit_id, today)]
    found = {person.id: person for unit in units for person in people_of(session, unit, today)}
    return sorted(found.values(), key=lambda person: (person.sort_key, person.id))

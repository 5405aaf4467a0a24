"""Who acts: a person with the positions held on that day. Read inside the transaction that acts."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, or_, select

from models.person import Appointment, Position
from models.prepared import Prepared
from models.underway import Sent

# Above a school: whoever holds one of these follows the whole territory (C8).
FOLLOWING = frozenset({Position.HEAD, Position.DEPUTY_HEAD, Position.OFFICER, Position.ADMINISTRATOR})

_held = Prepared(
    select(Appointment.unit_id, Appointment.position).where(
        Appointment.person_id == bindparam("person_id"),
        Appointment.from_on <= bindparam("today"),
        or_(Appointment.until_on.is_(None), Appointment.until_on >= bindparam("today")),
    )
)


@dataclass(frozen=True, slots=True)
class Held:
    """A position in a unit."""

    unit_id: int
    position: Position


class Actor:
    """A person and what they hold today."""

    __slots__ = ("_held", "person_id")

    def __init__(self, person_id: int, held: tuple[Held, ...] | Sent = ()) -> None:
        self.person_id = person_id
        self._held = held

    @property
    def held(self) -> tuple[Held, ...]:
        """The positions; the first look may wait for the database."""
        if isinstance(self._held, Sent):
            self._held = tuple(Held(unit_id, Position(position)) for unit_id, position in self._held.rows)
        return self._held

    def holds(self, position: str, unit_id: int) -> bool:
        """Tell whether the person holds the position in that unit."""
        return any(held.unit_id == unit_id and held.position == position for held in self.held)

    def units_with(self, *positions: Position) -> tuple[int, ...]:
        """Give the units in which the person holds one of the positions."""
        return tuple(held.unit_id for held in self.held if held.position in positions)


def actor_of(connection: Connection, person_id: int, today: date) -> Actor:
    """Read who a person is on a day, within the transaction of this connection."""
    return Actor(person_id, _held.send(connection, person_id=person_id, today=today))

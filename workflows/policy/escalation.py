"""The escalation ladder of a task (C4): when each rung is climbed, and which one is next.

A ladder is climbed in the order of time, one rung after another; `climbed` counts the rungs below the foot.
What a rung does, and to whom, is not known here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from workflows.policy.calendar import WorkingCalendar


class Rung(Protocol):
    """A rung as drawn: how far from the deadline in working time, towards whom, and as what."""

    @property
    def after(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def kind(self) -> Literal["remind", "escalate"]: ...


@dataclass(frozen=True, slots=True)
class RungInstant:
    """A rung with its instant; `number` is what `climbed` becomes when it is climbed."""

    number: int
    at: datetime
    rung: Rung


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a task stands on its ladder: rungs left behind, and the next one (None at the top)."""

    climbed: int
    next: RungInstant | None

    @property
    def next_at(self) -> datetime | None:
        """When the next rung is due; may lie in the past, then it is due at once."""
        return self.next.at if self.next else None


def rung_instants(
    ladder: Sequence[Rung], due_at: datetime, calendar: WorkingCalendar
) -> tuple[RungInstant, ...]:
    """Give the rungs in order of time; rungs of the same instant keep the order in which they are drawn."""
    timed = sorted(((calendar.shift(due_at, rung.after), rung) for rung in ladder), key=lambda pair: pair[0])
    return tuple(RungInstant(number, at, rung) for number, (at, rung) in enumerate(timed, start=1))


def step_on(
    ladder: Sequence[Rung], due_at: datetime, now: datetime, calendar: WorkingCalendar, climbed: int = 0
) -> Standing:
    """Place a task on its ladder when it opens, or again when its deadline was moved (C3).

    Rungs whose instant is past are left behind unclimbed, so that a task which opens late does not flood
    people. One exception: if the latest of them lies at or after the deadline, the task is overdue and this
    rung is due at once, unless it was `climbed` before. After an extension, rungs that lie ahead again are
    climbed again.
    """
    rungs = rung_instants(ladder, due_at, calendar)
    past = sum(rung.at <= now for rung in rungs)
    if climbed < past and rungs[past - 1].at >= due_at:
        past -= 1
    return _standing(rungs, past)


def climb(
    ladder: Sequence[Rung], due_at: datetime, climbed: int, now: datetime, calendar: WorkingCalendar
) -> tuple[tuple[RungInstant, ...], Standing]:
    """Go up from `climbed` to where a task stands by now, and give the rungs on the way.

    They are several where no worker ran for a while: each is dated and visible to the late one, and people hear of the
    highest that concerns them, once.
    """
    rungs = rung_instants(ladder, due_at, calendar)
    reached = tuple(rung for rung in rungs[climbed:] if rung.at <= now)
    return reached, _standing(rungs, climbed + len(reached))


def _standing(rungs: Sequence[RungInstant], climbed: int) -> Standing:
    climbed = min(climbed, len(rungs))
    return Standing(climbed, rungs[climbed] if climbed < len(rungs) else None)

"""What a scenario is once it has been read: the people, the beginning, and the steps to play."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from workflows.rehearsal.cast import Cast


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the cast as a value of a variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody completes a step; `refused` when the product must not let them."""

    line: int
    who: str
    step: str
    about: str | None = None
    outcome: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    returned: Mapping[str, str] = field(default_factory=dict)
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Pass:
    """Time passes: a number of `working days`, `working hours`, `days`, `hours`, `minutes` or `weeks`."""

    line: int
    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Until:
    """Time passes up to an instant."""

    line: int
    instant: datetime


@dataclass(frozen=True, slots=True)
class End:
    """The runs that a call waits for end with a result, without being played."""

    line: int
    call: str
    about: tuple[str, ...]
    result: object


@dataclass(frozen=True, slots=True)
class Send:
    """A message or a signal comes from outside."""

    line: int
    kind: str
    name: str
    values: Mapping[str, Any]
    correlation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody comes to the roster of the school (`joins`) or goes from it (`leaves`)."""

    line: int
    who: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Extend:
    """The issuer moves a deadline."""

    line: int
    key: str
    to: datetime


@dataclass(frozen=True, slots=True)
class OpenPhrase:
    """An open task: how many of a step, about whom, who can do it, who answers for it, until when."""

    count: int
    step: str
    about: str | None = None
    who: tuple[str, ...] = ()
    accountable: str | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class TellPhrase:
    """Who was reminded of a step, or told that it is late; nobody named: somebody."""

    step: str
    about: str | None = None
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expect:
    """What must be true now; what is None was not asked."""

    line: int
    open: tuple[OpenPhrase, ...] | None = None
    among: tuple[OpenPhrase, ...] = ()
    closed: tuple[str, ...] = ()
    reminded: tuple[TellPhrase, ...] | None = None
    escalated: tuple[TellPhrase, ...] | None = None
    state: str | None = None
    result: object = None
    asks_result: bool = False
    variables: Mapping[str, Any] = field(default_factory=dict)


Step = Act | Pass | Until | End | Send | Move | Extend | Expect


@dataclass(frozen=True, slots=True)
class Given:
    """How things are before the first step. `campaign` is the unit that issues the deadlines."""

    cast: Cast
    now: datetime
    deadlines: Mapping[str, datetime] = field(default_factory=dict)
    campaign: str | None = None
    days_off: Mapping[date, str] = field(default_factory=dict)
    start_with: Mapping[str, Any] = field(default_factory=dict)
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One play of a procedure; `rules` are the rules of the procedure that it shows."""

    file: Path
    line: int
    name: str
    procedure: str
    about: str | None
    given: Given
    rules: tuple[str, ...]
    steps: tuple[Step, ...]

"""What goes into the engine and what comes out of it: plain, frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The instant and the names (plain values and functions) that expressions may use."""

    now: datetime
    names: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenStep:
    """One user step that waits; `values` is the data at its token."""

    token: str
    element_id: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DueTimer:
    """One waiting timer; `expression` lets an extension compute the instant again."""

    token: str
    element_id: str
    due_at: datetime
    expression: str


@dataclass(frozen=True, slots=True)
class ChildItem:
    """One child to run: the values it starts with, and the raw item of the collection."""

    key: str | int
    values: Mapping[str, object]
    item: object = None


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A call activity has been reached: run one child of `called` per item, then resume `token`.

    With `sequential` only the first item starts; the caller starts the next when one ends. `condition` is to
    be evaluated after each child, over the child's data and `nrOfInstances`, `nrOfCompletedInstances` and
    `nrOfActiveInstances`; when true the rest is cancelled and the token resumed.
    """

    token: str
    element_id: str
    called: str
    sequential: bool
    items: tuple[ChildItem, ...]
    condition: str | None


@dataclass(frozen=True, slots=True)
class Escaped:
    """An error or escalation that nothing inside the instance caught."""

    code: str
    kind: Literal["error", "escalation"]


@dataclass(frozen=True, slots=True)
class Thrown:
    """A message or signal sent by the instance to whoever waits for it."""

    name: str
    kind: Literal["message", "signal"]
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The tokens of steps, and of timers with their instants."""

    steps: frozenset[str] = frozenset()
    timers: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An instance after a move.

    `steps`, `timers`, `awaited` and `calls` (tokens of call activities) list everything that waits after the move.
    `groups`, `cancelled_groups`, `escaped` and `thrown` list only what this move caused. `result` is filled when
    `finished`: the data at the end, and under "result" the `rs:result` of the end event reached last (or None);
    `state` is then empty. `before` is what waited before the move, apart from the token that was moved; None
    where nothing was moved.
    """

    state: bytes
    finished: bool
    steps: tuple[OpenStep, ...] = ()
    timers: tuple[DueTimer, ...] = ()
    groups: tuple[NewGroup, ...] = ()
    cancelled_groups: tuple[str, ...] = ()
    escaped: tuple[Escaped, ...] = ()
    thrown: tuple[Thrown, ...] = ()
    awaited: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    result: Mapping[str, object] = field(default_factory=dict)
    before: Waiting | None = field(default=None, compare=False)

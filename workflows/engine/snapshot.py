"""What goes into the engine and what comes out of it: plain, frozen values."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from workflows.engine.language.reasons import N_, Reason
from workflows.errors import InstanceStuck

# A correlation is looked up in an index.
CORRELATION_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The instant and the names (plain values and functions) that expressions may use.

    `finished` gives what the children that have ended so far came to, in the order of the items, by the token that
    waits for them; it is asked only where they are cancelled and hand something back.
    """

    now: datetime
    names: Mapping[str, object] = field(default_factory=dict)
    finished: Callable[[str], Sequence[Mapping[str, object]]] = lambda token: ()


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
    """One child to run, for an item of the collection; `name` is the variable that holds it, if one is drawn.

    `shared` is one and the same mapping for all children of a group: there may be a hundred thousand.
    """

    key: str | int
    shared: Mapping[str, object]
    item: object = None
    name: str | None = None

    @property
    def values(self) -> dict[str, object]:
        """What it starts with."""
        return dict(self.shared) if self.name is None else {**self.shared, self.name: self.item}


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A call activity has been reached: run one child of `called` per item, then resume `token`.

    With `sequential` only the first item starts; the caller starts the next when one ends. After each child
    `ProcessEngine.enough` tells whether `condition` holds; then the rest is cancelled and the token resumed.
    """

    token: str
    element_id: str
    # Either the key of a process, or the sub-process of this one that each child runs.
    called: str
    area: str
    sequential: bool
    items: tuple[ChildItem, ...]
    condition: str | None


@dataclass(frozen=True, slots=True)
class Ended:
    """A child that has ended, of a group with a completion condition.

    `given` is what it began with, `result` what its `Snapshot` came to. `counters` are those of the group; `results`
    gives what all its finished children came to, in the order of the items, and is asked only by who needs it.
    """

    version_id: int
    given: Mapping[str, object]
    result: Mapping[str, object]
    counters: Mapping[str, int]
    results: Callable[[], Sequence[Mapping[str, object]]]


@dataclass(frozen=True, slots=True)
class Escaped:
    """An error or escalation that nothing inside the instance caught, and the element that threw it."""

    code: str
    kind: Literal["error", "escalation"]
    element_id: str = ""

    def caught_by_none(self) -> InstanceStuck:
        """Give the refusal of a move that threw it, where no run above catches it either."""
        reason = Reason(N_("nothing catches the error %(code)s, here or further above"), code=self.code)
        return InstanceStuck(self.element_id, reason)


@dataclass(frozen=True, slots=True)
class Thrown:
    """A message or signal sent by the instance to whoever waits for it, with what it brings and finds them by."""

    name: str
    kind: Literal["message", "signal"]
    values: Mapping[str, object]
    correlation: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Awaited:
    """One token that waits for a message or signal.

    A message must bring the values of `correlation` (`correlation_key`); an empty one takes any. `values` is the
    data at the token.
    """

    token: str
    element_id: str
    kind: Literal["message", "signal"]
    name: str
    correlation: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The tokens of steps and of awaited events, and of timers with their instants."""

    steps: frozenset[str] = frozenset()
    timers: Mapping[str, datetime] = field(default_factory=dict)
    events: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An instance after a move.

    `steps`, `timers`, `awaited` and `calls` (tokens of call activities) list everything that waits after the move.
    `groups`, `cancelled_groups`, `escaped` and `thrown` list only what this move caused. `result` is filled when
    `finished`: the data at the end, and under "result" the `rs:result` of the end event reached last (or None),
    and a note of what the run has set itself (`workflows.engine.running.handing`);
    `state` is then empty. `ignored` names the values of an event that nothing took. `before` is what waited before
    the move, apart from the token that was moved; None where nothing was moved.
    """

    state: bytes
    finished: bool
    steps: tuple[OpenStep, ...] = ()
    timers: tuple[DueTimer, ...] = ()
    groups: tuple[NewGroup, ...] = ()
    cancelled_groups: tuple[str, ...] = ()
    escaped: tuple[Escaped, ...] = ()
    thrown: tuple[Thrown, ...] = ()
    awaited: tuple[Awaited, ...] = ()
    calls: tuple[str, ...] = ()
    result: Mapping[str, object] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    before: Waiting | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """An instance in another version of its diagram, and what waits in it more or less than before (element ids).

    `appeared` and `dropped` are boundary events; `absent` are event sub-processes that the other version adds and that
    this instance will never open.
    """

    snapshot: Snapshot
    appeared: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def correlation_key(values: Mapping[str, object]) -> str:
    """Write the values by which a message finds whom it is for as one text, in the order of their names.

    Refuses with ValueError what is too long to be looked up by.
    """
    if not values:
        return ""
    key = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    if len(key) > CORRELATION_LENGTH:
        raise ValueError(Reason(N_("a correlation has at most %(most)s signs"), most=CORRELATION_LENGTH))
    return key

"""What a published diagram says, apart from its flow, and what may be wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FIELD_TYPES = ("text", "textarea", "number", "date", "select", "radio", "checkbox", "person", "file")
REVIEWS = ("record", "pupils", "grades", "unit", "staff")
LEFT_OUT = ("more", "more_doubts")  # codes of the line that ends a list too long to be read
NAMED = ("persons", "pupils", "classes")  # what an outcome may return one by one
SUBJECTS = ("school", "staff", "class", "assignment", "unit")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field."""

    key: str
    label: str
    label_en: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a step's form."""

    key: str
    type: str
    label: str
    label_en: str = ""
    required: bool = False
    options: tuple[Option, ...] = ()
    help: str = ""
    help_en: str = ""
    # The first and the last day that a date may be, as drawn: "today", "today-365d"; "" for as far as dates reach.
    earliest: str = ""
    latest: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way to complete a step; with `of` it names single subjects, each with its own reason."""

    key: str
    label: str
    label_en: str = ""
    reason: Literal["none", "optional", "required"] = "none"
    of: str | None = None
    style: Literal["primary", "return", "neutral"] = "primary"


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the escalation ladder; `after` is signed working time relative to due: "-2d", "0", "4h"."""

    after: str
    to: str
    kind: Literal["remind", "escalate"] = "remind"


@dataclass(frozen=True, slots=True)
class Guidance:
    """A hint or a link for whoever does the step."""

    text: str
    text_en: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One user task as drawn."""

    element_id: str
    name: str
    name_en: str = ""
    lane: str | None = None
    documentation: str = ""
    assignee: str | None = None
    accountable: str | None = None
    due: str | None = None
    review: str | None = None
    minutes: str | None = None
    signature: bool = False
    bulk: str | None = None
    fields: tuple[Field, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    escalation: tuple[Rung, ...] = ()
    guidance: tuple[Guidance, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One call activity as drawn; without `collection` and `cardinality` it runs a single child."""

    element_id: str
    name: str
    called: str
    passed: tuple[str, ...] = ()
    sequential: bool = False
    collection: str | None = None
    cardinality: str | None = None
    item: str | None = None
    output: str | None = None
    output_item: str | None = None
    condition: str | None = None
    # What is handed back, each as (its name there, its name here).
    returns: tuple[tuple[str, str], ...] = ()

    @property
    def many(self) -> bool:
        """Whether the call runs one child per item."""
        return self.collection is not None or self.cardinality is not None


@dataclass(frozen=True, slots=True)
class Specification:
    """A published diagram.

    `openings` is, for the process ("") and for each sub-process that children run, the one user step that every run
    reaches first, without data, timers or gateways in between; such runs can be stored as rows before the engine
    sees them. `results` maps end events to
    their `rs:result`. `names` and `names_en` label every element that has a name, for history and cockpit.
    """

    key: str
    name: str
    name_en: str = ""
    subject: str | None = None
    steps: Mapping[str, Step] = field(default_factory=dict)
    calls: Mapping[str, Call] = field(default_factory=dict)
    openings: Mapping[str, str | None] = field(default_factory=dict)
    variables: frozenset[str] = frozenset()
    results: Mapping[str, str] = field(default_factory=dict)
    lanes: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    names_en: Mapping[str, str] = field(default_factory=dict)

    def opening_of(self, area: str = "") -> str | None:
        """The opening of the process, or of a sub-process by its element id."""
        return self.openings.get(area)


@dataclass(frozen=True, slots=True)
class Published:
    """What runs of a version: the drawing, and the texts of its files of decision tables by their names."""

    xml: bytes
    decisions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a diagram; `reason` and `remedy` are msgids whose `%(name)s` come from `params`.

    A parameter that is itself a text of ours is a dict of its `msgid` and `params` (`Reason.as_plain`).
    """

    element_id: str
    element_name: str
    line: int
    reason: str
    remedy: str
    severity: Literal["error", "warning", "note"] = "error"  # a note only tells what the import did
    code: str = ""
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Name the element and the reason, for a log or a script."""
        return f"{self.element_id or '-'}, line {self.line}: {self.in_english}"

    @property
    def in_english(self) -> str:
        """The reason with its parameters filled in, untranslated."""
        return _filled(self.reason, self.params)

    @property
    def stands_for(self) -> int:
        """How many points this is: 1, or those that a long list leaves out."""
        return int(str(self.params["count"])) if self.code in LEFT_OUT else 1


def _filled(text: str, params: Mapping[str, object]) -> str:
    def plain(value: object) -> object:
        match value:
            case {"msgid": str(msgid), "params": dict(inner)}:
                return _filled(msgid, inner)
            case _:
                return value

    return text % {name: plain(value) for name, value in params.items()} if params else text

"""What operators do inside an instance: see where its tokens stand, correct what it knows, move a token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from SpiffWorkflow import TaskState

from workflows.engine.running.activities import DetachedCall, Split
from workflows.engine.running.events import Border, Catch, awaited_at
from workflows.engine.running.parts import EndJoin, Joining, Part, UserStep
from workflows.engine.running.tokens import OPEN, Instance, Token
from workflows.errors import StepNotOpen
from workflows.errors.operating import ElementNotOpenable, TokenNotMovable

TokenKind = Literal["step", "timer", "message", "signal", "call", "other"]


@dataclass(frozen=True, slots=True)
class OpenToken:
    """One token that waits, with what is known at it; `movable` tells whether `move_token` would take it back."""

    token: str
    element_id: str
    kind: TokenKind
    values: Mapping[str, object]
    movable: bool


def open_tokens(top: Instance) -> tuple[OpenToken, ...]:
    """List what waits and has an element in the drawing, joins and activities with an inside included."""
    unset = top.plan.unset
    return tuple(
        OpenToken(token.id, token.task_spec.bpmn_id, _kind(token), {**unset, **token.data}, is_movable(token))
        for token in top.everywhere()
        if token.task_spec.bpmn_id
    )


def _kind(token: Token) -> TokenKind:
    if isinstance(token.task_spec, UserStep):
        return "step"
    if isinstance(token.task_spec, DetachedCall):
        return "call"
    if "due" in token.internal_data:
        return "timer"
    notice = awaited_at(token)
    return notice.kind if notice is not None else "other"


def set_values(top: Instance, values: Mapping[str, Any], identifier: str | None) -> None:
    """Set variables at a token as a step would; without one, where the run as a whole keeps them.

    What awaits a message by one of these variables waits for the new value from now on.
    """
    _where(top, identifier).set_values(values)
    for token in top.everywhere(TaskState.WAITING):
        notice = awaited_at(token)
        if notice is not None:
            notice.arm(token)


def _where(top: Instance, identifier: str | None) -> Token:
    outside = None
    for token in top.everywhere():
        if token.id == identifier:
            return token
        if outside is None and not any(area.keeps_values for area in _around(top, token)):
            outside = token
    if identifier is not None or outside is None:
        raise StepNotOpen
    return outside


def _around(top: Instance, token: Token) -> list[Part]:
    """The elements of a token's line up to the root of the instance, those around its sub-process included."""
    found: list[Part] = []
    line: Token | None = token
    while line is not None:
        found.append(line.task_spec)
        above = line.parent
        line = top.host_of(line.workflow) if above is None and line.workflow is not top else above
    return found


def is_movable(token: Token) -> bool:
    """Tell whether a token can be taken back alone: a step, a call, a timer or event that stands in a flow."""
    part = token.task_spec
    if part.instance_of is not None or isinstance(part, Border):
        return False
    if isinstance(part, Catch) and part.chosen:
        return False
    return isinstance(part, UserStep | DetachedCall | Catch)


def openable(process: Any) -> dict[str, Part]:
    """Give what can be opened by itself in a process or sub-process: the first part of each such element by its id."""
    found: dict[str, Part] = {}
    for part in process.task_specs.values():
        if isinstance(part, Joining | EndJoin | Border | Split) or part.instance_of is not None:
            continue
        # A start event would begin the whole process once more; behind an event gateway one event ends the others.
        if not part.bpmn_id or part.name == "Start~" or (isinstance(part, Catch) and part.chosen):
            continue
        if process.start.name in part._inputs:
            continue
        found[part.bpmn_id] = process.task_specs.get(f"{part.bpmn_id}~split", part)
    return found


def move(top: Instance, identifier: str, element_id: str) -> None:
    """Take an open token back, with the boundary events of its activity, and open another element of its process.

    Refuses tokens that are not open (StepNotOpen) or belong to more than themselves (TokenNotMovable), and elements
    that cannot be opened by themselves (ElementNotOpenable).
    """
    token = next((one for one in top.everywhere() if one.id == identifier), None)
    if token is None:
        raise StepNotOpen
    if not is_movable(token):
        raise TokenNotMovable(element=token.task_spec.bpmn_id)
    target = openable(token.workflow.spec).get(element_id)
    if target is None:
        raise ElementNotOpenable(element=element_id)
    origin = token.parent
    if token.task_spec.hosts:
        origin = origin.parent  # of the split that arms the activity together with its boundary events
        for other in token.parent.children:
            if other._state & OPEN and getattr(other.task_spec, "host", "") == token.task_spec.name:
                other.cancel()
    values = token.data
    token.cancel()
    fresh = origin._add_child(target, TaskState.FUTURE)
    fresh.data = dict(values)
    top.current = fresh
    target._update(fresh)
    for area in top.areas():
        # What waited for the token that is gone need not wait any more.
        area.update_waiting_tasks()

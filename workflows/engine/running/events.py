"""Events: what a token may wait for, and what an end or throw event does."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal

from SpiffWorkflow import TaskState

from workflows.engine.language.expressions import Expression, compiled
from workflows.engine.language.instants import Due, after, due_of, parse_time, zone_in
from workflows.engine.language.reasons import N_, Reason, reason_of
from workflows.engine.running.parts import Part
from workflows.engine.running.tokens import Flowing, Token
from workflows.engine.snapshot import Escaped, Thrown, correlation_key
from workflows.errors import InstanceStuck


class Timer:
    """A date, a duration or a cycle, as literal or expression."""

    kind = "timer"

    def __init__(self, text: str) -> None:
        self.text = text
        self.literal = parse_time(text)
        self.expression: Expression | None = None if self.literal is not None else compiled(text)

    def arm(self, token: Token) -> None:
        """Compute when the timer fires; refuses values that are no time.

        What would come beside the rest and is over already never comes; elsewhere it comes at once, as what is late.
        """
        top = token.workflow.top_workflow
        value = self.literal if self.expression is None else top.evaluate(self.expression, token.data)
        try:
            due = due_of(value, top.around.now, zone_in(top.around.names))
        except (ValueError, OverflowError) as error:
            msgid = N_("the time “%(text)s” cannot be computed: %(reason)s")
            why = Reason(msgid, text=self.text, reason=reason_of(error))
            raise InstanceStuck(token.task_spec.bpmn_id, why) from error
        if due.left or token.task_spec.waited_for:
            token.internal_data |= _kept(due)


def _kept(due: Due) -> dict[str, Any]:
    kept: dict[str, Any] = {"due": due.at.astimezone(UTC).isoformat()}
    if due.begun is not None:
        begun = due.begun.astimezone(UTC).isoformat()
        kept |= {"left": due.left, "every": due.every, "begun": begun, "number": due.number}
    return kept


def _following(kept: dict[str, Any], zone: tzinfo) -> Due:
    """The next time of a repetition, from the planned instants and not from now: a late poll must not shift them.

    Counted from the beginning, for a month after 31 January is 28 February and two are 31 March; or from where the
    timer was moved to.
    """
    due = datetime.fromisoformat(kept["due"]).astimezone(zone)
    begun, number = (
        datetime.fromisoformat(kept.get("begun", kept["due"])).astimezone(zone),
        kept.get("number", 0),
    )
    if after(begun, kept["every"], number) != due:
        begun, number = due, 0
    return Due(after(begun, kept["every"], number + 1), kept["left"] - 1, kept["every"], begun, number + 1)


class Notice:
    """A message or signal with its name; `correlation` names the variables by which a message finds its instance.

    Of what it brings only the variables in `takes` arrive: who sends it is another run or another program.
    """

    def __init__(
        self,
        kind: Literal["message", "signal"],
        name: str,
        correlation: tuple[str, ...] = (),
        takes: tuple[str, ...] = (),
    ) -> None:
        self.kind: Literal["message", "signal"] = kind
        self.name = name
        self.correlation = correlation
        self.takes = takes

    def arm(self, token: Token) -> None:
        """Note by what the event will find this token."""
        token.internal_data["awaits"] = correlation_key(self.by(token))

    def by(self, token: Token) -> dict[str, object]:
        """Give the values of the correlation at a token; refuses ones too long to be looked up by."""
        found = {name: token.data.get(name) for name in self.correlation}
        try:
            correlation_key(found)
        except ValueError as error:
            raise InstanceStuck(token.task_spec.bpmn_id, reason_of(error)) from error
        return found

    def taken(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What arrives of the values that it brings."""
        return {name: value for name, value in values.items() if name in self.takes}


class Alarm:
    """An error or escalation; a catching one without code catches every code."""

    def __init__(self, kind: str, code: str | None) -> None:
        self.kind = kind
        self.code = code

    def arm(self, token: Token) -> None:
        """Nothing to compute."""


class Plain:
    """No event definition, or the terminate definition."""

    def __init__(self, kind: str = "none") -> None:
        self.kind = kind

    def arm(self, token: Token) -> None:
        """Nothing to compute."""


Trigger = Timer | Notice | Alarm | Plain


class Catch(Part):
    """An intermediate catch event or receive task; behind an event gateway the first ends the others."""

    def __init__(self, process: Any, name: str, element_id: str, trigger: Trigger) -> None:
        super().__init__(process, name, element_id)
        self.trigger = trigger
        self.chosen = False

    @property
    def waited_for(self) -> bool:
        """Whether something cannot go on or end without the event, rather than beside it."""
        return True

    def _update_hook(self, token: Token) -> bool | None:
        if "fired" in token.internal_data:
            return True
        if token._state != TaskState.WAITING:
            token._inherit_data()
            token._set_state(TaskState.WAITING)
            self.trigger.arm(token)
            if isinstance(self.trigger, Timer) and "due" not in token.internal_data:
                token.cancel()
        return None

    def fire(self, token: Token, values: dict[str, Any] | None = None) -> None:
        """Let the token go on with the values the event brought."""
        token.internal_data = {"fired": 1}
        token.set_values(values or {})
        if self.chosen:
            for other in token.parent.children:
                if other is not token and isinstance(other.task_spec, Catch):
                    other.cancel()
        self._update(token)


def awaited_at(token: Token) -> Notice | None:
    """The message or signal that a waiting token awaits."""
    trigger = token.task_spec.trigger if isinstance(token.task_spec, Catch) else None
    return trigger if isinstance(trigger, Notice) else None


class Border(Catch):
    """A boundary event."""

    def __init__(self, process: Any, name: str, element_id: str, trigger: Trigger) -> None:
        super().__init__(process, name, element_id, trigger)
        self.interrupts = True
        self.host = ""

    @property
    def waited_for(self) -> bool:
        """Whether the event ends what it stands at."""
        return self.interrupts

    def fire(self, token: Token, values: dict[str, Any] | None = None) -> None:
        """Interrupt the activity, or start a path beside it and stay armed if the event may come again."""
        if self.interrupts:
            # Before the values of the event: what the activity hands back at its end is older.
            end_activity(token, self.host)
            super().fire(token, values)
        elif self._again(token):
            path = token.parent._add_child(self, TaskState.FUTURE)
            path.triggered = True
            # What comes again brings values of its own each time: they stay with the path it starts.
            path.data = {**token.data, **(values or {})}
            super().fire(path)
        else:
            super().fire(token, values)

    def _again(self, token: Token) -> bool:
        if not isinstance(self.trigger, Timer):
            return True
        if token.internal_data.get("left", 1) <= 1:
            return False
        zone = zone_in(token.workflow.top_workflow.around.names)
        token.internal_data = _kept(_following(token.internal_data, zone))
        return True


class Door(Border):
    """Where an event sub-process waits to be opened: beside everything else of its process, until that has ended."""

    keeps_alive = False

    def fire(self, token: Token, values: dict[str, Any] | None = None) -> None:
        """End everything around it and go in, or go in beside it and wait on if the event may come again."""
        if self.interrupts:
            for other in token.workflow.open_tokens(~TaskState.FINISHED_MASK):
                if other is not token:
                    other.cancel()
        super().fire(token, values)


def end_activity(border: Token, host: str) -> None:
    """Cancel the activity a boundary event interrupts, and its other boundary events."""
    for other in list(border.parent.children):
        if other is not border and (other.task_spec.name == host or other._state == TaskState.WAITING):
            other.cancel()


class Throw(Part):
    """An intermediate throw event or send task."""

    def __init__(self, process: Any, name: str, element_id: str, trigger: Trigger) -> None:
        super().__init__(process, name, element_id)
        self.trigger = trigger

    def _run_hook(self, token: Token) -> bool | None:
        throw(token, self.trigger)
        # What was thrown may have ended the path it came from.
        return True if token._state == TaskState.CANCELLED else super()._run_hook(token)


class End(Throw):
    """An end event; the process ends with its last token, at once after terminate or an uncaught error."""

    result: Expression | None = None

    def _run_hook(self, token: Token) -> bool | None:
        top = token.workflow.top_workflow
        if self.result is not None:
            top.result = top.evaluate(self.result, token.data)
        return super()._run_hook(token)

    def _on_complete_hook(self, token: Token) -> None:
        super()._on_complete_hook(token)
        if self.trigger.kind == "terminate":
            terminate(token)


def terminate(token: Token) -> None:
    """End the process or sub-process of this token at once."""
    token.workflow.last_task = token
    token.workflow.end_now()


def throw(token: Token, trigger: Trigger) -> None:
    """Do what a throw or end event does to the rest of the instance and to the world."""
    top = token.workflow.top_workflow
    if isinstance(trigger, Alarm):
        kind: Literal["error", "escalation"] = "error" if trigger.kind == "error" else "escalation"
        escaped = Escaped(trigger.code or "", kind, token.task_spec.bpmn_id)
        if raise_alarm(token, escaped):
            return
        top.escaped.append(escaped)
        if escaped.kind == "error":
            top.end_now()
            top.last_task = token
    elif isinstance(trigger, Notice):
        top.thrown.append(Thrown(trigger.name, trigger.kind, dict(token.data), trigger.by(token)))
        if trigger.kind == "signal":
            broadcast(top, trigger.name, {})


def raise_alarm(token: Token, escaped: Escaped, *, at_host: bool = False) -> bool:
    """Offer an error or escalation to the boundary events of the enclosing activities, innermost first.

    With `at_host` the token itself is the activity it comes out of (a call activity whose child raised it).
    """
    top = token.workflow.top_workflow
    area = token.workflow
    host = token if at_host else None
    while True:
        if host is not None:
            if host.task_spec.instance_of is not None:
                host = host.parent
            area = host.workflow
        catching = _first_for(escaped, _borders_of(host) if host is not None else ())
        # What is thrown in an event sub-process goes outwards, never in at its own door again.
        doors = (
            door for door in doors_of(area) if host is None or host.task_spec not in door.task_spec.outputs
        )
        catching = catching or _first_for(escaped, doors)
        if catching is not None:
            catching.task_spec.fire(catching)
            return True
        if area is top:
            return False
        host = top.host_of(area)


def _borders_of(host: Token) -> Iterator[Token]:
    for token in host.parent.children:
        if isinstance(token.task_spec, Border) and token.task_spec.host == host.task_spec.name:
            yield token


def doors_of(area: Flowing) -> Iterator[Token]:
    """The doors of event sub-processes that wait in a process or sub-process."""
    return (token for token in area.open_tokens(TaskState.WAITING) if isinstance(token.task_spec, Door))


def _first_for(escaped: Escaped, waiting: Iterable[Token]) -> Token | None:
    """The one that catches exactly this code, else one that catches every code."""
    matching = [
        (trigger.code is None, token)
        for token in waiting
        if token._state == TaskState.WAITING
        and (trigger := token.task_spec.trigger).kind == escaped.kind
        and trigger.code in (None, escaped.code)
    ]
    return min(matching, key=lambda pair: pair[0])[1] if matching else None


def broadcast(top: Any, name: str, values: Mapping[str, Any]) -> set[str]:
    """Give a signal to every token of the instance that waits for it, and give the names of what they took."""
    taken: set[str] = set()
    for token in list(top.everywhere(TaskState.WAITING)):
        notice = awaited_at(token)
        meant = notice is not None and (notice.kind, notice.name) == ("signal", name)
        # An earlier one may have ended the path of a later one.
        if notice is not None and meant and token._state == TaskState.WAITING:
            brought = notice.taken(values)
            taken.update(brought)
            token.task_spec.fire(token, brought)
    return taken

"""The engine's door: moves instances of published versions and says what waits afterwards."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock

from SpiffWorkflow import TaskState
from SpiffWorkflow.exceptions import SpiffWorkflowException

from workflows.engine.language.expressions import compiled
from workflows.engine.language.reasons import N_, Reason
from workflows.engine.running import operating
from workflows.engine.running.activities import DetachedCall
from workflows.engine.running.carrying import carry, replacing
from workflows.engine.running.compiling import inner_name, plan_of
from workflows.engine.running.events import awaited_at, broadcast, raise_alarm
from workflows.engine.running.operating import OpenToken
from workflows.engine.running.parts import UserStep
from workflows.engine.running.plan import Plan
from workflows.engine.running.quorum import enough
from workflows.engine.running.rearming import rearm, rule_of
from workflows.engine.running.shown import snapshot_of, waiting
from workflows.engine.running.state import load, prune
from workflows.engine.running.tokens import Instance, Token
from workflows.engine.running.watching import Passed, watch
from workflows.engine.snapshot import (
    CarriedOver,
    Ended,
    Escaped,
    Snapshot,
    Surroundings,
    Waiting,
)
from workflows.engine.specification import Published, Specification
from workflows.errors import ExpressionRefused, InstanceStuck, StepNotOpen

# At its default level SpiffWorkflow builds a full record of every state change.
for _name in ("spiff", "spiff.task", "spiff.workflow", "spiff.data"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class ProcessEngine:
    """Runs processes: state and plain values in, `Snapshot` out. Holds nothing but compiled versions.

    Every move refuses with InstanceStuck when the diagram cannot go on; the state given in is then still good.
    """

    def __init__(self, source: Callable[[int], bytes | Published], capacity: int = 256) -> None:
        """`source` gives what was published as a version; `capacity` is the number of versions kept compiled."""
        self._source = source
        self._capacity = capacity
        self._plans: OrderedDict[int, Plan] = OrderedDict()
        self._lock = Lock()

    def specification(self, version_id: int) -> Specification:
        """What the published diagram says, apart from its flow."""
        return self._plan(version_id).specification

    def watch(self, version_id: int, passed: Passed) -> None:
        """From now on tell `passed` of each pair of elements of this version that a token goes from and to."""
        watch(self._plan(version_id), passed)

    def start(
        self, version_id: int, values: Mapping[str, object], around: Surroundings, area: str = ""
    ) -> Snapshot:
        """Start an instance with its first values; `area` is the sub-process that a child runs instead of all."""
        top = Instance(self._plan(version_id), around, area)
        top.before = Waiting()
        with _moving(top):
            top.current = top.plant(values)
            top.current.run()
        return snapshot_of(top)

    def complete(
        self, version_id: int, state: bytes, token: str, values: Mapping[str, object], around: Surroundings
    ) -> Snapshot:
        """Complete the open step with its values; refuses StepNotOpen."""
        top = self._load(version_id, state, around, token)
        step = _open(top, token, UserStep, TaskState.READY)
        with _moving(top):
            _complete(top, step, values)
        return snapshot_of(top)

    def complete_opening(
        self,
        version_id: int,
        given: Mapping[str, object],
        values: Mapping[str, object],
        around: Surroundings,
        area: str = "",
    ) -> Snapshot:
        """Start an instance and complete its opening step in one move, for instances stored as rows only.

        `given` are the first values, `values` those of the step. Refuses StepNotOpen when there is no opening.
        """
        plan = self._plan(version_id)
        opening = plan.specification.opening_of(area)
        if opening is None:
            raise StepNotOpen
        top = Instance(plan, around, area)
        top.before = Waiting()
        with _moving(top):
            root = top.plant(given)
            root._set_state(TaskState.COMPLETED)
            step = root._add_child(top.spec.task_specs[inner_name(opening)], TaskState.READY)
            step.data = dict(given)
            _complete(top, step, values)
        return snapshot_of(top)

    def resume(
        self,
        version_id: int,
        state: bytes,
        token: str,
        results: Sequence[Mapping[str, object]],
        around: Surroundings,
    ) -> Snapshot:
        """Go on after a call activity; `results` are the children's `Snapshot.result` in the order of the items."""
        top = self._load(version_id, state, around)
        call = _open(top, token, DetachedCall, TaskState.STARTED)
        with _moving(top):
            call.task_spec.resume(call, results)
        return snapshot_of(top)

    def enough(
        self,
        version_id: int,
        state: bytes,
        token: str,
        condition: str,
        ended: Ended,
        around: Surroundings,
    ) -> bool:
        """Whether a call activity goes on before all its children have ended; moves nothing.

        Refuses with InstanceStuck, naming the call, a condition that cannot be computed.
        """
        top = load(self._plan(version_id), state, around)
        top.current = call = _open(top, token, DetachedCall, TaskState.STARTED)
        with _naming(top):
            return enough(top, call, condition, ended, self.specification(ended.version_id).variables)

    def catch(
        self, version_id: int, state: bytes, token: str, escaped: Escaped, around: Surroundings
    ) -> Snapshot | None:
        """Offer what a child raised to the boundary events of its call activity and of what encloses it.

        None: nothing catches it. An interrupting event cancels the group (`cancelled_groups`).
        """
        top = self._load(version_id, state, around)
        call = _open(top, token, DetachedCall, TaskState.STARTED)
        with _moving(top):
            caught = raise_alarm(call, escaped, at_host=True)
        return snapshot_of(top) if caught else None

    def fire(self, version_id: int, state: bytes, token: str, around: Surroundings) -> Snapshot:
        """Fire exactly this waiting timer, due or not; refuses StepNotOpen when it waits no more."""
        top = self._load(version_id, state, around, token)
        timer = _open_timer(top, token)
        with _moving(top):
            top.current = timer
            timer.task_spec.fire(timer)
        return snapshot_of(top)

    def reschedule(
        self, version_id: int, state: bytes, token: str, due_at: datetime, around: Surroundings
    ) -> Snapshot:
        """Give a waiting timer another instant; refuses StepNotOpen when it waits no more."""
        top = self._load(version_id, state, around)
        timer = _open_timer(top, token)
        timer.internal_data = {**timer.internal_data, "due": due_at.astimezone(UTC).isoformat()}
        return snapshot_of(top)

    def alarm_of(self, version_id: int, element_id: str) -> str | None:
        """Give the rule of the timer that alone opens a step beside an activity; None for other steps."""
        plan = self._plan(version_id)
        for area in (plan.process, *plan.inner.values()):
            step = area.task_specs.get(inner_name(element_id))
            if isinstance(step, UserStep):
                return rule_of(step)
        return None

    def rearm(self, version_id: int, state: bytes, token: str, around: Surroundings) -> Snapshot | None:
        """Take an open step back that a timer opened, and let the timer wait for its instant as it is now.

        None where the step was opened otherwise, its activity has ended, or the instant has come all the same.
        """
        top = self._load(version_id, state, around)
        timer = rearm(_open(top, token, UserStep, TaskState.READY))
        if timer is None or datetime.fromisoformat(timer.internal_data["due"]) <= around.now:
            return None
        return snapshot_of(top)

    def read(self, version_id: int, state: bytes, around: Surroundings) -> Snapshot:
        """Tell what waits in a stored state without moving it; refuses StepNotOpen for an empty one."""
        top = self._load(version_id, state, around)
        top.before = None
        return snapshot_of(top)

    def open_tokens(self, version_id: int, state: bytes, now: datetime) -> tuple[OpenToken, ...]:
        """List the tokens that wait in a stored state, with what is known at each."""
        return operating.open_tokens(load(self._plan(version_id), state, Surroundings(now)))

    def elements(self, version_id: int) -> frozenset[str]:
        """Give the ids of everything in a version that a token can stand at."""
        plan = self._plan(version_id)
        areas = (plan.process, *plan.inner.values())
        return frozenset(part.bpmn_id for area in areas for part in area.task_specs.values() if part.bpmn_id)

    def replacing(
        self, version_id: int, other_version_id: int, element_id: str, mapping: Mapping[str, str]
    ) -> frozenset[str]:
        """Give the elements of another version that `carry_over` takes for one, beside the rest of `mapping`."""
        return replacing(self._plan(version_id), self._plan(other_version_id), element_id, mapping)

    def openable_beside(self, version_id: int, element_id: str) -> tuple[str, ...]:
        """Give the elements to which `move_token` could move a token from this one."""
        plan = self._plan(version_id)
        for process in (plan.process, *plan.inner.values()):
            if inner_name(element_id) in process.task_specs:
                return tuple(one for one in operating.openable(process) if one != element_id)
        return ()

    def move_token(
        self, version_id: int, state: bytes, token: str, element_id: str, around: Surroundings
    ) -> Snapshot:
        """Take one open token back and open another element of the same process or sub-process.

        Refuses StepNotOpen, TokenNotMovable and ElementNotOpenable. The group of a call that is taken back is in
        `cancelled_groups`.
        """
        top = self._load(version_id, state, around)
        with _moving(top):
            operating.move(top, token, element_id)
        return snapshot_of(top)

    def correct(
        self,
        version_id: int,
        state: bytes,
        values: Mapping[str, object],
        around: Surroundings,
        token: str | None = None,
    ) -> Snapshot:
        """Set variables at an open token, or where the run as a whole keeps them; refuses StepNotOpen."""
        top = self._load(version_id, state, around)
        operating.set_values(top, values, token)
        return snapshot_of(top)

    def carry_over(
        self,
        version_id: int,
        other_version_id: int,
        state: bytes,
        around: Surroundings,
        mapping: Mapping[str, str] | None = None,
    ) -> CarriedOver:
        """Let an instance go on in another version; steps keep their tokens and timers their instants.

        `mapping` names the elements that replace others. Refuses VersionUnfit, naming the elements, when something open
        does not exist there as the same kind, and InstanceStuck when a boundary event it adds cannot be armed.
        """
        top = self._load(version_id, state, around)
        before = top.before
        with _moving(top):
            carried = carry(top, self._plan(other_version_id), mapping or {}, around)
        carried.top.before = before
        return CarriedOver(snapshot_of(carried.top), carried.appeared, carried.dropped, carried.absent)

    def deliver(
        self,
        version_id: int,
        state: bytes,
        token: str,
        values: Mapping[str, object],
        around: Surroundings,
    ) -> Snapshot:
        """Let the message or signal that a token awaits arrive; refuses StepNotOpen when it awaits none any more.

        A signal reaches every token of the instance that awaits it. What no event takes is in `ignored`.
        """
        top = self._load(version_id, state, around)
        catching = _open_catch(top, token)
        trigger = catching.task_spec.trigger
        with _moving(top):
            top.current = catching
            if trigger.kind == "signal":
                taken = broadcast(top, trigger.name, values)
            else:
                catching.task_spec.fire(catching, trigger.taken(values))
                taken = set(trigger.takes)
        return replace(snapshot_of(top), ignored=tuple(sorted(values.keys() - taken)))

    def evaluate(
        self,
        expression: str,
        values: Mapping[str, object],
        around: Surroundings,
        declared: frozenset[str] = frozenset(),
    ) -> object:
        """Evaluate an expression of the diagram language; names in `declared` without a value are None."""
        return compiled(expression).value(values, around.names, around.now, declared)

    def read_by(self, expression: str) -> tuple[frozenset[str], frozenset[str]]:
        """Give the variables that an expression reads and the functions it calls."""
        found = compiled(expression)
        return found.variables, found.functions

    def _load(
        self, version_id: int, state: bytes, around: Surroundings, moved: str | None = None
    ) -> Instance:
        if not state:
            raise StepNotOpen
        top = load(self._plan(version_id), state, around)
        top.before = waiting(top, moved)
        return top

    def _plan(self, version_id: int) -> Plan:
        with self._lock:
            if version_id in self._plans:
                self._plans.move_to_end(version_id)
                return self._plans[version_id]
        found = self._source(version_id)
        published = Published(found) if isinstance(found, bytes) else found
        plan = plan_of(published.xml, published.decisions)
        with self._lock:
            self._plans[version_id] = plan
            while len(self._plans) > self._capacity:
                self._plans.popitem(last=False)
        return plan


@contextmanager
def _moving(top: Instance) -> Iterator[None]:
    """Run what can run after the block, and name the element when something cannot."""
    with _naming(top):
        yield
        top.settle(prune)


@contextmanager
def _naming(top: Instance) -> Iterator[None]:
    """Refuse what cannot be computed with InstanceStuck, which names the element."""
    try:
        yield
    except (ExpressionRefused, SpiffWorkflowException) as error:
        element = top.current.task_spec.bpmn_id if top.current is not None else None
        raise InstanceStuck(element or top.plan.specification.key, _in_words(error)) from error


def _in_words(error: Exception) -> str:
    """Say why an expression has no value; what SpiffWorkflow says stays as it is."""
    if not isinstance(error, ExpressionRefused):
        return str(error)
    msgid = N_("the expression “%(expression)s” cannot be computed: %(reason)s")
    return Reason.behind(str(error), msgid, **error.params)


def _complete(top: Instance, step: Token, values: Mapping[str, object]) -> None:
    top.current = step
    step.set_values(values)
    step.run()


def _open(top: Instance, identifier: str, kind: type, state: int) -> Token:
    for area in top.areas():
        token = area.tasks.get(identifier)
        if token is not None and isinstance(token.task_spec, kind) and token._state == state:
            return token
    raise StepNotOpen


def _open_timer(top: Instance, identifier: str) -> Token:
    for token in top.everywhere(TaskState.WAITING):
        if token.id == identifier and "due" in token.internal_data:
            return token
    raise StepNotOpen


def _open_catch(top: Instance, identifier: str) -> Token:
    for token in top.everywhere(TaskState.WAITING):
        if token.id == identifier and awaited_at(token) is not None:
            return token
    raise StepNotOpen

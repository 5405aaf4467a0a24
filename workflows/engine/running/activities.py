"""Activities with an inside: embedded sub-processes, detached call activities, embedded multi-instance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow import TaskState

from workflows.engine.language.expressions import Expression
from workflows.engine.language.reasons import N_, Reason
from workflows.engine.language.vocabulary import ALL, RESERVED
from workflows.engine.running.handing import handed_back, value_in
from workflows.engine.running.parts import Part
from workflows.engine.running.tokens import OPEN, Token
from workflows.engine.snapshot import ChildItem, NewGroup
from workflows.errors import InstanceStuck

MAX_ITEMS = 100_000


@dataclass(frozen=True, slots=True)
class Many:
    """The multi-instance marker of an activity."""

    sequential: bool
    collection: Expression | None
    cardinality: Expression | None
    item: str | None
    output: str | None
    output_item: str | None
    condition: Expression | None

    def items(self, token: Token) -> list[tuple[str | int, Any]]:
        """The keys and items to run for; refuses what is no list, record or number."""
        top = token.workflow.top_workflow
        expression = self.collection or self.cardinality
        if expression is None:
            return []
        found = top.evaluate(expression, token.data)
        if self.collection is None:
            if not isinstance(found, int) or not 0 <= found <= MAX_ITEMS:
                no_number = Reason(N_("%(text)s is not a number of runs"), text=expression.source)
                raise InstanceStuck(token.task_spec.bpmn_id, no_number)
            return [(number, number) for number in range(found)]
        if isinstance(found, Mapping):
            return list(found.items())
        if found is None or isinstance(found, str) or not isinstance(found, Iterable):
            no_list = Reason(N_("%(text)s is not a list"), text=expression.source)
            raise InstanceStuck(token.task_spec.bpmn_id, no_list)
        return list(enumerate(found))


@dataclass(frozen=True, slots=True)
class Loop:
    """The loop marker of an activity; without condition it is done `maximum` times."""

    tests_before: bool
    condition: Expression | None
    maximum: int | None

    def goes_on(self, token: Token, done: int) -> bool:
        """Whether there is another round after so many."""
        if self.maximum is not None and done >= self.maximum:
            return False
        if self.condition is None or (done == 0 and not self.tests_before):
            return True
        return bool(token.workflow.top_workflow.evaluate(self.condition, token.data))


class Split(Part):
    """Stands before an activity with boundary events and arms them together with it."""


class Embedded(Part):
    """An embedded sub-process; it works on a copy of the data and hands all of it back."""

    def __init__(self, process: Any, name: str, element_id: str, inside: str) -> None:
        super().__init__(process, name, element_id)
        self.spec = inside

    def _update_hook(self, token: Token) -> bool | None:
        top = token.workflow.top_workflow
        if token.id not in top.subprocesses:
            token._inherit_data()
            token._set_state(TaskState.STARTED)
            top.begin_inner(token, self.spec)
        return None

    def inner_ended(self, inner: Any, token: Token) -> None:
        """Take over the data at the end, unless the activity was interrupted."""
        if token._state & OPEN:
            token.data = dict(inner.last_task.data)
            token._set_state(TaskState.READY)

    def _on_cancel(self, token: Token) -> None:
        inner = token.workflow.top_workflow.subprocesses.get(token.id)
        if inner is not None and not inner.completed:
            inner.end_now()


class DetachedCall(Part):
    """One token here, whatever the number of children, which run as instances of their own.

    A call activity, or a multi-instance sub-process: its children run the `area` of this diagram.
    """

    def __init__(
        self, process: Any, name: str, element_id: str, called: str, passed: tuple[str, ...], area: str = ""
    ) -> None:
        super().__init__(process, name, element_id)
        self.called = called
        self.area = area
        self.passed = passed
        self.many: Many | None = None
        self.output: str | None = None
        self.returns: tuple[tuple[str, str], ...] = ()

    def _update_hook(self, token: Token) -> bool | None:
        if token._state == TaskState.STARTED:
            return None  # only resume() moves it on
        token._inherit_data()
        group = self._group(token)
        if not group.items:
            self._store(token, [])
            return True
        token._set_state(TaskState.STARTED)
        token.workflow.top_workflow.groups.append(group)
        return None

    def _group(self, token: Token) -> NewGroup:
        values = {name: token.data.get(name) for name in self.passed if name != ALL}
        if ALL in self.passed:
            values |= {name: value for name, value in token.data.items() if name not in RESERVED}
        many = self.many
        items: tuple[ChildItem, ...]
        if many is None:
            items = (ChildItem(0, values),)
        else:
            name = many.item or None
            items = tuple(ChildItem(key, values, item, name) for key, item in many.items(token))
        condition = many.condition.source if many is not None and many.condition is not None else None
        sequential = many is not None and many.sequential
        return NewGroup(token.id, self.bpmn_id, self.called, self.area, sequential, items, condition)

    def resume(self, token: Token, results: Sequence[Mapping[str, object]]) -> None:
        """Go on with the results of the children, in the order of the items."""
        self._store(token, results)
        token._set_state(TaskState.READY)

    def _store(self, token: Token, results: Sequence[Mapping[str, object]]) -> None:
        many = self.many
        # With an output, what each puts into it is its own.
        local = (many.item, many.output_item if self.output is not None else None) if many is not None else ()
        values = handed_back(results, self.returns, local)
        if self.output is not None:
            found = self.outputs_of(results)
            values[self.output] = found if many is not None else found[0] if found else None
        if values:
            token.set_values(values)

    def outputs_of(self, results: Sequence[Mapping[str, object]]) -> list[object]:
        """Give of each child that has ended what goes into the output."""
        item = self.many.output_item if self.many is not None else None
        return [value_in(result, item) if item else result.get("result") for result in results]

    def _on_cancel(self, token: Token) -> None:
        top = token.workflow.top_workflow
        top.cancelled_groups.append(token.id)
        if self.output is not None or self.returns:
            # Who has ended by now has handed back, as an instance of a step does.
            results = top.around.finished(token.id)
            if results or self.many is not None:
                self._store(token, results)


class Repeated(Part):
    """A user task or sub-process run once per item inside the instance (for up to about 50 items)."""

    def __init__(self, process: Any, name: str, element_id: str, many: Many, instance: Part) -> None:
        super().__init__(process, name, element_id)
        self.many = many
        self.instance = instance
        instance.instance_of, instance.keeps_values, instance.item = name, True, many.item
        instance.completed_event.connect(self.instance_ended)

    def _update_hook(self, token: Token) -> bool | None:
        if token._state == TaskState.STARTED:
            return None
        token._inherit_data()
        items = self.many.items(token)
        if self.many.output is not None:
            token.set_values({self.many.output: []})
        if not items:
            return True
        token.internal_data = {"total": len(items), "done": 0, "got": [None] * len(items)}
        token._set_state(TaskState.STARTED)
        if self.many.sequential:
            token.internal_data["items"] = [item for _, item in items]
            items = items[:1]
        for number, (_, item) in enumerate(items):
            self._begin(token, number, item)
        return None

    def _begin(self, token: Token, number: int, item: object) -> None:
        child = token._add_child(self.instance, TaskState.FUTURE)
        child.triggered = True
        child.internal_data = {"nr": number}
        if self.many.item is not None:
            child.data = {self.many.item: item}
        self.instance._update(child)

    def instance_ended(self, workflow: Any, child: Token) -> None:
        """Collect the result of one instance; end the activity or start the next one."""
        token = child.parent
        if token._state != TaskState.STARTED:
            return
        state = dict(token.internal_data)
        state["done"] += 1
        self._collect(token, child, state)
        token.internal_data = state
        if self._enough(child, state):
            for other in token.children:
                if other.triggered and other is not child:
                    other.cancel()
            token._set_state(TaskState.READY)
        elif self.many.sequential:
            self._begin(token, state["done"], state["items"][state["done"]])

    def _collect(self, token: Token, child: Token, state: dict[str, Any]) -> None:
        if self.many.output is None:
            own = {name: child.data[name] for name in child.own_names if name != self.many.item}
            token.set_values(own, inwards=False)
        else:
            got = list(state["got"])
            got[child.internal_data["nr"]] = [child.data.get(self.many.output_item or "outcome")]
            state["got"] = got
            answers = [entry[0] for entry in got if entry is not None]
            token.set_values({self.many.output: answers}, inwards=False)

    def _enough(self, child: Token, state: dict[str, Any]) -> bool:
        total, done = state["total"], state["done"]
        if done == total:
            return True
        if self.many.condition is None:
            return False
        active = 1 if self.many.sequential else total - done
        counters = {
            "nrOfInstances": total,
            "nrOfCompletedInstances": done,
            "nrOfActiveInstances": active,
        }
        own = {name: child.data[name] for name in (*child.own_names, self.many.item) if name in child.data}
        data = {**child.data, **child.parent.data, **own, **counters}
        return bool(child.workflow.top_workflow.evaluate(self.many.condition, data))


class Looped(Part):
    """An activity that is done again while the condition of its marker holds."""

    def __init__(self, process: Any, name: str, element_id: str, loop: Loop, instance: Part) -> None:
        super().__init__(process, name, element_id)
        self.loop = loop
        self.instance = instance
        instance.instance_of = name
        instance.completed_event.connect(self.round_ended)

    def _update_hook(self, token: Token) -> bool | None:
        if token._state == TaskState.STARTED:
            return None
        token._inherit_data()
        if not self.loop.goes_on(token, 0):
            return True
        token.internal_data = {"done": 0}
        token._set_state(TaskState.STARTED)
        self._begin(token)
        return None

    def _begin(self, token: Token) -> None:
        child = token._add_child(self.instance, TaskState.FUTURE)
        child.triggered = True
        self.instance._update(child)

    def round_ended(self, workflow: Any, child: Token) -> None:
        """Take over what the round has set, and begin the next one or go on."""
        token = child.parent
        if token._state != TaskState.STARTED:
            return
        token.data = dict(child.data)
        done = token.internal_data["done"] + 1
        token.internal_data = {"done": done}
        if self.loop.goes_on(token, done):
            self._begin(token)
        else:
            token._set_state(TaskState.READY)

"""The element kinds: what each does with a token. Subclasses of SpiffWorkflow's specifications."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin

from workflows.engine.language.expressions import Expression
from workflows.engine.language.reasons import N_, Reason
from workflows.engine.running.tokens import OPEN, Flowing, Token
from workflows.errors import InstanceStuck


class Part(BpmnSpecMixin):
    """An element that takes a token and passes it to everything that follows."""

    joins = False
    asks_source = False  # whether a waiting token must keep the element it came from
    hosts = False  # whether boundary events are attached
    keeps_alive = True  # whether its process cannot end while a token waits here
    instance_of: str | None = None  # the multi-instance or loop this is one run of
    keeps_values = False  # whether variables set in here are nobody else's
    item: str | None = None  # the variable that holds what the one run of a multi-instance is for

    bpmn_id: str

    def __init__(self, process: Any, name: str, element_id: str = "") -> None:
        super().__init__(process, name)
        self.bpmn_id = element_id

    def test(self) -> None:
        """Nothing to test at run time: the diagram was checked when it was published."""

    def _predict(self, token: Token, *args: object, **kwargs: object) -> None:
        """Predict nothing: children are made when the token runs."""

    def _update_hook(self, token: Token) -> bool | None:
        token._inherit_data()
        return True

    def _on_ready_hook(self, token: Token) -> None:
        pass

    def _run_hook(self, token: Token) -> bool | None:
        token._sync_children(self.outputs, TaskState.FUTURE)
        return True

    def _on_complete_hook(self, token: Token) -> None:
        if self.hosts:
            for border in token.parent.children:
                if border._state == TaskState.WAITING and getattr(border.task_spec, "host", "") == self.name:
                    border.cancel()
        if self.completed_event.hard_subscribers:
            self.completed_event.emit(token.workflow, token)

    def _on_cancel(self, token: Token) -> None:
        pass


class UserStep(Part):
    """A step that waits for a person."""

    def __init__(self, process: Any, name: str, element_id: str) -> None:
        super().__init__(process, name, element_id)
        self.manual = True


class Assignments(Part):
    """A script task: `name = expression` lines."""

    lines: tuple[tuple[str, Expression], ...] = ()

    def _run_hook(self, token: Token) -> bool | None:
        top = token.workflow.top_workflow
        for name, expression in self.lines:
            token.set_values({name: top.evaluate(expression, token.data)})
        return super()._run_hook(token)


class Choice(Part):
    """An exclusive gateway: the first true condition in document order, else the default."""

    def __init__(self, process: Any, name: str, element_id: str) -> None:
        super().__init__(process, name, element_id)
        self.choices: list[tuple[Expression, str]] = []
        self.default: str | None = None

    def _chosen(self, token: Token) -> list[str]:
        top = token.workflow.top_workflow
        for expression, target in self.choices:
            if top.evaluate(expression, token.data):
                return [target]
        return [self.default] if self.default is not None else []

    def _run_hook(self, token: Token) -> bool | None:
        chosen = self._chosen(token)
        if not chosen:
            raise InstanceStuck(self.bpmn_id, Reason(N_("no condition is true and no flow is the default")))
        token._sync_children([self._wf_spec.task_specs[name] for name in chosen], TaskState.FUTURE)
        return True


class Joining(Part):
    """An element that waits for other tokens; tokens that arrived stay WAITING until all needed are there."""

    joins = True
    asks_source = True

    def _update_hook(self, token: Token) -> bool | None:
        if token._state != TaskState.WAITING:
            token._inherit_data()
            token._set_state(TaskState.WAITING)
            top = token.workflow.top_workflow
            top.arrivals += 1
            token.internal_data["at"] = top.arrivals
        arrived = [t for t in token.workflow.open_tokens(TaskState.WAITING) if t.task_spec is self]
        used = self._complete_set(token.workflow, sorted(arrived, key=lambda t: t.internal_data["at"]))
        if not used:
            return None
        last = used[-1]
        last.data = merged(used)
        for other in used[:-1]:
            other._set_state(TaskState.CANCELLED)
        if last is token:
            return True
        last._ready()
        return None

    def _complete_set(self, area: Flowing, arrived: list[Token]) -> list[Token]:
        raise NotImplementedError

    def _first_per_input(self, arrived: list[Token], wanted: Counter[str]) -> list[Token]:
        left, used = Counter(wanted), []
        for token in arrived:
            source = token.parent.task_spec.name
            if left[source] > 0:
                left[source] -= 1
                used.append(token)
        return used


class ParallelJoin(Joining):
    """A parallel gateway: one token from each incoming flow; excess tokens stay."""

    def _complete_set(self, area: Flowing, arrived: list[Token]) -> list[Token]:
        wanted: Counter[str] = Counter(self._inputs)
        used = self._first_per_input(arrived, wanted)
        return used if len(used) == wanted.total() else []


class InclusiveJoin(Joining, Choice):
    """An inclusive gateway: waits while another token could still reach an empty incoming flow (BPMN 13.4.3)."""

    upstream: dict[
        str, frozenset[str]
    ]  # which of our incoming flows each element can reach without passing us

    def _complete_set(self, area: Flowing, arrived: list[Token]) -> list[Token]:
        filled = {token.parent.task_spec.name for token in arrived}
        for token in live(area):
            if token.task_spec is not self:
                reachable = self.upstream.get(token.task_spec.name, frozenset())
                if reachable - filled and not reachable & filled:
                    return []
        return self._first_per_input(arrived, Counter(filled))

    def _chosen(self, token: Token) -> list[str]:
        top = token.workflow.top_workflow
        chosen = [target for expression, target in self.choices if top.evaluate(expression, token.data)]
        return chosen or ([self.default] if self.default is not None else [])


class EndJoin(Joining):
    """The end of a process: waits until no other token is alive."""

    asks_source = False

    def _complete_set(self, area: Flowing, arrived: list[Token]) -> list[Token]:
        if not any(token.task_spec is not self for token in live(area)):
            return arrived
        if len(arrived) > 1:  # ended branches need no token each
            arrived[-1].data = merged(arrived)
            for token in arrived[:-1]:
                token._set_state(TaskState.CANCELLED)
        return []

    def _on_complete_hook(self, token: Token) -> None:
        super()._on_complete_hook(token)
        for other in token.workflow.open_tokens(TaskState.WAITING):
            if not other.task_spec.keeps_alive:
                other.cancel()


def live(area: Flowing) -> Iterator[Token]:
    """Tokens that wait or run, and those whose turn comes within this step."""
    for token in area.open_tokens(OPEN | TaskState.FUTURE):
        if token._state == TaskState.WAITING and not token.task_spec.keeps_alive:
            continue
        if token._state & OPEN or (token.parent is not None and token.parent._state == TaskState.COMPLETED):
            yield token


def merged(tokens: list[Token]) -> dict[str, Any]:
    """Join the data of branches: what a branch changed since the split counts; the last to arrive wins."""
    if len(tokens) == 1:
        return tokens[0].data
    lines = [_ancestors(token) for token in tokens]
    shared = set(lines[0]).intersection(*lines[1:])
    base: dict[str, Any] = next((a.data for a in lines[0] if a in shared), {})
    data = dict(base)
    for token in tokens:
        data.update(changed(base, token.data))
    return data


def changed(base: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """The entries of `data` that are not in `base` with the same value."""
    return {k: v for k, v in data.items() if k not in base or (base[k] is not v and base[k] != v)}


def _ancestors(token: Token) -> list[Token]:
    line, parent = [], token.parent
    while parent is not None:
        line.append(parent)
        parent = parent.parent
    return line

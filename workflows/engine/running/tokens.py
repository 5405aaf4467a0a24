"""SpiffWorkflow's task tree made lean: tokens without logging, clock or prediction, and the running instance.

Stock SpiffWorkflow predicts the future of every token, logs every change and scans the tree all the time; here a
token gets its children when it runs, and only joins look at other tokens.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task

from workflows.engine.language.expressions import MAX_WORK, Expression, Scope
from workflows.engine.language.reasons import N_, Reason
from workflows.engine.running.plan import Plan
from workflows.engine.snapshot import Escaped, NewGroup, Surroundings, Thrown, Waiting
from workflows.errors import ExpressionRefused, InstanceStuck

OPEN = TaskState.READY | TaskState.WAITING | TaskState.STARTED
OF_THE_PATH = {"outcome", "returned"}
MAX_RUNS = 10_000  # engine steps in one move; more is a circle nobody interrupts
MOVE_WORK = 5 * MAX_WORK  # of all expressions of one move together
PRUNE_AFTER = 200  # engine steps; keeps a long automatic stretch from slowing itself down


class ClosedEnvironment(BasePythonScriptEngineEnvironment):
    """Refuses everything: expressions are evaluated by our own language, never by the stock script engine."""

    def evaluate(self, expression: str, context: object, external_context: object = None) -> object:
        """Refuse."""
        raise ExpressionRefused(expression, "not available")

    def execute(self, script: str, context: object, external_context: object = None) -> object:
        """Refuse."""
        raise ExpressionRefused(script, "not available")

    def call_service(self, context: object, **kwargs: object) -> object:
        """Refuse."""
        raise ExpressionRefused("service", "not available")


CLOSED_ENGINE = PythonScriptEngine(ClosedEnvironment())


def new_token_id() -> str:
    """An identifier unique over all instances (96 random bits), short because it is stored in each state."""
    return secrets.token_urlsafe(12)


class Token(Task):
    """One token of the tree; `data` is what is known at it."""

    def __init__(
        self,
        workflow: Any,
        task_spec: Any,
        parent: "Token | None" = None,
        state: int = TaskState.FUTURE,
        id: str | None = None,
    ) -> None:
        self.id = id or new_token_id()
        self.workflow = workflow
        self.task_spec = task_spec
        self._parent = parent.id if parent is not None else None
        self._children: list[str] = []
        self._state = state
        self.triggered = False
        self.thread_id = 0
        self.data: dict[str, Any] = {}
        self.internal_data: dict[str, Any] = {}
        self.last_state_change = 0.0
        workflow.tasks[self.id] = self
        if parent is not None:
            parent._children.append(self.id)

    def _add_child(self, task_spec: Any, state: int = TaskState.FUTURE) -> "Token":
        return Token(self.workflow, task_spec, self, TaskState.FUTURE if state < TaskState.FUTURE else state)

    def _set_state(self, value: int) -> None:
        self._state = value

    def _inherit_data(self) -> None:
        # Values are never changed in place, so one level of copying is enough.
        parent = self.parent
        if parent is not None:
            self.data = {**parent.data, **self.data}

    def set_values(self, values: Mapping[str, object], *, inwards: bool = True) -> None:
        """Set variables, here and wherever else the same run goes on: a variable has one value for all branches.

        What a person answered last (`outcome`, `returned`) stays with the path, and what one instance of a
        multi-instance sets stays with that instance. `inwards` lets such instances know what is set outside of them.
        """
        self.data = {**self.data, **values}
        if self.task_spec.keeps_values:
            self.internal_data = {**self.internal_data, "set": sorted({*self.own_names, *values})}
        shared = {name: value for name, value in values.items() if name not in OF_THE_PATH}
        if shared:
            self.workflow.top_workflow.share(self, shared, inwards)

    @property
    def own_names(self) -> frozenset[str]:
        """The variables that this instance of a multi-instance has set itself."""
        return frozenset(self.internal_data.get("set", ()))

    def collect_log_extras(self, dct: Mapping[str, object] | None = None) -> dict[str, object]:
        """Spend nothing on a log nobody reads."""
        return {}


class Flowing:
    """What top instance and sub-process instance share."""

    tasks: dict[str, Token]
    spec: Any
    completed: bool
    task_tree: Token
    last_task: Token | None

    def plant(self, data: Mapping[str, object]) -> Token:
        """Create the root token with the data the process starts with."""
        root = Token(self, self.spec.start, state=TaskState.READY)
        root.data = dict(data)
        self.task_tree = root
        return root

    def open_tokens(self, state: int = OPEN) -> Iterator[Token]:
        """All tokens in one of the given states."""
        return (token for token in list(self.tasks.values()) if token._state & state)

    def update_waiting_tasks(self) -> None:
        """Let the joins look again; events are fired from outside only."""
        for token in self.open_tokens(TaskState.WAITING):
            if token.task_spec.joins and token._state == TaskState.WAITING:
                token.task_spec._update(token)

    def end_now(self) -> None:
        """Cancel every token and count as completed."""
        self.completed = True
        for token in self.open_tokens(~TaskState.FINISHED_MASK):
            token.cancel()

    def _remove_task(self, task_id: str) -> None:
        token = self.tasks[task_id]
        if token._state & OPEN:  # stock SpiffWorkflow drops running children without telling them
            token.task_spec._on_cancel(token)
        super()._remove_task(task_id)  # type: ignore[misc]

    def collect_log_extras(self, dct: Mapping[str, object] | None = None) -> dict[str, object]:
        """Spend nothing on a log nobody reads."""
        return {}


class Inner(Flowing, BpmnSubWorkflow):
    """One run of an embedded sub-process."""

    def __init__(self, spec: Any, parent_task_id: str, top_workflow: "Instance") -> None:
        super().__init__(spec, parent_task_id, top_workflow, deserializing=True)

    def _calculate_depth(self) -> int:
        return int(self.parent_workflow.depth) + 1


class Instance(Flowing, BpmnWorkflow):
    """One run of a process during one move, with what the move causes outside."""

    def __init__(self, plan: Plan, around: Surroundings, area: str = "", own: Iterable[str] = ()) -> None:
        """`area` is the sub-process that a child of a multi-instance runs instead of the process.

        `own` are the variables that the run has set itself so far, as a whole.
        """
        spec = plan.inner[area] if area else plan.process
        super().__init__(spec, plan.inner, script_engine=CLOSED_ENGINE, deserializing=True)
        self.plan = plan
        self.area = area
        self.own = set(own)
        self.around = around
        self.arrivals = 0
        self.work = MOVE_WORK
        self.result: object = None
        self.current: Token | None = None
        self.groups: list[NewGroup] = []
        self.cancelled_groups: list[str] = []
        self.escaped: list[Escaped] = []
        self.thrown: list[Thrown] = []
        self.before: Waiting | None = None

    def evaluate(self, expression: Expression, data: Mapping[str, object]) -> object:
        """Evaluate an expression of the diagram over the data at a token."""
        scope = Scope(data, self.around.names, self.around.now, self.plan.variables)
        result = expression.within(scope)
        self.spend(MAX_WORK - scope.work, expression.source)
        return result

    def spend(self, amount: int, source: str) -> None:
        """Count the work of this move; refuses more than any honest move needs."""
        self.work -= amount
        if self.work < 0:
            raise ExpressionRefused(source, Reason(N_("too much work in one move")))

    def share(self, token: Token, values: Mapping[str, object], inwards: bool) -> None:
        """Give the other unfinished tokens the values one of them has set.

        Instances of a multi-instance that it stands outside of take them `inwards`, but for what is their own.
        """
        owner = self._owner_of(token)
        if owner is None:
            self.own |= values.keys()
        for other in self.everywhere(~TaskState.FINISHED_MASK):
            theirs = self._owner_of(other)
            if other is token:
                continue
            if theirs is owner:
                other.data = {**other.data, **values}
            elif theirs is not None and owner is None and inwards:
                own = {*theirs.own_names, theirs.task_spec.item}
                outer = {name: value for name, value in values.items() if name not in own}
                other.data = {**other.data, **outer}

    def _owner_of(self, token: Token) -> Token | None:
        """The innermost instance of a multi-instance that a token works in; None outside of any."""
        while True:
            line: Token | None = token
            while line is not None:
                if line.task_spec.keeps_values:
                    return line
                line = line.parent
            if token.workflow is self:
                return None
            token = self.host_of(token.workflow)

    def areas(self) -> "list[Flowing]":
        """This instance and its running sub-processes, inner ones last."""
        return [self, *(inner for inner in self.subprocesses.values() if not inner.completed)]

    def everywhere(self, state: int = OPEN) -> Iterator[Token]:
        """All open tokens of the instance and its running sub-processes."""
        for area in self.areas():
            yield from area.open_tokens(state)

    def host_of(self, area: Any) -> Token:
        """The token a sub-process runs for."""
        for other in (self, *self.subprocesses.values()):
            if area.parent_task_id in other.tasks:
                return other.tasks[area.parent_task_id]  # type: ignore[no-any-return]
        raise InstanceStuck(area.spec.name, Reason(N_("its sub-process has lost its place")))

    def begin_inner(self, host: Token, name: str) -> Inner:
        """Start an embedded sub-process with the data of its host."""
        inner = Inner(self.subprocess_specs[name], host.id, self)
        self.subprocesses[host.id] = inner
        inner.completed_event.connect(host.task_spec.inner_ended, host)
        root = inner.plant(host.data)
        root.run()
        return inner

    def settle(self, prune: Callable[["Instance"], None]) -> None:
        """Run everything that needs nobody, forgetting history now and then; refuses circles that never wait."""
        runs, pruned = 0, 0
        moved = True
        while moved:
            moved = False
            if runs - pruned > PRUNE_AFTER:
                pruned = runs
                prune(self)
            for token in self.everywhere(TaskState.READY):
                if token.task_spec.manual or token._state != TaskState.READY or self.completed:
                    continue
                runs += 1
                moved = True
                self.current = token
                if runs > MAX_RUNS:
                    raise InstanceStuck(
                        token.task_spec.name, Reason(N_("it runs in a circle without waiting for anybody"))
                    )
                token.run()

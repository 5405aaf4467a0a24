"""What an instance shows after a move: its state, and everything that waits."""

from datetime import datetime

from SpiffWorkflow import TaskState

from workflows.engine.language.reasons import N_, Reason
from workflows.engine.running.activities import DetachedCall
from workflows.engine.running.events import awaited_at
from workflows.engine.running.handing import result_of
from workflows.engine.running.parts import UserStep
from workflows.engine.running.state import dump, prune
from workflows.engine.running.tokens import Instance
from workflows.engine.snapshot import Awaited, DueTimer, OpenStep, Snapshot, Waiting
from workflows.errors import InstanceStuck


def waiting(top: Instance, moved: str | None) -> Waiting:
    """Note what waits for people and for the clock, apart from the token about to be moved."""
    steps, timers, events = [], {}, []
    for token in top.everywhere():
        if token.id == moved:
            continue
        if isinstance(token.task_spec, UserStep):
            steps.append(token.id)
        elif "due" in token.internal_data:
            timers[token.id] = datetime.fromisoformat(token.internal_data["due"])
        elif awaited_at(token) is not None:
            events.append(token.id)
    return Waiting(frozenset(steps), timers, frozenset(events))


def snapshot_of(top: Instance) -> Snapshot:
    """Give the state and all that waits after a move; refuses with InstanceStuck when nothing does before the end."""
    caused = {
        "before": top.before,
        "groups": tuple(top.groups),
        "cancelled_groups": tuple(top.cancelled_groups),
        "escaped": tuple(top.escaped),
        "thrown": tuple(top.thrown),
    }
    if top.completed:
        return Snapshot(b"", True, result=result_of(top), **caused)  # type: ignore[arg-type]
    prune(top)
    steps, timers, awaited, calls = [], [], [], []
    unset = top.plan.unset
    for token in top.everywhere():
        spec = token.task_spec
        if isinstance(spec, UserStep):
            steps.append(OpenStep(token.id, spec.bpmn_id, {**unset, **token.data}))
        elif isinstance(spec, DetachedCall):
            calls.append(token.id)
        elif "due" in token.internal_data:
            due = datetime.fromisoformat(token.internal_data["due"])
            timers.append(DueTimer(token.id, spec.bpmn_id, due, spec.trigger.text))
        elif (notice := awaited_at(token)) is not None:
            key = token.internal_data.get("awaits", "")
            awaited.append(Awaited(token.id, spec.bpmn_id, notice.kind, notice.name, key, token.data))
    if not (steps or timers or awaited or calls):
        held = [token.task_spec.bpmn_id for token in top.everywhere(TaskState.WAITING)]
        element = ", ".join(filter(None, held)) or top.plan.specification.key
        raise InstanceStuck(element, Reason(N_("nothing waits and the end is not reached")))
    return Snapshot(
        dump(top),
        False,
        tuple(steps),
        tuple(timers),
        awaited=tuple(awaited),
        calls=tuple(calls),
        **caused,  # type: ignore[arg-type]
    )

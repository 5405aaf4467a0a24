"""A deadline that had passed and was moved ahead: the path it opened is taken back, and its timer waits again."""

from SpiffWorkflow import TaskState

from workflows.engine.running.events import Border, Timer
from workflows.engine.running.parts import Part
from workflows.engine.running.tokens import OPEN, Token


def rule_of(step: Part) -> str | None:
    """Give the rule by which the timer that alone opens a step computes its instant."""
    border = alarm_of(step)
    return border.trigger.text if border is not None and isinstance(border.trigger, Timer) else None


def alarm_of(step: Part) -> Border | None:
    """Give the timer beside an activity that alone opens a step and leads nowhere else; None for other steps.

    An interrupting timer has ended its activity, which nothing can bring back.
    """
    sources = [step._wf_spec.task_specs[name] for name in step._inputs]
    border = sources[0] if len(sources) == 1 else None
    if not isinstance(border, Border) or border.interrupts or not isinstance(border.trigger, Timer):
        return None
    return border if len(border.outputs) == 1 else None


def rearm(step: Token) -> Token | None:
    """Take the step back and let its timer wait again; None when the activity beside it waits no more.

    The instant is computed anew. A timer of a cycle that still waits is left as it is.
    """
    border, beside = alarm_of(step.task_spec), step.parent.children
    if border is None or not any(one.task_spec.name == border.host and one._state & OPEN for one in beside):
        return None
    if any(one.task_spec is border and one._state == TaskState.WAITING for one in beside):
        return None
    timer: Token = step.parent._add_child(border, TaskState.WAITING)
    timer.data = {**step.data}
    border.trigger.arm(timer)
    if "due" not in timer.internal_data:
        timer.cancel()
        return None
    step.cancel()
    return timer

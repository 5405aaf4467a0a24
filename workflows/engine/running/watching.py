"""Tells which way tokens go through a compiled version, for reports on what a set of rehearsals has covered."""

from collections.abc import Callable
from typing import Any

from workflows.engine.running.plan import Plan
from workflows.engine.running.tokens import Token

Passed = Callable[[str, str], None]


def watch(plan: Plan, passed: Passed) -> None:
    """From now on tell `passed` of each pair of elements that a token goes from and to."""

    def tell(area: Any, token: Token) -> None:
        for child in token.children:
            passed(_drawn(token.task_spec), _drawn(child.task_spec))

    for area in (plan.process, *plan.inner.values()):
        for part in area.task_specs.values():
            part.completed_event.connect(tell)


def _drawn(part: Any) -> str:
    """Give the element of the diagram; what stands before an activity with boundary events stands for it."""
    return str(part.bpmn_id or part.name.split("~")[0])

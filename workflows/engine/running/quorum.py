"""Whether a call whose children run apart has enough of them: its completion condition, over parent and child."""

from collections.abc import Mapping

from workflows.engine.language.expressions import Scope, compiled
from workflows.engine.running.activities import DetachedCall
from workflows.engine.running.tokens import Instance, Token
from workflows.engine.snapshot import Ended


def enough(top: Instance, call: Token, condition: str, ended: Ended, declared: frozenset[str]) -> bool:
    """Evaluate the condition as for steps of the instance (`Repeated`): what the child has set lies above the rest.

    `declared` are the variables of the child, whose names the condition may use as well.
    """
    expression = compiled(condition)
    values = {**call.data, **_own(call.task_spec, ended), **ended.counters}
    part = call.task_spec
    if part.output in expression.variables:
        wanted = part.many.output_item or "result"
        values[part.output] = [result.get(wanted) for result in ended.results()]
    scope = Scope(values, top.around.names, top.around.now, top.plan.variables | declared)
    return bool(expression.within(scope))


def _own(part: DetachedCall, ended: Ended) -> Mapping[str, object]:
    """What the child has set itself, and its item; the rest its parent knows better by now."""
    item = part.many.item if part.many is not None else None
    return {
        name: value
        for name, value in ended.result.items()
        if name == item or name not in ended.given or ended.given[name] != value
    }

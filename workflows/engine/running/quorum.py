"""Whether a call whose children run apart has enough of them: its completion condition, over parent and child."""

from workflows.engine.language.expressions import Scope, compiled
from workflows.engine.language.vocabulary import ALL
from workflows.engine.running.activities import DetachedCall
from workflows.engine.running.handing import handed_back
from workflows.engine.running.tokens import Instance, Token
from workflows.engine.snapshot import Ended


def enough(top: Instance, call: Token, condition: str, ended: Ended, declared: frozenset[str]) -> bool:
    """Evaluate the condition as for steps of the instance (`Repeated`): what the child has set lies above the rest.

    `declared` are the variables of the child, whose names the condition may use as well.
    """
    expression, part = compiled(condition), call.task_spec
    values = {**call.data, **_own(part, ended), **ended.counters}
    if part.output in expression.variables:
        values[part.output] = part.outputs_of(ended.results())
    scope = Scope(values, top.around.names, top.around.now, top.plan.variables | declared)
    return bool(expression.within(scope))


def _own(part: DetachedCall, ended: Ended) -> dict[str, object]:
    """What the child has set itself, under the names here too; the rest its parent knows better.

    A child that was under way before it noted what it sets is asked what has become otherwise.
    """
    item = part.many.item if part.many is not None else None
    others = {
        name: value
        for name, value in ended.result.items()
        if name == item or name not in ended.given or ended.given[name] != value
    }
    return others | handed_back([ended.result], ((ALL, ALL), *part.returns), ())

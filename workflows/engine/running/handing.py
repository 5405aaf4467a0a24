"""What a run hands back at its end to the call that waits for it: its data, and which of it the run has set itself."""

from collections.abc import Iterable, Mapping
from datetime import UTC

from workflows.engine.language.vocabulary import ALL, RESERVED
from workflows.engine.running.tokens import Instance

# No variable can be called so.
SET = "~"

Result = Mapping[str, object]


def result_of(top: Instance) -> dict[str, object]:
    """Give the data at the end; "result" is the `rs:result` of the end event reached last."""
    data = top.last_task.data if top.last_task is not None else {}
    found: dict[str, object] = {**data, "result": top.result}
    if top.own:
        note: dict[str, object] = {"at": top.around.now.astimezone(UTC).isoformat(), "names": sorted(top.own)}
        if "result" in top.own:  # a variable of that name, which the result of the run hides
            note["result"] = data.get("result")
        found[SET] = note
    return found


def handed_back(
    results: Iterable[Result], returns: Iterable[tuple[str, str]], local: Iterable[str | None]
) -> dict[str, object]:
    """Give the variables that runs hand back, each as (its name there, its name here).

    `ALL` is what the run has set itself, apart from `local`. Of two that set the same the one that ended last counts.
    """
    found: dict[str, object] = {}
    away = {*local, *RESERVED}
    for result in sorted(results, key=lambda one: str(_note(one).get("at", ""))):
        for name, here in returns:
            if name == ALL:
                found |= {own: value_in(result, own) for own in _names(result) if own not in away}
            else:
                found[here] = value_in(result, name)
    return found


def value_in(result: Result, name: str) -> object:
    """Give a variable of a run that has ended, also one called `result`."""
    note = _note(result)
    return note[name] if name == "result" and name in note else result.get(name)


def _names(result: Result) -> list[str]:
    names = _note(result).get("names")
    return names if isinstance(names, list) else []


def _note(result: Result) -> Result:
    note = result.get(SET)
    return note if isinstance(note, Mapping) else {}

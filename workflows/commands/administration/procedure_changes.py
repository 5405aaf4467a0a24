"""What a new version of a procedure changes for people, read from the two drawings."""

from dataclasses import dataclass, fields
from enum import StrEnum

from workflows.engine import Specification, Step


class ChangeKind(StrEnum):
    """How a step differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One element that differs; `parts` names which of its rules (fields of `Step`), when it changed."""

    kind: ChangeKind
    element_id: str
    name: str
    is_step: bool
    parts: tuple[str, ...] = ()


def changes_between(old: Specification | None, new: Specification) -> list[Change]:
    """List what differs: added, removed and changed steps first, then other named elements.

    Empty when only the flow or the looks of the drawing changed.
    """
    before = old or Specification(new.key, new.name)
    changes = [_step(ChangeKind.ADDED, new.steps[key]) for key in new.steps if key not in before.steps]
    changes += [_step(ChangeKind.REMOVED, before.steps[key]) for key in before.steps if key not in new.steps]
    for key, step in new.steps.items():
        if key in before.steps and (parts := _parts(before.steps[key], step)):
            changes.append(Change(ChangeKind.CHANGED, key, step.name or key, True, parts))
    return changes + _others(before, new)


def _step(kind: ChangeKind, step: Step) -> Change:
    return Change(kind, step.element_id, step.name or step.element_id, True)


def _parts(old: Step, new: Step) -> tuple[str, ...]:
    return tuple(part.name for part in fields(Step) if getattr(old, part.name) != getattr(new, part.name))


def _others(old: Specification, new: Specification) -> list[Change]:
    before = {key: name for key, name in old.names.items() if key not in old.steps}
    after = {key: name for key, name in new.names.items() if key not in new.steps}
    changes = [Change(ChangeKind.ADDED, key, after[key], False) for key in after if key not in before]
    changes += [Change(ChangeKind.REMOVED, key, before[key], False) for key in before if key not in after]
    changed = [
        key
        for key in after.keys() & before.keys()
        if after[key] != before[key] or new.calls.get(key) != old.calls.get(key)
    ]
    return changes + [Change(ChangeKind.CHANGED, key, after[key], False) for key in sorted(changed)]

"""What a new version of a procedure changes for people, read from the two drawings."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from workflows.engine import Specification, Step
from workflows.engine.diagram.likeness import Likeness


class ChangeKind(StrEnum):
    """How a step differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    # The procedure as a whole; `parts` names one of WHOLE.
    WHOLE = "whole"


# Of the likeness; decision tables are compared by themselves.
WHOLE = ("name", "name_en", "rules", "documentation", "flows", "looks")


@dataclass(frozen=True, slots=True)
class Change:
    """One element that differs; `parts` names which of its rules (fields of `Step`), when it changed.

    `was` is the name it had, where that is another.
    """

    kind: ChangeKind
    element_id: str
    name: str
    is_step: bool
    parts: tuple[str, ...] = ()
    was: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing as the engine reads it, and taken apart."""

    specification: Specification
    likeness: Likeness


def changes_between(old: Drawn | None, new: Drawn) -> list[Change]:
    """List what differs: the whole, then added, removed and changed steps, then other elements.

    The looks are named only when nothing else changed. Empty when the two mean and look the same.
    """
    if old is None:
        return _changed_elements(Specification(new.specification.key, ""), new.specification)
    whole = [
        part
        for part in WHOLE
        if part != "looks" and getattr(old.likeness, part) != getattr(new.likeness, part)
    ]
    found = [Change(ChangeKind.WHOLE, "", new.specification.name, False, (part,)) for part in whole]
    found += _changed_elements(old.specification, new.specification)
    found += _changed_inside(old.likeness, new.likeness, {change.element_id for change in found})
    if not found and old.likeness.looks != new.likeness.looks:
        found = [Change(ChangeKind.WHOLE, "", new.specification.name, False, ("looks",))]
    return found


def table_changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    """List the files of decision tables that differ."""
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return [Change(ChangeKind.WHOLE, "", name, False, ("decisions",)) for name in names]


def _changed_inside(old: Likeness, new: Likeness, told: set[str]) -> list[Change]:
    """Elements for nobody in particular, such as timers and scripts, that were not named yet."""
    changes = []
    for kind, here, there in ((ChangeKind.ADDED, new, old), (ChangeKind.REMOVED, old, new)):
        for key in here.elements:
            if key not in there.elements and key not in told:
                changes.append(Change(kind, key, here.labels[key] or key, False))
    for key, inside in new.elements.items():
        if key in old.elements and old.elements[key] != inside and key not in told:
            changes.append(Change(ChangeKind.CHANGED, key, new.labels[key] or key, False))
    return changes


def _changed_elements(before: Specification, new: Specification) -> list[Change]:
    changes = [_step(ChangeKind.ADDED, new.steps[key]) for key in new.steps if key not in before.steps]
    changes += [_step(ChangeKind.REMOVED, before.steps[key]) for key in before.steps if key not in new.steps]
    for key, step in new.steps.items():
        if key in before.steps and (parts := _parts(before.steps[key], step)):
            was = before.steps[key].name if "name" in parts else ""
            changes.append(Change(ChangeKind.CHANGED, key, step.name or key, True, parts, was))
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

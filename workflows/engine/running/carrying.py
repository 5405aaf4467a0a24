"""Carries an instance over to another version of its diagram: every open token finds its element there, or none moves.

Tokens keep their identifiers and data, timers their instants. Boundary events that the other version adds to an open
activity begin to wait, those that it has no more are dropped; event sub-processes it adds do not open any more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from SpiffWorkflow import TaskState

from workflows.engine.running.activities import DetachedCall, Repeated
from workflows.engine.running.compiling import inner_name
from workflows.engine.running.events import Border, Catch, Door, awaited_at
from workflows.engine.running.parts import Part
from workflows.engine.running.plan import Plan
from workflows.engine.running.state import dump, load, prune
from workflows.engine.running.tokens import OPEN, Instance, Token
from workflows.engine.snapshot import Surroundings
from workflows.errors import VersionUnfit

SPLIT, DOOR, CHILD = "~split", "~door", " [child]"


@dataclass(frozen=True, slots=True)
class Carried:
    """An instance in another version, and what waits in it more or less than before (ids of elements)."""

    top: Instance
    appeared: tuple[str, ...]
    dropped: tuple[str, ...]
    # Event sub-processes of the other version that this instance will never open.
    absent: tuple[str, ...]


def carry(top: Instance, plan: Plan, mapping: Mapping[str, str], around: Surroundings) -> Carried:
    """Give the instance in another version; `mapping` names what replaces elements that are there no more.

    Refuses VersionUnfit, naming the elements, when something open is not there as the same kind.
    """
    areas = _areas(top, plan, mapping)
    dropped = tuple(_drop(areas, mapping))
    prune(top)
    unfit = [
        token.task_spec
        for area, specs in areas.items()
        for token in area.tasks.values()
        if not _fits(token, specs, mapping)
    ]
    if unfit:
        raise VersionUnfit(*dict.fromkeys(one.bpmn_id or one.name.removesuffix(SPLIT) for one in unfit))
    other = load(plan, _renamed(dump(top), mapping), around)
    before = {area: _names(area.spec, mapping) for area in areas}
    known = {target.name: before[area] for area, target in areas.items()}
    appeared: list[str] = []
    absent: list[str] = []
    for area in other.areas():
        old = known[area.spec.name]
        absent += [
            part.bpmn_id for part in _parts(area.spec) if isinstance(part, Door) and part.name not in old
        ]
        for token in list(area.open_tokens(OPEN)):
            if token.task_spec.hosts:
                appeared += _arm(token, old)
            if (notice := awaited_at(token)) is not None:
                notice.arm(token)
    return Carried(other, tuple(appeared), dropped, tuple(absent))


def replacing(plan: Plan, other: Plan, element_id: str, mapping: Mapping[str, str]) -> frozenset[str]:
    """Give the elements of another version that can take the place of one: of its kind, waiting for the same."""
    name = inner_name(element_id)
    for area, process in (("", plan.process), *plan.inner.items()):
        if name not in process.task_specs:
            continue
        there = other.inner.get(mapping.get(area, area)) if area else other.process
        parts = {part.bpmn_id: part for part in _parts(there) if part.name == inner_name(part.bpmn_id or "")}
        old = process.task_specs[name]
        return frozenset(
            one
            for one, new in parts.items()
            if one and type(new) is type(old) and not _unlike(old, new, {**mapping, element_id: one})
        )
    return frozenset()


def _areas(top: Instance, plan: Plan, mapping: Mapping[str, str]) -> dict[Any, Any]:
    """For the instance and its running sub-processes, the specification that each has in the other version.

    What is inside a sub-process that has none is left out.
    """
    found: dict[Any, Any] = {}
    wanted = mapping.get(top.area, top.area)
    found[top] = plan.inner.get(wanted) if wanted else plan.process
    if found[top] is None:
        raise VersionUnfit(top.area)
    for area in top.areas()[1:]:
        host = top.host_of(area)
        if host.workflow not in found or not _fits(host, found[host.workflow], mapping):
            continue
        found[area] = plan.inner[found[host.workflow].task_specs[renamed(host.task_spec.name, mapping)].spec]
    return found


def renamed(name: str, mapping: Mapping[str, str]) -> str:
    """Give the name of a part in the other version."""
    for suffix in (SPLIT, DOOR, CHILD):
        if name.endswith(suffix):
            base = name.removesuffix(suffix)
            return mapping.get(base, base) + suffix
    base = name.removesuffix("~")
    return inner_name(mapping[base]) if base in mapping and name == inner_name(base) else name


def _fits(token: Token, process: Any, mapping: Mapping[str, str]) -> bool:
    old = token.task_spec
    new = process.task_specs.get(renamed(old.name, mapping))
    return type(new) is type(old) and not _unlike(old, new, mapping)


def _unlike(old: Any, new: Any, mapping: Mapping[str, str]) -> bool:
    """Tell whether an element of the same kind waits for something else, so that what is stored would not fit it."""
    if isinstance(old, Catch) and old.trigger.kind != new.trigger.kind:
        return True
    if isinstance(old, Border) and renamed(old.host, mapping) != new.host:
        return True
    if isinstance(old, DetachedCall):
        same = (old.called, mapping.get(old.area, old.area)) == (new.called, new.area)
        return not same or (old.many is None) != (new.many is None)
    return isinstance(old, Repeated) and old.many.sequential != new.many.sequential


def _drop(areas: Mapping[Any, Any], mapping: Mapping[str, str]) -> Iterator[str]:
    """Let boundary events and doors that the other version has no more wait no more."""
    for area, process in areas.items():
        for token in area.open_tokens(TaskState.WAITING):
            part = token.task_spec
            if not isinstance(part, Border):
                continue
            new = process.task_specs.get(renamed(part.name, mapping))
            if type(new) is not type(part) or _unlike(part, new, mapping):
                token.cancel()
                yield part.bpmn_id


def _renamed(state: bytes, mapping: Mapping[str, str]) -> bytes:
    """Write other names of parts into a stored state (`workflows.engine.running.state.dump`)."""
    if not mapping:
        return state
    version, arrivals, result, rows, areas, *rest = orjson.loads(state)
    for row in (*rows, *(row for _, inner in areas for row in inner)):
        row[2] = renamed(row[2], mapping)
    rest[:1] = [mapping.get(area, area) for area in rest[:1]]
    return orjson.dumps([version, arrivals, result, rows, areas, *rest])


def _names(process: Any, mapping: Mapping[str, str]) -> set[str]:
    return {renamed(name, mapping) for name in process.task_specs}


def _parts(process: Any) -> Iterator[Part]:
    yield from process.task_specs.values() if process is not None else ()


def _arm(host: Token, known: set[str]) -> Iterator[str]:
    """Let the boundary events that are new at an open activity wait beside it."""
    added = [
        part
        for part in _parts(host.workflow.spec)
        if isinstance(part, Border) and part.host == host.task_spec.name and part.name not in known
    ]
    if not added:
        return
    name = f"{host.task_spec.bpmn_id}{SPLIT}"
    split = host.parent if host.parent.task_spec.name == name else _put_between(host, name)
    for part in added:
        border = split._add_child(part, TaskState.FUTURE)
        part._update(border)
        yield part.bpmn_id


def _put_between(host: Token, name: str) -> Token:
    """Put the split that arms an activity and its boundary events where the activity had none."""
    parent = host.parent
    split: Token = parent._add_child(host.workflow.spec.task_specs[name], TaskState.COMPLETED)
    split.data = dict(host.data)
    parent._children.remove(host.id)
    host._parent = split.id
    split._children.append(host.id)
    return split

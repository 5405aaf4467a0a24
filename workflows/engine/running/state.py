"""The stored state of an instance: rows of open tokens as JSON bytes, about 1 KB, without specification.

Values carry our own tags and user records are escaped, so form data can never choose how it is read back.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from SpiffWorkflow import TaskState

from workflows.engine.language.reasons import N_, Reason, reason_of
from workflows.engine.running.plan import Plan
from workflows.engine.running.tokens import Flowing, Inner, Instance, Token
from workflows.engine.snapshot import Surroundings
from workflows.errors import InstanceStuck, StateUnreadable

VERSION = 1
TAG = "$t"
MAX_VALUES = 400_000  # scripts can double a value per step; a state this large is a fault of the diagram
SCALARS = {str, float, bool, type(None)}
CONTAINERS = {dict, list, tuple, set}


class _Encoder:
    def __init__(self) -> None:
        self.left = MAX_VALUES

    def encode(self, value: Any, depth: int = 0) -> Any:
        kind = type(value)
        if kind in SCALARS:
            return value
        if kind is int:
            return value if -(2**63) <= value < 2**63 else {TAG: "i", "v": str(value)}
        self.left -= 1 + (len(value) if kind in CONTAINERS else 0)
        if self.left < 0 or depth > 60:
            raise ValueError(Reason(N_("the data of the process is too large")))
        if isinstance(value, Mapping):
            plain = {str(key): self.encode(entry, depth + 1) for key, entry in value.items()}
            return {TAG: "m", "v": plain} if TAG in plain else plain
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.encode(entry, depth + 1) for entry in value]
        if isinstance(value, datetime):
            return {TAG: "t", "v": value.isoformat()}
        if isinstance(value, date):
            return {TAG: "d", "v": value.isoformat()}
        if isinstance(value, timedelta):
            return {TAG: "s", "v": value.total_seconds()}
        raise ValueError(_unkept(f"process data cannot hold {type(value).__name__}"))


def _unkept(text: str) -> Reason:
    return Reason.behind(text, N_("a variable holds what cannot be kept"))


def _decode(value: Any) -> Any:
    if type(value) is list:
        return [_decode(entry) for entry in value]
    if type(value) is not dict:
        return value
    if TAG not in value:
        return {key: _decode(entry) for key, entry in value.items()}
    content = value["v"]
    match value[TAG]:
        case "m":
            return {key: _decode(entry) for key, entry in content.items()}
        case "t":
            return datetime.fromisoformat(content)
        case "d":
            return date.fromisoformat(content)
        case "s":
            return timedelta(seconds=content)
        case "i":
            return int(content)
    raise StateUnreadable(f"unknown tag {value[TAG]}")


def dump(top: Instance) -> bytes:
    """Write the pruned instance; refuses data that is too large or not plain."""
    encoder = _Encoder()
    inner = ((host, area) for host, area in top.subprocesses.items() if not area.completed)
    key = top.plan.specification.key
    try:
        areas = [[host, _rows(area, encoder)] for host, area in inner]
        content = [VERSION, top.arrivals, encoder.encode(top.result), _rows(top, encoder), areas]
        return orjson.dumps([*content, top.area, *([sorted(top.own)] if top.own else [])])
    except ValueError as error:
        raise InstanceStuck(key, reason_of(error)) from error
    except orjson.JSONEncodeError as error:  # half a sign, which is no text
        raise InstanceStuck(key, _unkept(f"process data cannot hold this: {error}")) from error


def _rows(area: Flowing, encoder: _Encoder) -> list[list[Any]]:
    """Parents before children; a row keeps only what differs from its parent's data."""
    rows: list[list[Any]] = []
    pending = [(area.task_tree, -1)]
    for token, parent_row in pending:
        parent = token.parent
        known: dict[str, Any] = parent.data if parent is not None else {}
        whole = any(key not in token.data for key in known)
        delta = token.data if whole else _difference(known, token.data)
        row = [token.id, parent_row, token.task_spec.name, token._state, encoder.encode(delta)]
        flags = (1 if token.triggered else 0) | (2 if whole else 0)
        if flags or token.internal_data:
            row += [flags, encoder.encode(token.internal_data)]
        rows.append(row)
        number = len(rows) - 1
        pending.extend((child, number) for child in token.children)
    return rows


def _difference(known: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in data.items() if k not in known or (known[k] is not v and known[k] != v)}


def load(plan: Plan, state: bytes, around: Surroundings) -> Instance:
    """Build the instance again; refuses bytes that are no state of this diagram."""
    try:
        version, arrivals, result, rows, areas, *rest = orjson.loads(state)
        if version != VERSION:
            raise StateUnreadable(f"version {version}")
        # The sub-process that a child runs, and the names that the run has set, which older states do not say.
        top = Instance(plan, around, *rest)
        top.arrivals = arrivals
        top.result = _decode(result)
        _plant(top, rows)
        for host_id, inner_rows in areas:
            host = next(
                area.tasks[host_id] for area in (top, *top.subprocesses.values()) if host_id in area.tasks
            )
            inner = Inner(plan.inner[host.task_spec.spec], host_id, top)
            top.subprocesses[host_id] = inner
            _plant(inner, inner_rows)
            inner.completed_event.connect(host.task_spec.inner_ended, host)
    except (ValueError, LookupError, TypeError, AttributeError, StopIteration) as error:
        text = f"{type(error).__name__}: {error}"
        raise StateUnreadable(Reason.behind(text, N_("it does not fit the procedure it runs"))) from error
    return top


def _plant(area: Flowing, rows: list[list[Any]]) -> None:
    tokens: list[Token] = []
    specs = area.spec.task_specs
    for identifier, parent_row, name, state, delta, *rest in rows:
        parent = tokens[parent_row] if parent_row >= 0 else None
        token = Token(area, specs[name], parent, state, identifier)
        flags, internal = rest if rest else (0, None)
        token.triggered = bool(flags & 1)
        if internal:
            token.internal_data = _decode(internal)
        own = _decode(delta)
        token.data = own if parent is None or flags & 2 else {**parent.data, **own}
        tokens.append(token)
    area.task_tree = tokens[0]


def prune(top: Instance) -> None:
    """Forget finished history: keep open tokens, the forks between them, and what joins still ask for."""
    for host in [host for host, area in top.subprocesses.items() if area.completed]:
        del top.subprocesses[host]
    for area in (top, *top.subprocesses.values()):
        _prune_area(area)


def _prune_area(area: Flowing) -> None:
    keep: set[str] = set()
    for token in area.open_tokens():
        line: Token | None = token
        while line is not None and line.id not in keep:
            keep.add(line.id)
            line = line.parent
    root = area.task_tree
    keep.add(root.id)
    for identifier in [i for i in area.tasks if i not in keep]:
        del area.tasks[identifier]
    for token in area.tasks.values():
        token._children = [child for child in token._children if child in keep]
    for token in list(area.tasks.values()):
        if token is not root and _is_history(token):
            child = token.children[0]
            parent = token.parent
            child._parent = parent.id
            parent._children[parent._children.index(token.id)] = child.id
            del area.tasks[token.id]
    area.last_task = None
    if len(root._children) == 1:
        root.data = {}


def _is_history(token: Token) -> bool:
    if not token._state & TaskState.FINISHED_MASK or len(token._children) != 1:
        return False
    child = token.children[0]
    return not (child.task_spec.asks_source and child._state == TaskState.WAITING)

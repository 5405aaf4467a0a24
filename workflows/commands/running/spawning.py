"""Children of a group are rows until somebody touches them; many are added chunk by chunk: nobody waits long."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from models.campaign import SubjectKind
from models.database import HELD
from models.instance import (
    ChildGroup,
    GroupState,
    InstanceState,
    ProcessInstance,
    Timer,
    TimerState,
    WaitingChildren,
)
from models.prepared import send_for_ids
from models.task import Task
from workflows.commands.running.groups import latest_version
from workflows.commands.running.holding import hold_children
from workflows.commands.running.openings import open_many, task_row
from workflows.commands.running.runs import Run, insert_many
from workflows.commands.running.terms import send_for_terms
from workflows.engine import ChildItem, NewGroup
from workflows.errors import ConcurrentChange
from workflows.unit_of_work import UnitOfWork

# Children whose first step needs the engine are built at once up to this number, the rest by the worker.
BUILT_AT_ONCE = 64
# The element of the timer row that asks the worker to build a child.
START = "start"
# Children added in one transaction; the worker adds the next ones when this timer of the parent fires.
CHUNK = 1_000
MORE = "more"

ToStart = list[tuple[Run, str]]


def spawn(work: UnitOfWork, parent: Run, group: NewGroup, *, reason: str = "", note: str = "") -> ToStart:
    """Add the child instances a call activity asks for, with the tasks that open at once.

    `reason` (why all of it came back) is for children whose item has none of its own, `note` (what was said) for
    all. Gives the children that the engine must build now, each with the reason it came back with. Of a large group
    that runs side by side the worker adds all but the first thousand.
    """
    # Children of a sub-process run the very diagram their parent runs.
    version_id = parent.version_id if group.area else latest_version(work, group.called)
    row = ChildGroup(
        parent_id=parent.id,
        token=group.token,
        element_id=group.element_id,
        version_id=version_id,
        area=group.area,
        state=GroupState.OPEN,
        sequential=group.sequential,
        condition=group.condition,
        opened_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    now = group.items if group.sequential else group.items[:CHUNK]
    for first in range(len(now), len(group.items), CHUNK):
        later = group.items[first : first + CHUNK]
        work.session.add(
            WaitingChildren(
                group_id=row.id,
                position=first,
                number=len(later),
                items={
                    "shared": dict(later[0].shared),
                    "name": later[0].name,
                    "items": [[one.key, one.item] for one in later],
                    "reason": reason,
                    "note": note,
                },
            )
        )
    if len(now) < len(group.items):
        _ask_worker(work, parent.id, MORE, str(row.id))
    return add_children(
        work,
        parent,
        row.id,
        version_id,
        now,
        area=group.area,
        sequential=group.sequential,
        reason=reason,
        note=note,
    )


def spawn_more(work: UnitOfWork, parent: Run, group_id: int) -> ToStart:
    """Add the next chunk of a large group, unless it has ended meanwhile, and ask for the one after it.

    Refuses with ConcurrentChange while a child holds the group: it may end it, and then waits for the parent held here.
    """
    group = work.session.get(ChildGroup, group_id, with_for_update={**HELD, "skip_locked": True})
    if group is None:
        raise ConcurrentChange
    chunk = work.session.scalars(
        select(WaitingChildren).filter_by(group_id=group_id).order_by(WaitingChildren.position).limit(1)
    ).first()
    if chunk is None or group.state is not GroupState.OPEN:
        return []
    work.session.execute(delete(WaitingChildren).where(WaitingChildren.id == chunk.id))
    ask_for_more(work, parent.id, group_id)
    shared, name = chunk.items["shared"], chunk.items["name"]
    items = tuple(ChildItem(key, shared, item, name) for key, item in chunk.items["items"])
    return add_children(
        work,
        parent,
        group_id,
        group.version_id,
        items,
        area=group.area,
        first_position=chunk.position,
        reason=chunk.items["reason"],
        note=chunk.items["note"],
    )


def ask_for_more(work: UnitOfWork, parent_id: int, group_id: int) -> bool:
    """Ask the worker once more to add what is left of a large group; false where nothing is left."""
    left = select(WaitingChildren.id).where(WaitingChildren.group_id == group_id).limit(1)
    if work.session.scalar(left) is None:
        return False
    _ask_worker(work, parent_id, MORE, str(group_id))
    return True


def add_children(
    work: UnitOfWork,
    parent: Run,
    group_id: int,
    version_id: int,
    items: tuple[ChildItem, ...],
    *,
    area: str = "",
    sequential: bool = False,
    first_position: int = 0,
    reason: str = "",
    note: str = "",
) -> ToStart:
    """Add children to a group; of a sequential one only the first opens, the others wait their turn."""
    specification = work.engine.specification(version_id)
    first_step = specification.opening_of(area)
    shared = {"version_id": version_id, "area": area, "campaign_id": parent.campaign_id, "group_id": group_id}
    rows = [
        {
            **shared,
            "state": InstanceState.PENDING if sequential and position else InstanceState.RUNNING,
            "start_values": item.values,
            **_subject_of(item.item, parent),
        }
        for position, item in enumerate(items, start=first_position)
    ]
    task_ids = send_for_ids(work.connection, Task.__tablename__, len(items) if first_step else 0)
    if first_step is not None:
        # What the terms need is asked before the server is busy with the rows.
        for unit_id in {row["unit_id"] for row in rows}:
            send_for_terms(work, parent.campaign_id, unit_id)
    children = _insert(work, rows, first_position)
    running = [
        (child, _reason_of(item.item) or reason, number)
        for number, (child, item) in enumerate(zip(children, items, strict=True))
        if child.state is not InstanceState.PENDING
    ]
    to_start: ToStart = []
    if first_step is not None:
        step = specification.steps[first_step]
        open_many(
            work,
            (
                {
                    **task_row(work, child, step, step.element_id, child.start_values, why),
                    "id": task_ids.rows[number][0],
                    "note": note[:1000],
                }
                for child, why, number in running
            ),
        )
    elif len(items) <= BUILT_AT_ONCE:
        to_start = [(child, why) for child, why, _ in running]
    else:
        for child, _, _ in running:
            _ask_worker(work, child.id, START)
    hold_children(work, parent, group_id)
    return to_start


def _insert(work: UnitOfWork, rows: Sequence[dict[str, Any]], first_position: int) -> list[Run]:
    drawn = send_for_ids(work.connection, ProcessInstance.__tablename__, len(rows)).rows
    columns = (
        {**row, "id": id_, "position": position, "started_at": work.now}
        for position, ((id_,), row) in enumerate(zip(drawn, rows, strict=True), start=first_position)
    )
    insert_many.insert_all(work.connection, columns)
    return [
        Run(id=id_, engine_state=None, revision=0, undo_task_id=None, suspended_at=None, **row)
        for (id_,), row in zip(drawn, rows, strict=True)
    ]


def _ask_worker(work: UnitOfWork, instance_id: int, token: str, expression: str = "") -> None:
    work.session.add(
        Timer(
            instance_id=instance_id,
            token=token,
            element_id=token,
            expression=expression,
            due_at=work.now,
            state=TimerState.WAITING,
        )
    )


def _subject_of(item: object, parent: Run) -> dict[str, Any]:
    """Read the child's subject from the item; other items leave the child on the parent's subject."""
    if isinstance(item, Mapping) and "kind" in item and "id" in item:
        return {
            "unit_id": item.get("unit") or parent.unit_id,
            "subject_kind": SubjectKind(str(item["kind"])),
            "subject_id": item["id"],
            "subject_name": str(item.get("name", ""))[:200],
        }
    return {
        "unit_id": parent.unit_id,
        "subject_kind": parent.subject_kind,
        "subject_id": parent.subject_id,
        "subject_name": parent.subject_name,
    }


def _reason_of(item: object) -> str:
    return str(item.get("reason") or "") if isinstance(item, Mapping) else ""

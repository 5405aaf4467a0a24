"""A step becomes a task: who has it, who answers for it, until when, and where it is on its ladder."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import NoneType
from typing import Any, cast

from sqlalchemy import bindparam, insert, or_, select

from models.campaign import SubjectKind
from models.notification import Message
from models.person import Appointment, Position
from models.prepared import Prepared, send_for_ids
from models.task import Task, TaskState
from workflows.commands.running.names import OWN, SAME_IN_UNIT, surroundings_of
from workflows.commands.running.runs import Run
from workflows.commands.running.terms import calendar_of, local_date, send_for_terms
from workflows.engine import Step
from workflows.notify.outbox import announce
from workflows.policy.escalation import Standing, step_on
from workflows.policy.person_names import fold, label_key, sort_key
from workflows.queries.organisation import superior_of
from workflows.unit_of_work import UnitOfWork

# A step without a due rule is due after so many working days: every open step has a due time (C1).
DEFAULT_WORKDAYS = 3

_NEW = (
    *("instance_id", "version_id", "campaign_id", "unit_id"),
    *(
        "subject_kind",
        "subject_id",
        "subject_name",
        "search_text",
        "sort_key",
        "element_id",
        "token",
        "state",
    ),
    *("assignee_id", "role", "role_unit_id", "accountable_id"),
    *("opened_at", "due_at", "rungs_climbed", "next_rung_at", "returned_reason", "note"),
)
# With the id it was given before.
_insert = Prepared(insert(Task).values({name: bindparam(name) for name in ("id", *_NEW)}))

_holding = Prepared(
    select(Appointment.person_id).where(
        Appointment.unit_id == bindparam("unit_id"),
        Appointment.position == bindparam("position"),
        Appointment.from_on <= bindparam("today"),
        or_(Appointment.until_on.is_(None), Appointment.until_on >= bindparam("today")),
    )
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a task: a person, or a role in a unit."""

    person_id: int | None = None
    role: str | None = None
    role_unit_id: int | None = None


def open_task(
    work: UnitOfWork, run: Run, step: Step, token: str, values: Mapping[str, Any], reason: str, note: str
) -> int:
    """Add the task of a step that waits, and tell who has it."""
    # Asked for with what the terms need: then the task, the notice of it and the commit go in one turn.
    drawn = send_for_ids(work.connection, Task.__tablename__, 1)
    row = {**task_row(work, run, step, token, values, reason), "note": note[:1000]}
    ((task_id,),) = drawn.rows
    _insert.send(work.connection, id=task_id, **row)
    announce(
        work,
        Message.TASK_RETURNED if reason else Message.TASK_OPENED,
        person_ids=holders(work, row["assignee_id"], row["role"], row["role_unit_id"]),
        task_id=task_id,
        campaign_id=run.campaign_id,
        details={"reason": reason} if reason else {},
    )
    return int(task_id)


def open_many(work: UnitOfWork, rows: Iterable[dict[str, Any]]) -> None:
    """Add the tasks of children spawned together, with their ids; each person is told once how many there are."""
    told: dict[tuple[int | None, str | None, int | None], list[dict[str, Any]]] = {}

    def noted() -> Iterator[dict[str, Any]]:
        for row in rows:
            told.setdefault((row["assignee_id"], row["role"], row["role_unit_id"]), []).append(row)
            yield row

    _insert.insert_all(work.connection, noted())
    for key, own in told.items():
        steps = sorted({(row["version_id"], row["element_id"]) for row in own})
        announce(
            work,
            Message.TASK_OPENED,
            person_ids=holders(work, *key),
            # One task is told as itself, several by the steps they are.
            task_id=own[0]["id"] if len(own) == 1 else None,
            campaign_id=own[0]["campaign_id"],
            details={"count": len(own), "steps": [list(step) for step in steps]} if len(own) > 1 else {},
        )


def task_row(
    work: UnitOfWork, run: Run, step: Step, token: str, values: Mapping[str, Any], reason: str
) -> dict[str, Any]:
    """Compute all columns of a new task."""
    send_for_terms(work, run.campaign_id, run.unit_id)
    holder = _holder(work, run, _value(work, run, step.assignee, values))
    accountable = _value(work, run, step.accountable, values)
    due_at = due_of(work, run, step, values)
    standing = _standing(work, run.version_id, step, due_at, run.unit_id)
    return {
        "instance_id": run.id,
        "version_id": run.version_id,
        "campaign_id": run.campaign_id,
        "unit_id": run.unit_id,
        "subject_kind": run.subject_kind,
        "subject_id": run.subject_id,
        "subject_name": run.subject_name,
        "search_text": fold(f"{run.subject_name} {step.name}")[:300],
        "sort_key": _subject_key(run),
        "element_id": step.element_id,
        "token": token,
        "state": TaskState.OPEN,
        "assignee_id": holder.person_id,
        "role": holder.role,
        "role_unit_id": holder.role_unit_id,
        "accountable_id": accountable if isinstance(accountable, int) else None,
        "opened_at": work.now,
        "due_at": due_at,
        "rungs_climbed": standing.climbed,
        "next_rung_at": standing.next_at,
        "returned_reason": reason[:1000],
        "note": "",
    }


def _standing(work: UnitOfWork, version_id: int, step: Step, due_at: datetime, unit_id: int) -> Standing:
    """Place a new task on its ladder; those that open together are placed alike."""
    key = ("standing", version_id, step.element_id, due_at, unit_id, work.now)
    if key not in work.cache:
        work.cache[key] = step_on(step.escalation, due_at, work.now, calendar_of(work, unit_id))
    return cast(Standing, work.cache[key])


def _subject_key(run: Run) -> str:
    of_person = run.subject_kind == SubjectKind.STAFF
    return sort_key(run.subject_name) if of_person else label_key(run.subject_name)


def due_of(work: UnitOfWork, run: Run, step: Step, values: Mapping[str, Any]) -> datetime:
    """Evaluate a step's due rule, seen from `work.now`."""
    due = _value(work, run, step.due, values)
    if isinstance(due, datetime):
        return due
    return calendar_of(work, run.unit_id).add_workdays(work.now, DEFAULT_WORKDAYS)


def _value(work: UnitOfWork, run: Run, expression: str | None, values: Mapping[str, Any]) -> object:
    """Evaluate one rule of a step; variables that are not set yet are None.

    Steps that open together often share what their rules read: it is worked out once.
    """
    if expression is None:
        return None
    key = _shared_by(work, run, expression, values)
    if key is not None and key in work.cache:
        return work.cache[key]
    declared = work.engine.specification(run.version_id).variables
    value = work.engine.evaluate(expression, values, surroundings_of(work, run), declared)
    if key is not None:
        work.cache[key] = value
    return value


def _shared_by(
    work: UnitOfWork, run: Run, expression: str, values: Mapping[str, Any]
) -> tuple[object, ...] | None:
    """Name all that a rule reads, unless it asks for something of its own instance."""
    variables, functions = work.engine.read_by(expression)
    if not (functions <= SAME_IN_UNIT and variables.isdisjoint(OWN)):
        return None
    read = [values.get(name) for name in variables]
    if not all(type(one) in (str, int, NoneType) for one in read):
        return None
    return ("rule", expression, run.version_id, run.campaign_id, run.unit_id, work.now, *read)


def holders(work: UnitOfWork, person_id: int | None, role: str | None, role_unit_id: int | None) -> list[int]:
    """Give the people who can act: the assignee, or all who hold the role today."""
    if person_id is not None:
        return [person_id]
    key = ("holders", role, role_unit_id)
    if key not in work.cache:
        rows = _holding.rows(work.connection, unit_id=role_unit_id, position=role, today=local_date(work.now))
        work.cache[key] = [row[0] for row in rows]
    return work.cache[key]  # type: ignore[return-value]


def _holder(work: UnitOfWork, run: Run, assigned: object) -> Holder:
    """Turn what the diagram's rule gave into a holder.

    Where it gives nobody, the head of the unit has the task; where nobody holds the role, the head of the
    superior unit: every open step has somebody who can act (C1).
    """
    if isinstance(assigned, int):
        return Holder(person_id=assigned)
    role, unit_id = str(Position.HEAD), run.unit_id
    if isinstance(assigned, Mapping):
        role, unit_id = str(assigned["role"]), int(assigned["unit"])
    while not holders(work, None, role, unit_id):
        above = superior_of(work.session, unit_id, local_date(work.now))
        if above is None:
            break
        role, unit_id = str(Position.HEAD), above.id
    return Holder(role=role, role_unit_id=unit_id)

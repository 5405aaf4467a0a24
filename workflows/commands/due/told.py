"""Whom a rung of the ladder speaks to: always people by name, the one who answers for a unit first (C1, C4)."""

from models.organisation import UnitKind
from models.person import Position
from models.task import Task
from workflows.commands.running.openings import holders
from workflows.commands.running.terms import local_date
from workflows.queries.organisation import superiors_of
from workflows.unit_of_work import UnitOfWork


def people_of(work: UnitOfWork, task: Task, to: str) -> list[int]:
    """Give the people a rung speaks to: who has the task, who answers for it, or who leads the units above.

    Where nobody leads a unit at present, or its head is the late one, the next one up the reporting line is told: a
    report of something late never goes to nobody, nor to the late one alone.
    """
    if to == "accountable" and task.accountable_id is not None:
        return [task.accountable_id]
    if to == "head":
        late = holders(work, task.assignee_id, task.role, task.role_unit_id)
        return _first_led(work, [task.unit_id, *_above(work, task.unit_id)], late)
    if to == "superior":
        return _superior(work, task.unit_id)
    if to == "office":
        return _office(work, task.unit_id)
    return holders(work, task.assignee_id, task.role, task.role_unit_id)


def _superior(work: UnitOfWork, unit_id: int) -> list[int]:
    """The head of the superior unit, who answers for it, and the officers who follow its units."""
    for above in _above(work, unit_id):
        told = [*_leading(work, above), *holders(work, None, Position.OFFICER, above)]
        if told:
            return list(dict.fromkeys(told))
    return _leading(work, unit_id)


def _office(work: UnitOfWork, unit_id: int) -> list[int]:
    """The department's office: its officers, or who leads the department where there is none."""
    above = _above(work, unit_id, UnitKind.DEPARTMENT)
    for department in above:
        told = holders(work, None, Position.OFFICER, department) or _leading(work, department)
        if told:
            return told
    return _superior(work, unit_id)


def _first_led(work: UnitOfWork, unit_ids: list[int], late: list[int]) -> list[int]:
    leading = [_leading(work, unit_id) for unit_id in unit_ids]
    return next((told for told in leading if not set(told) <= set(late)), leading[0])


def _leading(work: UnitOfWork, unit_id: int) -> list[int]:
    """The head; while there is none, the deputies."""
    heads = holders(work, None, Position.HEAD, unit_id)
    return heads or holders(work, None, Position.DEPUTY_HEAD, unit_id)


def _above(work: UnitOfWork, unit_id: int, kind: UnitKind | None = None) -> list[int]:
    key = ("above", unit_id)
    if key not in work.cache:
        above = superiors_of(work.session, unit_id, local_date(work.now))
        work.cache[key] = [(unit.id, unit.kind) for unit in above]
    climbed: list[tuple[int, UnitKind]] = work.cache[key]  # type: ignore[assignment]
    return [unit for unit, its_kind in climbed if kind is None or its_kind is kind]

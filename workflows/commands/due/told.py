"""Whom a rung of the ladder speaks to: always people by name, the one who answers for a unit first (C1, C4)."""

from collections.abc import Sequence

from models.organisation import UnitKind
from models.person import Position
from models.task import Task
from workflows.commands.running.openings import holders
from workflows.commands.running.terms import local_date
from workflows.policy.escalation import RungInstant
from workflows.queries.organisation import superiors_of
from workflows.queries.work.behind import Rung as Climbed
from workflows.unit_of_work import UnitOfWork


def reached_by(work: UnitOfWork, task: Task, to: str) -> str:
    """Give whom a rung reaches in truth.

    Where nobody leads the unit at present, or its head is the late one, a rung to the head goes to the superior unit,
    and says so: a report of something late never goes to nobody, nor to the late one alone.
    """
    if to != "head":
        return to
    leading = set(_leading(work, task.unit_id))
    late = set(holders(work, task.assignee_id, task.role, task.role_unit_id))
    led_above = _superior(work, task.unit_id) if leading <= late else []
    return "superior" if led_above and not set(led_above) <= late else to


def distinct(
    work: UnitOfWork, task: Task, rungs: Sequence[RungInstant], climbed: Sequence[Climbed]
) -> list[tuple[RungInstant, str]]:
    """Give the rungs with whom they reach, without those that would only tell the superior unit once more.

    For a head's own step the rungs to the head and to the superior unit are one: the earlier. Whom a rung that was
    `climbed` reached is known, whoever leads the unit by now.
    """
    said = {(one.drawn, one.after): one.to for one in climbed}
    kept: list[tuple[RungInstant, str]] = []
    for one in rungs:
        to = said.get((one.rung.to, one.rung.after)) or reached_by(work, task, one.rung.to)
        again = any(
            to == before and one.rung.to != other.rung.to and one.rung.kind == other.rung.kind
            for other, before in kept
        )
        if not again:
            kept.append((one, to))
    return kept


def people_of(work: UnitOfWork, task: Task, to: str) -> list[int]:
    """Give the people a rung speaks to: who has the task, who answers for it, or who leads the units above."""
    to = reached_by(work, task, to)
    if to == "accountable" and task.accountable_id is not None:
        return [task.accountable_id]
    if to == "head":
        return _leading(work, task.unit_id)
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

"""Runs that an operator holds: what is added below one of them is held with it."""

from sqlalchemy import select, update

from models.instance import ProcessInstance
from workflows.commands.running.runs import Run
from workflows.unit_of_work import UnitOfWork


def hold_children(work: UnitOfWork, parent: Run, group_id: int) -> None:
    """Hold the children of a group as their parent is held, if it is."""
    if parent.suspended_at is None:
        return
    held_from = select(ProcessInstance.held_from_id).where(ProcessInstance.id == parent.id)
    work.session.execute(
        update(ProcessInstance)
        .where(ProcessInstance.group_id == group_id, ProcessInstance.suspended_at.is_(None))
        .values(suspended_at=parent.suspended_at, held_from_id=work.session.scalar(held_from)),
        execution_options={"synchronize_session": False},
    )

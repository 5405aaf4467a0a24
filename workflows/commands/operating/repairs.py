"""What can be put right by itself where the watchdog found rows that contradict each other."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, update

from models.instance import ChildGroup, Finding, GroupState, InstanceState, Timer, TimerState
from models.task import Task, TaskState
from workflows.commands.operating.findings import findings_in
from workflows.commands.running import groups, moves, spawning
from workflows.commands.running.runs import Run
from workflows.errors.operating import NothingToRetry, StillWrong
from workflows.unit_of_work import UnitOfWork


def mend(work: UnitOfWork, run: Run, finding: Finding) -> None:
    """Bring the rows of an instance in step with its state.

    Refuses what only an operator can decide (NothingToRetry), and what is still wrong afterwards (StillWrong).
    """
    if not any(found.finding is finding for found in findings_in(work, run.id)):
        return
    match finding:
        case Finding.TASK_LEFT_OPEN:
            _withdraw_tasks(work, run)
        case Finding.GROUP_LEFT_OPEN:
            _end_groups(work, run)
        case Finding.UNSEEN if run.engine_state is not None:
            revive_timers(work, run)
            moves.restore(work, run, run.engine_state)
        case Finding.STUCK if run.engine_state is None and run.state is InstanceState.RUNNING:
            # Never touched: what should have built it is gone.
            moves.start(work, run)
        case _:
            # A state that cannot be read, or a call without children: an operator moves the token, or cancels.
            raise NothingToRetry
    if any(found.finding is finding for found in findings_in(work, run.id)):
        raise StillWrong


def _withdraw_tasks(work: UnitOfWork, run: Run) -> None:
    work.session.execute(
        update(Task)
        .where(Task.instance_id == run.id, Task.state == TaskState.OPEN)
        .values(state=TaskState.WITHDRAWN, next_rung_at=None, completed_at=work.now),
        execution_options={"synchronize_session": False},
    )


def _end_groups(work: UnitOfWork, run: Run) -> None:
    open_groups: Sequence[int] = work.session.scalars(
        select(ChildGroup.id).where(ChildGroup.parent_id == run.id, ChildGroup.state == GroupState.OPEN)
    ).all()
    for group_id in open_groups:
        if spawning.ask_for_more(work, run.id, group_id):
            continue
        then = groups.end_if_over(work, group_id)
        if isinstance(then, Run):
            moves.start(work, then)
        elif then is not None:
            moves.resume(work, run, then.token, then.results)


def revive_timers(work: UnitOfWork, run: Run, *which: ColumnElement[bool]) -> None:
    """Let timers that failed and whose incident is closed wait again: all, or those that meet the conditions."""
    work.session.execute(
        update(Timer)
        .where(Timer.instance_id == run.id, Timer.state == TimerState.FAILED, *which)
        .values(state=TimerState.WAITING, tries=0, due_at=work.now),
        execution_options={"synchronize_session": False},
    )

"""Whether a page may offer to take an act back: a button that would be refused is not shown."""

from web.composition import composition
from web.request_work import current_actor, now, read_session
from workflows.commands.work.held_tasks import look_at_task
from workflows.commands.work.taking_back import may_withdraw
from workflows.unit_of_work import UnitOfWork


def is_undoable(task_id: int) -> bool:
    """Tell whether the present person could take back their act now."""
    reading = UnitOfWork(read_session, read_session().connection(), composition().engine, now())
    return may_withdraw(reading, look_at_task(reading, task_id), current_actor())

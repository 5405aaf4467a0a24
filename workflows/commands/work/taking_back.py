"""Taking back what one has submitted, while nobody has acted on it ("Thu hồi")."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, select, update

from models.campaign import RosterEntry, RosterState
from models.document import Signature
from models.instance import ChildGroup, GroupState, InstanceState, ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.notification import Message
from models.task import Comment, Draft, Task, TaskState
from workflows.actor import Actor
from workflows.commands.running import groups, moves
from workflows.commands.running.names import surroundings_of
from workflows.commands.running.openings import holders
from workflows.commands.running.runs import Run, in_parts
from workflows.commands.work import returns
from workflows.commands.work.answers import Answer
from workflows.commands.work.held_tasks import HeldTask, hold_task, step_of
from workflows.errors import NotPermitted, NotTakenBack
from workflows.errors.operating import TaskSuspended
from workflows.notify.outbox import announce
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork


def withdraw(work: UnitOfWork, *, task_id: int, actor: Actor, request_key: str | None = None) -> Answer:
    """Take back one's own completed task: it is open again, and what it opened is gone.

    Gives the answer that is taken back, so that nothing has to be typed once more. Who was returned by it stands as
    before. Refuses who did not complete it (NotPermitted), and with NotTakenBack when the procedure has gone on, or
    when somebody claimed, drafted, commented or handed over what it opened.
    """
    task = hold_task(work, task_id)
    if task.state is TaskState.OPEN:
        refuse_repeated(work, request_key)
    if task.completed_by_id != actor.person_id:
        raise NotPermitted
    run = task.run
    if run.suspended_at is not None:
        raise TaskSuspended(since=run.suspended_at)
    if task.state is not TaskState.COMPLETED or run.undo_task_id != task_id:
        raise NotTakenBack
    if run.state is InstanceState.FINISHED and run.group_id is not None:
        # As the last of its siblings does before it ends their group.
        groups.hold_group(work, run.group_id)
    if _has_ended_for_good(work, run):
        raise NotTakenBack
    before = _before(work, run)
    opened = _tasks_opened_by(work, task, before)
    groups_opened = _groups_opened_by(work, task, before)
    for group in groups_opened:
        groups.hold_below(work, group.id)
    _require_untouched(work, task, before)
    for group in groups_opened:
        groups.cancel_group(work, run.id, group.token)
    answer = _answered(work, task)
    _unmark_returned(work, task)
    _reopen(work, task)
    if run.state is InstanceState.FINISHED:
        _reopen_roster(work, run)
    moves.restore(work, run, before.state)
    record(
        work,
        JournalKind.TASK_WITHDRAWN,
        unit_id=run.unit_id,
        campaign_id=run.campaign_id,
        instance_id=run.id,
        task_id=task_id,
        actor_id=actor.person_id,
        on_behalf_of_id=task.on_behalf_of(actor),
        details={"step": task.element_id, "removed": [gone.id for gone in opened]},
        request_key=request_key,
    )
    for gone in opened:
        announce(
            work,
            Message.TASK_WITHDRAWN,
            person_ids=holders(work, gone.assignee_id, gone.role, gone.role_unit_id),
            task_id=gone.id,
            campaign_id=run.campaign_id,
            details={"actor": actor.person_id},
        )
    return answer


def may_withdraw(work: UnitOfWork, task: HeldTask, actor: Actor) -> bool:
    """Tell whether `withdraw` would be accepted now; locks nothing, for pages ask it too."""
    run = task.run
    if task.completed_by_id != actor.person_id or run.undo_task_id != task.id:
        return False
    if task.state is not TaskState.COMPLETED or run.suspended_at is not None:
        return False
    if _has_ended_for_good(work, run):
        return False
    try:
        _require_untouched(work, task, _before(work, run))
    except NotTakenBack:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Before:
    """The state that the act left (empty: before the first touch), and the tokens of what waited in it.

    Which tasks and groups an act opened is told by tokens, not by the clock: where it stands, several acts
    happen at one instant.
    """

    state: bytes
    tokens: frozenset[str]


def _before(work: UnitOfWork, run: Run) -> _Before:
    state = work.session.scalar(select(ProcessInstance.undo_state).where(ProcessInstance.id == run.id))
    if not state:
        return _Before(b"", frozenset())
    snapshot = work.engine.read(run.version_id, state, surroundings_of(work, run))
    return _Before(state, frozenset((*(step.token for step in snapshot.steps), *snapshot.calls)))


def _tasks_opened_by(work: UnitOfWork, task: HeldTask, before: _Before) -> list[Task]:
    """The instance's open tasks that did not wait before this act: it was the last move, nothing else can have."""
    query = select(Task).where(Task.instance_id == task.run.id, Task.state == TaskState.OPEN)
    return [one for one in work.session.scalars(query) if one.token not in before.tokens]


def _groups_opened_by(work: UnitOfWork, task: HeldTask, before: _Before) -> list[ChildGroup]:
    query = select(ChildGroup).where(
        ChildGroup.parent_id == task.run.id,
        ChildGroup.state == GroupState.OPEN,
    )
    return [one for one in work.session.scalars(query) if one.token not in before.tokens]


def _require_untouched(work: UnitOfWork, task: HeldTask, before: _Before) -> None:
    ids = [one.id for one in _tasks_opened_by(work, task, before)]
    for part in in_parts(_groups_below(work, [one.id for one in _groups_opened_by(work, task, before)])):
        if _exists(work, _moved_children(part)) or _exists(work, _joined_children(part)):
            raise NotTakenBack
        ids += work.session.scalars(_tasks_of_children(part))
    touched = any(
        _exists(work, select(Draft.id).where(Draft.task_id.in_(part)))
        or _exists(work, select(Comment.id).where(Comment.task_id.in_(part)))
        or _exists(work, _acts_upon(part))
        for part in in_parts(ids)
    )
    if touched or not all("before" in one.details for one in returns.returns_by_name(work, task.id)):
        raise NotTakenBack


# That the clock reminded somebody, or a deadline moved, is no act upon a task.
_NO_ACTS = (JournalKind.REMINDED, JournalKind.ESCALATED, JournalKind.DEADLINE_EXTENDED)


def _acts_upon(task_ids: Sequence[int]) -> Select[int]:
    """What people did with tasks."""
    return select(JournalEntry.id).where(
        JournalEntry.task_id.in_(task_ids), JournalEntry.kind.not_in(_NO_ACTS)
    )


def _groups_below(work: UnitOfWork, opened: Sequence[int]) -> list[int]:
    """Give groups with those that their children have opened in turn."""
    of_children = select(ChildGroup.id).join(ProcessInstance, ProcessInstance.id == ChildGroup.parent_id)
    deeper = [
        group_id
        for part in in_parts(opened)
        for group_id in work.session.scalars(of_children.where(ProcessInstance.group_id.in_(part)))
    ]
    return [*opened, *(_groups_below(work, deeper) if deeper else ())]


def _tasks_of_children(group_ids: Sequence[int]) -> Select[int]:
    return (
        select(Task.id)
        .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
        .where(ProcessInstance.group_id.in_(group_ids))
    )


def _moved_children(group_ids: Sequence[int]) -> Select[int]:
    """Children that this act opened and somebody has moved since."""
    return select(ProcessInstance.id).where(
        ProcessInstance.group_id.in_(group_ids),
        ProcessInstance.undo_task_id.is_not(None) | (ProcessInstance.state == InstanceState.FINISHED),
    )


def _joined_children(group_ids: Sequence[int]) -> Select[int]:
    """Reviews of who joined since: with the group they would be gone, and nobody would begin them again."""
    return (
        select(ProcessInstance.id)
        .join(ChildGroup, ChildGroup.id == ProcessInstance.group_id)
        .join(
            RosterEntry,
            and_(
                RosterEntry.campaign_id == ProcessInstance.campaign_id,
                RosterEntry.kind == ProcessInstance.subject_kind,
                RosterEntry.subject_id == ProcessInstance.subject_id,
            ),
        )
        .where(ChildGroup.id.in_(group_ids), RosterEntry.joined_at > ChildGroup.opened_at)
    )


def _exists(work: UnitOfWork, query: Select[int]) -> bool:
    return work.session.execute(query.limit(1)).first() is not None


def _has_ended_for_good(work: UnitOfWork, run: Run) -> bool:
    """Tell of a run whether it has ended, and others have gone on since: its parent, or whose turn came next."""
    if run.state is not InstanceState.FINISHED:
        return False
    waiting = (ChildGroup.state == GroupState.OPEN) & ChildGroup.sequential.is_(False)
    return not _exists(work, select(ChildGroup.id).where(ChildGroup.id == run.group_id, waiting))


def _unmark_returned(work: UnitOfWork, task: HeldTask) -> None:
    step = step_of(work, task)
    taken = work.session.scalar(select(Task.outcome).where(Task.id == task.id))
    outcome = next((one for one in step.outcomes if one.key == taken), None)
    if outcome is None:
        return
    if outcome.of is not None:
        returns.take_back_by_name(work, task.run, task.id)
    elif returns.returns_subject(step, outcome):
        returns.take_back_subject(work, task.run)


def _answered(work: UnitOfWork, task: HeldTask) -> Answer:
    """Read with what the task was completed, signatures apart: those are given anew."""
    row = work.session.execute(select(Task.outcome, Task.answer).where(Task.id == task.id)).one()
    values = dict(row.answer or {})
    reason = values.pop("reason", "")
    returned = {
        one.details["subject"]: one.details["reason"] for one in returns.returns_by_name(work, task.id)
    }
    return Answer(outcome=row.outcome or "", values=values, reason=reason, returned=returned)


def _reopen(work: UnitOfWork, task: HeldTask) -> None:
    off = {"synchronize_session": False}
    work.session.execute(
        update(Task)
        .where(Task.id == task.id)
        .values(state=TaskState.OPEN, completed_at=None, completed_by_id=None, outcome=None),
        execution_options=off,
    )
    work.session.execute(
        update(Signature).where(Signature.task_id == task.id).values(withdrawn_at=work.now),
        execution_options=off,
    )


def _reopen_roster(work: UnitOfWork, run: Run) -> None:
    work.session.execute(
        update(RosterEntry)
        .where(
            RosterEntry.campaign_id == run.campaign_id,
            RosterEntry.kind == run.subject_kind,
            RosterEntry.subject_id == run.subject_id,
            RosterEntry.state.in_([RosterState.DONE, RosterState.EXCUSED]),
        )
        .values(state=RosterState.OPEN, decided_at=None, decided_by_id=None, on_behalf_of_id=None),
        execution_options={"synchronize_session": False},
    )

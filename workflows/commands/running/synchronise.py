"""After each move: tasks, timers and awaited events are brought in step with the engine, the state is stored."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update

from models.campaign import ROSTER_MOVES, RosterEntry, RosterState
from models.event import AwaitedEvent, EventKind
from models.instance import InstanceState, Timer, TimerState
from models.prepared import Prepared
from models.task import Task, TaskState
from workflows.commands.running.openings import open_task
from workflows.commands.running.runs import Run, store_run
from workflows.commands.running.spawning import MORE, START
from workflows.engine import Awaited, DueTimer, OpenStep, Snapshot, Waiting
from workflows.unit_of_work import UnitOfWork

_open_tokens = Prepared(
    select(Task.token).where(Task.instance_id == bindparam("instance_id"), Task.state == TaskState.OPEN)
)
_withdraw_task = Prepared(
    update(Task)
    .where(
        Task.instance_id == bindparam("instance_id"),
        Task.token == bindparam("token"),
        Task.state == TaskState.OPEN,
    )
    .values(state=TaskState.WITHDRAWN, next_rung_at=None, completed_at=bindparam("now"))
)
_THIS_TIMER = (
    Timer.instance_id == bindparam("instance_id"),
    Timer.token == bindparam("token"),
    Timer.state == TimerState.WAITING,
)
# What asks the worker to add or build children is none of the engine's.
_waiting_timers = Prepared(
    select(Timer.token, Timer.due_at).where(
        Timer.instance_id == bindparam("instance_id"),
        Timer.state == TimerState.WAITING,
        Timer.token != START,
        Timer.token != MORE,
    )
)
_insert_timer = Prepared(
    insert(Timer).values(
        instance_id=bindparam("instance_id"),
        token=bindparam("token"),
        element_id=bindparam("element_id"),
        expression=bindparam("expression"),
        due_at=bindparam("due_at"),
        state=TimerState.WAITING,
        tries=0,
    )
)
# One that failed so often that the worker gave it up waits in the engine as the others do.
_withdraw_timer = Prepared(
    update(Timer)
    .where(
        Timer.instance_id == bindparam("instance_id"),
        Timer.token == bindparam("token"),
        or_(Timer.state == TimerState.WAITING, Timer.state == TimerState.FAILED),
    )
    .values(state=TimerState.WITHDRAWN)
)
_move_timer = Prepared(update(Timer).where(*_THIS_TIMER).values(due_at=bindparam("due_at"), drawn_at=None))
_awaited_tokens = Prepared(
    select(AwaitedEvent.token).where(AwaitedEvent.instance_id == bindparam("instance_id"))
)
_await = Prepared(
    insert(AwaitedEvent).values(
        {
            name: bindparam(name)
            for name in ("instance_id", "token", "element_id", "kind", "name", "correlation")
        }
    )
)
_await_no_more = Prepared(
    delete(AwaitedEvent).where(
        AwaitedEvent.instance_id == bindparam("instance_id"), AwaitedEvent.token == bindparam("token")
    )
)
_decide = Prepared(
    update(RosterEntry)
    .where(
        RosterEntry.campaign_id == bindparam("campaign_id"),
        RosterEntry.kind == bindparam("kind"),
        RosterEntry.subject_id == bindparam("subject_id"),
        or_(
            *(
                RosterEntry.state == state
                for state, moves in ROSTER_MOVES.items()
                if RosterState.DONE in moves
            )
        ),
    )
    .values(
        state=bindparam("state"),
        decided_at=bindparam("now"),
        decided_by_id=bindparam("actor_id"),
        on_behalf_of_id=bindparam("on_behalf_of_id"),
    )
)

# What `rs:result` of an end event may say, and what the roster then shows.
ROSTER_RESULTS = {"done": RosterState.DONE, "excused": RosterState.EXCUSED}


def synchronise(
    work: UnitOfWork,
    run: Run,
    snapshot: Snapshot,
    *,
    reason: str = "",
    note: str = "",
    actor_id: int | None = None,
    on_behalf_of_id: int | None = None,
) -> None:
    """Store a moved instance with its tasks and timers; its children are left to the caller.

    `reason` (why they came back) and `note` (what was said) go to the tasks this move opens. Actor and
    accountable person are recorded on the roster when the instance ends with a result.
    """
    before = snapshot.before or _waiting(work, run)
    run.engine_state = snapshot.state or None
    if snapshot.finished:
        run.state = InstanceState.FINISHED
        run.result = {key: value for key, value in snapshot.result.items() if value is not None}
    store_run(work.connection, run, work.now)
    _tasks(work, run, before, snapshot.steps, reason, note)
    _timers(work, run, before, snapshot.timers)
    _events(work, run, before, snapshot.awaited)
    if snapshot.finished:
        _decide_roster(work, run, snapshot.result, actor_id, on_behalf_of_id)


def _waiting(work: UnitOfWork, run: Run) -> Waiting:
    """Read what waits: needed only where the state was not reached by a move."""
    steps = _open_tokens.rows(work.connection, instance_id=run.id)
    timers = _waiting_timers.rows(work.connection, instance_id=run.id)
    events = _awaited_tokens.rows(work.connection, instance_id=run.id)
    return Waiting(
        frozenset(token for (token,) in steps), dict(timers), frozenset(token for (token,) in events)
    )


def _tasks(
    work: UnitOfWork, run: Run, before: Waiting, steps: tuple[OpenStep, ...], reason: str, note: str
) -> None:
    for step in steps:
        if step.token not in before.steps:
            drawn = work.engine.specification(run.version_id).steps[step.element_id]
            open_task(work, run, drawn, step.token, step.values, reason, note)
    for token in before.steps.difference(step.token for step in steps):
        _withdraw_task.send(work.connection, instance_id=run.id, token=token, now=work.now)


def _timers(work: UnitOfWork, run: Run, before: Waiting, timers: tuple[DueTimer, ...]) -> None:
    for timer in timers:
        own = {"instance_id": run.id, "token": timer.token, "due_at": timer.due_at}
        known = before.timers.get(timer.token)
        if known is None:
            _insert_timer.send(
                work.connection, element_id=timer.element_id, expression=timer.expression[:500], **own
            )
        elif known != timer.due_at:
            _move_timer.send(work.connection, **own)
    for token in before.timers.keys() - {timer.token for timer in timers}:
        _withdraw_timer.send(work.connection, instance_id=run.id, token=token)


def _events(work: UnitOfWork, run: Run, before: Waiting, awaited: tuple[Awaited, ...]) -> None:
    for one in awaited:
        if one.token not in before.events:
            _await.send(
                work.connection,
                instance_id=run.id,
                token=one.token,
                element_id=one.element_id,
                kind=EventKind(one.kind),
                name=one.name[:200],
                correlation=one.correlation,
            )
    for token in before.events.difference(one.token for one in awaited):
        _await_no_more.send(work.connection, instance_id=run.id, token=token)


def _decide_roster(
    work: UnitOfWork, run: Run, result: Mapping[str, Any], actor_id: int | None, on_behalf_of_id: int | None
) -> None:
    state = ROSTER_RESULTS.get(str(result.get("result") or ""))
    if state is not None and run.campaign_id is not None:
        _decide.send(
            work.connection,
            campaign_id=run.campaign_id,
            kind=run.subject_kind,
            subject_id=run.subject_id,
            state=state,
            now=work.now,
            actor_id=actor_id,
            on_behalf_of_id=on_behalf_of_id,
        )

"""One instance goes on in another version: whether it can, and what becomes of its rows when it does."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, select, update

from models.event import AwaitedEvent
from models.instance import ChildGroup, GroupState, ProcessInstance, Timer, TimerState
from models.task import Task, TaskState
from workflows.commands.running import moves
from workflows.commands.running.names import surroundings_of
from workflows.commands.running.runs import Run
from workflows.commands.running.terms import calendar_of
from workflows.engine import CarriedOver, Snapshot, Step
from workflows.errors import VersionUnfit
from workflows.policy.escalation import step_on
from workflows.policy.person_names import fold
from workflows.unit_of_work import UnitOfWork

Mapped = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Way:
    """How one instance gets to the other version.

    `over` is None where the engine has not touched it and its first step is the same there: only rows change.
    `tokens` are open tasks whose token changes with it (old → new).
    """

    area: str
    over: CarriedOver | None
    tokens: Mapping[str, str] = field(default_factory=dict)


def way_of(work: UnitOfWork, run: Run, to_version_id: int, mapping: Mapped) -> Way:
    """Find out whether an instance can go on in another version, without touching anything.

    Refuses with VersionUnfit, naming the element, and with InstanceStuck where something new in it cannot be armed.
    """
    around = surroundings_of(work, run)
    area = mapping.get(run.area, run.area)
    if run.engine_state is not None:
        over = work.engine.carry_over(run.version_id, to_version_id, run.engine_state, around, mapping)
        return Way(area, over)
    old, new = (work.engine.specification(one) for one in (run.version_id, to_version_id))
    if area and area not in new.openings:
        raise VersionUnfit(run.area)
    opening = old.opening_of(run.area)
    waiting = _opening_token(work, run)
    if waiting is None or new.opening_of(area) == mapping.get(str(opening), opening):
        # Not begun yet, or the first step is the first one there as well.
        return Way(area, None)
    built = work.engine.start(run.version_id, run.start_values, around, run.area)
    over = work.engine.carry_over(run.version_id, to_version_id, built.state, around, mapping)
    return Way(area, over, {waiting: built.steps[0].token})


def _opening_token(work: UnitOfWork, run: Run) -> str | None:
    """The token of the open task of an instance that is a row only."""
    query = select(Task.token).where(Task.instance_id == run.id, Task.state == TaskState.OPEN)
    return work.session.scalar(query)


def go(work: UnitOfWork, run: Run, way: Way, to_version_id: int, mapping: Mapped) -> None:
    """Let an instance go on in the other version: tasks keep ids, people, due times and drafts."""
    off = {"synchronize_session": False}
    run.version_id, run.area = to_version_id, way.area
    work.session.execute(
        update(ProcessInstance)
        .where(ProcessInstance.id == run.id)
        .values(version_id=to_version_id, area=way.area),
        execution_options=off,
    )
    _tasks(work, run, way, mapping)
    if way.over is None:
        run.forget()
        moves.put_down(work, run)
        return
    for table, instance in ((Timer, Timer.instance_id), (AwaitedEvent, AwaitedEvent.instance_id)):
        for old, new in mapping.items():
            work.session.execute(
                update(table).where(instance == run.id, table.element_id == old).values(element_id=new),
                execution_options=off,
            )
    for old, new in mapping.items():
        work.session.execute(
            update(ChildGroup)
            .where(ChildGroup.parent_id == run.id, ChildGroup.element_id == old)
            .where(ChildGroup.state == GroupState.OPEN)
            .values(element_id=new),
            execution_options=off,
        )
    _sub_processes(work, run, mapping)
    snapshot = way.over.snapshot
    _rules(work, run, snapshot)
    # Names and correlations are those of the new drawing: the rows are written anew.
    work.session.execute(
        delete(AwaitedEvent).where(AwaitedEvent.instance_id == run.id), execution_options=off
    )
    work.flush()
    moves.take(work, run, _as_read(snapshot))


def _as_read(snapshot: Snapshot) -> Snapshot:
    """What waited before is asked of the rows, which may have changed their tokens."""
    return Snapshot(
        snapshot.state,
        snapshot.finished,
        snapshot.steps,
        snapshot.timers,
        awaited=snapshot.awaited,
        calls=snapshot.calls,
    )


def _tasks(work: UnitOfWork, run: Run, way: Way, mapping: Mapped) -> None:
    steps = work.engine.specification(run.version_id).steps
    query = select(Task).where(Task.instance_id == run.id, Task.state == TaskState.OPEN)
    for task in work.session.scalars(query):
        before = work.engine.specification(task.version_id).steps[task.element_id]
        step = steps[mapping.get(task.element_id, task.element_id)]
        if task.token == task.element_id:
            # The engine has not touched it: the element stands for the token.
            task.token = way.tokens.get(task.token, step.element_id)
        task.version_id, task.element_id = run.version_id, step.element_id
        task.search_text = fold(f"{run.subject_name} {step.name}")[:300]
        if step.escalation != before.escalation:
            _step_on(work, task, step)
    work.session.flush()


def _step_on(work: UnitOfWork, task: Task, step: Step) -> None:
    """Place a task on the other version's ladder: what lies behind is not climbed again."""
    calendar = calendar_of(work, task.unit_id)
    standing = step_on(step.escalation, task.due_at, work.now, calendar, task.rungs_climbed)
    task.rungs_climbed, task.next_rung_at = standing.climbed, standing.next_at


def _sub_processes(work: UnitOfWork, run: Run, mapping: Mapped) -> None:
    """Whoever joins a sub-process later runs the diagram its parent runs now; the others move on their own rows."""
    query = select(ChildGroup).where(
        ChildGroup.parent_id == run.id, ChildGroup.state == GroupState.OPEN, ChildGroup.area != ""
    )
    for group in work.session.scalars(query):
        group.version_id, group.area = run.version_id, mapping.get(group.area, group.area)
    work.session.flush()


def _rules(work: UnitOfWork, run: Run, snapshot: Snapshot) -> None:
    """Let waiting timers carry the rule of the new drawing, by which an extension computes them again."""
    for timer in snapshot.timers:
        work.session.execute(
            update(Timer)
            .where(Timer.instance_id == run.id, Timer.token == timer.token, Timer.state == TimerState.WAITING)
            .values(expression=timer.expression[:500]),
            execution_options={"synchronize_session": False},
        )

"""The moves an instance can make, each stored with what follows from it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from models.instance import GroupState, InstanceState
from models.journal import JournalKind
from workflows.commands.running import groups, routing, spawning
from workflows.commands.running.names import surroundings_of
from workflows.commands.running.nesting import bounded
from workflows.commands.running.runs import Run, lock_run, read_run, store_run
from workflows.commands.running.synchronise import synchronise
from workflows.engine import Awaited, Escaped, OpenStep, Snapshot, Thrown
from workflows.errors import StepNotOpen
from workflows.records.journal import record
from workflows.unit_of_work import UnitOfWork


def start(work: UnitOfWork, run: Run, *, reason: str = "", note: str = "") -> None:
    """Begin an instance that the engine has not touched yet."""
    with bounded(work, run):
        snapshot = work.engine.start(run.version_id, run.start_values, surroundings_of(work, run), run.area)
        _follow(work, run, snapshot, reason=reason, note=note)


def complete(
    work: UnitOfWork,
    run: Run,
    *,
    task_id: int,
    token: str,
    values: Mapping[str, Any],
    reason: str,
    note: str,
    actor_id: int,
    on_behalf_of_id: int | None,
) -> None:
    """Complete a step with a person's values; refuses with StepNotOpen when the instance has ended."""
    if run.state is not InstanceState.RUNNING:
        raise StepNotOpen
    run.remember(task_id)
    around = surroundings_of(work, run)
    if run.engine_state is None:
        snapshot = work.engine.complete_opening(run.version_id, run.start_values, values, around, run.area)
    else:
        snapshot = work.engine.complete(run.version_id, run.engine_state, token, values, around)
    _follow(
        work,
        run,
        snapshot,
        reason=reason,
        # Who is named gets a reason of their own; the text with all of them is for nobody else's eyes.
        reason_of_children="" if "returned" in values else reason,
        note=note,
        actor_id=actor_id,
        on_behalf_of_id=on_behalf_of_id,
    )


def resume(work: UnitOfWork, run: Run, token: str, results: Sequence[Mapping[str, Any]]) -> None:
    """Go on after the child group of a token has ended."""
    if run.state is InstanceState.RUNNING and run.engine_state is not None:
        run.forget()
        snapshot = work.engine.resume(
            run.version_id, run.engine_state, token, results, surroundings_of(work, run)
        )
        _follow(work, run, snapshot)


def catch(work: UnitOfWork, run: Run, token: str, escaped: Escaped) -> bool:
    """Let the events around one call activity catch what came out of it; false where none does."""
    if run.state is not InstanceState.RUNNING or run.engine_state is None:
        return False
    around = surroundings_of(work, run)
    snapshot = work.engine.catch(run.version_id, run.engine_state, token, escaped, around)
    if snapshot is None:
        return False
    run.forget()
    _follow(work, run, snapshot)
    return True


def start_children(work: UnitOfWork, children: spawning.ToStart, *, note: str = "") -> None:
    """Begin children, each unless one before it has ended their group at once."""
    for number, (child, why) in enumerate(children):
        if number == 0 or read_run(work.connection, child.id).state is InstanceState.RUNNING:
            start(work, child, reason=why, note=note)


def fire(work: UnitOfWork, run: Run, token: str) -> None:
    """Let one waiting timer fire."""
    if run.state is InstanceState.RUNNING and run.engine_state is not None:
        run.forget()
        snapshot = work.engine.fire(run.version_id, run.engine_state, token, surroundings_of(work, run))
        _follow(work, run, snapshot)


def deliver(work: UnitOfWork, run: Run, token: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Let the message or signal that a token awaits arrive, and name the values that its event does not take.

    Refuses with StepNotOpen when the token awaits none any more.
    """
    if run.state is not InstanceState.RUNNING or run.engine_state is None:
        raise StepNotOpen
    run.forget()
    snapshot = work.engine.deliver(
        run.version_id, run.engine_state, token, values, surroundings_of(work, run)
    )
    brought = {name: value for name, value in values.items() if name not in snapshot.ignored}
    record(
        work,
        JournalKind.EVENT_DELIVERED,
        unit_id=run.unit_id,
        campaign_id=run.campaign_id,
        instance_id=run.id,
        actor_id=None,
        details={"token": token, "values": brought, "ignored": list(snapshot.ignored)},
    )
    _follow(work, run, snapshot, delivered=True)
    return snapshot.ignored


def reschedule(work: UnitOfWork, run: Run, token: str, due_at: datetime) -> None:
    """Move one waiting timer to another instant; the state before it is none to go back to."""
    if run.state is InstanceState.RUNNING and run.engine_state is not None:
        run.forget()
        around = surroundings_of(work, run)
        snapshot = work.engine.reschedule(run.version_id, run.engine_state, token, due_at, around)
        _follow(work, run, snapshot)


def rearm(work: UnitOfWork, run: Run, token: str) -> bool:
    """Take a step back that a timer opened beside an activity, and let the timer wait for its new instant.

    False where that cannot be: the activity has ended, or the instant has come all the same.
    """
    if run.state is not InstanceState.RUNNING or run.engine_state is None:
        return False
    snapshot = work.engine.rearm(run.version_id, run.engine_state, token, surroundings_of(work, run))
    if snapshot is None:
        return False
    run.forget()
    _follow(work, run, snapshot)
    return True


def take(work: UnitOfWork, run: Run, snapshot: Snapshot, *, note: str = "") -> None:
    """Store what an operator has made of an instance, with all that follows; the state before is none to go back to."""
    run.forget()
    _follow(work, run, snapshot, note=note)


def put_down(work: UnitOfWork, run: Run) -> None:
    """Store an instance whose state stays as it is; nothing before it can be taken back."""
    run.forget()
    store_run(work.connection, run, work.now)


def restore(work: UnitOfWork, run: Run, state: bytes) -> None:
    """Go back to an earlier state (empty: before the first touch); its task was reopened before."""
    run.forget()
    run.state = InstanceState.RUNNING
    run.result = None
    opening = work.engine.specification(run.version_id).opening_of(run.area)
    if not state and opening is not None:
        untouched = OpenStep(opening, opening, run.start_values)
        _follow(work, run, Snapshot(b"", finished=False, steps=(untouched,)))
    else:
        _follow(work, run, work.engine.read(run.version_id, state, surroundings_of(work, run)))


def child_ended(work: UnitOfWork, child: Run) -> None:
    """Let the group of an ended child go on: the next child, or the parent."""
    then = groups.child_ended(work, child)
    if isinstance(then, Run):
        start(work, then)
    elif then is not None:
        resume(work, lock_run(work.connection, then.parent_id), then.token, then.results)


def _follow(
    work: UnitOfWork,
    run: Run,
    snapshot: Snapshot,
    *,
    reason: str = "",
    reason_of_children: str = "",
    note: str = "",
    actor_id: int | None = None,
    on_behalf_of_id: int | None = None,
    delivered: bool = False,
) -> None:
    """Store the move, then do what it asks for outside the instance: children, the parent, early messages."""
    if snapshot.escaped or snapshot.thrown or snapshot.cancelled_groups:
        run.forget()  # it has gone out to others, who would go on with what is taken back, or has ended their work
    synchronise(
        work, run, snapshot, reason=reason, note=note, actor_id=actor_id, on_behalf_of_id=on_behalf_of_id
    )
    for token in snapshot.cancelled_groups:
        groups.cancel_group(work, run.id, token)
    begun: spawning.ToStart = []
    for group in snapshot.groups:
        begun += spawning.spawn(work, run, group, reason=reason_of_children, note=note)
    start_children(work, begun, note=note)
    for escaped in snapshot.escaped:
        _offer_upwards(work, run, escaped)
    for thrown in snapshot.thrown:
        _send(work, run, thrown)
    if snapshot.finished and run.group_id is not None:
        child_ended(work, run)
    elif arming := _arming(snapshot):
        if delivered:
            routing.look_again(work, [run.id])
        else:
            _take_kept(work, run, snapshot, arming)


def _send(work: UnitOfWork, run: Run, thrown: Thrown) -> None:
    """Leave what an instance throws to the worker: who takes it moves in a transaction of its own."""
    if thrown.kind == "signal":
        routing.spread(work, thrown.name, thrown.values, thrown_by=run.id)
    else:
        by, values = thrown.correlation, thrown.values
        routing.keep(work, thrown.name, by, values, due_at=work.now, thrown_by=run.id)


def _arming(snapshot: Snapshot) -> list[Awaited]:
    """Give the tokens that have just begun to wait for a message."""
    known = snapshot.before.events if snapshot.before is not None else frozenset()
    return [one for one in snapshot.awaited if one.kind == "message" and one.token not in known]


def _take_kept(work: UnitOfWork, run: Run, snapshot: Snapshot, arming: Sequence[Awaited]) -> None:
    """Deliver a message that came before one of these tokens began to wait; the worker brings what else there is."""
    for awaited in arming:
        values = routing.take_kept(work, run, awaited)
        if values is not None:
            # A child that ended or threw at once has moved the instance meanwhile.
            now = lock_run(work.connection, run.id) if snapshot.groups or snapshot.escaped else run
            deliver(work, now, awaited.token, values)
            routing.look_again(work, [run.id])
            return


def _offer_upwards(work: UnitOfWork, thrower: Run, escaped: Escaped) -> None:
    """Offer what an instance did not catch to the call it runs for, then to the call above, up to the first that does.

    Who catches an error cancels the group it came out of, with all that is open on the way. An error that leaves a
    call and is caught by none is refused with InstanceStuck (docs/decisions/0017); such an escalation is let be.
    """
    below = thrower
    while below.group_id is not None:
        state, parent_id, token = groups.hold_group(work, below.group_id)
        if state is GroupState.CANCELLED:
            return  # what was caught before it has ended the call
        if state is GroupState.FINISHED:
            break  # of a child that joined late, which nobody waits for
        parent = lock_run(work.connection, parent_id)
        if catch(work, parent, token, escaped):
            return
        below = parent
    if escaped.kind == "error" and thrower.group_id is not None:
        raise escaped.caught_by_none()

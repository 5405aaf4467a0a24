"""The scene in which an operator and whoever has a step act at the same instant: in turn, or one of them is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.instance import ChildGroup, Incident, ProcessInstance, Timer
from models.journal import JournalEntry, JournalKind
from models.task import Task, TaskState
from tests.cast import World
from tests.commands.operating.runs import IN_A_DAY, WHY, child, operate, parent
from tests.engine.diagrams import border, definitions, end, flow, start, user
from tests.faults.installation import Installation
from tests.faults.together import at_once
from tests.faults.verdict import Verdict
from workflows.commands.due import timers
from workflows.commands.operating.cancelling import cancel
from workflows.commands.operating.findings import findings_of
from workflows.commands.operating.holding import suspend
from workflows.commands.operating.incidents import retry
from workflows.commands.operating.mending import move_token
from workflows.commands.work.answers import Answer
from workflows.errors import Refusal

# Each race is run so often; who comes first is chance.
HEATS = 4
WHO = "principal"


@dataclass(frozen=True, slots=True)
class Race:
    """An operator's act on an instance, against the completion of a step that is open until then."""

    kind: JournalKind
    act: Callable[[], object]
    instance_id: int
    task_id: int


def operator_against_completion(place: Installation, random: Random) -> Verdict:
    """Let an administrator hold, cancel, move or mend an instance while somebody completes its step."""
    world, verdict = place.house.world, Verdict()
    for key, drawing in (("child", child()), ("parent", parent()), ("watched", _watched())):
        world.publish(key, drawing)
    races = [_held, _held_above, _cancelled, _cancelled_above, _moved, _tried_again] * HEATS
    for prepare in random.sample(races, len(races)):
        _run(world, prepare(world), prepare.__name__.strip("_"), verdict)
    verdict.unexplained += world.read(partial(_findings, world))
    return verdict


def _run(world: World, race: Race, name: str, verdict: Verdict) -> None:
    """Let both begin at once; what each was told must be what the journal says, and in an order that can be."""
    complete = partial(_complete, world, race.task_id)
    operated, completed = at_once([partial(_told, race.act), partial(_told, complete)])
    kinds = [
        kind
        for kind, refused in ((race.kind, operated), (JournalKind.TASK_COMPLETED, completed))
        if refused is None
    ]
    entries = world.read(partial(_entries, race))
    verdict.acknowledged += len(kinds)
    verdict.compare(name, kinds, entries)
    for refused in (operated, completed):
        if refused is not None and not isinstance(refused, Refusal):
            verdict.unexplained.append(f"{name}: {refused!r}")
    if not kinds:
        verdict.unexplained.append(f"{name}: nobody came first: {operated!r}, {completed!r}")
    if len(entries) > 1 and entries[-1] is JournalKind.TASK_COMPLETED:
        verdict.unexplained.append(f"{name}: a step was completed that was not open any more")


def _told(act: Callable[[], object]) -> Exception | None:
    """Give what an act was refused with, or broke with."""
    try:
        act()
    except Exception as error:  # noqa: BLE001
        # The judge says what may be raised.
        return error
    return None


def _complete(world: World, task_id: int) -> None:
    world.answer(WHO, task_id, Answer("done"), signs=False)


def _entries(race: Race, session: Session) -> list[JournalKind]:
    """Give what the journal has of both, in its order."""
    operated = (JournalEntry.kind == race.kind) & (JournalEntry.instance_id == race.instance_id)
    completed = (JournalEntry.kind == JournalKind.TASK_COMPLETED) & (JournalEntry.task_id == race.task_id)
    query = select(JournalEntry.kind).where(operated | completed).order_by(JournalEntry.id)
    return list(session.scalars(query))


def _findings(world: World, session: Session) -> list[str]:
    """Look at all instances as the watchdog does."""
    ids = session.scalars(select(ProcessInstance.id)).all()
    found = findings_of(session, world.engine, world.clock.now(), ids)
    return [f"{one.finding}: {one.cause}" for one in found]


def _held(world: World) -> Race:
    _, (task, *_) = _family(world)
    act = partial(operate, world, suspend, instance_id=task.instance_id, reason=WHY)
    return Race(JournalKind.INSTANCE_SUSPENDED, act, task.instance_id, task.id)


def _held_above(world: World) -> Race:
    parent_id, (task, *_) = _family(world)
    act = partial(operate, world, suspend, instance_id=parent_id, reason=WHY)
    return Race(JournalKind.INSTANCE_SUSPENDED, act, parent_id, task.id)


def _cancelled(world: World) -> Race:
    _, (task, *_) = _family(world)
    act = partial(operate, world, cancel, instance_id=task.instance_id, reason=WHY)
    return Race(JournalKind.INSTANCE_CANCELLED, act, task.instance_id, task.id)


def _cancelled_above(world: World) -> Race:
    """The last child of all ends while its parent is cancelled: one holds from below, the other from above."""
    parent_id, reviews = _family(world)
    for task in reviews:
        _complete(world, task.id)
    *others, last = _open_steps(world, [task.instance_id for task in reviews])
    for task in others:
        _complete(world, task.id)
    act = partial(operate, world, cancel, instance_id=parent_id, reason=WHY)
    return Race(JournalKind.INSTANCE_CANCELLED, act, parent_id, last.id)


def _moved(world: World) -> Race:
    _, (task, *_) = _family(world)
    given = {"instance_id": task.instance_id, "token": task.token, "element_id": "approve", "reason": WHY}
    return Race(
        JournalKind.TOKEN_MOVED, partial(operate, world, move_token, **given), task.instance_id, task.id
    )


def _tried_again(world: World) -> Race:
    """The timer that would end a step had failed; it is tried again while the step is completed."""
    instance_id = world.begin("watched")
    (task,) = _open_steps(world, [instance_id])
    timer_id = world.read(
        lambda session: session.scalars(select(Timer.id).filter_by(instance_id=instance_id)).one()
    )
    for _ in range(timers.TRIES):
        world.do(lambda work: timers.postpone(work, timer_id, "a fault of the test"))
    incident_id = world.read(
        lambda session: session.scalars(select(Incident.id).filter_by(timer_id=timer_id)).one()
    )
    act = partial(operate, world, retry, incident_id=incident_id)
    return Race(JournalKind.INCIDENT_RESOLVED, act, instance_id, task.id)


def _watched() -> str:
    """A step that a timer ends."""
    body = start() + user("review", rs__assignee="head()") + end() + border("alarm", "review", IN_A_DAY)
    body += user("late", rs__assignee="head()")
    return definitions(body + flow("s", "review", "e") + flow("alarm", "late"), key="watched").decode()


def _family(world: World) -> tuple[int, list[Task]]:
    """Start a parent with its three children, and give it with their open steps."""
    parent_id = world.begin("parent")
    children = (
        select(ProcessInstance.id)
        .join(ChildGroup, ChildGroup.id == ProcessInstance.group_id)
        .where(ChildGroup.parent_id == parent_id)
    )
    return parent_id, _open_steps(world, world.read(lambda session: list(session.scalars(children))))


def _open_steps(world: World, instance_ids: list[int]) -> list[Task]:
    query = select(Task).where(Task.instance_id.in_(instance_ids), Task.state == TaskState.OPEN)
    return world.read(lambda session: list(session.scalars(query.order_by(Task.id))))

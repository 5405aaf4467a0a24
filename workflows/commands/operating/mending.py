"""Correcting what an instance knows, and moving one of its tokens: an operator's hand where the drawing has no way."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select, update

from models.event import AwaitedEvent
from models.instance import ChildGroup, InstanceState, ProcessInstance
from models.journal import JournalKind
from models.person import Person
from models.task import Task, TaskState
from workflows.actor import Actor
from workflows.commands.operating.acts import begin_act, open_tasks, record_on, tell_withdrawn
from workflows.commands.operating.incidents import close_of_timers, close_what_is_over
from workflows.commands.operating.mended import tell_who_tried
from workflows.commands.operating.typed import as_asked, read_by_form, typed
from workflows.commands.running import moves, routing
from workflows.commands.running.names import surroundings_of
from workflows.commands.running.runs import Run
from workflows.commands.running.terms import local_date
from workflows.commands.work.answers import outcomes_of
from workflows.engine import Field, Snapshot, Specification
from workflows.errors import StepNotOpen, ValueNotOffered
from workflows.errors.operating import (
    ElementNotChosen,
    ElementWaits,
    NoSuchPerson,
    ValueUnchanged,
    VariableUnknown,
)
from workflows.queries.operating.people import INITIATOR, people_for
from workflows.unit_of_work import UnitOfWork

# What a column for an id can hold.
LARGEST_ID = 2**31 - 1
# No form asks for it: whoever starts a run is put down.
_INITIATOR = Field(key=INITIATOR, type="person", label=INITIATOR)


def correct_data(
    work: UnitOfWork,
    *,
    actor: Actor,
    instance_id: int,
    values: Mapping[str, object],
    reason: str,
    token: str | None = None,
    request_key: str | None = None,
) -> None:
    """Give variables of a running instance other values, at one token or where the run as a whole keeps them.

    What a form asks for is read as the form reads it, other text as the kind of value that is there now. Refuses what
    a form would refuse, outcomes that no step offers (ValueNotOffered), names the procedure does not declare
    (VariableUnknown), values of another kind (ValueOfAnotherKind), texts that are too long (VariableTooLong), what
    stands there already (ValueUnchanged), and tokens that are not open; where a person is meant, people who do not
    exist (NoSuchPerson) or are not among those offered (ValueNotOffered). Tasks that are open keep their people and
    due times: those were worked out when they opened.
    """
    run, why = begin_act(work, actor, instance_id, reason, request_key)
    specification = work.engine.specification(run.version_id)
    for name in values:
        if name not in specification.variables:
            raise VariableUnknown(name=name)
    known = _known(work, run, token)
    fields = {INITIATOR: _INITIATOR} | people_above(work, run) | fields_of(specification)
    today = local_date(work.now)
    meant = {}
    for name, value in values.items():
        present, field = known.get(name), fields.get(name)
        if field is not None and read_by_form(field, value, present):
            meant[name] = as_asked(field, str(value), today)
        else:
            meant[name] = typed(name, value, present, field)
    if "outcome" in meant and "outcome" not in fields:
        _require_outcome(specification, meant["outcome"])
    for name, value in meant.items():
        if value is not None and name in fields and fields[name].type == "person":
            _require_person(work, run, name, value)
    before = {name: known.get(name) for name in meant}
    if before == meant:
        raise ValueUnchanged(name=", ".join(meant))
    if run.engine_state is None:
        _correct_start(work, run, meant)
    else:
        around = surroundings_of(work, run)
        snapshot = work.engine.correct(run.version_id, run.engine_state, meant, around, token)
        moves.take(work, run, snapshot)
        _follow_correlations(work, run, snapshot)
        routing.look_again(work, [run.id])
    details: dict[str, Any] = {
        "before": _plain(before),
        "after": _plain(meant),
        "reason": why,
        "token": token or "",
    }
    asking = _asking(work, run, specification, meant)
    details |= {"asked": asking} if asking else {}
    record_on(work, JournalKind.DATA_CORRECTED, run, actor.person_id, details, request_key)
    tell_who_tried(work, run.id, why)


def move_token(
    work: UnitOfWork,
    *,
    actor: Actor,
    instance_id: int,
    token: str,
    element_id: str,
    reason: str,
    request_key: str | None = None,
) -> None:
    """Take back one open step, timer, event or call, and open another element of the same process or sub-process.

    The children of a call that is taken back are cancelled. Whoever had the step is told, and whoever gets the next.
    Refuses tokens that wait no more (StepNotOpen) or are a part of something (TokenNotMovable), no element
    (ElementNotChosen), and elements that cannot be opened by themselves or wait already (ElementNotOpenable).
    """
    run, why = begin_act(work, actor, instance_id, reason, request_key)
    if run.state is not InstanceState.RUNNING:
        raise StepNotOpen
    if not element_id.strip():
        raise ElementNotChosen
    around = surroundings_of(work, run)
    state, token = _touched(work, run, token)
    standing = work.engine.open_tokens(run.version_id, state, work.now)
    origin = next((one.element_id for one in standing if one.token == token), "")
    if element_id == origin:
        raise ElementWaits(element=_name_of(work, run, element_id))
    snapshot = work.engine.move_token(run.version_id, state, token, element_id, around)
    lost = work.session.scalars(
        select(Task).where(Task.instance_id == run.id, Task.state == TaskState.OPEN)
    ).all()
    open_steps = {step.token for step in snapshot.steps}
    taken = [task for task in lost if task.token not in open_steps]
    details = {"from": origin, "to": element_id, "reason": why, "removed": [task.id for task in taken]}
    record_on(work, JournalKind.TOKEN_MOVED, run, actor.person_id, details, request_key)
    tell_withdrawn(work, taken, why, by=actor.person_id, moved=True)
    close_of_timers(work, run, actor.person_id, why, token)
    moves.take(work, run, snapshot, note=why)
    close_what_is_over(work, run, actor.person_id, why)
    tell_who_tried(work, run.id, why)


def _asking(work: UnitOfWork, run: Run, specification: Specification, meant: Collection[str]) -> list[int]:
    """List the open tasks whose own forms set all of this: what is filled in there counts, not the correction."""
    asking = {
        element_id
        for element_id, step in specification.steps.items()
        if {field.key for field in step.fields}.issuperset(meant)
    }
    return [task.id for task in open_tasks(work, [run.id]) if task.element_id in asking]


def _name_of(work: UnitOfWork, run: Run, element_id: str) -> str:
    return work.engine.specification(run.version_id).names.get(element_id) or element_id


def fields_of(specification: Specification) -> dict[str, Field]:
    """Give the fields of all forms of a procedure by their keys."""
    return {field.key: field for step in specification.steps.values() for field in step.fields}


def _require_outcome(specification: Specification, value: object) -> None:
    offered = {outcome.key for step in specification.steps.values() for outcome in outcomes_of(step)}
    if value not in offered:
        raise ValueNotOffered


def people_above(work: UnitOfWork, run: Run) -> dict[str, Field]:
    """Give the fields for a person in the forms of the runs above, which hand down what was chosen."""
    found: dict[str, Field] = {}
    group_id = run.group_id
    while group_id is not None:
        above = work.session.execute(
            select(ProcessInstance.version_id, ProcessInstance.group_id)
            .join(ChildGroup, ChildGroup.parent_id == ProcessInstance.id)
            .where(ChildGroup.id == group_id)
        ).one()
        fields = fields_of(work.engine.specification(above.version_id))
        found = {key: field for key, field in fields.items() if field.type == "person"} | found
        group_id = above.group_id
    return found


def _require_person(work: UnitOfWork, run: Run, name: str, value: object) -> None:
    is_id = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID
    if not is_id or work.session.scalar(select(Person.id).where(Person.id == value)) is None:
        raise NoSuchPerson
    offered = people_for(work.session, name, run.unit_id, local_date(work.now))
    if value not in {person.id for person in offered}:
        raise ValueNotOffered


def _known(work: UnitOfWork, run: Run, token: str | None) -> Mapping[str, object]:
    if run.engine_state is None:
        if token is not None and not _opening_task(work, run, token):
            raise StepNotOpen
        return run.start_values
    standing = work.engine.open_tokens(run.version_id, run.engine_state, work.now)
    for one in standing:
        if token in (None, one.token):
            return one.values
    raise StepNotOpen


def _correct_start(work: UnitOfWork, run: Run, meant: Mapping[str, Any]) -> None:
    """What the engine has not touched yet knows only what it began with."""
    run.start_values = {**run.start_values, **meant}
    work.session.execute(
        update(ProcessInstance)
        .where(ProcessInstance.id == run.id)
        .values(start_values=run.start_values, revision=ProcessInstance.revision + 1),
        execution_options={"synchronize_session": False},
    )


def _follow_correlations(work: UnitOfWork, run: Run, snapshot: Snapshot) -> None:
    for one in snapshot.awaited:
        work.session.execute(
            update(AwaitedEvent)
            .where(AwaitedEvent.instance_id == run.id, AwaitedEvent.token == one.token)
            .values(correlation=one.correlation),
            execution_options={"synchronize_session": False},
        )


def _opening_task(work: UnitOfWork, run: Run, token: str) -> Task | None:
    query = select(Task).where(Task.instance_id == run.id, Task.token == token, Task.state == TaskState.OPEN)
    return work.session.scalar(query)


def _touched(work: UnitOfWork, run: Run, token: str) -> tuple[bytes, str]:
    """Give the state and the token in it; the engine first builds what was a row only, with its task."""
    if run.engine_state is not None:
        return run.engine_state, token
    task = _opening_task(work, run, token)
    if task is None:
        raise StepNotOpen
    around = surroundings_of(work, run)
    built = work.engine.start(run.version_id, run.start_values, around, run.area)
    task.token = built.steps[0].token
    work.session.flush()
    run.engine_state = built.state
    return built.state, task.token


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write values as JSON can hold them."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()
    }

"""The administrator's pages of what runs: instances by state, one with all that waits in it, and its children."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from models.instance import GroupState, InstanceState
from models.journal import JournalKind
from models.organisation import OrganisationUnit
from models.task import TaskState
from web import typed
from web.access import access, administrator
from web.administration import incident_words, variables
from web.administration import operations_words as words
from web.composition import composition
from web.request_work import current_actor, now, read_session, today
from web.work import journal_words
from web.work.journal_changes import records_in
from workflows.engine import Field
from workflows.queries import procedures
from workflows.queries.following.waiting import explained
from workflows.queries.operating import instance as queries
from workflows.queries.operating.instance import GroupRow, InstanceSight, OpenToken, TokenKind
from workflows.queries.operating.instances import InstanceRow, View, Wanted, counts_of, instances_of
from workflows.queries.operating.why import why_of
from workflows.queries.work import history
from workflows.queries.work.inbox_facts import people_by_id
from workflows.queries.work.past import past_of

bp = Blueprint("operations", __name__, url_prefix="/operations")

# Each row says why it waits, which costs a few statements.
ROWS = 25
UNFINISHED = (InstanceState.RUNNING, InstanceState.PENDING)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an instance stands that the engine has not touched yet: at its first step, with what it began with.

    What else its procedure declares is not set yet."""

    token: str
    element_id: str
    values: Mapping[str, object]
    kind: TokenKind = "step"
    movable: bool = True


@bp.get("")
@access(administrator)
def index() -> str:
    """List instances by state, narrowed to a procedure, a unit, or whom they are about."""
    reading = read_session()
    wanted = Wanted(
        View(typed.choice("view", tuple(View), View.RUNNING)),
        typed.asked_number("unit"),
        typed.asked("key", 80),
        typed.asked("find", 100),
    )
    after = typed.asked_number("after")
    page = instances_of(reading, current_actor(), wanted, today(), after=after, limit=ROWS)
    keys = procedures.published_keys(reading)
    return render_template(
        "operations/index.html",
        words=words,
        wanted=wanted,
        unit=reading.get(OrganisationUnit, wanted.unit_id) if wanted.unit_id else None,
        page=page,
        first=after is None,
        why={row.id: why(row) for row in page.rows},
        counts={} if wanted.narrowed else counts_of(reading, current_actor(), today()),
        definitions=procedures.called_by(reading, keys).values(),
    )


@bp.get("/<int:instance_id>")
@access(administrator)
def show(instance_id: int) -> str:
    """Show one instance: where it stands and why it waits, what it knows, what was done, what can be done."""
    reading, sight = read_session(), sight_of(instance_id)
    specification = composition().engine.specification(sight.row.version_id)
    entries, older = queries.entries_of(reading, instance_id, before=typed.asked_number("before"))
    known = [sight.start_values, *(token.values for token in sight.tokens)]
    fields, tokens = fields_of(sight), standing_of(sight)
    named = [name for name, field in fields.items() if variables.names_person(field)]
    mended = [one.details for one in entries if one.kind is JournalKind.DATA_CORRECTED]
    known += [details[when] for details in mended for when in ("before", "after")]
    people = people_by_id(reading, {*history.people_named(entries), *_people_in(known, named)})
    versions = [row.version for row in procedures.versions_of(reading, sight.row.definition_id)]
    facts = journal_words.Facts(
        specification,
        people,
        # Whoever operates a run learns what was corrected, and reads nobody's record (C10).
        records_in(reading, entries, "names"),
        {version.id: version.number for version in versions},
        lambda name, value: variables.values_of({name: value}, fields, people)[0].text,
        past_of(reading, instance_id, sight.row.version_id),
    )
    return render_template(
        "operations/show.html",
        words=words,
        sight=sight,
        row=sight.row,
        why=words.sentence(why_of(reading, sight, today=today(), now=now()), facts.step),
        incidents=incident_words.lines_of(reading, sight, facts, today()),
        unfinished=sight.row.state in UNFINISHED,
        name_of=facts.step,
        marks=marks_of(sight),
        tokens=tokens,
        shared=variables.shared_of(tokens),
        own_of=lambda token: variables.own_of(token, tokens),
        correctable=specification.variables,
        movable_to_version=len(versions) > 1,
        waiting=explained(reading, sight.tasks, today()),
        values=lambda values: variables.values_of(values, fields, people),
        lines=journal_words.lines_of(entries, facts),
        older=older,
        newest="before" not in request.args,
    )


@bp.get("/<int:instance_id>/children/<int:group_id>")
@access(administrator)
def children(instance_id: int, group_id: int) -> str:
    """List the runs of one call, in their order."""
    reading, sight = read_session(), sight_of(instance_id)
    group = next((one for one in sight.groups if one.id == group_id), None)
    if group is None:
        abort(404)
    asked = typed.choice("state", tuple(InstanceState), "")
    state = InstanceState(asked) if asked else None
    after = typed.asked_number("after")
    rows, following = queries.children_of(
        reading, group_id, state=state, after=-1 if after is None else after, limit=ROWS
    )
    specification = composition().engine.specification(sight.row.version_id)
    return render_template(
        "operations/children.html",
        words=words,
        sight=sight,
        group=group,
        name=journal_words.Facts(specification, {}).step(group.element_id),
        state=state,
        rows=rows,
        why={row.id: why(row) for row in rows},
        first=after is None,
        following=following,
    )


def sight_of(instance_id: int) -> InstanceSight:
    """Give one instance that the visitor operates; refuses others."""
    return queries.instance_of(
        read_session(),
        current_actor(),
        instance_id,
        today=today(),
        now=now(),
        look=composition().engine.open_tokens,
    )


def standing_of(sight: InstanceSight) -> Sequence[OpenToken]:
    """Give where an instance stands, also before its first touch, when only its tasks tell."""
    if sight.tokens or sight.row.state is not InstanceState.RUNNING or sight.unreadable:
        return sight.tokens
    declared = composition().engine.specification(sight.row.version_id).variables
    known = {**dict.fromkeys(declared), **sight.start_values}
    return [Standing(task.token, task.element_id, known) for task in sight.tasks]


def why(row: InstanceRow) -> str:
    """Say why one row of a list waits."""
    if row.state not in UNFINISHED:
        return ""
    sight = queries.sight_of_row(read_session(), row)
    drawn = composition().engine.specification(row.version_id)
    name_of = journal_words.Facts(drawn, {}).step
    return words.sentence(why_of(read_session(), sight, today=today(), now=now()), name_of)


def fields_of(sight: InstanceSight) -> dict[str, Field]:
    """Give what asks for the variables: a form of the run, or of one above that handed them down."""
    engine = composition().engine
    lines = (*reversed(sight.above), sight.row)
    return variables.fields_of(engine.specification(row.version_id) for row in lines)


def _people_in(known: Iterable[Mapping[str, object]], named: Collection[str]) -> Iterator[int]:
    """Give the ids of people whom variables name."""
    for values in known:
        for name in named:
            value = values.get(name)
            if isinstance(value, int) and not isinstance(value, bool):
                yield value


def marks_of(sight: InstanceSight) -> dict[str, str]:
    """Give the states of elements for the drawing: what is open, late, stuck, done or cancelled."""
    taken = history.steps_taken(read_session(), sight.row.id)
    done = [task.element_id for task in taken if task.state is TaskState.COMPLETED]
    drawn = composition().engine.specification(sight.row.version_id).steps
    # What was done before a migration stands at the element that replaces it.
    past = past_of(read_session(), sight.row.id, sight.row.version_id)
    marks = {past.known_as(one, drawn): "done" for one in done}
    # The youngest last: where a call was made again, it tells.
    marks.update((one.element_id, _ended(one)) for one in reversed(sight.groups) if not one.unfinished)
    marks.update(dict.fromkeys(sight.open_elements, "open"))
    marks.update((task.element_id, "late") for task in sight.tasks if task.due_at <= now())
    marks.update(
        (one.element_id, "stuck") for one in sight.incidents if one.element_id and not one.resolved_at
    )
    return marks


def _ended(group: GroupRow) -> str:
    """Say what became of the runs of a call: where all were cancelled, nothing was done."""
    nothing_done = group.counts and not group.counts.get(InstanceState.FINISHED)
    return "cancelled" if nothing_done or group.state is GroupState.CANCELLED else "done"


def address_of(instance_id: int, **more: Any) -> str:
    """Give the address of an instance's page."""
    return url_for("operations.show", instance_id=instance_id, **more)

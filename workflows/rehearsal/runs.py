"""Runs of a rehearsal: what one is about, how it begins, what reaches it from outside, what it holds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.campaign import Campaign, SubjectKind
from models.instance import ChildGroup, GroupState, InstanceState, ProcessInstance
from models.organisation import OrganisationUnit, UnitKind
from models.person import Person, Position
from models.school import SchoolClass, StaffMember, TeachingAssignment
from workflows.actor import Actor, actor_of
from workflows.commands.running import groups, moves
from workflows.commands.running.runs import Run, insert_run, lock_run
from workflows.commands.running.synchronise import synchronise
from workflows.commands.running.terms import local_date
from workflows.commands.steering import campaigns
from workflows.commands.steering.campaigns import DeadlineRule
from workflows.engine import ProcessEngine, Snapshot, Surroundings
from workflows.rehearsal.authority import Authority
from workflows.rehearsal.errors import NobodyThere, NothingRuns, SubjectNotThere
from workflows.unit_of_work import UnitOfWork

PUPIL = re.compile(r"pupil (\d+) of (.+)")
_TREE = """
WITH RECURSIVE tree(id) AS (
    SELECT :top
    UNION ALL
    SELECT child.id FROM process_instance child
    JOIN child_group g ON child.group_id = g.id
    JOIN tree ON g.parent_id = tree.id
)
SELECT id FROM tree
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a run is about."""

    kind: SubjectKind
    id: int


def subject_of(authority: Authority, about: str) -> Subject:
    """Find what a short name means: a unit, a class, "class subject", or one of the staff; refuses SubjectNotThere."""
    if about in authority.units:
        is_school = authority.cast.units[about].kind is UnitKind.SCHOOL
        return Subject(SubjectKind.SCHOOL if is_school else SubjectKind.UNIT, authority.units[about])
    if about in authority.classes:
        return Subject(SubjectKind.CLASS, authority.classes[about])
    room, _, taught = about.partition(" ")
    if (room, taught) in authority.assignments:
        return Subject(SubjectKind.ASSIGNMENT, authority.assignments[room, taught])
    if about in authority.staff:
        return Subject(SubjectKind.STAFF, authority.staff[about])
    raise SubjectNotThere(about=about)


def returned_id(authority: Authority, who: str | int) -> int:
    """Find the subject that an outcome returns by name: one of the staff, a class, "pupil 2 of 6A", or an id."""
    if isinstance(who, int):
        return who
    match = PUPIL.fullmatch(who)
    if match and (match[2], int(match[1])) in authority.pupils:
        return authority.pupils[match[2], int(match[1])]
    return subject_of(authority, who).id


def begin(work: UnitOfWork, key: str, subject: Subject, values: Mapping[str, Any]) -> int:
    """Start a run of the newest version, in the campaign if there is one."""
    unit_id, name = _place_of(work.session, subject)
    run = insert_run(
        work.connection,
        work.now,
        version_id=groups.latest_version(work, key),
        campaign_id=work.session.scalar(select(Campaign.id).order_by(Campaign.id.desc()).limit(1)),
        unit_id=unit_id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_name=name,
        start_values=dict(values),
    )
    moves.start(work, run)
    return run.id


def open_campaign(
    work: UnitOfWork, authority: Authority, unit: str, deadlines: Mapping[str, datetime]
) -> int:
    """Open a campaign of a unit, and give the number of the run of its territory."""
    campaign = campaigns.open_campaign(work, **_order(work, authority, unit, deadlines))
    query = select(ProcessInstance.id).where(ProcessInstance.campaign_id == campaign.id)
    return work.session.scalars(query.order_by(ProcessInstance.id).limit(1)).one()


def freeze(work: UnitOfWork, authority: Authority, unit: str, deadlines: Mapping[str, datetime]) -> None:
    """Make a campaign of a unit in which nothing runs yet."""
    campaigns.freeze(work, **_order(work, authority, unit, deadlines))


def tree_of(session: Session, run_id: int) -> list[int]:
    """Give a run and everything below it."""
    return [row[0] for row in session.execute(text(_TREE), {"top": run_id})]


def values_of(engine: ProcessEngine, found: ProcessInstance) -> dict[str, Any]:
    """Give the variables at the open steps of a run."""
    if found.engine_state is None:
        return dict(found.start_values)
    around = Surroundings(found.started_at)
    snapshot = engine.read(found.version_id, found.engine_state, around)
    values: dict[str, Any] = {}
    for step in snapshot.steps:
        values.update({key: value for key, value in step.values.items() if value is not None})
    return values


def end_children(
    work: UnitOfWork, authority: Authority, call: str, result: object, about: Sequence[str]
) -> None:
    """Let the runs that a call waits for end with a result, those about some subjects only if named.

    For rehearsals of the calling procedure; what the children would have done is not played. Refuses with NothingRuns.
    """
    query = (
        select(ProcessInstance.id, ProcessInstance.subject_id)
        .join(ChildGroup, ProcessInstance.group_id == ChildGroup.id)
        .where(
            ChildGroup.element_id == call,
            ChildGroup.state == GroupState.OPEN,
            ProcessInstance.state == InstanceState.RUNNING,
        )
        .order_by(ProcessInstance.position)
    )
    wanted = {subject_of(authority, one).id for one in about}
    children = [id_ for id_, subject in work.session.execute(query) if not about or subject in wanted]
    if not children:
        raise NothingRuns(call=call)
    for child_id in children:
        child = lock_run(work.connection, child_id)
        if child.state is InstanceState.RUNNING:
            _end(work, child, result)


def _end(work: UnitOfWork, child: Run, result: object) -> None:
    below = tree_of(work.session, child.id)[1:]
    groups.cancel_instances(work, below)
    for token in work.session.scalars(
        select(ChildGroup.token).where(ChildGroup.parent_id == child.id, ChildGroup.state == GroupState.OPEN)
    ):
        groups.cancel_group(work, child.id, token)
    synchronise(work, child, Snapshot(b"", finished=True, result={"result": result}))
    moves.child_ended(work, child)


def _order(
    work: UnitOfWork, authority: Authority, unit: str, deadlines: Mapping[str, datetime]
) -> dict[str, Any]:
    return {
        "actor": issuer_of(work, authority, unit),
        "unit_id": authority.units[unit],
        "title": "Đợt rà soát",
        "title_en": "Review",
        "school_year": authority.cast.school_year,
        "deadlines": [DeadlineRule(key, "", due_at) for key, due_at in deadlines.items()],
    }


def issuer_of(work: UnitOfWork, authority: Authority, unit: str) -> Actor:
    """Who opens a campaign of a unit: an officer, else its head."""
    for wanted in (Position.OFFICER, Position.HEAD):
        for name, player in authority.cast.people.items():
            if (wanted, unit) in player.positions:
                return actor_of(work.connection, authority.people[name], local_date(work.now))
    raise NobodyThere(step=unit, people="officer, head")


def _place_of(session: Session, subject: Subject) -> tuple[int, str]:
    """Give the unit of a subject, and its name on lists."""
    match subject.kind:
        case SubjectKind.CLASS:
            room = session.get_one(SchoolClass, subject.id)
            return room.unit_id, room.name
        case SubjectKind.ASSIGNMENT:
            taught = session.get_one(TeachingAssignment, subject.id)
            room = session.get_one(SchoolClass, taught.class_id)
            return room.unit_id, f"{room.name} · {taught.subject_name}"
        case SubjectKind.STAFF:
            member = session.get_one(StaffMember, subject.id)
            return member.unit_id, session.get_one(Person, member.person_id).full_name
        case _:
            return subject.id, session.get_one(OrganisationUnit, subject.id).short_name

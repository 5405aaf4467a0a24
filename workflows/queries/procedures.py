"""Procedures as the administrator sees them: versions, drafts, where they run, and what waits at which step."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload, load_only
from sqlalchemy.orm.interfaces import ORMOption

from models.campaign import Campaign
from models.instance import ChildGroup, GroupState, InstanceState, ProcessInstance
from models.organisation import OrganisationUnit, UnitKind
from models.person import Position
from models.process import ProcessDefinition, ProcessDraft, ProcessVersion
from models.task import Task, TaskState
from workflows.actor import Actor
from workflows.errors import DraftGone, ProcedureGone
from workflows.errors.steering import VersionGone
from workflows.policy import permissions


@dataclass(frozen=True, slots=True)
class ProcedureRow:
    """One line of the list; `version` and `draft` without their XML."""

    definition: ProcessDefinition
    version: ProcessVersion | None
    draft: ProcessDraft | None
    running: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One published version without its XML, and how many instances still run on it."""

    version: ProcessVersion
    running: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a procedure runs: a campaign (None: outside of any), in how many units, how many instances."""

    campaign: Campaign | None
    units: int
    running: int


@dataclass(frozen=True, slots=True)
class StepCount:
    """What waits at one step of a version."""

    open: int
    late: int = 0


def departments(session: Session) -> Sequence[int]:
    """Give the departments of this store, the first one first."""
    found = select(OrganisationUnit.id).where(OrganisationUnit.kind == UnitKind.DEPARTMENT)
    return session.scalars(found.order_by(OrganisationUnit.id)).all()


def may_manage_procedures(session: Session, actor: Actor) -> bool:
    """Tell whether somebody keeps the procedures of the department."""
    if not actor.units_with(Position.ADMINISTRATOR):
        return False
    return permissions.may_manage_procedures(actor, departments(session))


def definition_of(session: Session, key: str) -> ProcessDefinition:
    """Give a procedure by its key; refuses with ProcedureGone."""
    definition = session.scalars(select(ProcessDefinition).where(ProcessDefinition.key == key)).first()
    if definition is None:
        raise ProcedureGone
    return definition


def called_by(session: Session, keys: Collection[str]) -> dict[str, ProcessDefinition]:
    """Give the procedures that calls name, by key; a key that is not there any more is left out."""
    found = session.scalars(select(ProcessDefinition).where(ProcessDefinition.key.in_(keys)))
    return {definition.key: definition for definition in found}


def procedures(session: Session) -> list[ProcedureRow]:
    """List all procedures by name."""
    definitions = session.scalars(select(ProcessDefinition).order_by(ProcessDefinition.name)).all()
    drafts = session.scalars(select(ProcessDraft).options(_without_xml(ProcessDraft)))
    draft_of = {draft.definition_id: draft for draft in drafts}
    rows = []
    for definition in definitions:
        versions = versions_of(session, definition.id)
        running = sum(row.running for row in versions)
        latest = versions[0].version if versions else None
        rows.append(ProcedureRow(definition, latest, draft_of.get(definition.id), running))
    return rows


def versions_of(session: Session, definition_id: int) -> list[VersionRow]:
    """List the published versions of a procedure, the last one first."""
    versions = session.scalars(
        select(ProcessVersion)
        .where(ProcessVersion.definition_id == definition_id)
        .options(_without_xml(ProcessVersion), joinedload(ProcessVersion.published_by))
        .order_by(ProcessVersion.number.desc())
    ).all()
    counts = session.execute(
        select(ProcessInstance.version_id, func.count())
        .where(ProcessInstance.version_id.in_([version.id for version in versions]))
        .where(ProcessInstance.state == InstanceState.RUNNING)
        .group_by(ProcessInstance.version_id)
    )
    running = {version_id: number for version_id, number in counts}  # noqa: C416  (rows are no plain pairs)
    return [VersionRow(version, running.get(version.id, 0)) for version in versions]


def latest_version(session: Session, definition_id: int) -> ProcessVersion | None:
    """Give the version on which new instances start, with its XML."""
    return session.scalars(
        select(ProcessVersion)
        .where(ProcessVersion.definition_id == definition_id)
        .order_by(ProcessVersion.number.desc())
        .limit(1)
    ).first()


def is_mended(session: Session, version_id: int) -> bool:
    """Tell whether a version runs a mended copy of its drawing."""
    asked = select(ProcessVersion.mended_xml.is_not(None)).where(ProcessVersion.id == version_id)
    return bool(session.scalar(asked))


def tables_of(session: Session, definition_id: int, number: int | None = None) -> Mapping[str, str]:
    """Give the files of decision tables of a version, or without a number of the draft, else the last version."""
    if number is not None:
        return version_of(session, definition_id, number).decisions or {}
    found = find_draft(session, definition_id) or latest_version(session, definition_id)
    return (found.decisions if found else None) or {}


def version_of(session: Session, definition_id: int, number: int) -> ProcessVersion:
    """Give a version with its XML; refuses with VersionGone."""
    version = session.scalars(
        select(ProcessVersion).where(
            ProcessVersion.definition_id == definition_id, ProcessVersion.number == number
        )
    ).first()
    if version is None:
        raise VersionGone(number=number)
    return version


def find_draft(session: Session, definition_id: int) -> ProcessDraft | None:
    """Give the draft with its XML and who saved it, if there is one."""
    return session.scalars(
        select(ProcessDraft)
        .where(ProcessDraft.definition_id == definition_id)
        .options(joinedload(ProcessDraft.saved_by))
    ).first()


def draft_of(session: Session, definition_id: int) -> ProcessDraft:
    """Give the draft; refuses with DraftGone."""
    draft = find_draft(session, definition_id)
    if draft is None:
        raise DraftGone
    return draft


def published_keys(session: Session) -> Sequence[str]:
    """Give the keys that a call activity may name."""
    published = select(ProcessVersion.definition_id).distinct()
    return session.scalars(select(ProcessDefinition.key).where(ProcessDefinition.id.in_(published))).all()


def places_of(session: Session, definition_id: int) -> list[Place]:
    """List where a procedure runs just now, the largest first."""
    versions = select(ProcessVersion.id).where(ProcessVersion.definition_id == definition_id)
    counts = session.execute(
        select(
            ProcessInstance.campaign_id,
            func.count(ProcessInstance.unit_id.distinct()),
            func.count().label("running"),
        )
        .where(ProcessInstance.version_id.in_(versions), ProcessInstance.state == InstanceState.RUNNING)
        .group_by(ProcessInstance.campaign_id)
        .order_by(func.count().desc())
    ).all()
    ids = [campaign_id for campaign_id, _, _ in counts]
    campaigns = {
        campaign.id: campaign for campaign in session.scalars(select(Campaign).where(Campaign.id.in_(ids)))
    }
    return [Place(campaigns.get(campaign_id or 0), units, running) for campaign_id, units, running in counts]


def step_counts(session: Session, version_id: int, now: datetime) -> dict[str, StepCount]:
    """Count what waits at each step of a version: open and late tasks, and open groups of children."""
    tasks = session.execute(
        select(Task.element_id, func.count(), func.sum(case((Task.due_at < now, 1), else_=0)))
        .where(Task.version_id == version_id, Task.state == TaskState.OPEN)
        .group_by(Task.element_id)
    ).all()
    groups = session.execute(
        select(ChildGroup.element_id, func.count())
        .join(ProcessInstance, ChildGroup.parent_id == ProcessInstance.id)
        .where(ProcessInstance.version_id == version_id, ProcessInstance.state == InstanceState.RUNNING)
        .where(ChildGroup.state == GroupState.OPEN)
        .group_by(ChildGroup.element_id)
    ).all()
    counted = {element_id: StepCount(number) for element_id, number in groups}
    return counted | {element_id: StepCount(number, int(late)) for element_id, number, late in tasks}


def _without_xml(table: type[ProcessVersion] | type[ProcessDraft]) -> ORMOption:
    """Load all columns but drawings and decision tables, which are large and not shown in lists."""
    names = table.__table__.columns.keys()
    return load_only(
        *(getattr(table, name) for name in names if not name.endswith("xml") and name != "decisions"),
        raiseload=True,
    )

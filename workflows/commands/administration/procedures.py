"""Drafts of procedures and their publication: a published version is never changed, running work stays on its own."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from xml.sax.saxutils import quoteattr

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.database import HELD
from models.journal import JournalKind
from models.process import ProcessDefinition, ProcessDraft, ProcessVersion
from workflows.actor import Actor
from workflows.commands.administration.procedure_changes import Change, Drawn, changes_between, table_changes
from workflows.engine import Problem, ProcessEngine, Published, Specification
from workflows.engine.check import Checked, check_and_mend
from workflows.engine.diagram.faults import fault
from workflows.engine.diagram.likeness import likeness_of
from workflows.engine.diagram.reading import MAX_BYTES, too_large
from workflows.engine.heading import Heading, heading_of, heading_problems
from workflows.errors import (
    DiagramOfAnother,
    DiagramRefused,
    DiagramUnreadable,
    DraftChanged,
    DraftThere,
    DraftUnchanged,
    KeyBad,
    KeyTaken,
    ProcedureGone,
)
from workflows.policy.permissions import require_may_manage_procedures
from workflows.queries import procedures as queries
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

LONGEST_NOTE, LONGEST_KEY = 500, 80
KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")
# What a new procedure begins with: one start event, in the place where drawing tools put it.
FIRST_DRAWING = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
    xmlns:rs="urn:rasoat:1" id="definitions" targetNamespace="urn:rasoat:procedures">
  <bpmn:process id="{key}" name={name} isExecutable="true">
    <bpmn:startEvent id="start" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram">
    <bpmndi:BPMNPlane id="plane" bpmnElement="{key}">
      <bpmndi:BPMNShape id="start_shape" bpmnElement="start">
        <dc:Bounds x="160" y="160" width="36" height="36" />
      </bpmndi:BPMNShape>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""


@dataclass(frozen=True, slots=True)
class Examination:
    """A draft as it was checked: made by `examine` only, asked for by `publish`."""

    definition_id: int
    revision: int
    xml: str
    # Its files of decision tables by their names.
    decisions: Mapping[str, str]
    # With what the import pass of files of other tools did, as notes.
    problems: tuple[Problem, ...]
    # The copy that pass made, which runs in place of the drawing; None when it needed nothing.
    mended_xml: str | None
    # None while the drawing cannot run.
    changes: tuple[Change, ...] | None

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the draft from being published; warnings do not."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def doubts(self) -> tuple[Problem, ...]:
        """Errors and warnings: what somebody should look at."""
        return tuple(problem for problem in self.problems if problem.severity != "note")


def upload(
    work: UnitOfWork, *, actor: Actor, xml: str, decisions: Mapping[str, str] | None = None
) -> ProcessDraft:
    """Keep an uploaded drawing as the draft of the procedure it names, a new one if need be.

    Its decision tables stay as they were published unless `decisions` are given.

    Refuses files that are no readable drawing of one process, and to overwrite a draft.
    """
    require_may_manage_procedures(actor, queries.departments(work.session))
    heading = read_heading(xml, one=True)
    _require_key(heading.key)
    definition = definition_for(work, heading)
    draft = queries.find_draft(work.session, definition.id)
    if draft is not None:
        raise DraftThere(who=draft.saved_by.named, when=draft.saved_at)
    return save_draft(
        work, actor=actor, definition_id=definition.id, xml=xml, revision=None, decisions=decisions
    )


def begin(work: UnitOfWork, *, actor: Actor, key: str, name: str) -> ProcessDraft:
    """Begin a new procedure with an almost empty drawing; refuses keys that are taken or malformed."""
    require_may_manage_procedures(actor, queries.departments(work.session))
    _require_key(key)
    if work.session.scalars(select(ProcessDefinition.id).where(ProcessDefinition.key == key)).first():
        raise KeyTaken(key=key)
    xml = FIRST_DRAWING.format(key=key, name=quoteattr(name or key))
    return upload(work, actor=actor, xml=xml)


def save_draft(
    work: UnitOfWork,
    *,
    actor: Actor,
    definition_id: int,
    xml: str,
    revision: int | None,
    decisions: Mapping[str, str] | None = None,
) -> ProcessDraft:
    """Save a drawing, whole or broken, over the revision it was drawn from (None: there was no draft).

    `decisions` are its files of decision tables; those that were there stay when none are given.
    Refuses what is no readable BPMN, and with DraftChanged when somebody saved another revision meanwhile.
    """
    require_may_manage_procedures(actor, queries.departments(work.session))
    read_heading(xml)
    definition = _locked(work, definition_id)
    draft = queries.find_draft(work.session, definition.id)
    if draft is None:
        latest = queries.latest_version(work.session, definition.id)
        draft = ProcessDraft(definition_id=definition.id, decisions=latest.decisions if latest else None)
        work.session.add(draft)
    elif draft.revision != revision:
        raise DraftChanged(who=draft.saved_by.named, when=draft.saved_at)
    draft.xml = xml
    draft.decisions = draft.decisions if decisions is None else dict(decisions)
    draft.problems = None
    draft.saved_at = work.now
    draft.saved_by_id = actor.person_id
    work.session.flush()
    return draft


def discard_draft(work: UnitOfWork, *, actor: Actor, definition_id: int, revision: int) -> None:
    """Throw the draft away; a procedure that was never published goes with it."""
    require_may_manage_procedures(actor, queries.departments(work.session))
    definition = _locked(work, definition_id)
    draft = queries.draft_of(work.session, definition_id)
    if draft.revision != revision:
        raise DraftChanged(who=draft.saved_by.named, when=draft.saved_at)
    work.session.delete(draft)
    work.session.flush()
    if queries.latest_version(work.session, definition_id) is None:
        work.session.delete(definition)


def examine(session: Session, engine: ProcessEngine, definition_id: int) -> Examination:
    """Check a draft in a process of its own and compare it with the published version; takes about a second.

    Belongs before the unit of work: while a writer waits here, nobody else could write.
    """
    draft = queries.draft_of(session, definition_id)
    tables = draft.decisions or {}
    checked = judge(session, draft.xml, session.get_one(ProcessDefinition, definition_id).key, tables)
    broken = any(problem.severity == "error" for problem in checked.problems)
    changes = None
    if not broken:
        latest = queries.latest_version(session, definition_id)
        runs = checked.mended or draft.xml
        old = None
        if latest is not None:
            old = Drawn(engine.specification(latest.id), likeness_of(latest.running_xml.encode()))
        new = Drawn(_specification(runs, tables), likeness_of(runs.encode()))
        changes = tuple(changes_between(old, new))
        if latest is not None:
            changes += tuple(table_changes(latest.decisions or {}, tables))
    return Examination(
        definition_id, draft.revision, draft.xml, tables, checked.problems, checked.mended, changes
    )


def judge(session: Session, xml: str, key: str, decisions: Mapping[str, str]) -> Checked:
    """List what keeps a drawing from being a version of the procedure `key`; as `check`, it never raises."""
    checked = check_and_mend(xml.encode(), queries.published_keys(session), decisions)
    try:
        return replace(checked, problems=(*checked.problems, *heading_problems(xml.encode(), key)))
    except DiagramRefused:
        return checked


def read_file(content: bytes) -> str:
    """Give the text of an uploaded drawing as it stands; refuses what is too large or no UTF-8."""
    if len(content) > MAX_BYTES:
        raise DiagramUnreadable([too_large()])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DiagramUnreadable([fault(None, "encoding")]) from error


def note_problems(work: UnitOfWork, *, actor: Actor, examination: Examination) -> None:
    """Keep what a check found with the draft, for the list of procedures; of no use once somebody saved again."""
    require_may_manage_procedures(actor, queries.departments(work.session))
    # Not through the ORM: it would count as a new revision of the drawing.
    work.session.execute(
        update(ProcessDraft)
        .where(ProcessDraft.definition_id == examination.definition_id)
        .where(ProcessDraft.revision == examination.revision)
        .values(problems=[asdict(problem) for problem in examination.problems])
        .execution_options(synchronize_session=False)
    )


def publish(
    work: UnitOfWork,
    *,
    actor: Actor,
    definition_id: int,
    note: str,
    examination: Examination,
    request_key: str | None = None,
) -> ProcessVersion:
    """Make the draft the version on which new instances start; running ones stay on theirs.

    Refuses drawings with errors (DiagramRefused carries them), a draft that changed since its examination, one
    that equals the published version, and one that is another procedure.
    """
    department = require_may_manage_procedures(actor, queries.departments(work.session))
    definition = _locked(work, definition_id)
    refuse_repeated(work, request_key)
    draft = queries.draft_of(work.session, definition_id)
    if examination.definition_id != definition_id or examination.revision != draft.revision:
        raise DraftChanged(who=draft.saved_by.named, when=draft.saved_at)
    if examination.errors:
        raise DiagramRefused(examination.errors)
    heading = read_heading(draft.xml)
    if heading.key != definition.key:
        raise DiagramOfAnother(found=heading.key, expected=definition.key)
    checked = Checked(examination.problems, examination.mended_xml)
    version = add_version(
        work,
        definition,
        Published(draft.xml.encode(), draft.decisions or {}),
        checked,
        heading,
        note[:LONGEST_NOTE],
        actor.person_id,
    )
    work.session.delete(draft)
    record_publication(work, version, department, actor.person_id, request_key)
    return version


def read_heading(xml: str, *, one: bool = False) -> Heading:
    """Give key and names of a drawing; refuses with DiagramUnreadable what is no plain, bounded BPMN.

    With `one` it refuses also what is not about one process.
    """
    try:
        return heading_of(read_file(xml.encode()).encode(), one=one)
    except DiagramRefused as refusal:
        raise DiagramUnreadable(refusal.problems) from refusal


def _require_key(key: str) -> None:
    if not KEY.fullmatch(key):
        raise KeyBad(key=f"{key[:LONGEST_KEY]}…" if len(key) > LONGEST_KEY else key)


def digest_of(published: Published) -> str:
    """Give the digest by which two drawings with their decision tables are the same."""
    whole = sha256(published.xml)
    for name, text in sorted(published.decisions.items()):
        whole.update(f"\0{name}\0{text}".encode())
    return whole.hexdigest()


def definition_for(work: UnitOfWork, heading: Heading) -> ProcessDefinition:
    """Give the procedure of a drawing, a new one if need be."""
    found = work.session.scalars(
        select(ProcessDefinition).where(ProcessDefinition.key == heading.key)
    ).first()
    if found is not None:
        return found
    made = ProcessDefinition(
        key=heading.key[:80], name=(heading.name or heading.key)[:200], name_en=heading.name_en[:200]
    )
    work.session.add(made)
    work.session.flush()
    return made


def _locked(work: UnitOfWork, definition_id: int) -> ProcessDefinition:
    """Give the procedure under a lock: two who save or publish at once come one after the other."""
    found = work.session.get(ProcessDefinition, definition_id, with_for_update=HELD)
    if found is None:
        raise ProcedureGone
    return found


def add_version(
    work: UnitOfWork,
    definition: ProcessDefinition,
    published: Published,
    checked: Checked,
    heading: Heading,
    note: str,
    published_by_id: int | None,
) -> ProcessVersion:
    """Add a version of a procedure and let its names be those of the drawing; refuses what is published already."""
    latest = queries.latest_version(work.session, definition.id)
    digest = digest_of(published)
    if latest is not None and latest.digest == digest:
        raise DraftUnchanged
    version = ProcessVersion(
        definition_id=definition.id,
        number=latest.number + 1 if latest else 1,
        xml=published.xml.decode(),
        decisions=dict(published.decisions) or None,
        mended_xml=checked.mended,
        notes=[asdict(problem) for problem in checked.problems],
        digest=digest,
        note=note,
        published_at=work.now,
        published_by_id=published_by_id,
    )
    work.session.add(version)
    names = {"name": (heading.name or heading.key)[:200], "name_en": heading.name_en[:200]}
    work.session.execute(
        update(ProcessDefinition).where(ProcessDefinition.id == definition.id).values(**names)
    )
    work.session.flush()
    return version


def record_publication(
    work: UnitOfWork, version: ProcessVersion, unit_id: int, actor_id: int | None, request_key: str | None
) -> None:
    """Write a new version to the journal."""
    details = {
        "version": version.id,
        "number": version.number,
        "digest": version.digest,
        "note": version.note,
    }
    if version.mended_xml is not None:
        details["mended_digest"] = digest_of(Published(version.mended_xml.encode()))
    record(
        work,
        JournalKind.PROCEDURE_PUBLISHED,
        unit_id=unit_id,
        actor_id=actor_id,
        details=details,
        request_key=request_key,
    )


def _specification(xml: str, decisions: Mapping[str, str]) -> Specification:
    """Read a checked drawing as the engine will."""
    return ProcessEngine(lambda _: Published(xml.encode(), decisions), capacity=1).specification(0)

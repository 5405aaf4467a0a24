"""Signing: what a signer is shown first, and the document and the signature that signing leaves behind (C7, C9)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.campaign import SubjectKind
from models.document import Document, Signature
from models.journal import JournalKind
from models.organisation import OrganisationUnit
from workflows.actor import Actor
from workflows.commands.evidence.contents import (
    class_minutes,
    person_confirmation,
    school_report,
    signed_step,
    staff_handover,
)
from workflows.commands.evidence.contents.ground import Ground, SigningTask, local_day, signing_task
from workflows.commands.evidence.contents.parties import signing_capacity
from workflows.commands.evidence.contents.said import said
from workflows.commands.evidence.contents.words import abbreviation
from workflows.commands.work.held_tasks import HeldTask
from workflows.engine import Outcome, ProcessEngine, Reason, Step
from workflows.errors import InstanceStuck, ShownChanged, SignatureMissing
from workflows.records.journal import record
from workflows.records.minutes import content_digest, title_of
from workflows.records.minutes_content import MinutesKind
from workflows.records.signatures import signature_digest
from workflows.unit_of_work import UnitOfWork

__all__ = ["Shown", "needs_signature", "shown", "sign", "signing_task"]

LONGEST_TITLE = 200
LONGEST_ABBREVIATION = 24


def N_(text: str) -> str:
    return text


_next_number = text(
    "INSERT INTO document_register (unit_id, year, last_number) VALUES (:unit_id, :year, 1)"
    " ON CONFLICT (unit_id, year) DO UPDATE SET last_number = document_register.last_number + 1"
    " RETURNING last_number"
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of minutes: how its content is built, where who signs, what it is about, its sign in numbers."""

    build: Callable[[Ground], Mapping[str, Any]]
    block_of: Callable[[Ground], str]
    about: frozenset[SubjectKind]
    series: str


_SCHOOL = frozenset({SubjectKind.SCHOOL, SubjectKind.UNIT})
KINDS: Mapping[str, _Kind] = {
    "person_confirmation": _Kind(
        person_confirmation.build, person_confirmation.block_of, frozenset({SubjectKind.STAFF}), "BB"
    ),
    "staff_handover": _Kind(staff_handover.build, staff_handover.block_of, _SCHOOL, "BB"),
    "class_minutes": _Kind(class_minutes.build, class_minutes.block_of, frozenset({SubjectKind.CLASS}), "BB"),
    "school_report": _Kind(school_report.build, school_report.block_of, _SCHOOL, "BC"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody sees before signing; `document_id` is the document that is there already and is joined."""

    kind: str
    title: str
    content: Mapping[str, Any]
    digest: str
    block: str = ""
    document_id: int | None = None


def needs_signature(step: Step, outcome: Outcome) -> bool:
    """Tell whether an outcome is signed: what is sent back, or goes another way, confirms nothing."""
    return step.signature and outcome.style == "primary"


def shown(session: Session, engine: ProcessEngine, task: SigningTask, now: datetime) -> Shown:
    """Build exactly what the signer is shown; the same again when signing, unless the data has changed.

    Where somebody has signed the same minutes in the same instance before (the teacher before the head) and nothing
    has changed since, it is their document. Refuses with InstanceStuck minutes that do not fit the step's subject.
    """
    return _shown_on(Ground(session, engine.specification, task, local_day(now)))


def _shown_on(ground: Ground) -> Shown:
    task, name = ground.task, ground.step.minutes
    if name is None:
        return _shown(signed_step.KIND, signed_step.build(ground))
    kind = KINDS.get(name)
    if kind is None or task.subject_kind not in kind.about:
        text = f"no {name} can be made of a {task.subject_kind}"
        reason = Reason.behind(
            text, N_("the minutes that the step asks for cannot be made of what it is about")
        )
        raise InstanceStuck(element=ground.step.name or task.element_id, reason=reason)
    block = kind.block_of(ground)
    return _joined(ground, name, kind, block) or _shown(name, kind.build(ground), block)


def _shown(kind: str, content: Mapping[str, Any], block: str = "") -> Shown:
    if kind == signed_step.KIND:
        title = ": ".join(part for part in (content["step"], content["subject"]) if part)
    else:
        title = title_of(cast(MinutesKind, kind), content)
        if kind == "person_confirmation":
            title = f"{title}: {content['person']['name']}"
    return Shown(kind, title[:LONGEST_TITLE], content, content_digest(content), block)


def _joined(ground: Ground, name: str, kind: _Kind, block: str) -> Shown | None:
    """Give the newest document of this kind if it still says what is true and has no signature in this place."""
    newest = ground.session.scalars(
        select(Document)
        .where(Document.instance_id == ground.task.instance_id, Document.kind == name)
        .order_by(Document.id.desc())
        .limit(1)
    ).first()
    # Nobody signs what was altered.
    if newest is None or content_digest(newest.content) != newest.digest:
        return None
    valid = ground.session.scalars(
        select(Signature.block).where(Signature.document_id == newest.id, Signature.withdrawn_at.is_(None))
    ).all()
    dated_on = date.fromisoformat(newest.content["heading"]["dated_on"])
    if block in valid or (not valid and dated_on != ground.on):
        return None
    again = Ground(ground.session, ground.published, ground.task, dated_on)
    if content_digest(kind.build(again)) != newest.digest:
        return None
    return Shown(name, newest.title, newest.content, newest.digest, block, newest.id)


def sign(
    work: UnitOfWork,
    task: HeldTask,
    step: Step,
    actor: Actor,
    values: Mapping[str, Any],
    shown_digest: str | None,
) -> Document:
    """Put the actor's signature under what was shown, and give the document it stands under.

    `values` is the answer sent with it. The caller has checked the right and the password. Refuses with
    SignatureMissing when nothing was signed, and with ShownChanged when it is not what is there now.
    """
    if shown_digest is None:
        raise SignatureMissing
    facts = _facts(task, actor)
    work.session.flush()
    ground = Ground(work.session, work.engine.specification, facts, local_day(work.now))
    present = _shown_on(ground)
    if present.digest != shown_digest:
        raise ShownChanged
    document = _document(work, ground, present)
    signature = _signature(ground, present, document, work.now)
    signature.digest = signature_digest(signature, document.digest, values)
    work.session.add(signature)
    work.session.flush()
    details = {
        "step": step.element_id,
        "document": document.id,
        "number": document.number,
        "digest": document.digest,
        "signature": signature.id,
        "signature_digest": signature.digest,
        "answer": dict(values),
        "said": said(ground, values),
    }
    record(
        work,
        JournalKind.SIGNED,
        unit_id=facts.unit_id,
        campaign_id=facts.campaign_id,
        instance_id=facts.instance_id,
        task_id=task.id,
        actor_id=actor.person_id,
        on_behalf_of_id=facts.on_behalf_of_id,
        details=details,
    )
    return document


def _signature(ground: Ground, present: Shown, document: Document, now: datetime) -> Signature:
    task = ground.task
    return Signature(
        task_id=task.id,
        document_id=document.id,
        block=present.block,
        signer_id=task.signer_id,
        on_behalf_of_id=task.on_behalf_of_id,
        capacity=signing_capacity(ground),
        signed_at=now,
    )


def _facts(task: HeldTask, actor: Actor) -> SigningTask:
    run = task.run
    return SigningTask(
        id=task.id,
        element_id=task.element_id,
        role=task.role,
        role_unit_id=task.role_unit_id,
        accountable_id=task.accountable_id,
        signer_id=actor.person_id,
        instance_id=run.id,
        version_id=run.version_id,
        campaign_id=run.campaign_id,
        unit_id=run.unit_id,
        subject_kind=run.subject_kind,
        subject_id=run.subject_id,
        subject_name=run.subject_name,
    )


def _document(work: UnitOfWork, ground: Ground, present: Shown) -> Document:
    task = ground.task
    if present.document_id is not None:
        return work.session.get_one(Document, present.document_id)
    document = Document(
        kind=present.kind,
        title=present.title,
        number=_number(work, ground.unit, present.kind),
        unit_id=task.unit_id,
        campaign_id=task.campaign_id,
        instance_id=task.instance_id,
        content=dict(present.content),
        digest=present.digest,
        made_at=work.now,
    )
    work.session.add(document)
    work.session.flush()
    return document


def _number(work: UnitOfWork, unit: OrganisationUnit, kind: str) -> str:
    """Take the unit's next number of the year, as in "12/BB-THCSM"; who signs there at the same time waits."""
    if kind not in KINDS:
        return ""
    taken = {"unit_id": unit.id, "year": local_day(work.now).year}
    number = work.session.execute(_next_number, taken).scalar_one()
    return f"{number}/{KINDS[kind].series}-{abbreviation(unit)[:LONGEST_ABBREVIATION]}"

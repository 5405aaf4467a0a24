"""Corrections of records under review, and looks at them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import delete, insert

from models.campaign import SubjectKind
from models.catalogue import FieldDefinition
from models.database import HELD
from models.journal import JournalKind, RecordAccess
from models.person import Position
from models.school import Pupil, RecordKey, StaffMember
from workflows.actor import Actor
from workflows.commands.running.terms import local_date
from workflows.commands.work import held_tasks
from workflows.errors import (
    ConcurrentChange,
    FieldErrors,
    FieldUnknown,
    NotPermitted,
    RecordChanged,
    SubjectUnknown,
)
from workflows.policy.field_values import FaultKind, as_date, comparable, incorrect, normalise
from workflows.policy.person_names import fold, sort_key
from workflows.policy.quality import Finding
from workflows.queries.records.corrections import correction_details, last_correction
from workflows.queries.records.records import SUBJECTS, Record, Subject, catalogue_of, record_of
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

# Steps whose page shows records for correction.
CORRECTING = frozenset({"record", "pupils"})
# The field that is also the name on lists; its column follows a correction.
NAME_FIELD = "full_name"
# As wide as the columns of names; an address that needs more is a mistake of pasting.
LONGEST_NAME, LONGEST_VALUE = 120, 500


@dataclass(frozen=True, slots=True)
class _Change:
    before: dict[str, Any]
    after: dict[str, Any]


def correct(
    work: UnitOfWork,
    *,
    kind: str,
    subject_id: int,
    values: Mapping[str, str],
    revision: int,
    actor: Actor,
    task_id: int | None = None,
    request_key: str | None = None,
) -> Record:
    """Write what somebody typed into a record and give the record as it stands then, findings included.

    `values` may name all fields or some; those that equal what is stored stay as they are, right or wrong.
    Refuses who may not, a record that changed since `revision` (RecordChanged) and values that their field
    cannot hold (FieldErrors, one finding for each); then nothing is written. What can be held but looks wrong
    is kept and comes back as a finding.
    """
    subject = _hold(work, kind, subject_id)
    behalf = _require_may_correct(work, actor, subject, task_id)
    if subject.revision != revision:
        refuse_repeated(work, request_key)
        _refuse_changed(work, kind, subject)
    fields = {field.key: field for field in catalogue_of(work.session, kind)}
    change = _checked(fields, subject.record, values)
    if change.after:
        _write(work, kind, subject, fields, change)
        record(
            work,
            JournalKind.RECORD_CORRECTED,
            unit_id=subject.unit_id,
            campaign_id=behalf.campaign_id,
            instance_id=behalf.instance_id,
            task_id=task_id,
            actor_id=actor.person_id,
            on_behalf_of_id=behalf.person_id,
            details=correction_details(kind, subject_id, change.before, change.after),
            request_key=request_key,
        )
    return record_of(work.session, kind, subject_id, today=local_date(work.now))


def note_look(work: UnitOfWork, *, actor: Actor, kind: str, subject_id: int, task_id: int | None) -> None:
    """Keep that somebody looked at a record, or at all records of a class (C10)."""
    work.session.execute(
        insert(RecordAccess).values(
            at=work.now, person_id=actor.person_id, kind=kind, subject_id=subject_id, task_id=task_id
        )
    )


def store_keys(work: UnitOfWork, kind: str, subject: Subject, fields: Collection[FieldDefinition]) -> None:
    """Keep the values of unique fields where duplicates are looked for; for records that enter or change."""
    unique = [field for field in fields if field.unique_in]
    if not unique:
        return
    work.session.execute(
        delete(RecordKey).where(
            RecordKey.kind == kind,
            RecordKey.subject_id == subject.id,
            RecordKey.field_key.in_([field.key for field in unique]),
        )
    )
    rows = key_rows(kind, subject.id, subject.unit_id, subject.record, unique)
    if rows:
        work.session.execute(insert(RecordKey), rows)


def key_rows(
    kind: str, subject_id: int, unit_id: int, values: Mapping[str, Any], fields: Collection[FieldDefinition]
) -> list[dict[str, Any]]:
    """Give the rows of `RecordKey` for the unique fields that have a value."""
    return [
        {
            "kind": kind,
            "subject_id": subject_id,
            "unit_id": unit_id,
            "field_key": field.key,
            "value": value,
        }
        for field in fields
        if field.unique_in and (value := comparable(field.type, values.get(field.key)))
    ]


@dataclass(frozen=True, slots=True)
class _Within:
    """The task within which a correction happens, and whom the actor helps (C2)."""

    campaign_id: int | None = None
    instance_id: int | None = None
    person_id: int | None = None


def _hold(work: UnitOfWork, kind: str, subject_id: int) -> Subject:
    roster = SUBJECTS.get(kind)
    if roster is None:
        raise SubjectUnknown
    found = work.session.get(
        roster, subject_id, with_for_update={**HELD, "of": roster}, populate_existing=True
    )
    if found is None:
        raise SubjectUnknown
    return cast(Subject, found)


def _require_may_correct(work: UnitOfWork, actor: Actor, subject: Subject, task_id: int | None) -> _Within:
    """Refuse who neither has an open task about this record nor leads the unit."""
    if task_id is None:
        leading = (Position.HEAD, Position.DEPUTY_HEAD)
        if not any(actor.holds(position, subject.unit_id) for position in leading):
            raise NotPermitted
        return _Within()
    task = held_tasks.hold_task(work, task_id)
    held_tasks.require_open(work, task)
    held_tasks.require_may_act(work, actor, task)
    if held_tasks.step_of(work, task).review not in CORRECTING:
        raise NotPermitted
    if not _is_about(task.run.subject_kind, task.run.subject_id, subject):
        raise SubjectUnknown
    return _Within(task.run.campaign_id, task.run.id, task.on_behalf_of(actor))


def _is_about(kind: SubjectKind, subject_id: int, subject: Subject) -> bool:
    match kind:
        case SubjectKind.STAFF:
            return isinstance(subject, StaffMember) and subject.id == subject_id
        case SubjectKind.PUPIL:
            return isinstance(subject, Pupil) and subject.id == subject_id
        case SubjectKind.CLASS:
            return isinstance(subject, Pupil) and subject.class_id == subject_id
        case _:
            return False


def _refuse_changed(work: UnitOfWork, kind: str, subject: Subject) -> None:
    entry = last_correction(work.session, subject.unit_id, kind, subject.id)
    if entry is None:
        # An import, which no person answers for.
        raise ConcurrentChange
    raise RecordChanged(who=entry.actor.named if entry.actor else "", when=entry.at)


def _checked(
    fields: Mapping[str, FieldDefinition], stored: Mapping[str, Any], typed: Mapping[str, str]
) -> _Change:
    errors: dict[str, Finding] = {}
    change = _Change({}, {})
    for key, text in typed.items():
        field = fields.get(key)
        if field is None:
            raise FieldUnknown(key=key)
        value = normalise(text)
        error = _error(field, value)
        if error is not None:
            # A fault that was there before stays a finding: it must not keep the others from being mended.
            if text != stored.get(key):
                errors[key] = error
            continue
        value = _kept(field, value)
        if value != stored.get(key):
            change.before[key] = stored.get(key)
            change.after[key] = value
    if errors:
        raise FieldErrors(errors, typed)
    return change


def _error(field: FieldDefinition, value: object) -> Finding | None:
    """Tell why a field of this type cannot hold the value."""
    if not isinstance(value, str):
        return None
    # What the field is for says more than its length: an identifier has 12 digits.
    fault = incorrect(field.type, value)
    if fault:
        return Finding(field.key, fault.kind, fault.params)
    most = LONGEST_NAME if field.key == NAME_FIELD else LONGEST_VALUE
    if len(value) > most:
        hint = {"hint": f"tối đa {most} ký tự", "hint_en": f"at most {most} characters"}
        return Finding(field.key, FaultKind.PATTERN, hint)
    if field.type == "select" and value not in field.options:
        return Finding(field.key, FaultKind.NOT_AN_OPTION, {"value": value})
    return None


def _kept(field: FieldDefinition, value: object) -> object:
    if field.type == "date" and isinstance(value, str):
        day = as_date(value)
        assert day is not None, "checked before"
        return day.isoformat()
    return value


def _write(
    work: UnitOfWork, kind: str, subject: Subject, fields: Mapping[str, FieldDefinition], change: _Change
) -> None:
    subject.record = {**subject.record, **change.after}
    subject.record_times = {**subject.record_times, **dict.fromkeys(change.after, work.now.isoformat())}
    if change.after.get(NAME_FIELD):
        _rename(subject, change.after[NAME_FIELD])
    work.session.flush()
    store_keys(work, kind, subject, [fields[key] for key in change.after])


def _rename(subject: Subject, name: str) -> None:
    if isinstance(subject, StaffMember):
        subject.person.full_name = name
        subject.person.sort_key = sort_key(name)
        subject.person.search_text = fold(name)
    else:
        subject.full_name = name
        subject.sort_key = sort_key(name)

"""A staff member's confirmation: the record field by field, what the review corrected, the four criteria (P1.2)."""

from typing import Any

from models.campaign import SubjectKind
from models.catalogue import FieldDefinition
from models.school import StaffMember
from workflows.commands.evidence.contents.frame import frame
from workflows.commands.evidence.contents.ground import Ground, iso_day
from workflows.commands.evidence.contents.parties import officer_id, party
from workflows.commands.evidence.contents.words import EMPLOYMENTS
from workflows.policy.field_values import as_date
from workflows.policy.quality import NEVER_CONFIRMED, STALE, Criterion, criteria_met
from workflows.queries.records.corrections import Corrected, corrections_in
from workflows.queries.records.records import Record, RecordField, record_of
from workflows.records.minutes_content import Correction, Criteria, PersonConfirmation

# Sensitive values are looked at on the page and left out of documents.
NOT_PRINTED = "Đã rà soát, không in vào biên bản"
PERSON, OFFICER = "person", "officer"


def build(ground: Ground) -> PersonConfirmation:
    """Build what the staff member under review confirms."""
    member = ground.get(StaffMember, ground.task.subject_id)
    record = record_of(
        ground.session, SubjectKind.STAFF, member.id, today=ground.on, corrections=_corrections(ground)
    )
    fields = [{"label": one.definition.label, "value": _shown(one)} for one in record.fields]
    blocks = ((PERSON, "Người xác nhận"), (OFFICER, "Cán bộ phụ trách"))
    framed = frame(ground, "person_confirmation", blocks, ())
    # A corrected value that is not printed must still change what is signed.
    framed["heading"]["record"] = f"Hồ sơ ở lần cập nhật {record.revision}"
    return {
        **framed,
        "person": party(ground, member.person_id),
        "employment": EMPLOYMENTS[member.employment],
        "officer": party(ground, officer_id(ground)),
        "fields": fields,  # type: ignore[typeddict-item]
        "corrections": [_correction(one) for one in record.fields if one.correction is not None],
        "criteria": _criteria(record),
    }


def block_of(ground: Ground) -> str:
    """Say where the signer signs: the person concerned, or the officer."""
    member = ground.get(StaffMember, ground.task.subject_id)
    return PERSON if ground.task.principal_id == member.person_id else OFFICER


def _corrections(ground: Ground) -> Corrected:
    task = ground.task
    if task.campaign_id is None:
        return {}
    return corrections_in(
        ground.session,
        campaign_id=task.campaign_id,
        unit_id=task.unit_id,
        subject_kind=task.subject_kind,
        subject_id=task.subject_id,
    )


def _shown(field: RecordField) -> str:
    return written(field.definition, field.value)


def written(definition: FieldDefinition, value: Any) -> str:
    """Write a value of the record as minutes print it."""
    if value in (None, ""):
        return ""
    if definition.sensitive:
        return NOT_PRINTED
    text = str(value)
    if definition.type == "select":
        return str(definition.options.get(text, {}).get("label", text))
    day = as_date(text) if definition.type == "date" else None
    return f"{day:%d/%m/%Y}" if day else text


def _correction(field: RecordField) -> Correction:
    correction = field.correction
    assert correction is not None
    return {
        "label": field.definition.label,
        "before": written(field.definition, correction.before),
        "after": written(field.definition, correction.after),
        "corrected_on": iso_day(correction.at),
    }


def _criteria(record: Record) -> Criteria:
    """Compute the criteria; what was only due to be confirmed again is confirmed by this very signature."""
    findings = [one for one in record.findings if one.kind not in (STALE, NEVER_CONFIRMED)]
    met = criteria_met(findings, empty=record.empty)
    return {
        "correct": met[Criterion.CORRECT],
        "complete": met[Criterion.COMPLETE],
        "clean": met[Criterion.CLEAN],
        "live": met[Criterion.LIVE],
    }

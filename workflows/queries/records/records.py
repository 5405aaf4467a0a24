"""Records under review: the values of a person or a pupil, and what is wrong with or was corrected in each.

A class is read in as many queries as one pupil: catalogue, subjects, duplicates, corrections.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.campaign import SubjectKind
from models.catalogue import FieldDefinition
from models.school import Pupil, StaffMember
from workflows.policy.calendar import LOCAL_ZONE
from workflows.policy.quality import Criterion, FieldRule, Finding, Other, assess, criteria_met, has_value
from workflows.queries.organisation import present
from workflows.queries.records.corrections import Correction
from workflows.queries.records.duplicates import duplicates_of

HERE = ZoneInfo(LOCAL_ZONE)

Subject = StaffMember | Pupil

SUBJECTS: Mapping[str, type[StaffMember] | type[Pupil]] = {
    SubjectKind.STAFF: StaffMember,
    SubjectKind.PUPIL: Pupil,
}


@dataclass(frozen=True, slots=True)
class RecordField:
    """One field with its value, what is wrong with it, and its last correction in the period asked for."""

    definition: FieldDefinition
    value: Any
    confirmed_at: datetime | None
    findings: tuple[Finding, ...]
    correction: Correction | None


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it stands under review; send `revision` along with a correction."""

    kind: SubjectKind
    subject_id: int
    unit_id: int
    class_id: int | None
    name: str
    revision: int
    fields: tuple[RecordField, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is wrong, in the order of the fields."""
        return tuple(finding for field in self.fields for finding in field.findings)

    @property
    def criteria(self) -> dict[Criterion, bool]:
        """Correct, complete, clean, live: each met or not."""
        return criteria_met(self.findings, empty=self.empty)

    @property
    def empty(self) -> bool:
        """Whether no field has a value."""
        return not any(has_value(field.value) for field in self.fields)


Corrections = Mapping[tuple[str, int], Mapping[str, Correction]]


def catalogue_of(session: Session, kind: str) -> Sequence[FieldDefinition]:
    """List the fields of a kind of record ("staff" or "pupil") in their order."""
    return session.scalars(
        select(FieldDefinition)
        .where(FieldDefinition.kind == kind)
        .order_by(FieldDefinition.position, FieldDefinition.id)
    ).all()


def record_of(
    session: Session, kind: str, subject_id: int, *, today: date, corrections: Corrections | None = None
) -> Record:
    """Read one record; `corrections` comes from `queries.corrections`.

    Refuses a subject that does not exist with NoResultFound.
    """
    subject = cast(Subject, session.get_one(SUBJECTS[kind], subject_id))
    return records_of(session, kind, [subject], today=today, corrections=corrections)[0]


def records_of_class(
    session: Session, class_id: int, *, today: date, corrections: Corrections | None = None
) -> list[Record]:
    """Read the records of a class in the order of the class list, with the findings of each pupil."""
    pupils = session.scalars(
        select(Pupil)
        .where(Pupil.class_id == class_id, present(Pupil, today))
        .order_by(Pupil.sort_key, Pupil.id)
    ).all()
    return records_of(session, SubjectKind.PUPIL, pupils, today=today, corrections=corrections)


@dataclass(frozen=True, slots=True)
class ClassQuality:
    """How many pupils a class has, and how many of them have findings."""

    pupils: int = 0
    with_findings: int = 0


def quality_of_classes(
    session: Session, class_ids: Collection[int], *, today: date
) -> dict[int, ClassQuality]:
    """Count pupils and pupils with findings of several classes, for rows that offer to approve a class."""
    pupils = session.scalars(select(Pupil).where(Pupil.class_id.in_(class_ids), present(Pupil, today))).all()
    counted = dict.fromkeys(class_ids, ClassQuality())
    for record in records_of(session, SubjectKind.PUPIL, pupils, today=today):
        assert record.class_id is not None
        before = counted[record.class_id]
        odd = before.with_findings + bool(record.findings)
        counted[record.class_id] = ClassQuality(before.pupils + 1, odd)
    return counted


def records_of(
    session: Session,
    kind: str,
    subjects: Sequence[Subject],
    *,
    today: date,
    corrections: Corrections | None = None,
) -> list[Record]:
    """Assess several subjects of one kind against the catalogue, in the order given."""
    definitions = {definition.key: definition for definition in catalogue_of(session, kind)}
    rules = [FieldRule.of(definition) for definition in definitions.values()]
    duplicates = duplicates_of(session, kind, subjects, rules, today)
    return [
        _record(
            SubjectKind(kind),
            subject,
            definitions,
            _by_field(subject, rules, duplicates.get(subject.id, {}), today),
            (corrections or {}).get((kind, subject.id), {}),
        )
        for subject in subjects
    ]


def _by_field(
    subject: Subject, rules: Sequence[FieldRule], duplicates: Mapping[str, Sequence[Other]], today: date
) -> dict[str, list[Finding]]:
    times = subject.record_times
    aging = [rule.key for rule in rules if rule.fresh_for_days is not None and rule.key in times]
    confirmed_on = {key: _local_day(times[key]) for key in aging}
    assessment = assess(rules, subject.record, confirmed_on=confirmed_on, duplicates=duplicates, today=today)
    found: dict[str, list[Finding]] = {}
    for finding in assessment.findings:
        found.setdefault(finding.field_key, []).append(finding)
    return found


def _record(
    kind: SubjectKind,
    subject: Subject,
    definitions: Mapping[str, FieldDefinition],
    found: Mapping[str, Sequence[Finding]],
    corrections: Mapping[str, Correction],
) -> Record:
    values, times = subject.record, subject.record_times
    return Record(
        kind=kind,
        subject_id=subject.id,
        unit_id=subject.unit_id,
        class_id=subject.class_id if isinstance(subject, Pupil) else None,
        name=name_of(subject),
        revision=subject.revision,
        fields=tuple(
            RecordField(
                definition,
                values.get(key),
                _instant(times.get(key)),
                tuple(found.get(key, ())),
                corrections.get(key),
            )
            for key, definition in definitions.items()
        ),
    )


def name_of(subject: Subject) -> str:
    """Give the full name of the person or pupil a record is about."""
    return subject.person.full_name if isinstance(subject, StaffMember) else subject.full_name


def _instant(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None


def _local_day(stored: str) -> date:
    return datetime.fromisoformat(stored).astimezone(HERE).date()

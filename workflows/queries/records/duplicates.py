"""Values that must be unique and stand in another record too, found by index (`RecordKey`)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Date, Select, and_, bindparam, func, select, union_all
from sqlalchemy.orm import Session

from models.campaign import SubjectKind
from models.organisation import OrganisationUnit
from models.person import Person
from models.school import Pupil, RecordKey, SchoolClass, StaffMember
from workflows.policy.field_values import comparable
from workflows.policy.quality import FieldRule, Other
from workflows.queries.organisation import present

# A filler such as 000000000000 may stand in thousands of records; naming some tells enough.
NAMED_AT_MOST = 20

Duplicates = Mapping[int, Mapping[str, Sequence[Other]]]


def duplicates_of(
    session: Session,
    kind: str,
    subjects: Sequence[StaffMember | Pupil],
    rules: Sequence[FieldRule],
    today: date,
) -> Duplicates:
    """Name, for each subject and field, the other records with the same value; one query.

    Records are named as far as a reader of this one may know them (C10): a pupil of the same class or a
    colleague by name, a pupil of another class by the class, anybody else by the school.
    """
    bearers: defaultdict[tuple[str, str], list[StaffMember | Pupil]] = defaultdict(list)
    for rule in rules:
        if rule.unique_in:
            for subject in subjects:
                value = comparable(rule.type, subject.record.get(rule.key))
                if value:
                    bearers[rule.key, value].append(subject)
    found: dict[int, dict[str, list[Other]]] = {}
    if not bearers:
        return found
    scopes = {rule.key: rule.unique_in for rule in rules if rule.unique_in}
    values: dict[str, Any] = {
        f"values_of_{key}": [value for field_key, value in bearers if field_key == key] for key in scopes
    }
    for other in session.execute(_statement(kind, tuple(scopes)), {"today": today, **values}):
        for subject in bearers[other.field_key, other.value]:
            elsewhere = scopes[other.field_key] == "unit" and other.unit_id != subject.unit_id
            if other.subject_id != subject.id and not elsewhere:
                named = found.setdefault(subject.id, {}).setdefault(other.field_key, [])
                named.append(_name(subject, other))
    return found


@lru_cache(maxsize=64)
def _statement(kind: str, field_keys: tuple[str, ...]) -> Select[Any]:
    """Build the query for the unique fields of a catalogue; to build it costs more than to run it."""
    # One branch for each field: joined by OR, SQLite would walk through all values of the kind.
    return _others(kind, union_all(*(_same_value(kind, key) for key in field_keys)).subquery())


def _same_value(kind: str, field_key: str) -> Select[Any]:
    """Find the records with the values wanted in a field, at most some of each value."""
    roster = StaffMember if kind == SubjectKind.STAFF else Pupil
    place = func.row_number().over(partition_by=RecordKey.value, order_by=RecordKey.id)
    wanted: BindParameter[Any] = bindparam(f"values_of_{field_key}", expanding=True)
    return (
        select(
            RecordKey.field_key,
            RecordKey.value,
            RecordKey.subject_id,
            RecordKey.unit_id,
            place.label("place"),
        )
        # Who left, for another school for instance, took the number along.
        .join(
            roster, and_(roster.id == RecordKey.subject_id, present(roster, bindparam("today", type_=Date)))
        )
        .where(RecordKey.kind == kind, RecordKey.field_key == field_key, RecordKey.value.in_(wanted))
    )


def _others(kind: str, same: Any) -> Select[Any]:
    shown = same.c.field_key, same.c.value, same.c.subject_id, same.c.unit_id
    unit_name = OrganisationUnit.short_name.label("unit_name")
    others: Select[Any]
    if kind == SubjectKind.STAFF:
        others = (
            select(*shown, unit_name, Person.full_name)
            .join(StaffMember, StaffMember.id == same.c.subject_id)
            .join(Person, Person.id == StaffMember.person_id)
        )
    else:
        others = (
            select(*shown, unit_name, Pupil.full_name, Pupil.class_id, SchoolClass.name.label("class_name"))
            .join(Pupil, Pupil.id == same.c.subject_id)
            .join(SchoolClass, SchoolClass.id == Pupil.class_id)
        )
    return (
        others.join(OrganisationUnit, OrganisationUnit.id == same.c.unit_id)
        # One more than named: the record itself may be among them.
        .where(same.c.place <= NAMED_AT_MOST + 1)
        .order_by(same.c.field_key, same.c.value, same.c.place)
    )


def _name(subject: StaffMember | Pupil, other: Any) -> Other:
    if other.unit_id != subject.unit_id:
        return Other(other.unit_name, other.unit_name)
    if isinstance(subject, StaffMember) or other.class_id == subject.class_id:
        return Other(other.full_name, other.full_name)
    return Other(f"lớp {other.class_name}", f"class {other.class_name}")

"""Values that must be unique and stand in another record too, found by index (`RecordKey`)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.campaign import SubjectKind
from models.organisation import OrganisationUnit
from models.person import Person
from models.school import Pupil, RecordKey, SchoolClass, StaffMember
from workflows.policy.quality import FieldRule
from workflows.queries.organisation import present

# A filler such as 000000000000 may stand in thousands of records; naming some tells enough.
NAMED_AT_MOST = 20

Duplicates = Mapping[int, Mapping[str, Sequence[str]]]


def duplicates_of(
    session: Session, kind: str, subject_ids: Collection[int], rules: Sequence[FieldRule], today: date
) -> Duplicates:
    """Name, for each subject and field, the other records with the same value; one query.

    Records are named as far as a reader of this one may know them (C10): a pupil of the same class or a
    colleague by name, a pupil of another class by the class, anybody else by the school.
    """
    unique = {rule.key: rule.unique_in for rule in rules if rule.unique_in}
    if not unique or not subject_ids:
        return {}
    everywhere = [key for key, scope in unique.items() if scope == "all"]
    found: defaultdict[int, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for subject_id, field_key, name in session.execute(
        _named(kind, _same_value(kind, subject_ids, list(unique), everywhere, today))
    ):
        found[subject_id][field_key].append(name)
    return found


def _same_value(
    kind: str, subject_ids: Collection[int], keys: list[str], everywhere: list[str], today: date
) -> Any:
    mine, other = aliased(RecordKey), aliased(RecordKey)
    roster = StaffMember if kind == SubjectKind.STAFF else Pupil
    place = func.row_number().over(partition_by=mine.id, order_by=other.id)
    same = and_(
        other.kind == mine.kind,
        other.field_key == mine.field_key,
        other.value == mine.value,
        other.subject_id != mine.subject_id,
    )
    return (
        select(
            mine.subject_id,
            mine.unit_id,
            mine.field_key,
            other.subject_id.label("other_id"),
            place.label("place"),
        )
        .join(other, same)
        # Who left, for another school for instance, took the number along.
        .join(roster, and_(roster.id == other.subject_id, present(roster, today)))
        .where(mine.kind == kind, mine.subject_id.in_(subject_ids), mine.field_key.in_(keys))
        .where(or_(mine.field_key.in_(everywhere), mine.unit_id == other.unit_id))
        .subquery("same_value")
    )


def _named(kind: str, same: Any) -> Select[Any]:
    name = _colleague(same) if kind == SubjectKind.STAFF else _pupil(same)
    return name.where(same.c.place <= NAMED_AT_MOST).order_by(same.c.subject_id, same.c.place)


def _colleague(same: Any) -> Select[Any]:
    shown = func.coalesce(
        select(Person.full_name)
        .where(Person.id == StaffMember.person_id, StaffMember.unit_id == same.c.unit_id)
        .scalar_subquery(),
        OrganisationUnit.short_name,
    )
    return (
        select(same.c.subject_id, same.c.field_key, shown)
        .join(StaffMember, StaffMember.id == same.c.other_id)
        .join(OrganisationUnit, OrganisationUnit.id == StaffMember.unit_id)
    )


def _pupil(same: Any) -> Select[Any]:
    mine, other = aliased(Pupil), aliased(Pupil)
    shown = case(
        (other.class_id == mine.class_id, other.full_name),
        (other.unit_id == mine.unit_id, SchoolClass.name),
        else_=OrganisationUnit.short_name,
    )
    return (
        select(same.c.subject_id, same.c.field_key, shown)
        .join(mine, mine.id == same.c.subject_id)
        .join(other, other.id == same.c.other_id)
        .join(SchoolClass, SchoolClass.id == other.class_id)
        .join(OrganisationUnit, OrganisationUnit.id == other.unit_id)
    )

"""The list of units for who keeps them: by place in the line, or found by words; a page at a time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from models.organisation import OrganisationUnit, ReportingLine, SchoolLevel, UnitKind
from models.person import Appointment, Person, Position
from models.school import StaffMember
from workflows.policy.person_names import fold
from workflows.queries.organisation import in_force, present

PAGE = 50


@dataclass(frozen=True, slots=True)
class UnitFilter:
    """What is looked for: words of the name, a kind, a level; `under` lists what reports straight to a unit."""

    words: str = ""
    kind: UnitKind | None = None
    level: SchoolLevel | None = None
    under: int | None = None


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit with what people ask about it."""

    unit: OrganisationUnit
    superior: OrganisationUnit | None
    heads: Sequence[Person]
    staff: int
    below: int


@dataclass(frozen=True, slots=True)
class UnitPage:
    rows: Sequence[UnitRow]
    number: int
    total: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


def unit_page(session: Session, wanted: UnitFilter, on: date, number: int = 1) -> UnitPage:
    """List the units that a filter finds, by name."""
    total = session.scalar(count_query(wanted, on)) or 0
    units = session.scalars(page_query(wanted, on, number)).all()
    ids = [unit.id for unit in units]
    superiors, heads = _superiors(session, ids, on), _heads(session, ids, on)
    staff, below = _staff(session, ids, on), _below(session, ids, on)
    rows = [
        UnitRow(unit, superiors.get(unit.id), heads[unit.id], staff.get(unit.id, 0), below.get(unit.id, 0))
        for unit in units
    ]
    return UnitPage(rows, number, total)


def page_query(wanted: UnitFilter, on: date, number: int) -> Select[OrganisationUnit]:
    """Give the query of one page: the names are walked in the order of their index."""
    return (
        select(OrganisationUnit)
        .where(*_conditions(wanted, on))
        .order_by(OrganisationUnit.search_text, OrganisationUnit.id)
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    )


def count_query(wanted: UnitFilter, on: date) -> Select[int]:
    """Give the query that counts what a filter finds."""
    return select(func.count()).select_from(OrganisationUnit).where(*_conditions(wanted, on))


def possible_superiors(session: Session, *, without: int | None = None) -> Sequence[OrganisationUnit]:
    """List the units to which others may report, by name; there are some hundreds where there are many."""
    kinds = (UnitKind.DEPARTMENT, UnitKind.DISTRICT_OFFICE, UnitKind.COMMUNE)
    query = select(OrganisationUnit).where(OrganisationUnit.kind.in_(kinds))
    if without is not None:
        query = query.where(OrganisationUnit.id != without)
    return session.scalars(
        query.order_by(OrganisationUnit.search_text, OrganisationUnit.id).limit(1_000)
    ).all()


def count_below(session: Session, unit_id: int, on: date) -> int:
    """Count the units that report straight to one on a day."""
    return _below(session, [unit_id], on).get(unit_id, 0)


def tops(session: Session) -> Sequence[OrganisationUnit]:
    """List the departments, where the tree begins."""
    return session.scalars(
        select(OrganisationUnit)
        .where(OrganisationUnit.kind == UnitKind.DEPARTMENT)
        .order_by(OrganisationUnit.id)
    ).all()


def _conditions(wanted: UnitFilter, on: date) -> list[ColumnElement[bool]]:
    conditions = _named(wanted.words)
    if wanted.under is not None:
        reporting = select(ReportingLine.unit_id).where(
            ReportingLine.superior_id == wanted.under, in_force(ReportingLine, on)
        )
        conditions.append(OrganisationUnit.id.in_(reporting))
    if wanted.kind is not None:
        conditions.append(OrganisationUnit.kind == wanted.kind)
    if wanted.level is not None:
        # The code of a level may be part of another one (TH, THCS): commas keep them apart.
        conditions.append(("," + OrganisationUnit.level_codes + ",").contains(f",{wanted.level},"))
    return conditions


def _named(words: str) -> list[ColumnElement[bool]]:
    return [OrganisationUnit.search_text.contains(word, autoescape=True) for word in fold(words).split()[:6]]


def _superiors(session: Session, ids: Collection[int], on: date) -> dict[int, OrganisationUnit]:
    rows = session.execute(
        select(ReportingLine.unit_id, OrganisationUnit)
        .join(OrganisationUnit, OrganisationUnit.id == ReportingLine.superior_id)
        .where(ReportingLine.unit_id.in_(ids), in_force(ReportingLine, on))
        .order_by(ReportingLine.from_on)
    )
    return {unit_id: superior for unit_id, superior in rows}  # noqa: C416  (rows are no plain pairs)


def _heads(session: Session, ids: Collection[int], on: date) -> Mapping[int, list[Person]]:
    rows = session.execute(
        select(Appointment.unit_id, Person)
        .join(Appointment.person)
        .where(Appointment.unit_id.in_(ids), Appointment.position == Position.HEAD)
        .where(in_force(Appointment, on))
        .order_by(Person.sort_key, Person.id)
    )
    heads: dict[int, list[Person]] = defaultdict(list)
    for unit_id, person in rows:
        heads[unit_id].append(person)
    return heads


def _staff(session: Session, ids: Collection[int], on: date) -> dict[int, int]:
    rows = session.execute(
        select(StaffMember.unit_id, func.count())
        .where(StaffMember.unit_id.in_(ids), present(StaffMember, on))
        .group_by(StaffMember.unit_id)
    )
    return {unit_id: count for unit_id, count in rows}  # noqa: C416


def _below(session: Session, ids: Collection[int], on: date) -> dict[int, int]:
    rows = session.execute(
        select(ReportingLine.superior_id, func.count())
        .where(ReportingLine.superior_id.in_(ids), in_force(ReportingLine, on))
        .group_by(ReportingLine.superior_id)
    )
    return {unit_id: count for unit_id, count in rows}  # noqa: C416

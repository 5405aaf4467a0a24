"""Who reports to whom on a day, who holds which position, and what a school consists of.

The reporting line and appointments are dated (C11): every read takes the day it is about. A last day counts.
Functions that give a `Select` or a `CTE` are to be put into larger queries.
"""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased, contains_eager

from models.organisation import OrganisationUnit, ReportingLine, UnitKind
from models.person import Appointment, Person, Position
from models.school import Pupil, SchoolClass, StaffMember, TeachingAssignment
from workflows.actor import FOLLOWING, Actor


def in_force(
    dated: type[ReportingLine] | type[Appointment], on: date | BindParameter[date]
) -> ColumnElement[bool]:
    """Give the condition that a dated row holds on a day."""
    return and_(dated.from_on <= on, or_(dated.until_on.is_(None), dated.until_on >= on))


def present(roster: type[StaffMember] | type[Pupil], on: date | BindParameter[date]) -> ColumnElement[bool]:
    """Give the condition that somebody belongs to the school on a day; who leaves on it does not any more."""
    return and_(roster.joined_on <= on, or_(roster.left_on.is_(None), roster.left_on > on))


# The reporting line


def subtree(unit_ids: Collection[int] | Select[int], on: date) -> CTE:
    """Give the units and all that report to them on a day, as a CTE with the column `unit_id`."""
    top = select(OrganisationUnit.id.label("unit_id")).where(OrganisationUnit.id.in_(unit_ids))
    reached = top.cte("subtree", recursive=True)
    below = select(ReportingLine.unit_id).join(reached, ReportingLine.superior_id == reached.c.unit_id)
    # UNION, not UNION ALL: a line that runs in a circle must end too.
    return reached.union(below.where(in_force(ReportingLine, on)))


def subtree_ids(session: Session, unit_id: int, on: date) -> set[int]:
    """Give the ids of a unit and of all that report to it on a day."""
    return set(session.scalars(select(subtree([unit_id], on).c.unit_id)))


def units_below(
    session: Session, unit_id: int, on: date, kinds: Collection[UnitKind] = tuple(UnitKind)
) -> Sequence[OrganisationUnit]:
    """List a unit and all that report to it on a day, by name; only those of some kinds if asked."""
    reached = subtree([unit_id], on)
    return session.scalars(
        select(OrganisationUnit)
        .join(reached, OrganisationUnit.id == reached.c.unit_id)
        .where(OrganisationUnit.kind.in_(kinds))
        .order_by(OrganisationUnit.search_text, OrganisationUnit.id)
    ).all()


def schools_below(session: Session, unit_id: int, on: date) -> Sequence[OrganisationUnit]:
    """List the schools that report to a unit on a day, straight or through others."""
    return units_below(session, unit_id, on, (UnitKind.SCHOOL,))


def superior_of(session: Session, unit_id: int, on: date) -> OrganisationUnit | None:
    """Give the unit that this one reports to on a day; None at the top (P2.6)."""
    return with_superior(session, unit_id, on)[1]


def with_superior(
    session: Session, unit_id: int, on: date
) -> tuple[OrganisationUnit | None, OrganisationUnit | None]:
    """Give a unit and the one it reports to on a day."""
    found = session.execute(_WITH_SUPERIOR, {"unit_id": unit_id, "on": on}).first()
    return (found[0], found[1]) if found else (None, None)


def _with_superior() -> Select[OrganisationUnit, OrganisationUnit]:
    superior = aliased(OrganisationUnit)
    holds = in_force(ReportingLine, bindparam("on", type_=Date))
    return (
        select(OrganisationUnit, superior)
        .outerjoin(ReportingLine, and_(ReportingLine.unit_id == OrganisationUnit.id, holds))
        .outerjoin(superior, superior.id == ReportingLine.superior_id)
        .where(OrganisationUnit.id == bindparam("unit_id"))
        .order_by(ReportingLine.from_on.desc())
        .limit(1)
    )


# Built once: to build them costs more than to run them.
_WITH_SUPERIOR = _with_superior()


def superiors_of(session: Session, unit_id: int, on: date) -> list[OrganisationUnit]:
    """Climb from a unit's superior to the top of the line on a day (C4)."""
    # Where two lines hold on a day the later one counts, and stands last.
    above = {below: unit for unit, below in session.execute(_SUPERIORS, {"unit_id": unit_id, "on": on})}
    climbed: list[OrganisationUnit] = []
    superior = above.pop(unit_id, None)
    while superior is not None and superior.id != unit_id:
        climbed.append(superior)
        superior = above.pop(superior.id, None)
    return climbed


def _superiors() -> Select[OrganisationUnit, int]:
    here: BindParameter[date] = bindparam("on", type_=Date)
    step = ReportingLine.unit_id.label("below_id"), ReportingLine.superior_id, ReportingLine.from_on
    first = select(*step).where(ReportingLine.unit_id == bindparam("unit_id"), in_force(ReportingLine, here))
    line = first.cte("line", recursive=True)
    above = select(*step).join(line, ReportingLine.unit_id == line.c.superior_id)
    # UNION, not UNION ALL: a line that runs in a circle must end too.
    line = line.union(above.where(in_force(ReportingLine, here)))
    return (
        select(OrganisationUnit, line.c.below_id)
        .join(line, line.c.superior_id == OrganisationUnit.id)
        .order_by(line.c.from_on)
    )


_SUPERIORS = _superiors()


# Who sees and who holds what


def visible_units(actor: Actor, on: date) -> CTE:
    """Give the units whose progress an actor may see on a day (C8), as a CTE with the column `unit_id`.

    Teachers and employees see their own work only (C10); so does an officer of a school, who was assigned to
    single reviews.
    """
    held = [unit for unit in actor.held if unit.position in FOLLOWING]
    anywhere = [unit.unit_id for unit in held if unit.position is not Position.OFFICER]
    above_school = [unit.unit_id for unit in held if unit.position is Position.OFFICER]
    tops = select(OrganisationUnit.id).where(
        or_(
            OrganisationUnit.id.in_(anywhere),
            and_(OrganisationUnit.id.in_(above_school), OrganisationUnit.kind != UnitKind.SCHOOL),
        )
    )
    return subtree(tops, on)


def sees_unit(session: Session, actor: Actor, unit_id: int, on: date) -> bool:
    """Tell whether a unit lies in the territory of an actor on a day."""
    seen = visible_units(actor, on)
    return session.scalar(select(seen.c.unit_id).where(seen.c.unit_id == unit_id)) is not None


def holders_of(session: Session, position: Position, unit_id: int, on: date) -> Sequence[Person]:
    """List who holds a position in a unit on a day, by name."""
    return session.scalars(
        select(Person)
        .join(Appointment, Appointment.person_id == Person.id)
        .where(Appointment.unit_id == unit_id, Appointment.position == position, in_force(Appointment, on))
        .distinct()
        .order_by(Person.sort_key, Person.id)
    ).all()


def appointments_of(session: Session, unit_id: int, on: date) -> Sequence[Appointment]:
    """List the appointments in a unit that hold on a day or begin later, persons loaded, by name."""
    return session.scalars(
        select(Appointment)
        .join(Appointment.person)
        .options(contains_eager(Appointment.person))
        .where(Appointment.unit_id == unit_id)
        .where(or_(Appointment.until_on.is_(None), Appointment.until_on >= on))
        .order_by(Person.sort_key, Appointment.from_on, Appointment.id)
    ).all()


# What a school consists of


def staff_of(session: Session, unit_id: int, on: date) -> Sequence[StaffMember]:
    """List the staff of a unit on a day, contract and visiting included (P1.3), by name."""
    return session.scalars(
        select(StaffMember)
        .join(StaffMember.person)
        .options(contains_eager(StaffMember.person))
        .where(StaffMember.unit_id == unit_id, present(StaffMember, on))
        .order_by(Person.sort_key, StaffMember.id)
    ).all()


def classes_of(session: Session, unit_id: int, school_year: str) -> Sequence[SchoolClass]:
    """List the classes of a school in a school year with their homeroom teachers, by grade and name."""
    return session.scalars(
        select(SchoolClass)
        .join(SchoolClass.homeroom_teacher)
        .options(contains_eager(SchoolClass.homeroom_teacher))
        .where(SchoolClass.unit_id == unit_id, SchoolClass.school_year == school_year)
        .order_by(SchoolClass.grade, func.length(SchoolClass.name), SchoolClass.name)
    ).all()


def pupils_of_class(session: Session, class_id: int, on: date) -> Sequence[Pupil]:
    """List the pupils of a class on a day in the order of a class list."""
    return session.scalars(
        select(Pupil).where(Pupil.class_id == class_id, present(Pupil, on)).order_by(Pupil.sort_key, Pupil.id)
    ).all()


def pupils_of(session: Session, unit_id: int, on: date) -> Sequence[Pupil]:
    """List the pupils of a school on a day, class by class, each in the order of a class list."""
    return session.scalars(
        select(Pupil)
        .where(Pupil.unit_id == unit_id, present(Pupil, on))
        .order_by(Pupil.class_id, Pupil.sort_key, Pupil.id)
    ).all()


def assignments_of(session: Session, unit_id: int, school_year: str) -> Sequence[TeachingAssignment]:
    """List who teaches which subject in which class of a school at present, class by class (P2.2)."""
    return session.scalars(
        select(TeachingAssignment)
        .join(TeachingAssignment.school_class)
        .join(TeachingAssignment.teacher)
        .options(contains_eager(TeachingAssignment.school_class), contains_eager(TeachingAssignment.teacher))
        .where(SchoolClass.unit_id == unit_id, SchoolClass.school_year == school_year)
        .where(TeachingAssignment.ended_on.is_(None))
        .order_by(SchoolClass.grade, SchoolClass.name, TeachingAssignment.subject_name)
    ).all()

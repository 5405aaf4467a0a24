"""What a campaign of a territory would stumble over: schools and classes that lack somebody, seen before it opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import Session

from models.organisation import OrganisationUnit
from models.person import Appointment, Position
from models.school import Pupil, SchoolClass, StaffMember, TeachingAssignment
from workflows.queries.organisation import in_force, present, schools_below

# Names that a warning shows; the number says how many there are.
NAMED = 5


class Lack(StrEnum):
    """What is missing."""

    HEAD = "head"
    CLASSES = "classes"
    PUPILS = "pupils"
    HOMEROOM = "homeroom"
    SUBJECTS = "subjects"


@dataclass(frozen=True, slots=True)
class Gap:
    """How many schools or classes lack something, and the first of them."""

    lack: Lack
    number: int
    first: Sequence[str]


def gaps_of(session: Session, unit_id: int, school_year: str, on: date) -> list[Gap]:
    """List what the schools of a territory and their classes of a school year lack on a day."""
    units = [school.id for school in schools_below(session, unit_id, on)]
    heads = select(Appointment.id).where(
        Appointment.unit_id == OrganisationUnit.id,
        Appointment.position == Position.HEAD,
        in_force(Appointment, on),
    )
    pupils = select(Pupil.id).where(Pupil.class_id == SchoolClass.id, present(Pupil, on))
    homeroom = select(StaffMember.id).where(
        StaffMember.unit_id == SchoolClass.unit_id,
        StaffMember.person_id == SchoolClass.homeroom_teacher_id,
        present(StaffMember, on),
    )
    subjects = select(TeachingAssignment.id).where(
        TeachingAssignment.class_id == SchoolClass.id,
        or_(TeachingAssignment.ended_on.is_(None), TeachingAssignment.ended_on > on),
    )
    schools = select(OrganisationUnit.short_name, OrganisationUnit.name).where(OrganisationUnit.id.in_(units))
    classes = select(SchoolClass.id).where(
        SchoolClass.unit_id == OrganisationUnit.id, SchoolClass.school_year == school_year
    )
    found = [
        _gap(session, Lack.HEAD, schools.where(~heads.exists())),
        _gap(session, Lack.CLASSES, schools.where(~classes.exists())),
    ]
    for lack, there in ((Lack.PUPILS, pupils), (Lack.HOMEROOM, homeroom), (Lack.SUBJECTS, subjects)):
        lacking = ~there.exists()
        if lack is Lack.SUBJECTS:
            # Kindergarten groups, which count down to school age, have no grades to enter.
            lacking &= SchoolClass.grade > 0
        found.append(_gap(session, lack, _classes(units, school_year, lacking)))
    return [gap for gap in found if gap.number]


def _classes(units: list[int], school_year: str, lacking: ColumnElement[bool]) -> Select[str, str]:
    return (
        select(SchoolClass.name, OrganisationUnit.short_name)
        .join(OrganisationUnit, OrganisationUnit.id == SchoolClass.unit_id)
        .where(SchoolClass.unit_id.in_(units), SchoolClass.school_year == school_year, lacking)
    )


def _gap(session: Session, lack: Lack, query: Select[str, str]) -> Gap:
    number = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(query.order_by(OrganisationUnit.name, OrganisationUnit.id).limit(NAMED)).all()
    return Gap(lack, number, [_named(lack, row) for row in rows])


def _named(lack: Lack, row: Row[str, str]) -> str:
    return (row[0] or row[1]) if lack in (Lack.HEAD, Lack.CLASSES) else f"{row[0]} ({row[1]})"

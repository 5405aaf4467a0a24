"""The classes of a school in a school year, and who teaches what in one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from models.school import Pupil, SchoolClass, TeachingAssignment
from workflows.queries.organisation import classes_of, present

# The new school year is prepared from August on.
NEW_YEAR_MONTH = 8


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class with its homeroom teacher and what is in it."""

    school_class: SchoolClass
    pupils: int
    subjects: int


def class_rows(session: Session, unit_id: int, school_year: str, on: date) -> list[ClassRow]:
    """List the classes of a school in a school year, by grade and name."""
    classes = classes_of(session, unit_id, school_year)
    ids = [one.id for one in classes]
    pupils = session.execute(
        select(Pupil.class_id, func.count())
        .where(Pupil.class_id.in_(ids), present(Pupil, on))
        .group_by(Pupil.class_id)
    )
    subjects = session.execute(
        select(TeachingAssignment.class_id, func.count())
        .where(TeachingAssignment.class_id.in_(ids), TeachingAssignment.ended_on.is_(None))
        .group_by(TeachingAssignment.class_id)
    )
    pupil_counts = {class_id: count for class_id, count in pupils}  # noqa: C416  (rows are no plain pairs)
    subject_counts = {class_id: count for class_id, count in subjects}  # noqa: C416
    return [ClassRow(one, pupil_counts.get(one.id, 0), subject_counts.get(one.id, 0)) for one in classes]


def school_years(session: Session, unit_id: int, on: date) -> list[str]:
    """List the school years for which a school has classes, and the present one, the newest first."""
    found = session.scalars(select(SchoolClass.school_year).where(SchoolClass.unit_id == unit_id).distinct())
    return sorted({*found, school_year_of(on)}, reverse=True)


def school_year_of(on: date) -> str:
    """Give the school year of a day: 2022-2023 for June 2023."""
    first = on.year if on.month >= NEW_YEAR_MONTH else on.year - 1
    return f"{first}-{first + 1}"


def class_of(session: Session, unit_id: int, class_id: int, on: date) -> ClassRow | None:
    """Give one class of a school."""
    school_class = session.get(SchoolClass, class_id, options=[joinedload(SchoolClass.homeroom_teacher)])
    if school_class is None or school_class.unit_id != unit_id:
        return None
    pupils = select(func.count()).where(Pupil.class_id == class_id, present(Pupil, on))
    taught = select(func.count()).where(
        TeachingAssignment.class_id == class_id, TeachingAssignment.ended_on.is_(None)
    )
    return ClassRow(school_class, session.scalar(pupils) or 0, session.scalar(taught) or 0)


def subjects_of(session: Session, class_id: int) -> Sequence[TeachingAssignment]:
    """List who teaches what in a class, and what is not taught any more, by subject."""
    return session.scalars(
        select(TeachingAssignment)
        .options(joinedload(TeachingAssignment.teacher))
        .where(TeachingAssignment.class_id == class_id)
        .order_by(TeachingAssignment.subject_name)
    ).all()

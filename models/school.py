"""The roster of a school as imported: staff, classes, pupils, who teaches what, grades.

`record` holds the values of the fields that `models.catalogue` names; `record_times` the instant at which each of
them was last confirmed or changed, from which freshness is computed.
"""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.person import Person
from models.types import BigId, Ref, choice


class Employment(StrEnum):
    """All of them count in a review, visiting teachers too (P1.3)."""

    PERMANENT = "permanent"
    CONTRACT = "contract"
    VISITING = "visiting"


class StaffCategory(StrEnum):
    MANAGER = "manager"
    TEACHER = "teacher"
    EMPLOYEE = "employee"


class StaffMember(Base):
    __tablename__ = "staff_member"
    __table_args__ = (
        UniqueConstraint("unit_id", "person_id", name="uq_staff_member_unit_id_person_id"),
        Index("ix_staff_member_person", "person_id"),
        # A confirmed record has a time for each field.
        {"postgresql_with": {"fillfactor": 60}},
    )

    id: Mapped[BigId]
    unit_id: Mapped[Ref] = mapped_column(ForeignKey("organisation_unit.id"))
    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    employment: Mapped[Employment] = mapped_column(choice(Employment))
    category: Mapped[StaffCategory] = mapped_column(choice(StaffCategory))
    duty: Mapped[str] = mapped_column(String(120), default="")
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    record: Mapped[dict[str, Any]] = mapped_column(default=dict)
    record_times: Mapped[dict[str, Any]] = mapped_column(default=dict)
    revision: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person] = relationship(lazy="joined")

    __mapper_args__ = {"version_id_col": revision}


class SchoolClass(Base):
    __tablename__ = "school_class"
    __table_args__ = (
        UniqueConstraint("unit_id", "school_year", "name", name="uq_school_class_unit_id_school_year_name"),
        Index("ix_school_class_homeroom", "homeroom_teacher_id"),
    )

    id: Mapped[BigId]
    unit_id: Mapped[Ref] = mapped_column(ForeignKey("organisation_unit.id"))
    name: Mapped[str] = mapped_column(String(40))
    grade: Mapped[int]
    school_year: Mapped[str] = mapped_column(String(9))
    homeroom_teacher_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))

    homeroom_teacher: Mapped[Person] = relationship()


class Pupil(Base):
    __tablename__ = "pupil"
    __table_args__ = (
        Index("ix_pupil_class", "class_id", "sort_key"),
        Index("ix_pupil_unit", "unit_id"),
        {"postgresql_with": {"fillfactor": 60}},
    )

    id: Mapped[BigId]
    unit_id: Mapped[Ref] = mapped_column(ForeignKey("organisation_unit.id"))
    class_id: Mapped[Ref] = mapped_column(ForeignKey("school_class.id"))
    full_name: Mapped[str] = mapped_column(String(120))
    sort_key: Mapped[str] = mapped_column(String(240))
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    record: Mapped[dict[str, Any]] = mapped_column(default=dict)
    record_times: Mapped[dict[str, Any]] = mapped_column(default=dict)
    revision: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": revision}


class TeachingAssignment(Base):
    """A subject teacher's subject in one class: whose grades they enter (P2.2).

    Taught again after an end it is the same row once more: the grades hang on it.
    """

    __tablename__ = "teaching_assignment"
    __table_args__ = (
        UniqueConstraint("class_id", "subject_name", name="uq_teaching_assignment_class_id_subject_name"),
        Index("ix_teaching_assignment_teacher", "teacher_id"),
    )

    id: Mapped[BigId]
    class_id: Mapped[Ref] = mapped_column(ForeignKey("school_class.id"))
    subject_name: Mapped[str] = mapped_column(String(80))
    teacher_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"))
    # From this day on nobody teaches it; None while somebody does.
    ended_on: Mapped[date | None]

    teacher: Mapped[Person] = relationship()
    school_class: Mapped[SchoolClass] = relationship()


class Grade(Base):
    """One pupil's marks in one subject; marks are 0 to 10 with one decimal, None while not entered."""

    __tablename__ = "grade"
    __table_args__ = (UniqueConstraint("assignment_id", "pupil_id", name="uq_grade_assignment_id_pupil_id"),)

    id: Mapped[BigId]
    assignment_id: Mapped[Ref] = mapped_column(ForeignKey("teaching_assignment.id"))
    pupil_id: Mapped[Ref] = mapped_column(ForeignKey("pupil.id"))
    midterm: Mapped[float | None]
    final: Mapped[float | None]
    remark: Mapped[str] = mapped_column(String(200), default="")


class RecordKey(Base):
    """The values of unique fields, one row each, so that a duplicate is found by index and not by scanning."""

    __tablename__ = "record_key"
    __table_args__ = (
        Index("ix_record_key_value", "kind", "field_key", "value"),
        UniqueConstraint("kind", "subject_id", "field_key", name="uq_record_key_kind_subject_id_field_key"),
    )

    id: Mapped[BigId]
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[Ref]
    unit_id: Mapped[Ref] = mapped_column(ForeignKey("organisation_unit.id"))
    field_key: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(String(200))

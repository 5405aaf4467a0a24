"""Classes of a school, their homeroom teachers, and who teaches which subject in them (P2)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.database import HELD
from models.journal import JournalKind
from models.organisation import OrganisationUnit, SchoolLevel, UnitKind
from models.person import Person
from models.school import SchoolClass, TeachingAssignment
from workflows.actor import Actor
from workflows.commands.running.terms import local_date
from workflows.errors import (
    ConcurrentChange,
    FormRefused,
    NotPermitted,
    Refusal,
    UnitUnknown,
    ValueMissing,
    ValueNotOffered,
    ValueTooLong,
)
from workflows.errors.accounts import (
    AssignmentUnknown,
    ClassThere,
    ClassUnknown,
    NotOfTheUnit,
    SchoolOnly,
    SchoolYearBad,
    TaughtAlready,
)
from workflows.queries.administration.people import is_present
from workflows.queries.administration.territory import administers
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

YEAR = re.compile(r"(20[0-9]{2})-(20[0-9]{2})")
# Kindergartens count the years that are left until school.
GRADES = {
    SchoolLevel.MN: range(-3, 0),
    SchoolLevel.TH: range(1, 6),
    SchoolLevel.THCS: range(6, 10),
    SchoolLevel.THPT: range(10, 13),
    SchoolLevel.GDTX: range(1, 13),
}
LONGEST_NAME, LONGEST_SUBJECT = 40, 80


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClass:
    """A class as it was typed; the teacher is a person's id."""

    name: str
    grade: str
    school_year: str
    teacher_id: int | None


def grades_of(unit: OrganisationUnit) -> list[int]:
    """Give the grades that a school may have by its levels."""
    return sorted({grade for level in unit.levels for grade in GRADES[level]})


def add_class(
    work: UnitOfWork, *, actor: Actor, unit_id: int, new: NewClass, request_key: str | None = None
) -> SchoolClass:
    """Add a class to a school with its homeroom teacher.

    Refuses who does not administer the school, and values that are missing, too long, not offered or taken
    (FormRefused).
    """
    refuse_repeated(work, request_key)
    unit = _school(work, actor, unit_id)
    problems = _problems(work, unit, new)
    teacher = _teacher(work, unit, new.teacher_id, problems)
    if teacher is None or problems:
        raise FormRefused(problems)
    added = SchoolClass(
        unit_id=unit_id,
        name=new.name,
        grade=int(new.grade),
        school_year=new.school_year,
        homeroom_teacher_id=teacher.id,
    )
    work.session.add(added)
    try:
        work.session.flush()
    except IntegrityError as error:
        # Somebody added it at the same moment.
        raise FormRefused({"name": ClassThere(name=new.name, year=new.school_year)}) from error
    details = {"class": added.id, "name": added.name, "year": added.school_year, "teacher": teacher.id}
    _record(work, JournalKind.CLASS_ADDED, actor, unit_id, details, request_key)
    return added


def change_homeroom_teacher(
    work: UnitOfWork,
    *,
    actor: Actor,
    unit_id: int,
    class_id: int,
    teacher_id: int | None,
    request_key: str | None = None,
) -> None:
    """Name another homeroom teacher; tasks that are open already stay with the one who has them.

    Refuses who does not administer the school, and teachers who are not of it (FormRefused).
    """
    refuse_repeated(work, request_key)
    unit, school_class = _held_class(work, actor, unit_id, class_id)
    teacher = _required_teacher(work, unit, teacher_id, "homeroom_teacher")
    before, school_class.homeroom_teacher_id = school_class.homeroom_teacher_id, teacher.id
    work.session.flush()
    details = {"class": class_id, "name": school_class.name, "before": before, "teacher": teacher.id}
    _record(work, JournalKind.HOMEROOM_TEACHER_CHANGED, actor, unit_id, details, request_key)


def assign_teacher(
    work: UnitOfWork,
    *,
    actor: Actor,
    unit_id: int,
    class_id: int,
    subject: str,
    teacher_id: int | None,
    request_key: str | None = None,
) -> TeachingAssignment:
    """Let somebody teach a subject in a class; one that was taught before goes on with its grades.

    Refuses who does not administer the school, a subject somebody teaches there, and what does not fit (FormRefused).
    """
    refuse_repeated(work, request_key)
    unit, school_class = _held_class(work, actor, unit_id, class_id)
    if not subject:
        raise FormRefused({"subject": ValueMissing()})
    if len(subject) > LONGEST_SUBJECT:
        raise FormRefused({"subject": ValueTooLong(most=LONGEST_SUBJECT)})
    teacher = _required_teacher(work, unit, teacher_id, "teacher")
    known = _known(work, class_id, subject)
    if known is not None and known.ended_on is None:
        who = work.session.get_one(Person, known.teacher_id).named
        raise FormRefused({"subject": TaughtAlready(who=who, subject=known.subject_name)})
    assignment = known or TeachingAssignment(class_id=class_id, subject_name=subject)
    assignment.teacher_id, assignment.ended_on = teacher.id, None
    work.session.add(assignment)
    try:
        work.session.flush()
    except IntegrityError as error:
        raise ConcurrentChange from error
    _record_assignment(
        work, JournalKind.TEACHING_ASSIGNED, actor, unit_id, school_class, assignment, request_key
    )
    return assignment


def end_assignment(
    work: UnitOfWork,
    *,
    actor: Actor,
    unit_id: int,
    class_id: int,
    assignment_id: int,
    request_key: str | None = None,
) -> None:
    """End the teaching of a subject in a class today: later reviews do not ask for its grades any more.

    Refuses who does not administer the school, and assignments that are not there or have ended.
    """
    refuse_repeated(work, request_key)
    _, school_class = _held_class(work, actor, unit_id, class_id)
    assignment = work.session.get(TeachingAssignment, assignment_id, with_for_update=HELD)
    if assignment is None or assignment.class_id != class_id or assignment.ended_on is not None:
        raise AssignmentUnknown
    assignment.ended_on = local_date(work.now)
    work.session.flush()
    _record_assignment(
        work, JournalKind.TEACHING_ENDED, actor, unit_id, school_class, assignment, request_key
    )


def _school(work: UnitOfWork, actor: Actor, unit_id: int) -> OrganisationUnit:
    unit = work.session.get(OrganisationUnit, unit_id)
    if unit is None:
        raise UnitUnknown
    if not administers(work.session, actor, unit_id, _today(work)):
        raise NotPermitted
    if unit.kind is not UnitKind.SCHOOL:
        raise SchoolOnly
    return unit


def _held_class(
    work: UnitOfWork, actor: Actor, unit_id: int, class_id: int
) -> tuple[OrganisationUnit, SchoolClass]:
    unit = _school(work, actor, unit_id)
    # Held, so that two clicks at once do not assign one subject to two teachers.
    school_class = work.session.get(SchoolClass, class_id, with_for_update=HELD)
    if school_class is None or school_class.unit_id != unit_id:
        raise ClassUnknown
    return unit, school_class


def _problems(work: UnitOfWork, unit: OrganisationUnit, new: NewClass) -> dict[str, Refusal]:
    problems: dict[str, Refusal] = {}
    if not new.name:
        problems["name"] = ValueMissing()
    elif len(new.name) > LONGEST_NAME:
        problems["name"] = ValueTooLong(most=LONGEST_NAME)
    if new.grade not in map(str, grades_of(unit)):
        problems["grade"] = ValueNotOffered()
    years = YEAR.fullmatch(new.school_year)
    if years is None or int(years[2]) != int(years[1]) + 1:
        problems["school_year"] = SchoolYearBad()
    same = select(SchoolClass.id).filter_by(unit_id=unit.id, school_year=new.school_year, name=new.name)
    if not problems and work.session.scalar(same) is not None:
        problems["name"] = ClassThere(name=new.name, year=new.school_year)
    return problems


def _teacher(
    work: UnitOfWork,
    unit: OrganisationUnit,
    teacher_id: int | None,
    problems: dict[str, Refusal],
    field: str = "teacher",
) -> Person | None:
    """Give the teacher; what is wrong with the choice goes to the problems."""
    teacher = work.session.get(Person, teacher_id) if teacher_id else None
    if teacher is None:
        problems[field] = ValueMissing()
    elif not is_present(work.session, teacher.id, unit.id, _today(work)):
        problems[field] = NotOfTheUnit(who=teacher.named, unit=unit.short_name)
    return teacher


def _required_teacher(work: UnitOfWork, unit: OrganisationUnit, teacher_id: int | None, field: str) -> Person:
    problems: dict[str, Refusal] = {}
    teacher = _teacher(work, unit, teacher_id, problems, field)
    if teacher is None or problems:
        raise FormRefused(problems)
    return teacher


def _known(work: UnitOfWork, class_id: int, subject: str) -> TeachingAssignment | None:
    taught = work.session.scalars(
        select(TeachingAssignment).where(TeachingAssignment.class_id == class_id).with_for_update(**HELD)
    )
    return next((one for one in taught if one.subject_name.casefold() == subject.casefold()), None)


def _today(work: UnitOfWork) -> date:
    return local_date(work.now)


def _record_assignment(
    work: UnitOfWork,
    kind: JournalKind,
    actor: Actor,
    unit_id: int,
    school_class: SchoolClass,
    assignment: TeachingAssignment,
    request_key: str | None,
) -> None:
    details = {
        "class": school_class.id,
        "name": school_class.name,
        "assignment": assignment.id,
        "subject": assignment.subject_name,
        "teacher": assignment.teacher_id,
    }
    _record(work, kind, actor, unit_id, details, request_key)


def _record(
    work: UnitOfWork,
    kind: JournalKind,
    actor: Actor,
    unit_id: int,
    details: dict[str, Any],
    request_key: str | None,
) -> None:
    record(work, kind, unit_id=unit_id, actor_id=actor.person_id, details=details, request_key=request_key)

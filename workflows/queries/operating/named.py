"""Instances by name: those about or waiting for people, about classes and units, by a part of the name, or by number.

Names are compared without case and marks.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, false, literal, select, union
from sqlalchemy.orm import Session

from models.campaign import SubjectKind
from models.instance import ProcessInstance
from models.organisation import OrganisationUnit
from models.person import Appointment, Person
from models.school import SchoolClass, StaffMember, TeachingAssignment
from models.task import Task
from workflows.policy.person_names import fold
from workflows.queries.organisation import in_force
from workflows.queries.work.inbox_list import IS_OPEN

# What people write before the name of a class, without marks.
CLASS_WORDS = ("lop", "class")
# Units that a search by name looks at: more than a city has of one kind.
NAMED_UNITS = 5000
# Signs that no id reaches.
LONGEST_NUMBER = 19

# Unit, kind and id of what runs are about.
Subjects = Select[int, SubjectKind, int]


def ids_named(
    session: Session, text: str, today: date, *, with_subjects: bool = False
) -> CompoundSelect[Any]:
    """Build the query for the ids of instances about whoever or whatever has such a name, or that wait for them.

    A class is found by the beginning of its name ("6A", "lớp 6a"), also with the name of its unit behind
    ("6A THCS Mẫu"); what is taught in it with the name of the subject ("6A Toán"), or always when asked for. It is
    one list of ids, so that each part of it walks an index of its own. A text without a letter, as a lone mark,
    finds nothing.
    """
    words = fold(text).split()
    if not words:
        return union(select(ProcessInstance.id).where(false()))
    found = [_about(_staff(words)), _waiting_for(words), _waiting_for_role(words, today)]
    if units := _units(session, words):
        found.append(select(ProcessInstance.id).where(ProcessInstance.unit_id.in_(units)))
    found += [_about(classes) for classes in _classes(session, words, with_subjects)]
    if len(words) == 1 and words[0].isascii() and words[0].isdecimal() and len(words[0]) < LONGEST_NUMBER:
        found.append(select(ProcessInstance.id).where(ProcessInstance.id == int(words[0])))
    return union(*found)


def _staff(words: Sequence[str]) -> Subjects:
    return (
        select(StaffMember.unit_id, _kind(SubjectKind.STAFF), StaffMember.id)
        .join(Person, Person.id == StaffMember.person_id)
        .where(Person.search_text.like(_like(words), escape="\\"))
    )


def _waiting_for(words: Sequence[str]) -> Select[Any]:
    """Instances with an open task of somebody."""
    # One person after another: the open tasks of each stand together in `ix_task_assignee`.
    return (
        select(Task.instance_id)
        .join(Person, Person.id == Task.assignee_id)
        .where(IS_OPEN, Person.search_text.like(_like(words), escape="\\"))
    )


def _waiting_for_role(words: Sequence[str], today: date) -> Select[Any]:
    """Instances with an open task that nobody has claimed, of a role that somebody holds."""
    holds = and_(Appointment.unit_id == Task.role_unit_id, Appointment.position == Task.role)
    return (
        select(Task.instance_id)
        .join(Appointment, and_(holds, in_force(Appointment, today)))
        .join(Person, Person.id == Appointment.person_id)
        .where(IS_OPEN, Task.assignee_id.is_(None), Person.search_text.like(_like(words), escape="\\"))
    )


def _units(session: Session, words: Sequence[str]) -> Sequence[int]:
    alike = OrganisationUnit.search_text.like(_like(words), escape="\\")
    query = select(OrganisationUnit.id).where(alike).order_by(OrganisationUnit.id)
    return session.scalars(query.limit(NAMED_UNITS)).all()


def _classes(session: Session, words: Sequence[str], with_subjects: bool) -> list[Subjects]:
    """Classes whose names begin with the words, or with the first of them while the others name unit or subject."""
    words = words[1:] if len(words) > 1 and words[0] in CLASS_WORDS else words
    # Names are kept with their marks, and there are few different ones.
    names = session.scalars(select(SchoolClass.name).distinct()).all()
    queries: list[Subjects] = []
    for length in range(len(words), 0, -1):
        begins, rest = "".join(words[:length]), words[length:]
        alike = [name for name in names if fold(name).replace(" ", "").startswith(begins)]
        # One letter begins half the names there are.
        if not alike or len(begins) == 1:
            continue
        named: ColumnElement[bool] = SchoolClass.name.in_(alike)
        if rest:
            taught = TeachingAssignment.subject_name.in_(_subjects(session, rest))
            queries.append(_of_subjects(named, taught))
            named = and_(named, SchoolClass.unit_id.in_(_units(session, rest)))
        queries.append(select(SchoolClass.unit_id, _kind(SubjectKind.CLASS), SchoolClass.id).where(named))
        if with_subjects:
            queries.append(_of_subjects(named))
    return queries


def _subjects(session: Session, words: Sequence[str]) -> list[str]:
    names = session.scalars(select(TeachingAssignment.subject_name).distinct()).all()
    return [name for name in names if fold(name).startswith(" ".join(words))]


def _of_subjects(*where: ColumnElement[bool]) -> Subjects:
    taught = select(SchoolClass.unit_id, _kind(SubjectKind.ASSIGNMENT), TeachingAssignment.id)
    return taught.join(TeachingAssignment, TeachingAssignment.class_id == SchoolClass.id).where(*where)


def _kind(kind: SubjectKind) -> ColumnElement[SubjectKind]:
    return literal(kind, ProcessInstance.subject_kind.type).label("kind")


def _about(subjects: Subjects) -> Select[Any]:
    """Instances about some subjects, given by unit, kind and id."""
    one = subjects.subquery()
    return select(ProcessInstance.id).join(
        one,
        and_(
            ProcessInstance.unit_id == one.c.unit_id,
            ProcessInstance.subject_kind == one.c.kind,
            ProcessInstance.subject_id == one.c.id,
        ),
    )


def _like(words: Sequence[str]) -> str:
    text = " ".join(words).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{text}%"

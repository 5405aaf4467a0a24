"""What still hangs on people who are off a school's roster: classes, subjects and open tasks for a successor (C1)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.campaign import Campaign
from models.school import SchoolClass, TeachingAssignment
from models.task import Task, TaskState


@dataclass(slots=True)
class LeftBehind:
    """The classes and subjects one person still has in the books, and the tasks that wait for them."""

    homerooms: list[SchoolClass] = field(default_factory=list)
    taught: list[tuple[TeachingAssignment, SchoolClass]] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)


def left_behind(
    session: Session, campaign: Campaign, unit_id: int, person_ids: Collection[int]
) -> Mapping[int, LeftBehind]:
    """Give by person what hangs on them in a unit; who left nothing behind is not in it."""
    found: dict[int, LeftBehind] = {}
    if not person_ids:
        return found
    of_school = (SchoolClass.unit_id == unit_id, SchoolClass.school_year == campaign.school_year)
    rooms = select(SchoolClass).where(*of_school, SchoolClass.homeroom_teacher_id.in_(person_ids))
    for room in session.scalars(rooms.order_by(SchoolClass.grade, SchoolClass.name)):
        found.setdefault(room.homeroom_teacher_id, LeftBehind()).homerooms.append(room)
    taught = (
        select(TeachingAssignment, SchoolClass)
        .join(SchoolClass, SchoolClass.id == TeachingAssignment.class_id)
        .where(
            *of_school, TeachingAssignment.teacher_id.in_(person_ids), TeachingAssignment.ended_on.is_(None)
        )
        .order_by(SchoolClass.grade, SchoolClass.name, TeachingAssignment.subject_name)
    )
    for assignment, room in session.execute(taught):
        found.setdefault(assignment.teacher_id, LeftBehind()).taught.append((assignment, room))
    tasks = select(Task).where(
        Task.assignee_id.in_(person_ids),
        Task.campaign_id == campaign.id,
        Task.unit_id == unit_id,
        Task.state == TaskState.OPEN,
    )
    for task in session.scalars(tasks.order_by(Task.due_at, Task.id)):
        found.setdefault(task.assignee_id or 0, LeftBehind()).tasks.append(task)
    return found

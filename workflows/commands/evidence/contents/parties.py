"""Who takes part in minutes, and in which capacity."""

from sqlalchemy import select

from models.campaign import SubjectKind
from models.instance import ProcessInstance
from models.organisation import OrganisationUnit
from models.person import Appointment, Person, Position
from models.school import SchoolClass, StaffMember
from workflows.commands.evidence.contents.ground import Ground
from workflows.commands.evidence.contents.words import position_in
from workflows.queries.organisation import holders_of, in_force
from workflows.records.minutes_content import Party

LONGEST_CAPACITY = 200
LEADING = (Position.HEAD, Position.DEPUTY_HEAD)
_WEIGHT = {position: weight for weight, position in enumerate(Position)}


def party(ground: Ground, person_id: int | None) -> Party:
    """Name a person with what they are in the unit; empty for nobody."""
    if person_id is None:
        return {"name": "", "capacity": ""}
    person = ground.get(Person, person_id)
    return {"name": person.full_name, "capacity": _function_in(ground, person_id, ground.unit)}


def head_of(ground: Ground, unit: OrganisationUnit) -> Party:
    """Name the head of a unit on the day of the document."""
    heads = holders_of(ground.session, Position.HEAD, unit.id, ground.on)
    return {"name": heads[0].full_name if heads else "", "capacity": position_in(unit, Position.HEAD)}


def name_of(ground: Ground, person_id: int | None) -> str:
    """Give a person's full name; "" for nobody."""
    return "" if person_id is None else ground.get(Person, person_id).full_name


def addressed(ground: Ground, person_id: int) -> str:
    """Give a person's name as it stands inside a sentence: "cô Lê Thị Mẫu"."""
    person = ground.get(Person, person_id)
    return f"{person.honorific.lower()} {person.full_name}".strip()


def officer_id(ground: Ground) -> int | None:
    """Find the officer the head assigned for this matter (P1.1), or who did the last step before this one."""
    for done in reversed(ground.answered("officer")):
        if isinstance(done.answer["officer"], int):
            return done.answer["officer"]
    instance = ground.get(ProcessInstance, ground.task.instance_id)
    from_parent = instance.start_values.get("officer")
    if isinstance(from_parent, int):
        return from_parent
    others = [done.by_id for done in ground.done_steps if done.by_id != ground.task.principal_id]
    return others[-1] if others else None


def signing_capacity(ground: Ground) -> str:
    """Say as what the signer signs, in the words of that day, the person helped included (C2)."""
    task, unit = ground.task, _unit_of_role(ground)
    own = _function_in(ground, task.signer_id, unit)
    school_class = class_of(ground)
    for_class = school_class is not None and task.principal_id == school_class.homeroom_teacher_id
    as_teacher = f"giáo viên chủ nhiệm lớp {school_class.name}" if school_class and for_class else ""
    parts = [own]
    if task.on_behalf_of_id is not None:
        parts += [f"thay mặt {addressed(ground, task.on_behalf_of_id)}", as_teacher]
    elif as_teacher and task.role is None:
        parts = [f"{as_teacher[0].upper()}{as_teacher[1:]}"]
    return ", ".join(part for part in (*parts, unit.name) if part)[:LONGEST_CAPACITY]


def class_of(ground: Ground) -> SchoolClass | None:
    """Give the class the task is about, if it is about one."""
    if ground.task.subject_kind is not SubjectKind.CLASS:
        return None
    return ground.get(SchoolClass, ground.task.subject_id)


def _unit_of_role(ground: Ground) -> OrganisationUnit:
    unit_id = ground.task.role_unit_id
    return ground.unit if unit_id is None else ground.get(OrganisationUnit, unit_id)


def _function_in(ground: Ground, person_id: int, unit: OrganisationUnit) -> str:
    """Name what a person is in a unit: the weightiest position, for teachers and employees their duty."""
    held = ground.session.scalars(
        select(Appointment.position).where(
            Appointment.person_id == person_id,
            Appointment.unit_id == unit.id,
            in_force(Appointment, ground.on),
        )
    ).all()
    position = min(held, key=_WEIGHT.__getitem__, default=None)
    if position is not None and position not in (Position.TEACHER, Position.EMPLOYEE):
        return position_in(unit, position)
    duty = ground.session.scalar(
        select(StaffMember.duty).where(StaffMember.person_id == person_id, StaffMember.unit_id == unit.id)
    )
    return duty or (position_in(unit, position) if position is not None else "")

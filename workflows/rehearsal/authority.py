"""The rows of a cast: an authority that the product can work with, and who is who in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from models.calendar import LocalDay
from models.catalogue import FieldDefinition
from models.organisation import OrganisationUnit, ReportingLine, SchoolLevel
from models.person import Appointment, Person
from models.school import Pupil, SchoolClass, StaffCategory, StaffMember, TeachingAssignment
from workflows.policy.person_names import fold, sort_key
from workflows.rehearsal.cast import Cast, ClassRoom, Player, Unit

# Everybody has been there for years.
LONG_AGO = date(2020, 9, 1)


@dataclass(slots=True)
class Authority:
    """The ids behind the short names of a cast; `staff` are staff entries by person."""

    cast: Cast
    units: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=dict)
    staff: dict[str, int] = field(default_factory=dict)
    # By class and subject.
    assignments: dict[tuple[str, str], int] = field(default_factory=dict)
    # By class and number on its list.
    pupils: dict[tuple[str, int], int] = field(default_factory=dict)

    def name_of(self, person_id: int | None) -> str | None:
        """Give the short name of a person."""
        return next((name for name, id_ in self.people.items() if id_ == person_id), None)


def build(session: Session, cast: Cast) -> Authority:
    """Add units, reporting line, people, staff, classes with pupils, and the fields that records must have."""
    made = Authority(cast)
    for key, unit in cast.units.items():
        made.units[key] = _unit(session, key, unit)
    for key, unit in cast.units.items():
        if unit.under is not None:
            line = ReportingLine(
                unit_id=made.units[key], superior_id=made.units[unit.under], from_on=LONG_AGO
            )
            session.add(line)
    for key, player in cast.people.items():
        made.people[key] = _person(session, made, key, player)
    for unit_key, employed in cast.staff.items():
        for key, employment in employed.items():
            person_id = made.people[key]
            member = StaffMember(
                unit_id=made.units[unit_key],
                person_id=person_id,
                employment=employment,
                category=StaffCategory.TEACHER,
                duty="Giáo viên",
                joined_on=LONG_AGO,
                record={"birth_date": "1985-04-12", "personal_id": f"000{person_id:09}"},
                record_times={},
            )
            session.add(member)
            session.flush()
            made.staff[key] = member.id
    for name, room in cast.classes.items():
        made.classes[name] = _class(session, made, name, room)
    _catalogue(session)
    session.flush()
    return made


def add_days_off(session: Session, unit_id: int, days: Mapping[date, str]) -> None:
    """Let a unit and everything below it be closed on some days."""
    session.add_all(
        LocalDay(unit_id=unit_id, day=day, is_working=False, name=name) for day, name in days.items()
    )


def _unit(session: Session, key: str, unit: Unit) -> int:
    row = OrganisationUnit(
        kind=unit.kind,
        code=key,
        name=unit.name,
        short_name=unit.name,
        place="Quận Mẫu",
        search_text=fold(unit.name),
    )
    row.levels = frozenset(SchoolLevel(code) for code in unit.levels.split(",") if code)
    session.add(row)
    session.flush()
    return row.id


def _person(session: Session, made: Authority, key: str, player: Player) -> int:
    row = Person(
        full_name=player.name,
        honorific=player.honorific,
        sort_key=sort_key(player.name),
        search_text=fold(player.name),
        email=f"{key}@truong-mau.example",
    )
    session.add(row)
    session.flush()
    session.add_all(
        Appointment(person_id=row.id, unit_id=made.units[unit], position=position, from_on=LONG_AGO)
        for position, unit in player.positions
    )
    return row.id


def _class(session: Session, made: Authority, name: str, room: ClassRoom) -> int:
    row = SchoolClass(
        unit_id=made.units[room.unit],
        name=name,
        grade=room.grade,
        school_year=made.cast.school_year,
        homeroom_teacher_id=made.people[room.homeroom],
    )
    session.add(row)
    session.flush()
    for subject, teacher in room.subjects.items():
        taught = TeachingAssignment(class_id=row.id, subject_name=subject, teacher_id=made.people[teacher])
        session.add(taught)
        session.flush()
        made.assignments[name, subject] = taught.id
    pupils = {number: _pupil(row, number) for number in range(1, room.pupils + 1)}
    session.add_all(pupils.values())
    session.flush()
    made.pupils |= {(name, number): pupil.id for number, pupil in pupils.items()}
    return row.id


def _pupil(room: SchoolClass, number: int) -> Pupil:
    name = f"Học Sinh {room.name} Số {number:02}"
    return Pupil(
        unit_id=room.unit_id,
        class_id=room.id,
        full_name=name,
        sort_key=sort_key(name),
        joined_on=LONG_AGO,
        record={"birth_date": "2011-02-03", "personal_id": f"000{room.name}{number:07}"[-12:]},
        record_times={},
    )


def _catalogue(session: Session) -> None:
    for kind in ("staff", "pupil"):
        session.add_all(
            [
                FieldDefinition(
                    kind=kind,
                    key="birth_date",
                    label="Ngày sinh",
                    label_en="Date of birth",
                    type="date",
                    required=True,
                    position=1,
                ),
                FieldDefinition(
                    kind=kind,
                    key="personal_id",
                    label="Mã định danh",
                    label_en="Personal identifier",
                    type="personal_id",
                    required=True,
                    unique_in="all",
                    position=2,
                ),
            ]
        )

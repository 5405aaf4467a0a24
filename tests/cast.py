"""The standing cast: a small authority with one school in the middle of the story, and a world to act in.

Everybody is plainly fictitious. `World` is what a test acts through: `as_("principal")`, `task("assign_officer")`,
`complete(...)`, the clock, the worker's jobs. No test talks to the system clock.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.campaign import Campaign
from models.catalogue import FieldDefinition
from models.organisation import OrganisationUnit, ReportingLine, SchoolLevel, UnitKind
from models.person import Appointment, Person, Position
from models.process import ProcessDefinition, ProcessVersion
from models.school import Employment, Pupil, SchoolClass, StaffCategory, StaffMember, TeachingAssignment
from models.task import Task, TaskState
from tests.conftest import Store
from workflows.actor import Actor, actor_of
from workflows.clock import FixedClock
from workflows.commands.due import ladder, timers
from workflows.commands.evidence import printing
from workflows.commands.running.terms import local_date
from workflows.commands.steering import campaigns
from workflows.commands.steering.campaigns import DeadlineRule
from workflows.commands.work import held_tasks, tasks
from workflows.commands.work.answers import Answer
from workflows.engine import ProcessEngine
from workflows.policy.person_names import fold, sort_key
from workflows.unit_of_work import UnitOfWork, begin_work, do_work

LONG_AGO = date(2020, 9, 1)
SCHOOL_YEAR = "2022-2023"
PROCEDURES = Path(__file__).parent.parent / "bpmn"
Given = TypeVar("Given")

# name -> (full name, honorific, unit, position)
PEOPLE = {
    "administrator": ("Quản Trị Mẫu", "Thầy", "department", Position.ADMINISTRATOR),
    "department_officer": ("Chuyên Viên Sở", "Cô", "department", Position.OFFICER),
    "inspector": ("Chuyên Viên Một", "Thầy", "district", Position.OFFICER),
    "second_inspector": ("Chuyên Viên Hai", "Cô", "district", Position.OFFICER),
    "district_head": ("Trưởng Phòng Mẫu", "Cô", "district", Position.HEAD),
    "principal": ("Hiệu Trưởng Mẫu", "Cô", "school", Position.HEAD),
    "deputy": ("Phó Hiệu Trưởng Thử", "Thầy", "school", Position.DEPUTY_HEAD),
    "officer": ("Cán Bộ Ví Dụ", "Thầy", "school", Position.EMPLOYEE),
    "homeroom": ("Chủ Nhiệm Thử", "Cô", "school", Position.TEACHER),
    "colleague": ("Bộ Môn Ảo", "Thầy", "school", Position.TEACHER),
    "visiting": ("Thỉnh Giảng Giả", "Cô", "school", Position.TEACHER),
    "stranger": ("Người Lạ Mẫu", "Thầy", "other_school", Position.HEAD),
}
STAFF = ("principal", "deputy", "officer", "homeroom", "colleague", "visiting")


@dataclass
class World:
    """One authority in a store, with a clock that stands still until it is moved."""

    store: Store
    clock: FixedClock
    engine: ProcessEngine
    units: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=dict)
    campaign_id: int = 0

    def do(self, act: Callable[[UnitOfWork], Given]) -> Given:
        """Run an act in a unit of work of its own."""
        return do_work(self.store.make_session, self.engine, self.clock, act)

    def actor(self, work: UnitOfWork, name: str) -> Actor:
        """Give a member of the cast as an actor."""
        return actor_of(work.connection, self.people[name], local_date(self.clock.now()))

    def read(self, look: Callable[[Session], Given]) -> Given:
        """Look at the store."""
        with self.store.make_reading_session() as session:
            return look(session)

    def open_tasks(self, **conditions: Any) -> list[Task]:
        """List open tasks by step and subject name, optionally with column values."""
        query = select(Task).where(Task.state == TaskState.OPEN).filter_by(**conditions)
        return self.read(lambda session: list(session.scalars(query.order_by(Task.element_id, Task.id))))

    def steps(self) -> dict[str, int]:
        """Count the open tasks by step."""
        counts: dict[str, int] = {}
        for task in self.open_tasks():
            counts[task.element_id] = counts.get(task.element_id, 0) + 1
        return counts

    def task(self, element_id: str, subject: str = "") -> Task:
        """Give the one open task of a step (about a subject, by part of its name)."""
        found = [task for task in self.open_tasks(element_id=element_id) if subject in task.subject_name]
        assert len(found) == 1, (element_id, subject, [task.subject_name for task in found], self.steps())
        return found[0]

    def complete(
        self,
        who: str,
        element_id: str,
        outcome: str = "done",
        *,
        subject: str = "",
        returned: dict[int, str] | None = None,
        reason: str = "",
        request_key: str | None = None,
        **values: Any,
    ) -> int:
        """Let somebody complete a step as the page would, with a signature where the step asks for one."""
        task_id = self.task(element_id, subject).id
        answer = Answer(outcome, values, reason, returned or {}, self.shown(who, task_id))
        self.do(
            lambda work: tasks.complete(
                work, task_id=task_id, actor=self.actor(work, who), answer=answer, request_key=request_key
            )
        )
        return task_id

    def shown(self, who: str, task_id: int) -> str | None:
        """Give the digest that the page of a signing step carries."""
        from workflows.commands.evidence import signing

        def digest(work: UnitOfWork) -> str | None:
            held = held_tasks.hold_task(work, task_id)
            step = held_tasks.step_of(work, held)
            if not step.signature:
                return None
            facts = signing.signing_task(work.session, task_id, self.people[who])
            return signing.shown(work.session, work.engine, facts, work.now).digest

        return self.do(digest)

    def run_worker(self) -> None:
        """Do what the worker does until nothing is due: timers, then the ladder."""
        while due := self.do(lambda work: timers.due_timers(work, 100)):
            for timer_id in due:
                self.do(lambda work, timer_id=timer_id: timers.fire_one(work, timer_id))
        while late := self.do(lambda work: ladder.due_rungs(work, 100)):
            for task_id in late:
                self.do(lambda work, task_id=task_id: ladder.climb_one(work, task_id))

    def print_pending(self, limit: int = printing.PRINTED_AT_ONCE) -> int:
        """Print as the worker does."""
        begin = partial(begin_work, self.store.make_session, self.engine, self.clock)
        return printing.print_pending(self.store.make_reading_session, begin, limit)

    def publish(self, key: str, xml: str) -> int:
        """Store a published version of a procedure, as publishing does after its checks."""

        def add(work: UnitOfWork) -> int:
            definition = work.session.scalar(select(ProcessDefinition).filter_by(key=key))
            if definition is None:
                definition = ProcessDefinition(key=key, name=key, name_en=key)
                work.session.add(definition)
                work.session.flush()
            versions = work.session.scalars(
                select(ProcessVersion).filter_by(definition_id=definition.id)
            ).all()
            version = ProcessVersion(
                definition_id=definition.id,
                number=len(versions) + 1,
                xml=xml,
                digest="",
                published_at=work.now,
            )
            work.session.add(version)
            work.session.flush()
            return version.id

        return self.do(add)

    def publish_shipped(self) -> None:
        """Publish every procedure that comes with the product."""
        for drawing in sorted(PROCEDURES.glob("*/*.bpmn")):
            self.publish(drawing.stem, drawing.read_text(encoding="utf-8"))

    def open_campaign(self, opener: str = "department_officer", **due: datetime) -> int:
        """Open a campaign of the opener's unit; deadlines default to the end of the second week."""
        unit_id = self.units[PEOPLE[opener][2]]
        rules = [
            DeadlineRule(key, "", due.get(key, datetime(2023, 6, day, 10, tzinfo=UTC)))
            for key, day in (("staff", 15), ("class", 16), ("school", 19), ("report", 21))
        ]

        def opened(work: UnitOfWork) -> int:
            campaign: Campaign = campaigns.open_campaign(
                work,
                actor=self.actor(work, opener),
                unit_id=unit_id,
                title="Rà soát thử",
                title_en="Trial review",
                school_year=SCHOOL_YEAR,
                deadlines=rules,
            )
            return campaign.id

        self.campaign_id = self.do(opened)
        return self.campaign_id

    def staff_id(self, name: str) -> int:
        """Give the staff entry of a member of the cast."""
        query = select(StaffMember.id).where(StaffMember.person_id == self.people[name])
        return self.read(lambda session: session.scalars(query).one())

    def pupils(self, class_name: str = "6A") -> list[Pupil]:
        """List the pupils of a class."""
        query = select(Pupil).where(Pupil.class_id == self.classes[class_name]).order_by(Pupil.sort_key)
        return self.read(lambda session: list(session.scalars(query)))


def build_world(
    store: Store, clock: FixedClock, *, levels: str = "THCS", superior: str = "district", pupils: int = 3
) -> World:
    """Build the authority: a department, a district office, a school of the level with its staff and two classes."""

    def source(version_id: int) -> bytes:
        with store.make_reading_session() as session:
            return session.get_one(ProcessVersion, version_id).xml.encode()

    world = World(store, clock, ProcessEngine(source))
    with store.make_session() as session:
        _add_units(session, world, levels, superior)
        _add_people(session, world)
        _add_classes(session, world, levels, pupils)
        _add_catalogue(session)
        session.commit()
    return world


def _add_units(session: Session, world: World, levels: str, superior: str) -> None:
    kinds = {
        "department": (UnitKind.DEPARTMENT, "Sở GD&ĐT Mẫu", ""),
        "district": (UnitKind.DISTRICT_OFFICE, "Phòng GD&ĐT Quận Mẫu", ""),
        "school": (UnitKind.SCHOOL, f"Trường {levels} Mẫu", levels),
        "other_school": (UnitKind.SCHOOL, "Trường TH Thử", "TH"),
    }
    for key, (kind, name, codes) in kinds.items():
        unit = OrganisationUnit(
            kind=kind, code=key, name=name, short_name=name, place="Quận Mẫu", search_text=fold(name)
        )
        unit.levels = frozenset(SchoolLevel(code) for code in codes.split(",") if code)
        session.add(unit)
        session.flush()
        world.units[key] = unit.id
    lines = {"district": "department", "school": superior, "other_school": "district"}
    for below, above in lines.items():
        session.add(
            ReportingLine(unit_id=world.units[below], superior_id=world.units[above], from_on=LONG_AGO)
        )


def _add_people(session: Session, world: World) -> None:
    for key, (name, honorific, unit, position) in PEOPLE.items():
        person = Person(
            full_name=name,
            honorific=honorific,
            sort_key=sort_key(name),
            search_text=fold(name),
            email=f"{key}@truong-mau.example",
        )
        session.add(person)
        session.flush()
        world.people[key] = person.id
        session.add(
            Appointment(person_id=person.id, unit_id=world.units[unit], position=position, from_on=LONG_AGO)
        )
    for key in STAFF:
        session.add(
            StaffMember(
                unit_id=world.units["school"],
                person_id=world.people[key],
                employment=Employment.VISITING if key == "visiting" else Employment.PERMANENT,
                category=StaffCategory.TEACHER,
                duty="Giáo viên",
                joined_on=LONG_AGO,
                record={"birth_date": "1985-04-12", "personal_id": f"000{world.people[key]:09}"},
                record_times={},
            )
        )


def _add_classes(session: Session, world: World, levels: str, pupils: int) -> None:
    for name, homeroom in (("6A", "homeroom"), ("6B", "colleague")):
        school_class = SchoolClass(
            unit_id=world.units["school"],
            name=name,
            grade=6,
            school_year=SCHOOL_YEAR,
            homeroom_teacher_id=world.people[homeroom],
        )
        session.add(school_class)
        session.flush()
        world.classes[name] = school_class.id
        if levels != "MN":
            session.add(
                TeachingAssignment(
                    class_id=school_class.id, subject_name="Toán", teacher_id=world.people["visiting"]
                )
            )
        for number in range(1, pupils + 1):
            pupil_name = f"Học Sinh {name} Số {number:02}"
            session.add(
                Pupil(
                    unit_id=world.units["school"],
                    class_id=school_class.id,
                    full_name=pupil_name,
                    sort_key=sort_key(pupil_name),
                    joined_on=LONG_AGO,
                    record={"birth_date": "2011-02-03", "personal_id": f"000{name}{number:07}"[-12:]},
                    record_times={},
                )
            )


def _add_catalogue(session: Session) -> None:
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

"""The standing cast: a small authority with one school in the middle of the story, and a world to act in.

Everybody is plainly fictitious: `bpmn/cast.yaml` says who they are. `World` is the stage of rehearsals on a store of
the test, with words for what tests ask: `task("assign_officer")`, `complete(...)`, the campaign. No test talks to the
system clock.
"""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from models.campaign import Campaign, SubjectKind
from models.organisation import UnitKind
from models.process import ProcessDefinition, ProcessVersion
from models.school import Pupil
from models.task import Task, TaskState
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.evidence import printing
from workflows.commands.running import moves
from workflows.commands.running.groups import latest_version
from workflows.commands.running.runs import insert_run
from workflows.commands.steering import campaigns
from workflows.commands.steering.campaigns import DeadlineRule
from workflows.commands.work.answers import Answer
from workflows.engine import ProcessEngine
from workflows.rehearsal.authority import LONG_AGO, Authority, build
from workflows.rehearsal.cast import Cast, Unit
from workflows.rehearsal.scenarios.casting import CAST_FILE, read_cast
from workflows.rehearsal.stage import Stage
from workflows.unit_of_work import UnitOfWork, begin_work

__all__ = ["CAST", "LONG_AGO", "PEOPLE", "SCHOOL_YEAR", "STAFF", "World", "build_world"]

PROCEDURES = Path(__file__).parent.parent / "bpmn"
CAST = read_cast(PROCEDURES / CAST_FILE)
SCHOOL_YEAR = CAST.school_year
# name -> (full name, honorific, unit, position)
PEOPLE = {
    key: (player.name, player.honorific, unit, position)
    for key, player in CAST.people.items()
    for position, unit in player.positions
}
STAFF = tuple(CAST.staff["school"])


class World(Stage):
    """One authority in a store, with a clock that stands still until it is moved."""

    def __init__(self, store: Store, clock: FixedClock, engine: ProcessEngine, authority: Authority) -> None:
        super().__init__(store.make_session, store.make_reading_session, clock, engine, authority)
        self.store = store
        self.units, self.people, self.classes = authority.units, authority.people, authority.classes
        self.campaign_id = 0

    def on(self, store: Store, clock: FixedClock, engine: ProcessEngine | None = None) -> "World":
        """Give the same world on a copy of its store."""
        other = World(store, clock, engine or self.engine, deepcopy(self.authority))
        other.campaign_id = self.campaign_id
        return other

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

    def begin(self, key: str, **values: Any) -> int:
        """Start the newest version of a procedure for the school, and give the instance."""

        def act(work: UnitOfWork) -> int:
            run = insert_run(
                work.connection,
                work.now,
                version_id=latest_version(work, key),
                campaign_id=None,
                unit_id=self.units["school"],
                subject_kind=SubjectKind.SCHOOL,
                subject_id=self.units["school"],
                subject_name="Trường Mẫu",
                start_values=values,
            )
            moves.start(work, run)
            return run.id

        return self.do(act)

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
        answer = Answer(outcome, values, reason, returned or {})
        self.answer(who, task_id, answer, request_key=request_key)
        return task_id

    def run_worker(self) -> None:
        """Do what the worker does until nothing is due: timers, then the ladder."""
        self.run_due()

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

    def open_campaign(
        self, opener: str = "department_officer", title: str = "Rà soát thử", **due: datetime
    ) -> int:
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
                title=title,
                title_en="Trial review",
                school_year=SCHOOL_YEAR,
                deadlines=rules,
            )
            return campaign.id

        self.campaign_id = self.do(opened)
        return self.campaign_id

    def staff_id(self, name: str) -> int:
        """Give the staff entry of a member of the cast."""
        return self.authority.staff[name]

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

    world = World(store, clock, ProcessEngine(source), Authority(CAST))
    authority = world.do(lambda work: build(work.session, _cast(levels, superior, pupils)))
    return World(store, clock, world.engine, authority)


def _cast(levels: str, superior: str, pupils: int) -> Cast:
    """Give the cast with a school of another level, place on the reporting line, or size of its classes."""
    school = Unit(UnitKind.SCHOOL, f"Trường {levels} Mẫu", superior, levels)
    classes = {
        name: replace(room, pupils=pupils, subjects={} if levels == "MN" else room.subjects)
        for name, room in CAST.classes.items()
    }
    return replace(CAST, units={**CAST.units, "school": school}, classes=classes)

"""The people of a campaign, as one client's process plays them: each does what waits for them, school by school.

They act as the pages do: what is to be signed is read first, then one unit of work with the actor, the actor's rights
and a request key. Pages themselves are measured by `http`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import select

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.person import Appointment, Position
from models.task import Task, TaskState
from tests.conftest import Store
from web.composition import source_of_versions
from workflows.actor import Actor, actor_of
from workflows.clock import SystemClock
from workflows.commands.evidence import signing
from workflows.commands.running.terms import local_date
from workflows.commands.work import pupils, tasks
from workflows.commands.work.answers import Answer, outcome_of
from workflows.engine import ProcessEngine, Step
from workflows.rehearsal.answering import primary_of
from workflows.unit_of_work import UnitOfWork, do_work

# The step in which the homeroom teacher decides on every pupil before completing it.
PUPILS = "review_pupils"

Given = TypeVar("Given")


@dataclass(slots=True)
class Done:
    """What one client did: tasks completed and seconds by step, decisions on pupils, signatures."""

    tasks: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    approvals: int = 0
    decisions: int = 0
    signatures: int = 0
    slowest: float = 0.0
    memory_mb: float = 0.0


class People:
    """Everybody in a campaign, on connections of this process."""

    def __init__(self, store: Store, campaign_id: int = 0) -> None:
        self.store = store
        self.engine = ProcessEngine(source_of_versions(store.make_reading_session))
        self.clock = SystemClock()
        self.campaign_id = campaign_id
        self.done = Done()
        self._holders: dict[tuple[str, int], int] = {}

    def do(self, act: Callable[[UnitOfWork], Given]) -> Given:
        """Run an act in a unit of work of its own, as a page does."""
        return do_work(self.store.make_session, self.engine, self.clock, act)

    def finish(self, unit_id: int) -> None:
        """Do all that waits for somebody in a unit, until nothing waits any more."""
        while waiting := self._waiting(unit_id):
            for task in waiting:
                self._complete(task)

    def actor(self, work: UnitOfWork, person_id: int) -> Actor:
        """Read who somebody is, in the transaction that acts."""
        return actor_of(work.connection, person_id, local_date(work.now))

    def _waiting(self, unit_id: int) -> Sequence[Task]:
        query = select(Task).filter_by(campaign_id=self.campaign_id, unit_id=unit_id, state=TaskState.OPEN)
        with self.store.make_reading_session() as session:
            return session.scalars(query.order_by(Task.id)).all()

    def _complete(self, task: Task) -> None:
        begun = perf_counter()
        person_id = task.assignee_id or self._holder(task.role or "", task.role_unit_id or 0)
        step = self.engine.specification(task.version_id).steps[task.element_id]
        if task.element_id == PUPILS:
            self._approve(task, person_id)
        answer = Answer(
            primary_of(step), self._values(task), shown_digest=self._read_to_sign(step, task, person_id)
        )
        key = uuid4().hex

        def act(work: UnitOfWork) -> None:
            actor = self.actor(work, person_id)
            tasks.complete(work, task_id=task.id, actor=actor, answer=answer, request_key=key)

        self.do(act)
        taken = perf_counter() - begun
        self.done.tasks[task.element_id] += 1
        self.done.seconds[task.element_id] = self.done.seconds.get(task.element_id, 0.0) + taken
        self.done.slowest = max(self.done.slowest, taken)

    def _approve(self, task: Task, person_id: int) -> None:
        """Approve all pupils of the class in one act."""
        query = select(RosterEntry.subject_id).where(
            RosterEntry.campaign_id == self.campaign_id,
            RosterEntry.class_id == task.subject_id,
            RosterEntry.kind == SubjectKind.PUPIL,
            RosterEntry.state == RosterState.OPEN,
        )
        with self.store.make_reading_session() as session:
            ids = list(session.scalars(query))
        key = uuid4().hex

        def act(work: UnitOfWork) -> int:
            actor = self.actor(work, person_id)
            return pupils.approve(work, task_id=task.id, actor=actor, pupil_ids=ids, request_key=key)

        self.done.decisions += self.do(act)
        self.done.approvals += 1

    def _read_to_sign(self, step: Step, task: Task, person_id: int) -> str | None:
        if not signing.needs_signature(step, outcome_of(step, primary_of(step))):
            return None
        self.done.signatures += 1
        with self.store.make_reading_session() as session:
            facts = signing.signing_task(session, task.id, person_id)
            return signing.shown(session, self.engine, facts, self.clock.now()).digest

    def _holder(self, position: str, unit_id: int) -> int:
        if (position, unit_id) not in self._holders:
            query = select(Appointment.person_id).filter_by(unit_id=unit_id, position=position)
            with self.store.make_reading_session() as session:
                self._holders[position, unit_id] = (
                    session.scalars(query.order_by(Appointment.id)).first() or 0
                )
        return self._holders[position, unit_id]

    def _values(self, task: Task) -> Mapping[str, Any]:
        """Fill in the form of a step as people do who have nothing special to say."""
        today: date = local_date(self.clock.now())
        match task.element_id:
            case "assign_officer":
                return {"officer": str(self._holder(Position.OFFICER, task.unit_id))}
            case "synchronise":
                return {"sync_result": "Toàn bộ hồ sơ đã đồng bộ", "synchronised_on": today.isoformat()}
            case "inform_parents":
                return {"channel": "zalo", "informed_on": today.isoformat()}
            case "confirm_school":
                return dict.fromkeys(("correct", "complete", "clean", "live"), "on")
            case "close_campaign":
                return {"summary": "Các trường đã hoàn thành rà soát."}
            case _:
                return {}

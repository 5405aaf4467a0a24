"""Plays the people of the demonstration: they act through the same commands as everybody else.

Many acts share one unit of work, because the data is made before anybody looks at it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any, TypeVar

from sqlalchemy import Select, case, insert, select
from sqlalchemy.orm import Session, sessionmaker

from models.calendar import Setting
from models.campaign import RosterEntry, RosterState, SubjectKind
from models.instance import ProcessInstance, Timer, TimerState
from models.organisation import OrganisationUnit
from models.person import Account, Appointment, Position
from models.school import Grade, Pupil, SchoolClass, StaffMember, TeachingAssignment
from models.task import Task, TaskState
from web.demo.accounts import SETTING
from workflows.actor import Actor, actor_of
from workflows.clock import FixedClock
from workflows.commands.due import ladder, timers
from workflows.commands.evidence import signing
from workflows.commands.running.terms import local_date
from workflows.commands.work import pupils, tasks
from workflows.commands.work.answers import Answer, outcome_of
from workflows.engine import ProcessEngine
from workflows.queries.organisation import holders_of
from workflows.queries.records.records import records_of
from workflows.unit_of_work import UnitOfWork, do_work

BATCH = 100
# Why what is found in a pupil's record stays as it is.
EXPLANATION = "Đã đối chiếu giấy khai sinh bản gốc, gia đình xác nhận đúng"

Given = TypeVar("Given")


@dataclass
class Player:
    """Acts as whoever has a task, at the instant at which its clock stands."""

    sessions: sessionmaker[Session]
    engine: ProcessEngine
    clock: FixedClock
    random: Random
    campaign_id: int = 0
    _actors: dict[tuple[int, date], Actor] = field(default_factory=dict)

    def do(self, act: Callable[[UnitOfWork], Given]) -> Given:
        """Run an act in a unit of work of its own."""
        return do_work(self.sessions, self.engine, self.clock, act)

    def units(self) -> dict[str, int]:
        """Give the ids of units by code."""
        with self.sessions() as session:
            units = session.scalars(select(OrganisationUnit)).all()
        return {unit.code: unit.id for unit in units}

    def person(self, login: str) -> int:
        """Give the person with a login."""
        with self.sessions() as session:
            return session.scalars(select(Account.person_id).where(Account.login == login)).one()

    def visitors(self) -> set[str]:
        """Give the logins that the login page offers."""
        with self.sessions() as session:
            offered = session.get_one(Setting, SETTING).value
        return {one["login"] for group in offered["groups"] for one in group["accounts"]}

    def staff_of(self, logins: Collection[str]) -> frozenset[int]:
        """Give the staff entries of people by their logins."""
        query = select(StaffMember.id).join(Account, Account.person_id == StaffMember.person_id)
        with self.sessions() as session:
            return frozenset(session.scalars(query.where(Account.login.in_(logins))))

    def staff_with_findings(self, unit_id: int) -> frozenset[int]:
        """Give the staff entries of a school whose records have findings."""
        query = select(StaffMember).where(StaffMember.unit_id == unit_id)
        with self.sessions() as session:
            found = records_of(
                session, "staff", session.scalars(query).all(), today=local_date(self.clock.now())
            )
        return frozenset(one.subject_id for one in found if one.findings)

    def open_tasks(self, unit_id: int, *steps: str) -> list[Task]:
        """List the open tasks of a school's steps in the campaign, in the order in which they were opened."""
        query = select(Task).where(
            Task.campaign_id == self.campaign_id,
            Task.unit_id == unit_id,
            Task.state == TaskState.OPEN,
            Task.element_id.in_(steps),
        )
        with self.sessions() as session:
            return list(session.scalars(query.order_by(Task.id)))

    def complete(self, rows: Iterable[Task], outcome: str | None = None, **answer: Any) -> None:
        """Let the holders of tasks complete them with the outcome named, or with the one that leads on."""

        rows = list(rows)
        self.let_time_work({row.unit_id for row in rows})

        def act(work: UnitOfWork) -> None:
            for row in rows:
                self._complete(work, row, outcome, answer)

        self.do(act)

    def _complete(self, work: UnitOfWork, row: Task, outcome: str | None, answer: Mapping[str, Any]) -> None:
        actor = self._holder(work, row)
        step = work.engine.specification(row.version_id).steps[row.element_id]
        leads_on = next(one.key for one in step.outcomes if one.style == "primary")
        chosen = outcome_of(step, outcome or leads_on)
        digest = None
        if signing.needs_signature(step, chosen):
            facts = signing.signing_task(work.session, row.id, actor.person_id)
            digest = signing.shown(work.session, work.engine, facts, work.now).digest
        sent = Answer(
            chosen.key,
            self._values(work, row) if chosen.style == "primary" else {},
            answer.get("reason", ""),
            answer.get("returned", {}),
            digest,
        )
        tasks.complete(work, task_id=row.id, actor=actor, answer=sent)

    def approve(self, row: Task, leaving: int = 0) -> list[int]:
        """Let the homeroom teacher approve the pupils of a class but some, and give those left open."""
        self.let_time_work({row.unit_id})

        def act(work: UnitOfWork) -> list[int]:
            waiting = list(
                work.session.scalars(
                    select(RosterEntry.subject_id)
                    .where(
                        RosterEntry.campaign_id == self.campaign_id,
                        RosterEntry.class_id == row.subject_id,
                        RosterEntry.kind == SubjectKind.PUPIL,
                        RosterEntry.state.in_([RosterState.OPEN, RosterState.RETURNED]),
                    )
                    .order_by(RosterEntry.sort_key)
                )
            )
            now, later = (waiting[:-leaving], waiting[-leaving:]) if leaving else (waiting, [])
            if now:
                pupils.approve(
                    work,
                    task_id=row.id,
                    actor=self._holder(work, row),
                    pupil_ids=now,
                    reasons=dict.fromkeys(now, EXPLANATION),
                )
            return later

        return self.do(act)

    def store_grades(self, class_ids: Collection[int]) -> None:
        """Fill in the grades of classes in bulk, as entered from the teachers' own books."""

        def act(work: UnitOfWork) -> None:
            taught = work.session.execute(
                select(TeachingAssignment.id, Pupil.id)
                .join(SchoolClass, SchoolClass.id == TeachingAssignment.class_id)
                .join(Pupil, Pupil.class_id == SchoolClass.id)
                .where(SchoolClass.id.in_(class_ids))
                .where(~select(Grade.id).where(Grade.assignment_id == TeachingAssignment.id).exists())
                .order_by(TeachingAssignment.id, Pupil.id)
            ).all()
            if taught:
                work.session.execute(insert(Grade), [self._grade(*pair) for pair in taught])

        self.do(act)

    def _grade(self, assignment_id: int, pupil_id: int) -> dict[str, Any]:
        final = min(10, max(3, round(self.random.gauss(7.4, 1.3), 1)))
        midterm = min(10, max(2, round(final + self.random.gauss(0, 0.7), 1)))
        return {"assignment_id": assignment_id, "pupil_id": pupil_id, "midterm": midterm, "final": final}

    def pupils_of(self, row: Task) -> list[int]:
        """List the pupils of a class in the order of the class list."""
        query = select(Pupil.id).where(Pupil.class_id == row.subject_id).order_by(Pupil.sort_key, Pupil.id)
        with self.sessions() as session:
            return list(session.scalars(query))

    def grade_tasks(self, class_ids: Collection[int]) -> list[Task]:
        """List the open tasks to enter grades of classes."""
        query = (
            select(Task)
            .join(TeachingAssignment, TeachingAssignment.id == Task.subject_id)
            .where(
                Task.campaign_id == self.campaign_id,
                Task.element_id == "enter_grades",
                Task.state == TaskState.OPEN,
                TeachingAssignment.class_id.in_(class_ids),
            )
        )
        with self.sessions() as session:
            return list(session.scalars(query.order_by(Task.id)))

    def following(self, rows: Collection[Task], step: str) -> list[Task]:
        """List the open tasks of a step in the instances of other tasks."""
        query = select(Task).where(
            Task.instance_id.in_([row.instance_id for row in rows]),
            Task.element_id == step,
            Task.state == TaskState.OPEN,
        )
        with self.sessions() as session:
            return list(session.scalars(query.order_by(Task.id)))

    def let_time_work(self, unit_ids: Collection[int] | None = None) -> None:
        """Do what the worker would have done until now, each at its instant: timers, reminders, escalation.

        Everywhere, or in units: the story runs school by school, and in each of them time goes on with its acts.
        """
        until = self.clock.now()
        while (instant := self.do(lambda work: _next_instant(work, until, unit_ids))) is not None:
            self.clock.set(instant)
            while due := self.do(lambda work: work.session.scalars(_timers(work.now, unit_ids)).all()):
                self.do(lambda work, due=due: [timers.fire_one(work, one) for one in due])  # type: ignore[misc]
            while late := self.do(lambda work: work.session.scalars(_rungs(work.now, unit_ids)).all()):
                self.do(lambda work, late=late: [ladder.climb_one(work, one) for one in late])  # type: ignore[misc]
        self.clock.set(until)

    def at(self, instant: datetime) -> "Player":
        """Move the clock to an instant."""
        self.clock.set(instant)
        return self

    def actor(self, work: UnitOfWork, person_id: int) -> Actor:
        """Give a person with what they hold on that day."""
        key = person_id, local_date(work.now)
        if key not in self._actors:
            self._actors[key] = actor_of(work.connection, *key)
        return self._actors[key]

    def _holder(self, work: UnitOfWork, row: Task) -> Actor:
        if row.assignee_id is not None:
            return self.actor(work, row.assignee_id)
        assert row.role is not None
        assert row.role_unit_id is not None
        holders = holders_of(work.session, Position(row.role), row.role_unit_id, local_date(work.now))
        return self.actor(work, holders[0].id)

    def _officer(self, work: UnitOfWork, unit_id: int) -> int:
        officers = (
            select(Account.person_id)
            .join(Appointment, Appointment.person_id == Account.person_id)
            .where(Appointment.unit_id == unit_id, Appointment.position == Position.OFFICER)
        )
        return work.session.scalars(officers.order_by(Account.login)).first() or 0

    def _values(self, work: UnitOfWork, row: Task) -> Mapping[str, Any]:
        """Fill in the form of a step as people do who have nothing special to say."""
        today = local_date(work.now).isoformat()
        match row.element_id:
            case "assign_officer":
                return {"officer": str(self._officer(work, row.unit_id))}
            case "synchronise":
                return {"sync_result": "Toàn bộ hồ sơ đã đồng bộ", "synchronised_on": today}
            case "look_into_delay":
                return {"measures": "Đã làm việc với người chậm, bố trí thêm buổi rà soát."}
            case "inform_parents":
                return {"channel": self.random.choice(("zalo", "meeting", "paper")), "informed_on": today}
            case "confirm_school":
                return dict.fromkeys(("correct", "complete", "clean", "live"), "on")
            case "close_campaign":
                return {"summary": "Các trường đã hoàn thành rà soát; số được miễn đều có lý do."}
            case _:
                return {}


# Nobody was told of a task before it opened.
_RUNG_AT = case((Task.next_rung_at < Task.opened_at, Task.opened_at), else_=Task.next_rung_at)


def _timers(until: datetime, unit_ids: Collection[int] | None) -> Select[int]:
    query = select(Timer.id).where(Timer.state == TimerState.WAITING, Timer.due_at <= until)
    if unit_ids is not None:
        query = query.join(ProcessInstance, ProcessInstance.id == Timer.instance_id)
        query = query.where(ProcessInstance.unit_id.in_(unit_ids))
    return query.order_by(Timer.due_at, Timer.id).limit(BATCH)


def _rungs(until: datetime, unit_ids: Collection[int] | None) -> Select[int]:
    query = select(Task.id).where(Task.state == TaskState.OPEN, until >= _RUNG_AT)
    if unit_ids is not None:
        query = query.where(Task.unit_id.in_(unit_ids))
    return query.order_by(_RUNG_AT, Task.id).limit(BATCH)


def _next_instant(work: UnitOfWork, until: datetime, unit_ids: Collection[int] | None) -> datetime | None:
    """Give when the worker has something to do next."""
    timer = _timers(until, unit_ids).with_only_columns(Timer.due_at).limit(1)
    rung = _rungs(until, unit_ids).with_only_columns(_RUNG_AT).limit(1)
    found = [one for one in (work.session.scalar(timer), work.session.scalar(rung)) if one is not None]
    return min(found, default=None)

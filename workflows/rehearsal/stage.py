"""Where a rehearsal acts: people do their part through the product's own commands, and the clock moves on.

A stage stands on any store; the clock is its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session, sessionmaker

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.event import EventState, SentEvent
from models.instance import ProcessInstance, Timer, TimerState
from models.school import Pupil, TeachingAssignment
from models.task import Task, TaskState
from workflows.actor import Actor, actor_of
from workflows.clock import FixedClock
from workflows.commands.due import events, ladder, timers
from workflows.commands.evidence import signing
from workflows.commands.running.terms import local_date
from workflows.commands.work import grades, held_tasks, pupils, tasks
from workflows.commands.work.answers import Answer, outcome_of
from workflows.commands.work.grades import Marks
from workflows.engine import ProcessEngine, Step
from workflows.rehearsal.authority import Authority
from workflows.rehearsal.errors import RehearsalEndless
from workflows.scheduler import row_by_row
from workflows.unit_of_work import UnitOfWork, begin_work, do_work

Given = TypeVar("Given")

# Instants at which something was due, while the clock moves once; more is a timer that never ends.
MOST_BEATS = 10_000
# Rows that one beat deals with.
AT_ONCE = 100
# What every pupil gets.
MARKS = Marks("7,5", "8")
# Why a pupil's record is right although it was returned or something was found.
RIGHT_AS_IT_IS = "đúng theo hồ sơ gốc"


@dataclass
class Stage:
    """A store with its engine, a clock that stands still until it is moved, and who is who."""

    sessions: sessionmaker[Session]
    reading_sessions: sessionmaker[Session]
    clock: FixedClock
    engine: ProcessEngine
    authority: Authority

    def do(self, act: Callable[[UnitOfWork], Given]) -> Given:
        """Run an act in a unit of work of its own."""
        return do_work(self.sessions, self.engine, self.clock, act)

    def read(self, look: Callable[[Session], Given]) -> Given:
        """Look at the store."""
        with self.reading_sessions() as session:
            return look(session)

    def actor(self, work: UnitOfWork, who: str) -> Actor:
        """Give somebody as an actor, with the positions held on the present day."""
        return actor_of(work.connection, self.authority.people[who], local_date(self.clock.now()))

    # Acts

    def answer(
        self,
        who: str,
        task_id: int,
        given: Answer,
        *,
        signs: bool = True,
        request_key: str | None = None,
    ) -> None:
        """Complete a task as its page would: what the page shows is signed where the step asks for it.

        Without `signs` the step is known to ask for no signature.
        """
        signed = replace(given, shown_digest=self.shown(who, task_id)) if signs else given
        self.do(
            lambda work: tasks.complete(
                work,
                task_id=task_id,
                actor=self.actor(work, who),
                answer=signed,
                request_key=request_key,
            )
        )

    def shown(self, who: str, task_id: int) -> str | None:
        """Give the digest that the page of a signing step carries."""

        def digest(work: UnitOfWork) -> str | None:
            step = held_tasks.step_of(work, held_tasks.hold_task(work, task_id))
            if not step.signature:
                return None
            facts = signing.signing_task(work.session, task_id, self.authority.people[who])
            return signing.shown(work.session, work.engine, facts, work.now).digest

        return self.do(digest)

    def step_of(self, task: Task) -> Step:
        """Give the step of a task as published."""
        return self.engine.specification(task.version_id).steps[task.element_id]

    def finish_review(self, who: str, task: Task, outcome: str) -> None:
        """Do what a step reviews beside its form, as far as the outcome needs it: approve pupils, enter grades."""
        step = self.step_of(task)
        if outcome_of(step, outcome).style != "primary":
            return
        if step.review == "pupils" and not any(one.of == "pupils" for one in step.outcomes):
            self.approve_pupils(who, task)
        elif step.review == "grades":
            self.enter_grades(who, task)

    def approve_pupils(self, who: str, task: Task) -> None:
        """Approve every pupil of the task's class who is still open."""
        is_open = RosterEntry.state.in_((RosterState.OPEN, RosterState.RETURNED))
        query = select(RosterEntry.subject_id).where(
            RosterEntry.campaign_id == task.campaign_id,
            RosterEntry.class_id == task.subject_id,
            RosterEntry.kind == SubjectKind.PUPIL,
            is_open,
        )
        ids = self.read(lambda session: list(session.scalars(query)))
        if ids:
            self.do(
                lambda work: pupils.approve(
                    work,
                    task_id=task.id,
                    actor=self.actor(work, who),
                    pupil_ids=ids,
                    reasons=dict.fromkeys(ids, RIGHT_AS_IT_IS),
                )
            )

    def enter_grades(self, who: str, task: Task) -> None:
        """Enter the same marks for every pupil of the class that the task's assignment is about."""
        query = (
            select(Pupil.id)
            .join(TeachingAssignment, TeachingAssignment.class_id == Pupil.class_id)
            .where(TeachingAssignment.id == task.subject_id, Pupil.left_on.is_(None))
        )
        ids = self.read(lambda session: list(session.scalars(query)))
        given: Mapping[int, Marks] = dict.fromkeys(ids, MARKS)
        self.do(lambda work: grades.enter(work, task_id=task.id, actor=self.actor(work, who), marks=given))

    # Time

    def run_due(self) -> None:
        """Do what the worker does with all that is due by now: timers, rungs of ladders, messages and signals."""
        begin = partial(begin_work, self.sessions, self.engine, self.clock)
        fire = row_by_row(begin, timers.due_timers, timers.fire_one, timers.postpone)
        climb = row_by_row(begin, ladder.due_rungs, ladder.climb_one, ladder.postpone)
        bring = row_by_row(begin, events.due_events, events.deliver_one, events.postpone)
        while self._is_due() and (fire(AT_ONCE) or climb(AT_ONCE) or bring(AT_ONCE)):
            pass

    def advance_to(self, instant: datetime) -> None:
        """Let time pass: everything that falls due on the way happens at its instant, in the order of time.

        Refuses with RehearsalEndless a timer that fires again and again without end.
        """
        for _ in range(MOST_BEATS):
            self.run_due()
            now = self.clock.now()
            # What is due by now and could not be done waits for something else than the time.
            following = self.read(lambda session: _next_due(session, after=now))  # noqa: B023
            if following is None or following > instant:
                self.clock.set(max(instant, now))
                return
            self.clock.set(following)
        raise RehearsalEndless(count=MOST_BEATS)

    def _is_due(self) -> bool:
        following = self.read(_next_due)
        return following is not None and following <= self.clock.now()


def _next_due(session: Session, after: datetime | None = None) -> datetime | None:
    """Give the first instant (after another one) at which a timer, a rung or a message under way is due."""
    held = select(ProcessInstance.id).where(ProcessInstance.suspended_at.is_not(None))
    dues = union_all(
        select(Timer.due_at.label("at")).where(
            Timer.state == TimerState.WAITING, Timer.instance_id.not_in(held)
        ),
        select(Task.next_rung_at).where(Task.state == TaskState.OPEN, Task.next_rung_at.is_not(None)),
        select(SentEvent.due_at).where(SentEvent.state == EventState.UNDERWAY),
    ).subquery()
    first = select(func.min(dues.c.at))
    found: datetime | None = session.scalar(first if after is None else first.where(dues.c.at > after))
    return found

"""The three ways to complete a step that `bench step` compares: the product's, the floor, and bare SpiffWorkflow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from lxml import etree
from SpiffWorkflow import TaskState as TokenState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)

from models.campaign import RosterEntry, SubjectKind
from models.instance import ProcessInstance
from models.journal import JournalEntry
from models.notification import Notification
from models.school import StaffMember
from models.task import Task
from tests.bench.school import CHILD, STEPS, Review, School, child_drawing, confirmation_of, engine_of
from tests.conftest import MONDAY, Store
from workflows.actor import actor_of
from workflows.clock import FixedClock
from workflows.commands.running.terms import local_date
from workflows.commands.work import tasks
from workflows.commands.work.answers import Answer
from workflows.unit_of_work import UnitOfWork, do_work

ANSWERS = {step: Answer(outcome) for step, (_, outcome) in STEPS.items()}
Row = dict[str, Any]


class Side(Protocol):
    """One way to complete the two steps of a review."""

    def review(self, review: Review) -> None:
        """Complete the first step."""

    def confirm(self, review: Review) -> None:
        """Complete the second step, which ends the child."""

    def between(self, reviews: Sequence[Review]) -> None:
        """Look up, unmeasured, what the page of the second step would carry."""


class Ours:
    """The product's command, as the web calls it: one unit of work with actor, rights and request key."""

    def __init__(self, store: Store, officer_id: int) -> None:
        self._store = store
        self._officer_id = officer_id
        self._engine = engine_of(store)
        self._clock = FixedClock(MONDAY)
        self._confirmations: dict[int, int] = {}

    def review(self, review: Review) -> None:
        self._complete(review.task_id, self._officer_id, ANSWERS["review"])

    def between(self, reviews: Sequence[Review]) -> None:
        with self._store.make_reading_session() as session:
            for review in reviews:
                self._confirmations[review.instance_id] = confirmation_of(session, review)

    def confirm(self, review: Review) -> None:
        self._complete(self._confirmations.pop(review.instance_id), review.person_id, ANSWERS["confirm"])

    def _complete(self, task_id: int, person_id: int, answer: Answer) -> None:
        today, key = local_date(self._clock.now()), uuid4().hex

        def act(work: UnitOfWork) -> None:
            actor = actor_of(work.connection, person_id, today)
            tasks.complete(work, task_id=task_id, actor=actor, answer=answer, request_key=key)

        do_work(self._store.make_session, self._engine, self._clock, act)


# What the product changes of a row that is there; the other columns stay.
_CLOSING = (
    *("state", "next_rung_at", "assignee_id", "completed_at", "completed_by_id", "outcome", "answer"),
)
_MOVING = ("engine_state", "state", "result", "revision", "undo_state", "undo_task_id", "ended_at")
_CONFIRMING = ("record_times",)
_DECIDING = ("state", "decided_at", "decided_by_id", "on_behalf_of_id")


@dataclass(frozen=True, slots=True)
class Written:
    """The rows of one step as the product left them: the floor writes them again."""

    closed: Row
    moved: Row
    entry: Row
    opened: Row | None
    # Each with whether it is about the task that was opened.
    notices: tuple[tuple[bool, Row], ...]
    confirmed: Row
    decided: Row | None

    @classmethod
    def by(
        cls, connection: Connection, review: Review, task_id: int, opened_id: int | None, last_notice: int
    ) -> "Written":
        """Read what completing a task has written; `last_notice` was the last one before."""

        def rows(model: Any, **wanted: Any) -> list[Row]:
            query = select(model.__table__).filter_by(**wanted).order_by(model.id)
            return [dict(row) for row in connection.execute(query).mappings()]

        told = select(Notification.__table__).where(Notification.id > last_notice).order_by(Notification.id)
        decided = None
        if opened_id is None:
            decided = _only(
                _DECIDING, rows(RosterEntry, kind=SubjectKind.STAFF, subject_id=review.staff_id)[0]
            )
        return cls(
            closed=_only(_CLOSING, rows(Task, id=task_id)[0]),
            moved=_only(_MOVING, rows(ProcessInstance, id=review.instance_id)[0]),
            entry=_new(rows(JournalEntry, task_id=task_id)[0]),
            opened=_new(rows(Task, id=opened_id)[0]) if opened_id is not None else None,
            notices=tuple(
                (row["task_id"] == opened_id, _new(row)) for row in connection.execute(told).mappings()
            ),
            confirmed=_only(_CONFIRMING, rows(StaffMember, id=review.staff_id)[0]),
            decided=decided,
        )


def _only(names: Sequence[str], row: Row) -> Row:
    return {name: row[name] for name in names}


def _new(row: Mapping[str, Any]) -> Row:
    return {name: value for name, value in row.items() if name != "id"}


@dataclass(frozen=True, slots=True)
class Sample:
    """What the product wrote for one review."""

    review: Written
    confirm: Written


def take_sample(store: Store, school: School, review: Review) -> Sample:
    """Complete one review by the product and note all rows it wrote."""
    ours = Ours(store, school.officer_id)
    before = _last_notice(store)
    ours.review(review)
    between = _last_notice(store)
    with store.make_reading_session() as session:
        confirmation = confirmation_of(session, review)
    with store.engine.connect() as connection:
        first = Written.by(connection, review, review.task_id, confirmation, before)
    ours.between([review])
    ours.confirm(review)
    with store.engine.connect() as connection:
        return Sample(first, Written.by(connection, review, confirmation, None, between))


def _last_notice(store: Store) -> int:
    with store.engine.connect() as connection:
        return connection.scalar(select(func.max(Notification.id))) or 0


class Floor:
    """The same rows by plain SQLAlchemy Core, as its tutorial shows it, in one transaction; nothing is read."""

    def __init__(self, engine: Engine, sample: Sample) -> None:
        self._engine = engine
        self._sample = sample
        self._opened: dict[int, int] = {}

    def review(self, review: Review) -> None:
        self._write(review, review.task_id, self._sample.review)

    def between(self, reviews: Sequence[Review]) -> None:
        pass

    def confirm(self, review: Review) -> None:
        self._write(review, self._opened.pop(review.instance_id), self._sample.confirm)

    def _write(self, review: Review, task_id: int, rows: Written) -> None:
        with self._engine.begin() as connection:
            own = {"instance_id": review.instance_id, "task_id": task_id, "request_key": uuid4().hex}
            connection.execute(insert(JournalEntry), {**rows.entry, **own})
            connection.execute(update(Task).where(Task.id == task_id).values(**rows.closed))
            opened_id = task_id
            if rows.opened is not None:
                new = {**rows.opened, "instance_id": review.instance_id, "assignee_id": review.person_id}
                added = connection.execute(insert(Task), new)
                opened_id = self._opened[review.instance_id] = added.inserted_primary_key[0]
            moved = {**rows.moved, "undo_task_id": task_id}
            connection.execute(
                update(ProcessInstance).where(ProcessInstance.id == review.instance_id).values(**moved)
            )
            for is_about_opened, notice in rows.notices:
                about = opened_id if is_about_opened else task_id
                connection.execute(insert(Notification), {**notice, "task_id": about})
            connection.execute(
                update(StaffMember).where(StaffMember.id == review.staff_id).values(**rows.confirmed)
            )
            if rows.decided is not None:
                connection.execute(
                    update(RosterEntry)
                    .where(
                        RosterEntry.campaign_id == rows.entry["campaign_id"],
                        RosterEntry.kind == SubjectKind.STAFF,
                        RosterEntry.subject_id == review.staff_id,
                    )
                    .values(**rows.decided)
                )


_bare = Table(
    "bare_instance",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("state", Text, nullable=False),
)


class Bare:
    """SpiffWorkflow as its documentation shows it: no inbox, no rights, no journal, one row of JSON."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))

    def prepare(self, reviews: Sequence[Review]) -> None:
        """Make the table, and a started workflow for each child."""
        parser = SpiffBpmnParser()
        parser.add_bpmn_xml(etree.fromstring(child_drawing(vendor=False)))
        specification = parser.get_spec(CHILD)
        rows = []
        for review in reviews:
            workflow = BpmnWorkflow(specification)
            workflow.do_engine_steps()
            rows.append({"id": review.instance_id, "state": self._serializer.serialize_json(workflow)})
        with self._engine.begin() as connection:
            _bare.create(connection)
            connection.execute(insert(_bare), rows)

    def review(self, review: Review) -> None:
        self._complete(review, ANSWERS["review"])

    def between(self, reviews: Sequence[Review]) -> None:
        pass

    def confirm(self, review: Review) -> None:
        self._complete(review, ANSWERS["confirm"])

    def is_completed(self, review: Review) -> bool:
        """Tell whether the workflow of a child has come to its end."""
        with self._engine.connect() as connection:
            stored = connection.scalar(select(_bare.c.state).where(_bare.c.id == review.instance_id))
        return bool(self._serializer.deserialize_json(stored).completed)

    def _complete(self, review: Review, answer: Answer) -> None:
        with self._engine.begin() as connection:
            stored = connection.scalar(select(_bare.c.state).where(_bare.c.id == review.instance_id))
            workflow = self._serializer.deserialize_json(stored)
            task = workflow.get_next_task(state=TokenState.READY, manual=True)
            task.set_data(outcome=answer.outcome)
            task.run()
            workflow.do_engine_steps()
            connection.execute(
                update(_bare)
                .where(_bare.c.id == review.instance_id)
                .values(state=self._serializer.serialize_json(workflow))
            )

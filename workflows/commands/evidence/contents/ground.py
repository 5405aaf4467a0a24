"""What the content of minutes is built from: the task to be signed, its step, its unit, and the day it is about.

The only part of the present in it is the local day: what is shown and what is signed a moment later must be equal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from models.campaign import Campaign, RosterEntry, SubjectKind
from models.instance import ProcessInstance
from models.organisation import OrganisationUnit
from models.task import Task, TaskState
from workflows.engine import Field, Specification, Step
from workflows.errors import TaskGone
from workflows.policy.calendar import LOCAL_ZONE
from workflows.queries.organisation import with_superior

ZONE = ZoneInfo(LOCAL_ZONE)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class SigningTask:
    """The facts of a task that somebody is about to sign."""

    id: int
    element_id: str
    role: str | None
    role_unit_id: int | None
    accountable_id: int | None
    signer_id: int
    instance_id: int
    version_id: int
    campaign_id: int | None
    unit_id: int
    subject_kind: SubjectKind
    subject_id: int
    subject_name: str

    @property
    def on_behalf_of_id(self) -> int | None:
        """Whom the signer acts for: the accountable person, when that is somebody else (C2)."""
        return self.accountable_id if self.accountable_id != self.signer_id else None

    @property
    def principal_id(self) -> int:
        """Who answers for the signature."""
        return self.on_behalf_of_id or self.signer_id


def signing_task(session: Session, task_id: int, signer_id: int) -> SigningTask:
    """Read the facts of a task for somebody who looks at it; refuses with TaskGone."""
    row = session.execute(
        select(Task, ProcessInstance).join(Task.instance).where(Task.id == task_id)
    ).one_or_none()
    if row is None:
        raise TaskGone
    task, instance = row
    return SigningTask(
        id=task.id,
        element_id=task.element_id,
        role=task.role,
        role_unit_id=task.role_unit_id,
        accountable_id=task.accountable_id,
        signer_id=signer_id,
        instance_id=instance.id,
        version_id=instance.version_id,
        campaign_id=instance.campaign_id,
        unit_id=instance.unit_id,
        subject_kind=instance.subject_kind,
        subject_id=instance.subject_id,
        subject_name=instance.subject_name,
    )


@dataclass(frozen=True, slots=True)
class DoneStep:
    """A completed task of the same matter: who did it, for whom, when, with which answer.

    Its step is that of the version it was done in, whatever the run goes on in.
    """

    step: Step
    by_id: int
    accountable_id: int | None
    on: date
    answer: Mapping[str, Any]

    @property
    def helped_id(self) -> int | None:
        """Who was helped, when somebody else than the accountable person did it."""
        return self.accountable_id if self.accountable_id != self.by_id else None


@dataclass(frozen=True)
class Ground:
    """What a builder may read; `published` gives a version, and `on` is the day the document is dated."""

    session: Session
    published: Callable[[int], Specification]
    task: SigningTask
    on: date

    @property
    def specification(self) -> Specification:
        """The version that the task is of."""
        return self.published(self.task.version_id)

    @property
    def step(self) -> Step:
        """The step to be signed, as published."""
        return self.specification.steps[self.task.element_id]

    @cached_property
    def _rows(self) -> dict[tuple[type[Any], int], Any]:
        """What was read: the session forgets a row as soon as nobody holds it."""
        return {}

    def get(self, kind: type[Row], row_id: int) -> Row:
        """Read a row once; refuses one that is not there with NoResultFound."""
        found: Row | None = self._rows.get((kind, row_id))
        if found is None:
            found = self._rows[kind, row_id] = self.session.get_one(kind, row_id)
        return found

    @cached_property
    def _units(self) -> tuple[OrganisationUnit | None, OrganisationUnit | None]:
        return with_superior(self.session, self.task.unit_id, self.on)

    @property
    def unit(self) -> OrganisationUnit:
        """The unit whose work it is."""
        unit, _ = self._units
        assert unit is not None
        return unit

    @property
    def superior(self) -> OrganisationUnit | None:
        """The unit that it reports to on the day of the document."""
        return self._units[1]

    @cached_property
    def campaign(self) -> Campaign | None:
        """The campaign it belongs to, with the unit that opened it."""
        campaign_id = self.task.campaign_id
        if campaign_id is None:
            return None
        return self.session.get_one(Campaign, campaign_id, options=[joinedload(Campaign.unit)])

    @property
    def same_matter(self) -> ColumnElement[bool]:
        """The condition on instances that they are about the same subject in the same campaign."""
        task = self.task
        return or_(
            ProcessInstance.id == task.instance_id,
            and_(
                ProcessInstance.campaign_id == task.campaign_id,
                ProcessInstance.unit_id == task.unit_id,
                ProcessInstance.subject_kind == task.subject_kind,
                ProcessInstance.subject_id == task.subject_id,
            ),
        )

    @cached_property
    def done_steps(self) -> Sequence[DoneStep]:
        """What has been done in the same matter, oldest first."""
        tasks = self.session.scalars(
            select(Task)
            .join(Task.instance)
            .where(self.same_matter, Task.state == TaskState.COMPLETED)
            .order_by(Task.completed_at, Task.id)
        )
        return [
            DoneStep(
                self.published(task.version_id).steps[task.element_id],
                task.completed_by_id,
                task.accountable_id,
                local_day(task.completed_at),
                task.answer or {},
            )
            for task in tasks
            if task.completed_by_id is not None and task.completed_at is not None
        ]

    def answered(self, *keys: str) -> list[DoneStep]:
        """Give the steps done before that answered one of these form fields.

        What was typed while signing this very kind of minutes came after it was shown, and is left out.
        """
        return [
            done
            for done in self.done_steps
            if any(done.answer.get(key) for key in keys) and not self._signs_the_same(done.step)
        ]

    @property
    def signing_steps(self) -> int:
        """How many steps of the procedure sign this kind of minutes."""
        return sum(map(self._signs_the_same, self.specification.steps.values()))

    @property
    def fields_signed_with(self) -> list[Field]:
        """The form fields that whoever signs this kind of minutes in this procedure answers."""
        steps = self.specification.steps.values()
        return [field for step in steps if self._signs_the_same(step) for field in step.fields]

    def _signs_the_same(self, step: Step) -> bool:
        return step.signature and step.minutes == self.step.minutes

    def roster(self, kind: SubjectKind, class_id: int | None = None) -> Sequence[RosterEntry]:
        """List the unit's roster of one kind, those who left included, in the order of the roster."""
        query = select(RosterEntry).where(
            RosterEntry.campaign_id == self.task.campaign_id,
            RosterEntry.unit_id == self.task.unit_id,
            RosterEntry.kind == kind,
        )
        if class_id is not None:
            query = query.where(RosterEntry.class_id == class_id)
        return self.session.scalars(query.order_by(RosterEntry.sort_key, RosterEntry.id)).all()


def local_day(instant: datetime) -> date:
    """Give the day of an instant as people here count it."""
    return instant.astimezone(ZONE).date()


def iso_day(instant: datetime | None) -> str:
    """Give the local day of an instant as minutes keep it; "" for none."""
    return "" if instant is None else local_day(instant).isoformat()

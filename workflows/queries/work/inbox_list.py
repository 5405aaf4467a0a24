"""Which list of tasks is meant: whose, filtered how, in which order, from which place on.

Queries over such a list are built once for each `Shape` and run with the values of the moment: to build one takes
longer than to run it. Each source (own tasks; tasks of a role nobody has claimed) stays a query of its own within the
statement, so that it walks its own index.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from models.campaign import SubjectKind
from models.school import TeachingAssignment
from models.task import Task, TaskState
from workflows.actor import Actor
from workflows.policy.person_names import fold

# Written out, not bound: only then may a database that keeps a plan for all values use the indexes of open tasks.
IS_OPEN = Task.state == literal_column(f"'{TaskState.OPEN}'", Task.__table__.c.state.type)
IS_RETURNED = Task.returned_reason != literal_column("''", Task.__table__.c.returned_reason.type)
IS_NEW = Task.returned_reason == literal_column("''", Task.__table__.c.returned_reason.type)
DAY_BEGINS: BindParameter[Any] = bindparam("day_begins", type_=Task.due_at.type)
DAY_ENDS: BindParameter[Any] = bindparam("day_ends", type_=Task.due_at.type)
MOST_WORDS = 5
# Marks a cursor that stands on returned work.
_RETURNED = "~r"

Query = Select[*tuple[Any, ...]]
Statement = Query | CompoundSelect[*tuple[Any, ...]]


class Order(StrEnum):
    """In which order an inbox is listed."""

    DUE = "due"
    # What came last stands first.
    RECEIVED = "received"
    NAME = "name"

    @property
    def column(self) -> InstrumentedAttribute[Any]:
        """The column that the rows are sorted by."""
        columns: dict[Order, InstrumentedAttribute[Any]] = {
            Order.DUE: Task.due_at,
            Order.RECEIVED: Task.opened_at,
            Order.NAME: Task.sort_key,
        }
        return columns[self]

    @property
    def backwards(self) -> bool:
        """Whether the largest value stands first."""
        return self is Order.RECEIVED


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """What the address of the page asks for; empty values do not filter."""

    campaign_id: int | None = None
    element_id: str = ""
    class_id: int | None = None
    unit_id: int | None = None
    words: str = ""
    order: Order = Order.DUE

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.campaign_id or self.element_id or self.class_id or self.unit_id or self.words)


class Listed(Protocol):
    """A task or a row of the inbox: what cursors are made of."""

    @property
    def id(self) -> int: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def opened_at(self) -> datetime: ...
    @property
    def sort_key(self) -> str: ...
    @property
    def returned_reason(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: after this value of the column it is sorted by, and this task.

    By due time, returned work stands before the new work of its day: which of the two it is belongs to the place.
    """

    value: datetime | str
    task_id: int
    returned: bool = False

    def __str__(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, datetime) else self.value
        return f"{value}~{self.task_id}" + (_RETURNED if self.returned else "")

    @property
    def instant(self) -> datetime:
        """The value of a place in a list by time."""
        assert isinstance(self.value, datetime)
        return self.value

    @classmethod
    def of(cls, task: Listed, order: Order) -> "Cursor":
        """Give the place of a task."""
        returned = order is Order.DUE and bool(task.returned_reason)
        return cls(getattr(task, order.column.key), task.id, returned)

    @classmethod
    def read(cls, text: str, order: Order = Order.DUE) -> "Cursor | None":
        """Read a cursor from an address; None for anything else."""
        place = text.removesuffix(_RETURNED)
        given, _, task_id = place.partition("~")
        try:
            value = given if order is Order.NAME else datetime.fromisoformat(given)
            cursor = cls(value, int(task_id), place != text)
        except ValueError:
            return None
        aware = isinstance(value, str) or value.tzinfo is not None
        return cursor if aware and 0 < cursor.task_id < 2**63 else None


@dataclass(frozen=True, slots=True)
class Day:
    """A stretch of time in which returned work stands before new work."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Days:
    """Cuts time into the days of a list: those of a zone, and today at the present, where work becomes overdue."""

    now: datetime
    zone: tzinfo

    def around(self, instant: datetime) -> Day:
        """Give the stretch that holds an instant."""
        day = instant.astimezone(self.zone).date()
        begins = datetime.combine(day, time.min, self.zone)
        ends = datetime.combine(day + timedelta(days=1), time.min, self.zone)
        if begins < self.now < ends:
            return Day(begins, self.now) if instant < self.now else Day(self.now, ends)
        return Day(begins, ends)

    def place(self, task: Listed) -> tuple[datetime, bool, datetime, int]:
        """Give by what tasks sort in the list by due time."""
        return self.around(task.due_at).begins, not task.returned_reason, task.due_at, task.id


@dataclass(frozen=True, slots=True)
class Shape:
    """What the text of a query over a list depends on; everything else comes as a parameter."""

    roles: int
    campaign: bool
    element: bool
    about_class: bool
    unit: bool
    words: int
    order: Order


EVERYTHING = InboxFilter()


def shape_of(actor: Actor, wanted: InboxFilter = EVERYTHING) -> Shape:
    """Give the shape of somebody's list."""
    return Shape(
        roles=len(_roles(actor)),
        campaign=wanted.campaign_id is not None,
        element=bool(wanted.element_id),
        about_class=wanted.class_id is not None,
        unit=wanted.unit_id is not None,
        words=len(_words(wanted)),
        order=wanted.order,
    )


def values_of(
    actor: Actor, wanted: InboxFilter = EVERYTHING, at: Cursor | None = None, days: Days | None = None
) -> dict[str, Any]:
    """Give the values for the parameters of a query of that shape; a place by due time needs the days."""
    values: dict[str, Any] = {
        "person_id": actor.person_id,
        "campaign_id": wanted.campaign_id,
        "element_id": wanted.element_id,
        "class_id": wanted.class_id,
        "unit_id": wanted.unit_id,
    }
    for number, (unit_id, role) in enumerate(_roles(actor)):
        values |= {f"role_unit_{number}": unit_id, f"role_{number}": role}
    values |= {f"word_{number}": word for number, word in enumerate(_words(wanted))}
    if at is not None:
        values |= {"at_value": at.value, "at_task": at.task_id, "at_rank": int(not at.returned)}
        if days is not None and isinstance(at.value, datetime):
            values |= within(days.around(at.value))
    return values


def within(day: Day) -> dict[str, Any]:
    """Give the values for the parameters of a day."""
    return {"day_begins": day.begins, "day_ends": day.ends}


def over(shape: Shape, build: Callable[[ColumnElement[bool]], Query]) -> Statement:
    """Lay a query over each source of a list; `build` is given the condition of the tasks of one."""
    queries = queries_over(shape, build)
    # As a table of its own each may have an order and a limit, on SQLite too.
    return queries[0] if len(queries) == 1 else union_all(*(select(one.subquery()) for one in queries))


def queries_over(shape: Shape, build: Callable[[ColumnElement[bool]], Query]) -> list[Query]:
    """Build a query for each source: own tasks, those of each role held that nobody has claimed."""
    sources: list[ColumnElement[bool]] = [Task.assignee_id == bindparam("person_id")]
    sources.extend(
        and_(
            Task.assignee_id.is_(None),
            Task.role_unit_id == bindparam(f"role_unit_{number}"),
            Task.role == bindparam(f"role_{number}"),
        )
        for number in range(shape.roles)
    )
    return [build(and_(IS_OPEN, source, *_conditions(shape))) for source in sources]


def beyond(order: Order, *, back: bool = False) -> ColumnElement[bool]:
    """Give the condition of what stands after the cursor in the list, or before it."""
    value: BindParameter[Any] = bindparam("at_value", type_=order.column.type)
    task = bindparam("at_task", type_=Integer)
    if order is not Order.DUE:
        place, at = tuple_(order.column, Task.id), tuple_(value, task)
        return place < at if order.backwards is not back else place > at
    rank = case((IS_NEW, literal_column("1")), else_=literal_column("0"))
    place, at = tuple_(rank, Task.due_at, Task.id), tuple_(bindparam("at_rank", type_=Integer), value, task)
    # The bounds of the day stand by themselves too: they are what an index is walked by.
    if back:
        return and_(Task.due_at < DAY_ENDS, or_(Task.due_at < DAY_BEGINS, place < at))
    return and_(Task.due_at >= DAY_BEGINS, or_(Task.due_at >= DAY_ENDS, place > at))


def in_order(order: Order, *, back: bool = False) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Give the columns to sort by, onwards or back."""
    if order.backwards is not back:
        return order.column.desc(), Task.id.desc()
    return order.column.asc(), Task.id.asc()


def _roles(actor: Actor) -> Sequence[tuple[int, str]]:
    return sorted({(held.unit_id, str(held.position)) for held in actor.held})


def _words(wanted: InboxFilter) -> list[str]:
    """Give the words to look for, with the signs escaped that mean something in a pattern."""
    signs = str.maketrans({"/": "//", "%": "/%", "_": "/_"})
    return [word.translate(signs) for word in fold(wanted.words).split()[:MOST_WORDS]]


def _conditions(shape: Shape) -> list[ColumnElement[bool]]:
    """Give what the filter asks of a task."""
    conditions: list[ColumnElement[bool]] = []
    if shape.campaign:
        conditions.append(Task.campaign_id == bindparam("campaign_id"))
    if shape.element:
        conditions.append(Task.element_id == bindparam("element_id"))
    if shape.about_class:
        conditions.append(about_class(bindparam("class_id", type_=Integer)))
    if shape.unit:
        conditions.append(Task.unit_id == bindparam("unit_id"))
    for number in range(shape.words):
        conditions.append(Task.search_text.contains(bindparam(f"word_{number}"), escape="/"))
    return conditions


def about_class(class_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """Give the condition of tasks about a class: the class itself, and the subjects taught in it."""
    taught = select(TeachingAssignment.id).where(TeachingAssignment.class_id == class_id)
    return or_(
        and_(Task.subject_kind == SubjectKind.CLASS, Task.subject_id == class_id),
        and_(Task.subject_kind == SubjectKind.ASSIGNMENT, Task.subject_id.in_(taught)),
    )

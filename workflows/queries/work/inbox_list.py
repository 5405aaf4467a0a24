"""Which list of tasks is meant: whose, filtered how, in which order, from which place on.

Queries over such a list are built once for each `Shape` and run with the values of the moment: to build one takes
longer than to run it. Each source (own tasks; tasks of a role nobody has claimed) stays a query of its own within the
statement, so that it walks its own index.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
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
MOST_WORDS = 5

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


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: after this value of the column it is sorted by, and this task."""

    value: datetime | str
    task_id: int

    def __str__(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, datetime) else self.value
        return f"{value}~{self.task_id}"

    @classmethod
    def of(cls, task: Listed, order: Order) -> "Cursor":
        """Give the place of a task."""
        return cls(getattr(task, order.column.key), task.id)

    @classmethod
    def read(cls, text: str, order: Order = Order.DUE) -> "Cursor | None":
        """Read a cursor from an address; None for anything else."""
        given, _, task_id = text.partition("~")
        try:
            value = given if order is Order.NAME else datetime.fromisoformat(given)
            cursor = cls(value, int(task_id))
        except ValueError:
            return None
        aware = isinstance(value, str) or value.tzinfo is not None
        return cursor if aware and 0 < cursor.task_id < 2**63 else None


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


def values_of(actor: Actor, wanted: InboxFilter = EVERYTHING, at: Cursor | None = None) -> dict[str, Any]:
    """Give the values for the parameters of a query of that shape."""
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
    return values | {"at_value": at.value, "at_task": at.task_id} if at else values


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
    place = tuple_(order.column, Task.id)
    value: BindParameter[Any] = bindparam("at_value", type_=order.column.type)
    at = tuple_(value, bindparam("at_task", type_=Integer))
    return place < at if order.backwards is not back else place > at


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

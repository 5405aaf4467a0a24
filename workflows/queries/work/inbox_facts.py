"""What inbox rows show besides the task: who it is about, how good a class's data is, whether it was escalated.

Each fact is read for the whole page at once; a page costs the same number of queries with one row and with fifty.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.journal import JournalKind
from models.organisation import OrganisationUnit
from models.person import Appointment, Person
from models.school import StaffMember
from workflows.queries.organisation import in_force
from workflows.queries.records.records import ClassQuality, quality_of_classes
from workflows.queries.work.behind import Rung, rungs_of
from workflows.queries.work.rounds import answers_in

Row = TypeVar("Row", StaffMember, OrganisationUnit, Person)
DECIDED = (RosterState.DONE, RosterState.EXCUSED)
# A class as it takes part in a campaign, or outside any.
CampaignClass = tuple[int | None, int]


class AboutSubject(Protocol):
    """An inbox row or a task: what it is about."""

    @property
    def subject_kind(self) -> str: ...
    @property
    def subject_id(self) -> int: ...


class Waiting(AboutSubject, Protocol):
    """An inbox row, as far as facts are looked up for it."""

    @property
    def id(self) -> int: ...
    @property
    def campaign_id(self) -> int | None: ...
    @property
    def unit_id(self) -> int: ...
    @property
    def role(self) -> str | None: ...
    @property
    def role_unit_id(self) -> int | None: ...
    @property
    def assignee_id(self) -> int | None: ...
    @property
    def accountable_id(self) -> int | None: ...
    @property
    def rungs_climbed(self) -> int: ...


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Pupils decided of all on the roster, how many records have findings, and who came back after a return."""

    decided: int
    pupils: int
    with_findings: int
    # Sent back once and decided again; of these, who was answered for instead of put right.
    came_back: int = 0
    answered: int = 0

    @property
    def put_right(self) -> int:
        return self.came_back - self.answered

    @property
    def clean(self) -> bool:
        """Whether everything is decided, nothing was found, and no answer waits to be read."""
        return self.decided == self.pupils and not self.with_findings and not self.came_back


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a page of rows shows besides its tasks."""

    staff: Mapping[int, StaffMember] = field(default_factory=dict)
    # By campaign and class: a class may be in several at once.
    classes: Mapping[CampaignClass, ClassFigures] = field(default_factory=dict)
    units: Mapping[int, OrganisationUnit] = field(default_factory=dict)
    people: Mapping[int, Person] = field(default_factory=dict)
    escalations: Mapping[int, Rung] = field(default_factory=dict)
    shared_roles: frozenset[tuple[int, str]] = frozenset()

    def may_claim(self, row: Waiting) -> bool:
        """Tell whether claiming makes sense: several could do it and nobody has it."""
        return row.assignee_id is None and (row.role_unit_id, row.role) in self.shared_roles


def facts_of(session: Session, rows: Sequence[Waiting], class_ids: Collection[int], today: date) -> Facts:
    """Read the facts of a page; `class_ids` are the classes whose data quality is shown."""
    units = {row.unit_id for row in rows}
    return Facts(
        staff=staff_about(session, rows),
        classes=_classes(session, rows, class_ids, today),
        # Rows of one unit do not say which.
        units=units_by_id(session, units) if len(units) > 1 else {},
        people=people_by_id(session, {row.accountable_id for row in rows}),
        escalations=escalations_of(session, [row.id for row in rows if row.rungs_climbed]),
        shared_roles=_shared_roles(session, rows, today),
    )


def staff_about(session: Session, rows: Iterable[AboutSubject]) -> dict[int, StaffMember]:
    """Read the members of staff that tasks are about, with their persons."""
    ids = {row.subject_id for row in rows if row.subject_kind == SubjectKind.STAFF}
    return _by_id(session, StaffMember, ids)


def units_by_id(session: Session, ids: Iterable[int | None]) -> dict[int, OrganisationUnit]:
    """Read units by their ids."""
    return _by_id(session, OrganisationUnit, {one for one in ids if one is not None})


def people_by_id(session: Session, ids: Iterable[int | None]) -> dict[int, Person]:
    """Read people by their ids."""
    return _by_id(session, Person, {one for one in ids if one is not None})


def escalations_of(session: Session, task_ids: Collection[int]) -> dict[int, Rung]:
    """Give the last escalation of each task."""
    if not task_ids:
        return {}
    return {
        task_id: escalated[-1]
        for task_id, rungs in rungs_of(session, task_ids).items()
        if (escalated := [rung for rung in rungs if rung.kind is JournalKind.ESCALATED])
    }


def _by_id(session: Session, kind: type[Row], ids: Collection[int]) -> dict[int, Row]:
    if not ids:
        return {}
    return {one.id: one for one in session.scalars(select(kind).where(kind.id.in_(ids)))}


def _classes(
    session: Session, rows: Sequence[Waiting], class_ids: Collection[int], today: date
) -> dict[CampaignClass, ClassFigures]:
    if not class_ids:
        return {}
    wanted = {
        (row.campaign_id, row.subject_id)
        for row in rows
        if row.subject_kind == SubjectKind.CLASS and row.subject_id in class_ids
    }
    campaigns = {campaign_id for campaign_id, _ in wanted}
    counts = session.execute(
        select(
            RosterEntry.campaign_id,
            RosterEntry.class_id,
            func.count(),
            func.count().filter(RosterEntry.state.in_(DECIDED)),
            func.count().filter(RosterEntry.state.in_(DECIDED), RosterEntry.round > 1),
        )
        .where(
            RosterEntry.campaign_id.in_(campaigns),
            RosterEntry.class_id.in_(class_ids),
            RosterEntry.kind == SubjectKind.PUPIL,
            RosterEntry.state != RosterState.LEFT,
        )
        .group_by(RosterEntry.campaign_id, RosterEntry.class_id)
    )
    decided: dict[tuple[int | None, int | None], tuple[int, int, int]] = {
        (campaign_id, class_id): (done, count, back) for campaign_id, class_id, count, done, back in counts
    }
    returned = {one[1] for one in wanted if decided.get(one, (0, 0, 0))[2]}
    answered = answers_in(session, campaigns, returned) if returned else Counter[CampaignClass]()
    quality = quality_of_classes(session, class_ids, today=today)
    figures = {}
    for one in wanted:
        done, count, back = decided.get(one, (0, 0, 0))
        found = quality.get(one[1], ClassQuality())
        figures[one] = ClassFigures(done, count or found.pupils, found.with_findings, back, answered[one])
    return figures


def _shared_roles(session: Session, rows: Sequence[Waiting], today: date) -> frozenset[tuple[int, str]]:
    """Give the roles among the rows that more than one person holds today."""
    roles = {(row.role_unit_id, row.role) for row in rows if row.assignee_id is None and row.role}
    if not roles:
        return frozenset()
    counts = session.execute(
        select(Appointment.unit_id, Appointment.position)
        .where(
            or_(*(and_(Appointment.unit_id == unit, Appointment.position == role) for unit, role in roles)),
            in_force(Appointment, today),
        )
        .group_by(Appointment.unit_id, Appointment.position)
        .having(func.count(Appointment.person_id.distinct()) > 1)
    )
    return frozenset((unit_id, str(position)) for unit_id, position in counts)

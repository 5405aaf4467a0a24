"""The names a diagram may use, bound to one instance: who, whom, until when. `bpmn/README.md` lists them.

Each is looked up only when an expression asks for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, select

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.organisation import OrganisationUnit
from models.prepared import Prepared
from models.school import Pupil, SchoolClass, StaffMember, TeachingAssignment
from workflows.commands.running.beside import reviewed_beside
from workflows.commands.running.results import results_so_far
from workflows.commands.running.runs import Run
from workflows.commands.running.terms import LOCAL_ZONE, calendar_of, deadline_of, local_date
from workflows.engine import Surroundings
from workflows.errors import SuperiorMissing
from workflows.queries.organisation import superior_of
from workflows.unit_of_work import UnitOfWork

Item = dict[str, Any]

_person = Prepared(select(StaffMember.person_id).where(StaffMember.id == bindparam("id")))
_homeroom_teacher = Prepared(select(SchoolClass.homeroom_teacher_id).where(SchoolClass.id == bindparam("id")))
_subject_teacher = Prepared(
    select(TeachingAssignment.teacher_id).where(TeachingAssignment.id == bindparam("id"))
)


def surroundings_of(work: UnitOfWork, run: Run) -> Surroundings:
    """Give the present and the names of one instance."""
    return Surroundings(work.now, Names(work, run), lambda token: results_so_far(work.session, run.id, token))


class Names(Mapping[str, object]):
    """The values `unit`, `subject`, `campaign` and the functions of the vocabulary."""

    def __init__(self, work: UnitOfWork, run: Run) -> None:
        self._work = work
        self._run = run

    def __getitem__(self, name: str) -> object:
        try:
            return _NAMES[name](self)
        except KeyError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)

    # Values

    def unit(self) -> Item:
        return self._unit(self._run.unit_id)

    def subject(self) -> Item:
        run = self._run
        return {"kind": str(run.subject_kind), "id": run.subject_id, "name": run.subject_name}

    def campaign(self) -> Item:
        return {"id": self._run.campaign_id}

    def now(self) -> datetime:
        return self._work.now

    # Who

    def role(self, position: str, unit: Item | None = None) -> Item:
        return {"role": position, "unit": unit["id"] if unit else self._run.unit_id}

    def head(self, unit: Item | None = None) -> Item:
        return self.role("head", unit)

    def superior(self, unit: Item | None = None) -> Item:
        below = unit["id"] if unit else self._run.unit_id
        above = superior_of(self._work.session, below, local_date(self._work.now))
        if above is None:
            raise SuperiorMissing(unit=self._unit(below)["name"])
        return self._unit(above.id)

    def homeroom_teacher(self) -> int | None:
        return self._looked_up(_homeroom_teacher, self._class_id())

    def subject_teacher(self) -> int | None:
        return self._looked_up(_subject_teacher, self._run.subject_id)

    def person(self) -> int | None:
        return self._looked_up(_person, self._run.subject_id)

    # Whom: the items of a multi-instance call

    def staff(self, only: Sequence[int] | None = None) -> list[Item]:
        return self._roster(SubjectKind.STAFF, only)

    def classes(self, only: Sequence[int] | None = None) -> list[Item]:
        return self._roster(SubjectKind.CLASS, only)

    def schools(self) -> list[Item]:
        rows = self._work.session.execute(
            select(RosterEntry.subject_id, RosterEntry.name)
            .where(RosterEntry.campaign_id == self._run.campaign_id, RosterEntry.kind == SubjectKind.SCHOOL)
            .order_by(RosterEntry.sort_key, RosterEntry.id)
        )
        return [{"kind": "school", "id": id_, "unit": id_, "name": name} for id_, name in rows]

    def assignments(self) -> list[Item]:
        taught = (
            select(TeachingAssignment.id, TeachingAssignment.subject_name, SchoolClass.name)
            .join(SchoolClass, SchoolClass.id == TeachingAssignment.class_id)
            .where(SchoolClass.id == self._class_id(), TeachingAssignment.ended_on.is_(None))
            .where(select(Pupil.id).where(Pupil.class_id == SchoolClass.id).exists())
            .order_by(TeachingAssignment.subject_name)
        )
        unit = self._run.unit_id
        return [
            {"kind": "assignment", "id": id_, "unit": unit, "name": f"{taught_in} · {subject}"}
            for id_, subject, taught_in in self._work.session.execute(taught)
        ]

    # Until when

    def workdays(self, count: int) -> datetime:
        return calendar_of(self._work, self._run.unit_id).add_workdays(self._work.now, count)

    def workhours(self, count: float) -> datetime:
        return calendar_of(self._work, self._run.unit_id).add_workhours(self._work.now, count)

    def deadline(self, key: str) -> datetime:
        return deadline_of(self._work, self._run.campaign_id, key, self._run.unit_id)

    def instant(self, text: str) -> datetime:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL_ZONE)

    # Helpers of the above

    def _looked_up(self, statement: Prepared, id_: int) -> int | None:
        """Read one person's id; a step asks for the same one as assignee and as accountable."""
        key = (statement, id_)
        if key not in self._work.cache:
            row = statement.row(self._work.connection, id=id_)
            self._work.cache[key] = row[0] if row is not None else None
        return self._work.cache[key]  # type: ignore[return-value]

    def _unit(self, unit_id: int) -> Item:
        key = ("unit", unit_id)
        if key not in self._work.cache:
            unit = self._work.session.get_one(OrganisationUnit, unit_id)
            self._work.cache[key] = {
                "id": unit.id,
                "name": unit.short_name,
                "kind": str(unit.kind),
                "levels": sorted(str(level) for level in unit.levels),
            }
        return self._work.cache[key]  # type: ignore[return-value]

    def _class_id(self) -> int:
        if self._run.subject_kind is not SubjectKind.ASSIGNMENT:
            return self._run.subject_id
        taught = self._work.session.get_one(TeachingAssignment, self._run.subject_id)
        return taught.class_id

    def _roster(self, kind: SubjectKind, only: Sequence[int] | None) -> list[Item]:
        """The unit's entries that still need an outcome and are on no way to one; with `only`, just these."""
        query = select(
            RosterEntry.subject_id,
            RosterEntry.unit_id,
            RosterEntry.name,
            case((RosterEntry.state == RosterState.RETURNED, RosterEntry.reason), else_=""),
        ).where(
            RosterEntry.campaign_id == self._run.campaign_id,
            RosterEntry.unit_id == self._run.unit_id,
            RosterEntry.kind == kind,
            RosterEntry.state.in_([RosterState.OPEN, RosterState.RETURNED]),
        )
        if only is not None:
            query = query.where(RosterEntry.subject_id.in_(list(only)))
        self._work.flush()
        # Not by the session: there may be a hundred thousand.
        query = query.order_by(RosterEntry.sort_key, RosterEntry.id)
        entries = self._work.connection.execute(query).all()
        under_way = reviewed_beside(self._work, self._run.campaign_id, self._run.unit_id, kind)
        return [
            {"kind": str(kind), "id": subject_id, "unit": unit_id, "name": name, "reason": reason}
            for subject_id, unit_id, name, reason in entries
            if subject_id not in under_way
        ]


_VALUES: dict[str, Callable[[Names], object]] = {
    "unit": Names.unit,
    "subject": Names.subject,
    "campaign": Names.campaign,
}
# What gives all instances of a unit the same within one transaction …
SAME_IN_UNIT = frozenset(
    {"role", "head", "superior", "workdays", "workhours", "deadline", "instant", "now", "min", "max"}
)
# … and what does not.
OWN = frozenset({"subject"})
_FUNCTIONS = (
    *("role", "head", "superior", "homeroom_teacher", "subject_teacher", "person"),
    *("staff", "classes", "schools", "assignments"),
    *("workdays", "workhours", "deadline", "instant", "now"),
)


def _function(name: str) -> Callable[[Names], object]:
    return lambda names: getattr(names, name)


_NAMES: dict[str, Callable[[Names], object]] = {**_VALUES, **{name: _function(name) for name in _FUNCTIONS}}

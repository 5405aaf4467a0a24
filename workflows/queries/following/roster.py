"""The roster of a school in a campaign and the proof of it: at the start, joined, left, outcome of each (C6)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, contains_eager

from models.campaign import Campaign, RosterEntry, RosterState, SubjectKind
from models.person import Person
from models.school import Pupil, SchoolClass, StaffMember
from workflows.policy.person_names import fold
from workflows.queries.organisation import present

PAGE = 50
# What a school counts: itself is one entry of its own and proves nothing about anybody.
PROVED = (SubjectKind.STAFF, SubjectKind.CLASS, SubjectKind.PUPIL)


@dataclass(frozen=True, slots=True)
class Proof:
    """The sum of one kind: start + joined - left = must = done + excused + open + returned."""

    kind: SubjectKind
    start: int = 0
    joined: int = 0
    left: int = 0
    done: int = 0
    excused: int = 0
    open: int = 0
    returned: int = 0

    @property
    def must(self) -> int:
        return self.start + self.joined - self.left


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One entry with the class of a pupil and who decided."""

    entry: RosterEntry
    class_name: str
    decided_by: Person | None
    on_behalf_of: Person | None


@dataclass(frozen=True, slots=True)
class RosterPage:
    rows: Sequence[RosterRow]
    number: int
    total: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Who belongs to the school today and does not stand on the roster."""

    staff: Sequence[StaffMember]
    pupils: Sequence[tuple[Pupil, str]]


def proofs(session: Session, campaign_id: int, unit_id: int) -> list[Proof]:
    """Count the roster of a unit kind by kind."""
    joined = RosterEntry.joined_at.is_not(None).label("joined")
    rows = session.execute(
        select(RosterEntry.kind, RosterEntry.state, joined, func.count())
        .where(RosterEntry.campaign_id == campaign_id, RosterEntry.unit_id == unit_id)
        .group_by(RosterEntry.kind, RosterEntry.state, joined)
    ).all()

    def count(kind: SubjectKind, *states: RosterState, later: bool | None = None) -> int:
        return sum(
            number
            for its_kind, state, came_later, number in rows
            if its_kind is kind
            and (not states or state in states)
            and (later is None or bool(came_later) is later)
        )

    return [
        Proof(
            kind,
            start=count(kind, later=False),
            joined=count(kind, later=True),
            left=count(kind, RosterState.LEFT),
            done=count(kind, RosterState.DONE),
            excused=count(kind, RosterState.EXCUSED),
            open=count(kind, RosterState.OPEN),
            returned=count(kind, RosterState.RETURNED),
        )
        for kind in PROVED
    ]


def entry_of(
    session: Session, campaign_id: int | None, kind: SubjectKind, subject_id: int
) -> RosterEntry | None:
    """Give the entry of one subject in a campaign."""
    return session.scalar(
        select(RosterEntry).filter_by(campaign_id=campaign_id, kind=kind, subject_id=subject_id)
    )


def roster_page(
    session: Session,
    campaign_id: int,
    unit_id: int,
    kind: SubjectKind,
    *,
    words: str = "",
    class_id: int | None = None,
    number: int = 1,
) -> RosterPage:
    """List one kind of a unit's roster by name, a page at a time; `words` search in names."""
    conditions = [
        RosterEntry.campaign_id == campaign_id,
        RosterEntry.unit_id == unit_id,
        RosterEntry.kind == kind,
    ]
    if class_id is not None:
        conditions.append(RosterEntry.class_id == class_id)
    entries = session.scalars(
        select(RosterEntry).where(*conditions).order_by(RosterEntry.sort_key, RosterEntry.id)
    ).all()
    # Names are stored with their marks; one school is small enough to search here.
    wanted = fold(words).split()
    found = [one for one in entries if all(word in fold(one.name) for word in wanted)]
    start = (number - 1) * PAGE
    return RosterPage(rows_of(session, found[start : start + PAGE]), number, len(found))


def whole_roster(session: Session, campaign_id: int, unit_id: int) -> list[RosterRow]:
    """List everybody on a unit's roster, kind by kind, for the proof that is taken along."""
    entries = session.scalars(
        select(RosterEntry)
        .where(
            RosterEntry.campaign_id == campaign_id,
            RosterEntry.unit_id == unit_id,
            RosterEntry.kind.in_(PROVED),
        )
        .order_by(RosterEntry.kind, RosterEntry.class_id, RosterEntry.sort_key, RosterEntry.id)
    ).all()
    return rows_of(session, entries)


def rows_of(session: Session, entries: Sequence[RosterEntry]) -> list[RosterRow]:
    """Add class names and deciders to entries."""
    people = _people(
        session, {one for entry in entries for one in (entry.decided_by_id, entry.on_behalf_of_id) if one}
    )
    names = session.execute(
        select(SchoolClass.id, SchoolClass.name).where(
            SchoolClass.id.in_({entry.class_id for entry in entries if entry.class_id})
        )
    )
    class_names = {class_id: name for class_id, name in names}  # noqa: C416  (rows are no plain pairs)
    return [
        RosterRow(
            entry,
            class_names.get(entry.class_id or 0, ""),
            people.get(entry.decided_by_id or 0),
            people.get(entry.on_behalf_of_id or 0),
        )
        for entry in entries
    ]


def _people(session: Session, ids: Collection[int]) -> dict[int, Person]:
    return {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids)))}


def newcomers(session: Session, campaign: Campaign, unit_id: int, on: date) -> Newcomers:
    """List who came to the school and is not on the roster yet, by name."""

    def missing(kind: SubjectKind, subject: type[StaffMember] | type[Pupil]) -> ColumnElement[bool]:
        return ~exists().where(
            RosterEntry.campaign_id == campaign.id,
            RosterEntry.kind == kind,
            RosterEntry.subject_id == subject.id,
        )

    staff = session.scalars(
        select(StaffMember)
        .join(StaffMember.person)
        .options(contains_eager(StaffMember.person))
        .where(StaffMember.unit_id == unit_id, present(StaffMember, on))
        .where(missing(SubjectKind.STAFF, StaffMember))
        .order_by(Person.sort_key, StaffMember.id)
        .limit(PAGE)
    ).all()
    pupils = session.execute(
        select(Pupil, SchoolClass.name)
        .join(SchoolClass, SchoolClass.id == Pupil.class_id)
        .where(Pupil.unit_id == unit_id, present(Pupil, on))
        .where(SchoolClass.school_year == campaign.school_year)
        .where(missing(SubjectKind.PUPIL, Pupil))
        .order_by(Pupil.sort_key, Pupil.id)
        .limit(PAGE)
    )
    return Newcomers(staff, [(pupil, name) for pupil, name in pupils])

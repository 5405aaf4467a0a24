"""Appointments and the reporting line: dated rows that are ended, never overwritten (C11)."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select

from models.database import HELD
from models.journal import JournalKind
from models.organisation import OrganisationUnit, ReportingLine, UnitKind
from models.person import Account, Appointment, Person, Position
from workflows.actor import Actor
from workflows.commands.running.terms import local_date
from workflows.errors import (
    AlreadyAppointed,
    AppointmentGone,
    DatesReversed,
    LineMovedLater,
    LineRunsInCircle,
    NotPermitted,
    PersonUnknown,
    UnitUnknown,
)
from workflows.errors.accounts import AppointmentUnknown, LastAdministrator, SuperiorUnfit
from workflows.policy.permissions import FILLED_BY_HEAD
from workflows.queries.organisation import subtree_ids, superiors_of
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

# Nothing reports to these.
LOWEST = frozenset({UnitKind.SCHOOL, UnitKind.DIVISION})


def appoint(
    work: UnitOfWork,
    *,
    actor: Actor,
    person_id: int,
    unit_id: int,
    position: Position,
    from_on: date,
    until_on: date | None = None,
    request_key: str | None = None,
) -> Appointment:
    """Give somebody a position in a unit from a day on, until a day if named (the last day counts).

    Refuses who may not, dates in the wrong order, and a position held already at that time. The head of a
    unit fills positions below their own; the rest is for an administrator of the unit or of one above it.
    """
    # Held, so that two clicks at once do not both find the position free.
    person, unit = work.session.get(Person, person_id, with_for_update=HELD), _unit(work, unit_id)
    refuse_repeated(work, request_key)
    if person is None:
        raise PersonUnknown
    _require_may_appoint(work, actor, unit_id, position)
    if until_on is not None and until_on < from_on:
        raise DatesReversed(first=from_on)
    if _held_between(work, person_id, unit_id, position, from_on, until_on):
        raise AlreadyAppointed(who=person.named, unit=unit.short_name)
    appointment = Appointment(
        person_id=person_id, unit_id=unit_id, position=position, from_on=from_on, until_on=until_on
    )
    work.session.add(appointment)
    work.session.flush()
    _record(work, JournalKind.APPOINTED, actor, unit_id, _told(appointment), request_key)
    return appointment


def end_appointment(
    work: UnitOfWork,
    *,
    actor: Actor,
    unit_id: int,
    appointment_id: int,
    until_on: date,
    request_key: str | None = None,
) -> None:
    """Let an appointment in a unit end with a day, the last one that counts.

    Refuses who may not, an appointment in another unit (AppointmentUnknown), one that ended before, a day before its
    first, and to leave a department without an administrator.
    """
    appointment = work.session.get(Appointment, appointment_id, with_for_update=HELD)
    refuse_repeated(work, request_key)
    if appointment is None or appointment.unit_id != unit_id:
        raise AppointmentUnknown
    _require_may_appoint(work, actor, appointment.unit_id, appointment.position)
    if appointment.until_on is not None and appointment.until_on < local_date(work.now):
        raise AppointmentGone
    if until_on < appointment.from_on:
        raise DatesReversed(first=appointment.from_on)
    _require_administrator_left(work, appointment, until_on)
    appointment.until_on = until_on
    work.session.flush()
    _record(work, JournalKind.APPOINTMENT_ENDED, actor, appointment.unit_id, _told(appointment), request_key)


def move_reporting_line(
    work: UnitOfWork,
    *,
    actor: Actor,
    unit_id: int,
    superior_id: int,
    from_on: date,
    request_key: str | None = None,
) -> ReportingLine:
    """Let a unit report to another superior from a day on; the line until then stays as it was (C11).

    Running work follows, because it hangs on the unit. Refuses who does not administer a unit above both, a line
    that would run in a circle then or later, a superior to which nothing reports, and a day before the present
    line began; on that very day it is put right.
    """
    hold_lines(work)
    refuse_repeated(work, request_key)
    unit, superior = _unit(work, unit_id), _unit(work, superior_id)
    _require_may_move(work, actor, unit_id)
    _require_may_move(work, actor, superior_id, or_at=True)
    if _runs_in_circle(work, unit_id, superior_id, from_on):
        raise LineRunsInCircle(unit=unit.short_name)
    if superior.kind in LOWEST:
        raise SuperiorUnfit(unit=superior.short_name)
    present = work.session.scalars(
        select(ReportingLine)
        .where(ReportingLine.unit_id == unit_id, ReportingLine.until_on.is_(None))
        .with_for_update(of=ReportingLine, **HELD)
    ).first()
    details: dict[str, Any] = {"superior": superior.id, "from": from_on.isoformat()}
    if present is not None:
        if from_on < present.from_on:
            raise LineMovedLater(unit=unit.short_name, on=present.from_on)
        details["before"] = present.superior_id
    line = _moved(work, present, unit_id, superior_id, from_on)
    _record(work, JournalKind.REPORTING_LINE_MOVED, actor, unit_id, details, request_key)
    return line


def hold_lines(work: UnitOfWork) -> None:
    """Keep others who move lines waiting: two moves at once could close a circle that neither of them sees."""
    tops = select(OrganisationUnit.id).where(OrganisationUnit.kind == UnitKind.DEPARTMENT)
    work.session.scalars(tops.order_by(OrganisationUnit.id).with_for_update(**HELD)).all()


def _runs_in_circle(work: UnitOfWork, unit_id: int, superior_id: int, from_on: date) -> bool:
    """Tell whether the superior reports to the unit on the day of a move, or on one on which another line begins."""
    later = select(ReportingLine.from_on).where(ReportingLine.from_on > from_on).distinct()
    days = [from_on, *work.session.scalars(later)]
    return any(superior_id in subtree_ids(work.session, unit_id, day) for day in days)


def _moved(
    work: UnitOfWork, present: ReportingLine | None, unit_id: int, superior_id: int, from_on: date
) -> ReportingLine:
    if present is not None and present.from_on == from_on:
        present.superior_id = superior_id
        work.session.flush()
        return present
    if present is not None:
        present.until_on = from_on - timedelta(days=1)
        # Only one line of a unit may be open: the old one ends in the database first.
        work.session.flush()
    line = ReportingLine(unit_id=unit_id, superior_id=superior_id, from_on=from_on)
    work.session.add(line)
    work.session.flush()
    return line


def _unit(work: UnitOfWork, unit_id: int) -> OrganisationUnit:
    unit = work.session.get(OrganisationUnit, unit_id)
    if unit is None:
        raise UnitUnknown
    return unit


def _require_may_appoint(work: UnitOfWork, actor: Actor, unit_id: int, position: Position) -> None:
    if position in FILLED_BY_HEAD and actor.holds(Position.HEAD, unit_id):
        return
    above = superiors_of(work.session, unit_id, local_date(work.now))
    _require_administers(actor, {unit_id, *(unit.id for unit in above)})


def _require_may_move(work: UnitOfWork, actor: Actor, unit_id: int, *, or_at: bool = False) -> None:
    """Refuse who administers no unit above: a unit cannot move itself out of somebody's territory."""
    above = {unit.id for unit in superiors_of(work.session, unit_id, local_date(work.now))}
    if or_at:
        above.add(unit_id)
    # A unit without a line yet is placed by its own administrator or by that of any department.
    _require_administers(actor, above or set(_tops(work)))


def _require_administrator_left(work: UnitOfWork, appointment: Appointment, until_on: date) -> None:
    """Refuse to end the last administrator of a department: nobody could name another one."""
    unit = _unit(work, appointment.unit_id)
    if appointment.position is not Position.ADMINISTRATOR or unit.kind is not UnitKind.DEPARTMENT:
        return
    hold_lines(work)
    others = (
        select(Appointment.id)
        .join(Account, Account.person_id == Appointment.person_id)
        .where(
            Appointment.unit_id == unit.id,
            Appointment.position == Position.ADMINISTRATOR,
            Appointment.person_id != appointment.person_id,
            Appointment.from_on <= until_on + timedelta(days=1),
            or_(Appointment.until_on.is_(None), Appointment.until_on > until_on),
            Account.is_active,
        )
    )
    if work.session.scalar(others.limit(1)) is None:
        person = work.session.get_one(Person, appointment.person_id)
        raise LastAdministrator(who=person.named, unit=unit.short_name)


def _tops(work: UnitOfWork) -> list[int]:
    reporting = select(ReportingLine.unit_id).where(ReportingLine.until_on.is_(None))
    return list(
        work.session.scalars(select(OrganisationUnit.id).where(OrganisationUnit.id.not_in(reporting)))
    )


def _require_administers(actor: Actor, unit_ids: set[int]) -> None:
    if not unit_ids.intersection(actor.units_with(Position.ADMINISTRATOR)):
        raise NotPermitted


def _held_between(
    work: UnitOfWork, person_id: int, unit_id: int, position: Position, first: date, last: date | None
) -> bool:
    held = select(Appointment.id).where(
        Appointment.person_id == person_id,
        Appointment.unit_id == unit_id,
        Appointment.position == position,
        or_(Appointment.until_on.is_(None), Appointment.until_on >= first),
    )
    if last is not None:
        held = held.where(Appointment.from_on <= last)
    return work.session.scalar(held.limit(1)) is not None


def _told(appointment: Appointment) -> dict[str, Any]:
    return {
        "person": appointment.person_id,
        "position": str(appointment.position),
        "from": appointment.from_on.isoformat(),
        "until": appointment.until_on.isoformat() if appointment.until_on else None,
    }


def _record(
    work: UnitOfWork,
    kind: JournalKind,
    actor: Actor,
    unit_id: int,
    details: dict[str, Any],
    request_key: str | None,
) -> None:
    record(work, kind, unit_id=unit_id, actor_id=actor.person_id, details=details, request_key=request_key)

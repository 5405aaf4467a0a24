"""What a page may use while it answers a request: read-only session, unit of work, who acts, the present."""

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.person import Account, Person
from web.composition import composition
from web.identity import signed_in_account
from workflows.actor import Actor, actor_of
from workflows.policy.calendar import LOCAL_ZONE, WorkingCalendar
from workflows.queries.calendars import calendars_of
from workflows.queries.work.inbox import Bounds, InboxCounts, counts_of
from workflows.queries.work.inbox_list import Days, InboxFilter, Order
from workflows.unit_of_work import UnitOfWork, begin_work, do_work

ZONE = ZoneInfo(LOCAL_ZONE)

Result = TypeVar("Result")

_log = logging.getLogger(__name__)


def read_session() -> Session:
    """Give the read-only session of this request; the database refuses any write in it."""
    if "read_session" not in g:
        g.read_session = composition().read_sessions()
    session: Session = g.read_session
    return session


@contextmanager
def request_work() -> Iterator[UnitOfWork]:
    """Begin the unit of work of this request: committed when the block ends, rolled back when it raises."""
    parts = composition()
    # What was read before the act may be old after it; on SQLite an open read would also keep the log from shrinking.
    close_read_session()
    with begin_work(parts.sessions, parts.engine, parts.clock) as work:
        yield work


def do_in_request(act: Callable[[UnitOfWork], Result]) -> Result:
    """Run an act in the unit of work of this request, again when it met another one half-way: it does nothing else."""
    parts = composition()
    close_read_session()
    return do_work(parts.sessions, parts.engine, parts.clock, act)


def now() -> datetime:
    """Give the present of this request (UTC); one instant for the whole page."""
    if "now" not in g:
        g.now = composition().clock.now()
    instant: datetime = g.now
    return instant


def local_day(instant: datetime) -> date:
    """Give the day of an instant as people here count it."""
    return instant.astimezone(ZONE).date()


def today() -> date:
    """Give the local day of this request."""
    return local_day(now())


def current_account() -> Account:
    """Give the account of the person who is signed in; only for routes that are not public."""
    account = signed_in_account()
    if account is None:
        raise LookupError("Nobody is signed in on this route")
    return account


def current_person() -> Person:
    """Give the person who is signed in."""
    return current_account().person


def current_actor(work: UnitOfWork | None = None) -> Actor:
    """Give who acts and what they hold today; hand in the unit of work when the answer decides an act."""
    if work is not None:
        return actor_of(work.connection, current_account().person_id, local_day(work.now))
    if "actor" not in g:
        g.actor = actor_of(read_session().connection(), current_account().person_id, today())
    actor: Actor = g.actor
    return actor


def bounds() -> Bounds:
    """Give the instants between the groups of an inbox, by the calendar of the unit that comes first to its reader."""
    held = current_actor().held
    return Bounds.of(now(), ZONE, working_calendar(held[0].unit_id if held else None))


def days() -> Days:
    """Give the days of the list by due time."""
    return Days(now(), ZONE)


def waiting(asked: InboxFilter) -> InboxCounts:
    """Count what the present person can act on; the list and the tab beside it ask for the same."""
    counted: dict[InboxFilter, InboxCounts] = g.setdefault("waiting", {})
    alike = replace(asked, order=Order.DUE)
    if alike not in counted:
        counted[alike] = counts_of(read_session(), current_actor(), alike, bounds())
    return counted[alike]


def posted_key() -> str | None:
    """Give the key of the form that was sent: the same key twice has one effect."""
    return request.form.get("request_key", "")[:64] or None


def new_request_key() -> str:
    """Make the key of a form; templates: `{{ request_key() }}`, or the macro `form_keys()`."""
    return uuid4().hex


def count_by_calendar_of(unit_id: int) -> None:
    """Let the page count working days by this unit's calendar wherever it names no other."""
    g.calendar_unit = unit_id


def working_calendar(unit_id: int | None = None) -> WorkingCalendar:
    """Give the calendar of a unit, by which pages say how far away its due times are.

    Without one, that of the page's unit (`count_by_calendar_of`); where a page is about none, the national.
    """
    unit_id = unit_id if unit_id is not None else g.get("calendar_unit")
    if unit_id is None:
        return _NATIONAL
    know_calendars({unit_id})
    known: WorkingCalendar = g.calendars[unit_id]
    return known


def know_calendars(unit_ids: Collection[int]) -> None:
    """Read the calendars of a page's units in one statement."""
    known = g.setdefault("calendars", {})
    missing = set(unit_ids) - known.keys()
    if missing:
        known.update(calendars_of(read_session(), missing, today()))


_NATIONAL = WorkingCalendar()


def close_read_session(_: object = None) -> None:
    """End the request's reading; the next `read_session()` sees the present state."""
    session: Session | None = g.pop("read_session", None)
    g.pop("actor", None)
    g.pop("waiting", None)
    if session is None:
        return
    try:
        session.close()
    except OperationalError as error:
        # The database went away after the last read, whose answer stands; past the request nobody would catch this.
        _log.info("The database went away while a page was read: %s", error.orig)
        session.invalidate()


def install(app: Flask) -> None:
    """Close the sessions of each request, and let forms that were sent by script go on without a second load."""
    app.teardown_appcontext(close_read_session)
    app.after_request(_answer_form_by_header)
    app.jinja_env.globals["request_key"] = new_request_key


def _answer_form_by_header(response: Response) -> Any:
    # A redirect would be followed by the script that sent the form, and then loaded again by the browser.
    if "Rasoat-Form" in request.headers and response.status_code in (301, 302, 303):
        response.headers["Rasoat-Location"] = response.headers.pop("Location")
        response.status_code = 204
        response.set_data(b"")
    return response

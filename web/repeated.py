"""Where an act led, for the same form sent twice: the second answer leads to the first one's page."""

from collections.abc import Callable
from typing import TypeVar

from flask import current_app, request

from models.journal import JournalEntry
from web import addresses
from web.request_work import posted_key, read_session
from workflows.errors import AlreadyDone
from workflows.records.journal import find_request

LEADS = "leads_to"
View = TypeVar("View", bound=Callable[..., object])
# Gives the address from what the first request left in the journal, and from the parts of the route's own address.
Lead = Callable[..., str]


def leads_to(lead: Lead) -> Callable[[View], View]:
    """Say where a route leads whose form cannot say so itself; stands below its rule of access."""

    def mark(view: View) -> View:
        setattr(view, LEADS, lead)
        return view

    return mark


def done_before() -> AlreadyDone | None:
    """Give what the same form did when it came before, or None."""
    entry = find_request(read_session(), posted_key())
    return AlreadyDone(entry.id, entry.task_id) if entry else None


def refuse_done_before() -> None:
    """Refuse a form that came before, where the first one's effect takes away what the route looks for."""
    if (done := done_before()) is not None:
        raise done


def address_after(done: AlreadyDone) -> str:
    """Give the page to which the first request led."""
    view = current_app.view_functions.get(request.endpoint or "")
    lead: Lead | None = getattr(view, LEADS, None)
    entry = read_session().get(JournalEntry, done.entry_id) if lead else None
    if lead and entry:
        return lead(entry, **request.view_args or {})
    return addresses.safe(request.form.get("next")) or addresses.back() or addresses.home()

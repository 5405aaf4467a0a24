"""The list a person is working through, as it stands in the address: campaign, step, class or unit, words, order."""

from typing import Any

from flask import g, request, url_for

from web import typed
from workflows.queries.work.inbox_list import InboxFilter, Order

# One list offers classes and units; its values say which of the two is meant.
CLASS, UNIT = "class", "unit"


def wanted() -> InboxFilter:
    """Give the filter and the order of the present address; forms carry them in theirs."""
    if "wanted" not in g:
        g.wanted = _read()
    asked: InboxFilter = g.wanted
    return asked


def _read() -> InboxFilter:
    kind, place_id = _place(typed.asked("place", 30))
    return InboxFilter(
        campaign_id=typed.asked_number("campaign"),
        element_id=typed.asked("step", 120),
        class_id=place_id if kind == CLASS else None,
        unit_id=place_id if kind == UNIT else None,
        words=typed.asked("q", 100),
        order=next((order for order in Order if order == typed.asked("sort", 20)), Order.DUE),
    )


def as_query(asked: InboxFilter) -> dict[str, Any]:
    """Give the parts of an address that say the same."""
    query = {
        "campaign": asked.campaign_id,
        "step": asked.element_id,
        "place": place_of(asked),
        "q": asked.words,
        "sort": str(asked.order) if asked.order is not Order.DUE else "",
    }
    return {name: value for name, value in query.items() if value}


def place_of(asked: InboxFilter) -> str:
    """Give the class or the unit of a filter as its list names it: "class-12", "unit-3"."""
    if asked.class_id is not None:
        return f"{CLASS}-{asked.class_id}"
    return f"{UNIT}-{asked.unit_id}" if asked.unit_id is not None else ""


def to(endpoint: str, **values: Any) -> str:
    """Give an address that stays in the present list."""
    return url_for(endpoint, **{**as_query(wanted()), **values})


def done_before() -> list[int]:
    """Give the tasks that were just completed, for the line "Done · Take back"."""
    given = request.args.getlist("done")[:50]
    return [int(one) for one in given if one.isascii() and one.isdecimal() and len(one) < 19]


def _place(given: str) -> tuple[str, int | None]:
    kind, _, number = given.partition("-")
    return kind, typed.read_id(number)

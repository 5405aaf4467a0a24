"""The list a person is working through, as it stands in the address: campaign, step, unit, words."""

from typing import Any

from flask import request, url_for

from web import typed
from workflows.queries.work.inbox import InboxFilter


def wanted() -> InboxFilter:
    """Read the filter of the present address; forms carry it in theirs."""
    return InboxFilter(
        campaign_id=typed.asked_number("campaign"),
        element_id=typed.asked("step", 120),
        unit_id=typed.asked_number("unit"),
        words=typed.asked("q", 100),
    )


def as_query(asked: InboxFilter) -> dict[str, Any]:
    """Give the parts of an address that say the same."""
    query = {"campaign": asked.campaign_id, "step": asked.element_id, "unit": asked.unit_id, "q": asked.words}
    return {name: value for name, value in query.items() if value}


def to(endpoint: str, **values: Any) -> str:
    """Give an address that stays in the present list."""
    return url_for(endpoint, **{**as_query(wanted()), **values})


def done_before() -> list[int]:
    """Give the tasks that were just completed, for the line "Done · Take back"."""
    given = request.args.getlist("done")[:50]
    return [int(one) for one in given if one.isascii() and one.isdecimal() and len(one) < 19]

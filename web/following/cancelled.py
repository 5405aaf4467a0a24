"""Reviews that an administrator cancelled, in the lists of what is open: by whom, why, and how they are done again."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from flask import g
from flask_babel import gettext

from models.campaign import RosterEntry, RosterState, SubjectKind
from web import formats
from web.composition import composition
from web.i18n import pick
from web.request_work import read_session
from workflows.engine import Outcome, Step
from workflows.queries.following.cancelled import (
    SENT_BACK_AS,
    Cancelled,
    Subject,
    cancelled_reviews,
    cancelled_subjects,
)

# What stands in lists of its own; the rest is said above them.
LISTED = (SubjectKind.CLASS, SubjectKind.STAFF)
NOT_DONE = (RosterState.OPEN, RosterState.RETURNED)


@dataclass(frozen=True, slots=True)
class Notes:
    """A sentence for each class and person of a school, and those about the school as a whole and the grades."""

    of: dict[Subject, str]
    general: tuple[str, ...]


def notes_of(campaign_id: int | None, unit_id: int) -> Notes:
    """Say what was cancelled in a unit and not begun anew; belongs to lists of what is still open."""
    known: dict[tuple[int | None, int], Notes] = g.setdefault("cancelled_notes", {})
    if (campaign_id, unit_id) not in known:
        known[campaign_id, unit_id] = _notes(campaign_id, unit_id)
    return known[campaign_id, unit_id]


def _notes(campaign_id: int | None, unit_id: int) -> Notes:
    found = cancelled_reviews(read_session(), campaign_id, unit_id)
    return Notes(_of_each(found), tuple(_about_all(found)))


def notes_on(entries: Collection[RosterEntry]) -> dict[Subject, str]:
    """Say it of the entries of one campaign that are not done, whatever their units; asks once for all of them."""
    open_ones = [one for one in entries if one.kind in LISTED and one.state in NOT_DONE]
    if not open_ones:
        return {}
    units = {one.unit_id for one in open_ones}
    subjects = {(one.kind, one.subject_id) for one in open_ones}
    found = cancelled_reviews(read_session(), open_ones[0].campaign_id, *units)
    return _of_each([one for one in found if (one.kind, one.subject_id) in subjects])


def _of_each(found: list[Cancelled]) -> dict[Subject, str]:
    return {key: _sentence(one) for key, one in cancelled_subjects(found).items() if key[0] in LISTED}


def _about_all(found: list[Cancelled]) -> Iterator[str]:
    for one in found:
        if one.kind not in LISTED:
            drawn = composition().engine.specification(one.version_id)
            subject = f" ({one.name})" if one.kind is SubjectKind.ASSIGNMENT else ""
            yield f"“{pick(drawn)}”{subject}: {_sentence(one)}"


def _sentence(one: Cancelled) -> str:
    said = gettext(
        "The review was cancelled by %(who)s at %(when)s: %(reason)s.",
        who=formats.addressed(one.by) if one.by else gettext("an administrator"),
        when=formats.instant(one.at),
        reason=one.reason.rstrip("."),
    )
    return f"{said} {how_again(one.kind, one.called_by)}"


def how_again(kind: SubjectKind, called_by: int | None) -> str:
    """Say how what is cancelled is done again; `called_by` is the version of the run above while that goes on."""
    if (way := _going_on(kind, called_by)) is not None:
        step, outcome = way
        return gettext(
            "It is done again when “%(outcome)s” is chosen at the step “%(step)s”.",
            outcome=pick(outcome, "label"),
            step=pick(step) or step.element_id,
        )
    returning = _returning_step(kind, called_by)
    if returning is not None:
        return gettext(
            "It is done again when it is returned with a reason at the step “%(step)s”.",
            step=pick(returning) or returning.element_id,
        )
    if kind is SubjectKind.ASSIGNMENT:
        return gettext("Who checks the class returns the grades that are missing.")
    return gettext(
        "It cannot be done again in this campaign: it stays unfinished when the campaign is closed."
    )


def _going_on(kind: SubjectKind, called_by: int | None) -> tuple[Step, Outcome] | None:
    """Find where whoever reports on the staff goes on with those who are open: before it nothing can be returned."""
    if called_by is None or kind is not SubjectKind.STAFF:
        return None
    steps = composition().engine.specification(called_by).steps.values()
    ways = (
        (step, outcome)
        for step in steps
        if step.review == "staff" and step.minutes
        for outcome in step.outcomes
    )
    return next((way for way in ways if way[1].style == "neutral" and way[1].of is None), None)


def _returning_step(kind: SubjectKind, called_by: int | None) -> Step | None:
    """Find where the run that called it sends back what it was about."""
    if called_by is None:
        return None
    wanted = SENT_BACK_AS.get(kind, ())
    steps = composition().engine.specification(called_by).steps.values()
    return next((step for step in steps if any(outcome.of in wanted for outcome in step.outcomes)), None)
